/* SPDX-License-Identifier: BSD-3-Clause */
/* note.h - notes in ELF files: how one build of a program is told from another. No state, any
 * thread, nothing allocates. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USH_BUILD_ID_TEXT_MAX 129 /* 64 octets in hex */

/* The note in which the module says, as text, for which build of Unbound it was made. */
#define USH_NOTE_OWNER "unbound-sinkhole"
#define USH_NOTE_MADE_FOR 1u

/* Find a note in the notes of one segment, which may be anything: nothing in them is believed.
 * *data points into `notes`. */
bool ush_note_find(const uint8_t *notes, size_t len, const char *owner, uint32_t type,
    const uint8_t **data, size_t *data_len);

/* The note that linkers leave ("GNU", NT_GNU_BUILD_ID), in lower-case hex. */
bool ush_note_build_id(const uint8_t *notes, size_t len, char out[USH_BUILD_ID_TEXT_MAX]);
