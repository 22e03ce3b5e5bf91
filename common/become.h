/* SPDX-License-Identifier: BSD-3-Clause */
/* become.h - giving up root's rights for those of another user. Call before any thread is started. */
#pragma once

#include <pwd.h>
#include "common/attr.h"
#include "common/error.h"

/* Becomes `user` for good, with its groups. Only root can; 0, or -1 with the reason, and then the process
 * must end: it may be half of each. */
USH_MUST_CHECK int ush_become(const struct passwd *user, struct ush_error *err);

/* If this is root, becomes the user that `directory` belongs to, so that what is written there needs no
 * root and cannot be led elsewhere. A directory of root's, or none, changes nothing. */
USH_MUST_CHECK int ush_become_owner(const char *directory, struct ush_error *err);
