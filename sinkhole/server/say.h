/* SPDX-License-Identifier: BSD-3-Clause */
/* say.h - the daemon's own log: one line on standard error, a sentence and then key=value. Where
 * standard error is the journal each line carries its level. Any thread may call. */
#pragma once

#include "common/attr.h"
#include "common/error.h"

/* As syslog(3) numbers them. */
enum ush_level { USH_LEVEL_ERROR = 3, USH_LEVEL_WARNING = 4, USH_LEVEL_INFO = 6 };

void ush_say(enum ush_level level, const char *fmt, ...) USH_PRINTF(2, 3);
void ush_say_error(const struct ush_error *err);
