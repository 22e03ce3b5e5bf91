/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/outputs.h"

#include <stdio.h>
#include "sinkhole/sinkctl/families.h"
#include "sinkhole/sinkctl/when.h"

/* As far as sinkwatch has begun. */
static int
read_state(const struct ush_settings *settings, struct ush_alert_state *state, uint64_t *held,
    struct ush_error *err)
{
	struct ush_alert_file *file;
	int rc = 0;

	*state = (struct ush_alert_state){0};
	*held = 0;
	if (ush_alert_file_open(&file, settings, false, err) != 0)
		return -1;
	if (file != NULL &&
	    (ush_alert_state_read(file, state, err) != 0 || ush_queue_held(file, held, err) != 0))
		rc = -1;
	ush_alert_file_close(file);
	return rc;
}

int
ush_outputs_each(
    const struct ush_settings *settings, ush_output_state_fn *fn, void *arg, struct ush_error *err)
{
	struct ush_alert_file *file;
	int rc = 0;

	if (settings->alerts.output_count == 0)
		return 0;
	if (ush_alert_file_open(&file, settings, false, err) != 0)
		return -1;
	for (size_t i = 0; i < settings->alerts.output_count && rc == 0; i++) {
		struct ush_output_state state = {.name = settings->alerts.outputs[i].name};

		if (file != NULL)
			rc = ush_output_state_read(file, &state, err);
		if (rc == 0)
			fn(arg, &state);
	}
	ush_alert_file_close(file);
	return rc;
}

static void
print_output(void *arg, const struct ush_output_state *state)
{
	const struct ush_command *command = arg;
	char when[USH_WHEN_MAX];
	char line[sizeof(state->reason) + 256];

	snprintf(line, sizeof(line), "%-12.64s %llu sent, the last %s; %llu wait", state->name,
	    (unsigned long long)state->sent,
	    state->sent_ms != 0 ? ush_when_long(when, state->sent_ms, command->now_ms) : "never",
	    (unsigned long long)state->waiting);
	ush_print_wrapped(command, 2, 15, line);
	if (state->dropped > 0) {
		snprintf(line, sizeof(line), "LOST: %llu that waited too long or were too many",
		    (unsigned long long)state->dropped);
		ush_print_wrapped(command, 15, 15, line);
	}
	if (state->failed > 0) {
		snprintf(line, sizeof(line), "FAILS: %llu attempts, the last %s: %s",
		    (unsigned long long)state->failed,
		    ush_when_long(when, state->failed_ms, command->now_ms), state->reason);
		ush_print_wrapped(command, 15, 15, line);
	}
}

void
ush_outputs_print(const struct ush_command *command)
{
	struct ush_alert_state state;
	struct ush_error err = {0};
	uint64_t held;

	if (command->settings->alerts.output_count == 0)
		return;
	if (read_state(command->settings, &state, &held, &err) != 0) {
		printf("\nAlerts: %s\n", err.text);
		return;
	}
	printf("\nAlerts: %s; %llu wait for the end of quiet hours or of the hour.\n",
	    state.begun_ms != 0 ? "sinkwatch sends them" : "sinkwatch has not begun",
	    (unsigned long long)held);
	if (ush_outputs_each(command->settings, print_output, (void *)(uintptr_t)command, &err) !=
	    0)
		printf("  %s\n", err.text);
}

static void
put_output(void *arg, const struct ush_output_state *state)
{
	json_t *object = json_object();

	ush_put_text(object, "name", state->name);
	ush_put_uint(object, "sent", state->sent);
	ush_put_time(object, "last_sent", state->sent_ms);
	ush_put_uint(object, "waiting", state->waiting);
	ush_put_uint(object, "dropped", state->dropped);
	ush_put_uint(object, "failed", state->failed);
	ush_put_time(object, "last_failed", state->failed_ms);
	ush_put_text(object, "reason", state->reason);
	json_array_append_new(arg, object);
}

void
ush_outputs_put(json_t *object, const struct ush_command *command)
{
	json_t *outputs = json_array();
	struct ush_alert_state state;
	json_t *alerts;
	uint64_t held;

	if (command->settings->alerts.output_count > 0 &&
	    read_state(command->settings, &state, &held, NULL) == 0 &&
	    ush_outputs_each(command->settings, put_output, outputs, NULL) == 0) {
		alerts = json_object();
		ush_put_time(alerts, "begun", state.begun_ms);
		ush_put_uint(alerts, "held", held);
		json_object_set(alerts, "outputs", outputs);
		json_object_set_new(object, "alerts", alerts);
	}
	json_decref(outputs);
}

/* Which figure of an output is put. */
struct figure {
	FILE *to;
	const char *name;
	uint64_t (*of)(const struct ush_output_state *state);
};

static uint64_t
waiting_of(const struct ush_output_state *state)
{
	return state->waiting;
}

static uint64_t
failed_of(const struct ush_output_state *state)
{
	return state->failed;
}

static uint64_t
sent_of(const struct ush_output_state *state)
{
	return state->sent;
}

static void
put_figure(void *arg, const struct ush_output_state *state)
{
	const struct figure *figure = arg;

	fprintf(figure->to, "%s{output=\"", figure->name);
	ush_label_put(figure->to, state->name);
	fprintf(figure->to, "\"} %llu\n", (unsigned long long)figure->of(state));
}

void
ush_outputs_put_metrics(FILE *to, const struct ush_command *command)
{
	static const struct {
		const char *name;
		const char *type;
		const char *help;
		uint64_t (*of)(const struct ush_output_state *state);
	} figures[] = {
	    {USH_METRIC_PREFIX "alerts_waiting", "gauge",
	        "Alerts that an output has still to take.", waiting_of},
	    {USH_METRIC_PREFIX "alert_failures", "gauge",
	        "Attempts of an output since the last one that succeeded.", failed_of},
	    {USH_METRIC_PREFIX "alerts_sent_total", "counter", "Alerts that an output has taken.",
	        sent_of},
	};

	if (command->settings->alerts.output_count == 0)
		return;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		struct figure figure = {to, figures[i].name, figures[i].of};

		ush_family_begin(to, figures[i].name, figures[i].type, figures[i].help);
		/* Without them the family has no samples. */
		(void)(ush_outputs_each(command->settings, put_figure, &figure, NULL) == 0);
	}
}
