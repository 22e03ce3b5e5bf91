/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/build_id.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void
write_hex(char text[USH_BUILD_ID_TEXT_MAX], const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len && (i + 1) * 2 < USH_BUILD_ID_TEXT_MAX; i++)
		(void)snprintf(text + i * 2, 3, "%02x", bytes[i]);
}

/* Notes of one segment: header, name, descriptor, each padded to 4. True if the build-id is among
 * them. */
static bool
find_build_id(const uint8_t *notes, size_t size, char text[USH_BUILD_ID_TEXT_MAX])
{
	while (size >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name, whole;

		memcpy(&note, notes, sizeof(note));
		name = (note.n_namesz + (size_t)3) & ~(size_t)3;
		whole = sizeof(note) + name + ((note.n_descsz + (size_t)3) & ~(size_t)3);
		if (whole > size)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(notes + sizeof(note), "GNU", 4) == 0) {
			write_hex(text, notes + sizeof(note) + name, note.n_descsz);
			return true;
		}
		notes += whole;
		size -= whole;
	}
	return false;
}

/* dl_iterate_phdr names the executable first. */
static int
look_at_executable(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_NOTE &&
		    find_build_id(
		        (const uint8_t *)(info->dlpi_addr + header->p_vaddr), header->p_memsz, arg))
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
