/* SPDX-License-Identifier: BSD-3-Clause */
/* host_reader.h - the rows of hosts.h, machine by machine as they lie in the store: what was counted
 * of one machine is judged and handed over before the next one is read, so that the memory does not
 * depend on how many there are. Used by the store's thread. */
#pragma once

#include "sinkhole/store/hosts.h"

struct ush_host_reader;

/* Which machines its questions are made for. */
enum ush_host_reader_kind {
	USH_READ_ALL, /* all, in one go */
	USH_READ_ONE, /* one at a time, as many as are wanted */
};

/* Store and settings are borrowed. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_host_reader_open(struct ush_host_reader **out, struct ush_store *store,
    const struct ush_settings *settings, enum ush_host_reader_kind kind, struct ush_error *err);
void ush_host_reader_close(struct ush_host_reader *reader); /* NULL is allowed */

/* The rows of one machine, at least one, in the order of campaigns. What they own is the function's
 * (ush_host_fini()), the array is not. Other than 0 ends the reading: there is no memory. */
typedef int ush_host_rows_fn(void *arg, struct ush_host *rows, size_t count);

/* Calls fn for each machine in the order of addresses, or with USH_READ_ONE for the one at `address`
 * if it has rows. All that is read is of one state of the store. */
USH_MUST_CHECK int ush_host_reader_read(struct ush_host_reader *reader, const char *address,
    ush_host_rows_fn *fn, void *arg, struct ush_error *err);
