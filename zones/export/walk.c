/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/export/format.h"

#include <stdlib.h>
#include <string.h>
#include "zones/compile/guard.h"
#include "zones/compile/rules.h"
#include "zones/database/hash.h"

struct export_walk {
	const struct ush_export_format *format;
	struct ush_export *export;
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
name_effect(const struct export_walk *walk, const struct ush_name *name)
{
	struct first_two two = {.list = walk->list, .bits_max = 128};

	ush_blocklist_explain(walk->list, walk->actions, name, note_match, &two);
	return effect_of(&two);
}

static struct ush_effect
below_effect(const struct export_walk *walk, const struct ush_name *name)
{
	struct ush_name below;

	if (ush_name_below(name, &below) != 0)
		return (struct ush_effect){.kind = USH_EFFECT_NOTHING};
	return name_effect(walk, &below);
}

/* 1 if the name is new, 0 if it was seen before, -1 if there is no memory. */
static int
see(struct export_walk *walk, const struct ush_name *name)
{
	struct ush_db_fingerprint print =
	    ush_db_fingerprint(&walk->key, name->wire, name->len - 1u);

	if (ush_name_set_find(&walk->seen, print, NULL) != 0)
		return 0;
	return ush_name_set_add(&walk->seen, print, 1, 1, 0) == 0 ? 1 : -1;
}

static void
count(
    struct ush_export_result *result, const struct ush_effect *self, const struct ush_effect *below)
{
	result->monitored += self->monitored || below->monitored;
	result->passed += self->kind == USH_EFFECT_PASS || below->kind == USH_EFFECT_PASS;
	result->written += self->kind == USH_EFFECT_ACT || below->kind == USH_EFFECT_ACT;
}

/* A name with other octets ends a line, a quotation or a comment in one format or the other. A list
 * that was compiled has none; one that was made in another way may. */
static int
give_new_owner(struct export_walk *walk, struct ush_owner *owner, struct ush_error *err)
{
	char text[USH_NAME_TEXT_MAX];

	if (!ush_name_is_host(owner->name)) {
		walk->export->result->unsafe++;
		return 0;
	}
	if (walk->format->owner == NULL)
		return 0;
	ush_name_to_text(owner->name, text);
	owner->text = text;
	count(walk->export->result, &owner->self, &owner->below);
	return walk->format->owner(walk->export, owner, err);
}

static int
give_owner(
    struct export_walk *walk, const struct ush_name *name, bool in_between, struct ush_error *err)
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
	return is_new == 1 ? give_new_owner(walk, &owner, err) : 0;
}

static int
give_name(struct export_walk *walk, const char *trigger, struct ush_error *err)
{
	struct ush_name name;

	if (ush_name_from_text(&name, trigger, strlen(trigger)) != 0)
		return ush_fail(err, NULL, 0, "the list has a name that is none: %s", trigger);
	if (give_owner(walk, &name, false, err) != 0)
		return -1;
	while (walk->format->is_zone && ush_name_labels(&name) > 1) {
		ush_name_suffix(&name, 1, &name);
		if (give_owner(walk, &name, true, err) != 0)
			return -1;
	}
	return 0;
}

static int
give_network(struct export_walk *walk, const char *trigger, struct ush_error *err)
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
	if (walk->format->network == NULL) {
		walk->export->result->monitored += effect.monitored;
		walk->export->result->networks += effect.kind == USH_EFFECT_ACT;
		return 0;
	}
	count(walk->export->result, &effect, &effect);
	return walk->format->network(walk->export, &network, &effect, err);
}

static struct ush_effect
url_effect(const struct export_walk *walk, const struct ush_name *host, uint32_t class_id)
{
	struct ush_effect effect = {.kind = USH_EFFECT_NOTHING, .class_id = class_id};
	struct ush_class class;

	ush_blocklist_class(walk->list, class_id, &class);
	effect.action =
	    walk->actions != NULL ? (enum ush_action)walk->actions[class_id] : class.action;
	if (class.never_block || ush_blocklist_never_blocks(walk->list, host))
		return effect;
	effect.monitored = effect.action == USH_ACTION_MONITOR;
	if (effect.action < USH_ACTION_PASSTHRU)
		effect.kind = USH_EFFECT_ACT;
	return effect;
}

static bool
is_plain_path(const char *path)
{
	for (; *path != '\0'; path++) {
		if (*path <= ' ' || *path > '~' || *path == '"')
			return false;
	}
	return true;
}

