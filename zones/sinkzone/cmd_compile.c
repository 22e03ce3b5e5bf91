/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone compile and sinkzone check: the same run, with and without a list at its end. */
#include "zones/sinkzone/command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/terminal.h"
#include "zones/compile/compiler.h"
#include "zones/sinkzone/progress.h"

#define SAY_AT_MOST 50 /* refused values of one feed that compile prints; check prints all */

struct arguments {
	struct ush_feed_options *feeds;
	size_t feed_count;
	struct ush_feed_options next; /* what options said so far: for the feeds that follow */
	bool next_is_said;            /* and no feed has followed yet */
	const char *output;
	const char *settings;
	uint32_t shrink; /* percent */
	uint32_t wait;   /* seconds */
	bool force;
	const char **forced; /* feeds; ends with NULL */
	size_t forced_count;
	bool quiet;
};

static int
read_scope(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	arguments->next_is_said = true;
	if (strcmp(text, "exact") == 0)
		arguments->next.scope = USH_SCOPE_EXACT;
	else if (strcmp(text, "subdomains") == 0)
		arguments->next.scope = USH_SCOPE_SUBDOMAINS;
	else if (strcmp(text, "auto") == 0)
		arguments->next.scope = 0;
	else
		return ush_fail(
		    err, NULL, 0, "--scope is exact, subdomains or auto, not %.100s", text);
	return 0;
}

static int
read_action(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	arguments->next_is_said = true;
	if (ush_action_from_text(&arguments->next.action, text) != 0 ||
	    arguments->next.action == USH_ACTION_NONE || arguments->next.action == USH_ACTION_OFF)
		return ush_fail(err, NULL, 0, "%.100s is no action that a rule can have", text);
	return 0;
}

static int
read_format(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;
	size_t i = 0;

	arguments->next_is_said = true;
	while (ush_feed_format_name(i) != NULL && strcmp(ush_feed_format_name(i), text) != 0)
		i++;
	if (ush_feed_format_name(i) == NULL && strcmp(text, "auto") != 0)
		return ush_fail(
		    err, NULL, 0, "there is no feed format %.100s; --help has them", text);
	arguments->next.format = ush_feed_format_name(i);
	return 0;
}

static int
check_name(const char *text, struct ush_error *err)
{
	if (*text == '\0')
		return ush_fail(err, NULL, 0, "the name of a feed or campaign cannot be empty");
	if (strlen(text) > USH_LIST_NAME_MAX)
		return ush_fail(err, NULL, 0, "the name of a feed or campaign has at most %d bytes",
		    USH_LIST_NAME_MAX);
	return 0;
}

static int
read_name(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	arguments->next_is_said = true;
	arguments->next.name = text;
	return check_name(text, err);
}

static int
read_campaign(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	arguments->next_is_said = true;
	arguments->next.campaign = text;
	return check_name(text, err);
}

static int
read_force(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	(void)err;
	if (text != NULL)
		arguments->forced[arguments->forced_count++] = text;
	else
		arguments->force = true;
	return 0;
}

static void
add_feed(struct arguments *arguments, const char *path, bool never_block)
{
	arguments->next.path = path;
	arguments->next.never_block = never_block;
	arguments->feeds[arguments->feed_count++] = arguments->next;
	/* A name belongs to one feed, the other options hold on. */
	arguments->next.name = NULL;
	arguments->next_is_said = false;
}

static int
read_never_block(void *arg, const char *text, struct ush_error *err)
{
	(void)err;
	add_feed(arg, text, true);
	return 0;
}

static int
read_explained(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	(void)err;
	arguments->next.explained = true;
	add_feed(arguments, text, false);
	arguments->next.explained = false;
	return 0;
}

static int
take_feed(void *arg, const char *text, struct ush_error *err)
{
	(void)err;
	add_feed(arg, text, false);
	return 0;
}

static void
say(void *arg, const char *text)
{
	ush_progress_clear(arg);
	fputs(USH_PROGRAM ": ", stderr);
	ush_terminal_put(stderr, text);
	fputc('\n', stderr);
}

static void
show_progress(void *arg, const char *feed, uint64_t entries)
{
	ush_progress_show(arg, feed != NULL ? feed : "writing the list", entries, feed == NULL);
}

