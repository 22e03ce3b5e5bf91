/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/export/format.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "zones/compile/guard.h"
#include "zones/compile/rules.h"
#include "zones/database/hash.h"
#include "zones/export/effect.h"
#include "zones/export/order.h"

struct export_walk {
	const struct ush_export_format *format;
	struct ush_export *export;
	struct ush_asked asked;
	struct ush_db_header key;  /* for the sets alone: its secret, which no feed can know */
	struct ush_name_set seen;  /* what was given */
	struct ush_name_set above; /* names above listed ones that were looked at */
};

/* 1 if the key is new in the set, 0 if it was there before, -1 if there is no memory. */
static int
see(const struct export_walk *walk, struct ush_name_set *set, const void *key, size_t len,
    struct ush_error *err)
{
	struct ush_db_fingerprint print = ush_db_fingerprint(&walk->key, key, len);
	size_t before = set->count;

	if (ush_name_set_add(set, print, 1, 1, 0) != 0)
		return ush_fail(err, NULL, 0, "no memory");
	return set->count > before ? 1 : 0;
}

static void
count(
    struct ush_export_result *result, const struct ush_effect *self, const struct ush_effect *below)
{
	bool acts = self->kind == USH_EFFECT_ACT || below->kind == USH_EFFECT_ACT;

