/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/status.h"

#include <stdio.h>
#include <string.h>
#include "common/event.h"

const char *
ush_mode_text(enum ush_mode mode)
{
	return mode == USH_MODE_ENFORCE ? "enforce" : mode == USH_MODE_MONITOR ? "monitor" : "off";
}

void
ush_status_init(struct ush_status *status)
{
	memset(status, 0, sizeof(*status));
	status->mode = ush_mode_text(USH_MODE_OFF);
	status->state = "none";
	(void)pthread_mutex_init(&status->lock, NULL);
}

void
ush_status_fini(struct ush_status *status)
{
	(void)pthread_mutex_destroy(&status->lock);
}

void
ush_status_set(struct ush_status *status, enum ush_mode mode, const char *state,
    const struct ush_blocklist_info *list)
{
	(void)pthread_mutex_lock(&status->lock);
	status->mode = ush_mode_text(mode);
	status->state = list ? state : "none";
	if (list)
		status->list = *list;
	(void)pthread_mutex_unlock(&status->lock);
}

void
ush_status_complain(
    struct ush_status *status, enum ush_status_file file, const char *reason, bool exists)
{
	struct ush_complaint *complaint = &status->complaints[file];

	(void)pthread_mutex_lock(&status->lock);
	complaint->refused = reason && exists;
	(void)snprintf(complaint->reason, sizeof(complaint->reason), "%s", reason ? reason : "");
	(void)pthread_mutex_unlock(&status->lock);
}

static void
write_complaint(struct ush_json *json, const struct ush_complaint *complaint)
{
	if (complaint->refused)
		ush_json_bool(json, "refused", true);
	if (complaint->reason[0] != '\0')
		ush_json_string(json, "reason", complaint->reason);
}

/* The caller holds the lock. */
static void
write_list(const struct ush_status *status, struct ush_json *json, bool is_unread)
{
	static const struct ush_complaint unread = {
	    .reason = "the file system of the settings or the list does not answer"};
	char built[USH_TIME_TEXT_MAX];

	ush_json_object(json, "list");
	ush_json_string(json, "state", status->state);
	if (strcmp(status->state, "none") != 0) {
		ush_json_uint(json, "serial", status->list.serial);
		ush_json_string(json, "built", ush_time_to_text(status->list.built_ms, built));
		ush_json_uint(json, "rules", status->list.names + status->list.networks);
		ush_json_uint(json, "memory", status->list.memory_bytes);
	}
	write_complaint(json, is_unread ? &unread : &status->complaints[USH_STATUS_LIST]);
	ush_json_end(json);
}

void
ush_status_write(struct ush_status *status, struct ush_json *json, bool is_unread)
{
	const struct ush_complaint *settings = &status->complaints[USH_STATUS_SETTINGS];

	(void)pthread_mutex_lock(&status->lock);
	ush_json_string(json, "mode", status->mode);
	write_list(status, json, is_unread);
	if (settings->reason[0] != '\0') {
		ush_json_object(json, "settings");
		write_complaint(json, settings);
		ush_json_end(json);
	}
	(void)pthread_mutex_unlock(&status->lock);
}

size_t
ush_status_memory(struct ush_status *status)
{
	size_t bytes;

	(void)pthread_mutex_lock(&status->lock);
	bytes = (size_t)status->list.memory_bytes;
	(void)pthread_mutex_unlock(&status->lock);
	return bytes;
}
