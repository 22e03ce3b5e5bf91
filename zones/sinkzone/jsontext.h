/* SPDX-License-Identifier: BSD-3-Clause */
/* jsontext.h - texts of feeds and command lines as JSON: jansson has no value for one that is not
 * UTF-8, and an object then lacks the field. Any thread. */
#pragma once

#include <jansson.h>

/* A string with U+FFFD for what is not UTF-8; NULL if there is no memory. */
json_t *ush_json_from_text(const char *text);
