/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/event_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/terminal.h"
#include "sinkhole/sinkctl/when.h"

/* Whether JSON writes the text as it is; anything else may stand there in another form. */
static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text == 0x7f || strchr("\"\\/", *text) != NULL)
			return false;
	}
	return true;
}

bool
ush_event_line_may_be_wanted(const struct ush_command *command, const char *line, size_t len)
{
	const char *const words[] = {command->host, command->campaign};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i] != NULL && is_plain(words[i]) &&
		    memmem(line, len, words[i], strlen(words[i])) == NULL)
			return false;
	}
	return true;
}

static bool
is_routine(const struct ush_event *event)
{
	return event->state.is_heartbeat || strcmp(event->state.reason, "counted") == 0;
}

bool
ush_event_is_wanted(const struct ush_command *command, const struct ush_event *event)
{
	if (event->last_ms < command->since_ms && event->time_ms < command->since_ms)
		return false;
	if (command->until_ms != 0 && event->first_ms >= command->until_ms &&
	    event->time_ms >= command->until_ms)
		return false;
	if (event->dataset == USH_IN_STATE)
		return command->host == NULL && command->campaign == NULL &&
		       (command->json || !is_routine(event));
	return (command->host == NULL || strcmp(event->host, command->host) == 0) &&
	       (command->campaign == NULL || strcmp(event->campaign, command->campaign) == 0);
}

void
ush_event_print(
    const struct ush_command *command, const struct ush_event *event, const char *line, size_t len)
{
	char detail[USH_DETAIL_MAX];
	char text[USH_DETAIL_MAX + 256];
	char when[USH_WHEN_MAX];
	char repeat[32] = "";
	char *host;
	char *safe;
	char *fitted;

	if (command->json) {
		printf("%.*s\n", (int)len, line);
		return;
	}
	ush_event_describe(event, detail);
	if (event->repeat > 1)
		snprintf(
		    repeat, sizeof(repeat), " (%llu times)", (unsigned long long)event->repeat);
	host = ush_terminal_fit(
	    event->host, command->wide ? USH_ADDRESS_TEXT_MAX : 20, USH_ELIDE_MIDDLE);
	snprintf(text, sizeof(text), "%-19s %-15s %-14s %s%s",
	    ush_when_long(when, event->time_ms, command->now_ms),
	    host != NULL && host[0] != '\0' ? host : "-", event->action, detail, repeat);
	safe = ush_terminal_text(text);
	fitted = safe != NULL && !command->wide ? ush_terminal_fit(safe, 80, USH_ELIDE_END) : NULL;
	printf("%s\n", fitted != NULL ? fitted : safe != NULL ? safe : "out of memory");
	free(host);
	free(fitted);
	free(safe);
}
