/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl alert: how it stands with the alerts. The test goes the way of every alert, through the queue and
 * the sinkwatch that runs, with its rights: what it may not do shows. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "common/event.h"
#include "sinkhole/alerts/link.h"
#include "sinkhole/alerts/message.h"
#include "sinkhole/sinkctl/outputs.h"

#define LOOK_MS 200
/* Beside the time limit of an output, twice: another attempt may have begun. */
#define PATIENCE_S 10

static json_t *
test_message(const struct ush_command *command)
{
	char url[USH_LINK_MAX];
	char text[USH_LINK_MAX + 128];

	ush_link_to_hosts(url, command->settings);
	snprintf(text, sizeof(text),
	    "This is a test of the alerts of sinkwatch. Nothing has happened.\nPage: %s\n", url);
	return ush_message_new(
	    "test", "Test of the alerts of sinkwatch", text, url, command->now_ms);
}

static int
put_test(struct ush_alert_file *file, const struct ush_command *command, uint64_t *id,
    struct ush_error *err)
{
	json_t *message = test_message(command);
	char *body = ush_message_dump(message);
	int rc = -1;

	json_decref(message);
	if (body == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	if (ush_alert_file_begin(file, err) == 0) {
		if (ush_queue_put(file, command->settings, body, command->now_ms, id, err) == 0 &&
		    ush_queue_hurry(file, err) == 0)
			rc = ush_alert_file_commit(file, err);
		if (rc != 0)
			ush_alert_file_rollback(file);
	}
	free(body);
	return rc;
}

enum outcome { TAKEN, FAILED, PENDING };

/* -1: the queue cannot be read. */
static int
outcome_of(struct ush_alert_file *file, const struct ush_command *command, uint64_t message,
    struct ush_output_state *state, struct ush_error *err)
{
	int waits = ush_queue_waits(file, state->name, message, err);

	if (waits < 0 || ush_output_state_read(file, state, err) != 0)
		return -1;
	if (waits == 0)
		return TAKEN;
	return state->failed > 0 && state->failed_ms >= command->now_ms ? FAILED : PENDING;
}

static void
wait_a_little(void)
{
	nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
}

/* Returns the exit status, or -1. */
static int
await(struct ush_alert_file *file, const struct ush_command *command, uint64_t message,
    struct ush_error *err)
{
	const struct ush_alert_settings *alerts = &command->settings->alerts;
	uint64_t begun_ms = ush_monotonic_ms();
	int rc = USH_EXIT_DONE;

	for (size_t i = 0; i < alerts->output_count; i++) {
		struct ush_output_state state = {.name = alerts->outputs[i].name};
		uint64_t end_ms =
		    begun_ms + (PATIENCE_S + 2ull * alerts->outputs[i].timeout) * 1000;
		int outcome;

		while ((outcome = outcome_of(file, command, message, &state, err)) == PENDING &&
		       ush_monotonic_ms() < end_ms)
			wait_a_little();
		if (outcome < 0)
			return -1;
		printf("%s: %s%s\n", state.name,
		    outcome == TAKEN    ? "taken"
		    : outcome == FAILED ? "FAILED: "
		                        : "NOT TRIED: does sinkwatch run with these settings?",
		    outcome == FAILED ? state.reason : "");
		if (outcome != TAKEN)
			rc = USH_EXIT_BAD;
	}
	return rc;
}

static int
send_test(const struct ush_command *command, struct ush_error *err)
{
	struct ush_alert_file *file;
	uint64_t message;
	int rc = -1;

	if (command->settings->alerts.output_count == 0)
		return ush_fail(err, command->settings->path, 0, "there are no alerts: outputs");
	if (ush_alert_file_open(&file, command->settings, false, err) != 0)
		return -1;
	if (file == NULL)
		return ush_fail(err, NULL, 0,
		    "sinkwatch has not begun to send alerts: is it running with these settings?");
	ush_alert_file_close(file);
	if (ush_alert_file_open(&file, command->settings, true, err) != 0)
		return -1;
	if (put_test(file, command, &message, err) == 0) {
		rc = await(file, command, message, err);
		if (ush_queue_withdraw(file, message, err) != 0)
			rc = -1;
	}
	ush_alert_file_close(file);
	return rc;
}

int
ush_cmd_alert(struct ush_command *command)
{
	struct ush_error err = {0};
	json_t *answer;
	int rc;

	if (command->test) {
		rc = send_test(command, &err);
		return rc < 0 ? ush_command_fail(&err) : rc;
	}
	if (command->json) {
		answer = json_object();
		ush_outputs_put(answer, command);
		return ush_print_json(answer);
	}
	if (command->settings->alerts.output_count == 0)
		printf("No alerts: there are no alerts: outputs in %s.\n", command->settings->path);
	ush_outputs_print(command);
	return USH_EXIT_DONE;
}
