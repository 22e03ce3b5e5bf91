/* SPDX-License-Identifier: BSD-3-Clause */
/* become.h - root beside other users: giving up its rights for theirs (before any thread is started), and
 * leaving them files that are theirs. */
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

/* If this is root: the open file `path` is for the user that its directory belongs to, so that a command
 * called by hand leaves the daemon that works there nothing that it cannot open. */
void ush_give_to_owner(int fd, const char *path);

/* The same for a file that a library will open: if there is none, an empty one is made, with mode 0640. */
void ush_make_for_owner(const char *path);
