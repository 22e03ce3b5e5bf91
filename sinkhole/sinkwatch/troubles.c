/* SPDX-License-Identifier: BSD-3-Clause */
/* What must be known before a row is read: what is not looked at, not read, not counted. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/feeds.h"
#include "sinkhole/sinkctl/header.h"
#include "sinkhole/sinkctl/outputs.h"
#include "sinkhole/sinkwatch/view.h"

#define DISK_LOW (1ull << 30)
/* A host or two that asked once and were switched off are no wrong route. */
#define ASKED_LEAST 10
#define NETWORKS_SHOWN 3
#define FEEDS_SHOWN 5

const char *
ush_view_sensor_name(const struct ush_view *view, size_t which, char buf[USH_SENSOR_NAME_MAX])
{
	const struct ush_sensors *sensors = view->sensors;
	const struct ush_sensor *sensor = &sensors->items[which];
	bool is_alone = true;

	for (size_t i = 0; i < sensors->count; i++) {
		if (i != which && strcmp(sensors->items[i].writer, sensor->writer) == 0)
			is_alone = false;
	}
	if (is_alone || sensor->observer[0] == '\0')
		snprintf(buf, USH_SENSOR_NAME_MAX, "%s", sensor->writer);
	else
		snprintf(buf, USH_SENSOR_NAME_MAX, "%s @ %s", sensor->writer, sensor->observer);
	return buf;
}

bool
ush_view_is_looking(const struct ush_view *view)
{
	return view->overview->failed.text[0] == '\0' &&
	       ush_header_is_looking(view->command, view->sensors);
}

/* One line with its colour: `kind` is bad, warn or note. Paths and reasons, which may say more than a
 * visitor may know, go through ush_view_open(). */
#define trouble(view, kind, word, ...)                                  \
	do {                                                            \
		ush_html_raw(&(view)->html, "<li class=\"" kind "\">"); \
		ush_view_say_public(view, word, ##__VA_ARGS__);         \
		ush_html_raw(&(view)->html, "</li>\n");                 \
	} while (0)

static void
put_blindness(struct ush_view *view, const struct ush_sensor *sensor, const char *name)
{
	char when[USH_WHEN_MAX];
	char ahead[USH_AGE_MAX];
	uint64_t now_ms = view->command->now_ms;

	ush_when_long(when, sensor->last_ms, now_ms);
	switch (ush_sensor_blindness(sensor)) {
	case USH_BLIND_NEVER:
		trouble(view, "bad", USH_WORD_BLIND_NEVER, name,
		    ush_view_open(view, sensor->source->path));
		break;
	case USH_BLIND_STOPPED:
		trouble(view, "bad", USH_WORD_BLIND_STOPPED, name, when);
		break;
	case USH_BLIND_SILENT:
		trouble(view, "bad", USH_WORD_BLIND_SILENT, name, when);
		break;
	case USH_BLIND_AHEAD:
		trouble(view, "bad", USH_WORD_BLIND_AHEAD, name,
		    ush_view_span(view, sensor->last_ms - now_ms, ahead));
		break;
	case USH_BLIND_OFF:
		trouble(view, "bad", USH_WORD_BLIND_OFF, name);
		break;
	case USH_BLIND_NO_LIST:
		trouble(view, "bad", USH_WORD_BLIND_NO_LIST, name,
		    ush_view_open(view, sensor->list_reason));
		break;
	case USH_BLIND_PENDING:
		trouble(view, "bad", USH_WORD_BLIND_PENDING, name);
		break;
	case USH_SENSOR_LOOKS:
		break;
	}
}

static void
put_sensor(struct ush_view *view, size_t which)
{
	const struct ush_sensor *sensor = &view->sensors->items[which];
	uint64_t disk_free = ush_sensor_figure(sensor, "disk_free", UINT64_MAX);
	char name[USH_SENSOR_NAME_MAX];
	char number[24];

	ush_view_sensor_name(view, which, name);
	put_blindness(view, sensor, name);
	if (sensor->list_reason[0] != '\0' && sensor->list_serial != 0) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)sensor->list_serial);
		trouble(view, "warn", USH_WORD_LIST_REFUSED, name, number,
		    ush_view_open(view, sensor->list_reason));
	}
	if (sensor->settings_reason[0] != '\0')
		trouble(view, "warn", USH_WORD_SETTINGS_REFUSED, name,
		    ush_view_open(view, sensor->settings_reason));
	if (sensor->lost > 0) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)sensor->lost);
		trouble(view, "warn", USH_WORD_LOST, name, number);
	}
	if (disk_free < DISK_LOW) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)(disk_free >> 20));
		trouble(view, "warn", USH_WORD_DISK, name, number);
	}
	if (strcmp(sensor->mode, "monitor") == 0)
		trouble(view, "note", USH_WORD_MONITOR, name);
}

static void
put_unread(struct ush_view *view, const struct ush_unread *unread)
{
	char text[sizeof(unread->items->file) + sizeof(unread->items->text) + 16];

	for (size_t i = 0; i < unread->count && i < USH_UNREAD_MAX; i++)
		trouble(view, "bad", USH_WORD_UNREAD,
		    ush_view_open(view, ush_error_format(&unread->items[i], text, sizeof(text))));
	if (unread->count > USH_UNREAD_MAX) {
		snprintf(text, sizeof(text), "%zu", unread->count - USH_UNREAD_MAX);
		trouble(view, "bad", USH_WORD_UNREAD_MORE, text);
	}
}

