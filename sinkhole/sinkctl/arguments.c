/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/options.h"
#include "common/terminal.h"
#include "common/version.h"
#include "sinkhole/sinkctl/when.h"

/* Options that only some commands take. */
enum {
	NO_STORE = 1 << 0,
	WIDE = 1 << 1,
	CALL = 1 << 2,
	CAMPAIGN = 1 << 3,
	SINCE = 1 << 4,
	HOST = 1 << 5,
	FORCE = 1 << 6,
	UNTIL = 1 << 8,
	NEW = 1 << 9,
	CSV = 1 << 10,
	FAIL_IF = 1 << 11,
	OPEN = 1 << 12,
	MARK = 1 << 13,
	CHECK = 1 << 14,
	OUTPUT = 1 << 15,
	TO = 1 << 16,
	FORMAT = 1 << 18,
	BRIEF = 1 << 19,
	TEST = 1 << 20,
	WINDOW = SINCE | UNTIL,
};

static const struct ush_verb verbs[] = {
    {"hosts", NULL, 0,
        NO_STORE | WIDE | CALL | CAMPAIGN | WINDOW | NEW | OPEN | CSV | BRIEF | FAIL_IF, true,
        ush_cmd_hosts, "the hosts: how sure, why, for what, since when"},
    {"host", "HOST", 1, NO_STORE | WIDE | WINDOW, true, ush_cmd_host,
        "all that is known of one host: address, name or reference"},
    {"top", NULL, 0, NO_STORE | CALL | CAMPAIGN | OPEN, true, ush_cmd_top,
        "hosts --brief on the whole terminal, again and again"},
    {"hunt", "[NAME]", 1, HOST | WIDE | WINDOW, false, ush_cmd_hunt,
        "who asked for a listed name (or this one) before it was listed"},
    {"mark", "HOST STATE", 2, CAMPAIGN | MARK, true, ush_cmd_mark,
        "say of it: acknowledged, cleaned, false-alarm or open"},
    {"evidence", "HOST", 1, NO_STORE | WINDOW | OUTPUT, true, ush_cmd_evidence,
        "all that is known of it and what that rests on, to be handed on"},
    {"export", NULL, 0, NO_STORE | CALL | CAMPAIGN | WINDOW | OPEN | FORMAT, true, ush_cmd_export,
        "what is known, for other programs"},
    {"verify", "PATH", 1, 0, false, ush_cmd_verify,
        "whether what evidence made is as it was; on any machine"},
    {"events", NULL, 0, NO_STORE | WIDE | HOST | CAMPAIGN | WINDOW, false, ush_cmd_events,
        "the events of both logs, oldest first"},
    {"follow", NULL, 0, WIDE | HOST | CAMPAIGN, false, ush_cmd_follow,
        "the events as they are written, until it is stopped"},
    {"status", NULL, 0, NO_STORE | WIDE, true, ush_cmd_status, "list, sensors, logs and store"},
    {"check", NULL, 0, NO_STORE | CHECK, false, ush_cmd_check,
        "the state for a monitoring system, as a plugin of Nagios or Icinga"},
    {"alert", NULL, 0, TEST, false, ush_cmd_alert,
        "how it stands with the alerts of sinkwatch; a test of them"},
    {"metrics", NULL, 0, NO_STORE | OUTPUT, true, ush_cmd_metrics,
        "the figures of all sensors for Prometheus"},
    {"dnstap", NULL, 0, SINCE | TO, false, ush_cmd_dnstap,
        "send the events of the resolvers as dnstap, until it is stopped"},
    {"ingest", NULL, 0, 0, true, ush_cmd_ingest,
        "read what is new in the logs into the store, for a timer"},
    {"rebuild", NULL, 0, NO_STORE | FORCE, false, ush_cmd_rebuild,
        "make the store anew from the logs"},
};

