/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/name.h"

#include <stdio.h>
#include <string.h>
#include "tests/unit/unit.h"

static struct ush_name
name(const char *text)
{
	struct ush_name out;

	ck_assert_msg(ush_name_from_text(&out, text, strlen(text)) == 0, "%s", text);
	return out;
}

/* Text as people write it, and the one text form it has. */
static const struct {
	const char *in, *out;
} forms[] = {
    {"www.example.jp", "www.example.jp"},
    {"WWW.Example.JP.", "www.example.jp"},
    {".", "."},
    {"a", "a"},
    {"a.", "a"},
    {"xn--wgv71a.jp", "xn--wgv71a.jp"},
    {"_dmarc.a-b", "_dmarc.a-b"},
    {"a\\.b.c", "a\\.b.c"},
    {"a\\046b.c", "a\\.b.c"},
    {"a\\\\b", "a\\\\b"},
    {"a\\ b", "a\\032b"},
    {"a b", "a\\032b"},
    {"\\065\\Z", "az"},
    {"\\000\\255", "\\000\\255"},
    {"\\(x\\;", "(x;"},
    {"\xe6\x97\xa5", "\\230\\151\\165"},
};

START_TEST(test_one_text_form)
{
	struct ush_name parsed = name(forms[_i].in);
	char buf[USH_NAME_TEXT_MAX];
	struct ush_name again;

	ck_assert_uint_eq(ush_name_to_text(&parsed, buf), strlen(forms[_i].out));
	ck_assert_str_eq(buf, forms[_i].out);
	again = name(buf);
	ck_assert(ush_name_equal(&parsed, &again));
	ck_assert_int_eq(ush_name_from_wire(&again, parsed.wire, parsed.len), 0);
	ck_assert(ush_name_equal(&parsed, &again));
}
END_TEST

/* Each octet at each place of a label of _i octets: those that need an escape have it. */
START_TEST(test_writes_an_octet_at_each_place)
{
	char buf[USH_NAME_TEXT_MAX], expected[64], octet_text[5];
	struct ush_name written = {.len = (uint8_t)(_i + 2), .wire = {(uint8_t)_i}};

	for (unsigned octet = 0; octet < 256; octet++) {
		if (octet == '.' || octet == '\\')
			snprintf(octet_text, sizeof(octet_text), "\\%c", octet);
		else if (octet > 0x20 && octet < 0x7f)
			snprintf(octet_text, sizeof(octet_text), "%c", octet);
		else
			snprintf(octet_text, sizeof(octet_text), "\\%03u", octet);
		for (int at = 0; at < _i; at++) {
			memset(written.wire + 1, 'x', (size_t)_i);
			written.wire[1 + at] = (uint8_t)octet;
			snprintf(expected, sizeof(expected), "%.*s%s%.*s", at,
			    "xxxxxxxxxxxxxxxxxxxx", octet_text, _i - at - 1,
			    "xxxxxxxxxxxxxxxxxxxx");
			ck_assert_uint_eq(ush_name_to_text(&written, buf), strlen(expected));
			ck_assert_str_eq(buf, expected);
		}
	}
}
END_TEST

static const char *const refused[] = {
    "", "..", ".a", "a..b", "a..", "\\", "a\\", "a\\1", "a\\12", "a\\256", "a\\1x2", "\\25",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b", /* 64 */
};

START_TEST(test_refuses_broken_text)
{
	struct ush_name out;

	ck_assert_int_eq(ush_name_from_text(&out, refused[_i], strlen(refused[_i])), -1);
}
END_TEST

/* `count` labels of one letter: 2 octets each, and the root. */
static size_t
long_text(char *to, size_t labels)
{
	for (size_t i = 0; i < labels; i++)
		memcpy(to + 2 * i, "a.", 2);
	return 2 * labels;
}

