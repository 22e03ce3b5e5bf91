/* SPDX-License-Identifier: BSD-3-Clause */
/* risen.h - which call each row had before, and when it became another one: the store says what is true
 * now alone. In a database of its own beside the store (calls.db), written by the one program that
 * looks all the time. It says when a change was noticed; it is not made anew by a rebuild. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/store/calls.h"

/* The call of one row. */
struct ush_row_call {
	uint64_t key;
	enum ush_call call;
};

/* For one host, campaign and whether others claimed it: 64 bits of a hash. */
uint64_t ush_row_key(const char *address, const char *campaign, bool is_claimed);

struct ush_risen;

/* To be read alone: *out is NULL if there is none yet. `writable`: it is created, and what is known is
 * loaded. Returns 0 and *out owned by the caller, or -1. */
USH_MUST_CHECK int ush_risen_open(struct ush_risen **out, const struct ush_settings *settings,
    bool writable, struct ush_error *err);
void ush_risen_close(struct ush_risen *risen); /* NULL is allowed */

/* Notes the calls of these rows, which it may sort. A row that was not known is no change. Changes older than
 * 31 days are forgotten. */
USH_MUST_CHECK int ush_risen_note(struct ush_risen *risen, struct ush_row_call *rows, size_t count,
    uint64_t now_ms, struct ush_error *err);

/* The call that each row had at that time, of those that changed since: malloced, by key. */
USH_MUST_CHECK int ush_risen_since(struct ush_risen *risen, uint64_t since_ms,
    struct ush_row_call **out, size_t *count, struct ush_error *err);
/* The call of the row; NULL: it is not among them. */
const struct ush_row_call *ush_row_call_find(
    const struct ush_row_call *rows, size_t count, uint64_t key);
