/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/export/effect.h"

#include <string.h>

int
ush_asked_init(
    struct ush_asked *asked, const struct ush_export_options *options, struct ush_error *err)
{
	struct ush_blocklist_info info;

	*asked = (struct ush_asked){
	    .list = options->list,
	    .actions = options->policy != NULL ? ush_policy_actions(options->policy) : NULL,
	    .choice = options->choice,
	};
	if (options->choice.campaign == NULL)
		return 0;
	ush_blocklist_info(options->list, &info);
	for (uint32_t i = 0; i < info.classes; i++) {
		struct ush_class class;

		ush_blocklist_class(options->list, i, &class);
		asked->campaign_id = class.campaign_id;
		if (!class.never_block && strcmp(class.campaign, options->choice.campaign) == 0)
			return 0;
	}
	return ush_fail(err, NULL, 0, "the list has no campaign %.128s", options->choice.campaign);
}

static unsigned
confidence_rank(const char *word)
{
	static const char *const words[] = {"low", "medium", "high"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], word) == 0)
			return i + 1;
	}
	return 0;
}

static bool
lets_pass(const struct ush_class *class, enum ush_action action)
{
	return class->never_block || action == USH_ACTION_PASSTHRU || action == USH_ACTION_MONITOR;
}

/* By confidence and age; `says_it`: the feed says something of what is asked. */
static bool
is_of_choice(const struct ush_export_choice *choice, const struct ush_source *source, bool *says_it)
{
	*says_it = (choice->confidence == NULL || confidence_rank(source->confidence) > 0) &&
	           (choice->since == NULL || source->added[0] != '\0');
	return *says_it &&
	       (choice->confidence == NULL ||
	           confidence_rank(source->confidence) >= confidence_rank(choice->confidence)) &&
	       (choice->since == NULL || strcmp(source->added, choice->since) >= 0);
}

/* Whether a rule counts. What lets a name pass does, whatever its feed says of confidence and age:
 * left out, it would block more than the list does. `is_own`: of this very name, so that it is counted
 * here if it is left out. */
static bool
is_chosen(const struct ush_asked *asked, uint32_t rule, const struct ush_class *class,
    enum ush_action action, bool is_own, struct ush_effect *effect)
{
	const struct ush_export_choice *choice = &asked->choice;
	struct ush_source source;
	bool says_it;
	bool chosen;

	if (choice->campaign != NULL && !class->never_block &&
	    class->campaign_id != asked->campaign_id)
		return false;
	if ((choice->confidence == NULL && choice->since == NULL) || lets_pass(class, action))
		return true;
	if (ush_blocklist_source(asked->list, rule, &source) != 0)
		return false;
	chosen = is_of_choice(choice, &source, &says_it);
	if (is_own) {
		effect->unchosen = effect->unchosen || !chosen;
		effect->unsaid = effect->unsaid || !says_it;
	}
	return chosen;
}

/* The first rule that counts decides; of the others only whether one of them blocks. */
struct first_of {
	const struct ush_asked *asked;
	unsigned labels;   /* of the name that is asked for; networks: 0 */
	unsigned bits_max; /* networks: longer prefixes are other rules' business */
	unsigned count;
	bool passes;  /* the first one */
	bool blocked; /* another one blocks */
	struct ush_effect effect;
};

static void
note_match(void *arg, const struct ush_match *match, bool fires)
{
	struct first_of *first = arg;
	struct ush_class class;
	bool passes;

	(void)fires;
	if (match->bits > first->bits_max)
		return;
	ush_blocklist_class(first->asked->list, match->class_id, &class);
	if (!is_chosen(first->asked, match->rule, &class, match->action,
	        match->labels == first->labels &&
	            (first->labels > 0 || match->bits == first->bits_max),
	        &first->effect))
		return;
	passes = lets_pass(&class, match->action);
	if (first->count++ > 0) {
		first->blocked = first->blocked || !passes;
		return;
	}
	first->passes = passes;
	first->effect.rule = match->rule;
	first->effect.class_id = match->class_id;
	first->effect.action = match->action;
	first->effect.monitored = !class.never_block && match->action == USH_ACTION_MONITOR;
}

