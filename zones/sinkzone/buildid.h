/* SPDX-License-Identifier: BSD-3-Clause */
/* buildid.h - the GNU build-id of an ELF file: what tells one build of Unbound from another. No
 * state, any thread. */
#pragma once

#include "common/attr.h"
#include "common/error.h"

#define USH_BUILD_ID_TEXT_MAX 129 /* 64 octets in hex */

/* In lower-case hex. -1 if the file is no ELF file of this machine's kind, or has none. */
USH_MUST_CHECK int ush_build_id(
    char out[USH_BUILD_ID_TEXT_MAX], const char *path, struct ush_error *err);
