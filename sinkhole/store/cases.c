/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/cases.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/records_internal.h"

static const char *const state_words[USH_CASE_STATES] = {
    "open", "acknowledged", "cleaned", "false-alarm"};

const char *
ush_case_state_text(enum ush_case_state state)
{
	return state_words[state];
}

int
ush_case_state_from_text(enum ush_case_state *out, const char *text)
{
	for (unsigned i = 0; i < USH_CASE_STATES; i++) {
		if (strcmp(state_words[i], text) == 0) {
			*out = (enum ush_case_state)i;
			return 0;
		}
	}
	return -1;
}

int
ush_mark_add(struct ush_records *records, const struct ush_mark *mark, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(&records->base, &stmt,
	        "INSERT INTO mark (host, campaign, state, as_of, made, call, author, number, note)"
	        " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
	        err) != 0)
		return -1;
	ush_bind_text(stmt, 1, mark->host);
	ush_bind_text(stmt, 2, mark->campaign);
	ush_bind_uint(stmt, 3, mark->state);
	ush_bind_uint(stmt, 4, mark->as_of_ms);
	ush_bind_uint(stmt, 5, mark->made_ms);
	ush_bind_uint(stmt, 6, mark->call);
	ush_bind_text(stmt, 7, mark->author);
	ush_bind_text(stmt, 8, mark->number);
	ush_bind_text(stmt, 9, mark->note);
	rc = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0
	                         : ush_store_fail(&records->base, err, "the mark cannot be kept");
}

/* Copies of the texts in one block that begins at *host. */
static int
copy_texts(struct ush_mark *mark)
{
	const char **const texts[] = {
	    &mark->host, &mark->campaign, &mark->author, &mark->number, &mark->note};
	size_t size = 0;
	char *at;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		size += strlen(*texts[i]) + 1;
	at = malloc(size);
	if (at == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(*texts[i]) + 1;

		memcpy(at, *texts[i], len);
		*texts[i] = at;
		at += len;
	}
	return 0;
}

static int
add_mark(struct ush_marks *marks, size_t *room, sqlite3_stmt *stmt)
{
	uint64_t state = ush_column_uint(stmt, 2);
	uint64_t call = ush_column_uint(stmt, 5);
	struct ush_mark mark = {
	    .host = ush_column_text(stmt, 0),
	    .campaign = ush_column_text(stmt, 1),
	    .state = state < USH_CASE_STATES ? (enum ush_case_state)state : USH_CASE_OPEN,
	    .as_of_ms = ush_column_uint(stmt, 3),
	    .made_ms = ush_column_uint(stmt, 4),
	    .call = call < USH_CALLS ? (enum ush_call)call : USH_CALL_DRILL,
	    .author = ush_column_text(stmt, 6),
	    .number = ush_column_text(stmt, 7),
	    .note = ush_column_text(stmt, 8),
	};

	if (marks->count == *room) {
		size_t more = *room == 0 ? 64 : *room * 2;
		struct ush_mark *items = reallocarray(marks->items, more, sizeof(*items));

		if (items == NULL)
			return -1;
		marks->items = items;
		*room = more;
	}
	if (copy_texts(&mark) != 0)
		return -1;
	marks->items[marks->count++] = mark;
	return 0;
}

int
ush_marks_load(struct ush_marks *out, struct ush_records *records, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	size_t room = 0;
	int rc;

	*out = (struct ush_marks){0};
	if (records == NULL)
		return 0;
	if (ush_store_prepare(&records->base, &stmt,
	        "SELECT host, campaign, state, as_of, made, call, author, number, note FROM mark"
	        " ORDER BY host, id",
	        err) != 0)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (add_mark(out, &room, stmt) != 0) {
			rc = SQLITE_NOMEM;
			break;
		}
	}
	sqlite3_finalize(stmt);
	if (rc == SQLITE_DONE)
		return 0;
	ush_marks_fini(out);
	return ush_store_fail(&records->base, err, "the cases cannot be read");
}

void
ush_marks_fini(struct ush_marks *marks)
{
	for (size_t i = 0; i < marks->count; i++)
		free((void *)(uintptr_t)marks->items[i].host);
	free(marks->items);
	*marks = (struct ush_marks){0};
}

const struct ush_mark *
ush_marks_of(const struct ush_marks *marks, const char *host, size_t *count)
{
	size_t low = 0;
	size_t high = marks->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(marks->items[middle].host, host) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < marks->count && strcmp(marks->items[low + *count].host, host) == 0)
		(*count)++;
	return *count > 0 ? &marks->items[low] : NULL;
}

static const struct ush_mark *
newest_for(const struct ush_marks *marks, const struct ush_host *host)
{
	size_t count;
	const struct ush_mark *mark = ush_marks_of(marks, host->address, &count);

	while (count-- > 0) {
		const char *campaign = mark[count].campaign;

		if (campaign[0] == '\0' || strcmp(campaign, host->campaign) == 0)
			return &mark[count];
	}
	return NULL;
}

/* A proxy stays a RELAY whatever the machines behind it do. */
enum ush_call
ush_case_call(const struct ush_host *host)
{
	const struct ush_verdicts *verdicts = &host->verdicts;
	enum ush_call call = verdicts->items[0].call;

	return verdicts->behind.why != NULL && verdicts->behind.call < call ? verdicts->behind.call
	                                                                    : call;
}

/* Whether the address was passed on since the mark was made. */
static bool
is_of_another(const struct ush_identities *identities, const struct ush_mark *mark,
    const struct ush_host *host)
{
	struct ush_machine marked, last;

	return ush_identity_of(
	           identities, host->address, mark->as_of_ms, mark->as_of_ms, &marked) &&
	       ush_identity_of(identities, host->address, host->last_ms, host->last_ms, &last) &&
	       strcmp(marked.hardware, last.hardware) != 0;
}

struct ush_case_status
ush_case_of(const struct ush_marks *marks, const struct ush_identities *identities,
    const struct ush_host *host)
{
	struct ush_case_status status = {.mark = newest_for(marks, host)};
	const struct ush_mark *mark = status.mark;

	if (mark == NULL || mark->state == USH_CASE_OPEN) {
		status.is_open = true;
		return status;
	}
	if (mark->state == USH_CASE_CLEANED && host->last_ms > mark->as_of_ms)
		status.reopened = "it acted after it was cleaned";
	else if (ush_case_call(host) < mark->call)
		status.reopened = "its call is worse than it was then";
	else if (host->last_ms > mark->as_of_ms && is_of_another(identities, mark, host))
		status.reopened = "another machine has the address now";
	status.is_open = status.reopened != NULL;
	status.is_settled = !status.is_open && mark->state != USH_CASE_ACKNOWLEDGED;
	return status;
}
