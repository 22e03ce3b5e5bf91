/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables of hosts: which rows, how a row looks, and the pages of a long table. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkwatch/history.h"
#include "sinkhole/sinkwatch/view.h"

#define SHOWN 3 /* of several addresses, in a note */

static bool
has_text(const char *text, const char *part)
{
	return text != NULL && strcasestr(text, part) != NULL;
}

/* A viewer finds by pseudonyms alone, or an address could be guessed; a responder also by a whole
 * pseudonym. */
static bool
has_name(const struct ush_view *view, enum ush_alias_kind kind, const char *text, const char *part)
{
	char alias[USH_ALIAS_MAX];

	if (!view->html.is_covered && has_text(text, part))
		return true;
	return view->aliases != NULL && text != NULL &&
	       (view->html.is_covered || ush_alias_is(kind, part)) &&
	       has_text(ush_alias_of(view->aliases, kind, text, alias), part);
}

/* The call that the row had, if it is worse now; USH_CALLS: it is not. */
static enum ush_call
risen_from(const struct ush_rows *rows, const struct ush_row *row)
{
	const struct ush_row_call *before =
	    ush_row_call_find(rows->before, rows->before_count, ush_history_key(row));

	return before != NULL && ush_history_call(row) < before->call ? before->call : USH_CALLS;
}

bool
ush_rows_fit(const struct ush_view *view, const struct ush_rows *rows, const struct ush_row *row)
{
	const char *find = rows->find;

	if ((rows->has_call && !ush_verdicts_have(row->verdicts, rows->call)) ||
	    (rows->campaign != NULL && strcmp(row->campaign, rows->campaign) != 0) ||
	    row->first_ms < rows->first_from_ms || row->last_ms < rows->last_from_ms ||
	    (rows->first_until_ms != 0 && row->first_ms >= rows->first_until_ms) ||
	    (rows->before != NULL && risen_from(rows, row) == USH_CALLS))
		return false;
	return find == NULL || find[0] == '\0' || has_text(row->campaign, find) ||
	       has_text(row->verdicts->items[0].why, find) ||
	       has_name(view, USH_ALIAS_HOST, row->address, find) ||
	       has_name(view, USH_ALIAS_NAME, row->name, find);
}

/* Notes of one row, counted. */
struct notes {
	struct ush_view *view;
	size_t count;
};

static void
begin_note(struct notes *notes)
{
	ush_html_raw(&notes->view->html, "<li>");
	notes->count++;
}

static void
end_note(struct notes *notes)
{
	ush_html_raw(&notes->view->html, "</li>");
}

/* "10.0.0.1, 10.0.0.2 and 4 more", addresses of hosts, as the value of the word. */
static void
put_few(struct notes *notes, enum ush_word word, const struct ush_few *few)
{
	char text[SHOWN * 320] = "";
	char alias[USH_ALIAS_MAX];
	char number[24];

	for (size_t i = 0; i < few->count && i < SHOWN; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? ", " : "",
		    ush_view_named(notes->view, USH_ALIAS_HOST, few->items[i], alias));
	}
	begin_note(notes);
	ush_view_say_public(notes->view, word, text);
	if (few->total > SHOWN) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)(few->total - SHOWN));
		ush_html_raw(&notes->view->html, " ");
		ush_view_say_public(notes->view, USH_WORD_MORE, number);
	}
	end_note(notes);
}

static void
put_also(struct notes *notes, const struct ush_verdict *verdict)
{
	begin_note(notes);
	ush_view_say_public(notes->view, USH_WORD_ALSO, ush_call_text(verdict->call),
	    ush_word_of_reason(notes->view->language, verdict->reason));
	end_note(notes);
}

static void
put_others(struct notes *notes, const struct ush_row *row)
{
	if (row->is_claimed)
		put_few(notes, USH_WORD_CLAIMED_BY, &row->claimed_by);
	if (row->names_others)
		put_few(notes, USH_WORD_NAMES_OTHERS, &row->names);
	else if (row->names.count > 0)
		put_few(notes, USH_WORD_ASKS_FOR, &row->names);
	else if (row->has_words_of_proxy)
		put_few(notes, USH_WORD_NAMES_NO_HOST, &(struct ush_few){0});
	if (row->pages.count > 0)
		put_few(notes, USH_WORD_SENT_BY_PAGE, &row->pages);
}

