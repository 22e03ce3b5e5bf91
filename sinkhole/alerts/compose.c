/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/compose_parts.h"

#include <string.h>
#include "common/terminal.h"
#include "sinkhole/alerts/draft.h"
#include "sinkhole/alerts/link.h"
#include "sinkhole/alerts/message.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/when.h"

json_t *
ush_compose_line(const struct ush_overview *overview, const struct ush_row *row,
    enum ush_alert_reason reason, enum ush_call before)
{
	char *title = ush_compose_title(overview, row, reason, before);
	char url[USH_LINK_MAX];
	char since[USH_WHEN_MAX];
	char line[USH_TITLE_MAX + 128];
	json_t *message;

	if (title == NULL)
		return NULL;
	snprintf(line, sizeof(line), "%s, since %s%s", title,
	    ush_when_long(since, row->first_ms, overview->made_ms),
	    row->real > 0 ? ", was given a real address" : "");
	ush_link_to_host(url, overview->settings, row->address);
	message = ush_message_new("host", title, line, url, overview->made_ms);
	free(title);
	ush_put_text(message, "reason", ush_alert_reason_text(reason));
	ush_put_text(message, "call", ush_call_text(row->verdicts->urgency));
	ush_put_text(message, "host", row->address);
	ush_put_text(message, "campaign", row->campaign);
	return message;
}

static void
put_sentences(FILE *to, const json_t *sentences, const char *before)
{
	size_t i;
	json_t *sentence;

	json_array_foreach(sentences, i, sentence)
	{
		fputs(before, to);
		ush_terminal_put(to, json_string_value(sentence));
		fputc('\n', to);
	}
}

/* "Sinkhole: NOT LOOKING: dns was stopped, 22:41:07. (and 1 more)" */
static void
title_of_troubles(char title[USH_TITLE_MAX], const json_t *begun, const json_t *over)
{
	const json_t *of = json_array_size(begun) > 0 ? begun : over;
	size_t count = json_array_size(begun) + json_array_size(over);
	char *first = ush_terminal_text(json_string_value(json_array_get(of, 0)));
	char more[40] = "";

	if (count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", count - 1);
	snprintf(title, USH_TITLE_MAX, "Sinkhole: %s%.180s%s", of == over ? "over: " : "",
	    first != NULL ? ush_cut(first, 180) : "", more);
	free(first);
}

json_t *
ush_compose_troubles(const struct ush_overview *overview, const json_t *begun, const json_t *over)
{
	char title[USH_TITLE_MAX];
	char url[USH_LINK_MAX];
	struct ush_draft text;
	json_t *message;

	if (ush_draft_begin(&text) != 0)
		return NULL;
	put_sentences(text.to, begun, "");
	put_sentences(text.to, over, "Over: ");
	if (json_array_size(begun) > 0)
		fputs("While this lasts, hosts that are not named may be infected all the same.\n",
		    text.to);
	ush_link_to_sensors(url, overview->settings);
	fprintf(text.to, "Page: %s\n", url);
	title_of_troubles(title, begun, over);
	message = ush_message_new("sinkhole", title, ush_draft_end(&text), url, overview->made_ms);
	json_object_set(message, "begun", (json_t *)(uintptr_t)begun);
	json_object_set(message, "over", (json_t *)(uintptr_t)over);
	ush_draft_fini(&text);
	return message;
}

/* "37 alerts: 30 INFECTED, 7 LIKELY" */
static uint64_t
title_of_many(char title[USH_TITLE_MAX], const uint64_t counts[USH_ALERT_CALLS + 1], bool is_first)
{
	uint64_t all = 0;
	const char *between = ": ";
	size_t used;

	for (size_t i = 0; i <= USH_ALERT_CALLS; i++)
		all += counts[i];
	used = (size_t)snprintf(title, USH_TITLE_MAX, "%llu %s%s", (unsigned long long)all,
	    is_first ? "host" : "more alert", all == 1 ? "" : "s");
	if (is_first)
		used += (size_t)snprintf(title + used, USH_TITLE_MAX - used, " known from before");
	for (size_t i = 0; i <= USH_ALERT_CALLS; i++) {
		if (counts[i] == 0)
			continue;
		used += (size_t)snprintf(title + used, USH_TITLE_MAX - used, "%s%llu %s", between,
		    (unsigned long long)counts[i],
		    i == USH_ALERT_CALLS ? "sinkhole" : ush_call_text((enum ush_call)i));
		between = ", ";
	}
	return all;
}

json_t *
ush_compose_many(const struct ush_overview *overview, const uint64_t counts[USH_ALERT_CALLS + 1],
    json_t *messages, bool is_first)
{
	char title[USH_TITLE_MAX];
	char url[USH_LINK_MAX];
	uint64_t all = title_of_many(title, counts, is_first);
	struct ush_draft text;
	json_t *message;
	json_t *item;
	size_t i;

	if (ush_draft_begin(&text) != 0)
		return NULL;
	if (is_first)
		fputs("Alerts begin now. These hosts were known already:\n", text.to);
	json_array_foreach(messages, i, item)
	{
		bool is_host = json_object_get(item, "host") != NULL;

		fprintf(text.to, "%s\n",
		    json_string_value(json_object_get(item, is_host ? "text" : "title")));
	}
	if (all > json_array_size(messages))
		fprintf(text.to, "and %llu more\n",
		    (unsigned long long)(all - json_array_size(messages)));
	ush_link_to_hosts(url, overview->settings);
	fprintf(text.to, "Page: %s\n", url);
	message = ush_message_new("digest", title, ush_draft_end(&text), url, overview->made_ms);
	ush_put_uint(message, "count", all);
	json_object_set(message, "alerts", messages);
	ush_draft_fini(&text);
	return message;
}
