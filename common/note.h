/* SPDX-License-Identifier: BSD-3-Clause */
/* note.h - notes in ELF files, which identify the build of a program. No state, any
 * thread, nothing allocates. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USH_BUILD_ID_TEXT_MAX 129 /* 64 octets in hex */

/* The module's note: as text, the build-id of the Unbound that it was compiled for. */
#define USH_NOTE_OWNER "unbound-sinkhole"
#define USH_NOTE_MADE_FOR 1u

/* Find a note in the notes of one segment, which may hold any bytes: all lengths are checked.
 * *data points into `notes`. */
bool ush_note_find(const uint8_t *notes, size_t len, const char *owner, uint32_t type,
    const uint8_t **data, size_t *data_len);

/* The note that linkers leave ("GNU", NT_GNU_BUILD_ID), in lower-case hex. */
bool ush_note_build_id(const uint8_t *notes, size_t len, char out[USH_BUILD_ID_TEXT_MAX]);
