/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h - a command line by one table, which is parser, range check and --help in one.
 * getopt_long(3) reads it, so this is for one thread, before others start. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "common/attr.h"
#include "common/error.h"

/* How a program of ours ends. */
enum ush_exit { USH_EXIT_DONE = 0, USH_EXIT_BAD = 1, USH_EXIT_USAGE = 2 };

enum ush_option_kind {
	USH_OPTION_HEADING, /* no option: `help` is a line between them */
	USH_OPTION_FLAG,    /* bool */
	USH_OPTION_TEXT,    /* const char *, borrowed from argv */
	USH_OPTION_UINT,    /* uint32_t, 0 to `max` */
	USH_OPTION_CUSTOM,  /* read by `read` */
	USH_OPTION_END,
};

/* Reads one value into the caller's arguments: 0, or ush_fail() with what is wrong. `text` is NULL if
 * the argument is optional and was not given. */
typedef int ush_option_read_fn(void *arguments, const char *text, struct ush_error *err);

/* -h and --help are in every table without a row. */
struct ush_option {
	enum ush_option_kind kind;
	const char *name;     /* without "--" */
	char letter;          /* 0: none */
	const char *argument; /* its name in --help; NULL: takes none; "[=NAME]": may have one */
	size_t offset;        /* of the member in the caller's arguments */
	uint32_t max;
	ush_option_read_fn *read;
	const char *help; /* of any length: it is broken into lines */
};

/* Reads argv[1..] in order into `arguments`; what is no option goes to `operand` as it comes.
 * 0; 1: help was asked for; -1: what is wrong is in *err, or was printed if err->text is "". */
USH_MUST_CHECK int ush_options_read(const struct ush_option *options, ush_option_read_fn *operand,
    void *arguments, int argc, char **argv, struct ush_error *err);

/* The options for --help, in at most 80 columns. */
void ush_options_print(FILE *to, const struct ush_option *options);
