/* SPDX-License-Identifier: BSD-3-Clause */
/* passive.h - the passive record: which client asked for which name that is not listed, so that a name
 * listed later shows who asked for it before (docs/passive.md). Off unless the settings say otherwise.
 *
 * A worker knows what it has recorded in this hour, by a table of tags of fixed size: what the table has
 * forgotten is recorded once more. The rest goes into the worker's ring, without lock, wait or memory.
 * A thread of its own takes it from there, hashes names and writes files; what finds no room is
 * counted. That thread alone touches the disk.
 *
 * Knows nothing of Unbound. Made before the first worker asks, closed after the last. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/name.h"
#include "common/settings.h"

struct ush_passive;

/* One sentence for the operator. Called on the thread, rarely. */
typedef void ush_passive_note_fn(void *arg, const char *text);

/* For `places` workers. NULL without memory. No thread yet, and no file. */
struct ush_passive *ush_passive_new(unsigned places, ush_passive_note_fn *note, void *arg);
/* As these settings want it, soon: the thread takes them up. One thread calls. */
void ush_passive_follow(struct ush_passive *passive, const struct ush_module_settings *settings);
/* Write what is known to disk soon: a list has come in force. Any thread. NULL is allowed. */
void ush_passive_write_soon(struct ush_passive *passive);
/* What found no room, since the start. Any thread. NULL is allowed. */
uint64_t ush_passive_lost(struct ush_passive *passive);
/* Writes what is known and ends the thread; leaves it behind, and says so, if the file system does not
 * answer for three seconds. Then frees everything. NULL is allowed. */
void ush_passive_close(struct ush_passive *passive);

/* What a worker asks about one reply. */
struct ush_passive_question {
	uint32_t tag;  /* 0: nothing is to be recorded */
	uint32_t *set; /* where the tag would be */
};

/* On the worker with this number. `has_address`: it may be that an address is handed out. The table
 * is called for; look at it a little later. `passive` may be NULL. */
void ush_passive_ask(struct ush_passive *passive, unsigned place, const struct ush_name *name,
    const struct ush_address *client, bool has_address, struct ush_passive_question *out);
/* Whether it has not been recorded in this hour. */
bool ush_passive_is_new(const struct ush_passive_question *question);
/* It is not new any more. */
void ush_passive_remember(const struct ush_passive_question *question);
/* Records it. `is_real`: an address was handed out. Without room it is lost, and stays new. */
void ush_passive_record(struct ush_passive *passive, unsigned place,
    const struct ush_passive_question *question, const struct ush_name *name,
    const struct ush_address *client, bool is_real);
/* Whether anything is recorded at the moment. NULL is allowed. */
bool ush_passive_is_on(const struct ush_passive *passive);
