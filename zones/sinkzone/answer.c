/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "zones/sinkzone/question.h"

const char *
ush_scope_text(bool exact, bool subdomains)
{
	if (!subdomains)
		return "exact";
	return exact ? "subdomains" : "only-subdomains";
}

struct asking {
	struct ush_answer *answer;
	const struct ush_blocklist *list;
	const struct ush_site *site;
	unsigned bits_max; /* of networks around the one that was asked about */
	bool failed;
};

/* As the module does. */
static enum ush_action
effective_action(const struct asking *asking, const struct ush_class *class, uint32_t class_id)
{
	const struct ush_site *site = asking->site;
	enum ush_action action = class->action;

	if (site->policy != NULL)
		action = ush_policy_actions(site->policy)[class_id];
	if (site->settings != NULL && site->settings->mode == USH_MODE_MONITOR &&
	    !class->never_block && action != USH_ACTION_OFF && action != USH_ACTION_PASSTHRU)
		action = USH_ACTION_MONITOR;
	return action;
}

static struct ush_answer_rule *
add_rule(struct asking *asking, enum ush_rule_kind kind, uint32_t rule, uint32_t class_id)
{
	struct ush_answer *answer = asking->answer;
	struct ush_answer_rule *rules =
	    reallocarray(answer->rules, answer->rule_count + 1, sizeof(*rules));
	struct ush_answer_rule *found;

	if (rules == NULL) {
		asking->failed = true;
		return NULL;
	}
	answer->rules = rules;
	found = &rules[answer->rule_count++];
	*found =
	    (struct ush_answer_rule){.kind = kind, .match = {.rule = rule, .class_id = class_id}};
	ush_blocklist_class(asking->list, class_id, &found->class);
	ush_blocklist_campaign(asking->list, found->class.campaign_id, &found->campaign);
	if (ush_blocklist_source(asking->list, rule, &found->source) != 0)
		asking->failed = true;
	found->action = effective_action(asking, &found->class, class_id);
	return found;
}

static const char *
why_lost(const struct ush_answer_rule *loser, const struct ush_answer_rule *winner)
{
	if (loser->action == USH_ACTION_OFF)
		return "the settings say off";
	if (winner->class.never_block)
		return "never-block wins";
	if (strcmp(loser->class.feed, winner->class.feed) != 0)
		return "its feed comes later";
	if (loser->match.labels != winner->match.labels)
		return "the longer match wins";
	if (loser->match.subdomains && !winner->match.subdomains)
		return "an exact rule wins";
	return loser->match.bits != winner->match.bits ? "the longer prefix wins"
	                                               : "its class comes later";
}

/* Findings come in the order of precedence as compiled, which settings do not change: they only
 * take rules out. */
static void
decide(struct ush_answer *answer, size_t first)
{
	const struct ush_answer_rule *winner = NULL;

	for (size_t i = first; i < answer->rule_count; i++) {
		struct ush_answer_rule *found = &answer->rules[i];

		if (winner == NULL && found->action != USH_ACTION_OFF) {
			found->fires = true;
			winner = found;
		} else {
			found->why_lost =
			    winner != NULL ? why_lost(found, winner) : "the settings say off";
		}
	}
	if (winner == NULL)
		return;
	if (winner->class.never_block)
		answer->allowed = true;
	else
		answer->listed = true;
}

static void
found_name(void *arg, const struct ush_match *match, bool fires)
{
	struct asking *asking = arg;
	struct ush_answer_rule *found =
	    add_rule(asking, USH_RULE_NAME, match->rule, match->class_id);
	struct ush_rule rule;

	(void)fires;
	if (found == NULL)
		return;
	ush_blocklist_rule(asking->list, match->rule, &rule);
	found->match = *match;
	found->exact = rule.exact;
}

static void
ask_name(struct asking *asking, const struct ush_name *name)
{
	size_t first = asking->answer->rule_count;

	ush_blocklist_explain(asking->list, NULL, name, found_name, asking);
	decide(asking->answer, first);
}

static void
found_network(void *arg, const struct ush_match *match, bool fires)
{
	struct ush_answer_rule *found =
	    add_rule(arg, USH_RULE_NETWORK, match->rule, match->class_id);

	(void)fires;
	if (found != NULL)
		found->match = *match;
}

static void
ask_address(struct asking *asking, const struct ush_address *address)
{
	size_t first = asking->answer->rule_count;

	ush_blocklist_explain_address(asking->list, NULL, address, found_network, asking);
	decide(asking->answer, first);
}

static void
found_around(void *arg, const struct ush_match *match, bool fires)
{
	struct asking *asking = arg;

	if (match->bits <= asking->bits_max)
		found_network(arg, match, fires);
}

/* Rules for a part of the network that was asked about: nothing that fires for all of it, and yet
 * what one wants to know. */
static void
ask_inside(struct asking *asking, const struct ush_network *network)
{
	struct ush_blocklist_info info;

	ush_blocklist_info(asking->list, &info);
	for (uint32_t i = 0; info.networks > 0 && i < info.rules; i++) {
		struct ush_answer_rule *found;
		struct ush_network inside;
		struct ush_source source;
		struct ush_rule rule;

		ush_blocklist_rule(asking->list, i, &rule);
		if (rule.kind != USH_RULE_NETWORK ||
		    ush_blocklist_source(asking->list, i, &source) != 0 ||
		    ush_network_from_text(&inside, source.trigger) != 0 ||
		    inside.bits <= network->bits || !ush_network_contains(network, &inside.base) ||
		    (found = add_rule(asking, USH_RULE_NETWORK, i, rule.class_id)) == NULL)
			continue;
		found->match.bits = inside.bits;
		found->why_lost = "is for a part of it alone";
		if (found->action == USH_ACTION_OFF)
			found->why_lost = "the settings say off";
		else if (!found->class.never_block)
			asking->answer->partly = true;
	}
}

