/* SPDX-License-Identifier: BSD-3-Clause */
/* records.h - what cannot be made anew from the logs, in a database of its own beside the store:
 * what people say of hosts (cases.h) and who had which address (identity.h). Rebuilding or removing
 * the store leaves it alone. Used by one thread; several processes may use one file. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

struct ush_records;

/* Opens the file of the settings (store: records). To be read alone: *out is NULL if there is none
 * yet. `writable`: it is created. Returns 0 and *out owned by the caller; -1 if it cannot be read or
 * is no such file. */
USH_MUST_CHECK int ush_records_open(struct ush_records **out, const struct ush_settings *settings,
    bool writable, struct ush_error *err);
void ush_records_close(struct ush_records *records); /* NULL is allowed */

/* Where it lies: malloced; NULL without memory. */
char *ush_records_path(const struct ush_settings *settings);
