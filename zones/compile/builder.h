/* SPDX-License-Identifier: BSD-3-Clause */
/* builder.h - a blocklist in the making: feeds, campaigns, classes and rules, sorted and written at
 * the end. It takes what the compiler has found good; it judges nothing. One thread. Whatever it is
 * given it copies. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/name.h"
#include "common/settings.h"
#include "zones/blocklist.h"

struct ush_builder;

/* Names as in format.h. */
#define USH_SCOPE_EXACT 1u
#define USH_SCOPE_BELOW 2u /* the names below, not the name itself */
#define USH_SCOPE_SUBDOMAINS (USH_SCOPE_EXACT | USH_SCOPE_BELOW)

/* Where a rule or note comes from. Strings may be NULL. */
struct ush_origin {
	unsigned line;
	const char *added;
	const char *seen; /* the last day; goes into the remark */
	const char *expires;
	const char *confidence;
	const char *raw;
	const char *remark;
	unsigned report_line;
};

USH_MUST_CHECK int ush_builder_new(struct ush_builder **out, struct ush_error *err);
void ush_builder_free(struct ush_builder *builder); /* NULL is allowed */

/* Feeds come in order of precedence, never-block feeds first. */
USH_MUST_CHECK int ush_builder_feed(struct ush_builder *builder, const struct ush_feed_info *feed,
    bool never_block, struct ush_error *err);
/* How many indicators of the feed that is being built were good. */
void ush_builder_feed_count(struct ush_builder *builder, uint64_t indicators);

/* Undo all that came since the mark, which stands in front of a feed: for one that turns out to be
 * bad at its end. To be undone once. */
struct ush_builder_mark;
USH_MUST_CHECK int ush_builder_mark(const struct ush_builder *builder, bool never_block,
    struct ush_builder_mark **out, struct ush_error *err);
void ush_builder_rewind(struct ush_builder *builder, struct ush_builder_mark *mark);
void ush_builder_mark_free(struct ush_builder_mark *mark); /* NULL is allowed */

/* The class of the current feed's rules for a campaign and an action. `software` may be NULL. */
USH_MUST_CHECK int ush_builder_class(struct ush_builder *builder, const char *campaign,
    const char *software, enum ush_action action, uint16_t *class_id, struct ush_error *err);

/* `trigger` is the text that ush_source() gives back. */
USH_MUST_CHECK int ush_builder_name(struct ush_builder *builder, uint16_t class_id,
    const struct ush_name *name, const char *trigger, size_t trigger_len, unsigned scope,
    const struct ush_origin *origin);
USH_MUST_CHECK int ush_builder_network(struct ush_builder *builder, uint16_t class_id,
    const struct ush_network *network, const struct ush_origin *origin);
/* `path` is normalised. */
USH_MUST_CHECK int ush_builder_url(struct ush_builder *builder, uint16_t class_id,
    const struct ush_name *host, const char *path, size_t path_len, bool planted, bool host_guessed,
    const struct ush_origin *origin);
USH_MUST_CHECK int ush_builder_note(struct ush_builder *builder, const char *type,
    const char *value, const struct ush_origin *origin);

/* A rule that never-block entries save, all that it covers or a part (the name, say, and not what
 * is below it). Strings are borrowed for the call. */
struct ush_saved_rule {
	const char *value;
	bool in_part;
	const char *file; /* of the entry */
	unsigned line;
};
typedef void ush_saved_fn(void *arg, const struct ush_saved_rule *saved);

/* The function to call for each rule for names and networks that is saved by a never-block
 * entry. */
void ush_builder_on_saved(struct ush_builder *builder, ush_saved_fn *fn, void *arg);

/* Call it if an entry saves the name. ush_builder_name() does so itself: this is for a name that gets
 * no rule. `value` is its text. */
void ush_builder_report_saved_name(const struct ush_builder *builder, const struct ush_name *name,
    const char *value, unsigned scope);

struct ush_build_options {
	const char *path;
	const struct ush_blocklist *previous; /* keeps its slots and serial going; NULL: none */
	uint64_t now_ms;
	uint32_t last_slot; /* slots 2..last_slot are given; at most 254 */
	/* The site's, so that what it sinkholes has a slot; may be NULL. */
	const struct ush_overrides *campaigns;
	const struct ush_overrides *feeds;
};

struct ush_build_result {
	uint32_t serial;
	uint64_t names; /* rules after duplicates */
	uint64_t networks;
	uint64_t urls;
	uint64_t duplicates;
	uint64_t file_bytes;
	bool group_lost;              /* see replace.h */
	uint32_t slots;               /* that campaigns can have */
	uint32_t slots_taken;         /* of these, also by campaigns that have left the list */
	uint32_t without_slot;        /* campaigns whose slot, given before, is beyond last_slot */
	char without_slot_first[128]; /* the first of them */
};

/* Sort, number, write, replace options->path. The builder is used up. */
USH_MUST_CHECK int ush_builder_write(struct ush_builder *builder,
    const struct ush_build_options *options, struct ush_build_result *result,
    struct ush_error *err);
