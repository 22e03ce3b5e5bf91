/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.h - the time for deadlines, and the date for answers. */
#pragma once

#include <stdint.h>
#include <time.h>

/* Never set back; to a few milliseconds, for that costs no system call. */
uint64_t ush_monotonic_ms(void);

/* The last date that was written. Zeroed: none yet. */
struct ush_http_date {
	char text[40];
	time_t second;
};

/* The date of an HTTP answer (RFC 9110 section 5.6.7); valid until the next call. */
const char *ush_http_date_now(struct ush_http_date *date);
