/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl check: the state of the whole installation for Nagios, Icinga and their kin. Whatever
 * keeps it from finding out is UNKNOWN, and stands in the answer, since nothing else is shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/canary.h"
#include "sinkhole/sinkctl/canary_event.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/outputs.h"
#include "sinkhole/sinkctl/plugin.h"
#include "sinkhole/sinkctl/when.h"
#include "zones/policy.h"
#include "zones/pool.h"

#define DNS_PORT 53

struct check {
	const struct ush_command *command;
	struct ush_plugin *plugin;
	struct ush_limits list_age; /* seconds, as silence */
	struct ush_limits silence;
	struct ush_limits disk_free; /* bytes */
	struct ush_limits lost;
	uint64_t oldest_list_ms;
};

static int
read_limits(struct check *check, struct ush_error *err)
{
	const struct ush_check_options *options = &check->command->check;
	const struct {
		struct ush_limits *to;
		const char *text;
		const char *fallback;
		enum ush_limit_unit unit;
	} rows[] = {
	    {&check->list_age, options->list_age, "7d,30d", USH_LIMIT_SECONDS},
	    {&check->silence, options->silence, ",3m", USH_LIMIT_SECONDS},
	    {&check->disk_free, options->disk_free, "1G,256M", USH_LIMIT_BYTES},
	    {&check->lost, options->lost, "0,", USH_LIMIT_COUNT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = rows[i].text != NULL ? rows[i].text : rows[i].fallback;

		if (ush_limits_read(rows[i].to, text, rows[i].unit, err) != 0)
			return -1;
	}
	return 0;
}

static uint64_t
seconds_since(uint64_t ms, uint64_t now_ms)
{
	return now_ms > ms ? (now_ms - ms) / 1000 : 0;
}

/* Whether its word can be relied on: else there is nothing more to say of it. */
static bool
check_heartbeat(const struct check *check, const struct ush_sensor *sensor, const char *name)
{
	uint64_t now_ms = check->command->now_ms;
	uint64_t age_s = seconds_since(sensor->last_ms, now_ms);
	uint64_t silent_s = age_s > sensor->source->delay ? age_s - sensor->source->delay : 0;
	enum ush_plugin_state state = ush_limits_judge(&check->silence, silent_s, false);
	char when[USH_WHEN_MAX];

	if (sensor->health == USH_HEALTH_NEVER) {
		ush_plugin_find(check->plugin, USH_PLUGIN_CRITICAL, "%s has written nothing to %s",
		    name, sensor->source->path);
		return false;
	}
	ush_plugin_measure(check->plugin, name, "silence", silent_s, "s", &check->silence, false);
	ush_when_long(when, sensor->last_ms, now_ms);
	if (sensor->health == USH_HEALTH_STOPPED)
		ush_plugin_find(
		    check->plugin, USH_PLUGIN_CRITICAL, "%s was stopped, %s", name, when);
	else if (sensor->health == USH_HEALTH_AHEAD)
		ush_plugin_find(check->plugin, USH_PLUGIN_CRITICAL,
		    "the clock of %s is %s ahead: its silence would not show", name,
		    ush_when_age(when, now_ms, sensor->last_ms));
	else if (state != USH_PLUGIN_OK)
		ush_plugin_find(check->plugin, state, "%s is silent since %s", name, when);
	else
		return true;
	return false;
}

static void
check_list(struct check *check, const struct ush_sensor *sensor, const char *name)
{
	uint64_t age_s = seconds_since(sensor->list_built_ms, check->command->now_ms);
	enum ush_plugin_state state = ush_limits_judge(&check->list_age, age_s, false);
	bool is_in_force = strcmp(sensor->list_state, "in-force") == 0;
	char age[USH_WHEN_MAX];

	if (strcmp(sensor->mode, "off") == 0)
		ush_plugin_find(check->plugin, USH_PLUGIN_CRITICAL,
		    "%s is in mode off: it records nothing", name);
	if (sensor->list_serial == 0) {
		ush_plugin_find(check->plugin, USH_PLUGIN_CRITICAL, "%s has no list%s%s", name,
		    sensor->list_reason[0] != '\0' ? ": " : "", sensor->list_reason);
		return;
	}
	if (!is_in_force)
		ush_plugin_find(
		    check->plugin, USH_PLUGIN_WARNING, "the list of %s is not in force yet", name);
	if (sensor->list_reason[0] != '\0')
		ush_plugin_find(check->plugin, USH_PLUGIN_WARNING, "%s keeps list %llu: %s", name,
		    (unsigned long long)sensor->list_serial, sensor->list_reason);
	if (sensor->list_built_ms == 0)
		return;
	ush_plugin_measure(check->plugin, name, "list_age", age_s, "s", &check->list_age, false);
	if (check->oldest_list_ms == 0 || sensor->list_built_ms < check->oldest_list_ms)
		check->oldest_list_ms = sensor->list_built_ms;
	if (state != USH_PLUGIN_OK)
		ush_plugin_find(check->plugin, state, "list %llu of %s is %s old",
		    (unsigned long long)sensor->list_serial, name,
		    ush_when_age(age, sensor->list_built_ms, check->command->now_ms));
}

static void
check_log(const struct check *check, const struct ush_sensor *sensor, const char *name)
{
	uint64_t lost = ush_sensor_figure(sensor, "lost", 0);
	uint64_t disk_free = ush_sensor_figure(sensor, "disk_free", UINT64_MAX);
	enum ush_plugin_state state = ush_limits_judge(&check->lost, lost, false);

	ush_plugin_measure(check->plugin, name, "events", sensor->events, "c", NULL, false);
	ush_plugin_measure(check->plugin, name, "lost", lost, "c", &check->lost, false);
	if (state != USH_PLUGIN_OK)
		ush_plugin_find(check->plugin, state,
		    "%s has lost %llu events since it was started", name, (unsigned long long)lost);
	if (disk_free == UINT64_MAX)
		return;
	ush_plugin_measure(
	    check->plugin, name, "disk_free", disk_free, "B", &check->disk_free, true);
	state = ush_limits_judge(&check->disk_free, disk_free, true);
	if (state != USH_PLUGIN_OK)
		ush_plugin_find(check->plugin, state, "%llu MB are left for the log of %s",
		    (unsigned long long)(disk_free >> 20), name);
}

static void
check_sensor(struct check *check, const struct ush_sensor *sensor)
{
	char name[sizeof(sensor->observer) + sizeof(sensor->writer) + 1];

	snprintf(name, sizeof(name), "%s%s%s", sensor->observer,
	    sensor->observer[0] != '\0' ? "/" : "", sensor->writer);
	if (!check_heartbeat(check, sensor, name))
		return;
	check_list(check, sensor, name);
	check_log(check, sensor, name);
	if (sensor->settings_reason[0] != '\0')
		ush_plugin_find(check->plugin, USH_PLUGIN_WARNING,
		    "%s keeps the settings in force: %s", name, sensor->settings_reason);
	ush_plugin_find(check->plugin, USH_PLUGIN_OK, "%s writes%s%s, list %llu", name,
	    sensor->mode[0] != '\0' ? ", mode " : "", sensor->mode,
	    (unsigned long long)sensor->list_serial);
}

/* What keeps sinkctl itself from knowing all. */
static void
check_reading(const struct check *check)
{
	const struct ush_command *command = check->command;
	const struct ush_unread *unread = &command->update.unread;
	char text[sizeof(command->mistake.file) + sizeof(command->mistake.text) + 16];

	if (command->mistake.text[0] != '\0')
		ush_plugin_find(check->plugin, USH_PLUGIN_WARNING, "%s; used instead: %s",
		    ush_error_format(&command->mistake, text, sizeof(text)),
		    command->used_settings);
	for (size_t i = 0; i < unread->count && i < USH_UNREAD_MAX; i++)
		ush_plugin_find(check->plugin, USH_PLUGIN_WARNING, "not read: %s",
		    ush_error_format(&unread->items[i], text, sizeof(text)));
}

static void
check_output(struct check *check, const struct ush_output_state *state)
{
	if (state->failed > 0)
		ush_plugin_find(check->plugin, USH_PLUGIN_WARNING,
		    "alerts to %s fail, %llu wait: %s", state->name,
		    (unsigned long long)state->waiting, state->reason);
}

/* Who relies on them learns nothing. */
static void
check_alerts(struct check *check)
{
	struct ush_outputs outputs;
	struct ush_error err = {0};

	if (check->command->no_store)
		return;
	if (ush_outputs_load(&outputs, check->command->settings, &err) != 0)
		ush_plugin_find(check->plugin, USH_PLUGIN_WARNING, "alerts: %s", err.text);
	for (size_t i = 0; outputs.is_known && i < outputs.count; i++)
		check_output(check, &outputs.items[i]);
	ush_outputs_fini(&outputs);
}

static void
check_route(const struct check *check)
{
	const struct ush_settings *settings = check->command->settings;
	char text[USH_NETWORK_TEXT_MAX];

	for (size_t i = 0; i < settings->module.pool.count; i++) {
		const struct ush_network *pool = &settings->module.pool.items[i];
		enum ush_pool_place place = ush_pool_place(pool);

		ush_network_to_text(pool, text);
		if (place == USH_POOL_NOWHERE)
			ush_plugin_find(check->plugin, USH_PLUGIN_WARNING,
			    "this machine has no route to the sinkhole addresses %s", text);
		else if (place == USH_POOL_ROUTED && settings->sinkhole.listen_count > 0)
			ush_plugin_find(check->plugin, USH_PLUGIN_WARNING,
			    "sinkholed listens on this machine, but %s is routed elsewhere", text);
	}
}

/* The question; gives the address that came back. */
static int
ask(const struct check *check, const struct ush_endpoint *resolver, struct ush_address *out,
    struct ush_error *err)
{
	const struct ush_module_settings *module = &check->command->settings->module;
	struct ush_address wanted;
	char got_text[USH_ADDRESS_TEXT_MAX];
	char wanted_text[USH_ADDRESS_TEXT_MAX];

	if (ush_pool_canary(&module->pool, AF_INET, &wanted) != 0 &&
	    ush_pool_canary(&module->pool, AF_INET6, &wanted) != 0)
		return ush_fail(err, NULL, 0, "there are no sinkhole-addresses for the canary");
	if (ush_canary_ask(out, module->canary, wanted.family, resolver, err) != 0)
		return -1;
	if (!ush_address_equal(out, &wanted))
		return ush_fail(err, NULL, 0,
		    "the resolver answers %s with %s and not with the sinkhole's %s",
		    module->canary, ush_address_to_text(out, got_text),
		    ush_address_to_text(&wanted, wanted_text));
	return 0;
}

/* What the call and the logs show. An answer alone says little: anything may listen there. */
static int
judge_call(const struct ush_endpoint *sinkhole, bool is_answered, enum ush_canary_record record,
    const char **known, struct ush_error *err)
{
	char text[USH_ADDRESS_TEXT_MAX];

	ush_address_to_text(&sinkhole->address, text);
	if (record == USH_CANARY_RECORDED) {
		*known = ", and the call at its address is recorded";
		return 0;
	}
	if (record == USH_CANARY_ELSEWHERE && is_answered) {
		*known =
		    ", and the sinkhole answers; whether it records calls only its own log shows";
		return 0;
	}
	return ush_fail(err, NULL, 0, "what listens at %s port %u %s, and %s", text,
	    (unsigned)sinkhole->port, is_answered ? "answers" : "closes the connection",
	    record == USH_CANARY_ABSENT ? "the call is in no log of contacts"
	                                : "whether it records calls only its own log shows");
}

/* The call. Gives what is then known, in words. */
static int
call(const struct check *check, const struct ush_endpoint *sinkhole, const char **known,
    struct ush_error *err)
{
	const struct ush_settings *settings = check->command->settings;
	struct ush_canary_logs *logs;
	bool is_answered;
	int rc = -1;

	if (ush_canary_logs_open(&logs, settings, err) == 0 &&
	    ush_canary_call(sinkhole, settings->module.canary, ush_canary_logs_path(logs),
	        &is_answered, err) == 0)
		rc = judge_call(sinkhole, is_answered, ush_canary_logs_find(logs), known, err);
	ush_canary_logs_close(logs);
	return rc;
}

/* The question and, if it is asked for, the call at the address that came back. Returns 0, or -1 with
 * what is wrong. */
static int
walk(const struct check *check, const struct ush_endpoint *resolver, const char **known,
    struct ush_error *err)
{
	struct ush_endpoint sinkhole = {.port = (uint16_t)check->command->check.call_port};

	*known = "";
	if (ask(check, resolver, &sinkhole.address, err) != 0)
		return -1;
	return sinkhole.port == 0 ? 0 : call(check, &sinkhole, known, err);
}

/* -1 if the options do not fit the settings. */
static int
check_canary(const struct check *check, struct ush_error *err)
{
	const struct ush_check_options *options = &check->command->check;
	const char *canary = check->command->settings->module.canary;
	struct ush_endpoint resolver;
	struct ush_error trouble = {0};
	const char *known;

	if (options->resolver == NULL && options->call_port == 0)
		return 0;
	if (options->resolver == NULL)
		return ush_fail(err, NULL, 0, "--connect needs --resolver");
	if (ush_endpoint_from_text(&resolver, options->resolver, DNS_PORT) != 0)
		return ush_fail(err, NULL, 0,
		    "--resolver: \"%s\" is no IP address with or without port", options->resolver);
	if (canary == NULL)
		return ush_fail(
		    err, check->command->settings->path, 0, "--resolver needs module: canary");
	if (walk(check, &resolver, &known, &trouble) != 0)
		ush_plugin_find(check->plugin, USH_PLUGIN_CRITICAL, "canary: %s", trouble.text);
	else
		ush_plugin_find(check->plugin, USH_PLUGIN_OK, "%s is sinkholed%s", canary, known);
	return 0;
}

static int
check_sensors(struct check *check, struct ush_error *err)
{
	struct ush_sensors sensors;
	char age[USH_WHEN_MAX];

	if (ush_sensors_find(&sensors, check->command->store, check->command->settings,
	        check->command->now_ms, err) != 0)
		return -1;
	for (size_t i = 0; i < sensors.count; i++)
		check_sensor(check, &sensors.items[i]);
	ush_plugin_find(check->plugin, USH_PLUGIN_OK, "%zu sensors, oldest list %s", sensors.count,
	    check->oldest_list_ms != 0
	        ? ush_when_age(age, check->oldest_list_ms, check->command->now_ms)
	        : "unknown");
	ush_sensors_fini(&sensors);
	return 0;
}

int
ush_cmd_check(struct ush_command *command)
{
	struct check check = {.command = command, .plugin = ush_plugin_new()};
	struct ush_error err = {0};
	int rc;

	if (check.plugin == NULL)
		ush_fail(&err, NULL, 0, "out of memory");
	if (check.plugin == NULL || read_limits(&check, &err) != 0 ||
	    ush_command_begin_store(command, &err) != 0 || check_sensors(&check, &err) != 0 ||
	    check_canary(&check, &err) != 0) {
		rc = ush_plugin_unknown(&err);
	} else {
		check_reading(&check);
		check_alerts(&check);
		check_route(&check);
		rc = ush_plugin_print(check.plugin);
	}
	ush_plugin_free(check.plugin);
	return rc;
}
