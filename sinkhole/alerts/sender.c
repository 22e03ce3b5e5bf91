/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/sender.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/watched.h"
#include "sinkhole/alerts/queue.h"
#include "sinkhole/alerts/workers.h"
#include "sinkhole/sinkctl/kept.h"

struct ush_alert_sender {
	const char *path;
	pthread_t thread;
	pthread_mutex_t lock; /* of the condition alone */
	pthread_cond_t woken;
	atomic_bool is_stopping;
	/* Of the thread alone. */
	struct ush_watched watched; /* the settings */
	struct ush_settings *settings;
	struct ush_alert_workers *workers; /* for these settings; NULL: there are none yet */
	struct ush_error said;
};

/* With a mistake in the file: those that it has or, at the start, those that were kept. */
static void
take_settings(struct ush_alert_sender *sender)
{
	struct ush_settings *settings;
	struct ush_error err = {0};
	const char *which;

	if (!ush_watched_is_due(&sender->watched, sender->path) && sender->settings != NULL)
		return;
	if (ush_settings_load(&settings, sender->path, &err) == 0)
		ush_watched_taken(&sender->watched);
	else if (ush_watched_refused(&sender->watched, err.text) && sender->settings == NULL &&
	         ush_kept_load(&settings, &which, sender->path, NULL) == 0)
		; /* the follower says what is wrong */
	else
		return;
	ush_alert_workers_stop(sender->workers);
	sender->workers = NULL;
	ush_settings_free(sender->settings);
	sender->settings = settings;
}

/* What is for outputs that the settings do not have. */
static int
tidy(struct ush_alert_sender *sender, struct ush_error *err)
{
	struct ush_alert_file *file;
	int rc;

	if (ush_alert_file_open(&file, sender->settings, true, err) != 0)
		return -1;
	rc = ush_queue_forget_others(file, sender->settings, err);
	ush_alert_file_close(file);
	return rc;
}

/* Returns when a second is over or it is to stop. */
static void
wait_a_second(struct ush_alert_sender *sender)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&sender->lock);
	if (!atomic_load(&sender->is_stopping))
		(void)pthread_cond_timedwait(&sender->woken, &sender->lock, &until);
	pthread_mutex_unlock(&sender->lock);
}

static void *
run(void *arg)
{
	struct ush_alert_sender *sender = arg;

	ush_watched_init(&sender->watched, 1);
	for (; !atomic_load(&sender->is_stopping); wait_a_second(sender)) {
		struct ush_error err = {0};

		take_settings(sender);
		if (sender->settings == NULL || sender->settings->alerts.output_count == 0)
			continue;
		if (sender->workers == NULL && tidy(sender, &err) == 0)
			(void)(ush_alert_workers_start(&sender->workers, sender->settings, &err) ==
			       0);
		if (err.text[0] != '\0' && strcmp(err.text, sender->said.text) != 0)
			ush_error_print(stderr, "sinkwatch", &err);
		sender->said = err;
	}
	ush_alert_workers_stop(sender->workers);
	ush_settings_free(sender->settings);
	return NULL;
}

static int
start_thread(struct ush_alert_sender *sender)
{
	sigset_t all;
	sigset_t before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&sender->thread, NULL, run, sender);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int
ush_alert_sender_start(struct ush_alert_sender **out, const char *path, struct ush_error *err)
{
	struct ush_alert_sender *sender = calloc(1, sizeof(*sender));
	pthread_condattr_t clock;

	*out = NULL;
	if (sender == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(sender);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	sender->path = path;
	pthread_mutex_init(&sender->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&sender->woken, &clock);
	pthread_condattr_destroy(&clock);
	if (start_thread(sender) != 0) {
		free(sender);
		return ush_fail(err, NULL, 0, "cannot start a thread");
	}
	*out = sender;
	return 0;
}

void
ush_alert_sender_stop(struct ush_alert_sender *sender)
{
	if (sender == NULL)
		return;
	pthread_mutex_lock(&sender->lock);
	atomic_store(&sender->is_stopping, true);
	pthread_cond_signal(&sender->woken);
	pthread_mutex_unlock(&sender->lock);
	pthread_join(sender->thread, NULL);
	pthread_cond_destroy(&sender->woken);
	pthread_mutex_destroy(&sender->lock);
	curl_global_cleanup();
	free(sender);
}
