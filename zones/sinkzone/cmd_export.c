/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone export: the list in other resolvers' formats. */
#include "zones/sinkzone/command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "common/event.h"
#include "common/name.h"
#include "zones/compile/guard.h"
#include "zones/day.h"
#include "zones/export/export.h"
#include "zones/export/serial.h"
#include "zones/replace.h"

#define NO_TTL UINT32_MAX
#define DAYS_MAX 36500

struct arguments {
	struct ush_export_options options;
	const struct ush_export_format *format;
	const char *database;
	const char *settings;
	const char *output;
	char since[USH_DAY_TEXT_MAX];
	uint32_t ttl;   /* NO_TTL: as in the settings */
	bool unchanged; /* the zone there has the same records */
	bool quiet;
};

static int
read_address(struct ush_address *out, int family, const char *text, struct ush_error *err)
{
	if (ush_address_from_text(out, text) == 0 && out->family == family)
		return 0;
	return ush_fail(
	    err, NULL, 0, "%.200s is no IPv%c address", text, family == AF_INET ? '4' : '6');
}

static int
read_sinkhole4(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	return read_address(&arguments->options.sinkhole4, AF_INET, text, err);
}

static int
read_sinkhole6(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	return read_address(&arguments->options.sinkhole6, AF_INET6, text, err);
}

static int
read_format(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	if ((arguments->format = ush_export_format_find(text)) == NULL)
		return ush_fail(
		    err, NULL, 0, "there is no export format %.100s; --help has them", text);
	return 0;
}

static int
read_origin(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;
	struct ush_name name;

	if (ush_name_from_text(&name, text, strlen(text)) != 0 || ush_name_labels(&name) == 0)
		return ush_fail(err, NULL, 0, "%.200s is no name for a zone", text);
	arguments->options.origin = text;
	return 0;
}

static int
read_garden(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;
	struct ush_name name;

	/* A single label may be an action: rpz-passthru. */
	if (ush_name_from_text(&name, text, strlen(text)) != 0 || ush_name_labels(&name) < 2 ||
	    !ush_name_is_host(&name))
		return ush_fail(err, NULL, 0,
		    "%.200s is no name of a walled garden: one of two labels or more", text);
	arguments->options.garden = text;
	return 0;
}

/* It stands between quotes in a configuration file. */
static int
read_tag(void *arg, const char *text, struct ush_error *err)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	struct arguments *arguments = arg;

	if (text[0] == '\0' || text[strspn(text, allowed)] != '\0' || strlen(text) > 64)
		return ush_fail(err, NULL, 0,
		    "%.200s is no tag: at most 64 letters, digits, hyphens and underscores", text);
	arguments->options.tag = text;
	return 0;
}

static int
read_confidence(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	if (strcmp(text, "high") != 0 && strcmp(text, "medium") != 0 && strcmp(text, "low") != 0)
		return ush_fail(err, NULL, 0, "%.100s is no confidence: high, medium or low", text);
	arguments->options.choice.confidence = text;
	return 0;
}

/* "2026-01-31", or "30d": so many days ago, in UTC as feeds have it. */
static int
read_since(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;
	char *unit;
	unsigned long days = strtoul(text, &unit, 10);

	if (text[0] >= '0' && text[0] <= '9' && strcmp(unit, "d") == 0 && days <= DAYS_MAX) {
		time_t then = (time_t)(ush_time_now_ms() / 1000) - (time_t)days * 86400;
		struct tm day;

		gmtime_r(&then, &day);
		strftime(arguments->since, sizeof(arguments->since), "%Y-%m-%d", &day);
	} else if (ush_day_is(text)) {
		memcpy(arguments->since, text, sizeof(arguments->since));
	} else {
		return ush_fail(
		    err, NULL, 0, "%.100s is no day: 2026-01-31, or 30d for 30 days ago", text);
	}
	arguments->options.choice.since = arguments->since;
	return 0;
}

static int
take_database(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	if (arguments->database != NULL)
		return ush_fail(err, NULL, 0, "one database, no more");
	arguments->database = text;
	return 0;
}

static int
write_all(struct arguments *arguments, struct ush_export_result *result, struct ush_error *err)
{
	FILE *to = arguments->options.to;

	if (ush_export_run(arguments->format, &arguments->options, result, err) != 0)
		return -1;
	if (fflush(to) != 0 || ferror(to))
		return ush_fail_errno(err, arguments->output, "cannot write");
	return 0;
}

