/* SPDX-License-Identifier: BSD-3-Clause */
/* swap.h - one look of the watcher at its files: what changed is read, published and brought in
 * force. watcher.c has the thread that looks, and ends with it. Private to the watcher. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include "common/watched.h"
#include "module/generation.h"
#include "module/status.h"
#include "module/watcher.h"

#define USH_LOOKS_PER_SECOND 10

struct ush_watcher {
	struct ush_watcher_options options;
	char *path;
	struct ush_watched settings_file;
	struct ush_watched database_file;
	char *database_path;
	struct ush_shared_settings *settings_now; /* the newest good ones */
	struct ush_shared_list *list;
	struct ush_shared_log *log;
	uint64_t log_numbers;
	unsigned looks_without_log;
	struct timespec loading_since;
	uint64_t passive_lost; /* so many were counted */
	struct ush_status status;
	_Atomic bool stop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* the thread, and threads that wait for it */
	/* Under lock. The thread and the owner hold the watcher; the last one frees it. */
	unsigned holders;
	bool has_looked;
	bool has_ended;
	bool is_reading; /* in system calls that may never return */
	struct timespec reading_since;
	bool is_abandoned; /* the thread touches nothing but this struct any more */
};

/* On the watcher's thread. False if the owner has stopped waiting for what was read: then nothing but
 * the watcher's own memory may be touched. */
bool ush_watcher_look(struct ush_watcher *watcher);

/* One sentence for the operator. */
void ush_watcher_note(struct ush_watcher *watcher, enum ush_notice kind, const char *fmt, ...)
    USH_PRINTF(3, 4);