static void
print_cell(const char *text, size_t width)
{
	char *safe = ush_terminal_text(text);
	char *fitted = safe != NULL ? ush_terminal_fit(safe, width, USH_ELIDE_MIDDLE) : NULL;
	const char *shown = fitted != NULL ? fitted : "";

	printf("%s%*s", shown, (int)(width - ush_terminal_width(shown)), "");
	free(fitted);
	free(safe);
}

static void
print_feed(const struct ush_feed_result *feed)
{
	uint64_t refused = 0;

	for (unsigned why = 0; why < USH_REFUSALS; why++)
		refused += feed->refused[why];
	print_cell(feed->name, 20);
	printf(" %-9s %10" PRIu64 " %9" PRIu64 " %7" PRIu64 " %9" PRIu64 "%s%s\n", feed->format,
	    feed->indicators, refused, feed->notes, feed->saved,
	    feed->never_block ? "  never-block" : "", feed->kept ? "  kept as it was" : "");
	if (feed->popular > 0)
		printf("  warning: %" PRIu64
		       " rules cover very popular names or domains of your own\n",
		    feed->popular);
	if (feed->url_alone > 0)
		printf("  warning: %" PRIu64
		       " URLs on very popular names or domains of your own: listed without their "
		       "hosts\n",
		    feed->url_alone);
	for (unsigned why = 0; why < USH_REFUSALS; why++) {
		if (feed->refused[why] > 0)
			printf("  refused %" PRIu64 ": %s\n", feed->refused[why],
			    ush_refusal_text(why));
	}
	if (feed->addressed > 0)
		printf("  notes: %" PRIu64
		       " with an address in place of a name: clients ask no resolver for it\n",
		    feed->addressed);
	if (feed->redacted > 0)
		printf("  notes: %" PRIu64 " blacked out in the report, kept for people\n",
		    feed->redacted);
	if (feed->warned > 0)
		printf("  taken %" PRIu64 " that may be mistakes\n", feed->warned);
}

static void
print_saved(const struct ush_compile_result *result)
{
	uint64_t count = 0;

	for (size_t i = 0; i < result->feed_count; i++)
		count += result->feeds[i].saved;
	for (size_t i = 0; i < result->saved_count; i++) {
		const struct ush_saved *saved = &result->saved[i];

		if (saved->value == NULL || saved->file == NULL)
			continue;
		fputs("saved: ", stdout);
		ush_terminal_put(stdout, saved->value);
		fputs(saved->in_part ? " in part by " : " by ", stdout);
		ush_terminal_put(stdout, saved->file);
		printf(":%u\n", saved->line);
	}
	if (count > result->saved_count)
		printf("saved: and %" PRIu64 " more\n", count - result->saved_count);
}

static void
print_slots(const struct ush_build_result *build)
{
	if (build->slots > 0 && build->slots_taken * 5 >= build->slots * 4)
		printf("warning: %" PRIu32 " of the %" PRIu32
		       " sinkhole addresses for campaigns are taken for good; merge feeds with "
		       "--campaign\n",
		    build->slots_taken, build->slots);
	if (build->without_slot > 0) {
		fputs("warning: campaign ", stdout);
		ush_terminal_put(stdout, build->without_slot_first);
		if (build->without_slot > 1)
			printf(" and %" PRIu32 " more", build->without_slot - 1);
		puts(": the pool is smaller than when it got its slot, so it has no sinkhole "
		     "address; enlarge the pool, or give it an address in the settings");
	}
}

static void
print_summary(const struct arguments *arguments, const struct ush_compile_result *result)
{
	uint64_t read = 0;
	bool any_never_block = false;

	printf("%-20s %-9s %10s %9s %7s %9s\n", "feed", "format", "indicators", "refused", "notes",
	    "saved");
	for (size_t i = 0; i < result->feed_count; i++) {
		print_feed(&result->feeds[i]);
		read += result->feeds[i].indicators;
		any_never_block = any_never_block || result->feeds[i].never_block;
	}
	print_saved(result);
	if (!any_never_block)
		printf("warning: no never-block feed is among these; give the shipped one "
		       "too: --never-block never-block.yaml\n");
	print_slots(&result->build);
	if (arguments->output != NULL)
		printf("%s: serial %" PRIu32 ", %" PRIu64 " names, %" PRIu64 " networks, %" PRIu64
		       " URLs (%" PRIu64 " listed twice), %" PRIu64 " bytes\n",
		    arguments->output, result->build.serial, result->build.names,
		    result->build.networks, result->build.urls, result->build.duplicates,
		    result->build.file_bytes);
	printf("%" PRIu64 " indicators in %.2f s\n", read, result->seconds);
}