static const struct ush_option options[] = {
    {.kind = USH_OPTION_HEADING,
        .help = "Options of hosts (call and open: of top and export, too):"},
    {USH_OPTION_TEXT, "call", '\0', "CALL", offsetof(struct ush_arguments, call),
        .help = "rows with this call, as the worst or beside it: INFECTED, LIKELY, POSSIBLE, "
                "PERSON, RELAY, SCANNER or DRILL"},
    {USH_OPTION_TEXT, "new", '\0', "TIME", offsetof(struct ush_arguments, newer),
        .help = "only rows that were not there before then"},
    {USH_OPTION_TEXT, "fail-if", '\0', "CALL", offsetof(struct ush_arguments, fail_if),
        .help = "exit status 3 if a row shown has this call or a worse one, 1 if there is none and "
                "not all sensors look"},
    {USH_OPTION_FLAG, "open", .offset = offsetof(struct ush_arguments, command.open),
        .help = "only rows that nobody has marked, or that are open again"},
    {USH_OPTION_FLAG, "brief", .offset = offsetof(struct ush_arguments, command.brief),
        .help = "one screen: how many of each call, and the first rows"},
    {USH_OPTION_FLAG, "csv", .offset = offsetof(struct ush_arguments, command.csv),
        .help = "for a spreadsheet (RFC 4180, UTF-8)"},
    {.kind = USH_OPTION_HEADING, .help = "Of mark:"},
    {USH_OPTION_TEXT, "case", '\0', "NUMBER", offsetof(struct ush_arguments, command.mark.number),
        .help = "number of the case in your own system"},
    {USH_OPTION_TEXT, "note", '\0', "TEXT", offsetof(struct ush_arguments, command.mark.note),
        .help = "one line"},
    {USH_OPTION_TEXT, "by", '\0', "USER", offsetof(struct ush_arguments, command.mark.author),
        .help = "who says so (default: the user who is logged in)"},
    {USH_OPTION_TEXT, "as-of", '\0', "TIME", offsetof(struct ush_arguments, as_of),
        .help = "true from then on (default: now)"},
    {.kind = USH_OPTION_HEADING, .help = "Of export:"},
    {USH_OPTION_TEXT, "format", '\0', "FORMAT", offsetof(struct ush_arguments, command.format),
        .help = "stix or misp (nothing of the hosts); ocsf, cef or syslog (a line for each row); "
                "shadowserver or shadowserver-http (a line for each contact)"},
    {.kind = USH_OPTION_HEADING, .help = "Of events, follow and hunt:"},
    {USH_OPTION_TEXT, "host", '\0', "ADDRESS", offsetof(struct ush_arguments, host),
        .help = "only this host"},
    {.kind = USH_OPTION_HEADING, .help = "Of hosts, top, events, follow, export and mark:"},
    {USH_OPTION_TEXT, "campaign", '\0', "NAME", offsetof(struct ush_arguments, command.campaign),
        .help = "only this campaign"},
    {.kind = USH_OPTION_HEADING, .help = "Of hosts, host, evidence, export, events and hunt:"},
    {USH_OPTION_TEXT, "since", '\0', "TIME", offsetof(struct ush_arguments, since),
        .help = "only what was seen since then, also in calls and counts: 2h, 7d, 14:30, "
                "2026-11-20, RFC 3339"},
    {USH_OPTION_TEXT, "until", '\0', "TIME", offsetof(struct ush_arguments, until),
        .help = "only what was seen before then"},
    {.kind = USH_OPTION_HEADING, .help = "Of hosts, host, events, follow, hunt and status:"},
    {USH_OPTION_FLAG, "wide", .offset = offsetof(struct ush_arguments, command.wide),
        .help = "do not shorten to 80 columns"},
    {.kind = USH_OPTION_HEADING, .help = "Of alert:"},
    {USH_OPTION_FLAG, "test", .offset = offsetof(struct ush_arguments, command.test),
        .help =
            "send a message to each output, by the sinkwatch that runs, and say what came of it"},
    {.kind = USH_OPTION_HEADING, .help = "Of check (W,C: beyond W is WARNING, beyond C CRITICAL):"},
    {USH_OPTION_TEXT, "list-age", '\0', "W,C",
        offsetof(struct ush_arguments, command.check.list_age),
        .help = "age of a list (default: 7d,30d)"},
    {USH_OPTION_TEXT, "silence", '\0', "W,C", offsetof(struct ush_arguments, command.check.silence),
        .help = "time since a sensor's last line (default: ,3m)"},
    {USH_OPTION_TEXT, "disk-free", '\0', "W,C",
        offsetof(struct ush_arguments, command.check.disk_free),
        .help = "less is left on a log's disk (default: 1G,256M)"},
    {USH_OPTION_TEXT, "lost", '\0', "W,C", offsetof(struct ush_arguments, command.check.lost),
        .help = "events that a sensor lost since it was started (default: 0,)"},
    {USH_OPTION_TEXT, "resolver", '\0', "ADDRESS",
        offsetof(struct ush_arguments, command.check.resolver),
        .help = "ask there for the canary of the settings"},
    {USH_OPTION_UINT, "connect", .argument = "PORT",
        .offset = offsetof(struct ush_arguments, command.check.call_port), .max = UINT16_MAX,
        .help = "then call that port of the canary's address"},
    {.kind = USH_OPTION_HEADING, .help = "Of metrics:"},
    {USH_OPTION_TEXT, "output", 'o', "FILE", offsetof(struct ush_arguments, command.output),
        .help = "replace this file, for the textfile collector of node_exporter"},
    {.kind = USH_OPTION_HEADING, .help = "Of dnstap (and --since, for a log that it never sent):"},
    {USH_OPTION_TEXT, "to", '\0', "TARGET", offsetof(struct ush_arguments, command.to),
        .help = "unix:/path or ADDRESS:PORT (default: store: dnstap of the settings)"},
    {.kind = USH_OPTION_HEADING, .help = "Of rebuild:"},
    {USH_OPTION_FLAG, "force", .offset = offsetof(struct ush_arguments, command.force),
        .help = "even if the logs no longer hold all that the store knows"},
    {.kind = USH_OPTION_HEADING,
        .help = "Of all commands but dnstap, follow, hunt, ingest, mark and verify:"},
    {USH_OPTION_FLAG, "no-store", .offset = offsetof(struct ush_arguments, command.no_store),
        .help = "read the logs into memory, leave the store alone"},
    {.kind = USH_OPTION_HEADING, .help = "Of all commands:"},
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct ush_arguments, command.settings_path),
        .help = "settings (default: $" USH_SETTINGS_ENV ", else " USH_SETTINGS_PATH ")"},
    {USH_OPTION_FLAG, "json", .offset = offsetof(struct ush_arguments, command.json),
        .help = "for programs"},
    {USH_OPTION_FLAG, "version", .offset = offsetof(struct ush_arguments, version),
        .help = "print the version"},
    {.kind = USH_OPTION_END},
};

