/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/note.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

static size_t
padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

bool
ush_note_find(const uint8_t *notes, size_t len, const char *owner, uint32_t type,
    const uint8_t **data, size_t *data_len)
{
	size_t owner_len = strlen(owner) + 1;

	while (len >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t body;

		memcpy(&note, notes, sizeof(note));
		notes += sizeof(note);
		len -= sizeof(note);
		body = padded(note.n_namesz) + padded(note.n_descsz);
		if (note.n_namesz > len || note.n_descsz > len || body > len)
			return false;
		if (note.n_type == type && note.n_namesz == owner_len &&
		    memcmp(notes, owner, owner_len) == 0) {
			*data = notes + padded(note.n_namesz);
			*data_len = note.n_descsz;
			return true;
		}
		notes += body;
		len -= body;
	}
	return false;
}

bool
ush_note_build_id(const uint8_t *notes, size_t len, char out[USH_BUILD_ID_TEXT_MAX])
{
	const uint8_t *id;
	size_t id_len;

	if (!ush_note_find(notes, len, "GNU", NT_GNU_BUILD_ID, &id, &id_len) || id_len == 0 ||
	    id_len * 2 >= USH_BUILD_ID_TEXT_MAX)
		return false;
	for (size_t i = 0; i < id_len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", id[i]);
	return true;
}
