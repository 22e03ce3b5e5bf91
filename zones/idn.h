/* SPDX-License-Identifier: BSD-3-Clause */
/* idn.h - names as people write them: U-labels become A-labels (IDNA 2008, non-transitional).
 * Values only, any thread may call. Not for the resolver: it pulls in libidn2. */
#pragma once

#include <stddef.h>
#include "common/attr.h"
#include "common/name.h"

/* As ush_name_from_text(), and UTF-8 in labels is allowed. Returns 0, or -1 if this is no name. */
USH_MUST_CHECK int ush_name_from_user(struct ush_name *out, const char *text, size_t len);