/* What does not fit here stands on the page of sensors. */
static void
put_more(struct ush_view *view, enum ush_word word, const char *number)
{
	ush_html_raw(&view->html, "<li class=\"warn\"><a");
	ush_view_href(view, "/sensors", NULL);
	ush_html_raw(&view->html, ">");
	ush_view_say_public(view, word, number);
	ush_html_raw(&view->html, "</a></li>\n");
}

/* People who rely on alerts learn nothing. */
static void
put_output(struct ush_view *view, const struct ush_output_state *state)
{
	char number[24];

	if (state->failed == 0)
		return;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)state->waiting);
	trouble(view, "bad", USH_WORD_ALERTS_FAIL, state->name, ush_view_open(view, state->reason),
	    number);
}

static void
put_alerts(struct ush_view *view)
{
	const struct ush_overview *overview = view->overview;

	for (size_t i = 0; overview->outputs.is_known && i < overview->outputs.count; i++)
		put_output(view, &overview->outputs.items[i]);
	if (overview->unsaid.text[0] != '\0')
		trouble(view, "bad", USH_WORD_ALERTS_FAIL, "-",
		    ush_view_open(view, overview->unsaid.text), "?");
}

/* Networks that are sent to the sinkhole and never reach it. */
static void
put_networks(struct ush_view *view)
{
	const struct ush_reaches *reaches = &ush_overview_sums(view->overview)->reaches;
	char network[USH_NETWORK_TEXT_MAX];
	char alias[USH_ALIAS_MAX];
	char number[24];
	size_t shown = 0;

	for (size_t i = 0; i < reaches->count; i++) {
		const struct ush_reach *reach = &reaches->items[i];

		if (reach->arrived > 0 || reach->asked < ASKED_LEAST || ++shown > NETWORKS_SHOWN)
			continue;
		snprintf(number, sizeof(number), "%llu", (unsigned long long)reach->asked);
		trouble(view, "warn", USH_WORD_NOT_ROUTED,
		    ush_view_named(view, USH_ALIAS_NETWORK,
		        ush_network_to_text(&reach->network, network), alias),
		    number);
	}
	if (shown > NETWORKS_SHOWN) {
		snprintf(number, sizeof(number), "%zu", shown - NETWORKS_SHOWN);
		put_more(view, USH_WORD_NOT_ROUTED_MORE, number);
	}
}

struct feeds {
	struct ush_view *view;
	size_t shown;
};

/* A feed that is not as it should be: the list lacks what it would say today. */
static void
put_feed(const struct ush_command *command, const struct ush_feed_state *state,
    enum ush_feed_health health, void *arg)
{
	struct feeds *feeds = arg;
	struct ush_view *view = feeds->view;
	const char *problem = state->problem != NULL
	                          ? ush_view_open(view, state->problem)
	                          : ush_word(view->language, USH_WORD_FEED_NOT_TRIED);
	char when[USH_WHEN_MAX];

	if (health == USH_FEED_GOOD || ++feeds->shown > FEEDS_SHOWN)
		return;
	ush_when_long(when, state->changed_ms, command->now_ms);
	switch (health) {
	case USH_FEED_ABSENT:
		trouble(view, "bad", USH_WORD_FEED_ABSENT, state->name, problem);
		break;
	case USH_FEED_FAILED:
		trouble(view, "bad", USH_WORD_FEED_FAILED, state->name, when, problem);
		break;
	case USH_FEED_STALE:
		trouble(view, "warn", USH_WORD_FEED_STALE, state->name, when);
		break;
	case USH_FEED_GOOD:
		break;
	}
}

static void
put_feeds(struct ush_view *view)
{
	struct feeds feeds = {.view = view};
	char number[24];

	ush_feeds_each(view->command, put_feed, &feeds);
	if (feeds.shown <= FEEDS_SHOWN)
		return;
	snprintf(number, sizeof(number), "%zu", feeds.shown - FEEDS_SHOWN);
	put_more(view, USH_WORD_FEEDS_MORE, number);
}

void
ush_view_troubles(struct ush_view *view)
{
	const struct ush_overview *overview = view->overview;
	char text[sizeof(overview->mistake.file) + sizeof(overview->mistake.text) + 16];

	ush_html_raw(&view->html, "<ul class=\"troubles\">");
	if (overview->settings->drill)
		trouble(view, "drill", USH_WORD_DRILL);
	if (overview->is_reading)
		trouble(view, "note", USH_WORD_READING);
	if (overview->failed.text[0] != '\0')
		trouble(view, "bad", USH_WORD_STORE_FAILED,
		    ush_view_open(view, ush_error_format(&overview->failed, text, sizeof(text))));
	if (overview->mistake.text[0] != '\0')
		trouble(view, "bad", USH_WORD_SETTINGS_MISTAKE,
		    ush_view_open(view, ush_error_format(&overview->mistake, text, sizeof(text))));
	for (size_t i = 0; i < view->sensors->count; i++)
		put_sensor(view, i);
	put_unread(view, &overview->update.unread);
	put_unread(view, &overview->beside);
	put_feeds(view);
	put_alerts(view);
	put_networks(view);
	ush_html_raw(&view->html, "</ul>\n");
}
