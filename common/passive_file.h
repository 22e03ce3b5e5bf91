/* SPDX-License-Identifier: BSD-3-Clause */
/* passive_file.h - the passive record on disk: which client asked for which name that was not listed,
 * and when, for a name that is listed later (docs/passive.md).
 *
 * A directory has a key and one or more files for each hour or day. No name stands in them: a pair
 * has a hash under that key, of a name that was asked for or of one above it. So the name that is
 * listed today finds who asked for it; without the key nothing can be found.
 *
 * Any thread may call; one thread writes a directory. Little endian, as the blocklist. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/passive_key.h"

#define USH_HOUR_S 3600u
#define USH_DAY_S 86400u

/* A client and what it asked for. */
struct ush_passive_pair {
	uint64_t hash;
	uint32_t client; /* index into the file's clients */
	uint8_t first;   /* hours of the period, from 0 */
	uint8_t last;
	uint8_t flags;
	uint8_t zero;
};
#define USH_PASSIVE_REAL 1u /* at least one of the answers had an address */

/* One file. Pairs are in the order of hash and client. */
struct ush_passive_file {
	uint64_t begin_ms; /* of its period */
	uint32_t period_s;
	uint64_t key_check; /* of its key */
	size_t pair_count;
	size_t client_count;
	const struct ush_passive_pair *pairs;
	const struct ush_passive_client *clients;
	void *memory; /* of a file that was read */
};
void ush_passive_sort(struct ush_passive_pair *pairs, size_t count);

/* Replaces directory/name. *bytes: its size. */
USH_MUST_CHECK int ush_passive_file_write(const char *directory, const char *name,
    const struct ush_passive_file *file, uint64_t *bytes, struct ush_error *err);
/* Reads it whole and checks every byte and index. -1 if it is cut short, altered or foreign. */
USH_MUST_CHECK int ush_passive_file_read(
    struct ush_passive_file *out, const char *directory, const char *name, struct ush_error *err);
void ush_passive_file_fini(struct ush_passive_file *file);

#define USH_PASSIVE_NAME_MAX 40
/* "20261129T17-000.passive" */
void ush_passive_file_name(char buf[USH_PASSIVE_NAME_MAX], uint64_t begin_ms, unsigned part);

/* A file of the directory, by its name and size. */
struct ush_passive_entry {
	char name[USH_PASSIVE_NAME_MAX];
	uint64_t begin_ms;
	unsigned part;
	uint64_t bytes;
};
struct ush_passive_entries {
	struct ush_passive_entry *items; /* the oldest first */
	size_t count;
};
/* Anything else in the directory is left out. No directory: no entries. */
USH_MUST_CHECK int ush_passive_entries_find(
    struct ush_passive_entries *out, const char *directory, struct ush_error *err);
void ush_passive_entries_fini(struct ush_passive_entries *entries);
/* Removes what a write that was interrupted has left. The writer alone may call. */
void ush_passive_remove_unfinished(const char *directory);
