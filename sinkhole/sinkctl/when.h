/* SPDX-License-Identifier: BSD-3-Clause */
/* when.h - times as people write and read them, in the local time zone. `now_ms` comes from the
 * caller. Values only. */
#pragma once

#include <stdint.h>
#include "common/attr.h"

#define USH_WHEN_MAX 48

/* "30m", "12h", "7d", "2w" ago; "14:30" today; "2026-11-20"; "2026-11-20 14:30[:00]"; RFC 3339.
 * Without a zone it is local time. -1 if it is none of these. */
USH_MUST_CHECK int ush_when_parse(uint64_t *out, const char *text, uint64_t now_ms);

/* Five columns: "22:41" in the last 24 hours, "11-20" in the last 300 days, else "2025". Returns buf; "-" for 0.
 */
const char *ush_when_short(char buf[USH_WHEN_MAX], uint64_t ms, uint64_t now_ms);
/* "22:41:07" today, else "2026-11-20 22:41:07"; "2026-10-20 22:41:07 CEST" if the offset from UTC is another one than
 * at now_ms, which is what ush_when_zone() says. */
const char *ush_when_long(char buf[USH_WHEN_MAX], uint64_t ms, uint64_t now_ms);
/* "5 minutes", "3 days", "12 years". */
const char *ush_when_age(char buf[USH_WHEN_MAX], uint64_t ms, uint64_t now_ms);
/* "JST (UTC+09:00)" at now_ms. */
const char *ush_when_zone(char buf[USH_WHEN_MAX], uint64_t now_ms);
