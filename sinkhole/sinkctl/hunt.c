/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/hunt.h"

#include <string.h>
#include <time.h>
#include <unistd.h>
#include "common/passive_file.h"
#include "zones/policy.h"

#define HOUR_MS (UINT64_C(3600) * 1000)

bool
ush_hunt_is_possible(const struct ush_settings *settings)
{
	struct ush_passive_key key;

	return ush_passive_key_load(&key, settings->module.passive_directory, NULL) == 0;
}

static int
open_search(struct ush_hunt *hunt, const struct ush_command *command, struct ush_error *err)
{
	const struct ush_module_settings *module = &command->settings->module;

	*hunt = (struct ush_hunt){0};
	if (access(module->passive_directory, F_OK) != 0 && module->passive == USH_PASSIVE_OFF)
		return ush_fail(err, module->passive_directory, 0,
		    "there is no passive record: module: passive is off (docs/passive.md)");
	return ush_passive_search_new(&hunt->search, module->passive_directory, err);
}

static int
run(struct ush_hunt *hunt, const struct ush_command *command, const char *host,
    struct ush_error *err)
{
	struct ush_address client;

	if (host != NULL && ush_address_from_text(&client, host) != 0)
		return ush_fail(err, host, 0, "is no IP address");
	return ush_passive_search_run(hunt->search, host != NULL ? &client : NULL,
	    command->since_ms, command->until_ms, &hunt->answer, &hunt->unread, err);
}

/* Whether it is this rule that fires for the name, and forbids or records it. */
static bool
fires(const struct ush_blocklist *list, const uint8_t *actions, const struct ush_name *name,
    uint32_t rule)
{
	struct ush_match match;

	return ush_blocklist_match_name(list, actions, name, &match) && match.rule == rule &&
	       match.action != USH_ACTION_PASSTHRU;
}

static int
add_rule(struct ush_hunt *hunt, const struct ush_blocklist *list, const uint8_t *actions,
    uint32_t number, struct ush_error *err)
{
	struct ush_source source;
	struct ush_name below;
	struct ush_name name;
	struct ush_rule rule;
	bool itself;
	bool subdomains;

	ush_blocklist_rule(list, number, &rule);
	if (rule.kind != USH_RULE_NAME || ush_blocklist_source(list, number, &source) != 0 ||
	    ush_name_from_text(&name, source.trigger, strlen(source.trigger)) != 0)
		return 0;
	itself = rule.exact && fires(list, actions, &name, number);
	subdomains = rule.subdomains && ush_name_below(&name, &below) == 0 &&
	             fires(list, actions, &below, number);
	hunt->names += itself || subdomains;
	return ush_passive_search_add(hunt->search, number, &name, itself, subdomains, err);
}

static int
add_rules(struct ush_hunt *hunt, const struct ush_settings *settings,
    const struct ush_blocklist *list, struct ush_error *err)
{
	struct ush_blocklist_info info;
	struct ush_policy *policy;
	int rc = 0;

	if (ush_policy_new(&policy, list, &settings->module.pool, &settings->campaigns,
	        &settings->feeds, err) != 0)
		return -1;
	ush_blocklist_info(list, &info);
	for (uint32_t i = 0; i < info.rules && rc == 0; i++)
		rc = add_rule(hunt, list, ush_policy_actions(policy), i, err);
	ush_policy_free(policy);
	return rc;
}

int
ush_hunt_list(struct ush_hunt *out, const struct ush_command *command,
    const struct ush_blocklist *list, const char *host, struct ush_error *err)
{
	if (open_search(out, command, err) != 0 ||
	    add_rules(out, command->settings, list, err) != 0)
		return -1;
	return run(out, command, host, err);
}

int
ush_hunt_name(struct ush_hunt *out, const struct ush_command *command, const char *name,
    struct ush_error *err)
{
	struct ush_name wanted;

	if (ush_name_from_text(&wanted, name, strlen(name)) != 0 || ush_name_labels(&wanted) < 2)
		return ush_fail(err, name, 0, "is no name of two labels or more");
	if (open_search(out, command, err) != 0 ||
	    ush_passive_search_add(out->search, 0, &wanted, true, true, err) != 0)
		return -1;
	out->names = 1;
	return run(out, command, NULL, err);
}

void
ush_hunt_fini(struct ush_hunt *hunt)
{
	ush_passive_search_free(hunt->search);
	*hunt = (struct ush_hunt){0};
}

const char *
ush_hunt_hour(char buf[USH_HUNT_HOUR_MAX], uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm local;

	if (localtime_r(&seconds, &local) == NULL ||
	    strftime(buf, USH_HUNT_HOUR_MAX, "%Y-%m-%d %H:%M", &local) == 0)
		buf[0] = '\0';
	return buf;
}

const char *
ush_hunt_asked(const struct ush_passive_found *found)
{
	return found->itself && found->below ? "it and below" : found->itself ? "it" : "below";
}

bool
ush_hunt_machine(const struct ush_command *command, const struct ush_passive_found *found,
    struct ush_machine *out)
{
	char address[USH_ADDRESS_TEXT_MAX];
	/* When in its last hour it asked is not known. */
	uint64_t last_ms = found->last_ms + HOUR_MS - 1;

	if (last_ms > command->now_ms && found->last_ms <= command->now_ms)
		last_ms = command->now_ms;
	return ush_identity_of(command->identities, ush_address_to_text(&found->client, address),
	    found->first_ms, last_ms, out);
}

json_t *
ush_hunt_json(const struct ush_command *command, const struct ush_passive_found *found)
{
	json_t *object = json_object();
	json_t *asked = json_array();
	char address[USH_ADDRESS_TEXT_MAX];
	struct ush_machine machine;

	ush_put_text(object, "host", ush_address_to_text(&found->client, address));
	if (ush_hunt_machine(command, found, &machine))
		ush_put_text(object, "name", machine.name);
	ush_put_time(object, "first_hour", found->first_ms);
	ush_put_time(object, "last_hour", found->last_ms);
	if (found->itself)
		json_array_append_new(asked, json_string("itself"));
	if (found->below)
		json_array_append_new(asked, json_string("below"));
	json_object_set_new(object, "asked", asked);
	json_object_set_new(object, "real", found->is_real ? json_true() : json_null());
	return object;
}
