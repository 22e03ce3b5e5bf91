/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/server.h"

#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sinkhole/server/notify.h"
#include "sinkhole/server/privileges.h"

#define PROGRAM "sinkholed"
/* Files beside the connections: listeners, log, list. */
#define OTHER_FILES 256
#define CLOSE_TIMEOUT_MS 10000

static void
note(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, PROGRAM ": %s\n", text);
}

static const char *
list_state(const struct ush_server_state *state)
{
	if (state->loaded)
		return "in-force";
	return state->refused ? "pending" : "none";
}

/* On the log's thread. */
static void
write_state(void *arg, struct ush_json *json)
{
	struct ush_server *server = arg;
	const struct ush_server_state *state = &server->state;
	char time[USH_TIME_TEXT_MAX];

	ush_json_object(json, "list");
	ush_json_string(json, "state", list_state(state));
	if (state->loaded) {
		ush_json_uint(json, "serial", state->serial);
		ush_json_string(json, "built", ush_time_to_text(state->built_ms, time));
		ush_json_uint(json, "rules", state->rules);
	}
	if (state->refused)
		ush_json_bool(json, "refused", true);
	ush_json_end(json);
	ush_json_uint(json, "listening", state->listening);
	ush_json_uint(json, "connections", server->loop->counters.accepted);
	ush_json_uint(json, "connections_open", server->loop->counters.open);
	ush_json_uint(json, "datagrams", server->loop->counters.datagrams);
	ush_json_uint(json, "events", server->loop->counters.events);
	ush_json_uint(json, "folded", server->loop->counters.folded);
}

static void
watch_list(struct ush_server *server)
{
	const struct ush_view *view = &server->view;
	struct ush_server_state *state = &server->state;
	struct ush_error err = {0};
	int result = ush_view_watch_list(&server->view, &err);

	state->loaded = view->list != NULL;
	state->refused = view->refused && view->seen.there;
	if (view->list != NULL) {
		state->serial = view->info.serial;
		state->built_ms = view->info.built_ms;
		state->rules = view->info.names + view->info.networks + view->info.urls;
	}
	if (result > 0) {
		fprintf(stderr, PROGRAM ": list %u in force: %llu names, %llu URLs\n",
		    view->info.serial, (unsigned long long)view->info.names,
		    (unsigned long long)view->info.urls);
	} else if (result < 0) {
		ush_error_print(stderr, PROGRAM, &err);
		note(NULL, view->list != NULL
		               ? "the list in force stays until that file is replaced"
		               : "running without a list; it is taken as soon as it is there");
	}
	if (result != 0 && server->log != NULL)
		ush_eventlog_changed(server->log);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct ush_server *server = arg;

	(void)fd;
	(void)what;
	watch_list(server);
	ush_loop_tick(server->loop);
}

static void
reload(struct ush_server *server)
{
	struct ush_error err = {0};

	if (ush_view_load_settings(&server->view, server->path, &err) != 0) {
		ush_error_print(stderr, PROGRAM, &err);
		note(NULL, "the settings in force stay");
	} else {
		note(NULL, "settings reloaded (listen, user and event-log change at a restart)");
	}
	watch_list(server);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct ush_server *server = arg;

	(void)what;
	if (number == SIGHUP)
		reload(server);
	else
		event_base_loopbreak(server->loop->base);
}

static int
start_events(struct ush_server *server, struct ush_error *err)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	const struct timeval second = {.tv_sec = 1};
	struct event_base *base = server->loop->base;

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
	const struct ush_settings *settings = server->view.settings;
	const struct ush_eventlog_options options = {
	    .path = settings->sinkhole.event_log,
	    .writer = "contacts",
	    .observer = settings->observer,
	    .rings = 1,
	    .ring_bytes = 4u << 20,
	    .drill = settings->drill,
	    .state = write_state,
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
	const struct ush_sinkhole_settings *settings = &server->view.settings->sinkhole;
	unsigned wanted = settings->max_connections + OTHER_FILES;
	unsigned files = ush_privileges_files(wanted);

	if (files < wanted)
		fprintf(stderr,
		    PROGRAM ": only %u files may be open, too few for max-connections %u; raise "
		            "LimitNOFILE\n",
		    files, settings->max_connections);
	if (ush_listeners_plan(&server->listeners, settings, server->path, err) != 0 ||
	    ush_listeners_open(&server->listeners, server->path, err) != 0)
		return -1;
	return ush_privileges_drop(settings->user, server->path, err);
}

static void
stop(struct ush_server *server)
{
	if (server->log != NULL)
		ush_loop_drain(server->loop);
	/* The last state line reads the loop's counters. */
	ush_eventlog_close(server->log, CLOSE_TIMEOUT_MS);
	if (server->tick != NULL)
		event_free(server->tick);
	for (size_t i = 0; i < sizeof(server->signals) / sizeof(server->signals[0]); i++) {
		if (server->signals[i] != NULL)
			event_free(server->signals[i]);
	}
	ush_loop_free(server->loop);
	ush_listeners_fini(&server->listeners);
	ush_view_fini(&server->view);
}

static int
run(struct ush_server *server, struct ush_error *err)
{
	if (ush_view_load_settings(&server->view, server->path, err) != 0 ||
	    bind_and_drop(server, err) != 0)
		return -1;
	watch_list(server);
	server->state.listening = (unsigned)server->listeners.count;
	/* The loop comes before the log's thread, which reads its counters. */
	if (ush_loop_new(&server->loop, &server->view, &server->listeners, err) != 0 ||
	    open_log(server, err) != 0)
		return -1;
	server->loop->ring = ush_eventlog_claim(server->log);
	if (start_events(server, err) != 0)
		return -1;
	fprintf(stderr, PROGRAM ": listening on %zu sockets, events go to %s\n",
	    server->listeners.count, server->view.settings->sinkhole.event_log);
	ush_notify("READY=1");
	event_base_dispatch(server->loop->base);
	ush_notify("STOPPING=1");
	note(NULL, "stopping");
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
	result = run(server, err);
	stop(server);
	free(server);
	return result;
}

static int
check_user(const struct ush_settings *settings, struct ush_error *err)
{
	const char *user = settings->sinkhole.user;

	if (user != NULL && getpwnam(user) == NULL)
		return ush_fail(err, settings->path, 0,
		    "there is no user '%s'; create it or change sinkhole.user", user);
	return 0;
}

int
ush_server_check(const char *path, struct ush_error *err)
{
	struct ush_view view = {0};
	struct ush_listeners listeners = {0};
	int result = -1;

	if (ush_view_load_settings(&view, path, err) == 0 &&
	    ush_listeners_plan(&listeners, &view.settings->sinkhole, path, err) == 0 &&
	    check_user(view.settings, err) == 0) {
		result = ush_view_watch_list(&view, err);
		/* A list that is not there yet is no mistake: the daemon waits for it. */
		if (result < 0 && !view.seen.there) {
			ush_error_print(stderr, PROGRAM, err);
			note(NULL, "without a list until it is there");
			result = 0;
		}
	}
	ush_listeners_fini(&listeners);
	ush_view_fini(&view);
	return result < 0 ? -1 : 0;
}
