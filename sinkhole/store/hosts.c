/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/hosts.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/internal.h"

/* Rows come host by host, campaign by campaign. A test's events count as nothing but a test
 * (DRILL_* in ingest.c). ?1: the installation is a drill; ?2: canary hit; ?3: canary question; ?4:
 * first fact of DNS; ?5: the host. */
#define QUESTION(where)                                                             \
	"SELECT host, campaign, CASE WHEN drill = 2 OR (drill = 1 AND NOT ?1) THEN" \
	" CASE WHEN fact < ?4 THEN ?2 ELSE ?3 END ELSE fact END AS shown,"          \
	" sum(count), count(DISTINCT object), min(first), max(last)"                \
	" FROM sighting " where " GROUP BY host, campaign, shown ORDER BY host, campaign"

struct find {
	struct ush_hosts *out;
	size_t room;
	const struct ush_settings *settings;
	bool contacts_work;
};

/* Contacts ever seen, of any host: without them the silence of one host says nothing. */
static int
contacts_work(struct ush_store *store, bool *out, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt,
	        "SELECT 1 FROM run WHERE writer = 'contacts' AND events > 0 LIMIT 1", err) != 0)
		return -1;
	rc = sqlite3_step(stmt);
	*out = rc == SQLITE_ROW;
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ush_store_fail(store, err, "the store cannot be read");
	return 0;
}

static struct ush_host *
add_host(struct find *find, const char *address, const char *campaign)
{
	struct ush_hosts *hosts = find->out;
	struct ush_host *host;
	struct ush_address parsed;

	if (hosts->count == find->room) {
		size_t room = find->room == 0 ? 64 : find->room * 2;
		struct ush_host *items = reallocarray(hosts->items, room, sizeof(*items));

		if (items == NULL)
			return NULL;
		hosts->items = items;
		find->room = room;
	}
	host = &hosts->items[hosts->count];
	*host = (struct ush_host){.first_ms = UINT64_MAX};
	host->campaign = strdup(campaign);
	if (host->campaign == NULL)
		return NULL;
	hosts->count++;
	memcpy(host->address, address, strnlen(address, sizeof(host->address) - 1));
	host->known.contacts_work = find->contacts_work;
	if (ush_address_from_text(&parsed, address) == 0)
		host->known.role = ush_settings_role(find->settings, &parsed);
	return host;
}

static int
add_row(struct find *find, sqlite3_stmt *stmt)
{
	const char *address = ush_column_text(stmt, 0);
	const char *campaign = ush_column_text(stmt, 1);
	uint64_t fact = ush_column_uint(stmt, 2);
	struct ush_host *host =
	    find->out->count > 0 ? &find->out->items[find->out->count - 1] : NULL;
	struct ush_tally *tally;

	if (fact >= USH_FACTS)
		return 0;
	if (host == NULL || strcmp(host->address, address) != 0 ||
	    strcmp(host->campaign, campaign) != 0)
		host = add_host(find, address, campaign);
	if (host == NULL)
		return -1;
	tally = &host->known.facts[fact];
	*tally = (struct ush_tally){ush_column_uint(stmt, 3), ush_column_uint(stmt, 4),
	    ush_column_uint(stmt, 5), ush_column_uint(stmt, 6)};
	*(ush_fact_is_contact((enum ush_fact)fact) ? &host->hits : &host->dns) += tally->count;
	host->first_ms = tally->first_ms < host->first_ms ? tally->first_ms : host->first_ms;
	host->last_ms = tally->last_ms > host->last_ms ? tally->last_ms : host->last_ms;
	return 0;
}

/* The rows of one machine, items[0..count): what each must know of the others, and the calls. */
static void
judge(struct ush_host *items, size_t count)
{
	uint64_t names = 0;
	uint64_t contacts = 0;

	for (size_t i = 0; i < count; i++) {
		names += items[i].known.facts[USH_FACT_DNS].distinct;
		contacts += items[i].hits - items[i].known.facts[USH_FACT_CANARY_HIT].count;
	}
	for (size_t i = 0; i < count; i++) {
		items[i].known.host_names = names;
		items[i].known.host_contacts = contacts;
		ush_call_make(&items[i].known, &items[i].verdict);
	}
}

static void
judge_all(struct ush_hosts *hosts)
{
	size_t end;

	for (size_t i = 0; i < hosts->count; i = end) {
		for (end = i + 1; end < hosts->count &&
		                  strcmp(hosts->items[i].address, hosts->items[end].address) == 0;
		     end++)
			;
		judge(&hosts->items[i], end - i);
	}
}

static int
worst_first(const void *a, const void *b)
{
	const struct ush_host *x = a;
	const struct ush_host *y = b;
	int order;

	if (x->verdict.call != y->verdict.call)
		return x->verdict.call < y->verdict.call ? -1 : 1;
	if (x->last_ms != y->last_ms)
		return x->last_ms > y->last_ms ? -1 : 1;
	order = strcmp(x->address, y->address);
	return order != 0 ? order : strcmp(x->campaign, y->campaign);
}

static int
read_rows(struct find *find, struct ush_store *store, sqlite3_stmt *stmt, struct ush_error *err)
{
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (add_row(find, stmt) != 0)
			return ush_fail(err, NULL, 0, "out of memory");
	}
	return rc == SQLITE_DONE ? 0 : ush_store_fail(store, err, "the store cannot be read");
}

int
ush_hosts_find(struct ush_hosts *out, struct ush_store *store, const struct ush_settings *settings,
    const char *address, struct ush_error *err)
{
	struct find find = {.out = out, .settings = settings};
	sqlite3_stmt *stmt;
	int rc;

	*out = (struct ush_hosts){0};
	if (contacts_work(store, &find.contacts_work, err) != 0 ||
	    ush_store_prepare(store, &stmt,
	        address != NULL ? QUESTION("WHERE host = ?5") : QUESTION(""), err) != 0)
		return -1;
	ush_bind_uint(stmt, 1, settings->drill);
	ush_bind_uint(stmt, 2, USH_FACT_CANARY_HIT);
	ush_bind_uint(stmt, 3, USH_FACT_CANARY_DNS);
	ush_bind_uint(stmt, 4, USH_FACT_DNS);
	if (address != NULL)
		ush_bind_text(stmt, 5, address);
	rc = read_rows(&find, store, stmt, err);
	sqlite3_finalize(stmt);
	if (rc != 0) {
		ush_hosts_fini(out);
		return -1;
	}
	judge_all(out);
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), worst_first);
	return 0;
}

void
ush_hosts_fini(struct ush_hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		free(hosts->items[i].campaign);
	free(hosts->items);
	*hosts = (struct ush_hosts){0};
}
