/* SPDX-License-Identifier: BSD-3-Clause */
/* cases.h - what people say of a host after they have looked: acknowledged, cleaned, a false alarm.
 * Marks are added, never changed; of each row the newest one counts, as long as the host does nothing
 * that makes it an open case again. Kept in the records (records.h). Used by one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/hosts.h"
#include "sinkhole/store/identity.h"
#include "sinkhole/store/records.h"

/* The numbers stand in the records. */
enum ush_case_state {
	USH_CASE_OPEN,
	USH_CASE_ACKNOWLEDGED, /* somebody works on it */
	USH_CASE_CLEANED,      /* what it does later makes it an open case again */
	USH_CASE_FALSE_ALARM,
	USH_CASE_STATES
};
const char *ush_case_state_text(enum ush_case_state state); /* "false-alarm" */
/* -1 if the word is none of them. */
USH_MUST_CHECK int ush_case_state_from_text(enum ush_case_state *out, const char *text);

/* One row of the host (struct ush_host), as it was when the mark was made. */
struct ush_marked {
	const char *campaign; /* "" if unknown */
	bool claimed;         /* another host named this one */
	enum ush_call call;   /* ush_case_call() */
};

/* One mark; no text is NULL. */
struct ush_mark {
	const char *host;     /* RFC 5952 text */
	const char *campaign; /* "": whatever campaign */
	enum ush_case_state state;
	uint64_t as_of_ms; /* true from then on */
	uint64_t made_ms;  /* when it was said */
	const char *author;
	const char *number; /* of the case, in the organisation's own numbers; "" */
	const char *note;
	struct ush_marked *rows; /* those that it is for: what came later is none of them */
	size_t row_count;
};

/* The worst call of its rows. */
enum ush_call ush_mark_call(const struct ush_mark *mark);
/* Keeps all of the mark or, on failure (-1), nothing. */
USH_MUST_CHECK int ush_mark_add(
    struct ush_records *records, const struct ush_mark *mark, struct ush_error *err);

/* All marks, those of one host together, in the order in which they were made. Zeroed: none. */
struct ush_marks {
	struct ush_mark *items; /* malloced, their texts and rows as well */
	size_t count;
};
/* `records` NULL: none. On success *out is to be ended with ush_marks_fini(). */
USH_MUST_CHECK int ush_marks_load(
    struct ush_marks *out, struct ush_records *records, struct ush_error *err);
void ush_marks_fini(struct ush_marks *marks);
/* The marks of one host: the first one; *count of them. */
const struct ush_mark *ush_marks_of(const struct ush_marks *marks, const char *host, size_t *count);

/* How the case of a row stands. */
struct ush_case_status {
	const struct ush_mark *mark; /* the newest one; NULL: there is none */
	bool is_open;                /* there is something to do that was not begun */
	bool is_settled;             /* cleaned or a false alarm, and nothing has come since */
	const char *reopened;        /* why it is open in spite of the mark; NULL: it is not */
};
/* How bad the row is: its call, or that of a machine behind a proxy if that is worse. */
enum ush_call ush_case_call(const struct ush_host *host);
/* A mark is for the machine that had the address at as_of_ms, if that and the machine that did what
 * came last are known. `identities` NULL: they are not. */
struct ush_case_status ush_case_of(const struct ush_marks *marks,
    const struct ush_identities *identities, const struct ush_host *host);
