/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/swap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* From when on a state line says that a file is still being read. */
#define READING_LONG_MS 5000

void
ush_watcher_note(struct ush_watcher *watcher, enum ush_notice kind, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	watcher->options.host.note(watcher->options.host.arg, kind, text);
}

static void
log_note(void *arg, const char *text)
{
	ush_watcher_note(arg, USH_NOTICE_WARNING, "%s", text);
}

static double
ms_since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1e3 +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

/* A state line now: readers of the log should not wait an hour to see what is in force. */
static void
tell_state(struct ush_watcher *watcher)
{
	if (watcher->log)
		ush_eventlog_changed(watcher->log->log);
}

/* The file cannot be used: say so once, and count. */
static void
refused(struct ush_watcher *watcher, struct ush_watched *watched, const struct ush_error *err,
    const char *consequence)
{
	char text[USH_WATCHED_REASON_MAX];

	(void)ush_error_format(err, text, sizeof(text));
	if (!ush_watched_refused(watched, text))
		return;
	ush_status_complain(&watcher->status,
	    watched == &watcher->settings_file ? USH_STATUS_SETTINGS : USH_STATUS_LIST, text,
	    watched->seen.exists);
	ush_count(watcher->options.counters, USH_COUNT_REFUSED, 1);
	ush_watcher_note(watcher, USH_NOTICE_WARNING, "%s; %s", text, consequence);
	tell_state(watcher);
}

static bool
is_reading_long(struct ush_watcher *watcher)
{
	bool is_long;

	(void)pthread_mutex_lock(&watcher->lock);
	is_long = watcher->is_reading && ms_since(&watcher->reading_since) > READING_LONG_MS;
	(void)pthread_mutex_unlock(&watcher->lock);
	return is_long;
}

/* ush_state_fn, on the event log's writer thread. */
static void
write_state(void *arg, struct ush_json *json)
{
	struct ush_watcher *watcher = arg;

	ush_status_write(&watcher->status, json, is_reading_long(watcher));
	ush_counters_write(json, watcher->options.blocks, watcher->options.block_count);
}

/* ush_moved_fn, on the event log's writer thread. */
static uint64_t
count_all(void *arg)
{
	const struct ush_watcher *watcher = arg;

	return ush_counters_total(watcher->options.blocks, watcher->options.block_count);
}

/* The pending generation becomes the one in force, and the one before goes. */
static void
commit(struct ush_watcher *watcher, const struct ush_eviction *eviction)
{
	const struct ush_generation *generation = ush_lists_pending(watcher->options.lists);
	const struct ush_shared_list *list = generation->list;
	const char *mode = ush_mode_text(ush_generation_mode(generation));

	ush_generation_free(
	    (struct ush_generation *)(uintptr_t)ush_lists_commit(watcher->options.lists));
	ush_status_set(&watcher->status, watcher->settings_now->settings->mode, "in-force",
	    watcher->list ? &watcher->list->info : NULL);
	tell_state(watcher);
	ush_passive_write_soon(watcher->options.passive);
	ush_count(watcher->options.counters, USH_COUNT_SWAPS, 1);
	ush_count(watcher->options.counters, USH_COUNT_EVICTED, eviction->evicted);
	if (!list) {
		ush_watcher_note(
		    watcher, USH_NOTICE_WARNING, "in force: mode %s, no list yet", mode);
		return;
	}
	ush_watcher_note(watcher, USH_NOTICE_INFO,
	    "in force: list serial %u, %llu rules, mode %s, after %.1f ms (%llu cache entries "
	    "seen, "
	    "%llu removed)",
	    (unsigned)list->info.serial, (unsigned long long)list->info.names + list->info.networks,
	    mode, ms_since(&watcher->loading_since), (unsigned long long)eviction->seen,
	    (unsigned long long)eviction->evicted);
}

/* Evict for the pending generation, and commit. A generation that forbids nothing has nothing to
 * evict. */
static void
bring_in_force(struct ush_watcher *watcher)
{
	const struct ush_generation *generation = ush_lists_pending(watcher->options.lists);
	struct ush_eviction eviction = {0};
	bool forbids =
	    ush_generation_mode(generation) == USH_MODE_ENFORCE || generation->has_canary;

	if (forbids && ush_generation_mode(generation) != USH_MODE_OFF &&
	    watcher->options.host.evict(watcher->options.host.arg, &watcher->stop, &eviction) != 0)
		return; /* stays pending: readers act on both */
	commit(watcher, &eviction);
}

static void
publish(struct ush_watcher *watcher)
{
	struct ush_generation *generation;
	struct ush_error err = {0};

	if (ush_generation_new(
	        &generation, watcher->settings_now, watcher->list, watcher->log, &err) != 0) {
		refused(watcher, &watcher->settings_file, &err, "what was in force stays");
		return;
	}
	ush_generation_free((struct ush_generation *)(uintptr_t)ush_lists_publish(
	    watcher->options.lists, generation));
	bring_in_force(watcher);
}

static void
open_log(struct ush_watcher *watcher)
{
	const struct ush_settings *settings = watcher->settings_now->settings;
	struct ush_eventlog_options options = {
	    .writer = "dns",
	    .rings = watcher->options.threads,
	    .state = write_state,
	    .moved = count_all,
	    .note = log_note,
	    .arg = watcher,
	};
	struct ush_shared_log *log;
	struct ush_error err = {0};

	if (watcher->log && ush_shared_log_fits(watcher->log, settings))
		return;
	if (ush_shared_log_open(&log, settings, &options, ++watcher->log_numbers, &err) != 0) {
		if (watcher->looks_without_log == 0)
			ush_watcher_note(
			    watcher, USH_NOTICE_WARNING, "no events are written: %s", err.text);
		return;
	}
	watcher->looks_without_log = 0;
	ush_shared_log_release(watcher->log);
	watcher->log = log;
}

