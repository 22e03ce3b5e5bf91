/* SPDX-License-Identifier: BSD-3-Clause */
/* module.c - Unbound's six entry points. */
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/attr.h"
#include "common/settings.h"
#include "common/version.h"
#include "module/build_id.h"
#include "module/cache.h"
#include "module/query.h"
#include "module/reply.h"
#include "module/response.h"
#include "module/state.h"

USH_EXPORT int init(struct module_env *env, int id);
USH_EXPORT void deinit(struct module_env *env, int id);
USH_EXPORT void operate(
    struct module_qstate *qstate, enum module_ev event, int id, struct outbound_entry *outbound);
USH_EXPORT void inform_super(struct module_qstate *qstate, int id, struct module_qstate *super);
USH_EXPORT void clear(struct module_qstate *qstate, int id);
USH_EXPORT size_t get_mem(struct module_env *env, int id);

static int
evict(void *arg, const _Atomic bool *should_stop, struct ush_eviction *done)
{
	if (ush_cache_evict(arg, should_stop, done) != 0)
		return -1;
	ush_cache_evict_later(arg);
	return 0;
}

static void
tick(void *arg, const _Atomic bool *should_stop)
{
	ush_record_repeats(arg);
	ush_cache_mend(arg);
	ush_cache_walk_again(arg, should_stop);
}

static void
note_passive(void *arg, const char *text)
{
	ush_module_note(arg, USH_NOTICE_WARNING, text);
}

static int
open_watcher(struct ush_module *module, struct ush_error *err)
{
	struct ush_watcher_options options = {
	    .settings_path = ush_settings_path(NULL),
	    .threads = module->places,
	    .host = {.arg = module, .note = ush_module_note, .evict = evict, .tick = tick},
	    .lists = &module->lists,
	    .counters = &module->own_counters,
	    .blocks = module->blocks,
	    .block_count = module->places + 1,
	};

	options.passive = module->passive = ush_passive_new(module->places, note_passive, NULL);
	for (unsigned i = 0; i < module->places; i++) {
		struct ush_worker *worker = &module->workers[i];

		worker->repeats = ush_repeats_new(USH_REPEATS_SECOND_MS, USH_REPEATS_SETS);
		worker->hours = ush_repeats_new(USH_REPEATS_HOUR_MS, USH_REPEATS_HOUR_SETS);
		worker->firsts = ush_firsts_new();
	}
	return ush_watcher_open(&module->watcher, &options, err);
}

