/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/export/walk.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/event.h"
#include "common/terminal.h"
#include "zones/compile/rules.h"
#include "zones/database/hash.h"

struct walk {
	const struct ush_walker *walker;
	const struct ush_blocklist *list;
	const uint8_t *actions;
	struct ush_db_header key; /* for the set alone */
	struct ush_name_set seen;
};

/* The first two things that match decide: the winner, and whether anything else is there. */
struct first_two {
	struct ush_match match;
	unsigned count;
	unsigned bits_max; /* networks: longer prefixes are other rules' business */
	bool blocked;      /* a rule that is no never-block entry matches */
	const struct ush_blocklist *list;
};

static void
note_match(void *arg, const struct ush_match *match, bool fires)
{
	struct first_two *two = arg;
	struct ush_class class;

	(void)fires;
	if (match->bits > two->bits_max)
		return;
	ush_blocklist_class(two->list, match->class_id, &class);
	if (two->count++ == 0)
		two->match = *match;
	else if (!class.never_block && match->action != USH_ACTION_MONITOR &&
	         match->action != USH_ACTION_PASSTHRU)
		two->blocked = true;
}

static struct ush_effect
effect_of(const struct first_two *two)
{
	struct ush_effect effect = {.kind = USH_EFFECT_NOTHING};
	struct ush_class class;

	if (two->count == 0)
		return effect;
	ush_blocklist_class(two->list, two->match.class_id, &class);
	effect.class_id = two->match.class_id;
	effect.action = two->match.action;
	effect.monitored = !class.never_block && two->match.action == USH_ACTION_MONITOR;
	if (class.never_block || two->match.action == USH_ACTION_MONITOR ||
	    two->match.action == USH_ACTION_PASSTHRU)
		effect.kind = two->blocked ? USH_EFFECT_PASS : USH_EFFECT_NOTHING;
	else
		effect.kind = USH_EFFECT_ACT;
	return effect;
}

static struct ush_effect
name_effect(const struct walk *walk, const struct ush_name *name)
{
	struct first_two two = {.list = walk->list, .bits_max = 128};

	ush_blocklist_explain(walk->list, walk->actions, name, note_match, &two);
	return effect_of(&two);
}

/* What a name gets that nobody lists: one more label, of an octet that no list writes. */
static struct ush_effect
below_effect(const struct walk *walk, const struct ush_name *name)
{
	struct ush_name below = {.len = (uint8_t)(name->len + 2), .wire = {1, 0xff}};

	if (name->len > USH_NAME_MAX - 2)
		return (struct ush_effect){.kind = USH_EFFECT_NOTHING};
	memcpy(below.wire + 2, name->wire, name->len);
	return name_effect(walk, &below);
}

/* 1 if the name is new, 0 if it was seen before, -1 if there is no memory. */
static int
see(struct walk *walk, const struct ush_name *name)
{
	struct ush_db_fingerprint print =
	    ush_db_fingerprint(&walk->key, name->wire, name->len - 1u);

	if (ush_name_set_find(&walk->seen, print, NULL) != 0)
		return 0;
	return ush_name_set_add(&walk->seen, print, 1, 1, 0) == 0 ? 1 : -1;
}

static int
give_owner(struct walk *walk, const struct ush_name *name, bool in_between, struct ush_error *err)
{
	struct ush_owner owner = {
	    .name = name,
	    .self = name_effect(walk, name),
	    .below = below_effect(walk, name),
	};
	int is_new;

	if (in_between && owner.self.kind == USH_EFFECT_NOTHING &&
	    owner.below.kind == USH_EFFECT_NOTHING)
		return 0;
	if ((is_new = see(walk, name)) == -1)
		return ush_fail(err, NULL, 0, "no memory");
	return is_new == 1 ? walk->walker->owner(walk->walker->arg, &owner, err) : 0;
}

static int
give_name(struct walk *walk, const char *trigger, struct ush_error *err)
{
	struct ush_name name;

	if (ush_name_from_text(&name, trigger, strlen(trigger)) != 0)
		return ush_fail(err, NULL, 0, "the list has a name that is none: %s", trigger);
	if (give_owner(walk, &name, false, err) != 0)
		return -1;
	while (walk->walker->names_in_between && ush_name_labels(&name) > 1) {
		ush_name_suffix(&name, 1, &name);
		if (give_owner(walk, &name, true, err) != 0)
			return -1;
	}
	return 0;
}

