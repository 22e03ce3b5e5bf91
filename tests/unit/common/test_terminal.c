/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/terminal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/unit.h"

static void
locale(const char *name)
{
	setenv("LC_ALL", name, 1);
	ush_terminal_init();
}

static const struct {
	const char *in;
	const char *utf8;
	const char *ascii; /* NULL: the same */
	size_t width;
} texts[] = {
    {"www.example.jp", "www.example.jp", NULL, 14},
    {"", "", NULL, 0},
    {"\x1b[31mred", "\\x1b[31mred", NULL, 11},
    {"a\r\nb\tc\x7f", "a\\x0d\\x0ab\\x09c\\x7f", NULL, 19},
    {"\xff\xfe", "\\xff\\xfe", NULL, 8},
    {"\xc0\xaf", "\\xc0\\xaf", NULL, 8},                    /* overlong */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", NULL, 12},          /* surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", NULL, 16}, /* above U+10FFFF */
    {"\xe6\x97", "\\xe6\\x97", NULL, 8},                    /* cut off */
    {"\xc2\x9b"
     "31m",
        "\\u009b31m", NULL, 9}, /* C1: CSI */
    {"\xe2\x80\xae"
     "evil",
        "\\u202eevil", NULL, 10}, /* right-to-left override */
    {"\xe2\x81\xa6x", "\\u2066x", NULL, 7},
    {"\xd8\x9cx", "\\u061cx", NULL, 7},
    {"\xe2\x80\xa8x", "\\u2028x", NULL, 7},
    {"\xe2\x80\x8bx", "\\u200bx", NULL, 7}, /* zero width */
    {"\xef\xbb\xbfx", "\\ufeffx", NULL, 7},
    {"a\xcc\x81", "a\\u0301", NULL, 7},            /* combining */
    {"\xf3\xa0\x80\x81", "\\U000e0001", NULL, 10}, /* tag */
    {"\xe5\x81\xa5\xe5\xba\xb7", "\xe5\x81\xa5\xe5\xba\xb7", "\\u5065\\u5eb7", 4},
    {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9", "\\u00e9t\\u00e9", 3},
};

START_TEST(test_shows_text_as_the_locale_can)
{
	char *text;

	locale("C.UTF-8");
	text = ush_terminal_text(texts[_i].in);
	ck_assert_str_eq(text, texts[_i].utf8);
	ck_assert_uint_eq(ush_terminal_width(text), texts[_i].width);
	free(text);
	locale("C");
	text = ush_terminal_text(texts[_i].in);
	ck_assert_str_eq(text, texts[_i].ascii != NULL ? texts[_i].ascii : texts[_i].utf8);
	ck_assert_uint_eq(ush_terminal_width(text), strlen(text));
	free(text);
}
END_TEST

/* Whatever comes in, what goes out is printable. */
START_TEST(test_shows_nothing_but_printable_characters)
{
	char in[3] = "";
	bool good = true;

	locale("C");
	for (unsigned i = 1; i < 65536; i += 5) {
		char *text;

		in[0] = (char)(i >> 8);
		in[1] = (char)(i & 0xff);
		text = ush_terminal_text(in);
		for (const char *at = text; *at != '\0'; at++)
			good = good && *at >= 0x20 && *at < 0x7f;
		free(text);
	}
	ck_assert(good);
}
END_TEST

static const struct {
	const char *in;
	size_t width;
	size_t bytes;
} breaks[] = {
    {"one two three", 20, 13},
    {"one two three", 13, 13},
    {"one two three", 12, 7},
    {"one two three", 7, 7},
    {"one two three", 6, 3},
    {"onetwothree", 6, 6},
    {" one", 3, 3},
    {"\xe5\x81\xa5\xe5\xba\xb7", 3, 3},
    {"", 5, 0},
};

START_TEST(test_breaks_lines_at_words)
{
	locale("C.UTF-8");
	ck_assert_uint_eq(ush_terminal_break(breaks[_i].in, breaks[_i].width), breaks[_i].bytes);
}
END_TEST

static const struct {
	const char *in;
	size_t width;
	enum ush_elide elide;
	const char *out;
} fits[] = {
    {"www.example.jp", 14, USH_ELIDE_END, "www.example.jp"},
    {"www.example.jp", 13, USH_ELIDE_END, "www.example.…"},
    {"www.example.jp", 1, USH_ELIDE_END, "…"},
    {"www.example.jp", 5, USH_ELIDE_NEVER, "www.example.jp"},
    {"2001:db8:10:20:a4b1:22ff:fe33:4455", 20, USH_ELIDE_MIDDLE, "2001:db8:1…fe33:4455"},
    {"2001:db8::1", 15, USH_ELIDE_MIDDLE, "2001:db8::1"},
    {"\xe5\x81\xa5\xe5\xba\xb7", 3, USH_ELIDE_END, "\xe5\x81\xa5…"},
    {"\xe5\x81\xa5\xe5\xba\xb7", 2, USH_ELIDE_END, "…"},
};

START_TEST(test_fits_text_into_a_width)
{
	char *text;

	locale("C.UTF-8");
	text = ush_terminal_fit(fits[_i].in, fits[_i].width, fits[_i].elide);
	ck_assert_str_eq(text, fits[_i].out);
	free(text);
}
END_TEST

START_TEST(test_fit_in_ascii)
{
	char *text;

	locale("C");
	text = ush_terminal_fit("www.example.jp", 5, USH_ELIDE_END);
	ck_assert_str_eq(text, "www.~");
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/terminal");
	TCase *tcase = tcase_create("terminal");

	tcase_add_loop_test(tcase, test_shows_text_as_the_locale_can, 0, USH_COUNT(texts));
	tcase_add_test(tcase, test_shows_nothing_but_printable_characters);
	tcase_add_loop_test(tcase, test_breaks_lines_at_words, 0, USH_COUNT(breaks));
	tcase_add_loop_test(tcase, test_fits_text_into_a_width, 0, USH_COUNT(fits));
	tcase_add_test(tcase, test_fit_in_ascii);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
