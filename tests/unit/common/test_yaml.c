/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/yaml.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/unit.h"

static int
parse(struct ush_yaml **out, const char *text, struct ush_error *err)
{
	return ush_yaml_parse(out, "t.yaml", text, strlen(text), err);
}

START_TEST(test_reads_maps_lists_and_values)
{
	static const char text[] = "# comment\n"
	                           "a: one\n"
	                           "list:\n"
	                           "  - x\n"
	                           "  - {k: \"v w\", n: ~}\n"
	                           "empty:\n"
	                           "quoted: \"\"\n";
	const struct ush_yaml_node *root, *list, *value;
	struct ush_yaml *yaml;

	ck_assert_int_eq(parse(&yaml, text, NULL), 0);
	root = ush_yaml_root(yaml);
	ck_assert_str_eq(ush_yaml_file(yaml), "t.yaml");
	ck_assert(ush_yaml_is_map(root) && !ush_yaml_is_list(root));
	ck_assert_uint_eq(ush_yaml_count(root), 4);
	ck_assert_str_eq(ush_yaml_key(root, 0, &value), "a");
	ck_assert_str_eq(ush_yaml_text(value), "one");
	ck_assert_uint_eq(ush_yaml_line(value), 2);
	list = ush_yaml_get(root, "list");
	ck_assert(ush_yaml_is_list(list));
	ck_assert_ptr_null(ush_yaml_text(list));
	ck_assert_uint_eq(ush_yaml_line(list), 4);
	ck_assert_uint_eq(ush_yaml_key_line(list), 3);
	value = ush_yaml_item(list, 1);
	ck_assert_uint_eq(ush_yaml_key_line(value), 5);
	ck_assert_str_eq(ush_yaml_text(ush_yaml_get(value, "k")), "v w");
	ck_assert(ush_yaml_is_null(ush_yaml_get(value, "n")));
	ck_assert(ush_yaml_is_null(ush_yaml_get(root, "empty")));
	ck_assert(!ush_yaml_is_null(ush_yaml_get(root, "quoted")));
	ck_assert_ptr_null(ush_yaml_get(root, "none"));
	ck_assert_ptr_null(ush_yaml_get(list, "none"));
	ush_yaml_free(yaml);
	ush_yaml_free(NULL);
}
END_TEST

static const char *const empty[] = {"", "\n", "# only a comment\n", "---\n", "~", "\xef\xbb\xbf"};

START_TEST(test_empty_is_an_empty_map)
{
	struct ush_yaml *yaml;

	ck_assert_int_eq(parse(&yaml, empty[_i], NULL), 0);
	ck_assert(ush_yaml_is_map(ush_yaml_root(yaml)));
	ck_assert_uint_eq(ush_yaml_count(ush_yaml_root(yaml)), 0);
	ush_yaml_free(yaml);
}
END_TEST

static const char *const marked[] = {
    "mode: x\nlist: [1]\n",
    "mode: x\r\nlist: [1]\r\n",
    "---\nmode: x\nlist: [1]\n",
    "# why\nmode: x\nlist: [1]\n",
    "{mode: x, list: [1]}",
};

START_TEST(test_a_byte_order_mark_is_as_if_it_were_not_there)
{
	char text[64];
	const struct ush_yaml_node *root;
	struct ush_error err = {0};
	struct ush_yaml *yaml;

	snprintf(text, sizeof(text), "\xef\xbb\xbf%s", marked[_i]);
	ck_assert_msg(parse(&yaml, text, &err) == 0, "%u: %s", err.line, err.text);
	root = ush_yaml_root(yaml);
	ck_assert_uint_eq(ush_yaml_count(root), 2);
	ck_assert_str_eq(ush_yaml_text(ush_yaml_get(root, "mode")), "x");
	ck_assert_uint_eq(ush_yaml_count(ush_yaml_get(root, "list")), 1);
	ush_yaml_free(yaml);
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
	const char *says; /* a part of the message */
} refused[] = {
    {"a: 1\nb: 2\na: 3\n", 3, "key \"a\" stands here a second time (first in line 1)"},
    {"x:\n  - {k: 1, k: 2}\n", 2, "a second time"},
    {"a: &x 1\n", 1, "anchors (&)"},
    {"a: 1\nb: *x\n", 2, "anchors (&)"},
    {"a: &x [1]\n", 1, "anchors (&)"},
    {"a: &x {b: 1}\n", 1, "anchors (&)"},
    {"&x a: 1\n", 1, "anchors (&)"},
    {"a: !!str 1\n", 1, "tags (!)"},
    {"a: !foo [1]\n", 1, "tags (!)"},
    {"a: !foo {b: 1}\n", 1, "tags (!)"},
    {"!t a: 1\n", 1, "tags (!)"},
    {"a: 1\n---\nb: 2\n", 2, "second document"},
    {"[1, 2]: x\n", 1, "a key must be a word"},
    {"a:\n\tb: 1\n", 2, "indent with spaces"},
    {"a: [1, 2\nb: 3\n", 2, "not valid YAML"},
    {"a: 1\n  b: 2\n", 2, "not valid YAML"},
    {"a: \"x\n", 2, "not valid YAML"},
    {"a: 1\nb: \xff\n", 2, "not UTF-8"},
    {"a: 1\nb: \x01\n", 2, "not UTF-8"},
    {"a: \"x\\0y\"\n", 1, "a NUL"},
    {"\xef\xbb\xbf"
     "a:\n\tb: 1\n",
        2, "indent with spaces"},
    {"\xef\xbb\xbf\ta: 1\n", 1, "indent with spaces"},
    {"\xef\xbb\xbf"
     "a: 1\nb: \xff\n",
        2, "not UTF-8"},
};

