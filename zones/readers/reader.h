/* SPDX-License-Identifier: BSD-3-Clause */
/* reader.h - feeds in: each format has a reader that hands over one indicator after the other.
 * Readers know their format; what is good is for the compiler to judge. Strings given to the sink
 * are borrowed for the call. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "zones/compile/builder.h"
#include "zones/compile/guard.h"

#define USH_EXPIRES_AFTER_MAX 36500 /* days */

enum ush_indicator_kind {
	USH_INDICATOR_NAME,    /* "www.example.jp" */
	USH_INDICATOR_URL,     /* "http://www.example.jp/x.php" or without scheme */
	USH_INDICATOR_PATH,    /* "/x.php" on one of `hosts` */
	USH_INDICATOR_NETWORK, /* "192.0.2.0/24" */
	USH_INDICATOR_NOTE,    /* kept, no rule */
};

struct ush_indicator {
	enum ush_indicator_kind kind;
	const char *value;
	size_t len;
	const char *type;       /* NOTE: "sha256" and so on */
	unsigned scope;         /* USH_SCOPE_*; 0: as the feed */
	enum ush_action action; /* NONE: as the feed */
	bool planted;           /* URL, PATH: else plausible */
	bool redacted;          /* NOTE: a part is blacked out, which the feed says itself */
	const char *campaign;   /* NULL: the feed's */
	const char *const *hosts;
	size_t host_count;
	struct ush_origin origin;
};

/* Where indicators go. `take` returns -1 to stop (no memory); `refuse` is for what the reader
 * itself cannot read. */
struct ush_feed_sink {
	void *arg;
	int (*take)(void *arg, const struct ush_indicator *indicator);
	void (*refuse)(
	    void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why);
};

/* A `refuse` for whoever needs nothing but the indicators. */
void ush_refusal_ignore(
    void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why);

/* What a feed says about itself, or the command line about it. Strings belong to the feed. */
struct ush_feed_head {
	const char *name;
	const char *campaign;
	const char *software; /* "" if unknown */
	const char *date;
	const char *reference;
	const char *confidence;
	enum ush_action action; /* of indicators that say none */
	unsigned scope;         /* 0: as the format has it */
	unsigned expires_after; /* days after an indicator was last seen; 0: never */
	bool draft;             /* nobody has confirmed it yet */
	bool never_block;
	bool may_be_empty; /* a feed without indicators is no bad download */
};

/* What the command line says about a feed; NULL, 0 and NONE leave it to the feed. */
struct ush_feed_options {
	const char *path;   /* "-": standard input */
	const char *format; /* NULL: look */
	const char *name;
	const char *campaign;
	enum ush_action action;
	unsigned scope;
	uint32_t expires_after; /* days; 0: as the feed says */
	bool never_block;
	bool may_be_empty;
	bool explained; /* a zone of our own (export --explain): it may name campaigns */
};

struct ush_feed;

/* Open a feed, find out its format, read its head. */
USH_MUST_CHECK int ush_feed_open(
    struct ush_feed **out, const struct ush_feed_options *options, struct ush_error *err);
const struct ush_feed_head *ush_feed_head(const struct ush_feed *feed);
const char *ush_feed_format(const struct ush_feed *feed);
const char *ush_feed_path(const struct ush_feed *feed); /* as given, for messages */
const char *ush_feed_file(const struct ush_feed *feed); /* base name, for the list */
unsigned ush_feed_scope(const struct ush_feed *feed);   /* what the format means by a bare name */

/* Hand all indicators to the sink, once. 0, or -1 if the feed cannot be read to its end. */
USH_MUST_CHECK int ush_feed_read(
    struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err);
void ush_feed_close(struct ush_feed *feed); /* NULL is allowed */

/* The formats' names by number; NULL behind the last one. For --help. */
const char *ush_feed_format_name(size_t i);
