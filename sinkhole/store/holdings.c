/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/holdings.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/records_internal.h"

#define APART_MS 1000 /* lease files have whole seconds */
/* Between two looks at a file that was replaced meanwhile: three of the timer's. */
#define SAMPLES_APART_MS (15 * UINT64_C(60000))

int
ush_holdings_add(struct ush_holdings *holdings, const struct ush_lease *lease)
{
	if (holdings->count == holdings->room) {
		size_t room = holdings->room == 0 ? 256 : holdings->room * 2;
		struct ush_lease *items = reallocarray(holdings->items, room, sizeof(*items));

		if (items == NULL)
			return -1;
		holdings->items = items;
		holdings->room = room;
	}
	holdings->items[holdings->count++] = *lease;
	return 0;
}

static int
by_address_and_time(const void *a, const void *b)
{
	const struct ush_lease *x = a;
	const struct ush_lease *y = b;
	int order = x->address.family - y->address.family;

	if (order == 0)
		order = memcmp(x->address.octets, y->address.octets, sizeof(x->address.octets));
	if (order == 0)
		order = (x->first_ms > y->first_ms) - (x->first_ms < y->first_ms);
	if (order == 0)
		order = (x->last_ms > y->last_ms) - (x->last_ms < y->last_ms);
	return order != 0 ? order : strcmp(x->hardware, y->hardware);
}

/* Whether `next` is the same machine going on. */
static bool
goes_on(const struct ush_lease *held, const struct ush_lease *next)
{
	uint64_t apart_ms = next->is_sampled ? SAMPLES_APART_MS : APART_MS;

	return ush_address_equal(&held->address, &next->address) &&
	       strcmp(held->hardware, next->hardware) == 0 &&
	       next->first_ms <= held->last_ms + apart_ms;
}

static void
go_on(struct ush_lease *held, const struct ush_lease *next)
{
	if (next->is_end && next->last_ms < held->last_ms)
		held->last_ms = next->last_ms > held->first_ms ? next->last_ms : held->first_ms;
	else if (next->last_ms > held->last_ms)
		held->last_ms = next->last_ms;
	if (next->name[0] != '\0')
		memcpy(held->name, next->name, sizeof(held->name));
}

void
ush_holdings_fold(struct ush_holdings *holdings)
{
	size_t kept = 0;

	if (holdings->count > 1)
		qsort(holdings->items, holdings->count, sizeof(*holdings->items),
		    by_address_and_time);
	for (size_t i = 0; i < holdings->count; i++) {
		if (kept > 0 && goes_on(&holdings->items[kept - 1], &holdings->items[i])) {
			go_on(&holdings->items[kept - 1], &holdings->items[i]);
		} else if (!holdings->items[i].is_end) {
			holdings->items[kept] = holdings->items[i];
			/* What was sampled once is kept as a time that is known. */
			holdings->items[kept].is_sampled = false;
			kept++;
		}
	}
	holdings->count = kept;
}

void
ush_holdings_fini(struct ush_holdings *holdings)
{
	free(holdings->items);
	*holdings = (struct ush_holdings){0};
}

static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

int
ush_holdings_read(struct ush_holdings *holdings, struct ush_records *records, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (records == NULL)
		return 0;
	if (ush_store_prepare(&records->base, &stmt,
	        "SELECT address, hardware, name, first, last FROM lease", err) != 0)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct ush_lease lease = {
		    .first_ms = ush_column_uint(stmt, 3), .last_ms = ush_column_uint(stmt, 4)};

		copy_text(lease.hardware, sizeof(lease.hardware), ush_column_text(stmt, 1));
		copy_text(lease.name, sizeof(lease.name), ush_column_text(stmt, 2));
		if (ush_address_from_text(&lease.address, ush_column_text(stmt, 0)) == 0 &&
		    ush_holdings_add(holdings, &lease) != 0) {
			rc = SQLITE_NOMEM;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0
	                         : ush_store_fail(&records->base, err, "the leases cannot be read");
}

static int
write_all(const struct ush_holdings *holdings, struct ush_records *records, uint64_t forget_ms,
    struct ush_error *err)
{
	char address[USH_ADDRESS_TEXT_MAX];
	sqlite3_stmt *stmt;
	int rc = SQLITE_DONE;

	if (ush_store_prepare(&records->base, &stmt,
	        "INSERT OR REPLACE INTO lease (address, hardware, name, first, last)"
	        " VALUES (?1,?2,?3,?4,?5)",
	        err) != 0)
		return -1;
	for (size_t i = 0; i < holdings->count && rc == SQLITE_DONE; i++) {
		const struct ush_lease *lease = &holdings->items[i];

		if (lease->last_ms < forget_ms)
			continue;
		ush_bind_text(stmt, 1, ush_address_to_text(&lease->address, address));
		ush_bind_text(stmt, 2, lease->hardware);
		ush_bind_text(stmt, 3, lease->name);
		ush_bind_uint(stmt, 4, lease->first_ms);
		ush_bind_uint(stmt, 5, lease->last_ms);
		rc = sqlite3_step(stmt);
		sqlite3_reset(stmt);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0
	                         : ush_store_fail(&records->base, err, "the leases cannot be kept");
}

int
ush_holdings_keep(struct ush_holdings *holdings, struct ush_records *records, uint64_t forget_ms,
    struct ush_error *err)
{
	int rc;

	if (ush_store_exec(&records->base, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	rc = ush_holdings_read(holdings, records, err);
	ush_holdings_fold(holdings);
	if (rc == 0)
		rc = ush_store_exec(&records->base, "DELETE FROM lease", err);
	if (rc == 0)
		rc = write_all(holdings, records, forget_ms, err);
	if (rc == 0)
		rc = ush_store_exec(&records->base, "COMMIT", err);
	if (rc != 0)
		sqlite3_exec(records->base.db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}
