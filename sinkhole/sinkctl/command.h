/* SPDX-License-Identifier: BSD-3-Clause */
/* command.h - what every command of sinkctl is given, and each request of sinkwatch's page. The
 * program's main() fills it: the options are checked, the settings loaded and, if the command wants
 * it, the store opened and up to date. One thread; everything belongs to its filler. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>
#include "common/attr.h"
#include "common/options.h"
#include "common/settings.h"
#include "sinkhole/store/calls.h"
#include "sinkhole/store/cases.h"
#include "sinkhole/store/host_names.h"
#include "sinkhole/store/identity.h"
#include "sinkhole/store/risen.h"
#include "sinkhole/store/sensors.h"
#include "sinkhole/store/store.h"

#define USH_PROGRAM "sinkctl"
#define USH_EXIT_FOUND 3 /* --fail-if */

struct ush_blocklist;
struct ush_outputs;

/* Options of mark, as given; NULL, 0: not. */
struct ush_mark_options {
	enum ush_case_state state;
	uint64_t as_of_ms;
	const char *author;
	const char *number;
	const char *note;
};

/* Options of check, as given; NULL: its default. */
struct ush_check_options {
	const char *list_age;
	const char *silence;
	const char *disk_free;
	const char *lost;
	const char *resolver; /* NULL: the canary is not asked for */
	uint32_t call_port;   /* of its address; 0: no call there */
};

struct ush_command {
	uint64_t now_ms;
	const char *settings_path;
	struct ush_settings *settings;
	struct ush_error mistake;  /* in the settings file; "": none */
	const char *used_settings; /* with a mistake: which settings these are, in words */
	struct ush_store *store;
	struct ush_store *within; /* what was seen in the window; `store` itself if none is given */
	struct ush_gap gap;       /* of the window: a sensor did not run then */
	uint64_t within_begins_ms;    /* the logs of the window begin later than it does; 0: no */
	struct ush_host_names *names; /* NULL: none */
	struct ush_marks marks;
	struct ush_identities *identities; /* NULL: the names alone */
	struct ush_update update;          /* what was read for this call */
	const struct ush_outputs *outputs; /* of alerts; NULL: they are looked up */

	bool json;
	bool wide;
	bool no_store;
	bool force;
	bool has_call;
	enum ush_call call;
	const char *campaign; /* NULL: all */
	uint64_t since_ms;    /* 0: ever */
	uint64_t until_ms;    /* 0: until now */
	uint64_t
	    new_ms; /* only rows that were not there before, or whose call was less bad; 0: all */
	struct ush_row_call
	    *before; /* with new_ms: the calls of then, of rows whose call changed */
	size_t before_count;
	bool open; /* only rows that nobody has marked, or that are open again */
	bool csv;
	bool brief;  /* on one screen */
	bool screen; /* that is the terminal's */
	bool has_fail_if;
	enum ush_call fail_if; /* the worst call with which the command does not fail is the next */
	const char *host;      /* in RFC 5952 form; NULL: all */
	struct ush_mark_options mark;
	const char *output; /* evidence: a folder or archive; metrics: a file, NULL: stdout */
	const char *format; /* export */
	bool test;          /* alert */
	struct ush_check_options check;
	const char *to;    /* dnstap: the consumer; NULL: as the settings say */
	const char *asked; /* host: a name or reference number, hunt: a name; NULL: an address was
	                      given, or (hunt) nothing */
};

/* What the question is about: the window, if one is given. */
static inline struct ush_store *
ush_command_within(const struct ush_command *command)
{
	return command->within != NULL ? command->within : command->store;
}

/* Commands print their answer to stdout, errors to stderr, and return the program's exit status. */
int ush_cmd_hosts(struct ush_command *command);
int ush_cmd_top(struct ush_command *command);
int ush_cmd_host(struct ush_command *command);
int ush_cmd_mark(struct ush_command *command);
int ush_cmd_hunt(struct ush_command *command);
int ush_cmd_events(struct ush_command *command);
int ush_cmd_follow(struct ush_command *command);
int ush_cmd_status(struct ush_command *command);
int ush_cmd_check(struct ush_command *command);
int ush_cmd_dnstap(struct ush_command *command);
int ush_cmd_alert(struct ush_command *command);
int ush_cmd_metrics(struct ush_command *command);
int ush_cmd_export(struct ush_command *command);
/* Whether there is such a format. */
bool ush_export_has(const char *name);
int ush_cmd_evidence(struct ush_command *command);
int ush_cmd_verify(struct ush_command *command);
int ush_cmd_ingest(struct ush_command *command);
int ush_cmd_rebuild(struct ush_command *command);

/* Prints the error as the program's; returns USH_EXIT_BAD. */
int ush_command_fail(const struct ush_error *err);

/* Opens the store that is asked and brings it up to date. */
USH_MUST_CHECK int ush_command_begin_store(struct ush_command *command, struct ush_error *err);
/* The same for a command that ends if it fails. On failure the error has been printed. */
USH_MUST_CHECK int ush_command_open_store(struct ush_command *command);
/* Sets `within`, from the logs if a window is given. On failure the error has been printed. */
USH_MUST_CHECK int ush_command_open_window(struct ush_command *command);
/* Prints what an update had to pass over, if anything, to stderr. */
void ush_command_warn(const struct ush_update *update);
/* Prints what could not be read, to stderr. Returns the exit status: USH_EXIT_BAD if there is any.
 */
int ush_command_unread(const struct ush_unread *unread);

/* The list on this machine, with the sources of its rules; NULL if there is none. Owned by the
 * caller. */
struct ush_blocklist *ush_command_open_list(const struct ush_settings *settings);

/* The user who is logged in, also behind sudo. Borrowed until the next call. */
const char *ush_login_name(void);

/* The machine's own name; NULL if unknown. */
const char *ush_command_name(const struct ush_command *command, const char *address);

/* Puts value (stolen, may be NULL) into object; times as RFC 3339, 0 and "" are left out. */
void ush_put_time(json_t *object, const char *key, uint64_t ms);
void ush_put_text(json_t *object, const char *key, const char *text);
void ush_put_uint(json_t *object, const char *key, uint64_t value);
/* Prints and frees it. Returns the exit status. */
int ush_print_json(json_t *value);

/* Prints text made safe, `indent` blanks before its first line and `hang` before the others;
 * wrapped at 80 columns unless `wide`. */
void ush_print_wrapped(
    const struct ush_command *command, unsigned indent, unsigned hang, const char *text);
