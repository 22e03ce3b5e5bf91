/* SPDX-License-Identifier: BSD-3-Clause */
/* What people said of hosts (sinkctl mark). */
#include "sinkhole/sinkctl/exception.h"
#include "sinkhole/sinkwatch/view.h"

static const enum ush_word states[USH_CASE_STATES] = {
    [USH_CASE_OPEN] = USH_WORD_CASE_OPEN,
    [USH_CASE_ACKNOWLEDGED] = USH_WORD_CASE_ACKNOWLEDGED,
    [USH_CASE_CLEANED] = USH_WORD_CASE_CLEANED,
    [USH_CASE_FALSE_ALARM] = USH_WORD_CASE_FALSE_ALARM,
};

static void
put_mark(struct ush_view *view, const struct ush_mark *mark)
{
	char when[USH_WHEN_MAX];
	char alias[USH_ALIAS_MAX];

	ush_view_say_public(view, USH_WORD_CASE, ush_word(view->language, states[mark->state]),
	    ush_when_long(when, mark->as_of_ms, view->command->now_ms),
	    ush_view_named(view, USH_ALIAS_PERSON, mark->author, alias));
	if (mark->number[0] != '\0') {
		ush_html_raw(&view->html, " · ");
		ush_view_say(view, USH_WORD_CASE_NUMBER, mark->number);
	}
	if (mark->note[0] != '\0') {
		ush_html_raw(&view->html, " · ");
		ush_html_value(&view->html, mark->note);
	}
}

void
ush_view_case(struct ush_view *view, const struct ush_case_status *status)
{
	if (status->mark == NULL)
		return;
	ush_html_raw(&view->html, "<p class=\"state\">");
	if (status->reopened != NULL) {
		ush_html_raw(&view->html, "<strong>");
		ush_view_say_public(view, USH_WORD_CASE_REOPENED,
		    ush_word_of_reason(view->language, status->reopened));
		ush_html_raw(&view->html, "</strong> ");
	}
	put_mark(view, status->mark);
	ush_html_raw(&view->html, "</p>");
}

void
ush_view_marks(struct ush_view *view)
{
	size_t count;
	const struct ush_mark *marks =
	    ush_marks_of(&view->command->marks, view->command->host, &count);

	if (count == 0)
		return;
	ush_view_heading(view, USH_WORD_CASES);
	ush_html_raw(&view->html, "<ul class=\"facts\">\n");
	for (size_t i = 0; i < count; i++) {
		ush_html_raw(&view->html, "<li>");
		ush_view_time(view, marks[i].made_ms);
		ush_html_raw(&view->html, " ");
		put_mark(view, &marks[i]);
		if (marks[i].campaign[0] != '\0') {
			ush_html_raw(&view->html, " · ");
			ush_html_public(&view->html, marks[i].campaign);
		}
		ush_html_raw(&view->html, "</li>\n");
	}
	ush_html_raw(&view->html, "</ul>\n");
}

static void
put_snippet(struct ush_view *view, enum ush_word word, const char *text)
{
	ush_html_raw(&view->html, "<p>");
	ush_view_say(view, word);
	ush_html_raw(&view->html, "</p>\n<pre>");
	ush_view_lines(view, text);
	ush_html_raw(&view->html, "</pre>\n");
}

int
ush_view_exception(struct ush_view *view, struct ush_error *err)
{
	struct ush_exception exception;

	if (ush_exception_make(&exception, view->command, err) != 0)
		return -1;
	ush_html_raw(&view->html, "<details class=\"exception\"><summary>");
	ush_view_say(view, USH_WORD_EXCEPTION);
	ush_html_raw(&view->html, "</summary>\n<p>");
	ush_view_say(view, USH_WORD_EXCEPTION_MARK);
	ush_html_raw(&view->html, "</p>\n<pre>sinkctl mark ");
	ush_html_text(&view->html, view->command->host);
	ush_html_raw(&view->html, " false-alarm --note WHY</pre>\n");
	put_snippet(view, USH_WORD_EXCEPTION_ROLE, exception.role);
	put_snippet(view, USH_WORD_EXCEPTION_FEED, exception.never_block);
	ush_html_raw(&view->html, "</details>\n");
	ush_exception_fini(&exception);
	return 0;
}