static void
print_help(FILE *to)
{
	fprintf(to, "Usage: sinkctl COMMAND [OPTION...]\n\nCommands:\n");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(to, "  %-8s %-10s %s\n", verbs[i].name,
		    verbs[i].argument != NULL ? verbs[i].argument : "", verbs[i].help);
	fputc('\n', to);
	ush_options_print(to, options);
	fprintf(to, "\nExit status: 0 done, 1 the settings, logs or store are bad, 2 wrong usage,\n"
	            "3 found (--fail-if).\n"
	            "Of check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n");
}

static int
usage(const char *problem, const char *what)
{
	char *safe = ush_terminal_text(what);

	fprintf(stderr, USH_PROGRAM ": %s: %s (see sinkctl --help)\n", safe != NULL ? safe : "",
	    problem);
	free(safe);
	return USH_EXIT_USAGE;
}

static int
take_operand(void *arg, const char *text, struct ush_error *err)
{
	struct ush_arguments *arguments = arg;

	(void)err;
	if (arguments->operand_count < sizeof(arguments->operands) / sizeof(arguments->operands[0]))
		arguments->operands[arguments->operand_count] = text;
	arguments->operand_count++;
	return 0;
}

static bool
has_check_option(const struct ush_check_options *check)
{
	return check->list_age != NULL || check->silence != NULL || check->disk_free != NULL ||
	       check->lost != NULL || check->resolver != NULL || check->call_port != 0;
}

/* Which of the options that not every command takes were given. */
static unsigned
given(const struct ush_arguments *arguments)
{
	const struct ush_command *command = &arguments->command;
	const struct ush_mark_options *mark = &command->mark;
	bool has_mark = mark->number != NULL || mark->note != NULL || mark->author != NULL ||
	                arguments->as_of != NULL;

	return (command->test ? TEST : 0u) | (has_mark ? MARK : 0u) |
	       (command->format != NULL ? FORMAT : 0u) | (command->open ? OPEN : 0u) |
	       (command->no_store ? NO_STORE : 0u) | (command->wide ? WIDE : 0u) |
	       (arguments->call != NULL ? CALL : 0u) | (command->campaign != NULL ? CAMPAIGN : 0u) |
	       (arguments->since != NULL ? SINCE : 0u) | (arguments->host != NULL ? HOST : 0u) |
	       (arguments->until != NULL ? UNTIL : 0u) | (arguments->newer != NULL ? NEW : 0u) |
	       (arguments->fail_if != NULL ? FAIL_IF : 0u) | (command->csv ? CSV : 0u) |
	       (command->brief ? BRIEF : 0u) | (command->force ? FORCE : 0u) |
	       (has_check_option(&command->check) ? CHECK : 0u) |
	       (command->output != NULL ? OUTPUT : 0u) | (command->to != NULL ? TO : 0u);
}

/* Sets the host in the one form that the store has. -1 if it is no address. */
static int
set_host(struct ush_arguments *arguments, const char *text)
{
	struct ush_address address;

	if (ush_address_from_text(&address, text) != 0)
		return -1;
	arguments->command.host = ush_address_to_text(&address, arguments->address);
	return 0;
}

