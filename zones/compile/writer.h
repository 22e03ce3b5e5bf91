/* SPDX-License-Identifier: BSD-3-Clause */
/* writer.h - replaces a file (see replace.h) by a new blocklist, section by section, or leaves it
 * as it was. Errors are sticky: ush_writer_commit() says whether all went well. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "zones/database/format.h"

struct ush_writer;

USH_MUST_CHECK int ush_writer_open(
    struct ush_writer **out, const char *path, struct ush_error *err);

/* Sections come in the order of enum ush_db_section_id, each exactly once. */
void ush_writer_begin(struct ush_writer *writer, enum ush_db_section_id id);
void ush_writer_put(struct ush_writer *writer, const void *data, size_t len);
void ush_writer_end(struct ush_writer *writer, uint64_t count);

/* `header` needs no magic, sections, sizes or checksums: they are filled in. */
USH_MUST_CHECK int ush_writer_commit(
    struct ush_writer *writer, struct ush_db_header *header, struct ush_error *err);

/* After the commit: whether the group of the old list could not be kept. */
bool ush_writer_lost_group(const struct ush_writer *writer);

/* Removes the temporary file unless it was committed. NULL is allowed. */
void ush_writer_close(struct ush_writer *writer);
