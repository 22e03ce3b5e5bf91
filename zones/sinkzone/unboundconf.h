/* SPDX-License-Identifier: BSD-3-Clause */
/* unboundconf.h - the few settings of unbound.conf that decide whether our module is loaded. The
 * file is cut into words as Unbound's own util/configlexer.lex does it, and its includes are
 * followed; whether it is right, unbound-checkconf judges. No state, any thread. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"

/* Where a setting stands. */
struct ush_conf_place {
	char file[1024]; /* "" if it is not set */
	unsigned line;   /* of its keyword, 1-based */
};

struct ush_unbound_conf {
	char module_config[256]; /* "" if not set; the last one counts, as in Unbound */
	struct ush_conf_place module_config_place;
	char dynlib_file[1024]; /* the first one: the first dynlib module loads it */
	struct ush_conf_place dynlib_file_place;
	char chroot[1024];
	char directory[1024]; /* relative includes start here; "": where the process is */
	char username[64];    /* Debian's default if not set; "" is: stay root */
};

/* Reads unbound.conf at `path` and all that it includes. The file `without` is passed over, by
 * whatever name an include leads to it (NULL: none is). Returns 0, or -1 with the reason in *err:
 * a file cannot be read, a value that is needed is too long, includes go too deep. An include that
 * is not there is no error. */
USH_MUST_CHECK int ush_unbound_conf_read(
    struct ush_unbound_conf *out, const char *path, const char *without, struct ush_error *err);

/* Do both names lead to one file? False if one leads to none. */
bool ush_unbound_conf_is_file(const char *path, const char *other);
