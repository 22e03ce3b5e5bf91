/* SPDX-License-Identifier: BSD-3-Clause */
/* response.h - keeps what the lists forbid out of the cache. Unbound owns the callbacks until they
 * are unregistered, and calls them in the thread that works on the query. */
#pragma once

#include "common/attr.h"

struct ush_module;

/* Unbound's callbacks for responses from servers. 0, or -1 without memory. */
USH_MUST_CHECK int ush_response_register(struct ush_module *module);
void ush_response_unregister(struct ush_module *module);
