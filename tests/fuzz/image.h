/* SPDX-License-Identifier: BSD-3-Clause */
/* image.h - a blocklist file taken apart, to be edited and put together again. The real one comes
 * from the build. A plain value of one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "zones/database/format.h"

#define USH_IMAGE_ROOM (64u << 10) /* of a section; the real ones have a few hundred bytes */

struct ush_image {
	struct ush_db_header header;
	uint8_t sections[USH_DB_SECTIONS][USH_IMAGE_ROOM];
};

void ush_image_read(struct ush_image *image);

/* Six bytes each: what to do, in which section (or the header), where, and a value. */
void ush_image_edit(struct ush_image *image, const uint8_t *edits, size_t size);

/* Makes all checksums good. */
void ush_image_seal(struct ush_image *image);

/* The file it stands for, malloced. */
uint8_t *ush_image_file(const struct ush_image *image, size_t *size);
