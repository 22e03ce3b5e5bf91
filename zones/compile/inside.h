/* SPDX-License-Identifier: BSD-3-Clause */
/* inside.h - struct ush_builder from inside: builder.c fills it, slots.c numbers its campaigns,
 * build.c writes it. A builder owns its rows and texts (ush_builder_free() frees them); what
 * ush_rows_add() gives is valid until the next one of the same rows is added. One thread at a time.
 */
#pragma once

#include "zones/compile/builder.h"
#include "zones/compile/rules.h"
#include "zones/compile/texts.h"
#include "zones/database/format.h"

/* A growing array of one kind of record. */
struct ush_rows {
	void *items;
	size_t count;
	size_t size;
};

/* First hashes. */
struct ush_name_ends {
	uint64_t two; /* labels */
	uint64_t three;
};

struct ush_network_rule {
	struct ush_db_network network;
	struct ush_db_source source;
	uint32_t never_entry;
};

struct ush_url_rule {
	struct ush_db_url url;
	struct ush_db_source source;
};

/* Where a never-block entry stands. */
struct ush_never_entry {
	uint32_t feed;
	uint32_t line;
};

struct ush_builder {
	struct ush_db_header header; /* secret and depths count while building */
	struct ush_texts strings;
	struct ush_texts texts;
	struct ush_rows feeds;     /* struct ush_db_feed */
	struct ush_rows campaigns; /* struct ush_db_campaign */
	struct ush_rows classes;   /* struct ush_db_class */
	struct ush_name_rules names;
	struct ush_rows ends;     /* struct ush_name_ends, of names with more than two labels */
	struct ush_rows networks; /* struct ush_network_rule */
	struct ush_rows urls;     /* struct ush_url_rule */
	struct ush_rows metas;    /* struct ush_db_meta */
	struct ush_rows notes;    /* struct ush_db_note */
	struct ush_name_set never_block; /* with the number of the entry */
	struct ush_rows never_entries;   /* struct ush_never_entry */
	size_t never_networks;           /* of networks, the first */
	bool never_blocks;               /* the current feed does */
	ush_saved_fn *saved;
	void *saved_arg;
};

void ush_builder_report_saved_network(
    const struct ush_builder *builder, const struct ush_network *network, const char *value);

/* A zeroed new record at the end; NULL if there is no memory. */
void *ush_rows_add(struct ush_rows *table, size_t size);

USH_MUST_CHECK int ush_builder_campaign(
    struct ush_builder *builder, const char *name, const char *software, uint32_t *campaign_id);

/* Give every campaign that sinkholes a slot: the previous list's, else a random free one. */
USH_MUST_CHECK int ush_builder_slots(struct ush_builder *builder,
    const struct ush_build_options *options, struct ush_build_result *result,
    struct ush_error *err);
