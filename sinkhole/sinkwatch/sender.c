/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/pause.h"
#include "common/settings.h"
#include "sinkhole/exchange/engine.h"

/* More often, and fewer events are one row. */
#define SEND_S 10

struct ush_sending {
	const char *path;
	pthread_t thread;
	struct ush_pause pause;
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

static void *
run(void *arg)
{
	struct ush_sending *sending = arg;

	do
		send_once(sending);
	while (ush_pause_wait(&sending->pause, SEND_S));
	return NULL;
}

int
ush_sending_start(struct ush_sending **out, const char *path, struct ush_error *err)
{
	struct ush_sending *sending = calloc(1, sizeof(*sending));

	*out = NULL;
	if (sending == NULL || (sending->sender = ush_sender_new()) == NULL) {
		free(sending);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	sending->path = path;
	ush_pause_init(&sending->pause);
	if (ush_thread_start(&sending->thread, run, sending) != 0) {
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
	ush_pause_end(&sending->pause);
	pthread_join(sending->thread, NULL);
	ush_pause_fini(&sending->pause);
	ush_sender_free(sending->sender);
	ush_settings_free(sending->settings);
	free(sending);
}
