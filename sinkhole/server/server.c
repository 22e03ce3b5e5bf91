/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/server.h"

#include <libgen.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/notify.h"
#include "sinkhole/server/kernel.h"
#include "sinkhole/server/metrics.h"
#include "sinkhole/server/privileges.h"
#include "sinkhole/server/say.h"
#include "zones/overrides.h"
#include "zones/pool.h"

/* Files beside the connections: listeners, log, list. */
#define OTHER_FILES 256
#define CLOSE_TIMEOUT_MS 10000

static void
note(void *arg, const char *text)
{
	(void)arg;
	ush_say(USH_LEVEL_WARNING, "%s", text);
}

/* Keeps why a file is not in use; NULL: it is. The caller holds the lock. */
static void
set_reason(char *reason, const struct ush_error *err)
{
	reason[0] = '\0';
	if (err != NULL)
		(void)ush_error_format(err, reason, USH_SERVER_REASON_MAX);
}

static void
set_settings_reason(struct ush_server_state *state, const struct ush_error *err)
{
	(void)pthread_mutex_lock(&state->lock);
	set_reason(state->settings_reason, err);
	(void)pthread_mutex_unlock(&state->lock);
}

/* Keeps what a look at the list's file gave (ush_sources_watch_list). */
static void
set_list_state(struct ush_server *server, int result, const struct ush_error *err)
{
	struct ush_server_state *state = &server->state;
	const struct ush_shared_list *list = server->sources.snapshot->list;

	(void)pthread_mutex_lock(&state->lock);
	state->loaded = list != NULL;
	state->refused = server->sources.refused && server->sources.list_file.seen.exists;
	if (list != NULL) {
		state->serial = list->info.serial;
		state->built_ms = list->info.built_ms;
		state->rules = list->info.names + list->info.networks + list->info.urls;
	}
	if (result != 0)
		set_reason(state->list_reason, result < 0 ? err : NULL);
	(void)pthread_mutex_unlock(&state->lock);
}

static void
write_files(struct ush_server_state *state, struct ush_json *json)
{
	char time[USH_TIME_TEXT_MAX];

	(void)pthread_mutex_lock(&state->lock);
	ush_json_object(json, "list");
	ush_json_string(json, "state", state->loaded ? "in-force" : "none");
	if (state->loaded) {
		ush_json_uint(json, "serial", state->serial);
		ush_json_string(json, "built", ush_time_to_text(state->built_ms, time));
		ush_json_uint(json, "rules", state->rules);
	}
	if (state->refused)
		ush_json_bool(json, "refused", true);
	if (state->list_reason[0] != '\0')
		ush_json_string(json, "reason", state->list_reason);
	ush_json_end(json); /* of the list */
	if (state->settings_reason[0] != '\0') {
		ush_json_object(json, "settings");
		ush_json_bool(json, "refused", true);
		ush_json_string(json, "reason", state->settings_reason);
		ush_json_end(json);
	}
	(void)pthread_mutex_unlock(&state->lock);
}

/* On the log's thread. */
static void
write_state(void *arg, struct ush_json *json)
{
	struct ush_server *server = arg;
	struct ush_server_state *state = &server->state;
	struct ush_totals totals = ush_workers_totals(&server->workers);
	struct ush_kernel_drops drops;

	write_files(state, json);
	ush_json_uint(json, "listening", state->listening);
	ush_json_uint(json, "connections", totals.accepted);
	ush_json_uint(json, "connections_open", totals.open);
	ush_json_uint(json, "tls_probed", totals.probed);
	ush_json_uint(json, "tls_untrusted_accepted", totals.untrusted_accepted);
	ush_json_uint(json, "datagrams", totals.datagrams);
	ush_json_uint(json, "events", totals.events);
	ush_json_uint(json, "folded", totals.folded);
	ush_json_uint(json, "fold_events", totals.aggregates);
	ush_json_uint(json, "evicted", totals.evicted);
	ush_kernel_drops_read(&drops, &server->workers);
	ush_json_uint(json, "kernel_listen_overflows", drops.listen_overflows);
	ush_json_uint(json, "kernel_datagrams_dropped", drops.datagrams);
}

/* ush_moved_fn: each of these only grows. On the log's thread. */
static uint64_t
count_all(void *arg)
{
	const struct ush_server *server = arg;
	struct ush_totals totals = ush_workers_totals(&server->workers);

	return totals.accepted + totals.datagrams + totals.events + totals.aggregates +
	       totals.folded + totals.evicted + totals.probed + totals.untrusted_accepted;
}

/* ush_alive_fn. On the log's thread. */
static bool
are_alive(void *arg)
{
	const struct ush_server *server = arg;

	return ush_workers_are_alive(&server->workers);
}

