/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/build_id.h"

#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* For programs that read the file without loading it (sinkzone check-module). */
static const struct {
	ElfW(Nhdr) head;
	_Alignas(4) char owner[sizeof(USH_NOTE_OWNER)];
	_Alignas(4) char made_for[sizeof(USH_UNBOUND_BUILD_ID)];
} made_for __attribute__((used, aligned(4), section(".note." USH_NOTE_OWNER))) = {
    {sizeof(USH_NOTE_OWNER), sizeof(USH_UNBOUND_BUILD_ID), USH_NOTE_MADE_FOR},
    USH_NOTE_OWNER,
    USH_UNBOUND_BUILD_ID,
};

/* dl_iterate_phdr names the executable first. */
static int
look_at_executable(struct dl_phdr_info *info, size_t size, void *text)
{
	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_NOTE &&
		    ush_note_build_id((const uint8_t *)(info->dlpi_addr + header->p_vaddr),
		        header->p_memsz, text))
			break;
	}
	return 1;
}

bool
ush_build_id_matches(char text[USH_BUILD_ID_TEXT_MAX])
{
	(void)snprintf(text, USH_BUILD_ID_TEXT_MAX, "none");
	(void)dl_iterate_phdr(look_at_executable, text);
	return strcmp(text, USH_UNBOUND_BUILD_ID) == 0;
}
