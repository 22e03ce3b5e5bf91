/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/generation.h"

#include <stdlib.h>
#include <string.h>

/* How long to wait for the last lines to be written; a reload waits with us. */
#define LOG_DRAIN_MS 3000
#define LOG_DRAIN_FAILING_MS 100

static int
set_canary(struct ush_generation *generation, struct ush_error *err)
{
	const struct ush_module_settings *module = &generation->settings->module;

	if (!module->canary)
		return 0;
	if (ush_name_from_text(&generation->canary, module->canary, strlen(module->canary)) != 0)
		return ush_fail(err, generation->settings->path, 0,
		    "canary: \"%s\" is no domain name", module->canary);
	generation->has_canary = true;
	if (ush_pool_canary(&module->pool, AF_INET, &generation->canary4) != 0)
		generation->canary4.family = 0;
	if (ush_pool_canary(&module->pool, AF_INET6, &generation->canary6) != 0)
		generation->canary6.family = 0;
	return 0;
}

static int
set_policy(struct ush_generation *generation, struct ush_error *err)
{
	const struct ush_settings *settings = generation->settings;

	if (!generation->list)
		return 0;
	if (ush_policy_new(&generation->policy, generation->list->blocklist, &settings->module.pool,
	        &settings->campaigns, &settings->feeds, err) != 0)
		return -1;
	generation->actions = ush_policy_actions(generation->policy);
	generation->has_networks =
	    ush_blocklist_matches_addresses(generation->list->blocklist, generation->actions);
	return 0;
}

int
ush_generation_new(struct ush_generation **out, struct ush_shared_settings *settings,
    struct ush_shared_list *list, struct ush_shared_log *log, struct ush_error *err)
{
	struct ush_generation *generation = calloc(1, sizeof(*generation));

	if (!generation)
		return ush_fail(err, NULL, 0, "out of memory");
	generation->shared_settings = ush_shared_settings_hold(settings);
	generation->settings = settings->settings;
	generation->list = ush_shared_list_hold(list);
	generation->log = log;
	if (log)
		log->references++;
	if (set_canary(generation, err) != 0 || set_policy(generation, err) != 0) {
		ush_generation_free(generation);
		return -1;
	}
	*out = generation;
	return 0;
}

void
ush_generation_free(struct ush_generation *generation)
{
	if (!generation)
		return;
	ush_policy_free(generation->policy);
	ush_shared_list_release(generation->list);
	ush_shared_log_release(generation->log);
	ush_shared_settings_release(generation->shared_settings);
	free(generation);
}

enum ush_mode
ush_generation_mode(const struct ush_generation *generation)
{
	return generation->settings->mode;
}

uint32_t
ush_generation_serial(const struct ush_generation *generation)
{
	return generation->list ? generation->list->info.serial : 0;
}

int
ush_shared_log_open(struct ush_shared_log **out, const struct ush_settings *settings,
    const struct ush_eventlog_options *options, uint64_t number, struct ush_error *err)
{
	struct ush_shared_log *log = calloc(1, sizeof(*log));
	struct ush_eventlog_options full = *options;

	if (!log)
		return ush_fail(err, NULL, 0, "out of memory");
	full.path = settings->module.event_log;
	full.observer = settings->observer;
	full.drill = settings->drill;
	log->drill = settings->drill;
	log->path = strdup(full.path);
	log->observer = strdup(full.observer);
	if (!log->path || !log->observer) {
		(void)ush_fail(err, NULL, 0, "out of memory");
		goto fail;
	}
	if (ush_eventlog_open(&log->log, &full, err) != 0)
		goto fail;
	log->number = number;
	log->references = 1;
	*out = log;
	return 0;
fail:
	free(log->path);
	free(log->observer);
	free(log);
	return -1;
}

void
ush_shared_log_release(struct ush_shared_log *log)
{
	struct ush_eventlog_stats stats;

	if (!log || --log->references > 0)
		return;
	ush_eventlog_stats(log->log, &stats);
	ush_eventlog_close(log->log, stats.failing ? LOG_DRAIN_FAILING_MS : LOG_DRAIN_MS);
	free(log->path);
	free(log->observer);
	free(log);
}

bool
ush_shared_log_fits(const struct ush_shared_log *log, const struct ush_settings *settings)
{
	return strcmp(log->path, settings->module.event_log) == 0 &&
	       strcmp(log->observer, settings->observer) == 0 && log->drill == settings->drill;
}
