/* SPDX-License-Identifier: BSD-3-Clause */
/* serial.h - the SOA serial of a zone that is written repeatedly: secondaries compare nothing else
 * to learn that the zone has changed. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"

/* The serial of a zone file. *found is false if there is no file yet or no SOA in it. -1 if the
 * file cannot be read. */
USH_MUST_CHECK int ush_zone_serial(
    const char *path, uint32_t *serial, bool *found, struct ush_error *err);

/* The later one of `wanted` and the one behind `old` (RFC 1982). */
uint32_t ush_serial_after(uint32_t old, uint32_t wanted);

/* Whether two zone files that we wrote have the same records, but for the serial. */
bool ush_zones_equal(const char *a, const char *b);
