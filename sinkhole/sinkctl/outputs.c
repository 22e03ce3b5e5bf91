/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include "sinkhole/sinkctl/families.h"
#include "sinkhole/sinkctl/when.h"

static int
read_all(struct ush_outputs *out, struct ush_alert_file *file, struct ush_error *err)
{
	struct ush_alert_state state;

	if (ush_alert_state_read(file, &state, err) != 0 ||
	    ush_queue_held(file, &out->held, err) != 0)
		return -1;
	out->begun_ms = state.begun_ms;
	for (size_t i = 0; i < out->count; i++) {
		if (ush_output_state_read(file, &out->items[i], err) != 0)
			return -1;
	}
	return 0;
}

int
ush_outputs_load(
    struct ush_outputs *out, const struct ush_settings *settings, struct ush_error *err)
{
	const struct ush_alert_settings *alerts = &settings->alerts;
	struct ush_alert_file *file = NULL;
	int rc = 0;

	*out = (struct ush_outputs){.items = calloc(alerts->output_count + 1, sizeof(*out->items))};
	if (out->items == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	for (; out->count < alerts->output_count; out->count++)
		out->items[out->count].name = alerts->outputs[out->count].name;
	if (out->count > 0)
		rc = ush_alert_file_open(&file, settings, false, err);
	if (file != NULL) /* else sinkwatch has not begun */
		rc = read_all(out, file, err);
	ush_alert_file_close(file);
	out->is_known = rc == 0;
	return rc;
}

void
ush_outputs_fini(struct ush_outputs *outputs)
{
	free(outputs->items);
	*outputs = (struct ush_outputs){0};
}

static void
print_output(const struct ush_command *command, const struct ush_output_state *state)
{
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
	struct ush_outputs outputs;
	struct ush_error err = {0};

	if (command->settings->alerts.output_count == 0)
		return;
	if (ush_outputs_load(&outputs, command->settings, &err) != 0) {
		printf("\nAlerts: %s\n", err.text);
	} else {
		printf("\nAlerts: %s; %llu wait for the end of quiet hours or of the hour.\n",
		    outputs.begun_ms != 0 ? "sinkwatch sends them" : "sinkwatch has not begun",
		    (unsigned long long)outputs.held);
		for (size_t i = 0; i < outputs.count; i++)
			print_output(command, &outputs.items[i]);
	}
	ush_outputs_fini(&outputs);
}

static json_t *
output_json(const struct ush_output_state *state)
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
	return object;
}

static void
put_outputs(json_t *object, const struct ush_outputs *outputs)
{
	json_t *array = json_array();
	json_t *alerts = json_object();

	for (size_t i = 0; i < outputs->count; i++)
		json_array_append_new(array, output_json(&outputs->items[i]));
	ush_put_time(alerts, "begun", outputs->begun_ms);
	ush_put_uint(alerts, "held", outputs->held);
	json_object_set_new(alerts, "outputs", array);
	json_object_set_new(object, "alerts", alerts);
}

void
ush_outputs_put(json_t *object, const struct ush_command *command)
{
	const struct ush_outputs *outputs = command->outputs;
	struct ush_outputs loaded = {0};

	if (command->settings->alerts.output_count == 0)
		return;
	if (outputs == NULL) {
		(void)(ush_outputs_load(&loaded, command->settings, NULL) == 0);
		outputs = &loaded;
	}
	if (outputs->is_known)
		put_outputs(object, outputs);
	ush_outputs_fini(&loaded);
}

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

	struct ush_outputs outputs;

	if (command->settings->alerts.output_count == 0)
		return;
	if (ush_outputs_load(&outputs, command->settings, NULL) != 0)
		outputs.count = 0; /* then the families have no samples */
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		ush_family_begin(to, figures[i].name, figures[i].type, figures[i].help);
		for (size_t j = 0; j < outputs.count; j++) {
			fprintf(to, "%s{output=\"", figures[i].name);
			ush_label_put(to, outputs.items[j].name);
			fprintf(
			    to, "\"} %llu\n", (unsigned long long)figures[i].of(&outputs.items[j]));
		}
	}
	ush_outputs_fini(&outputs);
}
