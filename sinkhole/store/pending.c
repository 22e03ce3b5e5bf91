/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/pending.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/internal.h"
#include "sinkhole/store/moments.h"
#include "sinkhole/store/rows.h"

#define WAITING_BYTES (64u << 20)

enum statement { PUT_SIGHTING, PUT_CLAIM, PUT_REAL, GET_MOMENTS, PUT_MOMENTS, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [PUT_SIGHTING] =
        "INSERT INTO sighting (host, campaign, claimed, fact, drill, object, detail, action, marks,"
        " mark_words, agent, rule, profile, proxy, other, page, feed_line, first, last, count, changed)"
        " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,"
        " next_change())"
        " ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"
        " last = max(last, excluded.last), count = count + excluded.count,"
        " feed_line = max(feed_line, excluded.feed_line), changed = excluded.changed",
    [PUT_CLAIM] = "INSERT INTO claim (claimed, host, campaign, first, last, count, changed)"
                  " VALUES (?1,?2,?3,?4,?5,?6,next_change())"
                  " ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"
                  " last = max(last, excluded.last), count = count + excluded.count,"
                  " changed = excluded.changed",
    [PUT_REAL] = "INSERT INTO real (host, campaign, name, addresses, first, last, count, changed)"
                 " VALUES (?1,?2,?3,?4,?5,?6,?7,next_change())"
                 " ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"
                 " last = max(last, excluded.last), count = count + excluded.count,"
                 " changed = excluded.changed",
    [GET_MOMENTS] = "SELECT times FROM moment WHERE host = ?1 AND campaign = ?2 AND claimed = ?3"
                    " AND fact = ?4 AND drill = ?5 AND part = ?6",
    [PUT_MOMENTS] = "INSERT OR REPLACE INTO moment"
                    " VALUES (?1,?2,?3,?4,?5,?6,?7,next_change())",
};

/* Octets of the numbers in keys. */
enum { SMALL = 1, MARKS = 4, PROFILE = 8 };

/* Of a sighting, a claim or real addresses. */
struct total {
	uint64_t first_ms;
	uint64_t last_ms;
	uint64_t count; /* 0: new */
	uint64_t feed_line;
};

struct ush_pending {
	struct ush_store *store;
	struct ush_rows *sightings; /* of struct total, by all columns of the table's key */
	struct ush_rows *claims;    /* of struct total, by claimed, host, campaign */
	struct ush_rows *real;      /* of struct total, by host, campaign, name, addresses */
	struct ush_rows *moments;   /* of struct ush_moments, by all columns of the table's key */
	sqlite3_stmt *statements[STATEMENTS];
	struct ush_error *err; /* of the writing that is under way */
};

