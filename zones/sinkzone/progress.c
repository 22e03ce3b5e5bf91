/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "common/terminal.h"

#define EVERY_MS 250
#define WHAT_WIDTH 40 /* so that the line fits a terminal: a wrapped one cannot be cleared */
#define CLEAR_LINE "\r\033[K"

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
ush_progress_start(struct ush_progress *progress, bool quiet)
{
	const char *kind = getenv("TERM");
	bool can_clear = kind != NULL && strcmp(kind, "dumb") != 0;

	*progress = (struct ush_progress){
	    .wanted = !quiet && can_clear && isatty(STDERR_FILENO) == 1,
	    .next_ms = now_ms() + EVERY_MS,
	};
}

void
ush_progress_show(struct ush_progress *progress, const char *what, uint64_t count, bool now)
{
	uint64_t time;
	char *safe;
	char *fitted;

	if (!progress->wanted ||
	    ((time = now_ms()) < progress->next_ms && !(now && progress->shown)))
		return;
	safe = ush_terminal_text(what);
	fitted = safe != NULL ? ush_terminal_fit(safe, WHAT_WIDTH, USH_ELIDE_MIDDLE) : NULL;
	if (fitted != NULL)
		fprintf(stderr, CLEAR_LINE "%s: %" PRIu64 " entries", fitted, count);
	free(fitted);
	free(safe);
	fflush(stderr);
	progress->shown = true;
	progress->next_ms = time + EVERY_MS;
}

void
ush_progress_clear(struct ush_progress *progress)
{
	if (progress->shown)
		fputs(CLEAR_LINE, stderr);
	progress->shown = false;
}
