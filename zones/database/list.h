/* SPDX-License-Identifier: BSD-3-Clause */
/* list.h - struct ush_blocklist from inside: what open.c fills and the lookups read. Private to
 * zones/database. Immutable once open. Sections that the reader did not ask for are NULL with count
 * 0. */
#pragma once

#include "zones/blocklist.h"
#include "zones/database/format.h"

struct ush_section_copy {
	void *data; /* aligned to USH_DB_ALIGN */
	size_t bytes;
	uint64_t count;
};

struct ush_blocklist {
	struct ush_db_header header;
	unsigned parts;
	struct ush_section_copy sections[USH_DB_SECTIONS];
	/* The classes as lookups want them: `rank` is 0 for never-block, else the feed's place
	 * plus 1. */
	struct ush_list_class {
		uint32_t rank;
		uint8_t action;
		bool never_block;
	} * classes;
	/* The prefix lengths that networks have, IPv4 first. */
	struct ush_list_length {
		uint32_t first; /* networks[first..end) */
		uint32_t end;
		uint8_t bits;
	} lengths[USH_DB_NETWORK_RANGES];
	unsigned ipv4_lengths;
	unsigned all_lengths;
	/* Of the URLs those that are found by their path alone: the first of each path and class,
	 * sorted by these. */
	uint32_t *planted;
	uint32_t planted_count;
	/* Notes about addresses with a port, sorted by these. */
	struct ush_list_endpoint {
		struct ush_endpoint endpoint;
		uint32_t note;
	} * endpoints;
	size_t endpoint_count;
	uint64_t memory_bytes;
	uint32_t first_network_rule; /* names have the numbers below */
	uint32_t first_url_rule;
	uint32_t rules;
};

static inline const void *
ush_list_records(const struct ush_blocklist *list, enum ush_db_section_id id)
{
	return list->sections[id].data;
}

static inline uint32_t
ush_list_count(const struct ush_blocklist *list, enum ush_db_section_id id)
{
	return (uint32_t)list->sections[id].count;
}

/* A text of USH_DB_STRINGS or USH_DB_TEXTS; the offset was checked at open. */
static inline const char *
ush_list_text(const struct ush_blocklist *list, enum ush_db_section_id id, uint32_t offset)
{
	return (const char *)list->sections[id].data + offset;
}

/* The effective action of a class; NONE if it does not exist for this caller. */
static inline enum ush_action
ush_list_action(const struct ush_blocklist *list, const uint8_t *actions, uint32_t class_id)
{
	enum ush_action action = list->classes[class_id].action;

	if (actions != NULL && !list->classes[class_id].never_block)
		action = actions[class_id];
	return action == USH_ACTION_OFF ? USH_ACTION_NONE : action;
}

/* True if `a` comes before `b` in the order of blocklist.h. */
bool ush_list_precedes(
    const struct ush_blocklist *list, const struct ush_match *a, const struct ush_match *b);

/* One rule that fits. */
typedef void ush_found_fn(void *arg, const struct ush_match *match);

/* Keeps the first in order of all that are found. */
struct ush_best {
	const struct ush_blocklist *list;
	struct ush_match *match;
	bool any;
};

ush_found_fn ush_keep_best;

/* Find, in the order of precedence, the rule after `last` (NULL: the first). */
struct ush_next {
	const struct ush_blocklist *list;
	const struct ush_match *last;
	struct ush_match match;
	bool any;
};

ush_found_fn ush_keep_next;

/* Find out which prefix lengths there are, once the networks are known to be good. */
void ush_list_index_lengths(struct ush_blocklist *list);

/* Find out what is planted, once the URLs are known to be good. -1: no memory. */
USH_MUST_CHECK int ush_list_index_planted(struct ush_blocklist *list);

/* Find the notes about addresses with a port. -1: no memory. */
USH_MUST_CHECK int ush_list_index_endpoints(struct ush_blocklist *list);

/* Check what ush_blocklist_open() has read; checksums hold already. `path` is for the message. */
USH_MUST_CHECK int ush_list_verify(
    struct ush_blocklist *list, const char *path, struct ush_error *err);
