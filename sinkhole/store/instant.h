/* SPDX-License-Identifier: BSD-3-Clause */
/* instant.h - the reading side of common/event.h's time text. Values only, any thread may call. */
#pragma once

#include <stdint.h>
#include "common/attr.h"

/* RFC 3339 ("2026-11-22T22:11:05.123Z", any fraction, Z or an offset) as ms since 1970.
 * -1 if it is anything else or lies before 1970. */
USH_MUST_CHECK int ush_instant_from_text(uint64_t *out, const char *text);
