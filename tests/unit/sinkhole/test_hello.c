/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/hello.h"

#include "tests/unit/sinkhole/text.h"

/* A ClientHello made part by part, so that each part can be wrong. */
struct maker {
	uint8_t bytes[USH_HELLO_MAX * 2];
	size_t len;
};

static void
put(struct maker *maker, const void *bytes, size_t len)
{
	memcpy(maker->bytes + maker->len, bytes, len);
	maker->len += len;
}

static void
put_number(struct maker *maker, size_t value, unsigned bytes)
{
	for (unsigned i = bytes; i > 0; i--) {
		uint8_t byte = (uint8_t)(value >> (8 * (i - 1)));

		put(maker, &byte, 1);
	}
}

static void
put_extension(struct maker *maker, unsigned type, const char *body, size_t len)
{
	put_number(maker, type, 2);
	put_number(maker, len, 2);
	put(maker, body, len);
}

#define SNI "\x00\x0e\x00\x00\x0bwww.kaeru.x"
#define ALPN "\x00\x0c\x02h2\x08http/1.1"
#define SIGNATURES "\x00\x04\x04\x03\x08\x04"
#define VERSIONS "\x06\x3a\x3a\x03\x04\x03\x03" /* the first is GREASE */

static struct maker
message(const char *sni, size_t sni_len)
{
	struct maker extensions = {0};
	struct maker body = {0};
	struct maker out = {0};
	uint8_t random[32] = {0};

	put_extension(&extensions, 0, sni, sni_len);
	put_extension(&extensions, 16, ALPN, sizeof(ALPN) - 1);
	put_extension(&extensions, 13, SIGNATURES, sizeof(SIGNATURES) - 1);
	put_extension(&extensions, 43, VERSIONS, sizeof(VERSIONS) - 1);
	put_extension(&extensions, 0x5a5a, "", 0);
	put_number(&body, 0x303, 2);
	put(&body, random, sizeof(random));
	put_number(&body, 0, 1);
	put_number(&body, 2, 2);
	put_number(&body, 0x1301, 2);
	put_number(&body, 1, 1);
	put_number(&body, 0, 1);
	put_number(&body, extensions.len, 2);
	put(&body, extensions.bytes, extensions.len);
	put_number(&out, 1, 1);
	put_number(&out, body.len, 3);
	put(&out, body.bytes, body.len);
	return out;
}

/* In records of `size` bytes. */
static struct maker
records(const struct maker *message, size_t size)
{
	struct maker out = {0};

	for (size_t at = 0; at < message->len; at += size) {
		size_t part = message->len - at < size ? message->len - at : size;

		put(&out, "\x16\x03\x01", 3);
		put_number(&out, part, 2);
		put(&out, message->bytes + at, part);
	}
	return out;
}

START_TEST(test_a_hello_is_read_however_it_is_cut_into_records)
{
	static const size_t sizes[] = {1, 3, 4, 50, 16384};
	struct maker hello = message(SNI, sizeof(SNI) - 1);
	struct maker wire = records(&hello, sizes[_i]);
	struct ush_hello out;

	put(&wire, "early data", 10);
	ck_assert_int_eq(ush_hello_read(&out, wire.bytes, wire.len), USH_HELLO_DONE);
	ck_assert_str_eq(out.server_name, "www.kaeru.x");
	ck_assert_uint_eq(out.alpn_count, 2);
	ck_assert_str_eq(out.alpn[0], "h2");
	ck_assert_str_eq(out.alpn[1], "http/1.1");
	ck_assert_uint_eq(out.version_count, 2);
	ck_assert_str_eq(ush_tls_version_text(out.versions[0]), "1.3");
	ck_assert_str_eq(ush_tls_version_text(out.versions[1]), "1.2");
	ck_assert(out.named);
	ck_assert_int_eq(out.alpn_ends[0], 'h');
	ck_assert_int_eq(out.alpn_ends[1], '2');
	ck_assert_uint_eq(out.ciphers.count, 1);
	ck_assert_uint_eq(out.ciphers.items[0], 0x1301);
	ck_assert_uint_eq(out.extensions.count, 4); /* the fifth is GREASE */
	ck_assert(out.greased);
	ck_assert_uint_eq(out.extensions.items[3], 43);
	ck_assert_uint_eq(out.signatures.count, 2);
	ck_assert_uint_eq(out.signatures.items[1], 0x0804);
	/* Every prefix waits for more. */
	for (size_t len = 0; len < wire.len - 10; len++) {
		uint8_t *copy = malloc(len > 0 ? len : 1);

		memcpy(copy, wire.bytes, len);
		ck_assert_int_eq(ush_hello_read(&out, copy, len), USH_HELLO_MORE);
		free(copy);
	}
}
END_TEST

