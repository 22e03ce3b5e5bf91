/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/options.h"

#include <stdbool.h>
#include <string.h>
#include "tests/unit/unit.h"

struct arguments {
	bool flag;
	const char *text;
	uint32_t number;
	char order[128]; /* of what came */
};

static int
note(void *arg, const char *what)
{
	struct arguments *arguments = arg;

	strncat(arguments->order, what, sizeof(arguments->order) - strlen(arguments->order) - 2);
	strcat(arguments->order, " ");
	return 0;
}

static int
take(void *arg, const char *text, struct ush_error *err)
{
	return strcmp(text, "bad") == 0 ? ush_fail(err, NULL, 0, "bad operand") : note(arg, text);
}

static int
read_maybe(void *arg, const char *text, struct ush_error *err)
{
	(void)err;
	return note(arg, text != NULL ? text : "(none)");
}

static const struct ush_option options[] = {
    {USH_OPTION_FLAG, "flag", 'f', .offset = offsetof(struct arguments, flag), .help = "a flag"},
    {.kind = USH_OPTION_HEADING, .help = "Between:"},
    {USH_OPTION_TEXT, "text", '\0', "WORD", offsetof(struct arguments, text),
        .help = "a sentence that is long enough to be broken into two lines of the terminal at "
                "least, if not three of them"},
    {USH_OPTION_UINT, "number", 'n', "N", offsetof(struct arguments, number), 100, .help = "n"},
    {USH_OPTION_CUSTOM, "maybe", '\0', "[=X]", .read = read_maybe, .help = "m"},
    {.kind = USH_OPTION_END},
};

static const struct {
	const char *words[8]; /* behind the program's name; ends with NULL */
	int rc;
	const char *what; /* rc -1: the error; else the order */
	bool flag;
	const char *text;
	uint32_t number;
} lines[] = {
    {{"a", "-f", "b", "--text", "t", "--maybe", "-"}, 0, "a b (none) - ", true, "t", 0},
    {{"--maybe=x", "--text=u", "-n5", "c"}, 0, "x c ", false, "u", 5},
    {{"--number", "100", "--", "-f", "--text"}, 0, "-f --text ", false, NULL, 100},
    {{"-h"}, 1, "", false, NULL, 0},
    {{"a", "--help", "b"}, 1, "a ", false, NULL, 0},
    {{"-n", "101"}, -1, "--number is 0 to 100, not 101", false, NULL, 0},
    {{"-n", "-1"}, -1, "--number is 0 to 100, not -1", false, NULL, 0},
    {{"-n", "1x"}, -1, "--number is 0 to 100, not 1x", false, NULL, 0},
    {{"bad", "-f"}, -1, "bad operand", false, NULL, 0},
    {{"--", "bad"}, -1, "bad operand", false, NULL, 0},
    {{"--none"}, -1, "", false, NULL, 0},
    {{"-x"}, -1, "", false, NULL, 0},
    {{"--text"}, -1, "", false, NULL, 0},
};

START_TEST(a_line_is_read_in_order_and_held_against_the_table)
{
	char *argv[10] = {(char[]){"program"}};
	struct arguments arguments = {0};
	struct ush_error err = {0};
	int argc = 1;

	for (; lines[_i].words[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)lines[_i].words[argc - 1];
	ck_assert_int_eq(
	    ush_options_read(options, take, &arguments, argc, argv, &err), lines[_i].rc);
	ck_assert_str_eq(lines[_i].rc == -1 ? err.text : arguments.order, lines[_i].what);
	ck_assert_int_eq(arguments.flag, lines[_i].flag);
	ck_assert_pstr_eq(arguments.text, lines[_i].text);
	ck_assert_uint_eq(arguments.number, lines[_i].number);
}
END_TEST

START_TEST(help_has_every_option_in_lines_of_a_terminal)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	ush_options_print(to, options);
	fclose(to);
	ck_assert_str_eq(text,
	    "  -f, --flag          a flag\n"
	    "Between:\n"
	    "  --text WORD         a sentence that is long enough to be broken into two lines\n"
	    "                      of the terminal at least, if not three of them\n"
	    "  -n, --number N      n\n"
	    "  --maybe[=X]         m\n"
	    "  -h, --help          print this\n");
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/options");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(
	    tcase, a_line_is_read_in_order_and_held_against_the_table, 0, USH_COUNT(lines));
	tcase_add_test(tcase, help_has_every_option_in_lines_of_a_terminal);
	return ush_unit_run(suite);
}
