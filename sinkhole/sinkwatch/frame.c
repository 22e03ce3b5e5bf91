/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands around every page. */
#include <stdio.h>
#include "common/version.h"
#include "sinkhole/sinkwatch/view.h"

static void
put_nav_entry(struct ush_view *view, const char *path, enum ush_word word, bool is_current)
{
	ush_html_raw(&view->html, "<a");
	ush_view_href(view, path, NULL);
	if (is_current)
		ush_html_raw(&view->html, " aria-current=\"page\"");
	ush_html_raw(&view->html, ">");
	ush_view_say(view, word);
	ush_html_raw(&view->html, "</a>\n");
}

/* The same page in each language. */
static void
put_languages(struct ush_view *view)
{
	static const char *const names[USH_LANGUAGES] = {"English", "日本語"};

	ush_html_raw(&view->html, "<span class=\"languages\">");
	for (int i = 0; i < USH_LANGUAGES; i++) {
		const char *tag = ush_language_tag((enum ush_language)i);

		ush_html_raw(&view->html, "<a hreflang=\"");
		ush_html_text(&view->html, tag);
		ush_html_raw(&view->html, "\" lang=\"");
		ush_html_text(&view->html, tag);
		ush_html_raw(&view->html, "\" href=\"");
		ush_html_text(&view->html, view->path);
		ush_html_raw(&view->html, "?lang=");
		ush_html_text(&view->html, tag);
		ush_html_raw(&view->html, "\"");
		if ((int)view->language == i)
			ush_html_raw(&view->html, " aria-current=\"true\"");
		ush_html_raw(&view->html, ">");
		ush_html_text(&view->html, names[i]);
		ush_html_raw(&view->html, "</a> ");
	}
	ush_html_raw(&view->html, "</span>\n");
}

static void
put_head(struct ush_view *view, const struct ush_frame *frame)
{
	ush_html_raw(&view->html, "<!DOCTYPE html>\n<html lang=\"");
	ush_html_text(&view->html, ush_language_tag(view->language));
	ush_html_raw(&view->html, "\">\n<head>\n<meta charset=\"utf-8\">\n"
	                          "<meta name=\"viewport\" content=\"width=device-width,"
	                          "initial-scale=1\">\n"
	                          "<meta name=\"robots\" content=\"noindex\">\n");
	if (frame->refresh)
		ush_html_raw(&view->html, "<meta http-equiv=\"refresh\" content=\"60\">\n");
	ush_html_raw(&view->html, "<title>");
	ush_html_text(&view->html, frame->title);
	ush_html_raw(&view->html, " – unbound-sinkhole</title>\n"
	                          "<link rel=\"stylesheet\" href=\"/style.css\">\n"
	                          "<link rel=\"icon\" href=\"/icon.svg\">\n</head>\n<body>\n");
}

void
ush_view_begin(struct ush_view *view, const struct ush_frame *frame)
{
	put_head(view, frame);
	ush_html_raw(&view->html, "<a class=\"skip\" href=\"#content\">");
	ush_view_say(view, USH_WORD_SKIP);
	ush_html_raw(&view->html, "</a>\n<header>\n<span class=\"mark\">unbound-sinkhole</span>\n"
	                          "<nav aria-label=\"");
	ush_view_say(view, USH_WORD_NAV);
	ush_html_raw(&view->html, "\">\n");
	put_nav_entry(view, "/", USH_WORD_HOSTS, frame->nav == USH_WORD_HOSTS);
	put_nav_entry(view, "/changes", USH_WORD_CHANGES, frame->nav == USH_WORD_CHANGES);
	put_nav_entry(view, "/sensors", USH_WORD_SENSORS, frame->nav == USH_WORD_SENSORS);
	ush_html_raw(&view->html, "</nav>\n");
	put_languages(view);
	ush_html_raw(&view->html, "</header>\n<main id=\"content\">\n");
	ush_view_troubles(view);
	ush_html_raw(&view->html, "<div class=\"title\"><h1>");
	ush_html_public(&view->html, frame->title);
	ush_html_raw(&view->html, "</h1>");
	if (frame->json_path != NULL) {
		ush_html_raw(&view->html, " <a class=\"json\" href=\"");
		ush_html_text(&view->html, frame->json_path);
		if (frame->json_about != NULL) {
			ush_html_url(&view->html, frame->json_about);
			ush_html_raw(&view->html, ".json");
		}
		ush_html_raw(&view->html, "\">");
		ush_view_say(view, USH_WORD_FOR_PROGRAMS);
		ush_html_raw(&view->html, "</a>");
	}
	ush_html_raw(&view->html, "</div>\n");
}

/* As whom the page is read, where there is a login. */
static void
put_visitor(struct ush_view *view)
{
	if (view->visitor->user[0] == '\0')
		return;
	ush_html_raw(&view->html, "<span class=\"visitor\">");
	ush_view_say_public(view,
	    view->html.is_covered ? USH_WORD_IS_VIEWER : USH_WORD_IS_RESPONDER,
	    view->visitor->user);
	ush_html_raw(&view->html, "</span>\n");
}

void
ush_view_end(struct ush_view *view)
{
	char zone[USH_WHEN_MAX];
	char ago[USH_AGE_MAX];

	ush_html_raw(&view->html, "</main>\n<footer>\n");
	put_visitor(view);
	ush_html_raw(&view->html, "<span>");
	ush_view_say_public(view, USH_WORD_MADE, ush_view_ago(view, view->overview->made_ms, ago));
	ush_html_raw(&view->html, "</span>\n<span>");
	ush_view_say_public(view, USH_WORD_TIMES, ush_when_zone(zone, view->command->now_ms));
	ush_html_raw(&view->html, "</span>\n<span>");
	ush_view_say_public(view, USH_WORD_VERSION, USH_VERSION);
	ush_html_raw(&view->html, "</span>\n</footer>\n</body>\n</html>\n");
}
