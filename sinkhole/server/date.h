/* SPDX-License-Identifier: BSD-3-Clause */
/* date.h - the date for answers. */
#pragma once

#include <time.h>

/* The last date that was written. Zeroed: none yet. */
struct ush_http_date {
	char text[40];
	time_t second;
};

/* The date of an HTTP answer (RFC 9110 section 5.6.7); valid until the next call. */
const char *ush_http_date_now(struct ush_http_date *date);
