/* SPDX-License-Identifier: BSD-3-Clause */
/* arguments.h - the command line of sinkctl: its commands, and the options that each of them takes.
 * Read before anything is opened; one thread. */
#pragma once

#include "sinkhole/sinkctl/command.h"

struct ush_verb {
	const char *name;
	const char *argument; /* NULL: takes none; the first one is a host */
	unsigned arguments;
	unsigned options;
	bool wants_store;
	int (*run)(struct ush_command *command);
	const char *help;
};

/* What was given; texts are borrowed from argv. */
struct ush_arguments {
	struct ush_command command;
	bool version;
	const char *call;
	const char *since;
	const char *until;
	const char *newer;
	const char *fail_if;
	const char *host;
	const char *as_of;
	const char *operands[3]; /* the command and what it is about */
	size_t operand_count;    /* as many as were given */
	char address[USH_ADDRESS_TEXT_MAX];
};

/* Fills the command, whose now_ms is set. Sets *verb, to NULL if there is nothing more to do: what
 * there is to say was printed. Returns the exit status. */
int ush_arguments_read(
    struct ush_arguments *arguments, const struct ush_verb **verb, int argc, char **argv);
