/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/host_reader.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/host_judge.h"
#include "sinkhole/store/host_moments.h"
#include "sinkhole/store/internal.h"
#include "sinkhole/store/texts.h"

/* Tables that are read side by side: in each, rows come by host, campaign and, where there is one,
 * claimed. The order of the key: no table needs to be sorted. */
enum cursor { SIGHTINGS, MOMENTS, REAL, CURSORS };

/* Columns that all of them begin with. */
enum { HOST, CAMPAIGN, CLAIMED, FIRST_OWN };

static const char *const tables[CURSORS][2] = {
    [SIGHTINGS] = {"SELECT host, campaign, claimed, fact, drill, object, count, first, last,"
                   " profile, other, page FROM sighting",
        " ORDER BY host, campaign, claimed"},
    [MOMENTS] = {"SELECT host, campaign, claimed, fact, drill, times FROM moment",
        " ORDER BY host, campaign, claimed, fact"},
    [REAL] = {"SELECT host, campaign, 0, count FROM real", " ORDER BY host, campaign"},
};

/* Asked for rows that need them. */
enum lookup { PROFILE, REAL_ADDRESSES, LOOKUPS };

static const char *const lookups[LOOKUPS] = {
    [PROFILE] = "SELECT details || text FROM profile WHERE id = ?1",
    [REAL_ADDRESSES] = "SELECT addresses FROM real WHERE host = ?1 AND campaign = ?2"
                       " ORDER BY last DESC, name, addresses",
};

/* Bits of the texts of a row, beside those of facts. */
enum { IN_CONTACT = 1 };

struct ush_host_reader {
	struct ush_store *store;
	const struct ush_settings *settings;
	bool contacts_work;
	sqlite3_stmt *cursors[CURSORS];
	int at[CURSORS]; /* the result of the cursor's last step */
	sqlite3_stmt *lookups[LOOKUPS];
	bool has_failed;       /* a look-up did */
	struct ush_host *rows; /* of the machine that is being read */
	size_t count, room;
	/* Of the row that is being read. */
	struct ush_texts objects; /* bits: facts */
	struct ush_texts others;
	struct ush_texts pages;
	struct ush_texts profiles;
	struct ush_host_moments moments;
};

