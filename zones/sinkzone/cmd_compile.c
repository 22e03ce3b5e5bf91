/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone compile and sinkzone check: the same run, with and without a list at its end. */
#include "zones/sinkzone/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/terminal.h"
#include "zones/compile/compiler.h"
#include "zones/sinkzone/progress.h"

#define SAY_AT_MOST 50 /* refused values of one feed that compile prints; check prints all */

enum {
	OPTION_FORMAT = 256,
	OPTION_NAME,
	OPTION_CAMPAIGN,
	OPTION_ACTION,
	OPTION_SCOPE,
	OPTION_NEVER_BLOCK,
	OPTION_FORCE,
	OPTION_SHRINK,
	OPTION_WAIT,
	OPTION_QUIET,
	OPTION_HELP,
};

static const struct option long_options[] = {
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"name", required_argument, NULL, OPTION_NAME},
    {"campaign", required_argument, NULL, OPTION_CAMPAIGN},
    {"action", required_argument, NULL, OPTION_ACTION},
    {"scope", required_argument, NULL, OPTION_SCOPE},
    {"never-block", required_argument, NULL, OPTION_NEVER_BLOCK},
    {"force", optional_argument, NULL, OPTION_FORCE},
    {"shrink", required_argument, NULL, OPTION_SHRINK},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct arguments {
	const struct ush_command *command;
	struct ush_feed_options *feeds;
	size_t feed_count;
	struct ush_feed_options next; /* what options said so far: for the feeds that follow */
	bool next_is_said;            /* and no feed has followed yet */
	const char *output;
	const char *settings;
	unsigned shrink;
	unsigned wait;
	bool force;
	const char **forced; /* feeds; ends with NULL */
	size_t forced_count;
	bool quiet;
};

static int
read_scope(struct arguments *arguments, const char *text)
{
	if (strcmp(text, "exact") == 0)
		arguments->next.scope = USH_SCOPE_EXACT;
	else if (strcmp(text, "subdomains") == 0)
		arguments->next.scope = USH_SCOPE_SUBDOMAINS;
	else if (strcmp(text, "auto") == 0)
		arguments->next.scope = 0;
	else
		return ush_command_misuse(
		    arguments->command, "--scope is exact, subdomains or auto, not %s", text);
	return 0;
}

static int
read_action(struct arguments *arguments, const char *text)
{
	if (ush_action_from_text(&arguments->next.action, text) != 0 ||
	    arguments->next.action == USH_ACTION_NONE || arguments->next.action == USH_ACTION_OFF)
		return ush_command_misuse(
		    arguments->command, "%s is no action that a rule can have", text);
	return 0;
}

static int
read_format(struct arguments *arguments, const char *text)
{
	size_t i = 0;

	while (ush_feed_format_name(i) != NULL && strcmp(ush_feed_format_name(i), text) != 0)
		i++;
	if (ush_feed_format_name(i) == NULL && strcmp(text, "auto") != 0)
		return ush_command_misuse(
		    arguments->command, "there is no feed format %s; --help has them", text);
	arguments->next.format = ush_feed_format_name(i);
	return 0;
}

static int
read_name(struct arguments *arguments, const char **out, const char *text)
{
	if (*text == '\0')
		return ush_command_misuse(
		    arguments->command, "the name of a feed or campaign cannot be empty");
	if (strlen(text) > USH_LIST_NAME_MAX)
		return ush_command_misuse(arguments->command,
		    "the name of a feed or campaign has at most %d bytes", USH_LIST_NAME_MAX);
	*out = text;
	return 0;
}

static int
read_shrink(struct arguments *arguments, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > 100)
		return ush_command_misuse(
		    arguments->command, "--shrink is a share from 0 to 100 percent, not %s", text);
	arguments->shrink = (unsigned)value;
	return 0;
}

static int
read_wait(struct arguments *arguments, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > 86400)
		return ush_command_misuse(
		    arguments->command, "--wait is 0 to 86400 seconds, not %s", text);
	arguments->wait = (unsigned)value;
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

/* What holds for the feeds that follow. */
static int
read_feed_option(struct arguments *arguments, int option)
{
	arguments->next_is_said = true;
	switch (option) {
	case OPTION_FORMAT:
		return read_format(arguments, optarg);
	case OPTION_NAME:
		return read_name(arguments, &arguments->next.name, optarg);
	case OPTION_CAMPAIGN:
		return read_name(arguments, &arguments->next.campaign, optarg);
	case OPTION_ACTION:
		return read_action(arguments, optarg);
	case OPTION_SCOPE:
		return read_scope(arguments, optarg);
	default:
		return ush_command_misuse(arguments->command, NULL);
	}
}

static int
read_option(struct arguments *arguments, int option)
{
	switch (option) {
	case 1:
		add_feed(arguments, optarg, false);
		return 0;
	case OPTION_NEVER_BLOCK:
		add_feed(arguments, optarg, true);
		return 0;
	case 'o':
		arguments->output = optarg;
		return 0;
	case 'c':
		arguments->settings = optarg;
		return 0;
	case OPTION_FORCE:
		if (optarg != NULL)
			arguments->forced[arguments->forced_count++] = optarg;
		else
			arguments->force = true;
		return 0;
	case OPTION_SHRINK:
		return read_shrink(arguments, optarg);
	case OPTION_WAIT:
		return read_wait(arguments, optarg);
	case 'q':
	case OPTION_QUIET:
		arguments->quiet = true;
		return 0;
	default:
		return read_feed_option(arguments, option);
	}
}

