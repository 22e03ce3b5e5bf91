/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/host_details.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/internal.h"
#include "sinkhole/store/moments.h"

/* The row of a host that the first three columns name; rows and hosts stand in one order, so the
 * search goes on at *at. NULL if there is none. */
static struct ush_host *
find_row(struct ush_hosts *hosts, size_t *at, sqlite3_stmt *stmt)
{
	const char *address = ush_column_text(stmt, 0);
	const char *campaign = ush_column_text(stmt, 1);
	uint64_t claimed = ush_column_uint(stmt, 2);

	for (; *at < hosts->count; (*at)++) {
		struct ush_host *host = &hosts->items[*at];
		int order = strcmp(host->address, address);

		if (order == 0)
			order = strcmp(host->campaign, campaign);
		if (order == 0)
			order = (host->known.claimed > claimed) - (host->known.claimed < claimed);
		if (order == 0)
			return host;
		if (order > 0)
			return NULL;
	}
	return NULL;
}

/* Moments of one host and fact; of the canary's none are asked for, so that there are two in one
 * place at most. They come in the order of their places, which costs the store no sorting. */
struct moments {
	struct ush_host *host;
	uint64_t fact;
	size_t count;
	uint64_t times[2 * USH_RHYTHM_PLACES];
};

static int
by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Sorting takes most of the time of a large table. They come by place, so those of one round of
 * places are in order already. */
#define ROUND_MS ((uint64_t)USH_RHYTHM_SLOT_MS * USH_RHYTHM_PLACES)
#define ROUNDS 8

static void
sort_times(uint64_t *times, size_t count)
{
	uint64_t sorted[2 * USH_RHYTHM_PLACES];
	uint64_t oldest = UINT64_MAX, newest = 0;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		oldest = times[i] < oldest ? times[i] : oldest;
		newest = times[i] > newest ? times[i] : newest;
	}
	if (newest / ROUND_MS - oldest / ROUND_MS >= ROUNDS) {
		qsort(times, count, sizeof(*times), by_time);
		return;
	}
	for (uint64_t round = oldest / ROUND_MS; used < count; round++) {
		for (size_t i = 0; i < count; i++) {
			if (times[i] / ROUND_MS == round)
				sorted[used++] = times[i];
		}
	}
	memcpy(times, sorted, count * sizeof(*times));
	for (size_t i = 1; i < count; i++) {
		if (times[i] < times[i - 1]) { /* a drill's lie among them */
			qsort(times, count, sizeof(*times), by_time);
			return;
		}
	}
}

static void
finish_moments(struct moments *moments)
{
	size_t count = moments->count;
	size_t from = count > USH_RHYTHM_PLACES ? count - USH_RHYTHM_PLACES : 0;

	if (moments->host != NULL && moments->fact < USH_FACTS) {
		sort_times(moments->times, count);
		ush_rhythm_make(&moments->host->known.facts[moments->fact].rhythm,
		    moments->times + from, count - from);
	}
	moments->count = 0;
}

/* The moments of one row. */
static void
add_part(struct moments *moments, sqlite3_stmt *stmt)
{
	const uint8_t *blob = sqlite3_column_blob(stmt, 4);
	size_t len = (size_t)sqlite3_column_bytes(stmt, 4);
	uint64_t time_ms;

	for (size_t i = 0; (time_ms = ush_moments_nth(blob, len, i)) != 0; i++) {
		if (moments->count < sizeof(moments->times) / sizeof(moments->times[0]))
			moments->times[moments->count++] = time_ms;
	}
}

static int
read_moments(struct ush_hosts *hosts, sqlite3_stmt *stmt)
{
	struct moments moments = {0};
	size_t at = 0;
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct ush_host *host = find_row(hosts, &at, stmt);
		uint64_t fact = ush_column_uint(stmt, 3);

		if (host != moments.host || fact != moments.fact)
			finish_moments(&moments);
		moments.host = host;
		moments.fact = fact;
		add_part(&moments, stmt);
	}
	finish_moments(&moments);
	return rc;
}

static int
read_profiles(struct ush_hosts *hosts, sqlite3_stmt *stmt)
{
	size_t at = 0;
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct ush_host *host = find_row(hosts, &at, stmt);

		if (host != NULL)
			host->profiles = ush_column_uint(stmt, 3);
	}
	return rc;
}

static int
read_real(struct ush_hosts *hosts, sqlite3_stmt *stmt)
{
	size_t at = 0;
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct ush_host *host = find_row(hosts, &at, stmt);

		if (host != NULL)
			host->real = ush_column_uint(stmt, 3);
	}
	return rc;
}

/* The statement's first parameter is the host, or NULL. */
static int
ask(struct ush_hosts *hosts, struct ush_store *store, const char *sql, const char *address,
    bool is_drill, int (*read)(struct ush_hosts *hosts, sqlite3_stmt *stmt), struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt, sql, err) != 0)
		return -1;
	if (address != NULL)
		ush_bind_text(stmt, 1, address);
	ush_bind_uint(stmt, 2, is_drill);
	rc = read(hosts, stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : ush_store_fail(store, err, "the store cannot be read");
}

#define MOMENTS(where)                                                      \
	"SELECT host, campaign, claimed, fact, times FROM moment WHERE NOT" \
	" (drill = 2 OR (drill = 1 AND NOT ?2))" where " ORDER BY host, campaign, claimed, fact"
#define PROFILES(where)                                                                      \
	"SELECT host, campaign, claimed, count(DISTINCT details || text) FROM sighting AS s" \
	" JOIN profile AS p ON s.profile = p.id WHERE fact <> 2" where                       \
	" GROUP BY host, campaign, claimed ORDER BY host, campaign, claimed"
