/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "common/yaml.h"
#include "tests/unit/unit.h"

struct inner {
	uint32_t count;
	char *word;
};

struct outer {
	char *name;
	bool flag;
	uint32_t number;
	int colour;
	size_t items;
	struct inner inner;
};

enum { RED = 3, GREEN = 7 };

static const struct ush_choice colours[] = {{"red", RED}, {"green", GREEN}, {NULL, 0}};

static int
read_items(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	size_t count = ush_yaml_count(node);

	if (!ush_yaml_is_list(node))
		return ush_yaml_fail(yaml, node, err, "no list");
	memcpy(member, &count, sizeof(count));
	return 0;
}

static const struct ush_field inner_fields[] = {
    {.key = "count",
        .kind = USH_FIELD_UINT,
        .offset = offsetof(struct inner, count),
        .fallback = "5",
        .min = 1,
        .max = 10,
        .help = "How many."},
    {.key = "word", .kind = USH_FIELD_STRING, .offset = offsetof(struct inner, word)},
    {0},
};

static const struct ush_field fields[] = {
    {.key = "name",
        .kind = USH_FIELD_STRING,
        .offset = offsetof(struct outer, name),
        .required = true,
        .help = "Its name."},
    {.key = "flag",
        .kind = USH_FIELD_BOOL,
        .offset = offsetof(struct outer, flag),
        .fallback = "true"},
    {.key = "number",
        .kind = USH_FIELD_UINT,
        .offset = offsetof(struct outer, number),
        .max = UINT32_MAX},
    {.key = "colour",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct outer, colour),
        .fallback = "green",
        .choices = colours,
        .applied = USH_APPLIED_RELOAD},
    {.key = "items",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct outer, items),
        .fallback = "[a, b]",
        .read = read_items,
        .applied = USH_APPLIED_RESTART,
        .fields = inner_fields},
    {.key = "inner",
        .kind = USH_FIELD_MAP,
        .offset = offsetof(struct outer, inner),
        .fields = inner_fields},
    {0},
};

static int
read_text(const char *text, struct outer *out, struct ush_error *err)
{
	struct ush_yaml *yaml;
	int rc;

	*out = (struct outer){0};
	ck_assert_int_eq(ush_yaml_parse(&yaml, "t.yaml", text, strlen(text), err), 0);
	rc = ush_yaml_read(yaml, ush_yaml_root(yaml), fields, out, err);
	ush_yaml_free(yaml);
	return rc;
}

static void
fini(struct outer *out)
{
	free(out->name);
	free(out->inner.word);
}

START_TEST(test_missing_keys_get_their_defaults)
{
	struct outer out;

	ck_assert_int_eq(read_text("name: x\ninner:\nitems:\n", &out, NULL), 0);
	ck_assert_str_eq(out.name, "x");
	ck_assert(out.flag);
	ck_assert_uint_eq(out.number, 0);
	ck_assert_int_eq(out.colour, GREEN);
	ck_assert_uint_eq(out.items, 2);
	ck_assert_uint_eq(out.inner.count, 5);
	ck_assert_ptr_null(out.inner.word);
	fini(&out);
}
END_TEST

