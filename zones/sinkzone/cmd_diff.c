/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone diff: what a new list changes. */
#include "zones/sinkzone/command.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include "common/terminal.h"
#include "zones/sinkzone/answer.h"
#include "zones/sinkzone/difference.h"
#include "zones/sinkzone/jsontext.h"

#define SHOWN 100 /* entries, unless --all is given */
#define EXIT_DIFFERENT 1
#define EXIT_TROUBLE 2 /* as diff(1) has it: 1 is an answer */

struct arguments {
	bool all;
	bool json;
	bool quiet;
	const char *paths[2];
	size_t path_count;
};

struct diff_printer {
	const struct arguments *arguments;
	uint64_t entries;
};

static const char *const kinds[USH_RULE_KINDS] = {"", "name", "network", "url"};

static const char *
scope_of(const struct ush_listed *listed)
{
	return listed->rule.kind == USH_RULE_NAME
	           ? ush_scope_text(listed->rule.exact, listed->rule.subdomains)
	           : "";
}

static const char *
action_of(const struct ush_listed *listed)
{
	return listed->class.never_block ? "never-block" : ush_action_text(listed->class.action);
}

static const char *
path_of(const struct ush_listed *listed)
{
	if (listed->rule.kind != USH_RULE_URL)
		return "";
	if (!listed->rule.host_known)
		return listed->rule.planted ? "planted, host is a guess"
		                            : "plausible, host is a guess";
	return listed->rule.planted ? "planted" : "plausible";
}

static const char *
campaign_of(const struct ush_listed *listed)
{
	return listed->class.campaign;
}

static const char *
feed_of(const struct ush_listed *listed)
{
	return listed->class.feed;
}

/* What a rule can differ in. */
static const struct {
	const char *name;
	const char *(*value)(const struct ush_listed *listed);
} traits[] = {{"scope", scope_of}, {"path", path_of}, {"action", action_of},
    {"campaign", campaign_of}, {"feed", feed_of}};
#define TRAITS (sizeof(traits) / sizeof(traits[0]))

/* Of a rule that was changed, only what was; of others all. */
static void
print_entry(const struct ush_listed *before, const struct ush_listed *after)
{
	const struct ush_listed *either = before == NULL ? after : before;
	const char *mark = ":";

	printf("%c %s ",
	    before == NULL  ? '+'
	    : after == NULL ? '-'
	                    : '~',
	    kinds[either->rule.kind]);
	ush_terminal_put(stdout, either->trigger);
	for (size_t i = 0; i < TRAITS; i++) {
		const char *was = before != NULL ? traits[i].value(before) : "";
		const char *is = traits[i].value(after != NULL ? after : before);

		if (is[0] == '\0' || (before != NULL && after != NULL && strcmp(was, is) == 0))
			continue;
		printf("%s %s ", mark, traits[i].name);
		mark = ",";
		if (before != NULL && after != NULL) {
			ush_terminal_put(stdout, was);
			fputs(" -> ", stdout);
		}
		ush_terminal_put(stdout, is);
	}
	putchar('\n');
}

static json_t *
rule_json(const struct ush_listed *listed)
{
	json_t *object = json_object();

	for (size_t i = 0; i < TRAITS; i++) {
		if (traits[i].value(listed)[0] != '\0')
			json_object_set_new(
			    object, traits[i].name, ush_json_from_text(traits[i].value(listed)));
	}
	return object;
}

