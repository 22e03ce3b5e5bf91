/* SPDX-License-Identifier: BSD-3-Clause */
/* What changed since a time, since yesterday if none is said: hosts that are new, those whose call
 * became worse, and those that are still at it. */
#include <stdio.h>
#include <stdlib.h>
#include "sinkhole/sinkwatch/pages.h"

#define ROWS_MAX 200
#define YESTERDAY "24h"

static void
put_rows(struct ush_view *view, enum ush_word heading, const struct ush_rows *rows)
{
	char shown[24];
	char total[24];
	size_t fit;

	ush_view_heading(view, heading);
	fit = ush_view_rows(view, rows);
	ush_html_raw(&view->html, "<p>");
	snprintf(shown, sizeof(shown), "%zu", rows->most);
	snprintf(total, sizeof(total), "%zu", fit);
	if (fit == 0)
		ush_view_none(view);
	else if (fit > rows->most)
		ush_view_say_public(view, USH_WORD_SHOWN_OF, shown, total);
	ush_html_raw(&view->html, "</p>\n");
}

/* Other times to compare with. */
static void
put_choices(struct ush_view *view)
{
	static const char *const choices[] = {"1h", "8h", "24h", "7d", "30d"};

	ush_html_raw(&view->html, "<p class=\"choices\">");
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		ush_html_raw(&view->html, "<a");
		ush_view_href_begin(view, "/changes", NULL);
		ush_view_href_add(view, "since", choices[i]);
		ush_html_raw(&view->html, "\">");
		ush_html_text(&view->html, choices[i]);
		ush_html_raw(&view->html, "</a> ");
	}
	ush_html_raw(&view->html, "</p>\n");
}

/* Hosts that were there before with a better call. */
static int
put_risen(struct ush_view *view, struct ush_rows rows, uint64_t since_ms, struct ush_error *err)
{
	static const struct ush_row_call none[1];
	struct ush_row_call *before = NULL;
	struct ush_risen *risen = NULL;
	int rc = ush_risen_open(&risen, view->command->settings, false, err);

	if (rc == 0 && risen != NULL)
		rc = ush_risen_since(risen, since_ms, &before, &rows.before_count, err);
	if (rc == 0) {
		rows.before = before != NULL ? before : none;
		put_rows(view, USH_WORD_RISEN, &rows);
	}
	free(before);
	ush_risen_close(risen);
	return rc;
}

int
ush_page_changes(struct ush_view *view, const char *subject, struct ush_error *err)
{
	const char *since = view->query->since[0] != '\0' ? view->query->since : YESTERDAY;
	struct ush_rows rows = {.most = ROWS_MAX};
	char when[USH_WHEN_MAX];
	uint64_t since_ms;

	(void)subject;
	if (ush_when_parse(&since_ms, since, view->command->now_ms) != 0)
		return ush_fail(err, NULL, 0, "since: no time (24h, 7d, 14:30, 2026-11-20)");
	ush_view_begin(
	    view, &(struct ush_frame){.title = ush_word(view->language, USH_WORD_CHANGES),
	              .nav = USH_WORD_CHANGES});
	ush_html_raw(&view->html, "<p>");
	ush_view_say_public(
	    view, USH_WORD_SINCE, ush_when_long(when, since_ms, view->command->now_ms));
	ush_html_raw(&view->html, "</p>\n");
	put_choices(view);
	rows.first_from_ms = since_ms;
	put_rows(view, USH_WORD_NEW_HOSTS, &rows);
	rows.first_from_ms = 0;
	rows.first_until_ms = since_ms;
	if (put_risen(view, rows, since_ms, err) != 0)
		return -1;
	rows.last_from_ms = since_ms;
	put_rows(view, USH_WORD_SEEN_AGAIN, &rows);
	ush_view_end(view);
	return 0;
}
