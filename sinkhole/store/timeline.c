/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/timeline.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/internal.h"
#include "sinkhole/store/moments.h"

/* What a walk does with a row. */
struct walk {
	int (*row)(const struct walk *walk, sqlite3_stmt *stmt);
	void *arg;
	union {
		ush_sighting_fn *sighting;
		ush_profile_fn *profile;
		ush_rule_fn *rule;
		ush_claim_fn *claim;
		ush_moment_fn *moment;
		ush_real_fn *real;
		ush_log_fn *log;
	} fn;
};

/* `host` NULL: the question has no parameter. */
static int
each(const struct walk *walk, struct ush_store *store, const char *sql, const char *host,
    struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt, sql, err) != 0)
		return -1;
	if (host != NULL)
		ush_bind_text(stmt, 1, host);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (walk->row(walk, stmt) != 0)
			break;
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ush_store_fail(store, err, "the store cannot be read");
	return 0;
}

/* The three columns from `column` on. */
static struct ush_span
span_at(sqlite3_stmt *stmt, int column)
{
	return (struct ush_span){ush_column_uint(stmt, column), ush_column_uint(stmt, column + 1),
	    ush_column_uint(stmt, column + 2)};
}

static int
sighting_row(const struct walk *walk, sqlite3_stmt *stmt)
{
	uint64_t fact = ush_column_uint(stmt, 4);
	struct ush_sighting sighting = {
	    .span = span_at(stmt, 0),
	    .campaign = ush_column_text(stmt, 3),
	    .fact = fact < USH_FACTS ? (enum ush_fact)fact : USH_FACT_RAW,
	    .drill = (unsigned)ush_column_uint(stmt, 5),
	    .action = ush_column_text(stmt, 6),
	    .detail = ush_column_text(stmt, 7),
	    .marks = (unsigned)ush_column_uint(stmt, 8),
	    .mark_words = ush_column_text(stmt, 9),
	    .agent = ush_column_text(stmt, 10),
	    .rule = ush_column_text(stmt, 11),
	    .proxy = ush_column_text(stmt, 12),
	    .profile = ush_column_uint(stmt, 13),
	    .claimed = ush_column_uint(stmt, 14) != 0,
	    .other = ush_column_text(stmt, 15),
	    .page = ush_column_text(stmt, 16),
	};

	return walk->fn.sighting(walk->arg, &sighting);
}

int
ush_sightings_each(struct ush_store *store, const char *host, ush_sighting_fn *fn, void *arg,
    struct ush_error *err)
{
	const struct walk walk = {.row = sighting_row, .arg = arg, .fn.sighting = fn};

	return each(&walk, store,
	    "SELECT first, last, count, campaign, fact, drill, action, detail, marks, mark_words,"
	    " agent, rule, proxy, profile, claimed, other, page FROM sighting WHERE host = ?1"
	    " ORDER BY first, last, fact DESC, detail, mark_words, agent",
	    host, err);
}

static int
profile_row(const struct walk *walk, sqlite3_stmt *stmt)
{
	struct ush_span span = span_at(stmt, 1);
	struct ush_profile profile = {
	    .family = ush_column_text(stmt, 4),
	    .channel = ush_column_text(stmt, 5),
	    .details = ush_column_text(stmt, 6),
	    .fields = ush_column_text(stmt, 7),
	    .text = ush_column_text(stmt, 8),
	};

	return walk->fn.profile(walk->arg, ush_column_uint(stmt, 0), &profile, &span);
}

int
ush_profiles_each(
    struct ush_store *store, const char *host, ush_profile_fn *fn, void *arg, struct ush_error *err)
{
	const struct walk walk = {.row = profile_row, .arg = arg, .fn.profile = fn};

	return each(&walk, store,
	    "SELECT p.id, min(first) AS first, max(last), CAST(total(count) AS INTEGER), family, channel, details,"
	    " fields, text FROM sighting AS s JOIN profile AS p"
	    " ON s.profile = p.id WHERE host = ?1 GROUP BY p.id ORDER BY first, text",
	    host, err);
}

int
ush_shown_to(struct ush_store *store, const char *reference, char out[USH_ADDRESS_TEXT_MAX],
    struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	out[0] = '\0';
	if (ush_store_prepare(store, &stmt,
	        "SELECT host FROM shown WHERE reference = ?1 COLLATE NOCASE ORDER BY time DESC"
	        " LIMIT 1",
	        err) != 0)
		return -1;
	ush_bind_text(stmt, 1, reference);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		const char *host = ush_column_text(stmt, 0);
		size_t len = strnlen(host, USH_ADDRESS_TEXT_MAX - 1);

		memcpy(out, host, len);
		out[len] = '\0';
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ush_store_fail(store, err, "the store cannot be read");
	return 0;
}

static int
rule_row(const struct walk *walk, sqlite3_stmt *stmt)
{
	struct ush_span span = span_at(stmt, 3);

	return walk->fn.rule(walk->arg, ush_column_text(stmt, 0), ush_column_text(stmt, 1),
	    ush_column_uint(stmt, 2), &span);
}

