/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/follower.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "common/event.h"
#include "common/pause.h"
#include "sinkhole/alerts/alerts.h"
#include "sinkhole/exchange/engine.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/kept.h"
#include "sinkhole/sinkwatch/history.h"
#include "sinkhole/store/records.h"

/* The store may be changed by sinkctl, too. */
#define REFRESH_S 60
/* Other machines send as often. */
#define PULL_S 2

/* When the thread was last seen to do something. */
struct ush_aliveness {
	uint64_t moved_ms; /* 0: it was not looked at yet */
	unsigned looks;
	struct timespec cpu; /* that it has used */
};

struct ush_follower {
	const char *path;
	pthread_t thread;
	struct ush_pause pause;
	pthread_mutex_t lock; /* of the next one */
	struct ush_overview *newest;
	atomic_uint looks; /* how often the thread has looked whether something changed */
	struct ush_aliveness aliveness; /* of the thread that asks whether this one is alive */
	/* Of the thread alone. */
	struct ush_store *store;
	struct ush_risen *history; /* beside the store; NULL: not open */
	char *store_path;          /* of the open store */
	char **
	    paths; /* of the files that the last answer rested on; those of records and alerts last */
	size_t path_count;
	size_t records_at;         /* where they begin */
	size_t alerts_at;          /* the same of those of alerts, which are behind them */
	struct ush_overview *base; /* the last one of the open store; NULL: none */
	uint64_t base_settings;    /* the state of the settings file that it was made by */
	unsigned looks_each_s;
	uint64_t made_in_ms;   /* how long the last overview took, without reading the logs */
	struct ush_error said; /* the last trouble with the store */
	struct ush_error said_mistake;
	struct ush_error said_alerts;
};

static uint64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What distinguishes one state of some files from another (FNV-1a). */
static void
mix(uint64_t *state, const void *data, size_t len)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < len; i++)
		*state = (*state ^ at[i]) * 0x100000001b3ull;
}

static void
mix_file(uint64_t *state, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		memset(&st, 0, sizeof(st));
	mix(state, &st.st_dev, sizeof(st.st_dev));
	mix(state, &st.st_ino, sizeof(st.st_ino));
	mix(state, &st.st_size, sizeof(st.st_size));
	mix(state, &st.st_mtim, sizeof(st.st_mtim));
}

static void
forget_paths(struct ush_follower *follower)
{
	for (size_t i = 0; i < follower->path_count; i++)
		free(follower->paths[i]);
	free(follower->paths);
	follower->paths = NULL;
	follower->path_count = 0;
}

/* Takes the path (malloced or NULL). */
static void
add_path(struct ush_follower *follower, char *path)
{
	if (path != NULL)
		follower->paths[follower->path_count++] = path;
}

static char *
copy_of(const char *path)
{
	return path != NULL ? strdup(path) : NULL;
}

/* The directory, in which rotated logs appear. */
static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash > path ? strndup(path, (size_t)(slash - path)) : NULL;
}

/* The file, and what is not yet written into it. */
static void
add_records(struct ush_follower *follower, const struct ush_settings *settings)
{
	char *path = ush_records_path(settings);
	char *log = NULL;

	if (path != NULL && asprintf(&log, "%s-wal", path) != -1)
		add_path(follower, log);
	add_path(follower, path);
}

/* All that an answer rests on, but the settings file and the store. */
static void
remember_paths(struct ush_follower *follower, const struct ush_settings *settings)
{
	forget_paths(follower);
	follower->paths = calloc(2 * settings->store.log_count + settings->store.identity_count + 6,
	    sizeof(*follower->paths));
	if (follower->paths == NULL)
		return;
	for (size_t i = 0; i < settings->store.log_count; i++) {
		add_path(follower, copy_of(settings->store.logs[i].path));
		add_path(follower, directory_of(settings->store.logs[i].path));
	}
	for (size_t i = 0; i < settings->store.identity_count; i++)
		add_path(follower, copy_of(settings->store.identities[i].path));
	add_path(follower, copy_of(settings->store.host_names));
	add_path(follower, copy_of(settings->sinkhole.database));
	add_path(follower, copy_of(settings->module.database));
	follower->records_at = follower->path_count;
	add_records(follower, settings);
	follower->alerts_at = follower->path_count;
	if (settings->alerts.output_count > 0)
		add_path(follower, ush_alert_file_path(settings));
}

static uint64_t
state_of_settings(const struct ush_follower *follower)
{
	uint64_t state = 0xcbf29ce484222325ull;

	mix_file(&state, follower->path);
	return state;
}

static void
mix_paths(uint64_t *state, const struct ush_follower *follower, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		mix_file(state, follower->paths[i]);
}

static uint64_t
state_of_files(const struct ush_follower *follower)
{
	uint64_t state = state_of_settings(follower);

	mix_paths(&state, follower, 0, follower->path_count);
	return state;
}

