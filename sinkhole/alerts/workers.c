/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/workers.h"

#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/pause.h"
#include "sinkhole/alerts/output.h"
#include "sinkhole/alerts/queue.h"

/* All but the first three belong to the thread alone. */
struct worker {
	struct ush_alert_workers *all;
	const struct ush_alert_output *output;
	pthread_t thread;
	struct ush_alert_file *file; /* NULL: not open */
	struct ush_error said;       /* trouble with the queue: said once */
	/* What was sent, as long as the queue could not take note of it: on a full disk one message would
	 * come again each second. 0: nothing. */
	uint64_t taken;
};

struct ush_alert_workers {
	const struct ush_settings *settings;
	struct ush_pause pause;
	size_t count; /* of those that were started */
	struct worker items[];
};

static int
send_message(
    const struct worker *worker, const struct ush_delivery *delivery, struct ush_error *err)
{
	const struct ush_alert_output *output = worker->output;
	json_t *message = json_loads(delivery->body, 0, NULL);
	const struct ush_outgoing outgoing = {.body = delivery->body,
	    .message = message,
	    .now_ms = ush_time_now_ms(),
	    .is_stopping = &worker->all->pause.is_over};
	ush_output_fn *send = output->mail.count > 0      ? ush_output_mail
	                      : output->syslog != NULL    ? ush_output_syslog
	                      : output->program.count > 0 ? ush_output_program
	                                                  : ush_output_webhook;
	int rc = send(output, &outgoing, err);

	json_decref(message);
	return rc;
}

/* The first failure of some is said; `sinkctl alert` has the others. */
static int
note_failure(struct worker *worker, const struct ush_delivery *delivery,
    const struct ush_error *failure, struct ush_error *err)
{
	struct ush_output_state state = {.name = delivery->output};
	char reason[sizeof(failure->file) + sizeof(failure->text) + 16];

	ush_error_format(failure, reason, sizeof(reason));
	if (ush_output_state_read(worker->file, &state, err) != 0)
		return -1;
	if (state.failed == 0)
		fprintf(stderr, "sinkwatch: alerts to %s fail: %s\n", delivery->output, reason);
	return ush_queue_failed(worker->file, delivery, ush_time_now_ms(), reason, err);
}

/* Takes note of what was sent. */
static int
note_taken(struct worker *worker, struct ush_error *err)
{
	const struct ush_delivery delivery = {
	    .message = worker->taken, .output = worker->output->name};

	if (worker->taken == 0)
		return 0;
	if (ush_queue_taken(worker->file, &delivery, ush_time_now_ms(), err) != 0)
		return -1;
	worker->taken = 0;
	return 0;
}

/* One message. Returns 1 if there may be more, 0 if nothing is due, -1 if the queue fails. */
static int
serve_one(struct worker *worker, struct ush_error *err)
{
	struct ush_delivery delivery;
	struct ush_error failure = {0};
	int rc =
	    ush_queue_next(worker->file, worker->output->name, ush_time_now_ms(), &delivery, err);

	if (rc != 1)
		return rc;
	if (send_message(worker, &delivery, &failure) == 0) {
		worker->taken = delivery.message;
		rc = note_taken(worker, err) == 0 ? 1 : -1;
	} else if (atomic_load(&worker->all->pause.is_over)) {
		rc = 0; /* that was no failure of the output */
	} else {
		rc = note_failure(worker, &delivery, &failure, err);
	}
	free(delivery.body);
	return rc;
}

/* All that is due. */
static int
serve(struct worker *worker, struct ush_error *err)
{
	int rc;

	if (worker->file == NULL &&
	    ush_alert_file_open(&worker->file, worker->all->settings, true, err) != 0)
		return -1;
	rc = note_taken(worker, err) == 0 ? 1 : -1;
	while (rc == 1 && !atomic_load(&worker->all->pause.is_over))
		rc = serve_one(worker, err);
	return rc < 0 ? -1 : 0;
}

static void *
run(void *arg)
{
	struct worker *worker = arg;

	do {
		struct ush_error err = {0};

		if (serve(worker, &err) != 0) {
			ush_alert_file_close(worker->file); /* it may be another one next time */
			worker->file = NULL;
		}
		if (err.text[0] != '\0' && strcmp(err.text, worker->said.text) != 0)
			ush_error_print(stderr, "sinkwatch", &err);
		worker->said = err;
	} while (ush_pause_wait(&worker->all->pause, 1));
	ush_alert_file_close(worker->file);
	return NULL;
}

static int
start_threads(struct ush_alert_workers *workers)
{
	const struct ush_alert_settings *alerts = &workers->settings->alerts;

	while (workers->count < alerts->output_count) {
		struct worker *worker = &workers->items[workers->count];

		worker->all = workers;
		worker->output = &alerts->outputs[workers->count];
		if (ush_thread_start(&worker->thread, run, worker) != 0)
			break;
		workers->count++;
	}
	return workers->count == alerts->output_count ? 0 : -1;
}

int
ush_alert_workers_start(
    struct ush_alert_workers **out, const struct ush_settings *settings, struct ush_error *err)
{
	size_t count = settings->alerts.output_count;
	struct ush_alert_workers *workers =
	    calloc(1, sizeof(*workers) + count * sizeof(workers->items[0]));

	*out = NULL;
	if (workers == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	workers->settings = settings;
	ush_pause_init(&workers->pause);
	if (start_threads(workers) != 0) {
		ush_alert_workers_stop(workers);
		return ush_fail(err, NULL, 0, "cannot start a thread for each output of alerts");
	}
	*out = workers;
	return 0;
}

void
ush_alert_workers_stop(struct ush_alert_workers *workers)
{
	if (workers == NULL)
		return;
	ush_pause_end(&workers->pause);
	for (size_t i = 0; i < workers->count; i++)
		pthread_join(workers->items[i].thread, NULL);
	ush_pause_fini(&workers->pause);
	free(workers);
}
