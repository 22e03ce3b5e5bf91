/* SPDX-License-Identifier: BSD-3-Clause */
/* view.h - one page being written for one request: its language, what it is about, and the pieces
 * that several pages share. Everything is borrowed for the request. One thread. */
#pragma once

#include "common/attr.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/sinkwatch/access/access.h"
#include "sinkhole/sinkwatch/html.h"
#include "sinkhole/sinkwatch/overview.h"
#include "sinkhole/sinkwatch/query.h"
#include "sinkhole/sinkwatch/words.h"
#include "sinkhole/store/risen.h"
#include "sinkhole/store/timeline.h"

struct ush_view {
	struct ush_html html;
	enum ush_language language;
	const char *path; /* as it was asked for, percent-encoded */
	const struct ush_query *query;
	const struct ush_visitor *visitor;
	const struct ush_aliases *aliases; /* NULL: there is no login, and no pseudonym */
	const struct ush_overview *overview;
	const struct ush_command *command; /* its store is the page's own connection */
	const struct ush_sensors *sensors;
};

/* A page: the function writes what stands between the frame's head and foot. -1: nothing is served
 * but the reason. */
typedef int ush_page_fn(struct ush_view *view, const char *subject, struct ush_error *err);

/* The frame (frame.c). `title`: escaped by this. `json`: path of the same for programs, NULL: none;
 * `refresh`: the browser asks again by itself. */
struct ush_frame {
	const char *title;      /* public: a host has its pseudonym here, if it must */
	const char *json_path;  /* before the subject */
	const char *json_about; /* the subject, encoded by this; NULL: none */
	bool refresh;
	enum ush_word nav; /* the entry that is shown as the current one; USH_WORDS: none */
};
void ush_view_begin(struct ush_view *view, const struct ush_frame *frame);
void ush_view_end(struct ush_view *view);

/* What must be known before a row is read (troubles.c). */
void ush_view_troubles(struct ush_view *view);
/* "dns" or, where there are several of a kind, "dns at ns1"; in buf. */
#define USH_SENSOR_NAME_MAX (40 + USH_OBSERVER_MAX)
const char *ush_view_sensor_name(
    const struct ush_view *view, size_t which, char buf[USH_SENSOR_NAME_MAX]);
/* Whether "nothing seen" means that nothing was there. */
bool ush_view_is_looking(const struct ush_view *view);

/* Pieces (view.c). A text in the page's language, {1}.. replaced by the texts that follow, as
 * ush_html_value() or ush_html_public() writes them. */
#define ush_view_say(view, word, ...) \
	ush_view_say_all(             \
	    view, word, ush_html_value, (const char *const[]){NULL, ##__VA_ARGS__, NULL})
#define ush_view_say_public(view, word, ...) \
	ush_view_say_all(                    \
	    view, word, ush_html_public, (const char *const[]){NULL, ##__VA_ARGS__, NULL})
void ush_view_say_all(struct ush_view *view, enum ush_word word,
    void (*put)(struct ush_html *html, const char *text), const char *const *values);

/* Who somebody is, as this visitor may know it (cover.c). */
/* The text itself, or its pseudonym in buf: both may be shown with ush_html_public(). */
const char *ush_view_named(const struct ush_view *view, enum ush_alias_kind kind, const char *text,
    char buf[USH_ALIAS_MAX]);
/* The text itself, or a mark in its place. */
const char *ush_view_open(const struct ush_view *view, const char *text);
/* The address of the host that has this pseudonym, into host. False: none of those that are known. */
bool ush_view_host_of(
    const struct ush_view *view, const char *alias, char host[USH_ADDRESS_TEXT_MAX]);
/* Covers an answer for programs: who somebody is becomes a pseudonym, and what is not known to be
 * harmless becomes null. */
void ush_view_cover_json(const struct ush_view *view, json_t *answer);
/* "2026-11-29 03:11:07" in local time, with the time in UTC behind it for programs and as a title. */
void ush_view_time(struct ush_view *view, uint64_t ms);
void ush_view_time_utc(struct ush_view *view, uint64_t ms);
/* "5 min", in buf. */
#define USH_AGE_MAX 64
const char *ush_view_age(const struct ush_view *view, uint64_t ms, char buf[USH_AGE_MAX]);
/* "5 min ago"; "–" for 0. */
const char *ush_view_ago(const struct ush_view *view, uint64_t ms, char buf[USH_AGE_MAX]);
const char *ush_view_span(const struct ush_view *view, uint64_t length_ms, char buf[USH_AGE_MAX]);
/* "once, …", "3 times, … to …". */
void ush_view_spans(struct ush_view *view, const struct ush_span *span);
void ush_view_call(struct ush_view *view, enum ush_call call);
/* href="…" of a page of ours: `path` and, if not NULL, `about` as its last segment; the language that
 * was chosen stays chosen. */
void ush_view_href(struct ush_view *view, const char *path, const char *about);
/* What ush_view_href() begins, `key`=`value` added (literals of ours and anybody's value); the caller
 * ends it with ush_html_raw(html, "\""). */
void ush_view_href_begin(struct ush_view *view, const char *path, const char *about);
void ush_view_href_add(struct ush_view *view, const char *key, const char *value);
/* "None.", or that it says little since not all sensors look. */
void ush_view_none(struct ush_view *view);
/* Text of several lines: each is made safe, and its end stays one. */
void ush_view_lines(struct ush_view *view, const char *text);
/* A heading of a section: <h2>. */
void ush_view_heading(struct ush_view *view, enum ush_word word);

/* How the case stands, in one line; nothing if it was never marked (cases.c). */
void ush_view_case(struct ush_view *view, const struct ush_case_status *status);
/* All marks of the host of the command. */
void ush_view_marks(struct ush_view *view);
/* What to do about a false alarm: folded up until it is wanted. -1: the store cannot be read. */
USH_MUST_CHECK int ush_view_exception(struct ush_view *view, struct ush_error *err);

/* Tables of hosts (rows.c). */
struct ush_rows {
	bool has_call;
	enum ush_call call;
	const char *campaign; /* NULL: all */
	const char *find;     /* "": all */
	uint64_t first_from_ms;
	uint64_t first_until_ms; /* 0: any */
	uint64_t last_from_ms;
	/* Only those whose call is worse than it was: the calls of then. NULL: all. */
	const struct ush_row_call *before;
	size_t before_count;
	size_t from;
	size_t most;
};
bool ush_rows_fit(
    const struct ush_view *view, const struct ush_rows *rows, const struct ush_row *row);
/* Writes rows->most of those that fit, from number rows->from on. Returns how many fit. */
size_t ush_view_rows(struct ush_view *view, const struct ush_rows *rows);
/* "1-100 of 2345", and the ways to the pages before and after. */
void ush_view_pager(struct ush_view *view, const char *path, const char *about, size_t from,
    size_t most, size_t total);
/* What speaks against a call, or must be known beside it: list items. Returns how many. */
size_t ush_view_against(struct ush_view *view, const struct ush_row *row);
