/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/json_line.h"

#include <string.h>
#include "common/event.h"
#include "tests/unit/unit.h"

static struct ush_json_line scanned, parsed;

static bool
is_same(const struct ush_value *a, const struct ush_value *b)
{
	if (a->kind != b->kind || a->span != b->span || (a->key == NULL) != (b->key == NULL))
		return false;
	if (a->key != NULL && (a->key_len != b->key_len || strcmp(a->key, b->key) != 0))
		return false;
	if (a->kind == USH_VALUE_INTEGER)
		return a->number == b->number;
	return a->kind != USH_VALUE_STRING ||
	       (a->len == b->len && memcmp(a->text, b->text, a->len + 1) == 0);
}

/* Whether jansson reads the line as it was scanned. */
static bool
is_same_for_jansson(const char *line, size_t len)
{
	bool same;

	if (ush_json_line_parse(&parsed, line, len) != 0)
		return false;
	same = scanned.count == parsed.count;
	for (size_t i = 0; same && i < scanned.count; i++)
		same = is_same(&scanned.values[i], &parsed.values[i]);
	ush_json_line_fini(&parsed);
	return same;
}

static void
check_same(const char *line, size_t len)
{
	ck_assert_msg(is_same_for_jansson(line, len), "%.*s", (int)len, line);
}

/* What the scanner must read itself, and as jansson does. */
static const char *const known[] = {
    "{}",
    "{}\n",
    "{\"\":\"\"}",
    "{\"a\":[],\"b\":{},\"c\":[[],[{}]]}",
    "{\"n\":[0,-0,-7,10,999999999999999999,-999999999999999999]}",
    "{\"w\":[true,false,null]}",
    "{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001B\\u00e9\\u20AC\\uffff\"}",
    "{\"s\":\"\\u0000\",\"t\":\"before\\u0000behind\"}",
    "{\"s\":\"\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80 \x7f\",\"\xe6\x97\xa5\":1}",
    "{\"ab\":1,\"ba\":2,\"a\":3,\"b\":4,\"aab\":5,\"abb\":6}",
};

START_TEST(test_scans_as_jansson_reads)
{
	size_t len = strlen(known[_i]);

	ck_assert_msg(ush_json_line_scan(&scanned, known[_i], len) == 0, "%s", known[_i]);
	check_same(known[_i], len);
	ush_json_line_fini(&scanned);
}
END_TEST

/* What jansson must decide: the scanner returns -1. */
static const struct {
	const char *line;
	bool is_json;
} unsure[] = {
    {"", false},
    {"{", false},
    {"{\"a\"", false},
    {"{\"a\":", false},
    {"{\"a\":1", false},
    {"{\"a\":\"", false},
    {"{\"a\":\"\\", false},
    {"{\"a\":\"\\u12", false},
    {"{\"a\":\"\\u123g\"}", false},
    {"{\"a\":\"\\x\"}", false},
    {"{\"a\":1,}", false},
    {"{,}", false},
    {"{\"a\":[1,]}", false},
    {"{\"a\":[1}", false},
    {"{\"a\" 1}", false},
    {"{a:1}", false},
    {"{}{}", false},
    {"{} x", false},
    {"[]", false},
    {"7", false},
    {"{\"a\":01}", false},
    {"{\"a\":-}", false},
    {"{\"a\":+1}", false},
    {"{\"a\":1.}", false},
    {"{\"a\":nul}", false},
    {"{\"a\":truex}", false},
    {"{\"a\":\"\x1b\"}", false},
    {"{\"a\":\"\xff\"}", false},
    {"{\"a\":\"\xed\xa0\x80\"}", false},
    {"{\"a\":\"\xc3\"}", false},
    {"{\"a\":\"\\ud800\"}", false},
    {"{\"a\\u0000\":1}", false},
    {"{\"a\":99999999999999999999}", false},
    {"{\"a\":1e999}", false},
    {" {\"a\": 1}", true},
    {"{\"a\":1,\"a\":2}", true},
    {"{\"a\":\"\\ud83d\\ude00\"}", true},
    {"{\"a\":1.5}", true},
    {"{\"a\":1E5}", true},
    {"{\"a\":9223372036854775807}", true},
    {"{\"a\":[[[[[[[[[[]]]]]]]]]]}", true},
};

START_TEST(test_leaves_the_rest_to_jansson)
{
	const char *line = unsure[_i].line;

	ck_assert_msg(ush_json_line_scan(&scanned, line, strlen(line)) == -1, "%s", line);
	ck_assert_msg((ush_json_line_read(&scanned, line, strlen(line)) == 0) == unsure[_i].is_json,
	    "%s", line);
	if (unsure[_i].is_json)
		ush_json_line_fini(&scanned);
}
END_TEST

START_TEST(test_last_of_two_members_counts)
{
	const struct ush_value *value;

	ck_assert_int_eq(ush_json_line_read(&scanned, "{\"a\":1,\"a\":2}", 13), 0);
	value = ush_value_at(scanned.values, "a");
	ck_assert_int_eq(value->number, 2);
	ush_json_line_fini(&scanned);
}
END_TEST

/* Every line with one octet changed, or cut short: whatever the scanner still reads, jansson reads
 * the same. */
