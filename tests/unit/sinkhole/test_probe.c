/* SPDX-License-Identifier: BSD-3-Clause */
/* TLS as a filter: a real client at one end of two buffers, the probe at the other. */
#include "sinkhole/server/probe.h"

#include <openssl/ssl.h>

#include "sinkhole/server/limits.h"
#include "tests/unit/sinkhole/running_loop.h"

#define NAME "www.ims.gr.jp"

static SSL_CTX *context;
static SSL *client;
static struct ush_probe *probe;
static char plain[USH_PROBE_PLAIN_MAX + 1];

static struct ush_host_entry *
some_host(void)
{
	struct ush_address address = address_of("10.0.0.1");

	return ush_limits_host(loop, &address);
}

static void
connect_client(bool verify, int version)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	ck_assert_int_eq(SSL_CTX_set_max_proto_version(context, version), 1);
	client = SSL_new(context);
	SSL_set_bio(client, in, out);
	SSL_set_connect_state(client);
	ck_assert_int_eq(SSL_set_tlsext_host_name(client, NAME), 1);
	probe = ush_probe_new(loop, some_host(), NAME);
	ck_assert_ptr_nonnull(probe);
}

static void
disconnect(void)
{
	SSL_free(client);
	SSL_CTX_free(context);
	ush_probe_free(probe);
}

/* Carries bytes both ways until none come any more, in pieces to the probe. What it gives is added
 * to `plain`. */
static void
carry(size_t piece)
{
	uint8_t wire[65536];
	bool moved = true;
	size_t len;
	int got;

	while (moved) {
		moved = false;
		(void)SSL_do_handshake(client);
		while ((got = BIO_read(SSL_get_wbio(client), wire, sizeof(wire))) > 0) {
			moved = true;
			for (size_t at = 0; at < (size_t)got && !ush_probe_is_over(probe);) {
				size_t part = (size_t)got - at < piece ? (size_t)got - at : piece;
				uint8_t buf[USH_PROBE_PLAIN_MAX];

				at += ush_probe_feed(probe, wire + at, part);
				while ((len = ush_probe_read(probe, buf)) > 0)
					strncat(plain, (char *)buf, len);
			}
		}
		while ((len = ush_probe_output(probe, wire, sizeof(wire))) > 0) {
			moved = true;
			BIO_write(SSL_get_rbio(client), wire, (int)len);
		}
	}
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
static const size_t pieces[] = {1, 100, 100000};

START_TEST(test_a_client_that_goes_on)
{
	char answer[16] = "";

	start("  tls: probe\n");
	for (size_t i = 0; i < USH_COUNT(pieces); i++) {
		connect_client(false, versions[_i]);
		plain[0] = '\0';
		carry(pieces[i]);
		ck_assert(SSL_is_init_finished(client));
		ck_assert(!ush_probe_is_over(probe));
		ck_assert_int_eq(SSL_write(client, "hello", 5), 5);
		carry(pieces[i]);
		ck_assert_str_eq(plain, "hello");
		ck_assert(ush_probe_tls(probe)->established);
		ck_assert_str_eq(ush_probe_tls(probe)->server_name, NAME);
		ck_assert_uint_eq(ush_probe_deadline(probe), 0);
		ush_probe_write(probe, "answer", 6);
		ush_probe_close(probe);
		carry(pieces[i]);
		ck_assert_int_eq(SSL_read(client, answer, sizeof(answer)), 6);
		ck_assert_mem_eq(answer, "answer", 6);
		ck_assert_int_le(SSL_read(client, answer, sizeof(answer)), 0);
		ck_assert_int_eq(SSL_get_shutdown(client), SSL_RECEIVED_SHUTDOWN);
		disconnect();
	}
	(void)stop(NULL, 0);
}
END_TEST

/* It says why it does not go on, and nothing more can come. */
START_TEST(test_a_client_that_looks_at_the_certificate)
{
	start("  tls: probe\n");
	connect_client(true, versions[_i]);
	plain[0] = '\0';
	carry(100000);
	ck_assert(ush_probe_is_over(probe));
	ck_assert_str_eq(plain, "");
	ck_assert(!ush_probe_tls(probe)->established);
	ck_assert_str_eq(ush_probe_tls(probe)->alert, "unknown_ca");
	disconnect();
	(void)stop(NULL, 0);
}
END_TEST

START_TEST(test_closes_what_is_no_tls)
{
	start("  tls: probe\n");
	connect_client(false, TLS1_3_VERSION);
	ck_assert_uint_eq(ush_probe_feed(probe, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18), 18);
	ck_assert_uint_gt(ush_probe_deadline(probe), 0);
	ck_assert_uint_eq(ush_probe_read(probe, (uint8_t *)plain), 0);
	ck_assert(ush_probe_is_over(probe));
	disconnect();
	(void)stop(NULL, 0);
}
END_TEST

START_TEST(test_limits_of_a_host)
{
	struct ush_probe *probes[USH_HOST_HANDSHAKES + 1];
	struct ush_host_entry *host;

	start("  tls: probe\n");
	while (ush_time_now_ms() % 1000 > 300)
		usleep(10000);
	host = some_host();
	for (size_t i = 0; i < USH_COUNT(probes); i++)
		probes[i] = ush_probe_new(loop, host, NAME);
	ck_assert_ptr_nonnull(probes[USH_HOST_HANDSHAKES - 1]);
	ck_assert_ptr_null(probes[USH_HOST_HANDSHAKES]);
	ck_assert_uint_eq(host->probes, USH_HOST_HANDSHAKES);
	ck_assert_uint_eq(loop->probe_count, USH_HOST_HANDSHAKES);
	ck_assert_uint_eq(loop->counters.unprobed, 1);
	for (size_t i = 0; i < USH_COUNT(probes); i++)
		ush_probe_free(probes[i]);
	ck_assert_uint_eq(host->probes + loop->probe_count, 0);
	(void)stop(NULL, 0);
}
END_TEST

START_TEST(test_without_probe_nothing_is_answered)
{
	start("");
	ck_assert_ptr_null(ush_probe_new(loop, some_host(), NAME));
	ck_assert_uint_eq(loop->counters.unprobed, 0);
	(void)stop(NULL, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/probe");
	TCase *tcase = tcase_create("probe");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_a_client_that_goes_on, 0, USH_COUNT(versions));
	tcase_add_loop_test(
	    tcase, test_a_client_that_looks_at_the_certificate, 0, USH_COUNT(versions));
	tcase_add_test(tcase, test_closes_what_is_no_tls);
	tcase_add_test(tcase, test_limits_of_a_host);
	tcase_add_test(tcase, test_without_probe_nothing_is_answered);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