static void
publish(struct ush_follower *follower, struct ush_overview *overview)
{
	struct ush_overview *old;

	overview->made_ms = ush_time_now_ms();
	pthread_mutex_lock(&follower->lock);
	old = follower->newest;
	follower->newest = overview;
	pthread_mutex_unlock(&follower->lock);
	ush_overview_free(old);
}

struct ush_overview *
ush_follower_take(struct ush_follower *follower)
{
	struct ush_overview *newest;

	pthread_mutex_lock(&follower->lock);
	newest = follower->newest;
	follower->newest = NULL;
	pthread_mutex_unlock(&follower->lock);
	return newest;
}

/* The next overview is made as a whole. */
static void
drop_base(struct ush_follower *follower)
{
	ush_overview_free(follower->base);
	follower->base = NULL;
}

/* What people said of hosts. */
static void
load_marks(struct ush_overview *overview)
{
	struct ush_records *records = NULL;
	struct ush_error err = {0};

	if (ush_records_open(&records, overview->settings, false, &err) != 0 ||
	    ush_marks_load(&overview->marks, records, &err) != 0)
		ush_unread_add(&overview->beside, &err);
	ush_records_close(records);
}

/* The last good ones if the file has a mistake. -1: there are none. */
static int
load_settings(struct ush_follower *follower, struct ush_overview *overview)
{
	if (ush_settings_load(&overview->settings, follower->path, &overview->mistake) == 0) {
		ush_kept_save(overview->settings);
		return 0;
	}
	return ush_kept_load(&overview->settings, &overview->used_settings, follower->path, NULL);
}

/* An overview with settings and no rows; NULL if there are no settings or no memory. A mistake in the
 * settings is on every page, and the answer is given with the last good ones. *state: of the files,
 * each taken before it is read, so that what changes meanwhile is read next time. Loading identities
 * writes into the records: their state is taken behind it. That of alerts is not in it yet. */
static struct ush_overview *
begin_overview(struct ush_follower *follower, uint64_t *state)
{
	struct ush_overview *overview = calloc(1, sizeof(*overview));
	uint64_t begin_ms = monotonic_ms();
	struct ush_error err = {0};

	*state = state_of_files(follower);
	if (overview == NULL)
		return NULL;
	ush_overview_share(overview);
	*state = state_of_settings(follower);
	if (load_settings(follower, overview) != 0) {
		free(overview);
		return NULL;
	}
	if (*state != follower->base_settings || overview->mistake.text[0] != '\0')
		drop_base(follower);
	follower->base_settings = *state;
	remember_paths(follower, overview->settings);
	mix_paths(state, follower, 0, follower->records_at);
	if (ush_identities_load(&overview->identities, overview->settings, ush_time_now_ms(), true,
	        &overview->beside, &err) != 0)
		ush_unread_add(&overview->beside, &err);
	mix_paths(state, follower, follower->records_at, follower->alerts_at);
	load_marks(overview);
	overview->list = ush_command_open_list(overview->settings);
	follower->made_in_ms = monotonic_ms() - begin_ms;
	return overview;
}

static void
close_store(struct ush_follower *follower)
{
	drop_base(follower);
	ush_risen_close(follower->history);
	follower->history = NULL;
	ush_store_close(follower->store);
	free(follower->store_path);
	follower->store = NULL;
	follower->store_path = NULL;
}

/* The store of these settings. */
static int
open_store(
    struct ush_follower *follower, const struct ush_settings *settings, struct ush_error *err)
{
	char path[PATH_MAX];

