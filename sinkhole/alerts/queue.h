/* SPDX-License-Identifier: BSD-3-Clause */
/* queue.h - messages on their way to the outputs, on disk: each is kept until every output has taken it,
 * whatever is killed meanwhile. An output that fails is tried again later and later, and no message
 * waits behind one that is refused. Bounded by number and age. For threads and processes memory.h holds. */
#pragma once

#include "sinkhole/alerts/memory.h"

#define USH_QUEUE_MAX 1000 /* messages of one output */
#define USH_QUEUE_AGE_MS (7ull * 24 * 3600 * 1000)
#define USH_QUEUE_DELAY_MAX_MS (15ull * 60 * 1000) /* between two attempts */

/* `body`: a JSON object (message.h). For each output of the settings. *id: the message's number. */
USH_MUST_CHECK int ush_queue_put(struct ush_alert_file *file, const struct ush_settings *settings,
    const char *body, uint64_t now_ms, uint64_t *id, struct ush_error *err);

/* One attempt that is due. */
struct ush_delivery {
	uint64_t message;
	const char *output; /* as given */
	char *body;         /* owned: free() */
};
/* Returns 1 if there is one, 0 if not, -1 on failure. */
USH_MUST_CHECK int ush_queue_next(struct ush_alert_file *file, const char *output, uint64_t now_ms,
    struct ush_delivery *out, struct ush_error *err);
/* It was taken. */
USH_MUST_CHECK int ush_queue_taken(struct ush_alert_file *file, const struct ush_delivery *delivery,
    uint64_t now_ms, struct ush_error *err);
/* It was not. */
USH_MUST_CHECK int ush_queue_failed(struct ush_alert_file *file,
    const struct ush_delivery *delivery, uint64_t now_ms, const char *reason,
    struct ush_error *err);
/* Forgets what is for outputs that the settings do not have. */
USH_MUST_CHECK int ush_queue_forget_others(
    struct ush_alert_file *file, const struct ush_settings *settings, struct ush_error *err);
/* The message is not sent to outputs that have not taken it yet. */
USH_MUST_CHECK int ush_queue_withdraw(
    struct ush_alert_file *file, uint64_t message, struct ush_error *err);
/* Lets all outputs be tried at once. */
USH_MUST_CHECK int ush_queue_hurry(struct ush_alert_file *file, struct ush_error *err);

/* How it stands with an output. */
struct ush_output_state {
	const char *name;
	uint64_t waiting; /* messages */
	uint64_t sent;
	uint64_t sent_ms;   /* the last one; 0: never */
	uint64_t failed;    /* attempts since the last one that succeeded */
	uint64_t failed_ms; /* the last one; 0: never */
	uint64_t dropped;   /* messages that waited too long, or were too many */
	char reason[384];   /* of the last failure */
};
/* `name` is set by the caller. */
USH_MUST_CHECK int ush_output_state_read(
    struct ush_alert_file *file, struct ush_output_state *state, struct ush_error *err);
/* Whether the output has still to take the message: 1 or 0; -1 on failure. */
USH_MUST_CHECK int ush_queue_waits(
    struct ush_alert_file *file, const char *output, uint64_t message, struct ush_error *err);
/* Messages that wait for the end of quiet hours, or because they are too many. */
USH_MUST_CHECK int ush_queue_held(
    struct ush_alert_file *file, uint64_t *held, struct ush_error *err);