/* One list makes many zones: with other settings, or from an older list, the zone is another one
 * and yet must have a later serial than the one that it replaces. */
static int
choose_serial(struct arguments *arguments, const char *path, struct ush_error *err)
{
	struct ush_blocklist_info info;
	uint32_t old;
	bool found;

	if (!ush_export_is_zone(arguments->format))
		return 0;
	if (ush_zone_serial(path, &old, &found, err) != 0)
		return -1;
	ush_blocklist_info(arguments->options.list, &info);
	arguments->options.serial = found ? ush_serial_after(old, info.serial) : info.serial;
	return 0;
}

/* A server never reads half a zone, and never transfers one that is the same. */
static int
export_to_file(struct arguments *arguments, struct ush_export_result *result, struct ush_error *err)
{
	struct ush_replacement file;
	int copy;
	int rc = -1;

	if (ush_replacement_open(&file, arguments->output, err) != 0 ||
	    choose_serial(arguments, file.path, err) != 0)
		goto out;
	if ((copy = dup(file.fd)) == -1 || (arguments->options.to = fdopen(copy, "w")) == NULL) {
		ush_fail_errno(err, arguments->output, "cannot write");
		if (copy != -1)
			close(copy);
		goto out;
	}
	rc = write_all(arguments, result, err);
	fclose(arguments->options.to);
	arguments->unchanged = rc == 0 && ush_export_is_zone(arguments->format) &&
	                       ush_zones_equal(file.path, file.temporary);
	if (rc == 0 && !arguments->unchanged)
		rc = ush_replacement_commit(&file, err);
	if (rc == 0 && file.group_lost)
		ush_command_warn_group(arguments->output);
out:
	ush_replacement_close(&file);
	return rc;
}

static int
export_to(struct arguments *arguments, struct ush_export_result *result, struct ush_error *err)
{
	if (arguments->output != NULL)
		return export_to_file(arguments, result, err);
	arguments->options.to = stdout;
	return ush_export_run(arguments->format, &arguments->options, result, err);
}

static void
print_counts(const struct arguments *arguments, const struct ush_export_result *result)
{
	fprintf(stderr, "%s: %" PRIu64 " written, %" PRIu64 " carved out", USH_PROGRAM,
	    result->written, result->passed);
	if (result->monitored > 0)
		fprintf(stderr, ", %" PRIu64 " left out as only monitored", result->monitored);
	if (result->unchosen > 0)
		fprintf(stderr, ", %" PRIu64 " left out by confidence or age", result->unchosen);
	if (result->unsaid > 0)
		fprintf(stderr, " (of %" PRIu64 " the feed says none)", result->unsaid);
	if (result->networks > 0)
		fprintf(stderr, ", %" PRIu64 " left out as the format has no networks",
		    result->networks);
	if (result->too_long > 0)
		fprintf(stderr, ", %" PRIu64 " too long for this zone", result->too_long);
	if (result->unsafe > 0)
		fprintf(stderr,
		    ", %" PRIu64 " left out as in this format the name would mean something else",
		    result->unsafe);
	if (result->inexact > 0)
		fprintf(
		    stderr, ", %" PRIu64 " that the format cannot say exactly", result->inexact);
	if (arguments->unchanged)
		fputs("; the zone is the same, so the file stays as it is", stderr);
	fputc('\n', stderr);
}

static int
run(struct arguments *arguments)
{
	struct ush_settings *settings = NULL;
	struct ush_blocklist *list = NULL;
	struct ush_policy *policy = NULL;
	struct ush_export_result result = {0};
	struct ush_error err = {0};
	int rc = -1;

	if ((arguments->settings != NULL &&
	        ush_settings_load(&settings, arguments->settings, &err) != 0) ||
	    ush_blocklist_open(&list, arguments->database, USH_PART_ALL, &err) != 0)
		goto out;
	if (settings != NULL && ush_policy_new(&policy, list, &settings->module.pool,
	                            &settings->campaigns, &settings->feeds, &err) != 0)
		goto out;
	if (arguments->ttl != NO_TTL)
		arguments->options.ttl = arguments->ttl;
	else if (settings != NULL)
		arguments->options.ttl = settings->module.ttl;
	if (settings != NULL && !arguments->quiet)
		ush_command_warn_overrides(list, settings);
	arguments->options.list = list;
	arguments->options.policy = policy;
	if ((rc = export_to(arguments, &result, &err)) == 0 && !arguments->quiet)
		print_counts(arguments, &result);
out:
	if (rc != 0)
		ush_command_fail(&err);
	ush_policy_free(policy);
	ush_blocklist_close(list);
	ush_settings_free(settings);
	return ush_command_flush(rc == 0 ? USH_EXIT_DONE : USH_EXIT_BAD);
}

