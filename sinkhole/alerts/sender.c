/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/sender.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include "common/pause.h"
#include "common/watched.h"
#include "sinkhole/alerts/queue.h"
#include "sinkhole/alerts/workers.h"
#include "sinkhole/sinkctl/kept.h"

struct ush_alert_sender {
	const char *path;
	pthread_t thread;
	struct ush_pause pause;
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

static void
look(struct ush_alert_sender *sender)
{
	struct ush_error err = {0};

	take_settings(sender);
	if (sender->settings == NULL || sender->settings->alerts.output_count == 0)
		return;
	if (sender->workers == NULL &&
	    (tidy(sender, &err) != 0 ||
	        ush_alert_workers_start(&sender->workers, sender->settings, &err) != 0) &&
	    strcmp(err.text, sender->said.text) != 0)
		ush_error_print(stderr, "sinkwatch", &err);
	sender->said = err;
}

static void *
run(void *arg)
{
	struct ush_alert_sender *sender = arg;

	ush_watched_init(&sender->watched, 1);
	do
		look(sender);
	while (ush_pause_wait(&sender->pause, 1));
	ush_alert_workers_stop(sender->workers);
	ush_settings_free(sender->settings);
	return NULL;
}

int
ush_alert_sender_start(struct ush_alert_sender **out, const char *path, struct ush_error *err)
{
	struct ush_alert_sender *sender = calloc(1, sizeof(*sender));

	*out = NULL;
	if (sender == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(sender);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	sender->path = path;
	ush_pause_init(&sender->pause);
	if (ush_thread_start(&sender->thread, run, sender) != 0) {
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
	ush_pause_end(&sender->pause);
	pthread_join(sender->thread, NULL);
	ush_pause_fini(&sender->pause);
	curl_global_cleanup();
	free(sender);
}
