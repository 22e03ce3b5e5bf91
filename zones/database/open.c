/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/blocklist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "zones/database/hash.h"
#include "zones/database/list.h"

/* Read and hash in pieces that stay in the processor's cache in between. */
#define PIECE (256u << 10)
#define SMALL_PAGE ((size_t)4096)
#define HUGE_PAGE ((size_t)2 << 20)
#define MAPPED_FROM ((size_t)128 << 10)

/* Size of a record and the part that needs the section; 0: always loaded. */
static const struct {
	const char *name;
	size_t record;
	unsigned part;
} sections[USH_DB_SECTIONS] = {
    [USH_DB_STRINGS] = {"strings", 1, 0},
    [USH_DB_FEEDS] = {"feeds", sizeof(struct ush_db_feed), 0},
    [USH_DB_CAMPAIGNS] = {"campaigns", sizeof(struct ush_db_campaign), 0},
    [USH_DB_CLASSES] = {"classes", sizeof(struct ush_db_class), 0},
    [USH_DB_NAMES] = {"names", sizeof(struct ush_db_bucket), USH_PART_NAMES},
    [USH_DB_FILTER] = {"filter", sizeof(uint64_t), USH_PART_NAMES},
    [USH_DB_NETWORKS] = {"networks", sizeof(struct ush_db_network), USH_PART_NETWORKS},
    [USH_DB_URLS] = {"URLs", sizeof(struct ush_db_url), USH_PART_URLS},
    [USH_DB_SOURCES] = {"sources", sizeof(struct ush_db_source), USH_PART_SOURCES},
    [USH_DB_METAS] = {"metas", sizeof(struct ush_db_meta), USH_PART_SOURCES},
    [USH_DB_NOTES] = {"notes", sizeof(struct ush_db_note), USH_PART_SOURCES},
    [USH_DB_TEXTS] = {"texts", 1, USH_PART_SOURCES},
};

static int
read_fully(int fd, void *to, size_t len, uint64_t offset)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = pread(fd, (char *)to + done, len - done, (off_t)(offset + done));

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return -1;
		if (got == 0) {
			errno = ENODATA; /* it shrank under us */
			return -1;
		}
		done += (size_t)got;
	}
	return 0;
}

/* Sections follow each other without a gap and end where the file ends. */
static int
check_layout(const struct ush_db_header *header)
{
	uint64_t end = sizeof(*header);

	for (unsigned i = 0; i < USH_DB_SECTIONS; i++) {
		const struct ush_db_section *section = &header->sections[i];

		if (section->offset != end || section->bytes % USH_DB_ALIGN != 0 ||
		    section->bytes > header->file_bytes - end ||
		    section->count > section->bytes / sections[i].record ||
		    section->count > UINT32_MAX ||
		    section->bytes - section->count * sections[i].record >= USH_DB_ALIGN)
			return -1;
		end += section->bytes;
	}
	return end == header->file_bytes ? 0 : -1;
}

static int
read_header(struct ush_db_header *header, int fd, const char *path, struct ush_error *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return ush_fail_errno(err, path, "cannot look at the file");
	if (!S_ISREG(st.st_mode))
		return ush_fail(err, path, 0, "is no regular file, so it is no blocklist");
	if ((uint64_t)st.st_size < sizeof(*header))
		return ush_fail(
		    err, path, 0, "is too short to be a blocklist; make one with sinkzone compile");
	if (read_fully(fd, header, sizeof(*header), 0) != 0)
		return ush_fail_errno(err, path, "cannot read the header");
	if (memcmp(header->magic, USH_DB_MAGIC, sizeof(header->magic)) != 0)
		return ush_fail(err, path, 0, "is no blocklist; make one with sinkzone compile");
	if (header->version != USH_DB_VERSION || header->byte_order != USH_DB_BYTE_ORDER)
		return ush_fail(err, path, 0,
		    "is of format version %u, this program reads %u; compile the list anew",
		    header->version, USH_DB_VERSION);
	if (!ush_db_checksum_equal(header->checksum,
	        ush_db_checksum_of(XXH3_128bits(header, offsetof(struct ush_db_header, checksum)))))
		return ush_fail(err, path, 0, "is altered: the header's checksum does not hold");
	if (header->file_bytes != (uint64_t)st.st_size)
		return ush_fail(err, path, 0, "has %llu bytes where its header says %llu",
		    (unsigned long long)st.st_size, (unsigned long long)header->file_bytes);
	if (check_layout(header) != 0)
		return ush_fail(err, path, 0, "is malformed: its sections do not fit");
	return 0;
}

