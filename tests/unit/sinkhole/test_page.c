/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/page.h"

#include <ctype.h>
#include <openssl/evp.h>

#include "tests/unit/sinkhole/text.h"

static const struct {
	const char *accepts;
	enum ush_language language;
} wishes[] = {
    {"", USH_LANGUAGE_ENGLISH},
    {"ja", USH_LANGUAGE_JAPANESE},
    {"JA-jp", USH_LANGUAGE_JAPANESE},
    {"ja,en-US;q=0.9,en;q=0.8", USH_LANGUAGE_JAPANESE},
    {"en-US,en;q=0.9,ja;q=0.8", USH_LANGUAGE_ENGLISH},
    {"en;q=0.5, ja;q=0.7", USH_LANGUAGE_JAPANESE},
    {"en;q=0.50, ja ; q=0.499", USH_LANGUAGE_ENGLISH},
    {"de, fr;q=0.9", USH_LANGUAGE_ENGLISH},
    {"de, ja;q=0.1", USH_LANGUAGE_JAPANESE},
    {"ja;q=0", USH_LANGUAGE_ENGLISH},
    {"jav", USH_LANGUAGE_ENGLISH},
    {"ja;q=x", USH_LANGUAGE_JAPANESE},
    {",;,ja;,", USH_LANGUAGE_JAPANESE},
    {"*", USH_LANGUAGE_ENGLISH},
    {"ja;q=99999999999999999999", USH_LANGUAGE_JAPANESE},
};

START_TEST(test_chooses_the_language_that_is_accepted)
{
	ck_assert_int_eq(ush_language_accepted(ush_text(wishes[_i].accepts)), wishes[_i].language);
}
END_TEST

static const char *
write_page(struct ush_page page, char buf[USH_PAGE_MAX + 1])
{
	size_t len;

	page.reference = "ABCD-1234";
	page.time_ms = 1795000000000;
	len = ush_page_write(&page, buf);
	ck_assert_uint_gt(len, 0);
	buf[len] = '\0';
	return buf;
}

START_TEST(test_says_what_is_needed)
{
	char buf[USH_PAGE_MAX + 1];
	const char *html = write_page((struct ush_page){.language = (enum ush_language)_i,
	                                  .organisation = "Example Corp",
	                                  .contact = "the help desk, 4711",
	                                  .address = "www.example.jp"},
	    buf);

	ck_assert_ptr_nonnull(strstr(html, "Example Corp"));
	ck_assert_ptr_nonnull(strstr(html, "the help desk, 4711"));
	ck_assert_ptr_nonnull(strstr(html, "www.example.jp"));
	ck_assert_ptr_nonnull(strstr(html, "ABCD-1234"));
	ck_assert_ptr_nonnull(strstr(html, "2026-11-18"));
	ck_assert_ptr_nonnull(
	    strstr(html, _i == USH_LANGUAGE_JAPANESE ? "lang=\"ja\"" : "lang=\"en\""));
	ck_assert(ush_text_has(ush_text(html), "viewport"));
	/* Nothing to fetch, to follow or to run. */
	for (size_t i = 0; i < 8; i++) {
		static const char *const never[] = {
		    "http:", "https:", "href", "src", "script", "url(", "<form", "{"};
		const char *body = strstr(html, i == 7 ? "</style>" : "<html");

		ck_assert_msg(strstr(body, never[i]) == NULL, "%s", never[i]);
	}
}
END_TEST

START_TEST(test_a_page_without_settings_is_whole)
{
	char buf[USH_PAGE_MAX + 1];
	const char *html = write_page((struct ush_page){.language = (enum ush_language)_i}, buf);

	ck_assert_ptr_nonnull(
	    strstr(html, _i == USH_LANGUAGE_JAPANESE ? "情報システム担当" : "your IT support"));
	ck_assert_ptr_null(strstr(html, "(null)"));
}
END_TEST

START_TEST(test_escapes_what_settings_and_client_say)
{
	char buf[USH_PAGE_MAX + 1];
	const char *html = write_page((struct ush_page){.organisation = "<b onload='x'>\"&",
	                                  .contact = "</p><script>alert(1)</script>{A}",
	                                  .address = "<img>"},
	    buf);

	ck_assert_ptr_nonnull(strstr(html, "&lt;b onload=&#39;x&#39;&gt;&quot;&amp;"));
	ck_assert_ptr_nonnull(strstr(html, "&lt;script&gt;alert(1)&lt;/script&gt;{A}"));
	ck_assert_ptr_null(strstr(html, "<script"));
	ck_assert_ptr_null(strstr(html, "<img"));
}
END_TEST

START_TEST(test_a_page_that_is_too_long_is_not_written)
{
	static char words[USH_PAGE_MAX];
	char buf[USH_PAGE_MAX];

	memset(words, '<', sizeof(words) - 1);
	ck_assert_uint_eq(
	    ush_page_write(&(struct ush_page){.organisation = words, .reference = "x"}, buf), 0);
}
END_TEST

/* The policy that goes with the page allows this style and no other. */
START_TEST(test_the_policy_allows_the_style_of_the_page)
{
	char buf[USH_PAGE_MAX + 1];
	const char *html = write_page((struct ush_page){0}, buf);
	const char *start = strstr(html, "<style>") + strlen("<style>");
	uint8_t digest[32];
	char text[64] = "sha256-";

	EVP_Digest(
	    start, (size_t)(strstr(start, "</style>") - start), digest, NULL, EVP_sha256(), NULL);
	EVP_EncodeBlock((unsigned char *)text + strlen(text), digest, sizeof(digest));
	ck_assert_str_eq(USH_PAGE_STYLE_HASH, text);
}
END_TEST

START_TEST(test_reference_numbers_differ_and_read_well)
{
	char one[USH_REFERENCE_MAX], two[USH_REFERENCE_MAX];

	ush_reference_make(one);
	ush_reference_make(two);
	ck_assert_uint_eq(strlen(one), 9);
	ck_assert_int_eq(one[4], '-');
	ck_assert_str_ne(one, two);
	ck_assert_ptr_null(strpbrk(one, "01OIlU"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/page");
	TCase *tcase = tcase_create("page");

	tcase_add_loop_test(
	    tcase, test_chooses_the_language_that_is_accepted, 0, USH_COUNT(wishes));
	tcase_add_loop_test(tcase, test_says_what_is_needed, 0, 2);
	tcase_add_loop_test(tcase, test_a_page_without_settings_is_whole, 0, 2);
	tcase_add_test(tcase, test_escapes_what_settings_and_client_say);
	tcase_add_test(tcase, test_a_page_that_is_too_long_is_not_written);
	tcase_add_test(tcase, test_the_policy_allows_the_style_of_the_page);
	tcase_add_test(tcase, test_reference_numbers_differ_and_read_well);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