	result->monitored += self->monitored || below->monitored;
	result->passed += self->kind == USH_EFFECT_PASS || below->kind == USH_EFFECT_PASS;
	result->written += acts;
	result->unchosen += !acts && (self->unchosen || below->unchosen);
	result->unsaid += !acts && (self->unsaid || below->unsaid);
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
give_owner(struct export_walk *walk, const struct ush_name *name, struct ush_error *err)
{
	struct ush_owner owner = {.name = name};
	int is_new = see(walk, &walk->seen, name->wire, name->len - 1u, err);

	if (is_new != 1)
		return is_new;
	owner.self = ush_effect_on_name(&walk->asked, name);
	owner.below = ush_effect_below(&walk->asked, name);
	return give_new_owner(walk, &owner, err);
}

/* A name in between hides the wildcard above it, so that its own has to be said. */
static int
give_above(struct export_walk *walk, struct ush_name *name, struct ush_error *err)
{
	while (ush_name_labels(name) > 1) {
		int is_new;

		ush_name_suffix(name, 1, name);
		if ((is_new = see(walk, &walk->above, name->wire, name->len - 1u, err)) == -1)
			return -1;
		if (is_new == 0) /* and so are those above it */
			return 0;
		if (ush_effect_on_name(&walk->asked, name).kind == USH_EFFECT_NOTHING &&
		    ush_effect_below(&walk->asked, name).kind == USH_EFFECT_NOTHING)
			continue;
		if (give_owner(walk, name, err) != 0)
			return -1;
	}
	return 0;
}

static int
give_name(struct export_walk *walk, const char *trigger, struct ush_error *err)
{
	struct ush_name name;

	if (ush_name_from_text(&name, trigger, strlen(trigger)) != 0)
		return ush_fail(err, NULL, 0, "the list has a name that is none: %s", trigger);
	if (give_owner(walk, &name, err) != 0)
		return -1;
	return walk->format->is_zone ? give_above(walk, &name, err) : 0;
}

static int
give_network(struct export_walk *walk, const char *trigger, struct ush_error *err)
{
	struct ush_network network;
	struct ush_effect effect;
	int is_new;

	if (ush_network_from_text(&network, trigger) != 0)
		return ush_fail(err, NULL, 0, "the list has a network that is none: %s", trigger);
	if ((is_new = see(walk, &walk->seen, trigger, strlen(trigger), err)) != 1)
		return is_new;
	effect = ush_effect_on_network(&walk->asked, &network);
	if (walk->format->network == NULL) {
		walk->export->result->monitored += effect.monitored;
		walk->export->result->networks += effect.kind == USH_EFFECT_ACT;
		return 0;
	}
	count(walk->export->result, &effect, &effect);
	return walk->format->network(walk->export, &network, &effect, err);
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
give_url(struct export_walk *walk, uint32_t number, const char *trigger, struct ush_error *err)
{
	const char *path = strchr(trigger, '/');
	char host_text[USH_NAME_TEXT_MAX];
	struct ush_export_url url;
	struct ush_name host;
	struct ush_rule rule;
	int is_new;

	ush_blocklist_rule(walk->asked.list, number, &rule);
	if (walk->format->url == NULL || !rule.host_known)
		return 0;
	if (path == NULL || ush_name_from_text(&host, trigger, (size_t)(path - trigger)) != 0)
		return ush_fail(err, NULL, 0, "the list has a URL that is none: %s", trigger);
	if ((is_new = see(walk, &walk->seen, trigger, strlen(trigger), err)) != 1)
		return is_new;
	url = (struct ush_export_url){.host = host_text,
	    .path = path,
	    .effect = ush_effect_of_url(&walk->asked, number, &host),
	    .planted = rule.planted};
	if (!ush_name_is_host(&host) || !is_plain_path(path)) {
		walk->export->result->unsafe++;
		return 0;
	}
	ush_name_to_text(&host, host_text);
	count(walk->export->result, &url.effect, &url.effect);
	return walk->format->url(walk->export, &url, err);
}

static int
give(struct export_walk *walk, const struct ush_ordered_rule *rule, struct ush_error *err)
{
	switch (rule->kind) {
	case USH_RULE_NAME:
		return give_name(walk, rule->trigger, err);
	case USH_RULE_NETWORK:
		return give_network(walk, rule->trigger, err);
	default:
		return give_url(walk, rule->rule, rule->trigger, err);
	}
}

/* "192.0.2.1:123", and with /udp or /tcp behind it. */
static int
read_port(const char *text, struct ush_endpoint *endpoint, const char **protocol)
{
	const char *slash = strchr(text, '/');
	char address[USH_ADDRESS_TEXT_MAX + 16];
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);

	*protocol = slash != NULL ? slash + 1 : "";
	if (len >= sizeof(address) ||
	    (slash != NULL && strcmp(slash, "/udp") != 0 && strcmp(slash, "/tcp") != 0))
		return -1;
	memcpy(address, text, len);
	address[len] = '\0';
	return ush_endpoint_from_text(endpoint, address, 0);
}

static int
give_note(struct export_walk *walk, uint32_t number, struct ush_error *err)
{
	const char *protocol;
	struct ush_endpoint endpoint;
	struct ush_effect effect;
	struct ush_note note;
	bool is_wanted;
	int is_new;

	if (ush_blocklist_note(walk->asked.list, number, &note) != 0 ||
	    strcmp(note.type, "ip-port") != 0 ||
	    read_port(note.source.trigger, &endpoint, &protocol) != 0 || endpoint.port == 0)
		return 0;
	if ((is_new = see(
	         walk, &walk->seen, note.source.trigger, strlen(note.source.trigger), err)) != 1)
		return is_new;
	is_wanted = ush_effect_of_port(&walk->asked, &endpoint.address, &note.source, &effect);
	count(walk->export->result, &effect, &effect);
	if (!is_wanted)
		return 0;
	return walk->format->port(walk->export,
	    &(struct ush_export_port){
	        .endpoint = &endpoint, .protocol = protocol, .source = &note.source},
	    err);
}

/* Of the addresses with a port, which are no rules. */
static int
give_notes(struct export_walk *walk, struct ush_error *err)
{
	struct ush_blocklist_info info;

	if (walk->format->port == NULL)
		return 0;
	ush_blocklist_info(walk->asked.list, &info);
	for (uint32_t i = 0; i < info.notes; i++) {
		if (give_note(walk, i, err) != 0)
			return -1;
	}
	return 0;
}

int
ush_export_walk(
    const struct ush_export_format *format, struct ush_export *export, struct ush_error *err)
{
	struct export_walk walk = {.format = format, .export = export};
	struct ush_ordered_rule *rules;
	size_t count;
	int rc = 0;

	if (getrandom(walk.key.secret, sizeof(walk.key.secret), 0) !=
	    (ssize_t)sizeof(walk.key.secret))
		return ush_fail_errno(err, NULL, "no random numbers");
	if (ush_asked_init(&walk.asked, export->options, err) != 0)
		return -1;
	if ((rules = ush_rules_in_order(walk.asked.list, &count)) == NULL ||
	    ush_name_set_reserve(&walk.seen, count) != 0) {
		free(rules);
		return ush_fail(err, NULL, 0, "no memory");
	}
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = give(&walk, &rules[i], err);
	if (rc == 0)
		rc = give_notes(&walk, err);
	free(rules);
	ush_name_set_fini(&walk.seen);
	ush_name_set_fini(&walk.above);
	return rc;
}
