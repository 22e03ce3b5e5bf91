/* SPDX-License-Identifier: BSD-3-Clause */
/* What tar(1) and this could read in two ways is refused: a header with a wrong sum, behind which tar
 * looks for another one in the data; data of a folder, which tar takes for headers; anything behind the
 * end. */
#include "sinkhole/sinkctl/evidence/archive.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 512u
#define NAME_MAX_BYTES 512u
#define SLASHES_MAX 2 /* "case/raw/1.bin" */
#define MAGIC "ustar"
#define LONG_NAME 'L' /* its data is the name of the next entry */

struct header {
	char name[100];
	char mode[24]; /* and owner and group */
	unsigned char size[12];
	char time[12];
	unsigned char sum[8];
	char type;
	char link[100];
	char magic[6];
	char version[82]; /* and the names of owner and group, and a device */
	char prefix[155];
	char rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

struct walk {
	int fd;
	const char *path;
	uint64_t size; /* of the archive */
	uint64_t at;
	char name[NAME_MAX_BYTES + 1]; /* that a long name gives to the next entry */
	bool has_name;
};

/* Digits of the base 8 and what ends them, as every tar writes them. */
static bool
read_octal(const unsigned char *field, size_t len, uint64_t *out)
{
	size_t i = 0;

	*out = 0;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++)
		*out = *out * 8 + (uint64_t)(field[i] - '0');
	return i > 0 && (i == len || field[i] == '\0' || field[i] == ' ');
}

/* Of 8 GiB and more it is a binary number. */
static bool
read_size(const unsigned char field[12], uint64_t *out)
{
	if (field[0] != 0x80)
		return read_octal(field, 12, out);
	*out = 0;
	for (size_t i = 1; i < 12; i++) {
		if (*out >> 56 != 0)
			return false;
		*out = *out << 8 | field[i];
	}
	return true;
}

/* The sum of all bytes, with blanks for itself. */
static bool
has_right_sum(const struct header *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	uint64_t sum = sizeof(header->sum) * (uint64_t)' ';
	uint64_t said;

	for (size_t i = 0; i < BLOCK; i++)
		sum += bytes[i];
	for (size_t i = 0; i < sizeof(header->sum); i++)
		sum -= header->sum[i];
	return read_octal(header->sum, sizeof(header->sum), &said) && said == sum;
}

static bool
is_empty(const struct header *header)
{
	static const struct header empty;

	return memcmp(header, &empty, sizeof(empty)) == 0;
}

static bool
is_folder(const struct header *header, const char *name)
{
	size_t len = strlen(name);

	return header->type == '5' || name[len - 1] == '/';
}

static int
check_name(const struct walk *walk, const char *name, struct ush_error *err)
{
	size_t len = strlen(name);
	unsigned slashes = 0;

	if (len > NAME_MAX_BYTES)
		return ush_fail(
		    err, walk->path, 0, "has a name of more than %u bytes", NAME_MAX_BYTES);
	if (len == 0)
		return ush_fail(err, walk->path, 0, "has an entry without a name");
	if (name[len - 1] == '/')
		len--;
	for (size_t i = strncmp(name, "./", 2) == 0 ? 2 : 0; i < len; i++)
		slashes += name[i] == '/';
	return slashes <= SLASHES_MAX
	           ? 0
	           : ush_fail(err, walk->path, 0, "has folders in folders of the bundle");
}

/* The name of the entry, in `out`. */
static int
take_name(struct walk *walk, const struct header *header, char out[NAME_MAX_BYTES + 1],
    struct ush_error *err)
{
	size_t prefix =
	    memcmp(header->magic, MAGIC, sizeof(MAGIC)) == 0 ? strnlen(header->prefix, 155) : 0;
	size_t len = strnlen(header->name, sizeof(header->name));

	if (walk->has_name) {
		memcpy(out, walk->name, sizeof(walk->name));
	} else {
		memcpy(out, header->prefix, prefix);
		out[prefix] = '/';
		prefix += prefix > 0;
		memcpy(out + prefix, header->name, len);
		out[prefix + len] = '\0';
	}
	walk->has_name = false;
	return check_name(walk, out, err);
}

/* Of an entry of LONG_NAME. */
static int
read_long_name(struct walk *walk, uint64_t size, struct ush_error *err)
{
	/* It ends with a NUL. */
	if (size > sizeof(walk->name))
		return ush_fail(
		    err, walk->path, 0, "has a name of more than %u bytes", NAME_MAX_BYTES);
	memset(walk->name, 0, sizeof(walk->name));
	if (pread(walk->fd, walk->name, size, (off_t)walk->at) != (ssize_t)size)
		return ush_fail(err, walk->path, 0, "cannot be read");
	if (size == sizeof(walk->name) && walk->name[NAME_MAX_BYTES] != '\0')
		return ush_fail(
		    err, walk->path, 0, "has a name of more than %u bytes", NAME_MAX_BYTES);
	walk->has_name = true;
	return check_name(walk, walk->name, err);
}

static int
check_entry(struct walk *walk, const struct header *header, struct ush_error *err)
{
	char name[NAME_MAX_BYTES + 1];
	uint64_t size;

	if (memcmp(header->magic, MAGIC, sizeof(MAGIC) - 1) != 0 || !has_right_sum(header))
		return ush_fail(
		    err, walk->path, 0, "is no tar archive; expand it first if it is compressed");
	if (header->type != '0' && header->type != '\0' && header->type != '5' &&
	    header->type != LONG_NAME)
		return ush_fail(err, walk->path, 0,
		    "has something else than files and folders, such as links or files with holes");
	if (!read_size(header->size, &size) || size > walk->size - walk->at)
		return ush_fail(err, walk->path, 0, "is cut short");
	if (header->type == LONG_NAME) {
		if (read_long_name(walk, size, err) != 0)
			return -1;
	} else if (take_name(walk, header, name, err) != 0) {
		return -1;
	} else if (is_folder(header, name) && size > 0) {
		return ush_fail(err, walk->path, 0, "has a folder with data");
	}
	walk->at += (size + BLOCK - 1) / BLOCK * BLOCK;
	return 0;
}

int
ush_archive_check(int fd, const char *path, struct ush_error *err)
{
	struct walk walk = {.fd = fd, .path = path};
	struct header header;
	unsigned empty = 0;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return ush_fail_errno(err, path, "cannot be read");
	walk.size = (uint64_t)st.st_size;
	/* Two empty blocks end it. */
	for (unsigned i = 0; walk.at < walk.size && empty < 2; i++) {
		if (pread(fd, &header, BLOCK, (off_t)walk.at) != (ssize_t)BLOCK)
			return ush_fail(err, path, 0,
			    i > 0 ? "is cut short"
			          : "is no tar archive; expand it first if it is compressed");
		walk.at += BLOCK;
		if (is_empty(&header))
			empty++;
		else if (empty > 0)
			return ush_fail(err, path, 0, "goes on behind its end");
		else if (i >= USH_BUNDLE_FILES_MAX)
			return ush_fail(
			    err, path, 0, "has more than %u files", USH_BUNDLE_FILES_MAX);
		else if (check_entry(&walk, &header, err) != 0)
			return -1;
	}
	return 0;
}