/* Both: NULL leaves *out as it is. Return 0 or the exit status. */
static int
read_time(uint64_t *out, const char *text, uint64_t now_ms)
{
	if (text == NULL || ush_when_parse(out, text, now_ms) == 0)
		return 0;
	return usage("is no time; say 2h, 7d, 14:30 or 2026-11-20", text);
}

static int
read_call(enum ush_call *out, const char *text)
{
	if (text == NULL || ush_call_from_text(out, text) == 0)
		return 0;
	return usage("is no call", text);
}

/* The options that are more than a text. Returns 0 or the exit status. */
static int
read_values(struct ush_arguments *arguments)
{
	struct ush_command *command = &arguments->command;

	command->has_call = arguments->call != NULL;
	command->has_fail_if = arguments->fail_if != NULL;
	if (read_call(&command->call, arguments->call) != 0 ||
	    read_call(&command->fail_if, arguments->fail_if) != 0 ||
	    read_time(&command->since_ms, arguments->since, command->now_ms) != 0 ||
	    read_time(&command->until_ms, arguments->until, command->now_ms) != 0 ||
	    read_time(&command->new_ms, arguments->newer, command->now_ms) != 0 ||
	    read_time(&command->mark.as_of_ms, arguments->as_of, command->now_ms) != 0)
		return USH_EXIT_USAGE;
	if (command->mark.as_of_ms > command->now_ms)
		return usage("has not come yet", arguments->as_of);
	if (command->until_ms != 0 && command->until_ms <= command->since_ms)
		return usage("is not after --since", arguments->until);
	if (command->new_ms != 0 && (command->since_ms != 0 || command->until_ms != 0))
		return usage(
		    "what is new is not known of a window: not with --since or --until", "--new");
	if (command->csv && command->json)
		return usage("not with --json", "--csv");
	if (command->brief && (command->csv || command->json))
		return usage("not with --csv or --json", "--brief");
	if (arguments->host != NULL && set_host(arguments, arguments->host) != 0)
		return usage("is no IP address", arguments->host);
	return 0;
}

static const struct ush_verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

/* Sets *out to the command, with its operand read. Returns 0 or the exit status. */
static int
choose_verb(const struct ush_verb **out, struct ush_arguments *arguments)
{
	const char *const *operands = arguments->operands;
	const struct ush_verb *verb;

	if (arguments->operand_count == 0) {
		print_help(stderr);
		return USH_EXIT_USAGE;
	}
	verb = find_verb(operands[0]);
	if (verb == NULL)
		return usage("is no command", operands[0]);
	if ((given(arguments) & ~verb->options) != 0)
		return usage("does not take one of these options", operands[0]);
	/* Without a name hunt is about all that are listed. */
	if (verb->run == ush_cmd_hunt && arguments->operand_count == 1) {
		*out = verb;
		return 0;
	}
	if (arguments->operand_count - 1 != verb->arguments)
		return usage(verb->arguments == 2          ? "wants HOST and STATE"
		             : verb->run == ush_cmd_verify ? "wants one PATH"
		             : verb->run == ush_cmd_hunt   ? "takes one NAME at most"
		             : verb->arguments == 1        ? "wants one HOST"
		                                           : "takes no argument",
		    operands[0]);
	/* An address, or what only the store and the file of names know. */
	if (verb->run == ush_cmd_verify ||
	    (verb->arguments > 0 && set_host(arguments, operands[1]) != 0))
		arguments->command.asked = operands[1];
	if (verb->run == ush_cmd_export &&
	    (arguments->command.format == NULL || !ush_export_has(arguments->command.format)))
		return usage("say --format stix, misp, ocsf, cef, syslog, shadowserver or "
		             "shadowserver-http",
		    operands[0]);
	if (verb->run == ush_cmd_evidence && arguments->command.output == NULL)
		return usage("say where to put it: --output DIRECTORY or FILE.tar", operands[0]);
	if (verb->arguments == 2 &&
	    ush_case_state_from_text(&arguments->command.mark.state, operands[2]) != 0)
		return usage(
		    "is no state; say acknowledged, cleaned, false-alarm or open", operands[2]);
	*out = verb;
	return 0;
}

int
ush_arguments_read(
    struct ush_arguments *arguments, const struct ush_verb **verb, int argc, char **argv)
{
	struct ush_error err = {0};
	int rc = ush_options_read(options, take_operand, arguments, argc, argv, &err);

	*verb = NULL;
	if (rc < 0)
		return USH_EXIT_USAGE; /* what is wrong was printed */
	if (rc > 0) {
		print_help(stdout);
		return USH_EXIT_DONE;
	}
	if (arguments->version) {
		printf("sinkctl %s\n", USH_VERSION);
		return USH_EXIT_DONE;
	}
	rc = read_values(arguments);
	return rc != 0 ? rc : choose_verb(verb, arguments);
}