int
ush_host_reader_open(struct ush_host_reader **out, struct ush_store *store,
    const struct ush_settings *settings, enum ush_host_reader_kind kind, struct ush_error *err)
{
	struct ush_host_reader *reader = calloc(1, sizeof(*reader));
	char sql[256];
	int rc = 0;

	*out = NULL;
	if (reader == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	reader->store = store;
	reader->settings = settings;
	for (unsigned i = 0; i < CURSORS && rc == 0; i++) {
		sqlite3_snprintf(sizeof(sql), sql, "%s%s%s", tables[i][0],
		    kind == USH_READ_ONE ? " WHERE host = ?1" : "", tables[i][1]);
		rc = ush_store_prepare(store, &reader->cursors[i], sql, err);
	}
	for (unsigned i = 0; i < LOOKUPS && rc == 0; i++)
		rc = ush_store_prepare(store, &reader->lookups[i], lookups[i], err);
	if (rc != 0)
		ush_host_reader_close(reader);
	else
		*out = reader;
	return rc;
}

void
ush_host_reader_close(struct ush_host_reader *reader)
{
	if (reader == NULL)
		return;
	for (unsigned i = 0; i < CURSORS; i++)
		sqlite3_finalize(reader->cursors[i]);
	for (unsigned i = 0; i < LOOKUPS; i++)
		sqlite3_finalize(reader->lookups[i]);
	for (size_t i = 0; i < reader->count; i++)
		ush_host_fini(&reader->rows[i]);
	free(reader->rows);
	ush_texts_fini(&reader->objects);
	ush_texts_fini(&reader->others);
	ush_texts_fini(&reader->pages);
	ush_texts_fini(&reader->profiles);
	free(reader);
}

static void
next(struct ush_host_reader *reader, enum cursor cursor)
{
	reader->at[cursor] = sqlite3_step(reader->cursors[cursor]);
}

/* Where the cursor stands, seen from a row of the table: below 0 before it, 0 at it, else behind. */
static int
compare(const struct ush_host_reader *reader, enum cursor cursor, const struct ush_host *host)
{
	sqlite3_stmt *stmt = reader->cursors[cursor];
	int order;

	if (reader->at[cursor] != SQLITE_ROW)
		return 1;
	order = strcmp(ush_column_text(stmt, HOST), host->address);
	if (order == 0)
		order = strcmp(ush_column_text(stmt, CAMPAIGN), host->campaign);
	return order != 0 ? order : (int)ush_column_uint(stmt, CLAIMED) - host->known.claimed;
}

/* Moves the cursor to the row. False: the table has nothing for it. */
static bool
find(struct ush_host_reader *reader, enum cursor cursor, const struct ush_host *host)
{
	int order;

	while ((order = compare(reader, cursor, host)) < 0)
		next(reader, cursor);
	return order == 0;
}

/* The row that begins where the sightings stand. NULL without memory. */
static struct ush_host *
begin_row(struct ush_host_reader *reader)
{
	sqlite3_stmt *stmt = reader->cursors[SIGHTINGS];
	const char *address = ush_column_text(stmt, HOST);
	struct ush_address parsed;
	struct ush_host *host;

	if (reader->count == reader->room) {
		size_t room = reader->room == 0 ? 16 : reader->room * 2;
		struct ush_host *rows = reallocarray(reader->rows, room, sizeof(*rows));

		if (rows == NULL)
			return NULL;
		reader->rows = rows;
		reader->room = room;
	}
	host = &reader->rows[reader->count];
	*host = (struct ush_host){.first_ms = UINT64_MAX};
	host->campaign = strdup(ush_column_text(stmt, CAMPAIGN));
	if (host->campaign == NULL)
		return NULL;
	reader->count++;
	memcpy(host->address, address, strnlen(address, sizeof(host->address) - 1));
	host->known.contacts_work = reader->contacts_work;
	host->known.has_campaign = host->campaign[0] != '\0';
	host->known.claimed = ush_column_uint(stmt, CLAIMED) != 0;
	if (ush_address_from_text(&parsed, address) == 0)
		host->known.role = ush_host_role(reader->settings, &parsed);
	return host;
}

/* Of a test (drill in sightings.c) nothing counts but that it was one. */
static bool
is_test(const struct ush_host_reader *reader, uint64_t drill)
{
	return drill == 2 || (drill == 1 && !reader->settings->drill);
}

static int
count_sighting(struct ush_host *host, enum ush_fact fact, sqlite3_stmt *stmt)
{
	struct ush_tally *tally = ush_tally_at(&host->known.facts, fact);
	uint64_t count = ush_column_uint(stmt, 6);
	uint64_t first_ms = ush_column_uint(stmt, 7);
	uint64_t last_ms = ush_column_uint(stmt, 8);

	if (tally == NULL)
		return -1;
	if (tally->count == 0 || first_ms < tally->first_ms)
		tally->first_ms = first_ms;
	if (last_ms > tally->last_ms)
		tally->last_ms = last_ms;
	tally->count += count;
	*(ush_fact_is_contact(fact) ? &host->hits : &host->dns) += count;
	host->first_ms = first_ms < host->first_ms ? first_ms : host->first_ms;
	host->last_ms = last_ms > host->last_ms ? last_ms : host->last_ms;
	return 0;
}

/* Steps a look-up whose values are bound. False: there is nothing more. */
static bool
look_up(struct ush_host_reader *reader, enum lookup which)
{
	int rc = sqlite3_step(reader->lookups[which]);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		reader->has_failed = true;
	return rc == SQLITE_ROW;
}

/* What makes two profiles different ones. */
static int
add_profile(struct ush_host_reader *reader, uint64_t id)
{
	sqlite3_stmt *stmt = reader->lookups[PROFILE];
	int rc = 0;

	ush_bind_uint(stmt, 1, id);
	if (look_up(reader, PROFILE))
		rc = ush_texts_add(&reader->profiles, ush_column_text(stmt, 0), 0);
	sqlite3_reset(stmt);
	return rc;
}

static int
add_sighting(struct ush_host_reader *reader, struct ush_host *host)
{
	sqlite3_stmt *stmt = reader->cursors[SIGHTINGS];
	uint64_t fact = ush_column_uint(stmt, 3);
	uint64_t shown = fact;
	uint64_t profile = ush_column_uint(stmt, 9);
	const char *other = ush_column_text(stmt, 10);
	const char *page = ush_column_text(stmt, 11);

	if (is_test(reader, ush_column_uint(stmt, 4)))
		shown = fact < USH_FACT_DNS ? USH_FACT_CANARY_HIT : USH_FACT_CANARY_DNS;
	if (shown >= USH_FACTS)
		return 0;
	if (count_sighting(host, (enum ush_fact)shown, stmt) != 0 ||
	    ush_texts_add(&reader->objects, ush_column_text(stmt, 5), UINT32_C(1) << shown) != 0)
		return -1;
	if (other[0] != '\0' &&
	    ush_texts_add(&reader->others, other, fact < USH_FACT_DNS ? IN_CONTACT : 0) != 0)
		return -1;
	if (fact == USH_FACT_BEACON_PLANTED)
		return page[0] != '\0' ? ush_texts_add(&reader->pages, page, 0) : 0;
	return profile != 0 ? add_profile(reader, profile) : 0;
}

/* How many different names, hosts and servers there are of each fact. */
static int
count_objects(struct ush_host_reader *reader, struct ush_host *host)
{
	struct ush_texts *objects = &reader->objects;

	ush_texts_sort(objects);
	for (size_t i = 0; i < objects->count; i++) {
		bool is_program = false;

		for (uint32_t left = objects->items[i].bits; left != 0; left &= left - 1) {
			enum ush_fact fact = (enum ush_fact)__builtin_ctz(left);
			struct ush_tally *tally = ush_tally_at(&host->known.facts, fact);

			if (tally == NULL)
				return -1;
			tally->distinct++;
			is_program = is_program || ush_call_counts_host(fact);
		}
		host->known.program_hosts += is_program;
	}
	ush_texts_clear(objects);
	return 0;
}

static int
take_texts(struct ush_few *out, struct ush_texts *texts)
{
	ush_texts_sort(texts);
	for (size_t i = 0; i < texts->count; i++) {
		const char *text = ush_texts_nth(texts, i);

		if (ush_few_add(out, text, strlen(text)) != 0)
			return -1;
	}
	return 0;
}

/* Whom it names or is named by. Names from questions are a forwarder's: it names its client. */
static int
take_others(struct ush_host_reader *reader, struct ush_host *host)
{
	struct ush_texts *others = &reader->others;
	bool claimed = host->known.claimed;

	if (take_texts(claimed ? &host->claimed : &host->names, others) != 0)
		return -1;
	for (size_t i = 0; i < others->count && !claimed; i++)
		host->known.names_others |= (others->items[i].bits & IN_CONTACT) != 0;
	ush_texts_clear(others);
	return 0;
}

static int
take_pages(struct ush_host_reader *reader, struct ush_host *host)
{
	int rc = 0;

	if (ush_tally_of(&host->known.facts, USH_FACT_BEACON_PLANTED)->count > 0)
		rc = take_texts(&host->pages, &reader->pages);
	ush_texts_clear(&reader->pages);
	return rc;
}

static void
take_profiles(struct ush_host_reader *reader, struct ush_host *host)
{
	ush_texts_sort(&reader->profiles);
	host->profiles = reader->profiles.count;
	ush_texts_clear(&reader->profiles);
}

static void
finish_moments(struct ush_host_reader *reader, struct ush_host *host, uint64_t fact)
{
	struct ush_rhythm rhythm;
	struct ush_tally *tally;

	if (reader->moments.count == 0)
		return;
	ush_host_moments_finish(&reader->moments, &rhythm);
	if (fact < USH_FACTS && (host->known.facts.seen & UINT32_C(1) << fact) != 0) {
		tally = ush_tally_at(&host->known.facts, (enum ush_fact)fact);
		tally->rhythm = rhythm;
	}
}

static void
read_moments(struct ush_host_reader *reader, struct ush_host *host)
{
	sqlite3_stmt *stmt = reader->cursors[MOMENTS];
	uint64_t last = USH_FACTS;

	for (; find(reader, MOMENTS, host); next(reader, MOMENTS)) {
		uint64_t fact = ush_column_uint(stmt, 3);

		if (is_test(reader, ush_column_uint(stmt, 4)))
			continue;
		if (fact != last)
			finish_moments(reader, host, last);
		last = fact;
		ush_host_moments_add(&reader->moments, sqlite3_column_blob(stmt, 5),
		    (size_t)sqlite3_column_bytes(stmt, 5));
	}
	finish_moments(reader, host, last);
}

/* The addresses of the names, the latest first. */
static int
read_real(struct ush_host_reader *reader, struct ush_host *host)
{
	sqlite3_stmt *stmt = reader->lookups[REAL_ADDRESSES];
	int rc = 0;

	for (; find(reader, REAL, host); next(reader, REAL))
		host->real += ush_column_uint(reader->cursors[REAL], 3);
	if (host->real == 0)
		return 0;
	ush_bind_text(stmt, 1, host->address);
	ush_bind_text(stmt, 2, host->campaign);
	while (rc == 0 && look_up(reader, REAL_ADDRESSES))
		rc = ush_few_add_words(&host->real_addresses, ush_column_text(stmt, 0));
	sqlite3_reset(stmt);
	return rc;
}

/* All of the row at which the sightings stand. */
static int
read_row(struct ush_host_reader *reader)
{
	struct ush_host *host = begin_row(reader);

	if (host == NULL)
		return -1;
	do {
		if (add_sighting(reader, host) != 0)
			return -1;
		next(reader, SIGHTINGS);
	} while (compare(reader, SIGHTINGS, host) == 0);
	if (count_objects(reader, host) != 0 || take_others(reader, host) != 0 ||
	    take_pages(reader, host) != 0)
		return -1;
	take_profiles(reader, host);
	read_moments(reader, host);
	return read_real(reader, host);
}

/* Contacts ever seen, of any host: without them the silence of one host says nothing. */
static int
read_contacts_work(struct ush_host_reader *reader, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(reader->store, &stmt,
	        "SELECT 1 FROM run WHERE writer = 'contacts' AND events > 0 LIMIT 1", err) != 0)
		return -1;
	rc = sqlite3_step(stmt);
	reader->contacts_work = rc == SQLITE_ROW;
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ush_store_fail(reader->store, err, "the store cannot be read");
	return 0;
}