START_TEST(test_refused_with_line)
{
	struct ush_error err = {0};
	struct ush_yaml *yaml;

	ck_assert_int_eq(parse(&yaml, refused[_i].text, &err), -1);
	ck_assert_ptr_null(yaml);
	ck_assert_str_eq(err.file, "t.yaml");
	ck_assert_msg(err.line == refused[_i].line, "%u: %s", err.line, err.text);
	ck_assert_msg(strstr(err.text, refused[_i].says) != NULL, "%s", err.text);
}
END_TEST

static int
parse_nested(const char *opener, size_t depth, struct ush_error *err)
{
	static char text[1 << 20];
	size_t len = strlen(opener);
	struct ush_yaml *yaml;
	int rc;

	for (size_t i = 0; i < depth; i++)
		memcpy(text + i * len, opener, len);
	for (size_t i = 0; i < depth; i++)
		text[depth * len + i] = opener[0] == '[' ? ']' : '}';
	rc = ush_yaml_parse(&yaml, "t.yaml", text, depth * (len + 1), err);
	ush_yaml_free(yaml);
	return rc;
}

START_TEST(test_refuses_deep_nesting)
{
	struct ush_error err = {0};

	ck_assert_int_eq(parse_nested("[", 32, &err), 0);
	ck_assert_int_eq(parse_nested("[", 33, &err), -1);
	ck_assert_str_eq(err.text, "nested more than 32 deep");
	ck_assert_int_eq(parse_nested("{a: ", 31, &err), 0);
	ck_assert_int_eq(parse_nested("{a: ", 33, &err), -1);
	ck_assert_int_eq(parse_nested("[", 100000, &err), -1);
	ck_assert_int_eq(parse_nested("{a: ", 100000, &err), -1);
}
END_TEST

START_TEST(test_refuses_large_files_and_many_values)
{
	size_t len = USH_YAML_MAX_BYTES + 1;
	char *text = malloc(len);
	struct ush_error err = {0};
	struct ush_yaml *yaml;

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', len);
	ck_assert_int_eq(ush_yaml_parse(&yaml, "big", text, len, &err), -1);
	ck_assert_str_eq(err.text, "larger than 16777216 bytes");
	/* Few bytes, many values. */
	text[0] = '[';
	for (size_t i = 1; i < 5000001; i += 2)
		memcpy(text + i, "a,", 2);
	ck_assert_int_eq(ush_yaml_parse(&yaml, "many", text, 5000001, &err), -1);
	ck_assert_msg(strstr(err.text, "values in one file") != NULL, "%s", err.text);
	free(text);
}
END_TEST

/* Quadratic work would take minutes here. */
START_TEST(test_finds_a_double_key_in_a_long_map_quickly)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	struct ush_yaml *yaml;
	struct ush_error err = {0};

	for (unsigned i = 0; i < 100000; i++)
		fprintf(to, "k%u: 1\n", i);
	fputs("k77777: 2\n", to);
	fclose(to);
	ck_assert_int_eq(ush_yaml_parse(&yaml, "long", text, len, &err), -1);
	ck_assert_uint_eq(err.line, 100001);
	free(text);
}
END_TEST

