/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the sensors look, with which list, how far their logs were read, and from which networks
 * nothing arrives. */
#include <stdio.h>
#include "sinkhole/sinkctl/feeds.h"
#include "sinkhole/sinkctl/machines.h"
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/sinkwatch/pages.h"
#include "sinkhole/store/merged.h"

static void
begin_table(struct ush_view *view, const enum ush_word *titles, size_t count)
{
	ush_html_raw(&view->html, "<table class=\"plain\">\n<thead><tr>");
	for (size_t i = 0; i < count; i++) {
		ush_html_raw(&view->html, "<th scope=\"col\">");
		ush_view_say(view, titles[i]);
		ush_html_raw(&view->html, "</th>");
	}
	ush_html_raw(&view->html, "</tr></thead>\n<tbody>\n");
}

static void
end_table(struct ush_view *view)
{
	ush_html_raw(&view->html, "</tbody>\n</table>\n");
}

static void
begin_cell(struct ush_view *view, enum ush_word title)
{
	ush_html_raw(&view->html, "<td data-title=\"");
	ush_view_say(view, title);
	ush_html_raw(&view->html, "\">");
}

static void
put_time_cell(struct ush_view *view, enum ush_word title, uint64_t ms)
{
	char ago[USH_AGE_MAX];

	begin_cell(view, title);
	ush_view_time(view, ms);
	if (ms != 0) {
		ush_html_raw(&view->html, "<small>");
		ush_html_text(&view->html, ush_view_ago(view, ms, ago));
		ush_html_raw(&view->html, "</small>");
	}
	ush_html_raw(&view->html, "</td>");
}

static void
put_number_cell(struct ush_view *view, enum ush_word title, uint64_t number)
{
	begin_cell(view, title);
	ush_html_uint(&view->html, number);
	ush_html_raw(&view->html, "</td>");
}

static void
put_list_cells(struct ush_view *view, const struct ush_sensor *sensor)
{
	char number[24];
	char age[USH_AGE_MAX];

	begin_cell(view, USH_WORD_LIST);
	if (sensor->list_serial != 0) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)sensor->list_serial);
		ush_html_text(&view->html, number);
		ush_html_raw(&view->html, "<small>");
		ush_html_public(&view->html, sensor->list_state);
		ush_html_raw(&view->html, "</small>");
	} else {
		ush_view_say(view, USH_WORD_LIST_NONE);
	}
	ush_html_raw(&view->html, "</td>");
	begin_cell(view, USH_WORD_LIST_AGE);
	ush_html_text(&view->html,
	    sensor->list_built_ms != 0 ? ush_view_age(view, sensor->list_built_ms, age) : "–");
	ush_html_raw(&view->html, "</td>");
}

static void
put_sensor(struct ush_view *view, size_t which)
{
	static const enum ush_word healths[] = {
	    [USH_HEALTH_ALIVE] = USH_WORD_ALIVE,
	    [USH_HEALTH_SILENT] = USH_WORD_SILENT,
	    [USH_HEALTH_STOPPED] = USH_WORD_STOPPED,
	    [USH_HEALTH_NEVER] = USH_WORD_NEVER,
	    [USH_HEALTH_AHEAD] = USH_WORD_AHEAD,
	};
	const struct ush_sensor *sensor = &view->sensors->items[which];

	ush_html_raw(&view->html, "<tr>");
	begin_cell(view, USH_WORD_SENSOR);
	if (sensor->observer[0] != '\0')
		ush_view_say_public(view, USH_WORD_SENSOR_AT, sensor->writer, sensor->observer);
	else
		ush_html_text(&view->html, sensor->writer);
	ush_html_raw(&view->html, "</td>");
	begin_cell(view, USH_WORD_STATE);
	if (ush_sensor_is_looking(sensor))
		ush_html_raw(&view->html, "<span class=\"sensor good\">");
	else
		ush_html_raw(&view->html, "<span class=\"sensor bad\">");
	ush_view_say(view, healths[sensor->health]);
	ush_html_raw(&view->html, "</span><small>");
	ush_html_public(&view->html, sensor->mode);
	ush_html_raw(&view->html, "</small></td>");
	put_time_cell(view, USH_WORD_LAST_LINE, sensor->last_ms);
	put_time_cell(view, USH_WORD_LAST_EVENT, sensor->last_event_ms);
	put_number_cell(view, USH_WORD_EVENTS, sensor->events);
	put_number_cell(view, USH_WORD_LOST_EVENTS, sensor->lost);
	put_list_cells(view, sensor);
	ush_html_raw(&view->html, "</tr>\n");
}

