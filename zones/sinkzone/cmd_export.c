/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone export: the list in other resolvers' formats. */
#include "zones/sinkzone/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/name.h"
#include "zones/export/export.h"
#include "zones/export/serial.h"
#include "zones/replace.h"

enum {
	OPTION_FORMAT = 256,
	OPTION_ORIGIN,
	OPTION_SINKHOLE4,
	OPTION_SINKHOLE6,
	OPTION_TTL,
	OPTION_QUIET,
	OPTION_HELP,
};

static const struct option long_options[] = {
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"output", required_argument, NULL, 'o'},
    {"origin", required_argument, NULL, OPTION_ORIGIN},
    {"sinkhole-v4", required_argument, NULL, OPTION_SINKHOLE4},
    {"sinkhole-v6", required_argument, NULL, OPTION_SINKHOLE6},
    {"ttl", required_argument, NULL, OPTION_TTL},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct arguments {
	struct ush_export_options options;
	const struct ush_export_format *format;
	const char *database;
	const char *settings;
	const char *output;
	bool ttl_is_set;
	bool unchanged; /* the zone there has the same records */
	bool quiet;
};

static int
read_address(struct ush_address *out, int family, const char *text)
{
	if (ush_address_from_text(out, text) == 0 && out->family == family)
		return 0;
	return ush_command_misuse(
	    &ush_cmd_export, "%s is no IPv%c address", text, family == AF_INET ? '4' : '6');
}

static int
read_ttl(struct arguments *arguments, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > 86400)
		return ush_command_misuse(
		    &ush_cmd_export, "--ttl is 0 to 86400 seconds, not %s", text);
	arguments->options.ttl = (uint32_t)value;
	arguments->ttl_is_set = true;
	return 0;
}

static int
read_origin(struct arguments *arguments, const char *text)
{
	struct ush_name name;

	if (ush_name_from_text(&name, text, strlen(text)) != 0 || ush_name_labels(&name) == 0)
		return ush_command_misuse(&ush_cmd_export, "%s is no name for a zone", text);
	arguments->options.origin = text;
	return 0;
}

static int
read_option(struct arguments *arguments, int option)
{
	switch (option) {
	case 'o':
		arguments->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
		return 0;
	case 'c':
		arguments->settings = optarg;
		return 0;
	case OPTION_FORMAT:
		if ((arguments->format = ush_export_format_find(optarg)) == NULL)
			return ush_command_misuse(&ush_cmd_export,
			    "there is no export format %s; --help has them", optarg);
		return 0;
	case OPTION_ORIGIN:
		return read_origin(arguments, optarg);
	case OPTION_SINKHOLE4:
		return read_address(&arguments->options.sinkhole4, AF_INET, optarg);
	case OPTION_SINKHOLE6:
		return read_address(&arguments->options.sinkhole6, AF_INET6, optarg);
	case OPTION_TTL:
		return read_ttl(arguments, optarg);
	case 'q':
	case OPTION_QUIET:
		arguments->quiet = true;
		return 0;
	default:
		return ush_command_misuse(&ush_cmd_export, NULL);
	}
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
tell(const struct arguments *arguments, const struct ush_export_result *result)
{
	fprintf(stderr, "%s: %" PRIu64 " written, %" PRIu64 " carved out", USH_PROGRAM,
	    result->written, result->passed);
	if (result->monitored > 0)
		fprintf(stderr, ", %" PRIu64 " left out as only monitored", result->monitored);
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
	if (settings != NULL && !arguments->ttl_is_set)
		arguments->options.ttl = settings->module.ttl;
	if (settings != NULL && !arguments->quiet)
		ush_command_warn_overrides(list, settings);
	arguments->options.list = list;
	arguments->options.policy = policy;
	if ((rc = export_to(arguments, &result, &err)) == 0 && !arguments->quiet)
		tell(arguments, &result);
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
	struct arguments arguments = {.options = {.origin = "rpz.sinkhole", .ttl = 30}};
	int option;
	int rc;

	optind = 1;
	while ((option = getopt_long(argc, argv, "c:o:qh", long_options, NULL)) != -1) {
		if (option == OPTION_HELP || option == 'h')
			return ush_command_help(&ush_cmd_export);
		if ((rc = read_option(&arguments, option)) != 0)
			return rc;
	}
	if (argc - optind != 1)
		return ush_command_misuse(&ush_cmd_export, "one database");
	if (arguments.format == NULL)
		return ush_command_misuse(&ush_cmd_export, "--format is missing");
	arguments.database = argv[optind];
	return run(&arguments);
}

const struct ush_command ush_cmd_export = {
    .name = "export",
    .usage = "DB --format FORMAT [OPTION]... [-o FILE]",
    .summary = "Write the list as a zone or list for other resolvers",
    .options = "  --format FORMAT      rpz, hosts, domains, unbound\n"
               "  -o, --output FILE    replace FILE atomically (default: standard output)\n"
               "  -c FILE              settings: overrides, sinkhole addresses of campaigns, TTL\n"
               "  --origin ZONE        rpz: name of the zone (default rpz.sinkhole)\n"
               "  --sinkhole-v4 ADDR   one address for all campaigns instead\n"
               "  --sinkhole-v6 ADDR   likewise; without any address, sinkholed names get\n"
               "                       NXDOMAIN\n"
               "  --ttl SECONDS        default: as in the settings, else 30\n"
               "  -q, --quiet          only errors: not how much was written and left out\n",
    .run = export_main,
};
