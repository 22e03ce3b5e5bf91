/* SPDX-License-Identifier: BSD-3-Clause */
/* Each text is there in each language, with the same values in it. */
#include "sinkhole/sinkwatch/words.h"

#include <string.h>
#include "tests/unit/unit.h"

/* Which of {1} to {4} stand in the text, as bits. */
static unsigned
values_in(const char *text)
{
	unsigned values = 0;

	while ((text = strchr(text, '{')) != NULL) {
		ck_assert(text[1] >= '1' && text[1] <= '4' && text[2] == '}');
		values |= 1u << (text[1] - '0');
		text++;
	}
	return values;
}

START_TEST(test_both_languages_say_everything)
{
	for (int word = 0; word < USH_WORDS; word++) {
		const char *english = ush_word(USH_LANGUAGE_ENGLISH, (enum ush_word)word);
		const char *japanese = ush_word(USH_LANGUAGE_JAPANESE, (enum ush_word)word);

		ck_assert_msg(english != NULL && japanese != NULL, "word %d", word);
		ck_assert_msg(values_in(english) == values_in(japanese), "%s", english);
		ck_assert_ptr_null(strpbrk(english, "<>&\""));
		ck_assert_ptr_null(strpbrk(japanese, "<>&\""));
	}
}
END_TEST

START_TEST(test_every_call_and_fact_has_its_words)
{
	for (int language = 0; language < USH_LANGUAGES; language++) {
		for (int call = 0; call < USH_CALLS; call++)
			ck_assert_ptr_nonnull(
			    ush_word_of_call((enum ush_language)language, (enum ush_call)call));
		for (int fact = 0; fact < USH_FACTS; fact++)
			ck_assert_ptr_nonnull(
			    ush_word_of_fact((enum ush_language)language, (enum ush_fact)fact));
	}
}
END_TEST

START_TEST(test_every_reason_is_translated)
{
	const char *reason;
	size_t count = 0;

	while ((reason = ush_call_reason(count)) != NULL) {
		ck_assert_str_eq(ush_word_of_reason(USH_LANGUAGE_ENGLISH, reason), reason);
		ck_assert_msg(
		    strcmp(ush_word_of_reason(USH_LANGUAGE_JAPANESE, reason), reason) != 0,
		    "no translation in reasons.c: %s", reason);
		count++;
	}
	ck_assert_uint_gt(count, 30);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkwatch/words");
	TCase *tcase = tcase_create("words");

	tcase_add_test(tcase, test_both_languages_say_everything);
	tcase_add_test(tcase, test_every_call_and_fact_has_its_words);
	tcase_add_test(tcase, test_every_reason_is_translated);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
