/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/internal.h"
#include "sinkhole/store/sightings.h"

#define RINGS 64 /* counted at the same time; more are written out earlier */

enum statement { PUT_RUN, PUT_STATE, PUT_RING, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [PUT_RUN] =
        "INSERT INTO run VALUES"
        " (?1,?2,?3,?4,?5,?6,?7,0,'','','',2,0,0,0,'',0,0,0,0,0,'','','','',next_change())"
        " ON CONFLICT DO UPDATE SET first = min(first, excluded.first),"
        " last = max(last, excluded.last), last_event = max(last_event, excluded.last_event),"
        " events = events + excluded.events, changed = excluded.changed",
    [PUT_STATE] = "UPDATE run SET state_time = ?3, reason = ?4, version = ?5, boot_id = ?6,"
                  " clock_synchronised = ?7, clock_offset_ms = ?8, written = ?9, lost = ?10,"
                  " mode = ?11, drill = ?12, has_list = ?13, list_serial = ?14, list_built = ?15,"
                  " list_rules = ?16, list_state = ?17, figures = ?18,"
                  " list_reason = ?19, settings_reason = ?20, changed = next_change()"
                  " WHERE start = ?1 AND writer = ?2 AND state_time <= ?3",
    [PUT_RING] = "INSERT INTO ring (start, writer, ring, low, high, seen, changed)"
                 " VALUES (?1,?2,?3,?4,?5,?6,next_change())"
                 " ON CONFLICT DO UPDATE SET low = min(low, excluded.low),"
                 " high = max(high, excluded.high), seen = seen + excluded.seen,"
                 " changed = excluded.changed",
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
	char observer[USH_OBSERVER_MAX + 1];
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
	struct ush_sightings *sightings;
	size_t ring_count;
	struct ring_count rings[RINGS];
	sqlite3_stmt *statements[STATEMENTS];
};

int
ush_ingest_open(struct ush_ingest **out, struct ush_store *store,
    const struct ush_settings *settings, struct ush_error *err)
{
	struct ush_ingest *ingest = calloc(1, sizeof(*ingest));

	*out = NULL;
	if (ingest == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	ingest->store = store;
	if (ush_sightings_open(&ingest->sightings, store, settings, err) != 0) {
		ush_ingest_close(ingest);
		return -1;
	}
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
	ush_sightings_close(ingest->sightings);
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

static int
write_rings(struct ush_ingest *ingest, struct ush_error *err)
{
	for (size_t i = 0; i < ingest->ring_count; i++) {
		if (write_ring(ingest, &ingest->rings[i], err) != 0)
			return -1;
	}
	ingest->ring_count = 0;
	return 0;
}

int
ush_ingest_finish(struct ush_ingest *ingest, struct ush_error *err)
{
	return write_rings(ingest, err) == 0 ? ush_sightings_finish(ingest->sightings, err) : -1;
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
	if (ingest->ring_count == RINGS && write_rings(ingest, err) != 0)
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
	if (write_rings(ingest, err) != 0)
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
	ush_bind_text(stmt, 19, state->list_reason);
	ush_bind_text(stmt, 20, state->settings_reason);
	return run(ingest, PUT_STATE, err);
}

int
ush_ingest_event(struct ush_ingest *ingest, const struct ush_event *event, const char *writer,
    struct ush_error *err)
{
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
	if (!ush_store_wants(ingest->store, event->first_ms, event->last_ms))
		return 0;
	return ush_sightings_put(ingest->sightings, event, err);
}