size_t
ush_view_against(struct ush_view *view, const struct ush_row *row)
{
	const struct ush_verdict *behind = &row->verdicts->behind;
	struct notes notes = {.view = view};
	char number[24];

	for (size_t i = 1; i < row->verdicts->count; i++)
		put_also(&notes, &row->verdicts->items[i]);
	if (row->role != USH_ROLE_NONE) {
		begin_note(&notes);
		ush_view_say_public(view, USH_WORD_ROLE, ush_role_text(row->role));
		end_note(&notes);
	}
	if (behind->why != NULL) {
		begin_note(&notes);
		ush_view_say_public(
		    view, USH_WORD_BEHIND, ush_call_text(behind->call), behind->why);
		end_note(&notes);
	}
	put_others(&notes, row);
	if (row->profiles > 1) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)row->profiles);
		begin_note(&notes);
		ush_view_say_public(view, USH_WORD_PROFILES, number);
		end_note(&notes);
	}
	return notes.count;
}

/* <td> with the column's title, which a narrow screen shows before the value. */
static void
begin_cell(struct ush_view *view, const char *kind, enum ush_word title)
{
	ush_html_raw(&view->html, "<td class=\"");
	ush_html_text(&view->html, kind);
	ush_html_raw(&view->html, "\" data-title=\"");
	ush_view_say(view, title);
	ush_html_raw(&view->html, "\">");
}

static void
put_time_cell(struct ush_view *view, enum ush_word title, uint64_t ms)
{
	char ago[USH_AGE_MAX];

	begin_cell(view, "when", title);
	ush_view_time(view, ms);
	ush_html_raw(&view->html, "<small>");
	ush_html_text(&view->html, ush_view_ago(view, ms, ago));
	ush_html_raw(&view->html, "</small></td>");
}

static void
put_number_cell(struct ush_view *view, enum ush_word title, uint64_t number)
{
	begin_cell(view, "number", title);
	ush_html_uint(&view->html, number);
	ush_html_raw(&view->html, "</td>");
}

static void
put_host_cells(struct ush_view *view, const struct ush_row *row)
{
	char host[USH_ALIAS_MAX];
	char name[USH_ALIAS_MAX];
	const char *address = ush_view_named(view, USH_ALIAS_HOST, row->address, host);

	begin_cell(view, "host", USH_WORD_HOST);
	ush_html_raw(&view->html, "<a");
	ush_view_href(view, "/host/", address);
	ush_html_raw(&view->html, ">");
	ush_html_address(&view->html, address);
	ush_html_raw(&view->html, "</a>");
	if (strcmp(row->name, "-") != 0) {
		ush_html_raw(&view->html, "<small>");
		ush_html_public(&view->html, ush_view_named(view, USH_ALIAS_NAME, row->name, name));
		ush_html_raw(&view->html, "</small>");
	}
	ush_html_raw(&view->html, "</td>");
	begin_cell(view, "campaign", USH_WORD_CAMPAIGN);
	if (row->campaign[0] != '\0') {
		ush_html_raw(&view->html, "<a");
		ush_view_href(view, "/campaign/", row->campaign);
		ush_html_raw(&view->html, ">");
		ush_html_public(&view->html, row->campaign);
		ush_html_raw(&view->html, "</a>");
	} else {
		ush_html_raw(&view->html, "–");
	}
	ush_html_raw(&view->html, "</td>");
}

static void
put_row(struct ush_view *view, const struct ush_rows *rows, const struct ush_row *row)
{
	const struct ush_verdict *worst = &row->verdicts->items[0];

	ush_html_raw(&view->html, "<tr class=\"");
	ush_html_text(&view->html, ush_call_text(worst->call));
	if (row->status.is_settled)
		ush_html_raw(&view->html, " settled");
	ush_html_raw(&view->html, "\">");
	begin_cell(view, "verdict", USH_WORD_CALL);
	ush_view_call(view, worst->call);
	ush_html_raw(&view->html, "<small>");
	ush_html_text(&view->html, worst->why);
	ush_html_raw(&view->html, "</small>");
	if (rows->before != NULL) {
		ush_html_raw(&view->html, "<small>");
		ush_view_say_public(
		    view, USH_WORD_CALL_BEFORE, ush_call_text(risen_from(rows, row)));
		ush_html_raw(&view->html, "</small>");
	}
	ush_html_raw(&view->html, "</td>");
	put_time_cell(view, USH_WORD_LAST, row->last_ms);
	put_time_cell(view, USH_WORD_FIRST, row->first_ms);
	put_host_cells(view, row);
	begin_cell(view, "why", USH_WORD_WHY);
	ush_html_raw(&view->html, "<p>");
	ush_html_text(&view->html, ush_word_of_reason(view->language, worst->reason));
	ush_html_raw(&view->html, "</p>");
	ush_view_case(view, &row->status);
	ush_html_raw(&view->html, "<ul class=\"against\">");
	ush_view_against(view, row);
	ush_html_raw(&view->html, "</ul></td>");
	put_number_cell(view, USH_WORD_QUESTIONS, row->dns);
	put_number_cell(view, USH_WORD_CONTACTS, row->hits);
	begin_cell(view, "number", USH_WORD_REAL);
	if (row->real > 0)
		ush_html_uint(&view->html, row->real);
	else
		ush_html_raw(&view->html, "?");
	ush_html_raw(&view->html, "</td>");
	ush_html_raw(&view->html, "</tr>\n");
}

