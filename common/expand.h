/* SPDX-License-Identifier: BSD-3-Clause */
/* expand.h - the bytes of a file, expanded on the way if its first ones say that it is compressed
 * by gzip or zstd. Memory is bounded. One thread.
 *
 * Both formats have their checksum at the end: until ush_expander_read() has returned 0, what it
 * gave may be damaged. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "common/attr.h"

struct ush_expander;

/* Reads from `fd`, which stays the caller's and open. A file that becomes more than `ratio_max`
 * times as large (and 16 MiB) is refused; 0: no limit. NULL without memory. */
struct ush_expander *ush_expander_new(int fd, unsigned ratio_max);
void ush_expander_free(struct ush_expander *expander); /* NULL is allowed */

/* Up to `size` bytes; 0 at the end, or if `size` is 0; -1 if there is no way on, with ush_expander_trouble(). */
USH_MUST_CHECK ssize_t ush_expander_read(struct ush_expander *expander, char *to, size_t size);
/* Why: a text that lives as long as the expander. */
const char *ush_expander_trouble(const struct ush_expander *expander);

/* Whether the file is compressed. */
bool ush_expander_is_compressed(const struct ush_expander *expander);

/* Length of the name that a file has once it is expanded: without ".gz" or ".zst". */
size_t ush_expanded_name(const char *path);
