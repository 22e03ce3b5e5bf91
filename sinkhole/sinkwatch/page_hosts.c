/* SPDX-License-Identifier: BSD-3-Clause */
/* The first page: all hosts, the worst first. */
#include <stdio.h>
#include "sinkhole/sinkwatch/pages.h"

#define ROWS_A_PAGE 100

static void
put_tile(struct ush_view *view, enum ush_call call)
{
	size_t count = view->overview->calls[call];
	bool is_chosen = view->query->has_call && view->query->call == call;

	ush_html_raw(&view->html, "<a class=\"tile ");
	ush_html_text(&view->html, ush_call_text(call));
	if (count == 0)
		ush_html_raw(&view->html, " none");
	ush_html_raw(&view->html, "\"");
	if (is_chosen)
		ush_html_raw(&view->html, " aria-current=\"true\"");
	ush_view_href_begin(view, "/", NULL);
	ush_view_href_add(view, "call", ush_call_text(call));
	ush_html_raw(&view->html, "\"><b>");
	if (view->overview->failed.text[0] != '\0')
		ush_html_raw(&view->html, "–"); /* not known */
	else
		ush_html_uint(&view->html, count);
	ush_html_raw(&view->html, "</b> <span>");
	ush_html_text(&view->html, ush_call_text(call));
	ush_html_raw(&view->html, "</span> <small>");
	ush_html_text(&view->html, ush_word_of_call(view->language, call));
	ush_html_raw(&view->html, "</small></a>\n");
}

/* A number for each call, each a filter. */
static void
put_tiles(struct ush_view *view)
{
	ush_html_raw(&view->html, "<nav class=\"tiles\" aria-label=\"");
	ush_view_say(view, USH_WORD_CALL);
	ush_html_raw(&view->html, "\">\n");
	for (int call = 0; call < USH_CALLS; call++)
		put_tile(view, (enum ush_call)call);
	ush_html_raw(&view->html, "</nav>\n");
}

static void
put_hidden(struct ush_view *view, const char *key, const char *value)
{
	ush_html_raw(&view->html, "<input type=\"hidden\" name=\"");
	ush_html_text(&view->html, key);
	ush_html_raw(&view->html, "\" value=\"");
	ush_html_text(&view->html, value);
	ush_html_raw(&view->html, "\">");
}

static void
put_search(struct ush_view *view)
{
	const struct ush_query *query = view->query;

	ush_html_raw(&view->html, "<form class=\"search\" role=\"search\" action=\"/\">");
	if (query->has_language)
		put_hidden(view, "lang", ush_language_tag(query->language));
	if (query->has_call)
		put_hidden(view, "call", ush_call_text(query->call));
	ush_html_raw(&view->html, "<label>");
	ush_view_say(view, USH_WORD_FIND);
	ush_html_raw(&view->html, " <input type=\"search\" name=\"find\" maxlength=\"80\" "
	                          "placeholder=\"");
	ush_view_say(view, view->html.is_covered ? USH_WORD_FIND_HINT_VIEWER : USH_WORD_FIND_HINT);
	ush_html_raw(&view->html, "\" value=\"");
	ush_html_text(&view->html, query->find);
	ush_html_raw(&view->html, "\"></label> <button>");
	ush_view_say(view, USH_WORD_FIND);
	ush_html_raw(&view->html, "</button>");
	if (query->has_call || query->find[0] != '\0') {
		ush_html_raw(&view->html, " <a");
		ush_view_href(view, "/", NULL);
		ush_html_raw(&view->html, ">");
		ush_view_say(view, USH_WORD_SHOW_ALL);
		ush_html_raw(&view->html, "</a>");
	}
	ush_html_raw(&view->html, "</form>\n");
}

static void
put_nothing(struct ush_view *view)
{
	char number[24];

	ush_html_raw(&view->html, "<p class=\"nothing\">");
	snprintf(number, sizeof(number), "%zu", view->overview->count);
	if (view->overview->count > 0)
		ush_view_say_public(view, USH_WORD_NOTHING_FITS, number);
	else if (ush_view_is_looking(view))
		ush_view_say(view, USH_WORD_NOTHING_SEEN);
	else
		ush_view_say(view, USH_WORD_NOTHING_BLIND);
	ush_html_raw(&view->html, "</p>\n");
}

/* Whether each sensor looks, in one line. */
static void
put_sensors(struct ush_view *view)
{
	char name[USH_SENSOR_NAME_MAX];
	char age[USH_AGE_MAX];

	ush_html_raw(&view->html, "<p class=\"sensors\">");
	for (size_t i = 0; i < view->sensors->count; i++) {
		const struct ush_sensor *sensor = &view->sensors->items[i];

		if (ush_sensor_is_looking(sensor))
			ush_html_raw(&view->html, "<span class=\"sensor good\">");
		else
			ush_html_raw(&view->html, "<span class=\"sensor bad\">");
		ush_html_public(&view->html, ush_view_sensor_name(view, i, name));
		ush_html_raw(&view->html, " <small>");
		ush_html_text(&view->html, ush_view_ago(view, sensor->last_ms, age));
		if (sensor->list_built_ms != 0) {
			ush_html_raw(&view->html, " · ");
			ush_view_say_public(view, USH_WORD_LIST_SHORT,
			    ush_view_ago(view, sensor->list_built_ms, age));
		}
		ush_html_raw(&view->html, "</small></span> ");
	}
	ush_html_raw(&view->html, "</p>\n");
}

int
ush_page_hosts(struct ush_view *view, const char *subject, struct ush_error *err)
{
	const struct ush_query *query = view->query;
	const struct ush_rows rows = {
	    .has_call = query->has_call,
	    .call = query->call,
	    .campaign = query->campaign[0] != '\0' ? query->campaign : NULL,
	    .find = query->find,
	    .from = query->from,
	    .most = ROWS_A_PAGE,
	};
	size_t total;

	(void)subject;
	(void)err;
	ush_view_begin(view, &(struct ush_frame){.title = ush_word(view->language, USH_WORD_TITLE),
	                         .json_path = "/hosts.json",
	                         .nav = USH_WORD_HOSTS,
	                         .refresh = query->from == 0 && query->find[0] == '\0'});
	put_tiles(view);
	put_sensors(view);
	put_search(view);
	total = ush_view_rows(view, &rows);
	if (total <= rows.from)
		put_nothing(view);
	ush_view_pager(view, "/", NULL, rows.from, rows.most, total);
	ush_view_end(view);
	return 0;
}
