/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 32
#define LETTERS (2 * OPTIONS_MAX + sizeof("-h"))
#define HELP_COLUMN 22
#define WIDTH 80
#define FIRST_VALUE 256 /* of options without a letter */

static bool
is_optional(const struct ush_option *option)
{
	return option->argument != NULL && option->argument[0] == '[';
}

static int
needs_argument(const struct ush_option *option)
{
	if (is_optional(option))
		return optional_argument;
	return option->argument != NULL ? required_argument : no_argument;
}

/* The tables of getopt_long(); its value for an option is the place in ours. */
static void
make_tables(const struct ush_option *options, struct option *names, char letters[LETTERS])
{
	size_t count = 0;

	*letters++ = '-'; /* in order, operands among them */
	*letters++ = 'h';
	for (int i = 0; options[i].kind != USH_OPTION_END && count < OPTIONS_MAX; i++) {
		if (options[i].kind == USH_OPTION_HEADING)
			continue;
		names[count++] = (struct option){
		    options[i].name, needs_argument(&options[i]), NULL, FIRST_VALUE + i};
		if (options[i].letter != '\0')
			*letters++ = options[i].letter;
		if (options[i].letter != '\0' && options[i].argument != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	names[count] = (struct option){"help", no_argument, NULL, 'h'};
}

static int
read_uint(const struct ush_option *option, const char *text, uint32_t *out, struct ush_error *err)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > option->max)
		return ush_fail(
		    err, NULL, 0, "--%s is 0 to %u, not %.100s", option->name, option->max, text);
	*out = (uint32_t)value;
	return 0;
}

static int
take(const struct ush_option *option, void *arguments, const char *text, struct ush_error *err)
{
	void *member = (char *)arguments + option->offset;

	switch (option->kind) {
	case USH_OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case USH_OPTION_TEXT:
		*(const char **)member = text;
		return 0;
	case USH_OPTION_UINT:
		return read_uint(option, text, member, err);
	default:
		return option->read(arguments, text, err);
	}
}

static const struct ush_option *
find(const struct ush_option *options, int value)
{
	if (value >= FIRST_VALUE)
		return &options[value - FIRST_VALUE];
	while (options->letter != value)
		options++;
	return options;
}

int
ush_options_read(const struct ush_option *options, ush_option_read_fn *operand, void *arguments,
    int argc, char **argv, struct ush_error *err)
{
	struct option names[OPTIONS_MAX + 2] = {{0}};
	char letters[LETTERS];
	int value;

	make_tables(options, names, letters);
	optind = 0; /* begin anew */
	while ((value = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		int rc;

		if (value == 'h')
			return 1;
		if (value == '?')
			return -1;
		rc = value == 1 ? operand(arguments, optarg, err)
		                : take(find(options, value), arguments, optarg, err);
		if (rc != 0)
			return -1;
	}
	for (; optind < argc; optind++) { /* behind "--" */
		if (operand(arguments, argv[optind], err) != 0)
			return -1;
	}
	return 0;
}

/* Words until the line is full, the next one below. */
static void
print_wrapped(FILE *to, const char *text, size_t column)
{
	size_t at = column;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > WIDTH) {
			fprintf(to, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			fputc(' ', to);
			at++;
		}
		fprintf(to, "%.*s", (int)len, text);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', to);
}

static void
print_option(FILE *to, const struct ush_option *option)
{
	char text[WIDTH];
	int used = snprintf(text, sizeof(text), "  ");

	if (option->letter != '\0')
		used += snprintf(text + used, sizeof(text) - (size_t)used, "-%c, ", option->letter);
	used += snprintf(text + used, sizeof(text) - (size_t)used, "--%s%s%s", option->name,
	    option->argument != NULL && !is_optional(option) ? " " : "",
	    option->argument != NULL ? option->argument : "");
	fputs(text, to);
	if (used + 2 > HELP_COLUMN)
		fprintf(to, "\n%*s", HELP_COLUMN, "");
	else
		fprintf(to, "%*s", HELP_COLUMN - used, "");
	print_wrapped(to, option->help, HELP_COLUMN);
}

void
ush_options_print(FILE *to, const struct ush_option *options)
{
	for (; options->kind != USH_OPTION_END; options++) {
		if (options->kind == USH_OPTION_HEADING)
			print_wrapped(to, options->help, 0);
		else
			print_option(to, options);
	}
	print_option(to, &(struct ush_option){.name = "help", .letter = 'h', .help = "print this"});
}
