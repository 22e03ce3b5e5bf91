/* SPDX-License-Identifier: BSD-3-Clause */
/* What the sinkhole received from a host, byte by byte: the newest contacts whose bytes were kept,
 * from the end of the logs. The logs themselves are read no further, since a page must not wait. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkwatch/host_parts.h"
#include "sinkhole/store/instant.h"
#include "sinkhole/store/logs.h"

#define TAIL_MB 8
#define SHOWN 5
#define BYTES_MAX 4096 /* of one contact */

struct contact {
	uint64_t time_ms;
	json_t *event; /* owned */
};

/* The newest ones so far, oldest first. */
struct contacts {
	struct contact items[SHOWN];
	size_t count;
};

static const json_t *
member(const json_t *object, const char *outer, const char *inner)
{
	return json_object_get(json_object_get(object, outer), inner);
}

static const char *
data_of(const json_t *event)
{
	return json_string_value(json_object_get(member(event, "sinkhole", "raw"), "data"));
}

/* Takes the event. */
static void
keep(struct contacts *contacts, json_t *event, uint64_t time_ms)
{
	size_t at = contacts->count;

	while (at > 0 && contacts->items[at - 1].time_ms > time_ms)
		at--;
	if (contacts->count == SHOWN && at == 0) {
		json_decref(event);
		return;
	}
	if (contacts->count == SHOWN) {
		json_decref(contacts->items[0].event);
		memmove(&contacts->items[0], &contacts->items[1],
		    (SHOWN - 1) * sizeof(contacts->items[0]));
		contacts->count--;
		at--;
	}
	memmove(&contacts->items[at + 1], &contacts->items[at],
	    (contacts->count - at) * sizeof(contacts->items[0]));
	contacts->items[at] = (struct contact){time_ms, event};
	contacts->count++;
}

static void
take_line(struct contacts *contacts, const char *host, const char *line, size_t len)
{
	json_t *event;
	const char *source;
	const char *time;
	uint64_t time_ms;

	/* Most lines are of other hosts: to parse them would take longer. */
	if (memmem(line, len, host, strlen(host)) == NULL)
		return;
	event = json_loadb(line, len, 0, NULL);
	source = json_string_value(member(event, "source", "ip"));
	time = json_string_value(json_object_get(event, "@timestamp"));
	if (source != NULL && strcmp(source, host) == 0 && data_of(event) != NULL && time != NULL &&
	    ush_instant_from_text(&time_ms, time) == 0)
		keep(contacts, event, time_ms);
	else
		json_decref(event);
}

/* The end of one log. A log that cannot be read is named on top of the page already. */
static void
read_tail(struct contacts *contacts, const char *host, const char *path)
{
	struct ush_lines *lines;
	const char *line;
	uint64_t size;
	size_t len;

	if (ush_lines_open(&lines, path, NULL) != 0 || lines == NULL)
		return;
	size = ush_lines_size(lines);
	if (size <= TAIL_MB << 20 || ush_lines_seek(lines, size - (TAIL_MB << 20), NULL) == 0) {
		while (ush_lines_next(lines, &line, &len, NULL) == 1) {
			if (line != NULL)
				take_line(contacts, host, line, len);
		}
	}
	ush_lines_close(lines);
}

static int
value_of(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Decodes base64 up to its end or its first foreign character. Returns the number of bytes. */
static size_t
decode(uint8_t out[BYTES_MAX], const char *text)
{
	size_t len = 0;
	unsigned bits = 0;
	unsigned count = 0;

	for (; len < BYTES_MAX && value_of(*text) >= 0; text++) {
		bits = bits << 6 | (unsigned)value_of(*text);
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[len++] = (uint8_t)(bits >> count);
		}
	}
	return len;
}

/* Printable ASCII as it is, everything else as \r, \n, \t or \xNN; a line ends behind \n. */
static void
put_bytes(struct ush_view *view, const uint8_t *bytes, size_t len)
{
	char text[8];

	ush_html_raw(&view->html, "<pre>");
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = bytes[i];

		if (byte == '\r')
			snprintf(text, sizeof(text), "\\r");
		else if (byte == '\n')
			snprintf(text, sizeof(text), "\\n");
		else if (byte == '\t')
			snprintf(text, sizeof(text), "\\t");
		else if (byte == '\\')
			snprintf(text, sizeof(text), "\\\\");
		else if (byte < 0x20 || byte > 0x7e)
			snprintf(text, sizeof(text), "\\x%02x", byte);
		else
			snprintf(text, sizeof(text), "%c", byte);
		ush_html_text(&view->html, text);
		if (byte == '\n')
			ush_html_raw(&view->html, "\n");
	}
	ush_html_raw(&view->html, "</pre>\n");
}

static void
put_contact(struct ush_view *view, const struct contact *contact)
{
	const json_t *raw = member(contact->event, "sinkhole", "raw");
	const char *digest = json_string_value(json_object_get(raw, "sha256"));
	uint8_t bytes[BYTES_MAX];
	size_t len = decode(bytes, data_of(contact->event));
	json_int_t all = json_integer_value(json_object_get(raw, "bytes"));

	ush_html_raw(&view->html, "<p class=\"bytes\">");
	ush_view_time(view, contact->time_ms);
	ush_html_raw(&view->html, " <small>");
	ush_html_uint(&view->html, len);
	ush_html_raw(&view->html, " / ");
	ush_html_uint(&view->html, all > 0 ? (uint64_t)all : 0);
	ush_html_raw(&view->html, " B");
	if (digest != NULL) {
		ush_html_raw(&view->html, " · SHA-256 <code>");
		ush_html_value(&view->html, digest);
		ush_html_raw(&view->html, "</code>");
	}
	ush_html_raw(&view->html, "</small></p>\n");
	put_bytes(view, bytes, len);
}

void
ush_view_bytes(struct ush_view *view, const char *host)
{
	const struct ush_store_settings *store = &view->command->settings->store;
	struct contacts contacts = {0};
	char megabytes[8];

	for (size_t i = 0; i < store->log_count; i++) {
		if (store->logs[i].writer == USH_LOG_CONTACTS)
			read_tail(&contacts, host, store->logs[i].path);
	}
	if (contacts.count == 0)
		return;
	snprintf(megabytes, sizeof(megabytes), "%d", TAIL_MB);
	ush_view_heading(view, USH_WORD_BYTES);
	ush_html_raw(&view->html, "<p><small>");
	ush_view_say_public(view, USH_WORD_BYTES_WHAT, megabytes);
	ush_html_raw(&view->html, "</small></p>\n");
	while (contacts.count > 0) { /* the newest first */
		put_contact(view, &contacts.items[--contacts.count]);
		json_decref(contacts.items[contacts.count].event);
	}
}
