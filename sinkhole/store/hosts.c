/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/hosts.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/host_details.h"
#include "sinkhole/store/internal.h"

/* Rows come host by host, campaign by campaign, claimed ones apart, and name by name. A test's
 * events count as nothing but a test (drill in sightings.c). ?1: the installation is a drill; ?2:
 * canary hit; ?3: canary question; ?4: first fact of DNS; ?5: the host. */
#define QUESTION(where)                                                                        \
	"SELECT host, campaign, claimed, CASE WHEN drill = 2 OR (drill = 1 AND NOT ?1) THEN"   \
	" CASE WHEN fact < ?4 THEN ?2 ELSE ?3 END ELSE fact END AS shown, object, sum(count)," \
	" min(first), max(last) FROM sighting " where                                          \
	" GROUP BY host, campaign, claimed, shown, object"                                     \
	" ORDER BY host, campaign, claimed, object"

struct find {
	struct ush_hosts *out;
	size_t room;
	const struct ush_settings *settings;
	bool contacts_work;
	char *called; /* the last host that was called as a program does; owned, NULL: none yet */
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

enum ush_role_kind
ush_host_role(const struct ush_settings *settings, const struct ush_address *address)
{
	enum ush_role_kind role = ush_settings_role(settings, address);

	if (role != USH_ROLE_NONE)
		return role;
	if (ush_networks_contain(&settings->sinkhole.trusted_proxies, address))
		return USH_ROLE_PROXY;
	if (ush_networks_contain(&settings->module.trusted_forwarders, address))
		return USH_ROLE_FORWARDER;
	return USH_ROLE_NONE;
}

static struct ush_host *
add_host(struct find *find, const char *address, const char *campaign, bool claimed)
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
	host->known.has_campaign = campaign[0] != '\0';
	host->known.claimed = claimed;
	if (ush_address_from_text(&parsed, address) == 0)
		host->known.role = ush_host_role(find->settings, &parsed);
	free(find->called);
	find->called = NULL;
	return host;
}

/* Names of one host come in their order, so that each new one is another. */
static int
count_program_host(struct find *find, struct ush_host *host, enum ush_fact fact, const char *object)
{
	if (!ush_call_counts_host(fact) ||
	    (find->called != NULL && strcmp(find->called, object) == 0))
		return 0;
	free(find->called);
	find->called = strdup(object);
	host->known.program_hosts++;
	return find->called != NULL ? 0 : -1;
}

static int
add_row(struct find *find, sqlite3_stmt *stmt)
{
	const char *address = ush_column_text(stmt, 0);
	const char *campaign = ush_column_text(stmt, 1);
	bool claimed = ush_column_uint(stmt, 2) != 0;
	uint64_t fact = ush_column_uint(stmt, 3);
	uint64_t first_ms = ush_column_uint(stmt, 6);
	uint64_t last_ms = ush_column_uint(stmt, 7);
	struct ush_host *host =
	    find->out->count > 0 ? &find->out->items[find->out->count - 1] : NULL;
	struct ush_tally *tally;

	if (fact >= USH_FACTS)
		return 0;
	if (host == NULL || strcmp(host->address, address) != 0 ||
	    strcmp(host->campaign, campaign) != 0 || host->known.claimed != claimed)
		host = add_host(find, address, campaign, claimed);
	if (host == NULL)
		return -1;
	tally = &host->known.facts[fact];
	if (tally->count == 0)
		tally->first_ms = first_ms;
	tally->count += ush_column_uint(stmt, 5);
	tally->distinct++;
	tally->first_ms = first_ms < tally->first_ms ? first_ms : tally->first_ms;
	tally->last_ms = last_ms > tally->last_ms ? last_ms : tally->last_ms;
	*(ush_fact_is_contact((enum ush_fact)fact) ? &host->hits : &host->dns) +=
	    ush_column_uint(stmt, 5);
	host->first_ms = first_ms < host->first_ms ? first_ms : host->first_ms;
	host->last_ms = last_ms > host->last_ms ? last_ms : host->last_ms;
	return count_program_host(find, host, (enum ush_fact)fact, ush_column_text(stmt, 4));
}

/* The rows of one machine, items[0..count): what each must know of the others, and the calls. What
 * others said of it is apart. */
static void
judge(struct ush_host *items, size_t count)
{
	uint64_t names[2] = {0};
	uint64_t contacts[2] = {0};
	bool browses[2] = {false};
	bool scans[2] = {false};

	for (size_t i = 0; i < count; i++) {
		const struct ush_tally *facts = items[i].known.facts;
		bool claimed = items[i].known.claimed;

		names[claimed] += facts[USH_FACT_DNS].distinct;
		scans[claimed] = scans[claimed] || facts[USH_FACT_SCANNER].count > 0;
		contacts[claimed] += items[i].hits - facts[USH_FACT_CANARY_HIT].count;
		browses[claimed] = browses[claimed] || facts[USH_FACT_BROWSER].count > 0 ||
		                   facts[USH_FACT_BROWSER_PLANTED].count > 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct ush_case *known = &items[i].known;

		known->host_names = names[known->claimed];
		known->host_contacts = contacts[known->claimed];
		known->host_scans = scans[known->claimed];
		known->host_browses = browses[known->claimed];
		ush_call_make(known, &items[i].verdicts);
	}
}

/* A browser opens spare connections that it may never use. At an address that stands for no
 * campaign they say nothing beside what the host did with its browser. */
static bool
is_spare(const struct ush_host *host)
{
	return host->known.host_browses && host->campaign[0] == '\0' && host->dns == 0 &&
	       host->hits == host->known.facts[USH_FACT_SILENT].count;
}

static void
free_host(struct ush_host *host)
{
	free(host->campaign);
	ush_host_details_fini(host);
}

static void
remove_spare(struct ush_hosts *hosts)
{
	size_t kept = 0;

	for (size_t i = 0; i < hosts->count; i++) {
		if (is_spare(&hosts->items[i]))
			free_host(&hosts->items[i]);
		else
			hosts->items[kept++] = hosts->items[i];
	}
	hosts->count = kept;
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

	if (x->verdicts.urgency != y->verdicts.urgency)
		return x->verdicts.urgency < y->verdicts.urgency ? -1 : 1;
	if (x->verdicts.items[0].call != y->verdicts.items[0].call)
		return x->verdicts.items[0].call < y->verdicts.items[0].call ? -1 : 1;
	if (x->last_ms != y->last_ms)
		return x->last_ms > y->last_ms ? -1 : 1;
	order = strcmp(x->address, y->address);
	if (order == 0)
		order = strcmp(x->campaign, y->campaign);
	return order != 0 ? order : x->known.claimed - y->known.claimed;
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
	free(find.called);
	if (rc != 0 || ush_host_details_count(out, store, settings->drill, address, err) != 0 ||
	    ush_host_details_name(out, store, err) != 0) {
		ush_hosts_fini(out);
		return -1;
	}
	judge_all(out);
	remove_spare(out);
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), worst_first);
	return 0;
}

void
ush_hosts_fini(struct ush_hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		free_host(&hosts->items[i]);
	free(hosts->items);
	*hosts = (struct ush_hosts){0};
}