static struct ush_effect
effect_of(const struct first_of *first)
{
	struct ush_effect effect = first->effect;

	if (first->count == 0)
		effect.kind = USH_EFFECT_NOTHING;
	else if (first->passes)
		effect.kind = first->blocked ? USH_EFFECT_PASS : USH_EFFECT_NOTHING;
	else
		effect.kind = USH_EFFECT_ACT;
	return effect;
}

static struct ush_effect
ask(const struct ush_asked *asked, const struct ush_name *name, unsigned labels)
{
	struct first_of first = {.asked = asked, .labels = labels, .bits_max = 128};

	ush_blocklist_explain(asked->list, asked->actions, name, note_match, &first);
	return effect_of(&first);
}

struct ush_effect
ush_effect_on_name(const struct ush_asked *asked, const struct ush_name *name)
{
	return ask(asked, name, ush_name_labels(name));
}

struct ush_effect
ush_effect_below(const struct ush_asked *asked, const struct ush_name *name)
{
	struct ush_name below;

	if (ush_name_below(name, &below) != 0)
		return (struct ush_effect){.kind = USH_EFFECT_NOTHING};
	return ask(asked, &below, ush_name_labels(name));
}

struct ush_effect
ush_effect_on_network(const struct ush_asked *asked, const struct ush_network *network)
{
	struct first_of first = {.asked = asked, .bits_max = network->bits};

	ush_blocklist_explain_address(
	    asked->list, asked->actions, &network->base, note_match, &first);
	return effect_of(&first);
}

/* A feed whose classes the site has all switched off, or only watches, blocks nothing. */
static bool
feed_blocks(const struct ush_asked *asked, const char *feed)
{
	struct ush_blocklist_info info;
	bool has_class = false;

	ush_blocklist_info(asked->list, &info);
	for (uint32_t i = 0; i < info.classes; i++) {
		struct ush_class class;

		ush_blocklist_class(asked->list, i, &class);
		if (strcmp(class.feed, feed) != 0)
			continue;
		has_class = true;
		if (!class.never_block &&
		    (asked->actions != NULL ? (enum ush_action)asked->actions[i] : class.action) <
		        USH_ACTION_PASSTHRU)
			return true;
	}
	return !has_class;
}

bool
ush_effect_of_port(const struct ush_asked *asked, const struct ush_address *address,
    const struct ush_source *source, struct ush_effect *effect)
{
	struct first_of first = {.asked = asked, .bits_max = 128};
	bool says_it;
	bool chosen = is_of_choice(&asked->choice, source, &says_it);

	*effect = (struct ush_effect){.kind = USH_EFFECT_NOTHING};
	if (asked->choice.campaign != NULL || !feed_blocks(asked, source->feed))
		return false;
	ush_blocklist_explain_address(asked->list, asked->actions, address, note_match, &first);
	if (first.count > 0 && first.passes)
		return false;
	effect->kind = chosen ? USH_EFFECT_ACT : USH_EFFECT_NOTHING;
	effect->unchosen = !chosen;
	effect->unsaid = !says_it;
	return chosen;
}

struct ush_effect
ush_effect_of_url(const struct ush_asked *asked, uint32_t number, const struct ush_name *host)
{
	struct ush_effect effect = {.kind = USH_EFFECT_NOTHING, .rule = number};
	struct ush_class class;
	struct ush_rule rule;

	ush_blocklist_rule(asked->list, number, &rule);
	ush_blocklist_class(asked->list, rule.class_id, &class);
	effect.class_id = rule.class_id;
	effect.action =
	    asked->actions != NULL ? (enum ush_action)asked->actions[rule.class_id] : class.action;
	if (class.never_block || ush_blocklist_never_blocks(asked->list, host) ||
	    !is_chosen(asked, number, &class, effect.action, true, &effect))
		return effect;
	effect.monitored = effect.action == USH_ACTION_MONITOR;
	if (effect.action < USH_ACTION_PASSTHRU)
		effect.kind = USH_EFFECT_ACT;
	return effect;
}

bool
ush_effect_is_same(const struct ush_effect *a, const struct ush_effect *b)
{
	return a->kind == b->kind && (a->kind != USH_EFFECT_ACT ||
	                                 (a->action == b->action && a->class_id == b->class_id));
}