START_TEST(test_reads_each_kind_of_value)
{
	struct outer out;

	ck_assert_int_eq(read_text("name: \"\"\nflag: off\nnumber: 4294967295\ncolour: red\n"
	                           "items: [1]\ninner: {count: 10, word: w}\n",
	                     &out, NULL),
	    0);
	ck_assert_str_eq(out.name, "");
	ck_assert(!out.flag);
	ck_assert_uint_eq(out.number, UINT32_MAX);
	ck_assert_int_eq(out.colour, RED);
	ck_assert_uint_eq(out.items, 1);
	ck_assert_uint_eq(out.inner.count, 10);
	ck_assert_str_eq(out.inner.word, "w");
	fini(&out);
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
	const char *says;
} refused[] = {
    {"flag: true\n", 1, "\"name\" is missing"},
    {"name:\n", 1, "\"name\" has no value; give one or leave the line out"},
    {"name: [a]\n", 1, "\"name\" must be a single value, not a list"},
    {"name: {a: b}\n", 1, "\"name\" must be a single value, not a map"},
    {"name: x\nflag: maybe\n", 2, "\"flag\" must be true or false, not \"maybe\""},
    {"name: x\ncolour: blue\n", 2, "\"colour\" must be red or green, not \"blue\""},
    {"name: x\ninner:\n  count: 0\n", 3, "\"count\" must be a number from 1 to 10, not \"0\""},
    {"name: x\ninner:\n  count: 11\n", 3, "\"count\" must be a number from 1 to 10, not \"11\""},
    {"name: x\ninner: {count: -1}\n", 2, "\"count\" must be a number from 1 to 10, not \"-1\""},
    {"name: x\ninner: {count: \"\"}\n", 2, "\"count\" must be a number from 1 to 10, not \"\""},
    {"name: x\nnumber: 4294967296\n", 2,
        "\"number\" must be a number from 0 to 4294967295, not \"4294967296\""},
    {"name: x\nnumber: 99999999999999999999999\n", 2,
        "\"number\" must be a number from 0 to 4294967295, not \"99999999999999999999999\""},
    {"name: x\nnumber: 1e3\n", 2, "\"number\" must be a number from 0 to 4294967295, not \"1e3\""},
    {"name: x\ninner: [1]\n", 2, "expected a map (lines of \"key: value\")"},
    {"name: x\nitems: 3\n", 2, "no list"},
    {"name: x\nnmber: 3\n", 2, "unknown key \"nmber\" (did you mean \"number\"?)"},
    {"name: x\ninner:\n  cuont:\n    - 3\n", 3, "unknown key \"cuont\" (did you mean \"count\"?)"},
    {"name: x\nfrobnicate: 3\n", 2, "unknown key \"frobnicate\""},
    {"[1]\n", 1, "expected a map (lines of \"key: value\")"},
};

START_TEST(test_refuses_bad_values_with_their_line)
{
	struct ush_error err = {0};
	struct outer out;

	ck_assert_int_eq(read_text(refused[_i].text, &out, &err), -1);
	ck_assert_str_eq(err.text, refused[_i].says);
	ck_assert_str_eq(err.file, "t.yaml");
	ck_assert_uint_eq(err.line, refused[_i].line);
	fini(&out);
}
END_TEST

START_TEST(test_no_map_is_defaults)
{
	struct inner out = {0};
	struct ush_yaml *yaml;

	ck_assert_int_eq(ush_yaml_parse(&yaml, "t", "", 0, NULL), 0);
	ck_assert_int_eq(ush_yaml_read(yaml, NULL, inner_fields, &out, NULL), 0);
	ck_assert_uint_eq(out.count, 5);
	ush_yaml_free(yaml);
}
END_TEST

START_TEST(test_describes_every_key)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	ush_yaml_describe(to, "", fields);
	fclose(to);
	ck_assert_str_eq(text, "name\t(required)\t\tat once\tIts name.\n"
	                       "flag\ttrue\ttrue or false\tat once\t\n"
	                       "number\t\t0-4294967295\tat once\t\n"
	                       "colour\tgreen\tred or green\tat a reload\t\n"
	                       "items\t[a, b]\t\tat a restart\t\n"
	                       "items[].count\t5\t1-10\tat a restart\tHow many.\n"
	                       "items[].word\t\t\tat a restart\t\n"
	                       "inner.count\t5\t1-10\tat once\tHow many.\n"
	                       "inner.word\t\t\tat once\t\n");
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/fields");
	TCase *tcase = tcase_create("fields");

	tcase_add_test(tcase, test_missing_keys_get_their_defaults);
	tcase_add_test(tcase, test_reads_each_kind_of_value);
	tcase_add_loop_test(tcase, test_refuses_bad_values_with_their_line, 0, USH_COUNT(refused));
	tcase_add_test(tcase, test_no_map_is_defaults);
	tcase_add_test(tcase, test_describes_every_key);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
