/* SPDX-License-Identifier: BSD-3-Clause */
/* buildid.h - which build of Unbound a file is, or is made for. No state, any thread. */
#pragma once

#include "common/attr.h"
#include "common/error.h"
#include "common/note.h"

/* The GNU build-id of a program, in lower-case hex. -1 if the file is no ELF file of this machine's
 * kind, or has none. */
USH_MUST_CHECK int ush_build_id(
    char out[USH_BUILD_ID_TEXT_MAX], const char *path, struct ush_error *err);

/* The build-id of the Unbound that this module was made for. -1 if the file is no module of ours.
 */
USH_MUST_CHECK int ush_build_id_made_for(
    char out[USH_BUILD_ID_TEXT_MAX], const char *path, struct ush_error *err);
