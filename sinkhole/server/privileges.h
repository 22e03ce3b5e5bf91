/* SPDX-License-Identifier: BSD-3-Clause */
/* privileges.h - root is for binding alone. Call before any thread is started. */
#pragma once

#include "common/attr.h"
#include "common/error.h"

/* Becomes `user` for good, with its groups, if this is root; NULL: stays who it is. In both cases
 * nothing that is executed later can gain privileges. */
USH_MUST_CHECK int ush_privileges_drop(const char *user, const char *file, struct ush_error *err);

/* Makes room for this many open files, as far as the system allows. Returns how many there may be.
 */
unsigned ush_privileges_files(unsigned wanted);