static void
watch_list(struct ush_server *server)
{
	struct ush_error err = {0};
	int result = ush_sources_watch_list(&server->sources, &err);
	const struct ush_shared_list *list = server->sources.snapshot->list;

	set_list_state(server, result, &err);
	if (result > 0) {
		ush_say(USH_LEVEL_INFO, "list in force serial=%u names=%llu urls=%llu",
		    list->info.serial, (unsigned long long)list->info.names,
		    (unsigned long long)list->info.urls);
	} else if (result < 0) {
		ush_say_error(&err);
		ush_say(USH_LEVEL_WARNING, "%s",
		    list != NULL ? "the list in force stays until that file is replaced"
		                 : "running without a list; it is taken as soon as it is there");
	}
}

/* Looks at the list's file, and lets everyone know what has changed. */
static void
refresh(struct ush_server *server, const struct ush_snapshot *before)
{
	bool refused = server->state.refused;

	watch_list(server);
	if (server->sources.snapshot != before)
		ush_workers_show(&server->workers, server->sources.snapshot);
	if (server->sources.snapshot != before || server->state.refused != refused)
		ush_eventlog_changed(server->log);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct ush_server *server = arg;

	(void)fd;
	(void)what;
	refresh(server, server->sources.snapshot);
}

static void
reload(struct ush_server *server)
{
	const struct ush_snapshot *before = server->sources.snapshot;
	char keys[USH_RESTART_KEYS_MAX];
	struct ush_error err = {0};

	if (ush_sources_load_settings(&server->sources, server->path, &err) != 0) {
		set_settings_reason(&server->state, &err);
		ush_say_error(&err);
		ush_say(USH_LEVEL_WARNING, "the settings in force stay");
	} else {
		set_settings_reason(&server->state, NULL);
		ush_say(USH_LEVEL_INFO, "settings reloaded (at a restart only: %s)",
		    ush_settings_restart_keys(keys));
	}
	refresh(server, before);
	ush_eventlog_changed(server->log);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct ush_server *server = arg;

	(void)what;
	if (number == SIGHUP)
		reload(server);
	else
		event_base_loopbreak(server->base);
}

static int
start_events(struct ush_server *server, struct ush_error *err)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	const struct timeval second = {.tv_sec = 1};
	struct event_base *base = event_base_new();

	server->base = base;
	if (base == NULL)
		return ush_fail(err, NULL, 0, "cannot start an event loop");
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		server->signals[i] = evsignal_new(base, numbers[i], on_signal, server);
		if (server->signals[i] == NULL || event_add(server->signals[i], NULL) != 0)
			return ush_fail(err, NULL, 0, "cannot watch for signals");
	}
	server->tick = event_new(base, -1, EV_PERSIST, on_tick, server);
	if (server->tick == NULL || event_add(server->tick, &second) != 0)
		return ush_fail(err, NULL, 0, "cannot start the clock");
	return 0;
}

static int
open_log(struct ush_server *server, struct ush_error *err)
{
	const struct ush_settings *settings = server->sources.snapshot->settings;
	const struct ush_eventlog_options options = {
	    .path = settings->sinkhole.event_log,
	    .writer = "contacts",
	    .observer = settings->observer,
	    .rings = settings->sinkhole.loops,
	    .ring_bytes = 4u << 20,
	    .own_filters = USH_PRIVILEGES_FILTERS,
	    .drill = settings->drill,
	    .state = write_state,
	    .moved = count_all,
	    .alive = are_alive,
	    .note = note,
	    .arg = server,
	};

	if (ush_eventlog_check(options.path, err) != 0)
		return -1;
	return ush_eventlog_open(&server->log, &options, err);
}

static int
bind_and_drop(struct ush_server *server, struct ush_error *err)
{
	const struct ush_sinkhole_settings *settings =
	    &server->sources.snapshot->settings->sinkhole;
	unsigned wanted = settings->max_connections + OTHER_FILES;
	unsigned files = ush_privileges_files(wanted);

	server->workers.files = files > 2 * OTHER_FILES ? files - OTHER_FILES : OTHER_FILES;
	if (files < wanted)
		ush_say(USH_LEVEL_WARNING,
		    "only %u files may be open, so max-connections is %zu, not %u; raise "
		    "LimitNOFILE",
		    files, server->workers.files, settings->max_connections);
	if (ush_workers_bind(&server->workers, settings, server->path, err) != 0 ||
	    ush_metrics_open(&server->metrics, server, err) != 0)
		return -1;
	if (settings->user == NULL && geteuid() == 0)
		ush_say(USH_LEVEL_WARNING, "running as root for good; give sinkhole.user the name "
		                           "of a user without rights");
	if (ush_privileges_drop(settings->user, server->path, settings->user_line, err) != 0)
		return -1;
	return ush_privileges_confine(err);
}

static void
stop(struct ush_server *server)
{
	ush_metrics_free(server->metrics);
	ush_workers_stop(&server->workers);
	/* The last state line reads the loops' counters. */
	ush_eventlog_close(server->log, CLOSE_TIMEOUT_MS);
	if (server->tick != NULL)
		event_free(server->tick);
	for (size_t i = 0; i < sizeof(server->signals) / sizeof(server->signals[0]); i++) {
		if (server->signals[i] != NULL)
			event_free(server->signals[i]);
	}
	if (server->base != NULL)
		event_base_free(server->base);
	ush_workers_fini(&server->workers);
	ush_sources_fini(&server->sources);
}