/* What was read of a damaged text: every scalar is a text, every line is one of the text. */
static void
check_node(const struct ush_yaml_node *node, unsigned lines)
{
	const struct ush_yaml_node *value;

	ck_assert_uint_ge(ush_yaml_line(node), 1);
	ck_assert_uint_le(ush_yaml_line(node), lines);
	if (!ush_yaml_is_map(node) && !ush_yaml_is_list(node))
		ck_assert_ptr_nonnull(ush_yaml_text(node));
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		if (ush_yaml_is_map(node))
			ck_assert_ptr_nonnull(ush_yaml_key(node, i, &value));
		else
			value = ush_yaml_item(node, i);
		check_node(value, lines);
	}
}

/* Either read as a whole tree, or refused with a reason and a line of the text. */
static void
check_damaged(const char *text, size_t len, unsigned *bad)
{
	static const unsigned lines = 7; /* six, and the end behind them */
	struct ush_error err = {0};
	struct ush_yaml *yaml;

	if (ush_yaml_parse(&yaml, "damaged", text, len, &err) == 0) {
		check_node(ush_yaml_root(yaml), lines);
	} else {
		ck_assert_str_eq(err.file, "damaged");
		ck_assert_uint_ge(err.line, 1);
		ck_assert_uint_le(err.line, lines);
		ck_assert_str_ne(err.text, "");
		++*bad;
	}
	ush_yaml_free(yaml);
}

START_TEST(test_a_damaged_text_is_read_whole_or_refused_with_a_line)
{
	static const char good[] =
	    "a: {b: [1, \"x\\n\", 'y'], c: ~}\nd:\n  - e: f\n    g: |\n      h\n";
	char text[sizeof(good)];
	unsigned bad = 0;

	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		check_damaged(good, i, &bad);
		for (unsigned flip = 1; flip < 256; flip = flip * 2 + 1) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)(text[i] ^ (char)flip);
			check_damaged(text, sizeof(good) - 1, &bad);
		}
	}
	ck_assert_uint_gt(bad, 100);
}
END_TEST

START_TEST(test_loads_regular_files_alone)
{
	char directory[] = "/tmp/test-yaml-XXXXXX";
	char path[64], pipe[64];
	struct ush_error err = {0};
	struct ush_yaml *yaml;
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/a.yaml", directory);
	snprintf(pipe, sizeof(pipe), "%s/pipe", directory);
	ck_assert_int_eq(ush_yaml_load(&yaml, path, &err), -1);
	ck_assert_str_eq(err.file, path);
	ck_assert_str_eq(err.text, "cannot open it: No such file or directory");
	file = fopen(path, "w");
	fputs("a: b\n", file);
	fclose(file);
	ck_assert_int_eq(ush_yaml_load(&yaml, path, &err), 0);
	ck_assert_str_eq(ush_yaml_text(ush_yaml_get(ush_yaml_root(yaml), "a")), "b");
	ush_yaml_free(yaml);
	ck_assert_int_eq(truncate(path, (off_t)USH_YAML_MAX_BYTES + 1), 0);
	ck_assert_int_eq(ush_yaml_load(&yaml, path, &err), -1);
	ck_assert_int_eq(ush_yaml_load(&yaml, directory, &err), -1);
	ck_assert_str_eq(err.text, "not a regular file");
	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	ck_assert_int_eq(ush_yaml_load(&yaml, pipe, &err), -1); /* and does not hang */
	ck_assert_ptr_null(yaml);
	unlink(pipe);
	unlink(path);
	rmdir(directory);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/yaml");
	TCase *tcase = tcase_create("yaml");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_reads_maps_lists_and_values);
	tcase_add_loop_test(tcase, test_empty_is_an_empty_map, 0, USH_COUNT(empty));
	tcase_add_loop_test(
	    tcase, test_a_byte_order_mark_is_as_if_it_were_not_there, 0, USH_COUNT(marked));
	tcase_add_loop_test(tcase, test_refused_with_line, 0, USH_COUNT(refused));
	tcase_add_test(tcase, test_refuses_deep_nesting);
	tcase_add_test(tcase, test_refuses_large_files_and_many_values);
	tcase_add_test(tcase, test_finds_a_double_key_in_a_long_map_quickly);
	tcase_add_test(tcase, test_a_damaged_text_is_read_whole_or_refused_with_a_line);
	tcase_add_test(tcase, test_loads_regular_files_alone);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