int
ush_pending_open(struct ush_pending **out, struct ush_store *store, struct ush_error *err)
{
	struct ush_pending *pending = calloc(1, sizeof(*pending));

	*out = NULL;
	if (pending == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	pending->store = store;
	pending->sightings = ush_rows_new(sizeof(struct total));
	pending->claims = ush_rows_new(sizeof(struct total));
	pending->real = ush_rows_new(sizeof(struct total));
	pending->moments = ush_rows_new(sizeof(struct ush_moments));
	if (pending->sightings == NULL || pending->claims == NULL || pending->real == NULL ||
	    pending->moments == NULL) {
		ush_pending_close(pending);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	for (unsigned i = 0; i < STATEMENTS; i++) {
		if (ush_store_prepare(store, &pending->statements[i], sql[i], err) != 0) {
			ush_pending_close(pending);
			return -1;
		}
	}
	*out = pending;
	return 0;
}

void
ush_pending_close(struct ush_pending *pending)
{
	if (pending == NULL)
		return;
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(pending->statements[i]);
	ush_rows_free(pending->sightings);
	ush_rows_free(pending->claims);
	ush_rows_free(pending->real);
	ush_rows_free(pending->moments);
	free(pending);
}

/* What a function of rows returns for a failure, whose reason stands in pending->err. */
#define STOP 1

static int
fail(struct ush_pending *pending)
{
	ush_store_fail(pending->store, pending->err, "the store cannot be written");
	return STOP;
}

/* Runs a statement whose values are bound. */
static int
run(struct ush_pending *pending, enum statement which)
{
	sqlite3_stmt *stmt = pending->statements[which];
	int rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : fail(pending);

	sqlite3_reset(stmt);
	return rc;
}

static void
add_total(struct total *total, const struct ush_event *event)
{
	if (total->count == 0 || event->first_ms < total->first_ms)
		total->first_ms = event->first_ms;
	if (event->last_ms > total->last_ms)
		total->last_ms = event->last_ms;
	if (event->feed_line > total->feed_line)
		total->feed_line = event->feed_line;
	total->count += event->repeat;
}

/* What the keys of a sighting and of its moments begin with. */
static void
begin_key(struct ush_row_key *key, const struct ush_subject *of)
{
	key->len = 0;
	ush_row_key_text(key, of->host);
	ush_row_key_text(key, of->campaign);
	ush_row_key_uint(key, of->claimed, SMALL);
	ush_row_key_uint(key, of->fact, SMALL);
	ush_row_key_uint(key, of->drill, SMALL);
}

/* The same of a statement; returns the next parameter. */
static int
bind_begin(sqlite3_stmt *stmt, const uint8_t **key)
{
	ush_bind_text(stmt, 1, ush_row_text(key));
	ush_bind_text(stmt, 2, ush_row_text(key));
	for (int i = 3; i <= 5; i++)
		ush_bind_uint(stmt, i, ush_row_uint(key, SMALL));
	return 6;
}

static void
sighting_key(struct ush_row_key *key, const struct ush_event *event, const struct ush_subject *of,
    uint64_t profile)
{
	bool is_dns = event->dataset == USH_IN_DNS;
	char detail[USH_DETAIL_MAX];

	begin_key(key, of);
	ush_row_key_text(key, ush_event_describe(event, detail));
	ush_row_key_text(key, detail);
	ush_row_key_text(key, event->action);
	ush_row_key_uint(key, event->marks, MARKS);
	ush_row_key_text(key, is_dns ? "" : event->mark_words);
	ush_row_key_text(key, is_dns ? "" : event->agent);
	ush_row_key_text(key, event->rule);
	ush_row_key_uint(key, profile, PROFILE);
	ush_row_key_text(key, is_dns ? "" : event->proxy);
	ush_row_key_text(key, of->other);
	ush_row_key_text(key, is_dns ? "" : event->page);
}

static int
write_sighting(void *arg, const uint8_t *key, const void *value)
{
	struct ush_pending *pending = arg;
	sqlite3_stmt *stmt = pending->statements[PUT_SIGHTING];
	const struct total *total = value;
	int i = bind_begin(stmt, &key);

	for (; i <= 8; i++) /* object, detail, action */
		ush_bind_text(stmt, i, ush_row_text(&key));
	ush_bind_uint(stmt, 9, ush_row_uint(&key, MARKS));
	for (i = 10; i <= 12; i++) /* mark_words, agent, rule */
		ush_bind_text(stmt, i, ush_row_text(&key));
	ush_bind_uint(stmt, 13, ush_row_uint(&key, PROFILE));
	for (i = 14; i <= 16; i++) /* proxy, other, page */
		ush_bind_text(stmt, i, ush_row_text(&key));
	ush_bind_uint(stmt, 17, total->feed_line);
	ush_bind_uint(stmt, 18, total->first_ms);
	ush_bind_uint(stmt, 19, total->last_ms);
	ush_bind_uint(stmt, 20, total->count);
	return run(pending, PUT_SIGHTING);
}

/* A row of `texts` texts, first, last and count. */
static int
write_texts(struct ush_pending *pending, enum statement which, int texts, const uint8_t *key,
    const struct total *total)
{
	sqlite3_stmt *stmt = pending->statements[which];

	for (int i = 1; i <= texts; i++)
		ush_bind_text(stmt, i, ush_row_text(&key));
	ush_bind_uint(stmt, texts + 1, total->first_ms);
	ush_bind_uint(stmt, texts + 2, total->last_ms);
	ush_bind_uint(stmt, texts + 3, total->count);
	return run(pending, which);
}

static int
write_claim(void *arg, const uint8_t *key, const void *value)
{
	return write_texts(arg, PUT_CLAIM, 3, key, value);
}

static int
write_real(void *arg, const uint8_t *key, const void *value)
{
	return write_texts(arg, PUT_REAL, 4, key, value);
}

static void
bind_moments_key(sqlite3_stmt *stmt, const uint8_t *key)
{
	int part = bind_begin(stmt, &key);

	ush_bind_uint(stmt, part, ush_row_uint(&key, SMALL));
}

/* Adds those that the store has. */
static int
read_moments(struct ush_pending *pending, const uint8_t *key, struct ush_moments *moments)
{
	sqlite3_stmt *stmt = pending->statements[GET_MOMENTS];
	uint64_t time_ms;
	int rc;

	bind_moments_key(stmt, key);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		const uint8_t *blob = sqlite3_column_blob(stmt, 0);
		size_t len = (size_t)sqlite3_column_bytes(stmt, 0);

		for (size_t i = 0; (time_ms = ush_moments_nth(blob, len, i)) != 0; i++)
			ush_moments_add(moments, time_ms);
	}
	rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : fail(pending);
	sqlite3_reset(stmt);
	return rc;
}

static int
write_moments(void *arg, const uint8_t *key, const void *value)
{
	struct ush_pending *pending = arg;
	sqlite3_stmt *stmt = pending->statements[PUT_MOMENTS];
	struct ush_moments moments = *(const struct ush_moments *)value;
	uint8_t blob[USH_MOMENTS_BLOB_MAX];

	if (read_moments(pending, key, &moments) != 0)
		return STOP;
	bind_moments_key(stmt, key);
	sqlite3_bind_blob(stmt, 7, blob, (int)ush_moments_pack(&moments, blob), SQLITE_STATIC);
	return run(pending, PUT_MOMENTS);
}

static int
write_rows(
    struct ush_pending *pending, struct ush_rows *rows, ush_row_fn *write, struct ush_error *err)
{
	int rc;

	pending->err = err;
	rc = ush_rows_each(rows, write, pending);
	ush_rows_clear(rows);
	if (rc == -1)
		ush_fail(err, NULL, 0, "out of memory");
	return rc == 0 ? 0 : -1;
}

int
ush_pending_write(struct ush_pending *pending, struct ush_error *err)
{
	if (write_rows(pending, pending->sightings, write_sighting, err) != 0 ||
	    write_rows(pending, pending->claims, write_claim, err) != 0 ||
	    write_rows(pending, pending->real, write_real, err) != 0)
		return -1;
	return write_rows(pending, pending->moments, write_moments, err);
}

static int
write_if_much(struct ush_pending *pending, struct ush_error *err)
{
	if (ush_rows_bytes(pending->sightings) + ush_rows_bytes(pending->claims) +
	        ush_rows_bytes(pending->real) + ush_rows_bytes(pending->moments) <
	    WAITING_BYTES)
		return 0;
	return ush_pending_write(pending, err);
}

/* An hour's first question says nothing of a rhythm. */
static int
add_moment(struct ush_pending *pending, const struct ush_event *event, const struct ush_subject *of)
{
	struct ush_moments *moments;
	struct ush_row_key key;

	if (event->is_selected)
		return 0;
	begin_key(&key, of);
	ush_row_key_uint(&key, ush_moments_part(event->first_ms), SMALL);
	moments = ush_rows_at(pending->moments, &key);
	if (moments == NULL)
		return -1;
	ush_moments_add(moments, event->first_ms);
	return 0;
}

int
ush_pending_sighting(struct ush_pending *pending, const struct ush_event *event,
    const struct ush_subject *of, uint64_t profile, struct ush_error *err)
{
	struct ush_row_key key;
	struct total *total;

	sighting_key(&key, event, of, profile);
	total = ush_rows_at(pending->sightings, &key);
	if (total == NULL || add_moment(pending, event, of) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	add_total(total, event);
	return write_if_much(pending, err);
}

int
ush_pending_claim(struct ush_pending *pending, const struct ush_event *event, const char *claimed,
    size_t len, const char *campaign, struct ush_error *err)
{
	struct ush_row_key key;
	struct total *total;

	key.len = 0;
	ush_row_key_bytes(&key, claimed, len);
	ush_row_key_text(&key, event->host);
	ush_row_key_text(&key, campaign);
	total = ush_rows_at(pending->claims, &key);
	if (total == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	add_total(total, event);
	return write_if_much(pending, err);
}

int
ush_pending_real(struct ush_pending *pending, const struct ush_event *event, const char *campaign,
    struct ush_error *err)
{
	char detail[USH_DETAIL_MAX];
	struct ush_row_key key;
	struct total *total;

	key.len = 0;
	ush_row_key_text(&key, event->host);
	ush_row_key_text(&key, campaign);
	ush_row_key_text(&key, ush_event_describe(event, detail));
	ush_row_key_text(&key, event->resolved);
	total = ush_rows_at(pending->real, &key);
	if (total == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	add_total(total, event);
	return write_if_much(pending, err);
}
