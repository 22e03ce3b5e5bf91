/* SPDX-License-Identifier: BSD-3-Clause */
/* passive_table.h - the pairs of client and name hash of the hour or day that is not over, in memory
 * of fixed size. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/passive_file.h"

struct ush_passive_table;

/* Takes some `bytes`; NULL without memory. */
struct ush_passive_table *ush_passive_table_new(size_t bytes);
void ush_passive_table_free(struct ush_passive_table *table); /* NULL is allowed */

enum ush_passive_added {
	USH_PASSIVE_ADDED, /* or known */
	USH_PASSIVE_FULL,  /* write it out, clear it, add again */
	USH_PASSIVE_GREEDY /* this client has its share of the table: the pair is lost */
};
/* `hour` of the period in which it was asked; not before those of earlier calls. */
enum ush_passive_added ush_passive_table_add(struct ush_passive_table *table, uint64_t hash,
    const struct ush_passive_client *client, uint8_t hour, uint8_t flags);

size_t ush_passive_table_count(const struct ush_passive_table *table);
void ush_passive_table_clear(struct ush_passive_table *table);

/* Sets pairs and clients of `file` as files have them: file->memory is the caller's to free, clients
 * are the table's. -1 without memory. */
USH_MUST_CHECK int ush_passive_table_list(
    const struct ush_passive_table *table, struct ush_passive_file *file);
