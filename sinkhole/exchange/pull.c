/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/exchange/pull.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "sinkhole/store/merged.h"

#define ORIGINS_MAX 10000

/* Rows of `table` that the machines in $1 sent after their pushes in $2. */
#define NEWS(table, key)                                                     \
	"WITH news AS (SELECT DISTINCT " key " FROM sinkhole." table " AS t" \
	" JOIN unnest($1::bigint[], $2::bigint[]) AS k (origin, push)"       \
	" ON t.origin = k.origin AND t.push > k.push) "
/* Whether the machine was the first one that sent a sensor of this name. */
#define IS_ITS_OWN "coalesce(w.origin, r.origin) = r.origin"
/* Further ahead no time is believed while another one is there: it would stand above what others saw. */
#define LATEST "((extract(epoch FROM now()) * 1000)::bigint + 86400000)"
#define LAST                                                    \
	"coalesce(max(last) FILTER (WHERE last <= " LATEST ")," \
	" max(first) FILTER (WHERE first <= " LATEST "), max(last))"
#define SUM(column) "least(sum(" column "), 9007199254740992)::bigint"

/* In the columns of ush_shared_columns(), each thing seen once. Sums stay within what a number of the
 * store can be, whatever was sent. */
static const char *const questions[USH_SHARED_TABLES] = {
    [USH_SHARED_SIGHTING] = NEWS("sighting",
        "host, digest") "SELECT host, campaign, claimed, fact, drill, object, detail, action, marks, mark_words,"
                        " agent, rule, proxy, other, page, max(feed_line), min(first), " LAST
                        ", " SUM(
                            "count") ", family, channel, details, fields, p.text FROM news JOIN sinkhole.sighting"
                                     " USING (host, digest) LEFT JOIN sinkhole.profile AS p"
                                     " ON p.digest = profile AND p.origin = sighting.origin"
                                     " GROUP BY host, campaign, claimed, fact, drill, object, detail, action, marks, mark_words,"
                                     " agent, rule, proxy, other, page, family, channel, details, fields, p.text",
    [USH_SHARED_MOMENT] = NEWS("moment",
        "host, campaign, claimed, fact, drill, part") "SELECT host, campaign, claimed, fact, drill, part, string_agg(times, '') FROM news"
                                                      " JOIN sinkhole.moment USING (host, campaign, claimed, fact, drill, part)"
                                                      " GROUP BY host, campaign, claimed, fact, drill, part",
    [USH_SHARED_CLAIM] =
        NEWS("claim", "host, claimed, campaign") "SELECT claimed, host, campaign, min(first), " LAST ", " SUM(
            "count") " FROM news"
                     " JOIN sinkhole.claim USING (host, claimed, campaign) GROUP BY claimed, host, campaign",
    [USH_SHARED_REAL] = NEWS("real",
        "host, digest") "SELECT host, campaign, name, addresses, min(first), " LAST
                        ", " SUM("count") " FROM news JOIN sinkhole.real USING (host, digest)"
                                          " GROUP BY host, campaign, name, addresses",
    [USH_SHARED_SHOWN] = NEWS("shown",
        "host, place") "SELECT DISTINCT ON (host, place) host, place, reference, \"time\" FROM news"
                       " JOIN sinkhole.shown USING (host, place)"
                       " ORDER BY host, place, \"time\" > " LATEST
                       ", \"time\" DESC, reference DESC",
    [USH_SHARED_RUN] = NEWS("run",
        "start, writer") "SELECT DISTINCT ON (r.start, r.writer) r.start, r.writer, CASE WHEN " IS_ITS_OWN
                         " THEN r.observer ELSE r.observer || ' (' || o.name || ')' END, first, last, last_event,"
                         " events, state_time, reason, version, boot_id, clock_synchronised, clock_offset_ms,"
                         " written, lost, mode, drill, has_list, list_serial, list_built, list_rules, list_state,"
                         " list_reason, settings_reason, figures FROM news JOIN sinkhole.run AS r"
                         " USING (start, writer) JOIN sinkhole.origin AS o ON o.origin = r.origin"
                         " LEFT JOIN sinkhole.observer AS w ON w.writer = r.writer AND w.observer = r.observer"
                         " ORDER BY r.start, r.writer, " IS_ITS_OWN " DESC, last DESC, r.origin",
    [USH_SHARED_RING] =
        NEWS("ring", "start, writer, ring") "SELECT start, writer, ring, min(low), max(high), " SUM(
            "seen") " FROM news"
                    " JOIN sinkhole.ring USING (start, writer, ring) GROUP BY start, writer, ring",
};

/* A machine as the other side has it. */
struct there {
	struct ush_origin origin; /* its newest push */
	uint64_t reset;           /* with this push rows went */
	uint64_t known;           /* the push that is here; 0: none */
};

struct pull {
	struct there *items;
	size_t count;
	uint64_t now_ms;
	struct ush_merged *merged;
	enum ush_shared_table table;
	uint64_t rows;
	struct ush_error *err;
};

#define STOP 1

static uint64_t
uint_of(const struct ush_cell *cell)
{
	return cell->number > 0 ? (uint64_t)cell->number : 0;
}