/* Also with --quiet: the next compile does not know of these feeds any more. */
static void
warn_gone(const struct ush_compile_result *result)
{
	for (size_t i = 0; i < result->gone_count; i++) {
		struct ush_error err = {0};

		ush_fail(&err, NULL, 0,
		    "warning: feed %.100s is no longer given: its %" PRIu64
		    " indicators have left the list (give it again, or with --name if its file "
		    "has another name now)",
		    result->gone[i].name, result->gone[i].indicators);
		ush_command_fail(&err);
	}
}

/* -1 if a feed was refused, for the exit status. */
static int
report_kept(const struct ush_compile_result *result)
{
	int rc = 0;

	for (size_t i = 0; i < result->feed_count; i++) {
		const struct ush_feed_result *feed = &result->feeds[i];
		struct ush_error err = feed->why;

		if (!feed->kept)
			continue;
		snprintf(err.text + strlen(err.text), sizeof(err.text) - strlen(err.text),
		    "; its %" PRIu64 " rules of the list before stay", feed->kept_rules);
		if (!feed->unreadable)
			snprintf(err.text + strlen(err.text), sizeof(err.text) - strlen(err.text),
			    " (--force=%.100s takes it anyway)", feed->name);
		ush_command_fail(&err);
		rc = -1;
	}
	return rc;
}

/* Of the list that was just written. */
static void
warn_overrides(const struct arguments *arguments, const struct ush_settings *settings)
{
	struct ush_blocklist *list = NULL;
	struct ush_error err = {0};

	if (ush_blocklist_open(&list, arguments->output, 0, &err) != 0) {
		ush_command_fail(&err);
		return;
	}
	ush_command_warn_overrides(list, settings);
	ush_blocklist_close(list);
}

static int
run(struct arguments *arguments)
{
	struct ush_progress progress;
	struct ush_compile_options options = {
	    .path = arguments->output,
	    .feeds = arguments->feeds,
	    .feed_count = arguments->feed_count,
	    .now_ms = ush_time_now_ms(),
	    .last_slot = ush_pool_last_slot(NULL),
	    .shrink_percent = arguments->shrink,
	    .wait_seconds = arguments->wait,
	    .force = arguments->force,
	    .forced = arguments->forced,
	    .may_fade = arguments->forced,
	    .drafts = arguments->output == NULL,
	    .say_at_most = arguments->output != NULL ? SAY_AT_MOST : UINT32_MAX,
	    .say = arguments->quiet ? NULL : say,
	    .progress = show_progress,
	    .arg = &progress,
	};
	struct ush_compile_result result = {0};
	struct ush_settings *settings = NULL;
	struct ush_error err = {0};
	int rc;

	if (arguments->settings != NULL) {
		if (ush_settings_load(&settings, arguments->settings, &err) != 0)
			return ush_command_fail(&err);
		options.settings = settings;
		options.last_slot = ush_pool_last_slot(&settings->module.pool);
	}
	ush_progress_start(&progress, arguments->quiet);
	rc = ush_compile(&options, &result, &err);
	ush_progress_clear(&progress);
	if (rc != 0)
		ush_command_fail(&err);
	else if (!arguments->quiet)
		print_summary(arguments, &result);
	if (rc == 0) {
		if (settings != NULL && arguments->output != NULL)
			warn_overrides(arguments, settings);
		warn_gone(&result);
		rc = report_kept(&result);
	}
	if (rc == 0 && result.build.group_lost)
		ush_command_warn_group(arguments->output);
	ush_compile_result_fini(&result);
	ush_settings_free(settings);
	return ush_command_flush(rc == 0 ? USH_EXIT_DONE : USH_EXIT_BAD);
}

/* What is wrong with the command line as a whole; NULL: nothing. */
static const char *
misuse(const struct arguments *arguments, bool writes)
{
	if (arguments->feed_count == 0)
		return "which feeds?";
	if (arguments->next_is_said)
		return "options of feeds hold for those that follow, and none follows the last option";
	if (writes && arguments->output == NULL)
		return "-o DB is missing";
	if (!writes && arguments->output != NULL)
		return "check writes nothing; -o is for compile";
	return NULL;
}

