/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/ingest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/facts.h"
#include "sinkhole/store/internal.h"

#define RINGS 64 /* counted at the same time; more are written out earlier */

/* Whether a sighting was a test. */
enum drill {
	DRILL_NO = 0,
	DRILL_SAID =
	    1, /* the event says drill: of the canary, unless the installation is a drill */
	DRILL_CANARY = 2, /* the canary for certain */
};

enum statement {
	PUT_SIGHTING,
	PUT_CLAIM,
	PUT_PROFILE,
	GET_PROFILE,
	PUT_RUN,
	PUT_STATE,
	PUT_RING,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [PUT_SIGHTING] =
        "INSERT INTO sighting (host, campaign, fact, drill, object, detail, action, marks,"
        " mark_words, agent, rule, profile, proxy, feed_line, first, last, count)"
        " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)"
        " ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"
        " last = max(last, excluded.last), count = count + excluded.count,"
        " feed_line = max(feed_line, excluded.feed_line)",
    [PUT_CLAIM] = "INSERT INTO claim (claimed, host, campaign, first, last, count)"
                  " VALUES (?1,?2,?3,?4,?5,?6)"
                  " ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"
                  " last = max(last, excluded.last), count = count + excluded.count",
    [PUT_PROFILE] = "INSERT OR IGNORE INTO profile"
                    " (family, version, os, locale, memory, timezone, channel, fields, text)"
                    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
    [GET_PROFILE] = "SELECT id FROM profile WHERE family = ?1 AND version = ?2 AND os = ?3"
                    " AND locale = ?4 AND memory = ?5 AND timezone = ?6 AND channel = ?7"
                    " AND fields = ?8 AND text = ?9",
    [PUT_RUN] =
        "INSERT INTO run VALUES"
        " (?1,?2,?3,?4,?5,?6,?7,0,'','','',2,0,0,0,'',0,0,0,0,0,'','')"
        " ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"
        " last = max(last, excluded.last), last_event = max(last_event, excluded.last_event),"
        " events = events + excluded.events",
    [PUT_STATE] = "UPDATE run SET state_time = ?3, reason = ?4, version = ?5, boot_id = ?6,"
                  " clock_synchronised = ?7, clock_offset_ms = ?8, written = ?9, lost = ?10,"
                  " mode = ?11, drill = ?12, has_list = ?13, list_serial = ?14, list_built = ?15,"
                  " list_rules = ?16, list_state = ?17, figures = ?18"
                  " WHERE start = ?1 AND writer = ?2 AND state_time <= ?3",
    [PUT_RING] = "INSERT INTO ring (start, writer, ring, low, high, seen)"
                 " VALUES (?1,?2,?3,?4,?5,?6)"
                 " ON CONFLICT DO UPDATE SET low = min(low, excluded.low),"
                 " high = max(high, excluded.high), seen = seen + excluded.seen",
};

/* An event id taken apart. */
struct id {
	char start[USH_EVENT_ID_MAX];
	char ring[USH_EVENT_ID_MAX];
	uint64_t sequence;
};

/* What was seen of one ring since it was last written out. */
struct ring_count {
	struct id id; /* sequence is unused */
	char writer[16];
	char observer[128];
	uint64_t low;
	uint64_t high;
	uint64_t seen;
	uint64_t events;
	uint64_t first_ms;
	uint64_t last_ms;
	uint64_t last_event_ms;
};

struct ush_ingest {
	struct ush_store *store;
	struct ush_address canaries[2]; /* the pool's, by family; family 0: none */
	size_t ring_count;
	struct ring_count rings[RINGS];
	sqlite3_stmt *statements[STATEMENTS];
};

static void
find_canaries(struct ush_ingest *ingest, const struct ush_settings *settings)
{
	const struct ush_networks *pool = &settings->module.pool;

	for (size_t i = 0; i < pool->count && i < 2; i++) {
		if (ush_network_nth(&pool->items[i], 1, &ingest->canaries[i]) != 0)
			ingest->canaries[i].family = 0;
	}
}