static int
take_origin(void *arg, const struct ush_cell *cells, size_t count)
{
	struct pull *pull = arg;
	struct there *items;
	struct there *it;
	uint64_t age_ms;

	if (count != 8 || pull->count == ORIGINS_MAX)
		return ush_fail(pull->err, NULL, 0, "PostgreSQL has too many machines"), STOP;
	items = reallocarray(pull->items, pull->count + 1, sizeof(*items));
	if (items == NULL)
		return ush_fail(pull->err, NULL, 0, "out of memory"), STOP;
	pull->items = items;
	it = &items[pull->count++];
	age_ms = uint_of(&cells[5]);
	*it = (struct there){
	    .origin = {.id = uint_of(&cells[0]),
	        .push = uint_of(&cells[2]),
	        .time_ms = age_ms < pull->now_ms ? pull->now_ms - age_ms : 1,
	        .complete = cells[4].number != 0,
	        .rows = uint_of(&cells[6]),
	        .refused = uint_of(&cells[7])},
	    .reset = uint_of(&cells[3]),
	};
	snprintf(
	    it->origin.name, sizeof(it->origin.name), "%.*s", (int)cells[1].len, cells[1].text);
	return 0;
}

static struct there *
find(struct pull *pull, const struct ush_origin *known)
{
	for (size_t i = 0; i < pull->count; i++) {
		if (pull->items[i].origin.id == known->id &&
		    strcmp(pull->items[i].origin.name, known->name) == 0)
			return &pull->items[i];
	}
	return NULL;
}

/* Notes what is here already. False: rows went there since, and only a new beginning finds out which. */
static bool
compare(struct pull *pull, const struct ush_origins *known)
{
	bool goes_on = true;

	for (size_t i = 0; i < known->count; i++) {
		struct there *it = find(pull, &known->items[i]);

		if (it == NULL || known->items[i].push < it->reset ||
		    known->items[i].push > it->origin.push)
			goes_on = false;
		else
			it->known = known->items[i].push;
	}
	for (size_t i = 0; i < pull->count && !goes_on; i++)
		pull->items[i].known = 0;
	return goes_on;
}

static int
take_row(void *arg, const struct ush_cell *cells, size_t count)
{
	struct pull *pull = arg;

	if (count != ush_shared_column_count(pull->table))
		return ush_fail(pull->err, NULL, 0, "PostgreSQL has other columns"), STOP;
	pull->rows++;
	return ush_merged_put(pull->merged, pull->table, cells, count, pull->err) == 0 ? 0 : STOP;
}

/* Which machines have news, and since when, as two arrays. False: none has. */
static bool
write_arrays(const struct pull *pull, FILE *ids, FILE *pushes)
{
	bool has_news = false;

	for (size_t i = 0; i < pull->count; i++) {
		const struct there *it = &pull->items[i];

		if (it->known == it->origin.push)
			continue;
		fprintf(ids, "%c%" PRIu64, has_news ? ',' : '{', it->origin.id);
		fprintf(pushes, "%c%" PRIu64, has_news ? ',' : '{', it->known);
		has_news = true;
	}
	fputc('}', ids);
	fputc('}', pushes);
	return has_news;
}

static int
take_tables(struct pull *pull, struct ush_pg *pg)
{
	char *texts[2] = {NULL, NULL};
	size_t sizes[2];
	FILE *ids = open_memstream(&texts[0], &sizes[0]);
	FILE *pushes = open_memstream(&texts[1], &sizes[1]);
	bool has_news = ids != NULL && pushes != NULL && write_arrays(pull, ids, pushes);
	int rc = ids != NULL && pushes != NULL ? 0 : ush_fail(pull->err, NULL, 0, "out of memory");

	if (ids != NULL && fclose(ids) != 0)
		rc = ush_fail(pull->err, NULL, 0, "out of memory");
	if (pushes != NULL && fclose(pushes) != 0)
		rc = ush_fail(pull->err, NULL, 0, "out of memory");
	for (unsigned i = 0; i < USH_SHARED_TABLES && has_news && rc == 0; i++) {
		pull->table = (enum ush_shared_table)i;
		rc = ush_pg_ask(
		    pg, questions[i], (const char *const *)texts, 2, take_row, pull, pull->err);
	}
	free(texts[0]);
	free(texts[1]);
	return rc;
}

/* Inside a transaction there and here. */
static int
take_all(struct pull *pull, struct ush_pg *pg, struct ush_store *store)
{
	struct ush_origins known;
	bool goes_on;
	int rc;

	if (ush_origins_load(&known, store, pull->err) != 0)
		return -1;
	rc = ush_pg_ask(pg,
	    "SELECT origin, name, push, reset, complete, (extract(epoch FROM now() - pushed_at)"
	    " * 1000)::bigint, rows, refused FROM sinkhole.origin ORDER BY name",
	    NULL, 0, take_origin, pull, pull->err);
	goes_on = compare(pull, &known);
	ush_origins_fini(&known);
	if (rc == 0 && !goes_on)
		rc = ush_merged_forget(pull->merged, pull->err);
	if (rc == 0)
		rc = take_tables(pull, pg);
	for (size_t i = 0; i < pull->count && rc == 0; i++)
		rc = ush_merged_origin(pull->merged, &pull->items[i].origin, pull->err);
	return rc;
}

int
ush_pull_all(struct ush_pg *pg, struct ush_store *store, uint64_t *rows, struct ush_error *err)
{
	struct pull pull = {.now_ms = ush_time_now_ms(), .err = err};
	int rc = ush_merged_begin(&pull.merged, store, pull.now_ms, err);

	if (rc == 0)
		rc = ush_pg_exec(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
	/* All rows of many machines may take longer than what one machine sends at a time. */
	if (rc == 0)
		rc = ush_pg_exec(pg, "SET LOCAL statement_timeout = '10min'", err);
	if (rc == 0)
		rc = take_all(&pull, pg, store);
	rc = ush_merged_end(pull.merged, rc, pull.now_ms, err);
	if (rc == 0)
		rc = ush_pg_exec(pg, "COMMIT", err);
	free(pull.items);
	*rows = pull.rows;
	return rc;
}