/* What one look at the files found. */
struct found {
	bool settings_are_due;
	struct ush_shared_settings *settings; /* NULL: they cannot be used */
	struct ush_error settings_error;
	bool list_is_due;
	struct ush_shared_list *list; /* NULL: it cannot be used */
	struct ush_error list_error;
};

static void
begin_reading(struct ush_watcher *watcher)
{
	(void)pthread_mutex_lock(&watcher->lock);
	(void)clock_gettime(CLOCK_MONOTONIC, &watcher->reading_since);
	watcher->is_reading = true;
	(void)pthread_mutex_unlock(&watcher->lock);
}

/* False if the owner has stopped waiting for what was read. */
static bool
end_reading(struct ush_watcher *watcher)
{
	bool is_abandoned;

	(void)pthread_mutex_lock(&watcher->lock);
	watcher->is_reading = false;
	is_abandoned = watcher->is_abandoned;
	(void)pthread_mutex_unlock(&watcher->lock);
	return !is_abandoned;
}

/* The settings may name another list: forget then what was seen of the old one. */
static void
set_database_path(struct ush_watcher *watcher, const struct ush_settings *settings)
{
	const char *path = settings->module.database;
	char *copy;

	if (watcher->database_path && strcmp(watcher->database_path, path) == 0)
		return;
	copy = strdup(path);
	if (!copy)
		return;
	free(watcher->database_path);
	watcher->database_path = copy;
	ush_watched_init(&watcher->database_file, USH_LOOKS_PER_SECOND);
	ush_status_complain(&watcher->status, USH_STATUS_LIST, NULL, false);
}

/* Every system call on the files is in here. Nothing but the watcher's own memory is touched: the
 * owner may be gone before it returns. */
static bool
read_files(struct ush_watcher *watcher, struct found *found)
{
	begin_reading(watcher);
	found->settings_are_due = ush_watched_is_due(&watcher->settings_file, watcher->path);
	if (found->settings_are_due &&
	    ush_shared_settings_open(&found->settings, watcher->path, &found->settings_error) == 0)
		set_database_path(watcher, found->settings->settings);
	found->list_is_due = watcher->database_path &&
	                     ush_watched_is_due(&watcher->database_file, watcher->database_path);
	if (found->list_is_due)
		(void)!ush_shared_list_open(&found->list, watcher->database_path,
		    USH_PART_NAMES | USH_PART_NETWORKS, &found->list_error);
	if (end_reading(watcher))
		return true;
	ush_shared_settings_release(found->settings);
	ush_shared_list_release(found->list);
	return false;
}

/* True if there are settings that are newer than those we have. */
static bool
take_settings(struct ush_watcher *watcher, const struct found *found)
{
	if (!found->settings_are_due)
		return false;
	if (!found->settings) {
		refused(watcher, &watcher->settings_file, &found->settings_error,
		    watcher->settings_now
		        ? "the settings in force stay"
		        : "nothing is sinkholed or recorded until this is put right");
		return false;
	}
	ush_watched_taken(&watcher->settings_file);
	ush_status_complain(&watcher->status, USH_STATUS_SETTINGS, NULL, false);
	ush_shared_settings_release(watcher->settings_now);
	watcher->settings_now = found->settings;
	if (watcher->options.passive)
		ush_passive_follow(watcher->options.passive, &found->settings->settings->module);
	return true;
}

/* True if there is a list that is newer than the one we have. */
static bool
take_list(struct ush_watcher *watcher, const struct found *found)
{
	if (!found->list_is_due)
		return false;
	if (!found->list) {
		refused(watcher, &watcher->database_file, &found->list_error,
		    watcher->list ? "the list in force stays" : "no list is in force");
		return false;
	}
	ush_watched_taken(&watcher->database_file);
	ush_status_complain(&watcher->status, USH_STATUS_LIST, NULL, false);
	ush_shared_list_release(watcher->list);
	watcher->list = found->list;
	return true;
}

/* A log that could not be started (no memory, no thread) is tried again each second. */
static bool
log_is_due(struct ush_watcher *watcher)
{
	return watcher->settings_now && !watcher->log &&
	       ++watcher->looks_without_log % USH_LOOKS_PER_SECOND == 0;
}

static void
count_passive_losses(struct ush_watcher *watcher)
{
	uint64_t lost = ush_passive_lost(watcher->options.passive);

	ush_count(watcher->options.counters, USH_COUNT_PASSIVE_LOST, lost - watcher->passive_lost);
	watcher->passive_lost = lost;
}

bool
ush_watcher_look(struct ush_watcher *watcher)
{
	struct found found = {0};
	bool changed;

	(void)clock_gettime(CLOCK_MONOTONIC, &watcher->loading_since);
	if (!read_files(watcher, &found))
		return false;
	count_passive_losses(watcher);
	changed = take_settings(watcher, &found);
	changed = take_list(watcher, &found) || changed;
	changed = log_is_due(watcher) || changed;
	if (changed && watcher->settings_now) {
		ush_status_set(&watcher->status, watcher->settings_now->settings->mode, "pending",
		    watcher->list ? &watcher->list->info : NULL);
		open_log(watcher);
		publish(watcher);
	} else if (ush_lists_pending(watcher->options.lists)) {
		bring_in_force(watcher);
	}
	return true;
}
