/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/sender.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/settings.h"
#include "sinkhole/exchange/engine.h"

/* More often, and fewer events are one row. */
#define SEND_S 10

struct ush_sending {
	const char *path;
	pthread_t thread;
	pthread_mutex_t lock; /* of the next two */
	pthread_cond_t woken;
	bool is_stopping;
	/* Of the thread alone. */
	struct ush_settings *settings; /* the last good ones; NULL: none yet */
	struct ush_sender *sender;
	struct ush_error said;
};

/* Trouble that lasts is said once, and once that it is over. */
static void
say(struct ush_sending *sending, const struct ush_error *err)
{
	if (err->text[0] != '\0' && strcmp(err->text, sending->said.text) != 0)
		ush_error_print(stderr, "sinkwatch", err);
	else if (err->text[0] == '\0' && sending->said.text[0] != '\0')
		fputs("sinkwatch: sends to PostgreSQL again\n", stderr);
	sending->said = *err;
}

/* Mistakes in the settings are the follower's to say. */
static void
send_once(struct ush_sending *sending)
{
	struct ush_settings *settings;
	struct ush_error err = {0};

	if (ush_settings_load(&settings, sending->path, NULL) == 0) {
		ush_settings_free(sending->settings);
		sending->settings = settings;
	}
	if (sending->settings == NULL)
		return;
	if (ush_sender_send(sending->sender, sending->settings, &err) == 0)
		err.text[0] = '\0';
	say(sending, &err);
}

/* False: it is to stop. */
static bool
wait_a_while(struct ush_sending *sending)
{
	struct timespec until;
	bool is_stopping;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += SEND_S;
	pthread_mutex_lock(&sending->lock);
	while (!sending->is_stopping &&
	       pthread_cond_timedwait(&sending->woken, &sending->lock, &until) != ETIMEDOUT)
		;
	is_stopping = sending->is_stopping;
	pthread_mutex_unlock(&sending->lock);
	return !is_stopping;
}

static void *
run(void *arg)
{
	struct ush_sending *sending = arg;

	do
		send_once(sending);
	while (wait_a_while(sending));
	return NULL;
}

static int
start_thread(struct ush_sending *sending)
{
	sigset_t all;
	sigset_t before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&sending->thread, NULL, run, sending);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int
ush_sending_start(struct ush_sending **out, const char *path, struct ush_error *err)
{
	struct ush_sending *sending = calloc(1, sizeof(*sending));
	pthread_condattr_t clock;

	*out = NULL;
	if (sending == NULL || (sending->sender = ush_sender_new()) == NULL) {
		free(sending);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	sending->path = path;
	pthread_mutex_init(&sending->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&sending->woken, &clock);
	pthread_condattr_destroy(&clock);
	if (start_thread(sending) != 0) {
		ush_sender_free(sending->sender);
		free(sending);
		return ush_fail(err, NULL, 0, "cannot start a thread");
	}
	*out = sending;
	return 0;
}

void
ush_sending_stop(struct ush_sending *sending)
{
	if (sending == NULL)
		return;
	pthread_mutex_lock(&sending->lock);
	sending->is_stopping = true;
	pthread_cond_signal(&sending->woken);
	pthread_mutex_unlock(&sending->lock);
	pthread_join(sending->thread, NULL);
	pthread_cond_destroy(&sending->woken);
	pthread_mutex_destroy(&sending->lock);
	ush_sender_free(sending->sender);
	ush_settings_free(sending->settings);
	free(sending);
}