static void
print_json(const struct ush_listed *before, const struct ush_listed *after)
{
	const struct ush_listed *either = before == NULL ? after : before;
	json_t *object = json_object();

	json_object_set_new(object, "change",
	    json_string(before == NULL  ? "added"
	                : after == NULL ? "removed"
	                                : "changed"));
	json_object_set_new(object, "kind", json_string(kinds[either->rule.kind]));
	json_object_set_new(object, "trigger", ush_json_from_text(either->trigger));
	if (before != NULL)
		json_object_set_new(object, "before", rule_json(before));
	if (after != NULL)
		json_object_set_new(object, "after", rule_json(after));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void
found(void *arg, const struct ush_listed *before, const struct ush_listed *after)
{
	struct diff_printer *printer = arg;

	printer->entries++;
	if (printer->arguments->quiet)
		return;
	if (printer->arguments->json)
		print_json(before, after);
	else if (printer->arguments->all || printer->entries <= SHOWN)
		print_entry(before, after);
}

static void
print_summary(const struct diff_printer *printer, const struct ush_difference *counts)
{
	static const char *const titles[USH_RULE_KINDS] = {"", "names", "networks", "urls"};

	if (!printer->arguments->all && printer->entries > SHOWN)
		printf("and %" PRIu64 " more (--all shows them)\n", printer->entries - SHOWN);
	for (unsigned kind = USH_RULE_NAME; kind < USH_RULE_KINDS; kind++) {
		if (counts->added[kind] + counts->removed[kind] + counts->changed[kind] > 0)
			printf("%s: %" PRIu64 " added, %" PRIu64 " removed, %" PRIu64 " changed\n",
			    titles[kind], counts->added[kind], counts->removed[kind],
			    counts->changed[kind]);
	}
	printf("%" PRIu64 " rules are the same\n", counts->same);
}

static int
diff(const struct arguments *arguments)
{
	struct diff_printer printer = {.arguments = arguments};
	struct ush_blocklist *before = NULL;
	struct ush_blocklist *after = NULL;
	struct ush_difference counts;
	struct ush_error err = {0};
	int status = EXIT_TROUBLE;

	if (ush_blocklist_open(&before, arguments->paths[0], USH_PART_ALL, &err) != 0 ||
	    ush_blocklist_open(&after, arguments->paths[1], USH_PART_ALL, &err) != 0 ||
	    ush_difference_find(before, after, found, &printer, &counts, &err) != 0) {
		ush_command_fail(&err);
	} else {
		if (!arguments->quiet && !arguments->json)
			print_summary(&printer, &counts);
		status = printer.entries > 0 ? EXIT_DIFFERENT : USH_EXIT_DONE;
	}
	ush_blocklist_close(before);
	ush_blocklist_close(after);
	return ush_command_flush(USH_EXIT_DONE) == USH_EXIT_DONE ? status : EXIT_TROUBLE;
}

static int
take_path(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	if (arguments->path_count == 2)
		return ush_fail(err, NULL, 0, "two databases, no more");
	arguments->paths[arguments->path_count++] = text;
	return 0;
}

static int
diff_main(int argc, char **argv)
{
	struct arguments arguments = {0};
	int status;

	if (!ush_command_read(&ush_cmd_diff, take_path, &arguments, argc, argv, &status))
		return status;
	if (arguments.path_count != 2)
		return ush_command_misuse(&ush_cmd_diff, "two databases are needed");
	return diff(&arguments);
}

static const struct ush_option options[] = {
    {USH_OPTION_FLAG, "all", .offset = offsetof(struct arguments, all),
        .help = "every entry, not only the first 100"},
    {USH_OPTION_FLAG, "json", .offset = offsetof(struct arguments, json),
        .help = "one JSON object a line for every entry"},
    {USH_OPTION_FLAG, "quiet", 'q', .offset = offsetof(struct arguments, quiet),
        .help = "say nothing: the exit status is the answer"},
    {.kind = USH_OPTION_END},
};

const struct ush_sinkzone_command ush_cmd_diff = {
    .name = "diff",
    .usage = "[--all] [--json] [-q] OLD NEW",
    .summary = "Say which rules a new list adds, removes and changes",
    .options = options,
    .notes = "Exit status 0 if the rules are the same, 1 if not, 2 if a database cannot be\n"
             "read, as diff(1) has it.\n",
    .run = diff_main,
};