static void
put_sensors(struct ush_view *view)
{
	static const enum ush_word titles[] = {USH_WORD_SENSOR, USH_WORD_STATE, USH_WORD_LAST_LINE,
	    USH_WORD_LAST_EVENT, USH_WORD_EVENTS, USH_WORD_LOST_EVENTS, USH_WORD_LIST,
	    USH_WORD_LIST_AGE};

	begin_table(view, titles, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < view->sensors->count; i++)
		put_sensor(view, i);
	end_table(view);
}

/* Networks from which no host ever connected: one that did shows that the way is open. */
static void
put_networks(struct ush_view *view)
{
	static const enum ush_word titles[] = {
	    USH_WORD_NETWORK, USH_WORD_QUESTIONS, USH_WORD_HOSTS, USH_WORD_LAST};
	const struct ush_reaches *reaches = &ush_overview_sums(view->overview)->reaches;
	char text[USH_NETWORK_TEXT_MAX];
	char alias[USH_ALIAS_MAX];
	bool has_begun = false;

	ush_view_heading(view, USH_WORD_NETWORKS);
	for (size_t i = 0; i < reaches->count; i++) {
		const struct ush_reach *reach = &reaches->items[i];

		if (reach->arrived > 0)
			continue;
		if (!has_begun) {
			ush_html_raw(&view->html, "<p>");
			ush_view_say(view, USH_WORD_NETWORKS_WHAT);
			ush_html_raw(&view->html, "</p>\n");
			begin_table(view, titles, sizeof(titles) / sizeof(titles[0]));
		}
		has_begun = true;
		ush_html_raw(&view->html, "<tr>");
		begin_cell(view, USH_WORD_NETWORK);
		ush_html_public(
		    &view->html, ush_view_named(view, USH_ALIAS_NETWORK,
		                     ush_network_to_text(&reach->network, text), alias));
		ush_html_raw(&view->html, "</td>");
		put_number_cell(view, USH_WORD_QUESTIONS, reach->asked);
		put_number_cell(view, USH_WORD_HOSTS, reach->hosts);
		put_time_cell(view, USH_WORD_LAST, reach->last_ms);
		ush_html_raw(&view->html, "</tr>\n");
	}
	if (has_begun) {
		end_table(view);
	} else {
		ush_html_raw(&view->html, "<p>");
		if (view->overview->failed.text[0] != '\0')
			ush_view_say(view, USH_WORD_NOTHING_BLIND);
		else
			ush_view_say(view, USH_WORD_ALL_ARRIVE);
		ush_html_raw(&view->html, "</p>\n");
	}
}

static void
put_feed(const struct ush_command *command, const struct ush_feed_state *state,
    enum ush_feed_health health, void *arg)
{
	static const enum ush_word healths[] = {
	    [USH_FEED_GOOD] = USH_WORD_FEED_IS_GOOD,
	    [USH_FEED_STALE] = USH_WORD_FEED_IS_STALE,
	    [USH_FEED_FAILED] = USH_WORD_FEED_IS_FAILED,
	    [USH_FEED_ABSENT] = USH_WORD_FEED_IS_ABSENT,
	};
	struct ush_view *view = arg;

	(void)command;
	ush_html_raw(&view->html, "<tr>");
	begin_cell(view, USH_WORD_FEED);
	ush_html_public(&view->html, state->name);
	ush_html_raw(&view->html, "</td>");
	begin_cell(view, USH_WORD_STATE);
	if (health == USH_FEED_GOOD)
		ush_html_raw(&view->html, "<span class=\"sensor good\">");
	else
		ush_html_raw(&view->html, "<span class=\"sensor bad\">");
	ush_view_say(view, healths[health]);
	ush_html_raw(&view->html, "</span>");
	if (state->problem != NULL) {
		ush_html_raw(&view->html, "<small>");
		ush_html_value(&view->html, state->problem);
		ush_html_raw(&view->html, "</small>");
	}
	ush_html_raw(&view->html, "</td>");
	put_number_cell(view, USH_WORD_INDICATORS, state->indicators);
	put_time_cell(view, USH_WORD_FEED_CHANGED, state->changed_ms);
	put_time_cell(view, USH_WORD_FEED_GOOD_AT, state->good_ms);
	ush_html_raw(&view->html, "</tr>\n");
}

/* What the list is made of, if that is known here. */
static void
put_feeds(struct ush_view *view)
{
	static const enum ush_word titles[] = {USH_WORD_FEED, USH_WORD_STATE, USH_WORD_INDICATORS,
	    USH_WORD_FEED_CHANGED, USH_WORD_FEED_GOOD_AT};

	if (view->command->settings->update.feed_count == 0)
		return;
	ush_view_heading(view, USH_WORD_FEEDS);
	begin_table(view, titles, sizeof(titles) / sizeof(titles[0]));
	ush_feeds_each(view->command, put_feed, view);
	end_table(view);
}

