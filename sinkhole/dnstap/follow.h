/* SPDX-License-Identifier: BSD-3-Clause */
/* follow.h - the events of the resolvers' logs as a dnstap stream, from the place where the last one
 * ended. The logs are the buffer: a consumer that is away or slow costs nothing, and what it has not
 * taken when a connection breaks is sent again. One thread. */
#pragma once

#include <signal.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

/* Plain options; everything is borrowed for as long as it follows. */
struct ush_follow_options {
	const struct ush_settings *settings;
	const char *to;       /* as ush_sender_check() takes it */
	const char *position; /* file that remembers how far each log was sent */
	uint64_t
	    since_ms; /* logs that are not in it: from then on; 0: what is written from now on */
	const volatile sig_atomic_t *stop;
	/* One sentence for the operator. */
	void (*note)(const char *fmt, ...) USH_PRINTF(1, 2);
};

/* Sends until *stop is set. -1: the position cannot be read or kept, or another process
 * sends by it. */
USH_MUST_CHECK int ush_follow(const struct ush_follow_options *options, struct ush_error *err);