/* Judges the machine's rows and hands them over. */
static int
finish_machine(struct ush_host_reader *reader, ush_host_rows_fn *fn, void *arg)
{
	size_t count = ush_hosts_judge(reader->rows, reader->count);

	reader->count = 0;
	return count > 0 ? fn(arg, reader->rows, count) : 0;
}

static int
read_machines(
    struct ush_host_reader *reader, ush_host_rows_fn *fn, void *arg, struct ush_error *err)
{
	int rc = 0;

	next(reader, MOMENTS);
	next(reader, REAL);
	while (rc == 0 && reader->at[SIGHTINGS] == SQLITE_ROW) {
		if (reader->count > 0 &&
		    strcmp(reader->rows[0].address,
		        ush_column_text(reader->cursors[SIGHTINGS], HOST)) != 0)
			rc = finish_machine(reader, fn, arg);
		if (rc == 0)
			rc = read_row(reader);
	}
	if (rc == 0 && reader->count > 0)
		rc = finish_machine(reader, fn, arg);
	if (rc != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	for (unsigned i = 0; i < CURSORS; i++)
		reader->has_failed |= reader->at[i] != SQLITE_ROW && reader->at[i] != SQLITE_DONE;
	if (reader->has_failed)
		return ush_store_fail(reader->store, err, "the store cannot be read");
	return 0;
}

int
ush_host_reader_read(struct ush_host_reader *reader, const char *address, ush_host_rows_fn *fn,
    void *arg, struct ush_error *err)
{
	int rc;

	reader->has_failed = false;
	for (unsigned i = 0; i < CURSORS && address != NULL; i++)
		ush_bind_text(reader->cursors[i], 1, address);
	next(reader, SIGHTINGS); /* from here on it is of one state of the store */
	rc = read_contacts_work(reader, err);
	if (rc == 0)
		rc = read_machines(reader, fn, arg, err);
	for (unsigned i = 0; i < CURSORS; i++)
		sqlite3_reset(reader->cursors[i]);
	return rc;
}