/* What malloc() gets back it keeps, in pieces, and a resolver takes lists for months: big sections
 * are mappings, which go back whole. They ask for huge pages, because a lookup touches them at
 * random. */
static bool
is_mapped(size_t bytes)
{
	return bytes >= MAPPED_FROM;
}

static size_t
mapped_size(size_t bytes)
{
	size_t page = bytes >= HUGE_PAGE ? HUGE_PAGE : SMALL_PAGE;

	return (bytes + page - 1) / page * page;
}

static void *
map_section(size_t bytes)
{
	size_t size = mapped_size(bytes);
	size_t slack = size >= HUGE_PAGE ? HUGE_PAGE : 0;
	size_t before;
	char *data =
	    mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		return NULL;
	if (slack == 0)
		return data;
	before = (HUGE_PAGE - (uintptr_t)data % HUGE_PAGE) % HUGE_PAGE;
	if (before > 0)
		(void)munmap(data, before);
	(void)munmap(data + before + size, slack - before);
	(void)madvise(data + before, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
	return data + before;
}

static void *
section_alloc(size_t bytes)
{
	void *data;

	if (is_mapped(bytes))
		return map_section(bytes);
	return posix_memalign(&data, USH_DB_ALIGN, bytes) == 0 ? data : NULL;
}

static void
section_free(struct ush_section_copy *copy)
{
	if (copy->data != NULL && is_mapped(copy->bytes))
		(void)munmap(copy->data, mapped_size(copy->bytes));
	else
		free(copy->data);
}

static int
load_section(
    struct ush_blocklist *list, unsigned id, int fd, const char *path, struct ush_error *err)
{
	const struct ush_db_section *section = &list->header.sections[id];
	struct ush_section_copy *copy = &list->sections[id];
	XXH3_state_t state;

	if ((copy->data = section_alloc(section->bytes > 0 ? section->bytes : USH_DB_ALIGN)) ==
	    NULL)
		return ush_fail(err, path, 0, "no memory for %llu bytes of %s",
		    (unsigned long long)section->bytes, sections[id].name);
	copy->bytes = section->bytes;
	copy->count = section->count;
	list->memory_bytes += section->bytes;
	XXH3_128bits_reset(&state);
	for (size_t done = 0; done < copy->bytes;) {
		size_t piece = copy->bytes - done < PIECE ? copy->bytes - done : PIECE;
		char *to = (char *)copy->data + done;

		if (read_fully(fd, to, piece, section->offset + done) != 0)
			return ush_fail_errno(err, path, "cannot read the %s", sections[id].name);
		XXH3_128bits_update(&state, to, piece);
		done += piece;
	}
	if (!ush_db_checksum_equal(
	        section->checksum, ush_db_checksum_of(XXH3_128bits_digest(&state))))
		return ush_fail(err, path, 0, "is altered: the checksum of its %s does not hold",
		    sections[id].name);
	return 0;
}

int
ush_blocklist_open(
    struct ush_blocklist **out, const char *path, unsigned parts, struct ush_error *err)
{
	struct ush_blocklist *list = NULL;
	int fd = -1;
	int rc = -1;

	*out = NULL;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1) {
		ush_fail_errno(err, path, "cannot open the blocklist");
		goto out;
	}
	if ((list = calloc(1, sizeof(*list))) == NULL) {
		ush_fail(err, path, 0, "no memory");
		goto out;
	}
	list->parts = parts;
	list->memory_bytes = sizeof(*list);
	if (read_header(&list->header, fd, path, err) != 0)
		goto out;
	for (unsigned i = 0; i < USH_DB_SECTIONS; i++) {
		if ((sections[i].part == 0 || (sections[i].part & parts) != 0) &&
		    load_section(list, i, fd, path, err) != 0)
			goto out;
	}
	if (ush_list_verify(list, path, err) != 0)
		goto out;
	if ((parts & USH_PART_ENDPOINTS) != 0 && ush_list_index_endpoints(list) != 0) {
		ush_fail(err, path, 0, "no memory");
		goto out;
	}
	*out = list;
	list = NULL;
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	ush_blocklist_close(list);
	return rc;
}

void
ush_blocklist_close(struct ush_blocklist *list)
{
	if (list == NULL)
		return;
	for (unsigned i = 0; i < USH_DB_SECTIONS; i++)
		section_free(&list->sections[i]);
	free(list->planted);
	free(list->endpoints);
	free(list->classes);
	free(list);
}
