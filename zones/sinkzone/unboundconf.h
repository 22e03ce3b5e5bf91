/* SPDX-License-Identifier: BSD-3-Clause */
/* unboundconf.h - the few settings of unbound.conf that decide whether our module is loaded. It
 * follows includes, and reads no more of the syntax than that needs: unbound-checkconf judges the
 * rest. No state, any thread. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_unbound_conf {
	char module_config[256]; /* "" if not set; the last one counts, as in Unbound */
	char dynlib_file[1024];  /* the first one: the first dynlib module loads it */
	char chroot[1024];
	char username[64]; /* Debian's default if not set; "" is: stay root */
};

/* `without` is passed over where an include leads to it (NULL: none is). */
USH_MUST_CHECK int ush_unbound_conf_read(
    struct ush_unbound_conf *out, const char *path, const char *without, struct ush_error *err);
