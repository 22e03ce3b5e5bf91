/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/sender.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/watched.h"
#include "sinkhole/alerts/output.h"
#include "sinkhole/alerts/queue.h"
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
	struct ush_alert_file *file; /* of these settings; NULL: not open */
	struct ush_error said;       /* trouble with the queue: said once */
	/* What was sent, as long as the queue could not take note of it: on a full disk one message would
	 * come again each second. NULL: nothing. */
	char *taken_by;
	uint64_t taken;
};

static int
send_message(const struct ush_alert_sender *sender, const struct ush_alert_output *output,
    const struct ush_delivery *delivery, struct ush_error *err)
{
	json_t *message = json_loads(delivery->body, 0, NULL);
	const struct ush_outgoing outgoing = {.body = delivery->body,
	    .message = message,
	    .now_ms = ush_time_now_ms(),
	    .is_stopping = &sender->is_stopping};
	ush_output_fn *send = output->webhook != NULL  ? ush_output_webhook
	                      : output->mail.count > 0 ? ush_output_mail
	                      : output->syslog != NULL ? ush_output_syslog
	                                               : ush_output_program;
	int rc = send(output, &outgoing, err);

	json_decref(message);
	return rc;
}

/* The first failure of some is said; `sinkctl alert` has the others. */
static int
note_failure(struct ush_alert_sender *sender, const struct ush_delivery *delivery,
    const struct ush_error *failure, struct ush_error *err)
{
	struct ush_output_state state = {.name = delivery->output};
	char reason[sizeof(failure->file) + sizeof(failure->text) + 16];

	ush_error_format(failure, reason, sizeof(reason));
	if (ush_output_state_read(sender->file, &state, err) != 0)
		return -1;
	if (state.failed == 0)
		fprintf(stderr, "sinkwatch: alerts to %s fail: %s\n", delivery->output, reason);
	return ush_queue_failed(sender->file, delivery, ush_time_now_ms(), reason, err);
}

/* Takes note of what was sent. */
static int
note_taken(struct ush_alert_sender *sender, struct ush_error *err)
{
	const struct ush_delivery delivery = {.message = sender->taken, .output = sender->taken_by};

	if (sender->taken_by == NULL)
		return 0;
	if (ush_queue_taken(sender->file, &delivery, ush_time_now_ms(), err) != 0)
		return -1;
	free(sender->taken_by);
	sender->taken_by = NULL;
	return 0;
}

/* One message. Returns 1 if there may be more, 0 if nothing is due, -1 if the queue fails. */
static int
serve(struct ush_alert_sender *sender, const struct ush_alert_output *output, struct ush_error *err)
{
	struct ush_delivery delivery;
	struct ush_error failure = {0};
	int rc = ush_queue_next(sender->file, output->name, ush_time_now_ms(), &delivery, err);

	if (rc != 1)
		return rc;
	if (send_message(sender, output, &delivery, &failure) == 0) {
		sender->taken = delivery.message;
		sender->taken_by = strdup(output->name);
		if (sender->taken_by == NULL)
			rc = ush_fail(err, NULL, 0, "out of memory");
		else
			rc = note_taken(sender, err) == 0 ? 1 : -1;
	} else if (atomic_load(&sender->is_stopping)) {
		rc = 0; /* that was no failure of the output */
	} else {
		rc = note_failure(sender, &delivery, &failure, err);
	}
	free(delivery.body);
	return rc;
}

static void
close_file(struct ush_alert_sender *sender)
{
	ush_alert_file_close(sender->file);
	sender->file = NULL;
}

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
	close_file(sender);
	free(sender->taken_by); /* its file may be another one now */
	sender->taken_by = NULL;
	ush_settings_free(sender->settings);
	sender->settings = settings;
}

static int
open_file(struct ush_alert_sender *sender, struct ush_error *err)
{
	if (sender->file != NULL)
		return 0;
	if (ush_alert_file_open(&sender->file, sender->settings, true, err) != 0)
		return -1;
	return ush_queue_forget_others(sender->file, sender->settings, err);
}

/* Each output has one message at a time, so that none waits for all of another one's. */
static int
serve_all(struct ush_alert_sender *sender, struct ush_error *err)
{
	const struct ush_alert_settings *alerts = &sender->settings->alerts;
	bool is_more = true;

	if (note_taken(sender, err) != 0)
		return -1;
	while (is_more) {
		is_more = false;
		for (size_t i = 0; i < alerts->output_count; i++) {
			int rc = atomic_load(&sender->is_stopping)
			             ? 0
			             : serve(sender, &alerts->outputs[i], err);

			if (rc < 0)
				return -1;
			is_more = is_more || rc > 0;
		}
	}
	return 0;
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
		if (open_file(sender, &err) != 0 || serve_all(sender, &err) != 0)
			close_file(sender); /* it may be another one next time */
		if (err.text[0] != '\0' && strcmp(err.text, sender->said.text) != 0)
			ush_error_print(stderr, "sinkwatch", &err);
		sender->said = err;
	}
	close_file(sender);
	free(sender->taken_by);
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