/* All that may fail without harm: the resolver then runs as if we were not there. */
static int
start(struct ush_module *module, struct ush_error *err)
{
	if (ush_cache_open(module) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	if (open_watcher(module, err) != 0)
		return -1;
	ush_cache_in_service(module);
	if (ush_unknown_version())
		ush_module_note(NULL, USH_NOTICE_WARNING, ush_unknown_version());
	if (ush_reply_register(module) != 0 || ush_response_register(module) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	return 0;
}

static void
free_module(struct ush_module *module)
{
	ush_lists_fini(&module->lists);
	free(module->blocks);
	free(module->workers);
	free(module);
}

static void
stop(struct ush_module *module)
{
	ush_response_unregister(module);
	ush_reply_unregister(module);
	ush_watcher_stop(module->watcher);
	ush_record_last_repeats(module);
	ush_passive_close(module->passive);
	ush_watcher_close(module->watcher);
	for (unsigned i = 0; i < module->places; i++) {
		ush_repeats_free(module->workers[i].repeats);
		ush_repeats_free(module->workers[i].hours);
		ush_firsts_free(module->workers[i].firsts);
	}
	ush_cache_close(module);
	(void)pthread_key_delete(module->worker_key);
	free_module(module);
}

/* Unbound refuses one that is malformed or too long itself, if it is used at all. */
static void
read_dns64_prefix(const struct config_file *cfg, struct ush_network *prefix)
{
	if (!cfg->dns64_prefix || ush_network_around(prefix, cfg->dns64_prefix) != 0 ||
	    prefix->base.family != AF_INET6 || prefix->bits > 96)
		*prefix = (struct ush_network){0};
}

/* Unbound's workers, its main thread in init and deinit, and the watcher. */
static unsigned
count_places(const struct config_file *cfg)
{
	return (unsigned)(cfg->num_threads > 0 ? cfg->num_threads : 1) + 2;
}

static int
make_places(struct ush_module *module, unsigned places)
{
	module->places = places;
	module->workers =
	    aligned_alloc(alignof(struct ush_worker), places * sizeof(module->workers[0]));
	module->blocks = calloc(places + 1, sizeof(module->blocks[0]));
	if (!module->workers || !module->blocks || ush_lists_init(&module->lists, places) != 0)
		return -1;
	memset(module->workers, 0, places * sizeof(module->workers[0]));
	for (unsigned i = 0; i < places; i++)
		module->blocks[i] = &module->workers[i].counters;
	module->blocks[places] = &module->own_counters;
	return 0;
}

static struct ush_module *
new_module(struct module_env *env, int id)
{
	struct ush_module *module = aligned_alloc(64, (sizeof(*module) + 63) / 64 * 64);

	if (!module)
		return NULL;
	memset(module, 0, sizeof(*module));
	module->env = env;
	module->id = id;
	if (make_places(module, count_places(env->cfg)) != 0 ||
	    pthread_key_create(&module->worker_key, NULL) != 0) {
		free_module(module);
		return NULL;
	}
	read_dns64_prefix(env->cfg, &module->lists.dns64);
	return module;
}

int
init(struct module_env *env, int id)
{
	struct ush_error err = {0};
	struct ush_module *module;
	char text[USH_BUILD_ID_TEXT_MAX];

	/* Before anything of `env` is touched: with another build its members lie elsewhere.
	 * log_err() takes no structure and has been the same in every Unbound. */
	if (!ush_build_id_matches(text)) {
		log_err(
		    "unbound-sinkhole: this module was built for another Unbound (build-id %s) "
		    "than the one that is running (%s): install the module for this Unbound, or "
		    "remove dynlib from module-config (sinkzone check-module says what to do)",
		    USH_UNBOUND_BUILD_ID, text);
		return 0;
	}
	module = new_module(env, id);
	if (!module) {
		log_err("unbound-sinkhole: out of memory: nothing is sinkholed");
		return 1;
	}
	if (start(module, &err) != 0) {
		log_err("unbound-sinkhole: %s: nothing is sinkholed", err.text);
		stop(module);
		return 1;
	}
	((struct dynlibmod_env *)env->modinfo[id])->dyn_env = module;
	return 1;
}

void
deinit(struct module_env *env, int id)
{
	struct ush_module *module = ush_module_of(env, id);

	if (!module)
		return;
	((struct dynlibmod_env *)env->modinfo[id])->dyn_env = NULL;
	stop(module);
}

/* As if we were not there. */
static void
pass_through(struct module_qstate *qstate, enum module_ev event, int id)
{
	switch (event) {
	case module_event_new:
	case module_event_pass:
		qstate->ext_state[id] = module_wait_module;
		break;
	case module_event_moddone:
		qstate->ext_state[id] = module_finished;
		break;
	default:
		qstate->ext_state[id] = module_error;
		break;
	}
}

void
operate(struct module_qstate *qstate, enum module_ev event, int id, struct outbound_entry *outbound)
{
	struct ush_module *module = ush_module_of(qstate->env, id);

	(void)outbound;
	pass_through(qstate, event, id);
	if (event == module_event_new)
		ush_announce_to_dns64(qstate, id);
	if (module)
		ush_query_operate(module, qstate, event);
}

void
inform_super(struct module_qstate *qstate, int id, struct module_qstate *super)
{
	/* We ask nothing ourselves. */
	(void)qstate;
	(void)id;
	(void)super;
}

void
clear(struct module_qstate *qstate, int id)
{
	const struct ush_query *query = qstate->minfo[id];
	struct ush_module *module = ush_module_of(qstate->env, id);

	if (module && query && query->anchor_of)
		ush_cache_anchor_gone(module, query->anchor_of);
	qstate->minfo[id] = NULL;
}

size_t
get_mem(struct module_env *env, int id)
{
	struct ush_module *module = ush_module_of(env, id);

	return module ? sizeof(*module) + ush_watcher_memory(module->watcher) : 0;
}
