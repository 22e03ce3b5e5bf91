/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/buildid.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOTES_MAX 4096 /* of one segment */

/* Looks for something in the notes of one segment. */
typedef bool look_fn(const uint8_t *notes, size_t len, char out[USH_BUILD_ID_TEXT_MAX]);

static bool
look_for_made_for(const uint8_t *notes, size_t len, char out[USH_BUILD_ID_TEXT_MAX])
{
	const uint8_t *text;
	size_t text_len;

	if (!ush_note_find(notes, len, USH_NOTE_OWNER, USH_NOTE_MADE_FOR, &text, &text_len) ||
	    text_len == 0 || text_len > USH_BUILD_ID_TEXT_MAX || text[text_len - 1] != '\0')
		return false;
	memcpy(out, text, text_len);
	return true;
}

static bool
read_at(int fd, void *to, size_t len, ElfW(Off) offset)
{
	return pread(fd, to, len, (off_t)offset) == (ssize_t)len;
}

static bool
find(int fd, look_fn *look, char out[USH_BUILD_ID_TEXT_MAX])
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
		    look(notes, segment.p_filesz, out))
			return true;
	}
	return false;
}

static int
look_in_file(char out[USH_BUILD_ID_TEXT_MAX], const char *path, look_fn *look, const char *without,
    struct ush_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool found;

	if (fd == -1)
		return ush_fail_errno(err, path, "cannot open the file");
	found = find(fd, look, out);
	close(fd);
	return found ? 0 : ush_fail(err, path, 0, "%s", without);
}

int
ush_build_id(char out[USH_BUILD_ID_TEXT_MAX], const char *path, struct ush_error *err)
{
	return look_in_file(out, path, ush_note_build_id, "is no program with a GNU build-id", err);
}

int
ush_build_id_made_for(char out[USH_BUILD_ID_TEXT_MAX], const char *path, struct ush_error *err)
{
	return look_in_file(out, path, look_for_made_for, "is no module of unbound-sinkhole", err);
}
