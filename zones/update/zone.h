/* SPDX-License-Identifier: BSD-3-Clause */
/* zone.h - a feed that is a zone of another name server: transferred whole (AXFR), signed with a key
 * (tsig.h), if its serial is another one than that of the copy. One thread. */
#pragma once

#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

/* Write the zone to `fd`, a record a line, its SOA first. 0 with *bytes, which is 0 if the copy at `copy`
 * has its serial; or -1 with the reason. */
USH_MUST_CHECK int ush_zone_fetch(const struct ush_feed_source *source, const char *copy, int fd,
    uint64_t *bytes, struct ush_error *err);