static int
export_main(int argc, char **argv)
{
	struct arguments arguments = {
	    .options = {.origin = "rpz.sinkhole", .ttl = 30, .first_sid = 1000000000},
	    .ttl = NO_TTL};
	int status;

	if (!ush_command_read(&ush_cmd_export, take_database, &arguments, argc, argv, &status))
		return status;
	if (arguments.database == NULL)
		return ush_command_misuse(&ush_cmd_export, "one database is needed");
	if (arguments.format == NULL)
		return ush_command_misuse(&ush_cmd_export, "--format is missing");
	if (arguments.output != NULL && strcmp(arguments.output, "-") == 0)
		arguments.output = NULL;
	return run(&arguments);
}

static const struct ush_option options[] = {
    {USH_OPTION_CUSTOM, "format", '\0', "FORMAT", .read = read_format,
        .help = "rpz, hosts, domains, unbound, dnsmasq, squid, nftables, csv, dnsdist, "
                "adblock, suricata, stix, misp"},
    {USH_OPTION_TEXT, "output", 'o', "FILE", offsetof(struct arguments, output),
        .help = "replace FILE atomically (default: standard output)"},
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct arguments, settings),
        .help = "settings: overrides, sinkhole addresses of campaigns, TTL"},
    {USH_OPTION_CUSTOM, "origin", '\0', "ZONE", .read = read_origin,
        .help = "rpz: name of the zone (default rpz.sinkhole)"},
    {USH_OPTION_CUSTOM, "sinkhole-v4", '\0', "ADDR", .read = read_sinkhole4,
        .help = "one address for all campaigns instead"},
    {USH_OPTION_CUSTOM, "sinkhole-v6", '\0', "ADDR", .read = read_sinkhole6,
        .help = "likewise; without any address, sinkholed names get NXDOMAIN"},
    {USH_OPTION_CUSTOM, "garden", '\0', "NAME", .read = read_garden,
        .help = "rpz: sinkholed names become aliases (CNAME) of this one instead"},
    {USH_OPTION_CUSTOM, "tag", '\0', "NAME", .read = read_tag,
        .help = "unbound: only for clients with this tag (access-control-tag)"},
    {USH_OPTION_TEXT, "campaign", '\0', "NAME", offsetof(struct arguments, options.choice.campaign),
        .help = "only what this campaign lists"},
    {USH_OPTION_CUSTOM, "confidence", '\0', "WORD", .read = read_confidence,
        .help = "only rules of this confidence or a higher one: high, medium, low"},
    {USH_OPTION_CUSTOM, "since", '\0', "DAY", .read = read_since,
        .help = "only rules that were listed on this day or later: 2026-01-31, or 30d"},
    {USH_OPTION_FLAG, "explain", '\0', .offset = offsetof(struct arguments, options.explain),
        .help =
            "rpz: campaign, feed, confidence and day as TXT beside sinkhole addresses; whoever asks can read them"},
    {USH_OPTION_UINT, "sid", '\0', "NUMBER", offsetof(struct arguments, options.first_sid),
        USH_EXPORT_SID_MAX,
        .help = "suricata: rules have numbers from this one on (default 1000000000)"},
    {USH_OPTION_UINT, "ttl", '\0', "SECONDS", offsetof(struct arguments, ttl), 86400,
        .help = "default: as in the settings, else 30"},
    {USH_OPTION_FLAG, "quiet", 'q', .offset = offsetof(struct arguments, quiet),
        .help = "only errors: not how much was written and left out"},
    {.kind = USH_OPTION_END},
};

const struct ush_sinkzone_command ush_cmd_export = {
    .name = "export",
    .usage = "DB --format FORMAT [OPTION]... [-o FILE]",
    .summary = "Write the list as a zone or list for other resolvers",
    .options = options,
    .run = export_main,
};