static int
put_log(void *arg, const char *path, uint64_t offset, uint64_t lines, uint64_t broken,
    uint64_t broken_at)
{
	struct ush_view *view = arg;

	(void)broken_at;
	ush_html_raw(&view->html, "<tr>");
	begin_cell(view, USH_WORD_LOG);
	ush_html_raw(&view->html, "<code>");
	ush_html_value(&view->html, path);
	ush_html_raw(&view->html, "</code></td>");
	put_number_cell(view, USH_WORD_LINES, lines);
	put_number_cell(view, USH_WORD_BROKEN, broken);
	put_number_cell(view, USH_WORD_READ_TO, offset);
	ush_html_raw(&view->html, "</tr>\n");
	return 0;
}

static void
put_origins(struct ush_view *view, const struct ush_origins *origins)
{
	static const enum ush_word titles[] = {USH_WORD_MACHINE, USH_WORD_LAST_PUSH,
	    USH_WORD_PUSHES, USH_WORD_KEPT_ROWS, USH_WORD_KEPT_REFUSED};

	begin_table(view, titles, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < origins->count; i++) {
		const struct ush_origin *origin = &origins->items[i];

		ush_html_raw(&view->html, "<tr>");
		begin_cell(view, USH_WORD_MACHINE);
		ush_html_public(&view->html, origin->name);
		if (!origin->complete) {
			ush_html_raw(&view->html, "<small>");
			ush_view_say(view, USH_WORD_INCOMPLETE);
			ush_html_raw(&view->html, "</small>");
		}
		ush_html_raw(&view->html, "</td>");
		put_time_cell(view, USH_WORD_LAST_PUSH, origin->time_ms);
		put_number_cell(view, USH_WORD_PUSHES, origin->push);
		put_number_cell(view, USH_WORD_KEPT_ROWS, origin->rows);
		put_number_cell(view, USH_WORD_KEPT_REFUSED, origin->refused);
		ush_html_raw(&view->html, "</tr>\n");
	}
	end_table(view);
}

static void
put_push(struct ush_view *view, const struct ush_push *push)
{
	char when[USH_WHEN_MAX];

	ush_html_raw(&view->html, "<p>");
	ush_view_say_public(view, USH_WORD_SENT,
	    push->time_ms != 0 ? ush_when_long(when, push->time_ms, view->command->now_ms) : "–");
	ush_html_raw(&view->html, "</p>\n");
	if (push->failure[0] == '\0')
		return;
	ush_html_raw(&view->html, "<ul class=\"troubles\"><li class=\"bad\">");
	ush_view_say(view, USH_WORD_NOT_SENT, push->failure);
	ush_html_raw(&view->html, "</li></ul>\n");
}

/* The exchange with other machines. */
static int
put_machines(struct ush_view *view, struct ush_error *err)
{
	const struct ush_store_settings *settings = &view->command->settings->store;
	struct ush_origins origins = {0};
	struct ush_push push;

	if (settings->push_to == NULL && settings->pull_from == NULL)
		return 0;
	if (ush_machines_push(view->command, &push, err) != 0 ||
	    (settings->pull_from != NULL &&
	        ush_origins_load(&origins, view->command->store, err) != 0))
		return -1;
	ush_view_heading(view, USH_WORD_MACHINES);
	if (push.generation[0] != '\0')
		put_push(view, &push);
	if (settings->pull_from != NULL)
		put_origins(view, &origins);
	ush_origins_fini(&origins);
	return 0;
}

int
ush_page_sensors(struct ush_view *view, const char *subject, struct ush_error *err)
{
	static const enum ush_word titles[] = {
	    USH_WORD_LOG, USH_WORD_LINES, USH_WORD_BROKEN, USH_WORD_READ_TO};
	int rc;

	(void)subject;
	ush_view_begin(
	    view, &(struct ush_frame){.title = ush_word(view->language, USH_WORD_SENSORS),
	              .json_path = "/status.json",
	              .nav = USH_WORD_SENSORS,
	              .refresh = true});
	put_sensors(view);
	rc = put_machines(view, err);
	put_feeds(view);
	put_networks(view);
	ush_view_heading(view, USH_WORD_LOGS_READ);
	begin_table(view, titles, sizeof(titles) / sizeof(titles[0]));
	if (rc == 0)
		rc = ush_logs_each(view->command->store, put_log, view, err);
	end_table(view);
	ush_view_end(view);
	return rc;
}
