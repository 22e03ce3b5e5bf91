/* SPDX-License-Identifier: BSD-3-Clause */
/* buildid.h - which build of Unbound a file is, or is made for, and whether it can be loaded. No
 * state, any thread. */
#pragma once

#include <stdbool.h>
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

/* Would the loader take the module? -1 if a part of the file is missing, or may not be executed. */
USH_MUST_CHECK int ush_module_can_be_mapped(const char *path, struct ush_error *err);

/* Does a string of the program end with this text? For what a program was built with, without
 * running it. */
bool ush_program_contains(const char *path, const char *text);
