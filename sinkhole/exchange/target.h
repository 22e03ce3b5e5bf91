/* SPDX-License-Identifier: BSD-3-Clause */
/* target.h - to which machine a URI of PostgreSQL leads, as far as libpq's own ways show it, and whether
 * that machine must prove its name. Any thread may call. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_pg_target {
	bool is_local; /* this machine: a socket, or a loopback address */
	bool has_mode; /* the URI names an sslmode */
	bool is_weak;  /* and it proves nothing */
};

/* Refuses a URI of another machine with an sslmode that proves nothing. */
USH_MUST_CHECK int ush_pg_target_read(
    struct ush_pg_target *out, const char *uri, struct ush_error *err);
