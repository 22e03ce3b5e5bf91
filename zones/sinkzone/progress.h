/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.h - one line on the terminal that says how far a long run is. It comes when a run takes
 * long, a few times a second, and never into files and pipes. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ush_progress {
	bool wanted;
	bool shown;
	uint64_t next_ms; /* not drawn before */
};

/* `quiet`: never. */
void ush_progress_start(struct ush_progress *progress, bool quiet);

/* `what` may come from a feed. Drawn only if it is time for it, or `now`. */
void ush_progress_show(struct ush_progress *progress, const char *what, uint64_t count, bool now);

/* Before anything else is written, and at the end. */
void ush_progress_clear(struct ush_progress *progress);
