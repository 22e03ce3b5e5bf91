/* SPDX-License-Identifier: BSD-3-Clause */
/* host_row.h - what `sinkctl hosts` and `sinkctl host` both say of one host and campaign. */
#pragma once

#include <jansson.h>
#include "sinkhole/store/hosts.h"

#define USH_HOST_NOTE_MAX 1024

/* What a person must know to read the row: the hosts it forwards for, the hosts that claim it, how
 * many machines it may be. Several sentences in one line, "" if there is nothing. Returns buf. */
const char *ush_host_note(char buf[USH_HOST_NOTE_MAX], const struct ush_host *host);

/* "call", "why", "reason", and "also": what is true beside them. */
void ush_host_put_verdicts(json_t *object, const struct ush_host *host);
/* "dns", "hit", "real" (null: not known), "first", "last". */
void ush_host_put_counts(json_t *object, const struct ush_host *host);
/* Of the table: "?" where none is on record. Returns buf. */
const char *ush_host_real(char buf[24], const struct ush_host *host);
/* At most four columns: "9999", "12k". Returns buf. */
const char *ush_host_count(char buf[24], uint64_t count);
/* "beacon", or "beacon:3" if three different profiles came from there. Returns buf. */
const char *ush_host_why(char buf[64], const struct ush_host *host);
/* "role", "profiles", "claimed_by", "names", "pages", as far as there are any. */
void ush_host_put_others(json_t *object, const struct ush_host *host);
/* Owned by the caller. */
json_t *ush_host_rhythm_json(const struct ush_rhythm *rhythm);

/* "every 60 minutes (give or take 2), 17 visits in 16 hours of the day: 18-09" in local time; "" if
 * it came fewer than three times. Returns buf. */
const char *ush_rhythm_text(char buf[256], const struct ush_rhythm *rhythm);
