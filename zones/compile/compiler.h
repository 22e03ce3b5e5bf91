/* SPDX-License-Identifier: BSD-3-Clause */
/* compiler.h - feeds in, blocklist out: reads every feed, keeps the guard rails, replaces the list
 * or leaves it. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "zones/readers/reader.h"

#define USH_SHRINK_PERCENT 50 /* a feed that lost more of its indicators than this is suspect */

/* A feed of a handful may lose as many as this: some have two to five indicators. */
#define USH_SHRINK_FLOOR 5

/* Whether a feed lost so many of its indicators that its download may have been cut short. */
bool ush_feed_has_shrunk(uint64_t before, uint64_t now, unsigned percent);

#define USH_COMPILE_WAIT 60 /* seconds; ten million names take a tenth */

/* How the list at a path is. */
enum ush_list_health {
	USH_LIST_GOOD,
	USH_LIST_ABSENT,
	USH_LIST_DAMAGED, /* cut short, altered, or no list at all */
	USH_LIST_UNKNOWN, /* of another version, or it cannot be read by this process */
};

/* Read all of the list and check it as its readers do. *err has the reason unless it is good; it may
 * not be NULL. */
USH_MUST_CHECK enum ush_list_health ush_list_look(const char *path, struct ush_error *err);

/* A value that is not compiled: "path:line: value: why" without the newline, or that another
 * process is waited for. The value is as the
 * feed has it, so it is not fit for a terminal. */
typedef void ush_compile_say_fn(void *arg, const char *text);

/* How far it is: `entries` of all feeds so far, now in `feed`; NULL: all are read. Called every few
 * thousand entries. */
typedef void ush_compile_progress_fn(void *arg, const char *feed, uint64_t entries);

struct ush_compile_options {
	const char *path; /* the list to replace; NULL: only check the feeds */
	const struct ush_feed_options *feeds;
	size_t feed_count;
	uint64_t now_ms;
	uint32_t last_slot;                  /* of the sinkhole pool, at most 254 */
	const struct ush_settings *settings; /* the site's; may be NULL */
	unsigned shrink_percent;
	bool force;                /* also from feeds that look broken */
	const char *const *forced; /* the same, of these feeds alone; NULL or ends with NULL */
	/* Feeds that may lose as many as there are by their expires-after; likewise. */
	const char *const *may_fade;
	/* A list in place that is damaged does not stop the compile: it is set aside as
	 * "<path>.damaged", where it replaces what has this name, and the new one goes on with what can
	 * still be read of its slots and serial. */
	bool mend;
	/* The last serial that the caller knows of, or 0: the new one is larger also if that of a damaged
	 * list cannot be read. */
	uint32_t last_serial;
	bool drafts; /* read drafts like other feeds: for a look at one, never for a list */
	unsigned wait_seconds;   /* for another compile of the same list */
	unsigned say_at_most;    /* refused values of one feed; the rest are only counted */
	ush_compile_say_fn *say; /* may be NULL */
	ush_compile_progress_fn *progress; /* may be NULL */
	void *arg;
};

struct ush_feed_result {
	char *name; /* owned, as path is */
	char *path; /* as given */
	const char *format;
	bool never_block;
	uint64_t previous;   /* indicators that the list before had from it */
	uint64_t indicators; /* good ones */
	uint64_t notes;
	uint64_t addressed; /* notes: URLs of addresses, and addresses with a port */
	uint64_t redacted;  /* notes that the feed itself says are blacked out */
	uint64_t refused[USH_REFUSALS];
	uint64_t warned;    /* about indicators that are good, but may be mistakes */
	uint64_t saved;     /* listed names and networks that a never-block entry covers */
	uint64_t popular;   /* rules that cover very popular names, or the site's own */
	uint64_t url_alone; /* URLs whose hosts are such names, so that these have no rule */
	/* What came was not fit to replace what the list has, which stays: why, and how many rules
	 * that is. */
	bool kept;
	bool unreadable; /* to its end, or a draft, so that force does not help */
	bool faded;      /* by expires-after, to less than a feed may lose: it is kept whole */
	struct ush_error why;
	uint64_t kept_rules;
};

#define USH_SAVED_SHOWN 20

/* A listed value that a never-block entry covers, and where that stands. */
struct ush_saved {
	char *value; /* owned, as file is; NULL if there was no memory */
	char *file;
	unsigned line;
	bool in_part;
};

/* A feed that the list before has and that was not given: all of it leaves the list. */
struct ush_gone_feed {
	char *name; /* owned */
	uint64_t indicators;
};

struct ush_compile_result {
	struct ush_feed_result *feeds; /* in order of precedence */
	size_t feed_count;
	struct ush_saved saved[USH_SAVED_SHOWN]; /* the first ones */
	size_t saved_count;
	struct ush_gone_feed *gone;
	size_t gone_count;
	/* With `mend`: what was wrong with the list before; text "": nothing. */
	struct ush_error damage;
	char *set_aside; /* where that one is now; owned, NULL: it is in its place */
	bool slots_lost; /* of it: campaigns have new ones */
	struct ush_build_result build;
	double seconds;
};

/* 0, or -1 with the list as it was. A feed that is not fit keeps what the list has of it, unless
 * that is nothing or no feed is fit. Either way `result` has what was counted and wants its fini.
 */
USH_MUST_CHECK int ush_compile(const struct ush_compile_options *options,
    struct ush_compile_result *result, struct ush_error *err);
void ush_compile_result_fini(struct ush_compile_result *result);

/* The largest slot that every network of the pool has; 254 without a pool. */
uint32_t ush_pool_last_slot(const struct ush_networks *pool);
