/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "tests/unit/unit.h"

#define BYTES(text) text, sizeof(text) - 1

/* What a text of unknown origin becomes. */
static const struct {
	const char *in;
	size_t len;
	const char *out;
	bool is_utf8;
} texts[] = {
    {BYTES(""), "\"\"", true},
    {BYTES("plain"), "\"plain\"", true},
    {BYTES("q\"b\\s/"), "\"q\\\"b\\\\s/\"", true},
    {BYTES("\0\n\t\x1f"), "\"\\u0000\\u000a\\u0009\\u001f\"", true},
    {BYTES("\x7f\xc2\x80\xc2\x9f"), "\"\\u007f\\u0080\\u009f\"", true},
    {BYTES("\xc2\xa0\xe6\x97\xa5\xf0\x9f\x90\x9f"), "\"\xc2\xa0\xe6\x97\xa5\xf0\x9f\x90\x9f\"",
        true},
    {BYTES("\xe2\x80\xa8\xe2\x80\xa9"), "\"\\u2028\\u2029\"", true},
    {BYTES("\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f"), "\"\\u061c\\u200e\\u200f\"", true},
    {BYTES("\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf"), "\"\\u202a\\u202e\xe2\x80\xaf\"", true},
    {BYTES("\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa"), "\"\\u2066\\u2069\xe2\x81\xaa\"", true},
    {BYTES("\xff"), "\"\xef\xbf\xbd\"", false},
    {BYTES("a\x80z"), "\"a\xef\xbf\xbdz\"", false},
    {BYTES("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"", false},                 /* overlong */
    {BYTES("\xe0\x80\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", false}, /* overlong */
    {BYTES("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", false}, /* surrogate */
    {BYTES("\xf4\x90\x80\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", false},
    {BYTES("\xe6\x97"), "\"\xef\xbf\xbd\"", false}, /* cut short: one mark */
    {BYTES("\xe6\x97x"), "\"\xef\xbf\xbdx\"", false},
    {BYTES("\xf0\x9f\x90\"\xe6"), "\"\xef\xbf\xbd\\\"\xef\xbf\xbd\"", false},
};

START_TEST(test_escapes_text)
{
	struct ush_json json;
	char buf[200];

	ush_json_init(&json, buf, sizeof(buf));
	ush_json_text(&json, NULL, texts[_i].in, texts[_i].len);
	ck_assert_uint_eq(ush_json_finish(&json), strlen(texts[_i].out));
	ck_assert_str_eq(buf, texts[_i].out);
	ck_assert_int_eq(ush_utf8_is_valid(texts[_i].in, texts[_i].len), texts[_i].is_utf8);
}
END_TEST

/* Wherever the octet stands in a text of whatever length: no octet is left out. */
START_TEST(test_escapes_an_octet_at_each_place)
{
	static const struct {
		char octet;
		const char *out;
	} octets[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\x1f', "\\u001f"}, {'\x7f', "\\u007f"},
	    {'\xff', "\xef\xbf\xbd"}};
	char in[41], out[64], buf[64];
	struct ush_json json;
	size_t len = (size_t)_i;

	for (size_t at = 0; at < len; at++) {
		for (size_t i = 0; i < USH_COUNT(octets); i++) {
			memset(in, 'x', len);
			in[at] = octets[i].octet;
			snprintf(out, sizeof(out), "\"%.*s%s%.*s\"", (int)at, in, octets[i].out,
			    (int)(len - at - 1), in + at + 1);
			ush_json_init(&json, buf, sizeof(buf));
			ush_json_text(&json, NULL, in, len);
			ck_assert_uint_eq(ush_json_finish(&json), strlen(out));
			ck_assert_str_eq(buf, out);
		}
	}
}
END_TEST

static void
write_everything(struct ush_json *json)
{
	ush_json_object(json, NULL);
	ush_json_array(json, "a");
	ush_json_uint(json, NULL, UINT64_MAX);
	ush_json_int(json, NULL, INT64_MIN);
	ush_json_int(json, NULL, 0);
	ush_json_object(json, NULL);
	ush_json_end(json);
	ush_json_bool(json, NULL, true);
	ush_json_end(json);
	ush_json_bool(json, "b", false);
	ush_json_string(json, "none", NULL);
	ush_json_string(json, "s", "x");
	ush_json_base64(json, "d", (const uint8_t *)"\xfb\xff\x01", 3);
	ush_json_end(json);
}

static const char everything[] = "{\"a\":[18446744073709551615,-9223372036854775808,0,{},true],"
                                 "\"b\":false,\"s\":\"x\",\"d\":\"+/8B\"}";

START_TEST(test_structure_and_every_size)
{
	struct ush_json json;
	char buf[sizeof(everything) + 1];

	for (size_t size = 0; size <= sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		ush_json_init(&json, buf, size);
		write_everything(&json);
		if (size < sizeof(everything)) {
			ck_assert_uint_eq(ush_json_finish(&json), 0);
		} else {
			ck_assert_uint_eq(ush_json_finish(&json), sizeof(everything) - 1);
			ck_assert_str_eq(buf, everything);
		}
		if (size < sizeof(buf))
			ck_assert_int_eq(buf[size], '#');
	}
}
END_TEST

START_TEST(test_a_lone_value_takes_its_octets_and_a_nul)
{
	struct ush_json json;
	char buf[2];

	ush_json_init(&json, buf, 1);
	ush_json_uint(&json, NULL, 7);
	ck_assert_uint_eq(ush_json_finish(&json), 0);
	ush_json_init(&json, buf, 2);
	ush_json_uint(&json, NULL, 7);
	ck_assert_uint_eq(ush_json_finish(&json), 1);
	ck_assert_str_eq(buf, "7");
}
END_TEST

START_TEST(test_writes_base64)
{
	static const char *const out[] = {"\"\"", "\"Zg==\"", "\"Zm8=\"", "\"Zm9v\"",
	    "\"Zm9vYg==\"", "\"Zm9vYmE=\"", "\"Zm9vYmFy\""};
	struct ush_json json;
	char buf[32];

	ush_json_init(&json, buf, sizeof(buf));
	ush_json_base64(&json, NULL, (const uint8_t *)"foobar", (size_t)_i);
	ck_assert_uint_ne(ush_json_finish(&json), 0);
	ck_assert_str_eq(buf, out[_i]);
}
END_TEST

/* Each makes one nesting mistake. */
static void
key_in_array(struct ush_json *json)
{
	ush_json_array(json, NULL);
	ush_json_uint(json, "k", 1);
	ush_json_end(json);
}

static void
no_key_in_object(struct ush_json *json)
{
	ush_json_object(json, NULL);
	ush_json_uint(json, NULL, 1);
	ush_json_end(json);
}

static void
two_values(struct ush_json *json)
{
	ush_json_uint(json, NULL, 1);
	ush_json_uint(json, NULL, 1);
}

static void
not_closed(struct ush_json *json)
{
	ush_json_object(json, NULL);
}

static void
closed_twice(struct ush_json *json)
{
	ush_json_object(json, NULL);
	ush_json_end(json);
	ush_json_end(json);
}

static void
nothing(struct ush_json *json)
{
	(void)json;
}

static void
too_deep(struct ush_json *json)
{
	for (unsigned i = 0; i <= USH_JSON_DEPTH; i++)
		ush_json_array(json, NULL);
	for (unsigned i = 0; i <= USH_JSON_DEPTH; i++)
		ush_json_end(json);
}

static void (*const mistakes[])(struct ush_json *) = {
    key_in_array, no_key_in_object, two_values, not_closed, closed_twice, nothing, too_deep};

START_TEST(test_a_wrong_call_gives_no_line)
{
	struct ush_json json;
	char buf[200];

	ush_json_init(&json, buf, sizeof(buf));
	mistakes[_i](&json);
	ck_assert_uint_eq(ush_json_finish(&json), 0);
}
END_TEST

START_TEST(test_takes_the_greatest_depth)
{
	struct ush_json json;
	char buf[200];

	ush_json_init(&json, buf, sizeof(buf));
	for (unsigned i = 0; i < USH_JSON_DEPTH; i++)
		ush_json_array(&json, NULL);
	for (unsigned i = 0; i < USH_JSON_DEPTH; i++)
		ush_json_end(&json);
	ck_assert_uint_eq(ush_json_finish(&json), 2 * USH_JSON_DEPTH);
}
END_TEST

/* Whatever the bytes, another JSON library reads the result; valid UTF-8 comes back as it was. */
START_TEST(test_random_bytes_with_jansson)
{
	srandom((unsigned)_i);
	for (int round = 0; round < 200; round++) {
		char in[40];
		char repaired[USH_UTF8_REPAIRED_MAX(sizeof(in))];
		size_t repaired_len;
		char out[400];
		struct ush_json json;
		size_t len = (size_t)random() % sizeof(in);
		json_error_t problem;
		json_t *read;

		for (size_t i = 0; i < len; i++)
			in[i] = (char)(random() % (_i % 2 == 0 ? 256 : 128));
		ush_json_init(&json, out, sizeof(out));
		ush_json_text(&json, NULL, in, len);
		repaired_len = ush_utf8_repair(in, len, repaired);
		len = ush_utf8_is_valid(in, len) ? len : SIZE_MAX;
		read = json_loadb(
		    out, ush_json_finish(&json), JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
		ck_assert_msg(read != NULL, "%s in %s", problem.text, out);
		ck_assert_uint_eq(json_string_length(read), repaired_len);
		ck_assert(memcmp(json_string_value(read), repaired, repaired_len) == 0);
		if (len != SIZE_MAX) {
			ck_assert_uint_eq(json_string_length(read), len);
			ck_assert(memcmp(json_string_value(read), in, len) == 0);
		}
		json_decref(read);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/json");
	TCase *tcase = tcase_create("json");

	tcase_add_loop_test(tcase, test_escapes_text, 0, USH_COUNT(texts));
	tcase_add_loop_test(tcase, test_escapes_an_octet_at_each_place, 1, 41);
	tcase_add_test(tcase, test_structure_and_every_size);
	tcase_add_test(tcase, test_a_lone_value_takes_its_octets_and_a_nul);
	tcase_add_loop_test(tcase, test_writes_base64, 0, 7);
	tcase_add_loop_test(tcase, test_a_wrong_call_gives_no_line, 0, USH_COUNT(mistakes));
	tcase_add_test(tcase, test_takes_the_greatest_depth);
	tcase_add_loop_test(tcase, test_random_bytes_with_jansson, 0, 4);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