static int
main_of(const struct ush_sinkzone_command *command, int argc, char **argv)
{
	struct arguments arguments = {
	    .feeds = calloc((size_t)argc, sizeof(*arguments.feeds)),
	    .forced = calloc((size_t)argc + 1, sizeof(*arguments.forced)),
	    .shrink = USH_SHRINK_PERCENT,
	    .wait = USH_COMPILE_WAIT,
	};
	const char *problem;
	int status;

	if (arguments.feeds == NULL || arguments.forced == NULL)
		status = ush_command_fail(&(struct ush_error){.text = "no memory"});
	else if (ush_command_read(command, take_feed, &arguments, argc, argv, &status)) {
		problem = misuse(&arguments, command == &ush_cmd_compile);
		status =
		    problem != NULL ? ush_command_misuse(command, "%s", problem) : run(&arguments);
	}
	free(arguments.feeds);
	free(arguments.forced);
	return status;
}

static int
compile_main(int argc, char **argv)
{
	return main_of(&ush_cmd_compile, argc, argv);
}

static int
check_main(int argc, char **argv)
{
	return main_of(&ush_cmd_check, argc, argv);
}

static const struct ush_option options[] = {
    {USH_OPTION_TEXT, "output", 'o', "DB", offsetof(struct arguments, output),
        .help = "compile: the database"},
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct arguments, settings),
        .help = "settings: slots are drawn from their sinkhole-addresses, and feeds that list "
                "its own-domains cause a warning"},
    {.kind = USH_OPTION_HEADING,
        .help = "A FEED of - is standard input. Options hold for the feeds that follow them:"},
    {USH_OPTION_CUSTOM, "format", '\0', "F", .read = read_format,
        .help = "yaml, domains, hosts, urls, adblock, wildcards, networks, rpz, unbound, "
                "dnsmasq, abusech, certpl, misp, stix; auto (default): look at the first lines"},
    {USH_OPTION_CUSTOM, "name", '\0', "NAME", .read = read_name,
        .help = "name of the next feed (default: its own, else its file's)"},
    {USH_OPTION_CUSTOM, "campaign", '\0', "NAME", .read = read_campaign,
        .help = "campaign of its indicators (default: its own, else its name)"},
    {USH_OPTION_CUSTOM, "action", '\0', "ACTION", .read = read_action,
        .help = "sinkhole (default), nxdomain, nodata, drop, passthru, monitor"},
    {USH_OPTION_CUSTOM, "scope", '\0', "SCOPE", .read = read_scope,
        .help = "exact, subdomains; auto (default): as the format has it"},
    {USH_OPTION_UINT, "expires-after", '\0', "DAYS", offsetof(struct arguments, next.expires_after),
        USH_EXPIRES_AFTER_MAX,
        .help = "drop what was last seen so long ago, unless it is of high confidence; 0: as the "
                "feed says"},
    {.kind = USH_OPTION_HEADING, .help = "For one feed:"},
    {USH_OPTION_CUSTOM, "never-block", '\0', "FEED", .read = read_never_block,
        .help = "what this feed names wins over all others; may be given again"},
    {USH_OPTION_CUSTOM, "explained", '\0', "FEED", .read = read_explained,
        .help = "a zone of your own export --explain, which names campaigns; may be given again"},
    {.kind = USH_OPTION_HEADING, .help = "For the whole run:"},
    {USH_OPTION_CUSTOM, "force", '\0', "[=NAME]", .read = read_force,
        .help = "also from feeds that are empty, shrunken or no lists; with a name, from that "
                "feed alone (again for more)"},
    {USH_OPTION_UINT, "shrink", '\0', "PERCENT", offsetof(struct arguments, shrink), 100,
        .help = "how much of its indicators a feed may lose (default 50)"},
    {USH_OPTION_UINT, "wait", '\0', "SECONDS", offsetof(struct arguments, wait), 86400,
        .help = "for another compile of the same DB (default 60)"},
    {USH_OPTION_FLAG, "quiet", 'q', .offset = offsetof(struct arguments, quiet),
        .help = "only errors and lost feeds: no summary, no progress, no refused values"},
    {.kind = USH_OPTION_END},
};

const struct ush_sinkzone_command ush_cmd_compile = {
    .name = "compile",
    .usage = "-o DB [-c FILE] [OPTION... FEED]...",
    .summary = "Build the database from feeds and replace DB atomically",
    .options = options,
    .run = compile_main,
};

const struct ush_sinkzone_command ush_cmd_check = {
    .name = "check",
    .usage = "[-c FILE] [OPTION... FEED]...",
    .summary = "Read feeds and print what would be refused and why",
    .options = options,
    .run = check_main,
};
