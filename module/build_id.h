/* SPDX-License-Identifier: BSD-3-Clause */
/* build_id.h - is the program that loaded us the very build we were compiled for? Any thread. */
#pragma once

#include <stdbool.h>
#include "common/note.h"

/* Compares the running executable's GNU build-id with the one compiled in. `text` gets the running
 * one in hex, "none" if it has none. Looks at what is mapped, not at /proc: a chroot may lack that.
 */
bool ush_build_id_matches(char text[USH_BUILD_ID_TEXT_MAX]);
