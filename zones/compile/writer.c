/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "zones/database/hash.h"
#include "zones/replace.h"

#define BUFFER_SIZE (1u << 20)

struct ush_writer {
	struct ush_replacement file;
	int failed; /* errno of the first failure */
	uint64_t written;
	size_t used;
	struct ush_db_section sections[USH_DB_SECTIONS];
	struct ush_db_section *section;
	XXH3_state_t state;
	char buffer[BUFFER_SIZE];
};

static int
write_fully(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, data, len);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		data += done;
		len -= (size_t)done;
	}
	return 0;
}

int
ush_writer_open(struct ush_writer **out, const char *path, struct ush_error *err)
{
	static const char header[sizeof(struct ush_db_header)];
	struct ush_writer *writer = calloc(1, sizeof(*writer));

	*out = NULL;
	if (writer == NULL)
		return ush_fail(err, path, 0, "no memory");
	if (ush_replacement_open(&writer->file, path, err) != 0) {
		ush_writer_close(writer);
		return -1;
	}
	ush_writer_put(writer, header, sizeof(header)); /* its place; written at the end */
	*out = writer;
	return 0;
}

static void
flush_buffer(struct ush_writer *writer)
{
	if (writer->failed == 0 && write_fully(writer->file.fd, writer->buffer, writer->used) != 0)
		writer->failed = errno;
	if (writer->section != NULL)
		XXH3_128bits_update(&writer->state, writer->buffer, writer->used);
	writer->written += writer->used;
	writer->used = 0;
}

void
ush_writer_begin(struct ush_writer *writer, enum ush_db_section_id id)
{
	flush_buffer(writer);
	writer->section = &writer->sections[id];
	writer->section->offset = writer->written;
	XXH3_128bits_reset(&writer->state);
}

void
ush_writer_put(struct ush_writer *writer, const void *data, size_t len)
{
	const char *from = data;

	while (len > 0) {
		size_t room = BUFFER_SIZE - writer->used;
		size_t part = len < room ? len : room;

		memcpy(writer->buffer + writer->used, from, part);
		writer->used += part;
		from += part;
		len -= part;
		if (writer->used == BUFFER_SIZE)
			flush_buffer(writer);
	}
}

void
ush_writer_end(struct ush_writer *writer, uint64_t count)
{
	static const char zeroes[USH_DB_ALIGN];
	size_t over;

	over = (writer->written + writer->used) % USH_DB_ALIGN;
	if (over != 0)
		ush_writer_put(writer, zeroes, USH_DB_ALIGN - over);
	flush_buffer(writer);
	writer->section->bytes = writer->written - writer->section->offset;
	writer->section->count = count;
	writer->section->checksum = ush_db_checksum_of(XXH3_128bits_digest(&writer->state));
	writer->section = NULL;
}

static void
finish_header(const struct ush_writer *writer, struct ush_db_header *header)
{
	memcpy(header->magic, USH_DB_MAGIC, sizeof(header->magic));
	header->version = USH_DB_VERSION;
	header->byte_order = USH_DB_BYTE_ORDER;
	header->file_bytes = writer->written;
	memcpy(header->sections, writer->sections, sizeof(header->sections));
	header->checksum =
	    ush_db_checksum_of(XXH3_128bits(header, offsetof(struct ush_db_header, checksum)));
}

int
ush_writer_commit(struct ush_writer *writer, struct ush_db_header *header, struct ush_error *err)
{
	flush_buffer(writer);
	finish_header(writer, header);
	errno = writer->failed;
	if (writer->failed != 0 || lseek(writer->file.fd, 0, SEEK_SET) == -1 ||
	    write_fully(writer->file.fd, (const char *)header, sizeof(*header)) != 0)
		return ush_fail_errno(err, writer->file.temporary, "cannot write the new list");
	return ush_replacement_commit(&writer->file, err);
}

bool
ush_writer_lost_group(const struct ush_writer *writer)
{
	return writer->file.group_lost;
}

void
ush_writer_close(struct ush_writer *writer)
{
	if (writer == NULL)
		return;
	ush_replacement_close(&writer->file);
	free(writer);
}