	ush_engine_store_path(settings, path);
	if (follower->store != NULL && strcmp(follower->store_path, path) == 0)
		return 0;
	close_store(follower);
	follower->store_path = strdup(path);
	if (follower->store_path == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	return ush_engine_store_open(&follower->store, settings, err);
}

/* Trouble that lasts is said once. */
static void
say(struct ush_error *said, const struct ush_error *err)
{
	if (err->text[0] != '\0' && strcmp(err->text, said->text) != 0)
		ush_error_print(stderr, "sinkwatch", err);
	*said = *err;
}

static void
fill(struct ush_follower *follower, struct ush_overview *overview)
{
	uint64_t begin_ms = monotonic_ms();

	ush_overview_fill(overview, follower->store, follower->base);
	drop_base(follower);
	malloc_trim(0); /* many small pieces were in use for a moment */
	if (overview->failed.text[0] == '\0')
		follower->base = ush_overview_share(overview);
	follower->made_in_ms += monotonic_ms() - begin_ms;
}

/* Reads what is new into the store. What other machines sent shows in no file: it is looked for. */
static void
read_logs(struct ush_follower *follower, struct ush_overview *overview)
{
	follower->looks_each_s = overview->settings->store.pull_from != NULL ? PULL_S : REFRESH_S;
	if (ush_engine_update(
	        follower->store, overview->settings, &overview->update, &overview->failed) != 0)
		close_store(follower); /* it may be another one next time */
}

/* How it stands with the outputs of alerts. */
static void
load_outputs(struct ush_overview *overview)
{
	struct ush_error err = {0};

	if (ush_outputs_load(&overview->outputs, overview->settings, &err) != 0 &&
	    overview->unsaid.text[0] == '\0')
		overview->unsaid = err;
}

/* What is in the store already, before the logs are read, which may take long. */
static void
show_first(struct ush_follower *follower)
{
	uint64_t state;
	struct ush_overview *overview = begin_overview(follower, &state);

	if (overview == NULL)
		return;
	overview->is_reading = true;
	if (open_store(follower, overview->settings, &overview->failed) == 0)
		fill(follower, overview);
	load_outputs(overview);
	publish(follower, overview);
}

/* Queues what is new of it. *state: to which that of the alerts is added. */
static void
alert(struct ush_follower *follower, struct ush_overview *overview, uint64_t *state)
{
	struct ush_error err = {0};

	overview->made_ms = ush_time_now_ms();
	if (ush_alerts_look(overview, follower->store, &err) != 0)
		overview->unsaid = err;
	mix_paths(state, follower, follower->alerts_at, follower->path_count);
	load_outputs(overview);
	say(&follower->said_alerts, &overview->unsaid);
}

/* Returns the state of the files that the answer rests on. */
static uint64_t
read_and_show(struct ush_follower *follower)
{
	uint64_t state;
	struct ush_overview *overview = begin_overview(follower, &state);

	if (overview == NULL)
		return state;
	if (open_store(follower, overview->settings, &overview->failed) == 0)
		read_logs(follower, overview);
	if (follower->store != NULL) {
		fill(follower, overview);
		ush_history_note(&follower->history, overview);
	}
	say(&follower->said, &overview->failed);
	say(&follower->said_mistake, &overview->mistake);
	alert(follower, overview, &state);
	publish(follower, overview);
	return state;
}

/* A second. False: it is to stop. */
static bool
wait_a_second(struct ush_follower *follower)
{
	bool goes_on = ush_pause_wait(&follower->pause, 1);

	atomic_fetch_add(&follower->looks, 1);
	return goes_on;
}

/* Waits so long that making overviews takes a fifth of a core at most, and a second at least. False:
 * it is to stop. */
static bool
wait_a_while(struct ush_follower *follower)
{
	uint64_t seconds = follower->made_in_ms * 4 / 1000;

	seconds = seconds < 1 ? 1 : seconds > REFRESH_S ? REFRESH_S : seconds;
	for (; seconds > 0; seconds--) {
		if (!wait_a_second(follower))
			return false;
	}
	return true;
}

/* Sums that took long are made again later, also when nothing more happens. */
static bool
are_sums_due(const struct ush_follower *follower)
{
	const struct ush_overview *base = follower->base;

	return base != NULL && base->has_old_sums && !ush_sums_are_good(base->sums);
}

static void *
run(void *arg)
{
	struct ush_follower *follower = arg;
	uint64_t state;
	unsigned idle = 0;

	show_first(follower);
	state = read_and_show(follower);
	while (wait_a_while(follower)) {
		if (state_of_files(follower) == state && ++idle < follower->looks_each_s &&
		    !are_sums_due(follower))
			continue;
		state = read_and_show(follower);
		idle = 0;
	}
	close_store(follower);
	forget_paths(follower);
	return NULL;
}

bool
ush_follower_is_alive(struct ush_follower *follower, uint64_t patience_ms)
{
	struct ush_aliveness *last = &follower->aliveness;
	struct ush_aliveness now = {
	    .looks = atomic_load(&follower->looks), .moved_ms = monotonic_ms()};
	clockid_t clock;

	if (pthread_getcpuclockid(follower->thread, &clock) == 0)
		clock_gettime(clock, &now.cpu);
	if (last->moved_ms == 0 || now.looks != last->looks || now.cpu.tv_sec != last->cpu.tv_sec ||
	    now.cpu.tv_nsec != last->cpu.tv_nsec)
		*last = now;
	return now.moved_ms - last->moved_ms < patience_ms;
}

int
ush_follower_start(struct ush_follower **out, const char *path, struct ush_error *err)
{
	struct ush_follower *follower = calloc(1, sizeof(*follower));

	*out = NULL;
	if (follower == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	follower->path = path;
	pthread_mutex_init(&follower->lock, NULL);
	ush_pause_init(&follower->pause);
	if (ush_thread_start(&follower->thread, run, follower) != 0) {
		free(follower);
		return ush_fail(err, NULL, 0, "cannot start a thread");
	}
	pthread_setname_np(follower->thread, "follower"); /* for ps and top */
	*out = follower;
	return 0;
}

void
ush_follower_stop(struct ush_follower *follower)
{
	if (follower == NULL)
		return;
	ush_pause_end(&follower->pause);
	pthread_join(follower->thread, NULL);
	ush_pause_fini(&follower->pause);
	pthread_mutex_destroy(&follower->lock);
	ush_overview_free(follower->newest);
	free(follower);
}