static int
give_network(struct walk *walk, const char *trigger, struct ush_error *err)
{
	struct first_two two = {.list = walk->list};
	struct ush_network network;
	struct ush_name key = {0};
	struct ush_effect effect;
	size_t len = strlen(trigger);

	if (ush_network_from_text(&network, trigger) != 0 || len >= sizeof(key.wire))
		return ush_fail(err, NULL, 0, "the list has a network that is none: %s", trigger);
	memcpy(key.wire, trigger, len);
	key.len = (uint8_t)(len + 1);
	if (see(walk, &key) != 1)
		return 0;
	two.bits_max = network.bits;
	ush_blocklist_explain_address(walk->list, walk->actions, &network.base, note_match, &two);
	effect = effect_of(&two);
	return walk->walker->network(walk->walker->arg, &network, &effect, err);
}

struct position {
	uint32_t rule;
	uint32_t line;
	uint16_t class_id;
};

static int
compare(const void *a, const void *b)
{
	const struct position *x = a;
	const struct position *y = b;

	/* Classes are in the order of the feeds, but one feed's lines are mixed over its classes.
	 */
	if (x->class_id != y->class_id)
		return x->class_id < y->class_id ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* Rules lie in the order of a random key; people want the order in which they wrote them. */
static struct position *
in_order(const struct ush_blocklist *list, size_t *count)
{
	struct ush_blocklist_info info;
	struct position *positions;

	ush_blocklist_info(list, &info);
	*count = 0;
	positions = calloc(info.names + info.networks + 1, sizeof(*positions));
	for (uint32_t i = 0; positions != NULL && i < info.rules; i++) {
		struct ush_source source;
		struct ush_rule rule;

		ush_blocklist_rule(list, i, &rule);
		if ((rule.kind != USH_RULE_NAME && rule.kind != USH_RULE_NETWORK) ||
		    *count == info.names + info.networks ||
		    ush_blocklist_source(list, i, &source) != 0)
			continue;
		positions[(*count)++] = (struct position){
		    .rule = i,
		    .line = source.line,
		    .class_id = (uint16_t)rule.class_id,
		};
	}
	if (positions != NULL)
		qsort(positions, *count, sizeof(*positions), compare);
	return positions;
}

int
ush_walk(const struct ush_walker *walker, struct ush_error *err)
{
	const struct ush_blocklist *list = walker->options->list;
	struct walk walk = {
	    .walker = walker,
	    .list = list,
	    .actions = walker->options->policy != NULL ? ush_policy_actions(walker->options->policy)
	                                               : NULL,
	};
	size_t count;
	struct position *positions = in_order(list, &count);
	int rc = positions != NULL ? 0 : ush_fail(err, NULL, 0, "no memory");

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct ush_source source;
		struct ush_rule rule;

		ush_blocklist_rule(list, positions[i].rule, &rule);
		if (ush_blocklist_source(list, positions[i].rule, &source) != 0)
			continue;
		if (rule.kind == USH_RULE_NAME)
			rc = give_name(&walk, source.trigger, err);
		else
			rc = give_network(&walk, source.trigger, err);
	}
	free(positions);
	ush_name_set_fini(&walk.seen);
	return rc;
}

const struct ush_address *
ush_export_address(const struct ush_export_options *options, uint32_t class_id, int family)
{
	const struct ush_address *own =
	    family == AF_INET ? &options->sinkhole4 : &options->sinkhole6;

	/* Who gives one family by hand means it for both. */
	if (options->sinkhole4.family != 0 || options->sinkhole6.family != 0)
		return own->family != 0 ? own : NULL;
	return options->policy != NULL ? ush_policy_address(options->policy, class_id, family)
	                               : NULL;
}

void
ush_export_heading(const struct ush_export_options *options, const char *mark)
{
	struct ush_blocklist_info info;
	char built[USH_TIME_TEXT_MAX];

	ush_blocklist_info(options->list, &info);
	fprintf(options->to, "%s unbound-sinkhole, list serial %u, built %s\n", mark, info.serial,
	    ush_time_to_text(info.built_ms, built));
	for (uint32_t i = 0; i < info.feeds; i++) {
		struct ush_feed_info feed;

		ush_blocklist_feed(options->list, i, &feed);
		fprintf(options->to, "%s feed ", mark);
		ush_terminal_put(options->to, feed.name); /* one line, whatever its name */
		fprintf(options->to, ": %llu indicators\n", (unsigned long long)feed.indicators);
	}
}
