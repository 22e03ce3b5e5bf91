/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include "sinkhole/sinkwatch/host_parts.h"
#include "sinkhole/evidence/words.h"

#define ROWS_A_PAGE 200

struct timeline {
	struct ush_view *view;
	size_t count;
};

static void
begin_timeline(struct ush_view *view)
{
	static const enum ush_word titles[] = {
	    USH_WORD_LOCAL_TIME, USH_WORD_UTC, USH_WORD_EVENT, USH_WORD_COUNT};

	ush_html_raw(&view->html, "<h2 id=\"timeline\">");
	ush_view_say(view, USH_WORD_TIMELINE);
	ush_html_raw(&view->html, "</h2>\n<table class=\"timeline\">\n<thead><tr>");
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		ush_html_raw(&view->html, "<th scope=\"col\">");
		ush_view_say(view, titles[i]);
		ush_html_raw(&view->html, "</th>");
	}
	ush_html_raw(&view->html, "</tr></thead>\n<tbody>\n");
}

static void
put_line(struct ush_view *view, enum ush_word word, const char *text)
{
	ush_html_raw(&view->html, "<small>");
	ush_view_say(view, word, text);
	ush_html_raw(&view->html, "</small>");
}

static void
put_host(struct ush_view *view, enum ush_word word, const char *address)
{
	char alias[USH_ALIAS_MAX];

	ush_html_raw(&view->html, "<small>");
	ush_view_say_public(view, word, ush_view_named(view, USH_ALIAS_HOST, address, alias));
	ush_html_raw(&view->html, "</small>");
}

static void
put_evidence(struct ush_view *view, const struct ush_sighting *sighting)
{
	char marks[USH_EVIDENCE_TEXT_MAX];

	ush_evidence_to_text(sighting->marks, marks);
	if (marks[0] == '\0' && sighting->mark_words[0] == '\0')
		return;
	ush_html_raw(&view->html, "<small class=\"evidence\">");
	ush_html_text(&view->html, marks);
	if (sighting->mark_words[0] != '\0') {
		ush_html_raw(&view->html, " (");
		ush_html_public(&view->html, sighting->mark_words);
		ush_html_raw(&view->html, ")");
	}
	ush_html_raw(&view->html, "</small>");
}

static void
put_what(struct ush_view *view, const struct ush_sighting *sighting)
{
	ush_html_raw(&view->html, "<td class=\"what\"><code>");
	/* Who is not to know what exactly was asked for still learns which rule it met. */
	ush_html_public(&view->html, view->html.is_covered ? sighting->rule : sighting->detail);
	ush_html_raw(&view->html, "</code> <span class=\"action\">");
	ush_html_public(&view->html, sighting->action);
	ush_html_raw(&view->html, "</span>");
	if (sighting->proxy[0] != '\0')
		put_host(view, USH_WORD_THROUGH_PROXY, sighting->proxy);
	if (sighting->other[0] != '\0')
		put_host(view, sighting->claimed ? USH_WORD_CLAIMED_FOR : USH_WORD_FOR_HOST,
		    sighting->other);
	put_evidence(view, sighting);
	if (sighting->agent[0] != '\0')
		put_line(view, USH_WORD_USER_AGENT, sighting->agent);
	if (sighting->page[0] != '\0')
		put_line(view, USH_WORD_SENT_BY_PAGE, sighting->page);
	ush_html_raw(&view->html, "</td>");
}

static void
put_moment(struct ush_view *view, const struct ush_span *span,
    void (*put_time)(struct ush_view *view, uint64_t ms))
{
	ush_html_raw(&view->html, "<td class=\"when\">");
	put_time(view, span->first_ms);
	if (span->count > 1 && span->last_ms > span->first_ms) {
		ush_html_raw(&view->html, "<br>– ");
		put_time(view, span->last_ms);
	}
	ush_html_raw(&view->html, "</td>");
}

static int
put_sighting(void *arg, const struct ush_sighting *sighting)
{
	struct timeline *timeline = arg;
	struct ush_view *view = timeline->view;
	size_t from = view->query->from;
	size_t which = timeline->count++;

	if (which < from || which - from >= ROWS_A_PAGE)
		return 0;
	if (which == from)
		begin_timeline(view);
	ush_html_raw(&view->html, "<tr>");
	put_moment(view, &sighting->span, ush_view_time);
	put_moment(view, &sighting->span, ush_view_time_utc);
	put_what(view, sighting);
	ush_html_raw(&view->html, "<td class=\"number\">");
	ush_html_uint(&view->html, sighting->span.count);
	ush_html_raw(&view->html, "</td></tr>\n");
	return 0;
}

int
ush_view_timeline(struct ush_view *view, const char *host, struct ush_error *err)
{
	struct timeline timeline = {.view = view};
	char alias[USH_ALIAS_MAX];
	size_t from = view->query->from;

	if (ush_sightings_each(view->command->store, host, put_sighting, &timeline, err) != 0)
		return -1;
	if (timeline.count > from)
		ush_html_raw(&view->html, "</tbody>\n</table>\n");
	if (timeline.count > ROWS_A_PAGE)
		ush_view_pager(view, "/host/", ush_view_named(view, USH_ALIAS_HOST, host, alias),
		    from, ROWS_A_PAGE, timeline.count);
	return 0;
}