int
ush_rules_each(
    struct ush_store *store, const char *host, ush_rule_fn *fn, void *arg, struct ush_error *err)
{
	const struct walk walk = {.row = rule_row, .arg = arg, .fn.rule = fn};

	return each(&walk, store,
	    "SELECT rule, campaign, max(feed_line), min(first) AS first, max(last), CAST(total(count) AS INTEGER)"
	    " FROM sighting WHERE host = ?1 AND rule <> '' GROUP BY rule, campaign"
	    " ORDER BY min(fact), first, rule",
	    host, err);
}

static int
claim_row(const struct walk *walk, sqlite3_stmt *stmt)
{
	struct ush_span span = span_at(stmt, 2);

	return walk->fn.claim(walk->arg, ush_column_text(stmt, 0), ush_column_text(stmt, 1), &span);
}

int
ush_claims_each(
    struct ush_store *store, const char *host, ush_claim_fn *fn, void *arg, struct ush_error *err)
{
	const struct walk walk = {.row = claim_row, .arg = arg, .fn.claim = fn};

	return each(&walk, store,
	    "SELECT claimed, host, min(first), max(last), CAST(total(count) AS INTEGER) FROM claim"
	    " WHERE host = ?1 OR claimed = ?1 GROUP BY claimed, host"
	    " ORDER BY host <> ?1, max(last) DESC, claimed, host",
	    host, err);
}

struct moment {
	uint64_t time_ms;
	enum ush_fact fact;
};

/* Of all facts, as far as there was memory. */
struct moment_list {
	struct moment *items;
	size_t count;
	bool failed;
};

static int
list_moments(void *arg, enum ush_fact fact, uint64_t time_ms)
{
	struct moment_list *list = arg;
	struct moment *items = list->items;

	if ((list->count & (list->count - 1)) == 0) /* a power of two: as many again */
		items = reallocarray(items, list->count == 0 ? 1 : list->count * 2, sizeof(*items));
	if (items == NULL) {
		list->failed = true;
		return -1;
	}
	list->items = items;
	items[list->count++] = (struct moment){time_ms, fact};
	return 0;
}

static int
moments_row(const struct walk *walk, sqlite3_stmt *stmt)
{
	uint64_t fact = ush_column_uint(stmt, 0);
	const uint8_t *blob = sqlite3_column_blob(stmt, 1);
	size_t len = (size_t)sqlite3_column_bytes(stmt, 1);
	uint64_t time_ms;

	for (size_t i = 0; fact < USH_FACTS && (time_ms = ush_moments_nth(blob, len, i)) != 0;
	     i++) {
		if (walk->fn.moment(walk->arg, (enum ush_fact)fact, time_ms) != 0)
			return -1;
	}
	return 0;
}

static int
oldest_first(const void *a, const void *b)
{
	const struct moment *x = a;
	const struct moment *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return (x->fact > y->fact) - (x->fact < y->fact);
}

int
ush_moments_each(
    struct ush_store *store, const char *host, ush_moment_fn *fn, void *arg, struct ush_error *err)
{
	struct moment_list list = {0};
	const struct walk walk = {.row = moments_row, .arg = &list, .fn.moment = list_moments};
	int rc = each(&walk, store,
	    "SELECT fact, times FROM moment WHERE host = ?1 AND claimed = 0 AND drill < 2", host,
	    err);

	if (rc == 0 && list.failed)
		rc = ush_fail(err, NULL, 0, "out of memory");
	if (rc == 0 && list.count > 1)
		qsort(list.items, list.count, sizeof(*list.items), oldest_first);
	for (size_t i = 0; rc == 0 && i < list.count; i++) {
		if (fn(arg, list.items[i].fact, list.items[i].time_ms) != 0)
			break;
	}
	free(list.items);
	return rc;
}

static int
real_row(const struct walk *walk, sqlite3_stmt *stmt)
{
	struct ush_span span = span_at(stmt, 3);

	return walk->fn.real(walk->arg, ush_column_text(stmt, 0), ush_column_text(stmt, 1),
	    ush_column_text(stmt, 2), &span);
}

int
ush_real_each(
    struct ush_store *store, const char *host, ush_real_fn *fn, void *arg, struct ush_error *err)
{
	const struct walk walk = {.row = real_row, .arg = arg, .fn.real = fn};

	return each(&walk, store,
	    "SELECT campaign, name, addresses, first, last, count FROM real WHERE host = ?1"
	    " ORDER BY first, campaign, name, addresses",
	    host, err);
}

static int
log_row(const struct walk *walk, sqlite3_stmt *stmt)
{
	return walk->fn.log(walk->arg, ush_column_text(stmt, 0), ush_column_uint(stmt, 1),
	    ush_column_uint(stmt, 2), ush_column_uint(stmt, 3), ush_column_uint(stmt, 4));
}

int
ush_logs_each(struct ush_store *store, ush_log_fn *fn, void *arg, struct ush_error *err)
{
	const struct walk walk = {.row = log_row, .arg = arg, .fn.log = fn};

	return each(&walk, store,
	    "SELECT path, offset, lines, broken, broken_at FROM log ORDER BY path, head", NULL,
	    err);
}
