/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone extract: a draft of a feed out of a report in free text. */
#include "zones/sinkzone/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "zones/extract/extract.h"

/* With --compare as diff(1) has it. */
enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

struct arguments {
	const char *report;
	const char *settings;
	const char *output;
	const char *compare;
	const char **never_block; /* ends with NULL */
	size_t never_block_count;
};

static int
take_operand(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	if (arguments->report != NULL)
		return ush_fail(err, NULL, 0, "%.200s: one report at a time", text);
	arguments->report = text;
	return 0;
}

static int
read_never_block(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	(void)err;
	arguments->never_block[arguments->never_block_count++] = text;
	return 0;
}

/* A draft that a person has begun to work on is not written over. */
static FILE *
open_output(const char *path, struct ush_error *err)
{
	FILE *to;

	if (path == NULL || strcmp(path, "-") == 0)
		return stdout;
	if ((to = fopen(path, "wxe")) == NULL)
		ush_fail_errno(err, path, "cannot write (it must not exist yet)");
	return to;
}

static int
write_draft(const struct arguments *arguments, const struct ush_findings *findings)
{
	struct ush_draft_counts counts = ush_draft_count(findings);
	struct ush_error err = {0};
	FILE *to = open_output(arguments->output, &err);

	if (to == NULL)
		return ush_command_fail(&err);
	ush_draft_write(to, findings, arguments->report);
	if (to != stdout && fclose(to) != 0) {
		ush_fail_errno(&err, arguments->output, "cannot write");
		return ush_command_fail(&err);
	}
	fprintf(stderr,
	    USH_PROGRAM
	    ": %zu indicators to confirm, %zu more only as comments; nothing is blocked "
	    "until the line \"draft: yes\" is removed and the feed is compiled\n",
	    counts.entries, counts.comments);
	return ush_command_flush(USH_EXIT_DONE);
}

static int
compare(const struct arguments *arguments, const struct ush_findings *findings)
{
	struct ush_error err = {0};
	int rc = ush_findings_compare(stdout, findings, arguments->compare, &err);

	if (rc < 0)
		ush_command_fail(&err);
	if (ush_command_flush(USH_EXIT_DONE) != USH_EXIT_DONE || rc < 0)
		return EXIT_TROUBLE;
	return rc == 0 ? EXIT_SAME : EXIT_DIFFERENT;
}

/* The shipped feed is always known, if it is where it was installed. */
static void
add_shipped(struct arguments *arguments)
{
	static const char shipped[] = USH_FEEDS_DIR "/never-block.yaml";

	if (arguments->never_block_count == 0 && access(shipped, R_OK) == 0)
		arguments->never_block[arguments->never_block_count++] = shipped;
}

static int
run(struct arguments *arguments)
{
	struct ush_settings *settings = NULL;
	struct ush_findings findings = {0};
	struct ush_error err = {0};
	struct ush_extract_options options = {
	    .report = arguments->report, .never_block = arguments->never_block};
	int status;

	if (arguments->settings != NULL &&
	    ush_settings_load(&settings, arguments->settings, &err) != 0) {
		ush_command_fail(&err);
		return EXIT_TROUBLE;
	}
	options.own = settings != NULL ? &settings->own_domains : NULL;
	add_shipped(arguments);
	if (ush_extract(&findings, &options, &err) != 0) {
		ush_command_fail(&err);
		status = arguments->compare != NULL ? EXIT_TROUBLE : USH_EXIT_BAD;
	} else if (arguments->compare != NULL) {
		status = compare(arguments, &findings);
	} else {
		status = write_draft(arguments, &findings);
	}
	ush_findings_fini(&findings);
	ush_settings_free(settings);
	return status;
}

static int
extract_main(int argc, char **argv)
{
	struct arguments arguments = {.never_block = calloc((size_t)argc + 2, sizeof(char *))};
	int status;

	if (arguments.never_block == NULL)
		return ush_command_fail(&(struct ush_error){.text = "no memory"});
	if (ush_command_read(&ush_cmd_extract, take_operand, &arguments, argc, argv, &status))
		status = arguments.report != NULL
		             ? run(&arguments)
		             : ush_command_misuse(&ush_cmd_extract, "which report?");
	free(arguments.never_block);
	return status;
}

static const struct ush_option options[] = {
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct arguments, settings),
        .help = "settings: names of its own-domains are flagged"},
    {USH_OPTION_TEXT, "output", 'o', "FILE", offsetof(struct arguments, output),
        .help = "the draft; it must not exist yet (default: standard output)"},
    {USH_OPTION_CUSTOM, "never-block", '\0', "FEED", .read = read_never_block,
        .help = "names of this feed are flagged (again for more; default: the shipped one)"},
    {USH_OPTION_TEXT, "compare", '\0', "FEED", offsetof(struct arguments, compare),
        .help = "write no draft, say how it would differ from this feed"},
    {.kind = USH_OPTION_END},
};

const struct ush_sinkzone_command ush_cmd_extract = {
    .name = "extract",
    .usage = "[-c FILE] [-o FILE] [--never-block FEED]... [--compare FEED] REPORT",
    .summary = "Draft a feed from a report in free text, for a person to confirm",
    .options = options,
    .notes =
        "A REPORT of - is standard input. With --compare the exit status is that of diff(1).\n",
    .run = extract_main,
};