static const char sample[] =
    "{\"@timestamp\":\"2026-11-22T22:11:05.123Z\",\"event\":{\"type\":[\"denied\"],\"sequence\":7},"
    "\"dns\":{\"name\":\"www\\u001b.\\\\032x.\xe6\x97\xa5\"},\"x\":[-1,true,null,{}]}";

START_TEST(test_changed_octets)
{
	char line[sizeof(sample)];
	size_t len = sizeof(sample) - 1;
	size_t scans = 0;

	for (size_t at = 0; at < len; at++) {
		memcpy(line, sample, sizeof(sample));
		for (unsigned octet = 0; octet < 256; octet++) {
			line[at] = (char)octet;
			if (ush_json_line_scan(&scanned, line, len) != 0)
				continue;
			scans++;
			if (!is_same_for_jansson(line, len))
				ck_abort_msg("%.*s", (int)len, line);
			ush_json_line_fini(&scanned);
		}
		ck_assert_int_eq(ush_json_line_scan(&scanned, sample, at), -1);
	}
	ck_assert_uint_gt(scans, len);
}
END_TEST

START_TEST(test_more_values_than_few)
{
	static char line[4 * USH_VALUES_FEW + 64] = "{\"a\":[";
	const struct ush_value *value = NULL;
	size_t count = 0;

	for (unsigned i = 0; i < 2 * USH_VALUES_FEW; i++)
		strcat(line, "1,");
	strcat(line, "1]}");
	ck_assert_int_eq(ush_json_line_scan(&scanned, line, strlen(line)), -1);
	ck_assert_int_eq(ush_json_line_read(&scanned, line, strlen(line)), 0);
	while ((value = ush_value_next(&scanned.values[1], value)) != NULL)
		count++;
	ck_assert_uint_eq(count, 2 * USH_VALUES_FEW + 1);
	ush_json_line_fini(&scanned);
}
END_TEST

START_TEST(test_finds_by_path)
{
	static const char line[] = "{\"dns\":{\"question\":{\"name\":\"a\",\"names\":1}},\"dn\":2}";
	const struct ush_value *root;

	ck_assert_int_eq(ush_json_line_scan(&scanned, line, strlen(line)), 0);
	root = scanned.values;
	ck_assert_str_eq(ush_value_at(root, "dns.question.name")->text, "a");
	ck_assert_int_eq(ush_value_at(root, "dns.question.names")->number, 1);
	ck_assert_int_eq(ush_value_at(root, "dn")->number, 2);
	ck_assert_ptr_null(ush_value_at(root, "dns.name"));
	ck_assert_ptr_null(ush_value_at(root, "dn.question"));
	ck_assert_ptr_null(ush_value_at(root, "d"));
	ck_assert_ptr_null(ush_value_at(NULL, "dns"));
	ush_json_line_fini(&scanned);
}
END_TEST

/* Where the scanner's time goes: an event as our writers write it must not need jansson. */
START_TEST(test_lines_of_our_writers_are_scanned)
{
	static char line[USH_EVENT_MAX];
	struct ush_address address;
	struct ush_json json;
	size_t len;

	ck_assert_int_eq(ush_address_from_text(&address, "2001:db8::7"), 0);
	ush_json_init(&json, line, sizeof(line));
	ush_event_begin(&json, &(struct ush_event_head){.time_ms = 1795385465123,
	                           .kind = "alert",
	                           .category = "network",
	                           .type = "denied",
	                           .action = "dns-sinkhole",
	                           .dataset = USH_DATASET_DNS,
	                           .id = "0123456789abcdef-1-7",
	                           .sequence = 7,
	                           .observer = "ns1.example"});
	ush_event_endpoint(&json, "source", &address, 5353);
	ush_json_object(&json, "sinkhole");
	ush_json_string(&json, "text", "\"\\\x01\x1b\x7f \xff \xc2\x85 \xe2\x80\xae \xe6\x97\xa5");
	ush_json_int(&json, "clock_offset_ms", -3);
	ush_json_bool(&json, "drill", true);
	ush_json_end(&json);
	len = ush_event_end(&json);
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(ush_json_line_scan(&scanned, line, len), 0);
	check_same(line, len);
	ush_json_line_fini(&scanned);
}
END_TEST

START_TEST(test_room_for_the_callers_texts)
{
	const char *text;

	ck_assert_int_eq(ush_json_line_scan(&scanned, "{}", 2), 0);
	text = ush_json_line_put(&scanned, "abc", 2);
	ck_assert_str_eq(text, "ab");
	while (ush_json_line_put(&scanned, "0123456789", 10) != NULL)
		;
	ck_assert_str_eq(text, "ab");
	ush_json_line_fini(&scanned);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/json_line");
	TCase *tcase = tcase_create("json_line");

	tcase_add_loop_test(tcase, test_scans_as_jansson_reads, 0, USH_COUNT(known));
	tcase_add_loop_test(tcase, test_leaves_the_rest_to_jansson, 0, USH_COUNT(unsure));
	tcase_add_test(tcase, test_last_of_two_members_counts);
	tcase_add_test(tcase, test_changed_octets);
	tcase_add_test(tcase, test_more_values_than_few);
	tcase_add_test(tcase, test_finds_by_path);
	tcase_add_test(tcase, test_lines_of_our_writers_are_scanned);
	tcase_add_test(tcase, test_room_for_the_callers_texts);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
