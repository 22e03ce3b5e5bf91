/* SPDX-License-Identifier: BSD-3-Clause */
/* xxhash_inline.h - xxHash, compiled in: nothing is linked into the resolver for it. It was not
 * written for our warnings. */
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wundef"
#define XXH_INLINE_ALL
#include <xxhash.h>
#pragma GCC diagnostic pop
