/* SPDX-License-Identifier: BSD-3-Clause */
/* refang.h - turns defanged indicators (hxxp://example[.]test) back into plain ones. Values only,
 * any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* "hxxp://www[.]example(.)jp", "www[dot]example". `out` has room for len bytes: it never gets
 * longer. Where a text may have escapes of DNS, "\\." is one, and no defanged dot. Returns how many
 * bytes it has; no NUL is added. */
size_t ush_refang(const char *text, size_t len, bool has_escapes, char *out);