/* Whatever byte is wrong, it is read without harm. */
START_TEST(test_any_changed_bit_is_read_without_harm)
{
	struct maker hello = message(SNI, sizeof(SNI) - 1);
	struct maker wire = records(&hello, 16384);
	uint8_t *copy = malloc(wire.len);
	struct ush_hello out;

	for (size_t i = 0; i < wire.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(copy, wire.bytes, wire.len);
			copy[i] ^= (uint8_t)(1u << bit);
			ush_hello_read(&out, copy, wire.len);
			ck_assert_uint_lt(strnlen(out.server_name, sizeof(out.server_name)), 256);
		}
	}
	free(copy);
}
END_TEST

static const struct {
	const char *what;
	const char *bytes;
	size_t len;
	enum ush_hello_result result;
} broken[] = {
#define ROW(what, bytes, result)                       \
	{                                              \
		what, bytes, sizeof(bytes) - 1, result \
	}
    ROW("an alert", "\x15\x03\x01\x00\x02\x02\x28", USH_HELLO_BROKEN),
    ROW("a ServerHello", "\x16\x03\x01\x00\x04\x02\x00\x00\x00", USH_HELLO_BROKEN),
    ROW("an empty record", "\x16\x03\x01\x00\x00", USH_HELLO_BROKEN),
    ROW("a record too long", "\x16\x03\x01\x40\x01\x01", USH_HELLO_BROKEN),
    ROW("a message too long", "\x16\x03\x01\x00\x04\x01\x01\x00\x00", USH_HELLO_BROKEN),
    ROW("an empty hello", "\x16\x03\x01\x00\x04\x01\x00\x00\x00", USH_HELLO_BROKEN),
    ROW("a record head alone", "\x16\x03\x01\x01", USH_HELLO_MORE),
};

START_TEST(test_tells_broken_from_unfinished)
{
	struct ush_hello out;

	ck_assert_msg(ush_hello_read(&out, (const uint8_t *)broken[_i].bytes, broken[_i].len) ==
	                  broken[_i].result,
	    "%s", broken[_i].what);
}
END_TEST

START_TEST(test_cleans_odd_server_names)
{
	static const char nul[] = "\x00\x06\x00\x00\x03"
	                          "a\0b";
	static const char wrong[] = "\x00\x0f\x00\x00\x0bshort";
	struct maker hello = message(nul, sizeof(nul) - 1);
	struct maker wire = records(&hello, 16384);
	struct ush_hello out;

	ck_assert_int_eq(ush_hello_read(&out, wire.bytes, wire.len), USH_HELLO_DONE);
	ck_assert_str_eq(out.server_name, "a.b");
	hello = message(wrong, sizeof(wrong) - 1);
	wire = records(&hello, 16384);
	ck_assert_int_eq(ush_hello_read(&out, wire.bytes, wire.len), USH_HELLO_BROKEN);
}
END_TEST

/* As Windows XP sends it: TLS 1.0, three ciphers of it and one of SSL 2. */
static const uint8_t version2[] = {0x80, 0x25, 1, 3, 1, 0, 12, 0, 0, 0, 16, 0, 0, 4, 0, 0, 5, 1, 0,
    0x80, 0, 0, 0x0a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

START_TEST(test_reads_a_version_2_hello)
{
	uint8_t odd[sizeof(version2)];
	struct ush_hello hello;

	for (size_t len = 0; len < sizeof(version2); len++)
		ck_assert_int_eq(ush_hello_read(&hello, version2, len), USH_HELLO_MORE);
	ck_assert_int_eq(ush_hello_read(&hello, version2, sizeof(version2)), USH_HELLO_DONE);
	ck_assert(hello.version2 && !hello.named);
	ck_assert_str_eq(hello.server_name, "");
	ck_assert_uint_eq(hello.version_count, 1);
	ck_assert_str_eq(ush_tls_version_text(hello.versions[0]), "1.0");
	ck_assert_uint_eq(hello.ciphers.count, 3);
	ck_assert_uint_eq(hello.ciphers.items[2], 0x000a);
	/* Lengths that do not fit each other. */
	for (size_t i = 5; i < 11; i++) {
		memcpy(odd, version2, sizeof(odd));
		odd[i] ^= 0x21;
		ck_assert_int_eq(ush_hello_read(&hello, odd, sizeof(odd)), USH_HELLO_BROKEN);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/hello");
	TCase *tcase = tcase_create("hello");

	tcase_add_loop_test(tcase, test_a_hello_is_read_however_it_is_cut_into_records, 0, 5);
	tcase_add_test(tcase, test_any_changed_bit_is_read_without_harm);
	tcase_add_loop_test(tcase, test_tells_broken_from_unfinished, 0, USH_COUNT(broken));
	tcase_add_test(tcase, test_cleans_odd_server_names);
	tcase_add_test(tcase, test_reads_a_version_2_hello);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
