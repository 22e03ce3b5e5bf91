/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes from the network is text on the page, whatever it is. */
#include "sinkhole/sinkwatch/html.h"

#include <string.h>
#include "common/terminal.h"
#include "tests/unit/unit.h"

static struct ush_html html;

static void
begin(void)
{
	ush_terminal_init_utf8();
	html = (struct ush_html){.out = evbuffer_new()};
}

static void
end(void)
{
	evbuffer_free(html.out);
}

/* All that was written, as a string. */
static const char *
written(void)
{
	ck_assert(!html.has_failed);
	ck_assert_int_eq(evbuffer_add(html.out, "", 1), 0);
	return (const char *)evbuffer_pullup(html.out, -1);
}

static const struct {
	const char *text;
	const char *html;
} texts[] = {
    {"", ""},
    {"10.0.0.1", "10.0.0.1"},
    {"経理部-PC", "経理部-PC"},
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
    {"\" onmouseover='x'", "&quot; onmouseover=&#39;x&#39;"},
    {"a&amp;b", "a&amp;amp;b"},
    {"\x1b[2J\r\n\t", "\\x1b[2J\\x0d\\x0a\\x09"},
    {"\u202egpj.exe", "\\u202egpj.exe"},
    {"a\u200bb\u2066c\ufeff", "a\\u200bb\\u2066c\\ufeff"},
    {"\xff\xfe\xc3", "\\xff\\xfe\\xc3"},
    {"\xc0\xbcscript\xc0\xbe", "\\xc0\\xbcscript\\xc0\\xbe"},
    {"\xc2\x85\xc2\x9b", "\\u0085\\u009b"},
};

START_TEST(test_text_is_escaped)
{
	ush_html_text(&html, texts[_i].text);
	ck_assert_str_eq(written(), texts[_i].html);
}
END_TEST

START_TEST(test_a_value_is_kept_apart)
{
	ush_html_value(&html, "\u05d0<b>");
	ck_assert_str_eq(written(), "<bdi>\u05d0&lt;b&gt;</bdi>");
}
END_TEST

START_TEST(test_a_url_has_only_plain_characters)
{
	ush_html_url(&html, "2001:db8::1/../?q=\"><x>#é%");
	ck_assert_str_eq(written(), "2001:db8::1%2F..%2F%3Fq%3D%22%3E%3Cx%3E%23%C3%A9%25");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkwatch/html");
	TCase *tcase = tcase_create("html");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, test_text_is_escaped, 0, USH_COUNT(texts));
	tcase_add_test(tcase, test_a_value_is_kept_apart);
	tcase_add_test(tcase, test_a_url_has_only_plain_characters);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