START_TEST(test_takes_names_up_to_255_octets)
{
	char text[600];
	char buf[USH_NAME_TEXT_MAX];
	struct ush_name out;
	size_t len = long_text(text, 127);

	ck_assert_int_eq(ush_name_from_text(&out, text, len), 0);
	ck_assert_uint_eq(out.len, 255);
	ck_assert_uint_eq(ush_name_labels(&out), 127);
	ck_assert_int_eq(ush_name_from_text(&out, text, len - 1), 0);
	ck_assert_uint_eq(out.len, 255);
	len = long_text(text, 128);
	ck_assert_int_eq(ush_name_from_text(&out, text, len), -1);
	ck_assert_int_eq(ush_name_from_text(&out, text, len - 1), -1);
	/* A last label of 61 octets makes 255, one of 62 a name too long. */
	memset(text, 'a', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	ck_assert_int_eq(ush_name_from_text(&out, text, 192 + 61), 0);
	ck_assert_uint_eq(out.len, 255);
	ck_assert_int_eq(ush_name_from_text(&out, text, 192 + 62), -1);
	/* The longest text: every octet an escape. */
	for (size_t i = 0; i < 255; i += 64)
		out.wire[i] = i == 192 ? 61 : 63;
	for (size_t i = 0; i < 254; i++) {
		if (i % 64 != 0)
			out.wire[i] = 0x01;
	}
	out.wire[254] = 0;
	out.len = 255;
	ck_assert_int_eq(ush_name_from_wire(&out, out.wire, out.len), 0);
	ck_assert_uint_eq(ush_name_to_text(&out, buf), 250 * 4 + 3);
}
END_TEST

START_TEST(test_reads_whole_names_from_wire_and_no_others)
{
	static const uint8_t upper[] = "\3WwW\2Jp\0rest";
	static const uint8_t pointer[] = "\3www\xc0\x0c";
	static const uint8_t extended[] = "\x41x";
	struct ush_name out;
	uint8_t whole[257];

	ck_assert_int_eq(ush_name_from_wire(&out, upper, sizeof(upper)), 0);
	ck_assert_uint_eq(out.len, 8);
	ck_assert(memcmp(out.wire, "\3www\2jp", 8) == 0);
	for (size_t cut = 0; cut < 8; cut++)
		ck_assert_int_eq(ush_name_from_wire(&out, upper, cut), -1);
	ck_assert_int_eq(ush_name_from_wire(&out, pointer, sizeof(pointer)), -1);
	ck_assert_int_eq(ush_name_from_wire(&out, extended, sizeof(extended)), -1);
	for (size_t i = 0; i < 256; i += 2)
		memcpy(whole + i, "\1a", 2);
	whole[256] = 0;
	ck_assert_int_eq(ush_name_from_wire(&out, whole, 257), -1);
	ck_assert_int_eq(ush_name_from_wire(&out, whole + 2, 255), 0);
}
END_TEST

/* Each octet at each place of the words that are lowered at once, and behind them. */
START_TEST(test_lowers_letters_wherever_they_stand)
{
	uint8_t wire[13] = {11};
	struct ush_name out;

	for (unsigned octet = 0; octet < 256; octet++) {
		for (unsigned at = 1; at <= 11; at++) {
			memset(wire + 1, octet == 'Z' ? '[' : 'Z', 11);
			wire[at] = (uint8_t)octet;
			ck_assert_int_eq(ush_name_from_wire(&out, wire, sizeof(wire)), 0);
			for (unsigned i = 0; i < sizeof(wire); i++) {
				bool is_upper = wire[i] >= 'A' && wire[i] <= 'Z';

				ck_assert_uint_eq(out.wire[i], wire[i] | (is_upper ? 0x20 : 0));
			}
		}
	}
}
END_TEST

static const struct {
	const char *name, *parent;
	bool is_under;
} relations[] = {
    {"www.example.jp", "example.jp", true},
    {"example.jp", "example.jp", true},
    {"example.jp", "www.example.jp", false},
    {"anexample.jp", "example.jp", false},
    {"jp", ".", true},
    {".", ".", true},
    {".", "jp", false},
    {"a\\.example.jp", "example.jp", false},
    {"example.jp.x", "example.jp", false},
};

START_TEST(test_finds_names_below_a_parent)
{
	struct ush_name child = name(relations[_i].name);
	struct ush_name parent = name(relations[_i].parent);

	ck_assert_int_eq(ush_name_is_under(&child, &parent), relations[_i].is_under);
}
END_TEST

START_TEST(test_takes_labels_off_the_front)
{
	static const char *const suffixes[] = {"a.b.c", "b.c", "c", ".", "."};
	struct ush_name whole = name("a.b.c");

	for (unsigned i = 0; i < 5; i++) {
		struct ush_name expected = name(suffixes[i]);
		struct ush_name out;

		ush_name_suffix(&whole, i, &out);
		ck_assert(ush_name_equal(&out, &expected));
	}
	ck_assert_uint_eq(ush_name_labels(&whole), 3);
	ush_name_suffix(&whole, 1, &whole);
	ck_assert_uint_eq(ush_name_labels(&whole), 2);
	whole = name(".");
	ck_assert_uint_eq(ush_name_labels(&whole), 0);
}
END_TEST

START_TEST(test_below_a_name_unless_it_is_too_long)
{
	static const char *const names[] = {"example.jp", "."};
	struct ush_name longest = {.len = USH_NAME_MAX - 1};
	struct ush_name below;

	for (unsigned i = 0; i < USH_COUNT(names); i++) {
		struct ush_name parent = name(names[i]);

		ck_assert_int_eq(ush_name_below(&parent, &below), 0);
		ck_assert(ush_name_is_under(&below, &parent));
		ck_assert_uint_eq(ush_name_labels(&below), ush_name_labels(&parent) + 1);
	}
	ck_assert_int_eq(ush_name_below(&longest, &below), -1);
	longest.len--;
	ck_assert_int_eq(ush_name_below(&longest, &below), 0);
	ck_assert_uint_eq(below.len, USH_NAME_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/name");
	TCase *tcase = tcase_create("name");

	tcase_add_loop_test(tcase, test_one_text_form, 0, USH_COUNT(forms));
	tcase_add_loop_test(tcase, test_writes_an_octet_at_each_place, 1, 21);
	tcase_add_loop_test(tcase, test_refuses_broken_text, 0, USH_COUNT(refused));
	tcase_add_loop_test(tcase, test_finds_names_below_a_parent, 0, USH_COUNT(relations));
	tcase_add_test(tcase, test_takes_names_up_to_255_octets);
	tcase_add_test(tcase, test_reads_whole_names_from_wire_and_no_others);
	tcase_add_test(tcase, test_lowers_letters_wherever_they_stand);
	tcase_add_test(tcase, test_takes_labels_off_the_front);
	tcase_add_test(tcase, test_below_a_name_unless_it_is_too_long);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
