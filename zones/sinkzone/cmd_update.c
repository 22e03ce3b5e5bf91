/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone update: the feeds of the settings, fetched and compiled. */
#include "zones/sinkzone/command.h"

#include <stdlib.h>
#include <string.h>
#include "common/become.h"
#include "common/terminal.h"
#include "zones/compile/compiler.h"
#include "zones/update/update.h"

struct arguments {
	const char *settings;
	const char **forced; /* ends with NULL */
	size_t forced_count;
	uint32_t shrink; /* percent */
	uint32_t wait;   /* seconds */
	bool quiet;
};

static int
read_force(void *arg, const char *text, struct ush_error *err)
{
	struct arguments *arguments = arg;

	(void)err;
	arguments->forced[arguments->forced_count++] = text;
	return 0;
}

static int
take_operand(void *arg, const char *text, struct ush_error *err)
{
	(void)arg;
	return ush_fail(err, NULL, 0,
	    "%.200s: feeds are named in the settings; sinkzone compile takes them here", text);
}

static void
say(void *arg, bool bad, const char *text)
{
	FILE *to = bad ? stderr : stdout;

	(void)arg;
	if (bad)
		fputs(USH_PROGRAM ": ", to);
	ush_terminal_put(to, text);
	fputc('\n', to);
}

static int
check_forced(const struct arguments *arguments, const struct ush_settings *settings)
{
	for (size_t i = 0; i < arguments->forced_count; i++) {
		size_t k = 0;

		while (k < settings->update.feed_count &&
		       strcmp(settings->update.feeds[k].name, arguments->forced[i]) != 0)
			k++;
		if (k == settings->update.feed_count) {
			struct ush_error err = {0};

			ush_fail(&err, settings->path, 0,
			    "--force=%.100s: no feed under update: has this name",
			    arguments->forced[i]);
			return ush_command_fail(&err);
		}
	}
	return 0;
}

static int
run(const struct arguments *arguments)
{
	struct ush_settings *settings = NULL;
	struct ush_error err = {0};
	int rc = -1;

	if (ush_settings_load(&settings, ush_settings_path(arguments->settings), &err) != 0)
		return ush_command_fail(&err);
	/* Feeds are hostile input. By hand as root they are read as in the service: with the rights of the
	 * user that their copies belong to. */
	if (ush_become_owner(settings->update.directory, &err) != 0) {
		ush_command_fail(&err);
	} else if (check_forced(arguments, settings) == 0) {
		rc = ush_update(
		    &(struct ush_update_options){
		        .settings = settings,
		        .forced = arguments->forced,
		        .shrink_percent = arguments->shrink,
		        .wait_seconds = arguments->wait,
		        .quiet = arguments->quiet,
		        .say = say,
		    },
		    &err);
		if (rc < 0)
			ush_command_fail(&err);
	}
	ush_settings_free(settings);
	return ush_command_flush(rc == 0 ? USH_EXIT_DONE : USH_EXIT_BAD);
}

static int
update_main(int argc, char **argv)
{
	struct arguments arguments = {
	    .forced = calloc((size_t)argc + 1, sizeof(*arguments.forced)),
	    .shrink = USH_SHRINK_PERCENT,
	    .wait = USH_COMPILE_WAIT,
	};
	int status;

	if (arguments.forced == NULL)
		return ush_command_fail(&(struct ush_error){.text = "no memory"});
	if (ush_command_read(&ush_cmd_update, take_operand, &arguments, argc, argv, &status))
		status = run(&arguments);
	free(arguments.forced);
	return status;
}

static const struct ush_option options[] = {
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct arguments, settings),
        .help = "settings: update: names the feeds, module: database the list"},
    {USH_OPTION_CUSTOM, "force", '\0', "NAME", .read = read_force,
        .help = "take this feed even if it is empty, shrunken or no list (again for more)"},
    {USH_OPTION_UINT, "shrink", '\0', "PERCENT", offsetof(struct arguments, shrink), 100,
        .help = "how much of its indicators a feed may lose (default 50)"},
    {USH_OPTION_UINT, "wait", '\0', "SECONDS", offsetof(struct arguments, wait), 86400,
        .help = "for another update (default 60)"},
    {USH_OPTION_FLAG, "quiet", 'q', .offset = offsetof(struct arguments, quiet),
        .help = "only problems"},
    {.kind = USH_OPTION_END},
};

const struct ush_sinkzone_command ush_cmd_update = {
    .name = "update",
    .usage = "[-c FILE] [OPTION]...",
    .summary = "Fetch the feeds of the settings and build the database from them",
    .options = options,
    .run = update_main,
};
