/* SPDX-License-Identifier: BSD-3-Clause */
/* What is gathered of one row while it is read: texts.h, few.h, tallies.h. */
#include "sinkhole/store/texts.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/few.h"
#include "sinkhole/store/tallies.h"
#include "tests/unit/unit.h"

START_TEST(test_texts_are_sorted_and_different)
{
	struct ush_texts texts = {0};
	char text[32];

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 3000; i++) {
			snprintf(text, sizeof(text), "name-%u.example", i * 7919 % 1000);
			ck_assert_int_eq(ush_texts_add(&texts, text, 1u << i % 3), 0);
		}
		ush_texts_sort(&texts);
		ck_assert_uint_eq(texts.count, 1000);
		for (size_t i = 1; i < texts.count; i++)
			ck_assert_int_lt(
			    strcmp(ush_texts_nth(&texts, i - 1), ush_texts_nth(&texts, i)), 0);
		for (size_t i = 0; i < texts.count; i++)
			ck_assert_uint_eq(
			    texts.items[i].bits, 7); /* 1000 % 3 is 1: each bit once */
		ush_texts_clear(&texts);
	}
	ck_assert_int_eq(ush_texts_add(&texts, "", 1), 0);
	ck_assert_int_eq(ush_texts_add(&texts, "", 2), 0);
	ck_assert_uint_eq(texts.count, 1);
	ck_assert_uint_eq(texts.items[0].bits, 3);
	ush_texts_fini(&texts);
}
END_TEST

START_TEST(test_few_are_kept_and_all_are_counted)
{
	struct ush_few few = {0};
	struct ush_few copy;

	ck_assert_int_eq(ush_few_add_words(&few, "a bb  a"), 0);
	ck_assert_uint_eq(few.total, 2);
	ck_assert_str_eq(few.items[1], "bb");
	ck_assert_int_eq(ush_few_add_words(&few, "b c d e f g h i"), 0);
	ck_assert_uint_eq(few.count, USH_FEW_MAX);
	ck_assert_uint_eq(few.total, 10);
	ck_assert_int_eq(ush_few_copy(&copy, &few), 0);
	ush_few_fini(&few);
	ck_assert_uint_eq(copy.count, USH_FEW_MAX);
	ck_assert_uint_eq(copy.total, 10);
	ck_assert_str_eq(copy.items[7], "g");
	ush_few_fini(&copy);
}
END_TEST

START_TEST(test_tallies_in_any_order)
{
	struct ush_tallies tallies = {0};

	for (unsigned i = 0; i < USH_FACTS; i++)
		ck_assert_uint_eq(ush_tally_of(&tallies, (enum ush_fact)i)->count, 0);
	for (unsigned i = 0; i < USH_FACTS; i += 2) {
		unsigned fact = (i * 5 + 4) % USH_FACTS;
		struct ush_tally *tally = ush_tally_at(&tallies, (enum ush_fact)fact);

		ck_assert_ptr_nonnull(tally);
		ck_assert_uint_eq(tally->count, 0);
		tally->count = fact + 1;
	}
	for (unsigned fact = 0; fact < USH_FACTS; fact++) {
		bool seen = (tallies.seen & 1u << fact) != 0;

		ck_assert_uint_eq(
		    ush_tally_of(&tallies, (enum ush_fact)fact)->count, seen ? fact + 1 : 0);
	}
	ck_assert_ptr_eq(
	    ush_tally_at(&tallies, (enum ush_fact)4), ush_tally_of(&tallies, (enum ush_fact)4));
	ush_tallies_fini(&tallies);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/texts");
	TCase *tcase = tcase_create("texts");

	tcase_add_test(tcase, test_texts_are_sorted_and_different);
	tcase_add_test(tcase, test_few_are_kept_and_all_are_counted);
	tcase_add_test(tcase, test_tallies_in_any_order);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
