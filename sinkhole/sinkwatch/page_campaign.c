/* SPDX-License-Identifier: BSD-3-Clause */
/* One campaign: its hosts, and the rules that fire. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkwatch/pages.h"

#define ROWS_A_PAGE 100
#define RULES_MAX 50

struct rules {
	struct ush_view *view;
	const char *campaign;
	size_t count;
};

static void
begin_rules(struct ush_view *view)
{
	static const enum ush_word titles[] = {
	    USH_WORD_RULE, USH_WORD_HITS, USH_WORD_HOSTS, USH_WORD_LAST};

	ush_view_heading(view, USH_WORD_RULES_THAT_FIRE);
	ush_html_raw(&view->html, "<table class=\"plain\"><thead><tr>");
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		ush_html_raw(&view->html, "<th scope=\"col\">");
		ush_view_say(view, titles[i]);
		ush_html_raw(&view->html, "</th>");
	}
	ush_html_raw(&view->html, "</tr></thead>\n<tbody>\n");
}

static void
put_rule(struct rules *rules, const struct ush_hits *hits)
{
	struct ush_view *view = rules->view;

	if (rules->count == RULES_MAX || strcmp(hits->campaign, rules->campaign) != 0)
		return;
	if (rules->count++ == 0)
		begin_rules(view);
	ush_html_raw(&view->html, "<tr><td><code>");
	ush_html_public(&view->html, hits->rule);
	ush_html_raw(&view->html, "</code></td><td>");
	ush_html_uint(&view->html, hits->span.count);
	ush_html_raw(&view->html, "</td><td>");
	ush_html_uint(&view->html, hits->hosts);
	ush_html_raw(&view->html, "</td><td>");
	ush_view_time(view, hits->span.last_ms);
	ush_html_raw(&view->html, "</td></tr>\n");
}

int
ush_page_campaign(struct ush_view *view, const char *subject, struct ush_error *err)
{
	struct rules rules = {.view = view, .campaign = subject};
	const struct ush_rows rows = {
	    .campaign = subject, .from = view->query->from, .most = ROWS_A_PAGE};
	const struct ush_sums *sums = ush_overview_sums(view->overview);
	size_t total;

	(void)err;
	ush_view_begin(view, &(struct ush_frame){.title = subject, .nav = USH_WORDS});
	total = ush_view_rows(view, &rows);
	if (total == 0) {
		ush_html_raw(&view->html, "<p class=\"nothing\">");
		ush_view_none(view);
		ush_html_raw(&view->html, "</p>\n");
	}
	ush_view_pager(view, "/campaign/", subject, rows.from, rows.most, total);
	for (size_t i = 0; i < sums->rule_count; i++)
		put_rule(&rules, &sums->rules[i]);
	if (rules.count > 0)
		ush_html_raw(&view->html, "</tbody></table>\n");
	ush_view_end(view);
	return 0;
}