static void
begin_table(struct ush_view *view)
{
	static const struct {
		enum ush_word title;
		bool is_number;
		enum ush_word what; /* USH_WORDS: nothing to explain */
	} columns[] = {
	    {USH_WORD_CALL, false, USH_WORDS},
	    {USH_WORD_LAST, false, USH_WORDS},
	    {USH_WORD_FIRST, false, USH_WORDS},
	    {USH_WORD_HOST, false, USH_WORDS},
	    {USH_WORD_CAMPAIGN, false, USH_WORDS},
	    {USH_WORD_WHY, false, USH_WORDS},
	    {USH_WORD_QUESTIONS, true, USH_WORDS},
	    {USH_WORD_CONTACTS, true, USH_WORDS},
	    {USH_WORD_REAL, true, USH_WORD_REAL_WHAT},
	};

	ush_html_raw(&view->html, "<table class=\"hosts\">\n<thead><tr>");
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		ush_html_raw(&view->html, "<th scope=\"col\"");
		if (columns[i].is_number)
			ush_html_raw(&view->html, " class=\"number\"");
		if (columns[i].what != USH_WORDS) {
			ush_html_raw(&view->html, " title=\"");
			ush_view_say(view, columns[i].what);
			ush_html_raw(&view->html, "\"");
		}
		ush_html_raw(&view->html, ">");
		ush_view_say(view, columns[i].title);
		ush_html_raw(&view->html, "</th>");
	}
	ush_html_raw(&view->html, "</tr></thead>\n<tbody>\n");
}

size_t
ush_view_rows(struct ush_view *view, const struct ush_rows *rows)
{
	const struct ush_overview *overview = view->overview;
	size_t fit = 0;

	for (size_t i = 0; i < overview->count; i++) {
		const struct ush_row *row = &overview->rows[i];

		if (!ush_rows_fit(view, rows, row))
			continue;
		if (fit == rows->from)
			begin_table(view);
		if (fit >= rows->from && fit - rows->from < rows->most)
			put_row(view, rows, row);
		fit++;
	}
	if (fit > rows->from)
		ush_html_raw(&view->html, "</tbody>\n</table>\n");
	return fit;
}

static void
put_way(struct ush_view *view, const char *path, const char *about, size_t from, enum ush_word word)
{
	const struct ush_query *query = view->query;
	char number[24];

	snprintf(number, sizeof(number), "%zu", from);
	ush_html_raw(&view->html, "<a");
	ush_view_href_begin(view, path, about);
	if (query->has_call)
		ush_view_href_add(view, "call", ush_call_text(query->call));
	if (query->find[0] != '\0')
		ush_view_href_add(view, "find", query->find);
	ush_view_href_add(view, "from", number);
	if (word == USH_WORD_NEXT)
		ush_html_raw(&view->html, "\" rel=\"next\">");
	else
		ush_html_raw(&view->html, "\" rel=\"prev\">");
	ush_view_say(view, word);
	ush_html_raw(&view->html, "</a>\n");
}

void
ush_view_pager(struct ush_view *view, const char *path, const char *about, size_t from, size_t most,
    size_t total)
{
	char first[24];
	char last[24];
	char all[24];

	if (total <= from)
		return;
	snprintf(first, sizeof(first), "%zu", from + 1);
	snprintf(last, sizeof(last), "%zu", total - from < most ? total : from + most);
	snprintf(all, sizeof(all), "%zu", total);
	ush_html_raw(&view->html, "<nav class=\"pager\">\n");
	if (from > 0)
		put_way(view, path, about, from > most ? from - most : 0, USH_WORD_PREVIOUS);
	ush_html_raw(&view->html, "<span>");
	ush_view_say_public(view, USH_WORD_ROWS, first, last, all);
	ush_html_raw(&view->html, "</span>\n");
	if (total - from > most)
		put_way(view, path, about, from + most, USH_WORD_NEXT);
	ush_html_raw(&view->html, "</nav>\n");
}
