/* SPDX-License-Identifier: BSD-3-Clause */
/* uuid.h - names for things in exchange formats: the same thing has the same one in each export, of
 * the list and of findings. Any thread. */
#pragma once

/* UUID of version 5 of these two texts together, in a name space of this project. Returns buf. */
#define USH_UUID_TEXT_MAX 37
const char *ush_uuid(char buf[USH_UUID_TEXT_MAX], const char *kind, const char *text);
