/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/statistics.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "sinkhole/store/facts.h"
#include "sinkhole/store/internal.h"

/* What a site numbers together: a path to the sinkhole that is broken is broken for all of it. */
#define V4_BITS 24
#define V6_BITS 64

int
ush_hits_each(struct ush_store *store, ush_hits_fn *fn, void *arg, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt,
	        "SELECT rule, campaign, count(DISTINCT host), min(first), max(last),"
	        " CAST(total(count) AS INTEGER) AS n FROM sighting WHERE rule <> '' AND drill = 0 GROUP BY rule, campaign"
	        " ORDER BY n DESC, rule, campaign",
	        err) != 0)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const struct ush_hits hits = {
		    .rule = ush_column_text(stmt, 0),
		    .campaign = ush_column_text(stmt, 1),
		    .hosts = ush_column_uint(stmt, 2),
		    .span = {ush_column_uint(stmt, 3), ush_column_uint(stmt, 4),
		        ush_column_uint(stmt, 5)},
		};

		if (fn(arg, &hits) != 0)
			break;
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ush_store_fail(store, err, "the store cannot be read");
	return 0;
}

static int
by_network(const void *a, const void *b)
{
	const struct ush_network *left = &((const struct ush_reach *)a)->network;
	const struct ush_network *right = &((const struct ush_reach *)b)->network;

	if (left->base.family != right->base.family)
		return left->base.family < right->base.family ? -1 : 1;
	return memcmp(left->base.octets, right->base.octets, sizeof(left->base.octets));
}

static int
by_questions(const void *a, const void *b)
{
	const struct ush_reach *left = a;
	const struct ush_reach *right = b;

	if (left->asked != right->asked)
		return left->asked > right->asked ? -1 : 1;
	return by_network(a, b);
}

static struct ush_network
network_of(const struct ush_address *host)
{
	unsigned bits = host->family == AF_INET ? V4_BITS : V6_BITS;
	struct ush_network network = {.base = *host, .bits = (uint8_t)bits};

	memset(network.base.octets + bits / 8, 0, sizeof(network.base.octets) - bits / 8);
	return network;
}

/* One row a host; rows of one network are merged later. */
static int
add_host(struct ush_reaches *reaches, size_t *room, const struct ush_settings *settings,
    sqlite3_stmt *stmt)
{
	struct ush_address host;
	struct ush_reach *grown;

	if (ush_address_from_text(&host, ush_column_text(stmt, 0)) != 0 ||
	    ush_settings_role(settings, &host) != USH_ROLE_NONE)
		return 0;
	if (reaches->count == *room) {
		*room = *room * 2 + 64;
		if ((grown = reallocarray(reaches->items, *room, sizeof(*grown))) == NULL)
			return -1;
		reaches->items = grown;
	}
	reaches->items[reaches->count++] = (struct ush_reach){
	    .network = network_of(&host),
	    .asked = ush_column_uint(stmt, 1),
	    .hosts = 1,
	    .arrived = ush_column_uint(stmt, 2) != 0,
	    .last_ms = ush_column_uint(stmt, 3),
	};
	return 0;
}

static void
merge(struct ush_reaches *reaches)
{
	struct ush_reach *to = reaches->items;

	if (reaches->count == 0)
		return;
	qsort(reaches->items, reaches->count, sizeof(*reaches->items), by_network);
	for (size_t i = 1; i < reaches->count; i++) {
		const struct ush_reach *from = &reaches->items[i];

		if (by_network(to, from) != 0) {
			*++to = *from;
			continue;
		}
		to->asked += from->asked;
		to->hosts += from->hosts;
		to->arrived += from->arrived;
		to->last_ms = from->last_ms > to->last_ms ? from->last_ms : to->last_ms;
	}
	reaches->count = (size_t)(to - reaches->items) + 1;
	qsort(reaches->items, reaches->count, sizeof(*reaches->items), by_questions);
}

int
ush_reaches_find(struct ush_reaches *out, struct ush_store *store,
    const struct ush_settings *settings, struct ush_error *err)
{
	/* Only a host that asks for an address will connect, not one that asks for MX or TXT. */
	static const char question[] =
	    "SELECT host, CAST(total(count) FILTER (WHERE asked) AS INTEGER),"
	    " max(NOT is_dns) OR host IN (SELECT proxy FROM sighting), max(last) FILTER (WHERE "
	    "asked)"
	    " FROM (SELECT host, count, last, fact IN (?1, ?2) AS is_dns,"
	    "  fact = ?1 AND (detail LIKE '% A' OR detail LIKE '% AAAA') AS asked"
	    "  FROM sighting WHERE drill = 0) GROUP BY host HAVING max(asked)";
	sqlite3_stmt *stmt;
	size_t room = 0;
	int rc;

	*out = (struct ush_reaches){0};
	if (ush_store_prepare(store, &stmt, question, err) != 0)
		return -1;
	ush_bind_uint(stmt, 1, USH_FACT_DNS);
	ush_bind_uint(stmt, 2, USH_FACT_DNS_OTHER);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (add_host(out, &room, settings, stmt) != 0)
			break;
	}
	sqlite3_finalize(stmt);
	if (rc == SQLITE_DONE) {
		merge(out);
		return 0;
	}
	ush_reaches_fini(out);
	return rc == SQLITE_ROW ? ush_fail(err, NULL, 0, "out of memory")
	                        : ush_store_fail(store, err, "the store cannot be read");
}

void
ush_reaches_fini(struct ush_reaches *reaches)
{
	free(reaches->items);
	*reaches = (struct ush_reaches){0};
}
