/* SPDX-License-Identifier: BSD-3-Clause */
/* A settings file is refused with a message that points into it, or every value in it is in range:
 * programs check nothing a second time. */
#include "common/settings.h"

#include "common/yaml.h"
#include "tests/fuzz/fuzz.h"

static void
walk(const struct ush_yaml_node *node, size_t lines)
{
	USH_HOLDS(ush_yaml_line(node) >= 1 && ush_yaml_line(node) <= lines);
	USH_HOLDS(
	    ush_yaml_is_map(node) + ush_yaml_is_list(node) + (ush_yaml_text(node) != NULL) == 1);
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		const struct ush_yaml_node *inner = ush_yaml_item(node, i);

		if (ush_yaml_is_map(node)) {
			const char *key = ush_yaml_key(node, i, &inner);

			USH_HOLDS(ush_yaml_get(node, key) == inner); /* keys are unique */
		}
		walk(inner, lines);
	}
}

static void
check_networks(const struct ush_networks *networks)
{
	for (size_t i = 0; i < networks->count; i++) {
		char text[USH_NETWORK_TEXT_MAX];
		struct ush_network again;

		ush_network_to_text(&networks->items[i], text);
		USH_HOLDS(ush_network_from_text(&again, text) == 0);
		USH_HOLDS(ush_address_equal(&again.base, &networks->items[i].base));
		USH_HOLDS(again.bits == networks->items[i].bits);
	}
}

static void
check_overrides(const struct ush_overrides *overrides)
{
	for (size_t i = 0; i < overrides->count; i++) {
		const struct ush_override *item = &overrides->items[i];

		USH_HOLDS(ush_override_find(overrides, item->name) == item);
		USH_HOLDS(item->action <= USH_ACTION_OFF);
		USH_HOLDS(item->address4.family == 0 || item->address4.family == AF_INET);
		USH_HOLDS(item->address6.family == 0 || item->address6.family == AF_INET6);
	}
}

static void
check_settings(const struct ush_settings *settings)
{
	const struct ush_sinkhole_settings *sinkhole = &settings->sinkhole;
	const struct ush_networks *pool = &settings->module.pool;

	USH_HOLDS(settings->mode <= USH_MODE_OFF && settings->observer[0] != '\0');
	USH_HOLDS(pool->count <= 2 && settings->module.ttl <= 86400);
	USH_HOLDS(pool->count < 2 || pool->items[0].base.family != pool->items[1].base.family);
	USH_HOLDS(settings->module.database[0] == '/' && settings->module.event_log[0] == '/');
	USH_HOLDS(sinkhole->database[0] == '/' && settings->store.path[0] == '/');
	USH_HOLDS(sinkhole->max_connections >= 1 && sinkhole->idle_timeout >= 1);
	check_networks(pool);
	check_networks(&settings->module.exempt);
	check_networks(&sinkhole->trusted_proxies);
	for (size_t i = 0; i < sinkhole->listen_count; i++) {
		for (size_t k = 0; k < sinkhole->listen[i].tcp_count; k++)
			USH_HOLDS(sinkhole->listen[i].tcp[k] != 0);
	}
	for (size_t i = 0; i < settings->role_count; i++) {
		USH_HOLDS(settings->roles[i].kind != USH_ROLE_NONE);
		check_networks(&settings->roles[i].networks);
	}
	check_overrides(&settings->campaigns);
	check_overrides(&settings->feeds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ush_fuzz_file file = ush_fuzz_file(data, size);
	struct ush_error err = {0};
	struct ush_settings *settings;
	struct ush_yaml *yaml;

	if (ush_yaml_parse(&yaml, "fuzz.yaml", (const char *)data, size, &err) == 0) {
		walk(ush_yaml_root(yaml), size + 1);
		ush_yaml_free(yaml);
	} else {
		ush_fuzz_error(&err, size + 1);
	}
	if (ush_settings_load(&settings, file.path, &err) == 0) {
		check_settings(settings);
		ush_settings_free(settings);
	} else {
		ush_fuzz_error(&err, size + 1);
	}
	close(file.fd);
	return 0;
}
