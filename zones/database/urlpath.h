/* SPDX-License-Identifier: BSD-3-Clause */
/* urlpath.h - the one form in which paths of URLs are compared. Values only, any thread may call.
 */
#pragma once

#include <stddef.h>

#define USH_URL_PATH_MAX 2048 /* longer ones are never listed */

/* Percent-decode unreserved characters, upper-case the other escapes, remove dot segments, drop
 * query and fragment; nothing at all becomes "/". Writes to out[0..USH_URL_PATH_MAX), no NUL.
 * Returns the length, 0 if it is too long or no absolute path. */
size_t ush_url_path_normalise(const char *path, size_t len, char out[USH_URL_PATH_MAX]);
