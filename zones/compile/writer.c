/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "zones/database/hash.h"

#define BUFFER_SIZE (1u << 20)

struct ush_writer {
	char *path;
	char *temporary;
	int fd;
	int failed; /* errno of the first failure */
	bool committed;
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

/* The mode of what is replaced; the module's user must be able to read what it could read before.
 */
static int
set_mode(const struct ush_writer *writer)
{
	struct stat st;

	if (stat(writer->path, &st) == 0) {
		/* Who is not root cannot give a file away: then the mode alone has to do. */
		if (fchown(writer->fd, st.st_uid, st.st_gid) == -1 && errno != EPERM)
			return -1;
		return fchmod(writer->fd, st.st_mode & 07777);
	}
	return fchmod(writer->fd, 0644);
}

int
ush_writer_open(struct ush_writer **out, const char *path, struct ush_error *err)
{
	static const char header[sizeof(struct ush_db_header)];
	struct ush_writer *writer = calloc(1, sizeof(*writer));

	*out = NULL;
	if (writer == NULL)
		return ush_fail(err, path, 0, "no memory");
	writer->fd = -1;
	if ((writer->path = realpath(path, NULL)) == NULL) /* replace what a link points to */
		writer->path = strdup(path);
	if (writer->path == NULL || asprintf(&writer->temporary, "%s.XXXXXX", writer->path) == -1) {
		writer->temporary = NULL;
		ush_fail(err, path, 0, "no memory");
		goto fail;
	}
	if ((writer->fd = mkostemp(writer->temporary, O_CLOEXEC)) == -1) {
		ush_fail_errno(err, path, "cannot make a temporary file beside it");
		goto fail;
	}
	ush_writer_put(writer, header, sizeof(header)); /* its place; written at the end */
	*out = writer;
	return 0;
fail:
	ush_writer_close(writer);
	return -1;
}

static void
flush_buffer(struct ush_writer *writer)
{
	if (writer->failed == 0 && write_fully(writer->fd, writer->buffer, writer->used) != 0)
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

/* A rename is only on the disk when its directory is. */
static int
sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int rc = fd != -1 ? fsync(fd) : -1;

	if (fd != -1)
		close(fd);
	free(copy);
	return rc;
}

int
ush_writer_commit(struct ush_writer *writer, struct ush_db_header *header, struct ush_error *err)
{
	flush_buffer(writer);
	finish_header(writer, header);
	errno = writer->failed;
	if (writer->failed != 0 || lseek(writer->fd, 0, SEEK_SET) == -1 ||
	    write_fully(writer->fd, (const char *)header, sizeof(*header)) != 0 ||
	    set_mode(writer) != 0 || fsync(writer->fd) != 0)
		return ush_fail_errno(err, writer->temporary, "cannot write the new list");
	if (rename(writer->temporary, writer->path) != 0)
		return ush_fail_errno(err, writer->path, "cannot put the new list in place");
	writer->committed = true;
	if (sync_directory(writer->path) != 0)
		return ush_fail_errno(err, writer->path,
		    "the new list is in place, but its directory could not be synced");
	return 0;
}

void
ush_writer_close(struct ush_writer *writer)
{
	if (writer == NULL)
		return;
	if (writer->fd != -1)
		close(writer->fd);
	if (writer->temporary != NULL && writer->fd != -1 && !writer->committed)
		unlink(writer->temporary);
	free(writer->temporary);
	free(writer->path);
	free(writer);
}