static int
run(struct ush_server *server, struct ush_error *err)
{
	/* The signals first: once the ports are open, one may be sent. */
	if (start_events(server, err) != 0 ||
	    ush_sources_load_settings(&server->sources, server->path, err) != 0 ||
	    bind_and_drop(server, err) != 0)
		return -1;
	watch_list(server);
	server->state.listening =
	    (unsigned)(server->workers.count * server->workers.items[0].listeners.count);
	/* The loops come before the log's thread, which reads their counters. */
	if (ush_workers_prepare(&server->workers, server->sources.snapshot, err) != 0 ||
	    open_log(server, err) != 0 ||
	    ush_workers_start(&server->workers, server->log, err) != 0)
		return -1;
	ush_say(USH_LEVEL_INFO, "listening sockets=%u event-log=%s", server->state.listening,
	    server->sources.snapshot->settings->sinkhole.event_log);
	ush_notify("READY=1");
	event_base_dispatch(server->base);
	ush_notify("STOPPING=1");
	ush_say(USH_LEVEL_INFO, "stopping");
	return 0;
}

int
ush_server_run(const char *path, struct ush_error *err)
{
	struct ush_server *server = calloc(1, sizeof(*server));
	int result;

	if (server == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	server->path = path;
	(void)pthread_mutex_init(&server->state.lock, NULL);
	result = run(server, err);
	stop(server);
	(void)pthread_mutex_destroy(&server->state.lock);
	free(server);
	return result;
}

/* What the log's own check would find, without making a file that is then root's. */
static int
check_log(const struct ush_settings *settings, struct ush_error *err)
{
	const char *path = settings->sinkhole.event_log;
	char *copy = strdup(path);
	int rc = 0;

	if (copy == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	if (!ush_privileges_may_write(settings->sinkhole.user, dirname(copy)))
		rc = ush_fail_errno(err, settings->path, "no events could be written to %s", path);
	free(copy);
	return rc;
}

static int
check_user(const struct ush_settings *settings, struct ush_error *err)
{
	const char *user = settings->sinkhole.user;

	if (user != NULL && getpwnam(user) == NULL)
		return ush_fail(err, settings->path, settings->sinkhole.user_line,
		    "there is no user '%s'; create it or change sinkhole.user", user);
	return 0;
}

static void
warn_override(void *arg, const struct ush_unknown_override *unknown)
{
	const char *path = arg;
	char text[USH_UNKNOWN_OVERRIDE_TEXT_MAX];

	ush_say(USH_LEVEL_WARNING, "%s:%u: %s", path, unknown->override->line,
	    ush_unknown_override_text(unknown, text));
}

static void
warn_listen(const struct ush_settings *settings, const struct ush_listen *listen)
{
	enum ush_pool_place place = ush_pool_place(&listen->address);
	char text[USH_NETWORK_TEXT_MAX];

	ush_network_to_text(&listen->address, text);
	if (ush_pool_is_outside(settings, listen))
		ush_say(USH_LEVEL_WARNING,
		    "%s:%u: %s is outside sinkhole-addresses: no answer for a listed name leads "
		    "there",
		    settings->path, listen->line, text);
	/* 0.0.0.0/0 and ::/0 stand for whatever addresses the machine has. */
	if (listen->address.bits > 0 && (place == USH_POOL_ROUTED || place == USH_POOL_NOWHERE))
		ush_say(USH_LEVEL_WARNING,
		    "%s:%u: %s is not this machine's own, so nothing arrives there: ip route add "
		    "local %s dev lo",
		    settings->path, listen->line, text, text);
}

/* What is legal and most likely not meant. */
static void
warn_unusual(const struct ush_snapshot *snapshot)
{
	const struct ush_settings *settings = snapshot->settings;

	if (snapshot->list != NULL)
		ush_overrides_check(
		    snapshot->list->blocklist, settings, warn_override, settings->path);
	for (size_t i = 0; i < settings->sinkhole.listen_count; i++)
		warn_listen(settings, &settings->sinkhole.listen[i]);
}

int
ush_server_check(const char *path, struct ush_error *err)
{
	struct ush_sources sources = {0};
	struct ush_listeners listeners = {0};
	int result = -1;

	if (ush_sources_load_settings(&sources, path, err) == 0 &&
	    ush_listeners_plan(&listeners, &sources.snapshot->settings->sinkhole, path, err) == 0 &&
	    check_user(sources.snapshot->settings, err) == 0 &&
	    check_log(sources.snapshot->settings, err) == 0) {
		result = ush_sources_watch_list(&sources, err);
		/* A list that is not there yet is no mistake: the daemon waits for it. */
		if (result < 0 && !sources.list_file.seen.exists) {
			ush_say_error(err);
			ush_say(USH_LEVEL_WARNING, "without a list until it is there");
			result = 0;
		}
		warn_unusual(sources.snapshot);
	}
	ush_listeners_fini(&listeners);
	ush_sources_fini(&sources);
	return result < 0 ? -1 : 0;
}