/* 0, or the exit status plus one (so that help can end with 0). */
static int
read_arguments(struct arguments *arguments, int argc, char **argv)
{
	int option;
	int rc;

	optind = 1;
	while ((option = getopt_long(argc, argv, "-o:c:qh", long_options, NULL)) != -1) {
		if (option == OPTION_HELP || option == 'h')
			return ush_command_help(arguments->command) + 1;
		if ((rc = read_option(arguments, option)) != 0)
			return rc + 1;
	}
	for (; optind < argc; optind++) /* after "--" */
		add_feed(arguments, argv[optind], false);
	if (arguments->feed_count == 0)
		return ush_command_misuse(arguments->command, "which feeds?") + 1;
	if (arguments->next_is_said)
		return ush_command_misuse(arguments->command,
		           "options of feeds hold for those that follow, and none follows the "
		           "last option") +
		       1;
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
	if (build->homeless > 0) {
		fputs("warning: campaign ", stdout);
		ush_terminal_put(stdout, build->homeless_one);
		if (build->homeless > 1)
			printf(" and %" PRIu32 " more", build->homeless - 1);
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

/* Also to the quiet: nobody else will ever say so, the next compile knows no more of it. */
static void
tell_gone(const struct ush_compile_result *result)
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

/* -1 if a feed was refused: whoever runs this at night wants to know. */
static int
tell_kept(const struct ush_compile_result *result)
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
		tell_gone(&result);
		rc = tell_kept(&result);
	}
	if (rc == 0 && result.build.group_lost)
		ush_command_warn_group(arguments->output);
	ush_compile_result_fini(&result);
	ush_settings_free(settings);
	return ush_command_flush(rc == 0 ? USH_EXIT_DONE : USH_EXIT_BAD);
}

static int
main_of(const struct ush_command *command, int argc, char **argv)
{
	struct arguments arguments = {
	    .command = command,
	    .feeds = calloc((size_t)argc, sizeof(*arguments.feeds)),
	    .forced = calloc((size_t)argc + 1, sizeof(*arguments.forced)),
	    .shrink = USH_SHRINK_PERCENT,
	    .wait = USH_COMPILE_WAIT,
	};
	int status;

	if (arguments.feeds == NULL || arguments.forced == NULL)
		return ush_command_fail(&(struct ush_error){.text = "no memory"});
	status = read_arguments(&arguments, argc, argv);
	if (status == 0 && command == &ush_cmd_compile && arguments.output == NULL)
		status = ush_command_misuse(command, "-o DB is missing") + 1;
	if (status == 0 && command == &ush_cmd_check && arguments.output != NULL)
		status = ush_command_misuse(command, "check writes nothing; -o is for compile") + 1;
	status = status == 0 ? run(&arguments) : status - 1;
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

#define FEED_OPTIONS                                                                         \
	"Options hold for the feeds that follow them:\n"                                     \
	"  --format F        yaml, domains, hosts, urls, adblock, wildcards, networks,\n"    \
	"                    rpz, unbound, dnsmasq; auto (default): look at the first\n"     \
	"                    lines\n"                                                        \
	"  --name NAME       name of the next feed (default: its own, else its file's)\n"    \
	"  --campaign NAME   campaign of its indicators (default: its own, else its name)\n" \
	"  --action ACTION   sinkhole (default), nxdomain, nodata, drop, passthru,\n"        \
	"                    monitor\n"                                                      \
	"  --scope SCOPE     exact, subdomains; auto (default): as the format has it\n"      \
	"For one feed:\n"                                                                    \
	"  --never-block FEED\n"                                                             \
	"                    what this feed names wins over all others; again for more\n"    \
	"For the whole run:\n"                                                               \
	"  --force[=NAME]    also from feeds that are empty, shrunken or no lists; with a\n" \
	"                    name, from that feed alone (again for more)\n"                  \
	"  --shrink PERCENT  how much of its indicators a feed may lose (default 50)\n"      \
	"  --wait SECONDS    for another compile of the same DB (default 60)\n"              \
	"  -q, --quiet       only errors and lost feeds: no summary, no progress, no\n"      \
	"                    refused values\n"

const struct ush_command ush_cmd_compile = {
    .name = "compile",
    .usage = "-o DB [-c FILE] [OPTION... FEED]...",
    .summary = "Build the database from feeds and replace DB atomically",
    .options = "  -o, --output DB   the database\n"
               "  -c FILE           settings: slots are drawn from their sinkhole-addresses,\n"
               "                    and feeds that list its own-domains cause a warning\n"
               "A FEED of - is standard input. " FEED_OPTIONS,
    .run = compile_main,
};

const struct ush_command ush_cmd_check = {
    .name = "check",
    .usage = "[-c FILE] [OPTION... FEED]...",
    .summary = "Read feeds and print what would be refused and why",
    .options = "  -c FILE           settings: your own-domains\n" FEED_OPTIONS,
    .run = check_main,
};
