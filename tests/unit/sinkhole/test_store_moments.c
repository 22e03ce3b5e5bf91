/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/moments.h"

#include "tests/unit/unit.h"

#define SLOT ((uint64_t)USH_RHYTHM_SLOT_MS)
#define START (SLOT * USH_RHYTHM_PLACES * 5900) /* place 0, in 2026 */

START_TEST(test_packs_and_reads_back)
{
	struct ush_moments moments = {{0}};
	uint8_t blob[USH_MOMENTS_BLOB_MAX];
	size_t len;

	ush_moments_add(&moments, START + 63 * SLOT + 7);
	ush_moments_add(&moments, START + 5);
	ush_moments_add(&moments, START + 2 * SLOT);
	len = ush_moments_pack(&moments, blob);
	ck_assert_uint_eq(len, 18);
	ck_assert_uint_eq(ush_moments_nth(blob, len, 0), START + 5);
	ck_assert_uint_eq(ush_moments_nth(blob, len, 1), START + 2 * SLOT);
	ck_assert_uint_eq(ush_moments_nth(blob, len, 2), START + 63 * SLOT + 7);
	ck_assert_uint_eq(ush_moments_nth(blob, len, 3), 0);
	ck_assert_uint_eq(ush_moments_nth(blob, 5, 0), 0);
}
END_TEST

/* Of one slot the first stays, of one place the newest slot, in whatever order they come. */
START_TEST(test_order_does_not_matter)
{
	static const uint64_t times[] = {START + 9, START + 4, START + 6,
	    START + SLOT * USH_RHYTHM_PLACES + 8, START + SLOT * USH_RHYTHM_PLACES + 3};

	for (size_t from = 0; from < USH_COUNT(times); from++) {
		struct ush_moments moments = {{0}};

		for (size_t i = 0; i < USH_COUNT(times); i++)
			ush_moments_add(&moments, times[(from + i * 2) % USH_COUNT(times)]);
		ck_assert_uint_eq(moments.times[0], START + SLOT * USH_RHYTHM_PLACES + 3);
	}
}
END_TEST

START_TEST(test_every_place_has_its_own)
{
	static struct ush_moments parts[USH_MOMENTS_PARTS];
	uint8_t blob[USH_MOMENTS_BLOB_MAX];
	size_t octets = 0;

	for (uint64_t i = 0; i < USH_RHYTHM_PLACES; i++)
		ush_moments_add(&parts[ush_moments_part(START + i * SLOT)], START + i * SLOT);
	for (size_t i = 0; i < USH_MOMENTS_PARTS; i++)
		octets += ush_moments_pack(&parts[i], blob);
	ck_assert_uint_eq(octets, USH_RHYTHM_PLACES * 6);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/moments");
	TCase *tcase = tcase_create("moments");

	tcase_add_test(tcase, test_packs_and_reads_back);
	tcase_add_test(tcase, test_order_does_not_matter);
	tcase_add_test(tcase, test_every_place_has_its_own);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