int
ush_ingest_open(struct ush_ingest **out, struct ush_store *store,
    const struct ush_settings *settings, struct ush_error *err)
{
	struct ush_ingest *ingest = calloc(1, sizeof(*ingest));

	*out = NULL;
	if (ingest == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	ingest->store = store;
	find_canaries(ingest, settings);
	for (unsigned i = 0; i < STATEMENTS; i++) {
		if (ush_store_prepare(store, &ingest->statements[i], sql[i], err) != 0) {
			ush_ingest_close(ingest);
			return -1;
		}
	}
	*out = ingest;
	return 0;
}

void
ush_ingest_close(struct ush_ingest *ingest)
{
	if (ingest == NULL)
		return;
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(ingest->statements[i]);
	free(ingest);
}

/* Runs a statement whose values are bound. */
static int
run(struct ush_ingest *ingest, enum statement which, struct ush_error *err)
{
	sqlite3_stmt *stmt = ingest->statements[which];
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	if (rc != SQLITE_DONE)
		return ush_store_fail(ingest->store, err, "the store cannot be written");
	return 0;
}

static int
put_profile(struct ush_ingest *ingest, const struct ush_profile *profile, uint64_t *id,
    struct ush_error *err)
{
	const char *const values[] = {profile->family, profile->version, profile->os,
	    profile->locale, profile->memory, profile->timezone, profile->channel, profile->fields,
	    profile->text};
	sqlite3_stmt *get = ingest->statements[GET_PROFILE];
	int rc;

	for (int i = 0; i < (int)(sizeof(values) / sizeof(values[0])); i++) {
		ush_bind_text(ingest->statements[PUT_PROFILE], i + 1, values[i]);
		ush_bind_text(get, i + 1, values[i]);
	}
	if (run(ingest, PUT_PROFILE, err) != 0)
		return -1;
	rc = sqlite3_step(get);
	*id = rc == SQLITE_ROW ? ush_column_uint(get, 0) : 0;
	sqlite3_reset(get);
	return rc == SQLITE_ROW ? 0
	                        : ush_store_fail(ingest->store, err, "a profile cannot be stored");
}

static bool
is_canary_address(const struct ush_ingest *ingest, const char *text)
{
	struct ush_address address;

	if (ush_address_from_text(&address, text) != 0)
		return false;
	return ush_address_equal(&ingest->canaries[0], &address) ||
	       ush_address_equal(&ingest->canaries[1], &address);
}

static enum drill
drill_of(const struct ush_ingest *ingest, const struct ush_event *event)
{
	if (event->dataset == USH_IN_DNS ? strcmp(event->trigger, "canary") == 0
	                                 : is_canary_address(ingest, event->destination))
		return DRILL_CANARY;
	return event->drill ? DRILL_SAID : DRILL_NO;
}

/* A decoded beacon says of which family it is, even where no address or URL names the campaign. */
static const char *
campaign_of(const struct ush_event *event, char buf[64])
{
	size_t i = 0;

	if (event->campaign[0] != '\0' || !event->has_beacon)
		return event->campaign;
	for (; event->beacon.family[i] != '\0' && i < 63; i++)
		buf[i] = (char)tolower((unsigned char)event->beacon.family[i]);
	buf[i] = '\0';
	return buf;
}

static int
put_sighting(struct ush_ingest *ingest, const struct ush_event *event, const char *campaign,
    struct ush_error *err)
{
	sqlite3_stmt *stmt = ingest->statements[PUT_SIGHTING];
	bool is_dns = event->dataset == USH_IN_DNS;
	char detail[USH_DETAIL_MAX];
	const char *object = ush_event_describe(event, detail);
	uint64_t profile = 0;

	if (!is_dns && event->has_beacon && put_profile(ingest, &event->beacon, &profile, err) != 0)
		return -1;
	ush_bind_text(stmt, 1, event->host);
	ush_bind_text(stmt, 2, campaign);
	ush_bind_uint(stmt, 3,
	    is_dns ? ush_fact_of_dns(event->action)
	           : ush_fact_of_contact(event->marks, event->action));
	ush_bind_uint(stmt, 4, drill_of(ingest, event));
	ush_bind_text(stmt, 5, object);
	ush_bind_text(stmt, 6, detail);
	ush_bind_text(stmt, 7, event->action);
	ush_bind_uint(stmt, 8, event->marks);
	ush_bind_text(stmt, 9, is_dns ? "" : event->mark_words);
	ush_bind_text(stmt, 10, is_dns ? "" : event->agent);
	ush_bind_text(stmt, 11, event->rule);
	ush_bind_uint(stmt, 12, profile);
	ush_bind_text(stmt, 13, is_dns ? "" : event->proxy);
	ush_bind_uint(stmt, 14, event->feed_line);
	ush_bind_uint(stmt, 15, event->first_ms);
	ush_bind_uint(stmt, 16, event->last_ms);
	ush_bind_uint(stmt, 17, event->repeat);
	return run(ingest, PUT_SIGHTING, err);
}

/* One row for each address in event->claimed. */
static int
put_claims(struct ush_ingest *ingest, const struct ush_event *event, const char *campaign,
    struct ush_error *err)
{
	sqlite3_stmt *stmt = ingest->statements[PUT_CLAIM];
	const char *at = event->claimed;

	while (*at != '\0') {
		size_t len = strcspn(at, " ");

		sqlite3_bind_text(stmt, 1, at, (int)len, SQLITE_STATIC);
		ush_bind_text(stmt, 2, event->host);
		ush_bind_text(stmt, 3, campaign);
		ush_bind_uint(stmt, 4, event->first_ms);
		ush_bind_uint(stmt, 5, event->last_ms);
		ush_bind_uint(stmt, 6, event->repeat);
		if (run(ingest, PUT_CLAIM, err) != 0)
			return -1;
		at += len;
		at += strspn(at, " ");
	}
	return 0;
}

/* "<start>-<ring>-<sequence>", read from its end: only the sequence must be a number. */
static bool
split_id(const char *text, struct id *out)
{
	const char *last = strrchr(text, '-');
	const char *middle = last;
	char *end;

	if (last == NULL || last[1] < '0' || last[1] > '9')
		return false;
	while (middle > text && middle[-1] != '-')
		middle--;
	if (middle == text || (size_t)(middle - text) > sizeof(out->start) ||
	    (size_t)(last - middle) >= sizeof(out->ring))
		return false;
	out->sequence = strtoull(last + 1, &end, 10);
	memcpy(out->start, text, (size_t)(middle - text) - 1);
	out->start[middle - text - 1] = '\0';
	memcpy(out->ring, middle, (size_t)(last - middle));
	out->ring[last - middle] = '\0';
	return *end == '\0' && out->sequence <= INT64_MAX;
}

static int
write_ring(struct ush_ingest *ingest, const struct ring_count *ring, struct ush_error *err)
{
	sqlite3_stmt *put_ring = ingest->statements[PUT_RING];
	sqlite3_stmt *put_run = ingest->statements[PUT_RUN];

	ush_bind_text(put_ring, 1, ring->id.start);
	ush_bind_text(put_ring, 2, ring->writer);
	ush_bind_text(put_ring, 3, ring->id.ring);
	ush_bind_uint(put_ring, 4, ring->low);
	ush_bind_uint(put_ring, 5, ring->high);
	ush_bind_uint(put_ring, 6, ring->seen);
	ush_bind_text(put_run, 1, ring->id.start);
	ush_bind_text(put_run, 2, ring->writer);
	ush_bind_text(put_run, 3, ring->observer);
	ush_bind_uint(put_run, 4, ring->first_ms);
	ush_bind_uint(put_run, 5, ring->last_ms);
	ush_bind_uint(put_run, 6, ring->last_event_ms);
	ush_bind_uint(put_run, 7, ring->events);
	if (run(ingest, PUT_RING, err) != 0)
		return -1;
	return run(ingest, PUT_RUN, err);
}

int
ush_ingest_finish(struct ush_ingest *ingest, struct ush_error *err)
{
	for (size_t i = 0; i < ingest->ring_count; i++) {
		if (write_ring(ingest, &ingest->rings[i], err) != 0)
			return -1;
	}
	ingest->ring_count = 0;
	return 0;
}

/* The count that the event belongs to; NULL if the store failed. */
static struct ring_count *
find_ring(struct ush_ingest *ingest, const struct id *id, const char *writer,
    const struct ush_event *event, struct ush_error *err)
{
	struct ring_count *ring;

	for (size_t i = 0; i < ingest->ring_count; i++) {
		ring = &ingest->rings[i];
		if (strcmp(ring->id.ring, id->ring) == 0 &&
		    strcmp(ring->id.start, id->start) == 0 && strcmp(ring->writer, writer) == 0)
			return ring;
	}
	if (ingest->ring_count == RINGS && ush_ingest_finish(ingest, err) != 0)
		return NULL;
	ring = &ingest->rings[ingest->ring_count++];
	*ring = (struct ring_count){.id = *id,
	    .low = id->sequence,
	    .high = id->sequence,
	    .first_ms = event->time_ms,
	    .last_ms = event->time_ms};
	snprintf(ring->writer, sizeof(ring->writer), "%s", writer);
	snprintf(ring->observer, sizeof(ring->observer), "%s", event->observer);
	return ring;
}

static int
count_event(struct ush_ingest *ingest, const struct ush_event *event, const struct id *id,
    const char *writer, struct ush_error *err)
{
	struct ring_count *ring = find_ring(ingest, id, writer, event, err);

	if (ring == NULL)
		return -1;
	ring->seen++;
	ring->low = id->sequence < ring->low ? id->sequence : ring->low;
	ring->high = id->sequence > ring->high ? id->sequence : ring->high;
	ring->first_ms = event->time_ms < ring->first_ms ? event->time_ms : ring->first_ms;
	ring->last_ms = event->time_ms > ring->last_ms ? event->time_ms : ring->last_ms;
	if (event->dataset == USH_IN_STATE)
		return 0;
	ring->events += event->repeat;
	if (event->time_ms > ring->last_event_ms)
		ring->last_event_ms = event->time_ms;
	return 0;
}

static int
put_state(struct ush_ingest *ingest, const struct ush_event *event, const struct id *id,
    const char *writer, struct ush_error *err)
{
	const struct ush_state *state = &event->state;
	sqlite3_stmt *stmt = ingest->statements[PUT_STATE];

	/* The run's row has to be there. State lines are rare. */
	if (ush_ingest_finish(ingest, err) != 0)
		return -1;
	ush_bind_text(stmt, 1, id->start);
	ush_bind_text(stmt, 2, writer);
	ush_bind_uint(stmt, 3, event->time_ms);
	ush_bind_text(stmt, 4, state->reason);
	ush_bind_text(stmt, 5, state->version);
	ush_bind_text(stmt, 6, state->boot_id);
	ush_bind_uint(stmt, 7, state->clock_known ? state->clock_synchronised : 2);
	sqlite3_bind_int64(stmt, 8, state->clock_offset_ms);
	ush_bind_uint(stmt, 9, state->written);
	ush_bind_uint(stmt, 10, state->lost);
	ush_bind_text(stmt, 11, state->mode);
	ush_bind_uint(stmt, 12, event->drill);
	ush_bind_uint(stmt, 13, state->has_list);
	ush_bind_uint(stmt, 14, state->list_serial);
	ush_bind_uint(stmt, 15, state->list_built_ms);
	ush_bind_uint(stmt, 16, state->list_rules);
	ush_bind_text(stmt, 17, state->list_state);
	ush_bind_text(stmt, 18, state->figures);
	return run(ingest, PUT_STATE, err);
}

int
ush_ingest_event(struct ush_ingest *ingest, const struct ush_event *event, const char *writer,
    struct ush_error *err)
{
	char campaign_text[64];
	const char *campaign;
	struct id id;
	bool has_id = split_id(event->id, &id);

	if (event->dataset == USH_IN_DNS)
		writer = "dns";
	else if (event->dataset == USH_IN_CONTACTS)
		writer = "contacts";
	else if (strcmp(event->state.writer, "dns") == 0 ||
	         strcmp(event->state.writer, "contacts") == 0)
		writer = event->state.writer;
	if (has_id && count_event(ingest, event, &id, writer, err) != 0)
		return -1;
	if (event->dataset == USH_IN_STATE)
		return has_id && !event->state.is_heartbeat
		           ? put_state(ingest, event, &id, writer, err)
		           : 0;
	if (event->host[0] == '\0')
		return 0;
	campaign = campaign_of(event, campaign_text);
	if (put_sighting(ingest, event, campaign, err) != 0)
		return -1;
	return put_claims(ingest, event, campaign, err);
}
