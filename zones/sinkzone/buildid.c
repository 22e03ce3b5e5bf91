/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/buildid.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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
read_header(int fd, ElfW(Ehdr) * header)
{
	return read_at(fd, header, sizeof(*header), 0) &&
	       memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
	       header->e_ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
	       header->e_phentsize == sizeof(ElfW(Phdr));
}

static bool
read_segment(int fd, const ElfW(Ehdr) * header, unsigned i, ElfW(Phdr) * segment)
{
	return read_at(fd, segment, sizeof(*segment), header->e_phoff + i * sizeof(*segment));
}

static bool
find(int fd, look_fn *look, char out[USH_BUILD_ID_TEXT_MAX])
{
	uint8_t notes[NOTES_MAX];
	ElfW(Ehdr) header;

	if (!read_header(fd, &header))
		return false;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		ElfW(Phdr) segment;

		if (!read_segment(fd, &header, i, &segment) || segment.p_type != PT_NOTE ||
		    segment.p_filesz > sizeof(notes))
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

static bool
is_whole(int fd, size_t size)
{
	ElfW(Ehdr) header;

	if (!read_header(fd, &header))
		return false;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		ElfW(Phdr) segment;

		if (!read_segment(fd, &header, i, &segment) ||
		    (segment.p_type == PT_LOAD &&
		        (segment.p_offset > size || segment.p_filesz > size - segment.p_offset)))
			return false;
	}
	return true;
}

/* -1 with errno. */
static int
map(const char *path, int protection, void **out, size_t *size, int *fd)
{
	struct stat st;

	if ((*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return -1;
	if (fstat(*fd, &st) == 0) {
		*size = (size_t)st.st_size;
		*out = mmap(NULL, *size, protection, MAP_PRIVATE, *fd, 0);
		if (*out != MAP_FAILED)
			return 0;
	}
	close(*fd);
	return -1;
}

int
ush_module_can_be_mapped(const char *path, struct ush_error *err)
{
	void *data;
	size_t size;
	bool whole;
	int fd;

	if (map(path, PROT_READ | PROT_EXEC, &data, &size, &fd) != 0)
		return ush_fail_errno(err, path, "cannot be loaded");
	whole = is_whole(fd, size);
	munmap(data, size);
	close(fd);
	return whole ? 0 : ush_fail(err, path, 0, "is cut short: install the module again");
}

bool
ush_program_contains(const char *path, const char *text)
{
	void *data;
	size_t size;
	bool found;
	int fd;

	if (map(path, PROT_READ, &data, &size, &fd) != 0)
		return false;
	found = memmem(data, size, text, strlen(text) + 1) != NULL;
	munmap(data, size);
	close(fd);
	return found;
}