static void
ask_network(struct asking *asking, const struct ush_network *network)
{
	size_t first = asking->answer->rule_count;

	asking->bits_max = network->bits;
	ush_blocklist_explain_address(asking->list, NULL, &network->base, found_around, asking);
	decide(asking->answer, first);
	ask_inside(asking, network);
}

static void
ask_url(struct asking *asking, const struct ush_name *host, const struct ush_url_parts *parts)
{
	size_t first = asking->answer->rule_count;
	const struct ush_policy *policy = asking->site->policy;
	const uint8_t *actions = policy != NULL ? ush_policy_actions(policy) : NULL;
	struct ush_url_match match;
	struct ush_answer_rule *found;

	if (!ush_blocklist_match_url(
	        asking->list, actions, host, parts->path, parts->path_len, &match) ||
	    (found = add_rule(asking, USH_RULE_URL, match.rule, match.class_id)) == NULL)
		return;
	found->planted = match.planted;
	found->host_known = match.host_known;
	decide(asking->answer, first);
}

static bool
starts_with_host(const char *text, const char *host)
{
	size_t len = strlen(host);

	return strncasecmp(text, host, len) == 0 && memchr(":/]", text[len], 4) != NULL;
}

/* The same text, or the address of "address:port/udp" and "http://[address]:port/path". */
static bool
note_is_about(const struct ush_note *note, const char *query)
{
	const char *scheme = strstr(note->source.trigger, "://");
	const char *host = scheme != NULL ? scheme + 3 : note->source.trigger;

	return starts_with_host(note->source.trigger, query) ||
	       starts_with_host(host[0] == '[' ? host + 1 : host, query);
}

static void
ask_notes(struct asking *asking, const char *query)
{
	struct ush_answer *answer = asking->answer;
	struct ush_note note;

	for (uint32_t i = 0; ush_blocklist_note(asking->list, i, &note) == 0; i++) {
		struct ush_note *notes;

		if (!note_is_about(&note, query))
			continue;
		notes = reallocarray(answer->notes, answer->note_count + 1, sizeof(*notes));
		if (notes == NULL) {
			asking->failed = true;
			return;
		}
		answer->notes = notes;
		notes[answer->note_count++] = note;
	}
}

/* A URL of a host that is never blocked is never asked for at the sinkhole. */
static void
withdraw_url(struct ush_answer *answer)
{
	for (size_t i = 0; i < answer->rule_count; i++) {
		if (answer->rules[i].kind != USH_RULE_URL)
			continue;
		answer->rules[i].fires = false;
		answer->rules[i].why_lost = "its host is never blocked";
		answer->listed = false;
	}
}

static void
ask_canary(struct asking *asking, const struct ush_name *name)
{
	const struct ush_settings *settings = asking->site->settings;
	struct ush_name canary;

	if (settings == NULL || settings->mode == USH_MODE_OFF || settings->module.canary == NULL ||
	    ush_name_from_text(&canary, settings->module.canary, strlen(settings->module.canary)) !=
	        0)
		return;
	asking->answer->canary = ush_name_equal(name, &canary);
}

static void
ask_list(struct asking *asking, const struct ush_question *question)
{
	switch (question->kind) {
	case USH_QUESTION_NAME:
		if (question->is_url)
			ask_url(asking, &question->name, &question->url);
		ask_name(asking, &question->name);
		ask_canary(asking, &question->name);
		break;
	case USH_QUESTION_ADDRESS:
		if (question->is_url)
			ask_url(asking, NULL, &question->url);
		ask_address(asking, &question->address);
		break;
	case USH_QUESTION_NETWORK:
		ask_network(asking, &question->network);
		break;
	case USH_QUESTION_PATH:
		ask_url(asking, NULL, &question->url);
		break;
	default: /* only notes may know it */
		break;
	}
	if (asking->answer->allowed)
		withdraw_url(asking->answer);
}

int
ush_answer_make(struct ush_answer *out, const struct ush_blocklist *list,
    const struct ush_site *site, const char *query, struct ush_error *err)
{
	struct asking asking = {.answer = out, .list = list, .site = site};
	struct ush_question question;
	bool unclear;

	*out = (struct ush_answer){.query = query};
	if (ush_question_read(&question, query) != 0)
		return ush_fail(err, NULL, 0, "no memory");
	ask_notes(&asking, question.text);
	ask_list(&asking, &question);
	unclear = question.kind == USH_QUESTION_UNCLEAR && out->note_count == 0;
	ush_question_fini(&question);
	if (!asking.failed && !unclear)
		return 0;
	ush_answer_fini(out);
	if (asking.failed)
		return ush_fail(err, NULL, 0, "no memory");
	return ush_fail(err, NULL, 0,
	    "%.200s is not understood; ask about a host name, URL, address or network", query);
}

void
ush_answer_fini(struct ush_answer *answer)
{
	free(answer->rules);
	free(answer->notes);
	*answer = (struct ush_answer){0};
}