/* Of a path whose host is a guess other programs can make nothing. */
static int
give_url(struct export_walk *walk, const struct ush_rule *rule, const char *trigger,
    struct ush_error *err)
{
	const char *path = strchr(trigger, '/');
	char host_text[USH_NAME_TEXT_MAX];
	struct ush_export_url url;
	struct ush_name host;
	struct ush_db_fingerprint print =
	    ush_db_fingerprint(&walk->key, (const uint8_t *)trigger, strlen(trigger));

	if (walk->format->url == NULL || !rule->host_known ||
	    ush_name_set_find(&walk->seen, print, NULL) != 0)
		return 0;
	if (path == NULL || ush_name_from_text(&host, trigger, (size_t)(path - trigger)) != 0)
		return ush_fail(err, NULL, 0, "the list has a URL that is none: %s", trigger);
	if (ush_name_set_add(&walk->seen, print, 1, 1, 0) != 0)
		return ush_fail(err, NULL, 0, "no memory");
	url = (struct ush_export_url){.host = host_text,
	    .path = path,
	    .effect = url_effect(walk, &host, rule->class_id),
	    .planted = rule->planted};
	if (!ush_name_is_host(&host) || !is_plain_path(path)) {
		walk->export->result->unsafe++;
		return 0;
	}
	ush_name_to_text(&host, host_text);
	count(walk->export->result, &url.effect, &url.effect);
	return walk->format->url(walk->export, &url, err);
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
	positions = calloc(info.names + info.networks + info.urls + 1, sizeof(*positions));
	for (uint32_t i = 0; positions != NULL && i < info.rules; i++) {
		struct ush_source source;
		struct ush_rule rule;

		ush_blocklist_rule(list, i, &rule);
		if (rule.kind == USH_RULE_NONE ||
		    *count == info.names + info.networks + info.urls ||
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

/* The rules of all other campaigns are switched off, so that the campaign's own decide even where
 * another one comes first. NULL with the reason. */
static uint8_t *
actions_of_campaign(const struct ush_export_options *options, struct ush_error *err)
{
	const uint8_t *actions =
	    options->policy != NULL ? ush_policy_actions(options->policy) : NULL;
	struct ush_blocklist_info info;
	bool found = false;
	uint8_t *own;

	ush_blocklist_info(options->list, &info);
	if ((own = calloc(info.classes + 1u, 1)) == NULL) {
		ush_fail(err, NULL, 0, "no memory");
		return NULL;
	}
	for (uint32_t i = 0; i < info.classes; i++) {
		struct ush_class class;
		bool is_own;

		ush_blocklist_class(options->list, i, &class);
		is_own = strcmp(class.campaign, options->campaign) == 0;
		found = found || (is_own && !class.never_block);
		own[i] = actions != NULL ? actions[i] : (uint8_t) class.action;
		if (!is_own && !class.never_block)
			own[i] = USH_ACTION_OFF;
	}
	if (found)
		return own;
	ush_fail(err, NULL, 0, "the list has no campaign %.128s", options->campaign);
	free(own);
	return NULL;
}

int
ush_export_walk(
    const struct ush_export_format *format, struct ush_export *export, struct ush_error *err)
{
	const struct ush_policy *policy = export->options->policy;
	struct export_walk walk = {
	    .format = format,
	    .export = export,
	    .list = export->options->list,
	    .actions = policy != NULL ? ush_policy_actions(policy) : NULL,
	};
	struct position *positions;
	uint8_t *own = NULL;
	size_t rules;
	int rc;

	if (export->options->campaign != NULL) {
		if ((own = actions_of_campaign(export->options, err)) == NULL)
			return -1;
		walk.actions = own;
	}
	positions = in_order(walk.list, &rules);
	rc = positions != NULL ? 0 : ush_fail(err, NULL, 0, "no memory");

	for (size_t i = 0; rc == 0 && i < rules; i++) {
		struct ush_source source;
		struct ush_rule rule;

		ush_blocklist_rule(walk.list, positions[i].rule, &rule);
		if (ush_blocklist_source(walk.list, positions[i].rule, &source) != 0)
			continue;
		if (rule.kind == USH_RULE_NAME)
			rc = give_name(&walk, source.trigger, err);
		else if (rule.kind == USH_RULE_NETWORK)
			rc = give_network(&walk, source.trigger, err);
		else
			rc = give_url(&walk, &rule, source.trigger, err);
	}
	free(positions);
	free(own);
	ush_name_set_fini(&walk.seen);
	return rc;
}
