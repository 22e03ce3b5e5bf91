/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/buildid.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOTES_MAX 4096 /* of one segment */

static bool
read_at(int fd, void *to, size_t len, ElfW(Off) offset)
{
	return pread(fd, to, len, (off_t)offset) == (ssize_t)len;
}

static size_t
padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* Look for the note "GNU", type NT_GNU_BUILD_ID. The file may be anything: nothing in it is
 * believed. */
static bool
find_in_notes(const uint8_t *notes, size_t len, char *out)
{
	size_t at = 0;

	while (len - at >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		const uint8_t *name;

		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		if (note.n_namesz > NOTES_MAX || note.n_descsz > NOTES_MAX ||
		    padded(note.n_namesz) + padded(note.n_descsz) > len - at)
			return false;
		name = notes + at;
		at += padded(note.n_namesz);
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(name, "GNU", 4) == 0 && note.n_descsz > 0 &&
		    note.n_descsz * 2 < USH_BUILD_ID_TEXT_MAX) {
			for (size_t i = 0; i < note.n_descsz; i++)
				snprintf(out + 2 * i, 3, "%02x", notes[at + i]);
			return true;
		}
		at += padded(note.n_descsz);
	}
	return false;
}

static bool
find(int fd, char *out)
{
	uint8_t notes[NOTES_MAX];
	ElfW(Ehdr) header;

	if (!read_at(fd, &header, sizeof(header), 0) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    header.e_phentsize != sizeof(ElfW(Phdr)))
		return false;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		ElfW(Phdr) segment;

		if (!read_at(fd, &segment, sizeof(segment), header.e_phoff + i * sizeof(segment)) ||
		    segment.p_type != PT_NOTE || segment.p_filesz > sizeof(notes))
			continue;
		if (read_at(fd, notes, segment.p_filesz, segment.p_offset) &&
		    find_in_notes(notes, segment.p_filesz, out))
			return true;
	}
	return false;
}

int
ush_build_id(char out[USH_BUILD_ID_TEXT_MAX], const char *path, struct ush_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool found;

	if (fd == -1)
		return ush_fail_errno(err, path, "cannot open the program");
	found = find(fd, out);
	close(fd);
	return found ? 0 : ush_fail(err, path, 0, "is no program with a GNU build-id");
}
