/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/received.h"

#include <openssl/evp.h>

#include "tests/unit/sinkhole/text.h"

static struct ush_digests *digests;

static void
setup(void)
{
	digests = ush_digests_new();
	ck_assert_ptr_nonnull(digests);
}

static void
teardown(void)
{
	ush_digests_free(digests);
}

/* In pieces of `_i` bytes: what is kept is bounded, the hash is of everything. */
START_TEST(test_keeps_the_first_and_hashes_all)
{
	uint8_t data[5000], want[32], got[32];
	struct ush_received received;
	size_t piece = (size_t)_i;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	EVP_Digest(data, sizeof(data), want, NULL, EVP_sha256(), NULL);
	for (size_t max = 0; max <= 6000; max += 1500) {
		size_t kept = max < sizeof(data) ? max : sizeof(data);

		ush_received_init(&received, max);
		for (size_t at = 0; at < sizeof(data); at += piece)
			ush_received_add(&received, data + at,
			    sizeof(data) - at < piece ? sizeof(data) - at : piece);
		ck_assert_uint_eq(received.total, sizeof(data));
		ck_assert_uint_eq(received.used, kept);
		ck_assert_uint_le(received.size, max);
		ck_assert(kept == 0 || memcmp(received.data, data, kept) == 0);
		ck_assert(ush_received_sha256(&received, digests, got));
		ck_assert_mem_eq(got, want, sizeof(want));
		ush_received_fini(&received);
	}
}
END_TEST

START_TEST(test_bytes_given_back_are_not_in_the_hash)
{
	struct ush_received received;
	uint8_t want[32], got[32];

	ush_received_init(&received, 100);
	ush_received_add(&received, BYTES("abcXYZ"));
	ush_received_give_back(&received, 3);
	ush_received_add(&received, BYTES("def"));
	ck_assert_uint_eq(received.total, 6);
	ck_assert_mem_eq(received.data, "abcdef", 6);
	EVP_Digest("abcdef", 6, want, NULL, EVP_sha256(), NULL);
	ck_assert(ush_received_sha256(&received, digests, got));
	ck_assert_mem_eq(got, want, sizeof(want));
	ush_received_fini(&received);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/received");
	TCase *tcase = tcase_create("received");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_keeps_the_first_and_hashes_all, 1, 3);
	tcase_add_loop_test(tcase, test_keeps_the_first_and_hashes_all, 999, 1002);
	tcase_add_loop_test(tcase, test_keeps_the_first_and_hashes_all, 5000, 5001);
	tcase_add_test(tcase, test_bytes_given_back_are_not_in_the_hash);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