#define REAL(where)                                                        \
	"SELECT host, campaign, 0, sum(count) FROM real WHERE 1 = 1" where \
	" GROUP BY host, campaign ORDER BY host, campaign"
_Static_assert(USH_FACT_BEACON_PLANTED == 2, "as in PROFILES: a page's beacon is no machine's");

int
ush_host_details_count(struct ush_hosts *hosts, struct ush_store *store, bool is_drill,
    const char *address, struct ush_error *err)
{
	bool one = address != NULL;

	if (ask(hosts, store, one ? MOMENTS(" AND host = ?1") : MOMENTS(""), address, is_drill,
	        read_moments, err) != 0 ||
	    ask(hosts, store, one ? REAL(" AND host = ?1") : REAL(""), address, is_drill, read_real,
	        err) != 0)
		return -1;
	return ask(hosts, store, one ? PROFILES(" AND host = ?1") : PROFILES(""), address, is_drill,
	    read_profiles, err);
}

static void
free_few(struct ush_few *few)
{
	for (size_t i = 0; i < few->count; i++)
		free(few->items[i]);
}

/* Takes the words of a text that are not among them yet. */
static int
add_words(struct ush_few *few, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		size_t i = 0;

		while (i < few->count &&
		       (strncmp(few->items[i], text, len) != 0 || few->items[i][len] != '\0'))
			i++;
		if (i == few->count) {
			few->total++;
			if (few->count < USH_FEW_MAX) {
				few->items[few->count] = strndup(text, len);
				if (few->items[few->count] == NULL)
					return -1;
				few->count++;
			}
		}
		text += len;
		text += strspn(text, " ");
	}
	return 0;
}

/* The latest first. */
static int
read_real_addresses(struct ush_host *host, sqlite3_stmt *stmt)
{
	int rc = SQLITE_DONE;

	ush_bind_text(stmt, 1, host->address);
	ush_bind_text(stmt, 2, host->campaign);
	while (host->real > 0 && !host->known.claimed && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (add_words(&host->real_addresses, ush_column_text(stmt, 0)) != 0) {
			rc = SQLITE_NOMEM;
			break;
		}
	}
	sqlite3_reset(stmt);
	return rc;
}

static int
read_few(struct ush_few *out, sqlite3_stmt *stmt, const struct ush_host *host)
{
	int rc;

	ush_bind_text(stmt, 1, host->address);
	ush_bind_text(stmt, 2, host->campaign);
	ush_bind_uint(stmt, 3, host->known.claimed);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		out->total++;
		if (out->count == USH_FEW_MAX)
			continue;
		out->items[out->count] = strdup(ush_column_text(stmt, 0));
		if (out->items[out->count] == NULL)
			return SQLITE_NOMEM;
		out->count++;
	}
	sqlite3_reset(stmt);
	return rc;
}

#define NAMINGS 4

/* Names from questions are a forwarder's: it names its client. */
static int
read_names(struct ush_host *host, sqlite3_stmt *stmts[NAMINGS])
{
	struct ush_few contacts = {0};
	int rc = read_few(host->known.claimed ? &host->claimed : &host->names, stmts[0], host);

	if (rc == SQLITE_DONE && host->names.count > 0) {
		rc = read_few(&contacts, stmts[1], host);
		host->known.names_others = contacts.count > 0;
		free_few(&contacts);
	}
	if (rc == SQLITE_DONE && host->known.facts[USH_FACT_BEACON_PLANTED].count > 0)
		rc = read_few(&host->pages, stmts[2], host);
	if (rc == SQLITE_DONE)
		rc = read_real_addresses(host, stmts[3]);
	return rc;
}

#define OF_ROW " FROM sighting WHERE host = ?1 AND campaign = ?2 AND claimed = ?3"

int
ush_host_details_name(struct ush_hosts *hosts, struct ush_store *store, struct ush_error *err)
{
	static const char *const sql[NAMINGS] = {
	    "SELECT DISTINCT other" OF_ROW " AND other <> '' ORDER BY other",
	    "SELECT other" OF_ROW " AND other <> '' AND fact < ?4 LIMIT 1",
	    "SELECT DISTINCT page" OF_ROW " AND page <> '' AND fact = ?4 ORDER BY page",
	    "SELECT addresses FROM real WHERE host = ?1 AND campaign = ?2 ORDER BY last DESC",
	};
	sqlite3_stmt *stmts[NAMINGS] = {NULL};
	int rc = SQLITE_DONE;

	for (size_t i = 0; i < NAMINGS && rc == SQLITE_DONE; i++) {
		if (ush_store_prepare(store, &stmts[i], sql[i], err) != 0)
			rc = SQLITE_ERROR;
	}
	if (rc == SQLITE_DONE) {
		ush_bind_uint(stmts[1], 4, USH_FACT_DNS);
		ush_bind_uint(stmts[2], 4, USH_FACT_BEACON_PLANTED);
	}
	for (size_t i = 0; i < hosts->count && rc == SQLITE_DONE; i++)
		rc = read_names(&hosts->items[i], stmts);
	for (size_t i = 0; i < NAMINGS; i++)
		sqlite3_finalize(stmts[i]);
	return rc == SQLITE_DONE ? 0 : ush_store_fail(store, err, "the store cannot be read");
}

void
ush_host_details_fini(struct ush_host *host)
{
	free_few(&host->names);
	free_few(&host->claimed);
	free_few(&host->pages);
	free_few(&host->real_addresses);
}
