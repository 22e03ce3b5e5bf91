/* SPDX-License-Identifier: BSD-3-Clause */
/* privileges.h - root is for binding alone, and what the daemon never does the kernel forbids it.
 * Call before any thread is started. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"

/* Becomes `user` for good, with its groups, if this is root; NULL: keeps the current user. In both cases
 * nothing that is executed later can gain privileges. File and line are for messages. */
USH_MUST_CHECK int ush_privileges_drop(
    const char *user, const char *file, unsigned line, struct ush_error *err);

/* From now on: no program is executed, no process made, no connection opened, nothing traced,
 * mounted or loaded, whatever a bug might want; and what people sent is in no core file. */
USH_MUST_CHECK int ush_privileges_confine(struct ush_error *err);

/* System call filters that ush_privileges_confine() makes. */
#define USH_PRIVILEGES_FILTERS 1

/* Whether `user` (NULL: the current one) may make files in this directory; the reason in errno if not.
 */
bool ush_privileges_may_write(const char *user, const char *directory);

/* Makes room for this many open files, as far as the system allows. Returns how many there may be.
 */
unsigned ush_privileges_files(unsigned wanted);
