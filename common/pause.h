/* SPDX-License-Identifier: BSD-3-Clause */
/* pause.h - how threads of a daemon wait for their next turn, and are told to stop. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Members are the implementation's, but is_over may be read at any time. */
struct ush_pause {
	pthread_mutex_t lock; /* of the condition */
	pthread_cond_t woken;
	atomic_bool is_over;
};

void ush_pause_init(struct ush_pause *pause);
/* No thread waits any more. */
void ush_pause_fini(struct ush_pause *pause);

/* Waits for so many seconds. False, without waiting any longer, if the threads are to stop. Any number of
 * threads. */
bool ush_pause_wait(struct ush_pause *pause, unsigned seconds);
/* Tells all threads to stop, for good. */
void ush_pause_end(struct ush_pause *pause);

/* Starts a thread with all signals blocked: they are for the main thread. Returns 0 or an error number. */
int ush_thread_start(pthread_t *out, void *(*run)(void *), void *arg);
