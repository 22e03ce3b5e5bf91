/* SPDX-License-Identifier: BSD-3-Clause */
/* status.h - what is in force and what is not, as state lines say it. The watcher sets it, any
 * thread may read it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/json.h"
#include "common/settings.h"
#include "zones/blocklist.h"

/* Of a reason; it has a path and a sentence. */
#define USH_STATUS_REASON_MAX 512

enum ush_status_file { USH_STATUS_LIST, USH_STATUS_SETTINGS, USH_STATUS_FILES };

struct ush_status {
	pthread_mutex_t lock;
	const char *mode;
	const char *state; /* in-force | pending | none */
	struct ush_blocklist_info list;
	/* Why the newest version of a file is not in use. */
	struct ush_complaint {
		bool refused;                       /* false: there is no file */
		char reason[USH_STATUS_REASON_MAX]; /* "": it is in use */
	} complaints[USH_STATUS_FILES];
};

void ush_status_init(struct ush_status *status);
void ush_status_fini(struct ush_status *status);

/* `state` is a literal, "pending" or "in-force"; `list` is copied, NULL: there is none. */
void ush_status_set(struct ush_status *status, enum ush_mode mode, const char *state,
    const struct ush_blocklist_info *list);
/* The newest version of a file is not in use. `reason` NULL: it is. */
void ush_status_complain(
    struct ush_status *status, enum ush_status_file file, const char *reason, bool exists);

/* The members mode, list and settings of a state line. `is_unread`: the files have not answered for
 * some time. */
void ush_status_write(struct ush_status *status, struct ush_json *json, bool is_unread);

/* Bytes that the list takes. */
size_t ush_status_memory(struct ush_status *status);

const char *ush_mode_text(enum ush_mode mode);
