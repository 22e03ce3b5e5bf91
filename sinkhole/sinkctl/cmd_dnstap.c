/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl dnstap: sends the events of the resolvers on as dnstap, until it is stopped. It reads the
 * logs and not the resolver, which therefore neither waits for a consumer nor loses an event because
 * of one. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "common/terminal.h"
#include "sinkhole/dnstap/follow.h"
#include "sinkhole/dnstap/sender.h"
#include "sinkhole/sinkctl/command.h"

static volatile sig_atomic_t is_stopped;

static void
on_signal(int number)
{
	(void)number;
	is_stopped = 1;
}

/* Without SA_RESTART: a wait ends at once. */
static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
}

static void note(const char *fmt, ...) USH_PRINTF(1, 2);

static void
note(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, USH_PROGRAM ": dnstap: ");
	ush_terminal_put(stderr, text);
	fputc('\n', stderr);
}

/* Where it is remembered how far the logs were sent, beside the store. NULL without memory. */
static char *
position_path(const struct ush_command *command)
{
	char *path;

	if (asprintf(&path, "%s.dnstap", command->settings->store.path) == -1)
		return NULL;
	return path;
}

int
ush_cmd_dnstap(struct ush_command *command)
{
	const struct ush_store_settings *store = &command->settings->store;
	struct ush_error err = {0};
	char *position = position_path(command);
	struct ush_follow_options options = {
	    .settings = command->settings,
	    .to = command->to != NULL ? command->to : store->dnstap,
	    .position = position,
	    .since_ms = command->since_ms,
	    .stop = &is_stopped,
	    .note = note,
	};
	int rc;

	if (position == NULL)
		rc = ush_fail(&err, NULL, 0, "out of memory");
	else if (options.to == NULL)
		rc = ush_fail(&err, command->settings->path, 0,
		    "says no consumer (store: dnstap), nor does --to");
	else
		rc = ush_sender_check(options.to, &err);
	if (rc == 0) {
		catch_signals();
		rc = ush_follow(&options, &err);
	}
	free(position);
	return rc == 0 ? USH_EXIT_DONE : ush_command_fail(&err);
}
