/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/event.h"

void
ush_view_say_all(struct ush_view *view, enum ush_word word,
    void (*put)(struct ush_html *html, const char *text), const char *const *values)
{
	const char *text = ush_word(view->language, word);
	size_t count = 0;
	const char *brace;

	while (values[count + 1] != NULL)
		count++;
	while ((brace = strchr(text, '{')) != NULL) {
		size_t which = (size_t)(brace[1] - '0');

		ush_html_put(&view->html, text, (size_t)(brace - text));
		if (which >= 1 && which <= count)
			put(&view->html, values[which]);
		text = brace + strlen("{1}");
	}
	ush_html_put(&view->html, text, strlen(text));
}

static void
put_time(struct ush_view *view, uint64_t ms, bool is_utc)
{
	time_t seconds = (time_t)(ms / 1000);
	char utc[USH_TIME_TEXT_MAX];
	char text[USH_WHEN_MAX];
	struct tm tm = {0};

	if (ms == 0) {
		ush_html_raw(&view->html, "–");
		return;
	}
	if (is_utc)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	ush_time_to_text(ms, utc);
	ush_html_raw(&view->html, "<time datetime=\"");
	ush_html_text(&view->html, utc);
	ush_html_raw(&view->html, "\" title=\"");
	ush_html_text(&view->html, utc);
	ush_html_raw(&view->html, "\">");
	ush_html_text(&view->html, text);
	ush_html_raw(&view->html, "</time>");
}

void
ush_view_time(struct ush_view *view, uint64_t ms)
{
	put_time(view, ms, false);
}

void
ush_view_time_utc(struct ush_view *view, uint64_t ms)
{
	put_time(view, ms, true);
}

/* The text of a word with one {1}. */
static const char *
fill_one(const struct ush_view *view, enum ush_word word, const char *value, char buf[USH_AGE_MAX])
{
	const char *text = ush_word(view->language, word);
	const char *brace = strstr(text, "{1}");

	snprintf(buf, USH_AGE_MAX, "%.*s%s%s", (int)(brace - text), text, value, brace + 3);
	return buf;
}

const char *
ush_view_span(const struct ush_view *view, uint64_t length_ms, char buf[USH_AGE_MAX])
{
	uint64_t seconds = length_ms / 1000;
	enum ush_word word = USH_WORD_SECONDS;
	uint64_t unit = 1;
	char number[24];

	/* The smaller unit until there are two of the larger one. */
	if (seconds >= 2ull * 86400) {
		word = USH_WORD_DAYS;
		unit = 86400;
	} else if (seconds >= 2ull * 3600) {
		word = USH_WORD_HOURS;
		unit = 3600;
	} else if (seconds >= 2ull * 60) {
		word = USH_WORD_MINUTES;
		unit = 60;
	}
	snprintf(number, sizeof(number), "%llu", (unsigned long long)((seconds + unit / 2) / unit));
	return fill_one(view, word, number, buf);
}

const char *
ush_view_age(const struct ush_view *view, uint64_t ms, char buf[USH_AGE_MAX])
{
	uint64_t now_ms = view->command->now_ms;

	return ush_view_span(view, now_ms > ms ? now_ms - ms : 0, buf);
}

const char *
ush_view_ago(const struct ush_view *view, uint64_t ms, char buf[USH_AGE_MAX])
{
	char age[USH_AGE_MAX];

	if (ms == 0) {
		snprintf(buf, USH_AGE_MAX, "–");
		return buf;
	}
	return fill_one(view, USH_WORD_AGO, ush_view_age(view, ms, age), buf);
}

void
ush_view_spans(struct ush_view *view, const struct ush_span *span)
{
	char count[24];
	char first[USH_WHEN_MAX];
	char last[USH_WHEN_MAX];

	snprintf(count, sizeof(count), "%llu", (unsigned long long)span->count);
	ush_when_long(first, span->first_ms, view->command->now_ms);
	ush_when_long(last, span->last_ms, view->command->now_ms);
	if (span->count == 1)
		ush_view_say_public(view, USH_WORD_ONCE, first);
	else
		ush_view_say_public(view, USH_WORD_TIMES_FROM_TO, count, first, last);
}

void
ush_view_call(struct ush_view *view, enum ush_call call)
{
	ush_html_raw(&view->html, "<span class=\"call ");
	ush_html_text(&view->html, ush_call_text(call));
	ush_html_raw(&view->html, "\" title=\"");
	ush_html_text(&view->html, ush_word_of_call(view->language, call));
	ush_html_raw(&view->html, "\">");
	ush_html_text(&view->html, ush_call_text(call));
	ush_html_raw(&view->html, "</span>");
}

void
ush_view_href_begin(struct ush_view *view, const char *path, const char *about)
{
	ush_html_raw(&view->html, " href=\"");
	ush_html_text(&view->html, path);
	if (about != NULL)
		ush_html_url(&view->html, about);
	ush_html_raw(&view->html, "?");
	if (view->query->has_language)
		ush_view_href_add(view, "lang", ush_language_tag(view->query->language));
}

void
ush_view_href_add(struct ush_view *view, const char *key, const char *value)
{
	ush_html_text(&view->html, key);
	ush_html_raw(&view->html, "=");
	ush_html_url(&view->html, value);
	ush_html_raw(&view->html, "&amp;");
}

void
ush_view_href(struct ush_view *view, const char *path, const char *about)
{
	ush_html_raw(&view->html, " href=\"");
	ush_html_text(&view->html, path);
	if (about != NULL)
		ush_html_url(&view->html, about);
	if (view->query->has_language) {
		ush_html_raw(&view->html, "?lang=");
		ush_html_text(&view->html, ush_language_tag(view->query->language));
	}
	ush_html_raw(&view->html, "\"");
}

void
ush_view_none(struct ush_view *view)
{
	if (ush_view_is_looking(view))
		ush_view_say(view, USH_WORD_NONE);
	else
		ush_view_say(view, USH_WORD_NOTHING_BLIND);
}

void
ush_view_lines(struct ush_view *view, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		if (line == NULL)
			view->html.has_failed = true;
		else
			ush_html_text(&view->html, line);
		free(line);
		ush_html_raw(&view->html, "\n");
		text += len + (text[len] == '\n');
	}
}

void
ush_view_heading(struct ush_view *view, enum ush_word word)
{
	ush_html_raw(&view->html, "<h2>");
	ush_view_say(view, word);
	ush_html_raw(&view->html, "</h2>\n");
}
