/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/passive_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/wholefile.h"
#include "common/xxhash_inline.h"

#define VERSION 1
static const char magic[8] = "USHPASS";

struct header {
	char magic[8];
	uint32_t version;
	uint32_t period_s;
	uint64_t begin_ms;
	uint64_t key_check;
	uint64_t pairs;
	uint64_t clients;
	uint64_t checksum; /* of what stands before it, pairs and clients */
};

static int
compare_pairs(const void *a, const void *b)
{
	const struct ush_passive_pair *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->client < y->client ? -1 : x->client > y->client;
}

void
ush_passive_sort(struct ush_passive_pair *pairs, size_t count)
{
	if (count > 0)
		qsort(pairs, count, sizeof(*pairs), compare_pairs);
}

static uint64_t
add_bytes(uint64_t sum, const void *bytes, size_t len)
{
	return len > 0 ? XXH3_64bits_withSeed(bytes, len, sum) : sum;
}

static uint64_t
checksum_of(const struct header *header, const struct ush_passive_file *file)
{
	uint64_t sum = add_bytes(0, header, offsetof(struct header, checksum));

	sum = add_bytes(sum, file->pairs, file->pair_count * sizeof(*file->pairs));
	return add_bytes(sum, file->clients, file->client_count * sizeof(*file->clients));
}

static char *
path_of(const char *directory, const char *name, struct ush_error *err)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, name) != -1)
		return path;
	(void)ush_fail(err, directory, 0, "out of memory");
	return NULL;
}

int
ush_passive_file_write(const char *directory, const char *name, const struct ush_passive_file *file,
    uint64_t *bytes, struct ush_error *err)
{
	struct header header = {
	    .version = VERSION,
	    .period_s = file->period_s,
	    .begin_ms = file->begin_ms,
	    .key_check = file->key_check,
	    .pairs = file->pair_count,
	    .clients = file->client_count,
	};
	const struct iovec parts[] = {
	    {&header, sizeof(header)},
	    {(void *)(uintptr_t)file->pairs, file->pair_count * sizeof(*file->pairs)},
	    {(void *)(uintptr_t)file->clients, file->client_count * sizeof(*file->clients)},
	};
	char *path = path_of(directory, name, err);
	int rc;

	memcpy(header.magic, magic, sizeof(magic));
	header.checksum = checksum_of(&header, file);
	*bytes = parts[0].iov_len + parts[1].iov_len + parts[2].iov_len;
	rc = path ? ush_wholefile_replace(path, parts, sizeof(parts) / sizeof(parts[0]), err) : -1;
	free(path);
	return rc;
}

/* Every index is checked here, so that readers need not. */
static bool
is_sound(const struct ush_passive_file *file)
{
	for (size_t i = 0; i < file->pair_count; i++) {
		const struct ush_passive_pair *pair = &file->pairs[i];

		if (pair->client >= file->client_count || pair->first > pair->last ||
		    (pair->last + 1u) * USH_HOUR_S > file->period_s ||
		    (i > 0 && compare_pairs(&pair[-1], pair) >= 0))
			return false;
	}
	return true;
}

static bool
has_right_size(const struct header *header, size_t size)
{
	size_t room = size - sizeof(*header);

	if (header->pairs > room / sizeof(struct ush_passive_pair))
		return false;
	room -= header->pairs * sizeof(struct ush_passive_pair);
	return header->clients <= room / sizeof(struct ush_passive_client) &&
	       room == header->clients * sizeof(struct ush_passive_client);
}

static bool
take(struct ush_passive_file *out, char *memory, size_t size)
{
	const struct header *header = (const void *)memory;

	if (size < sizeof(*header) || memcmp(header->magic, magic, sizeof(magic)) != 0 ||
	    header->version != VERSION ||
	    (header->period_s != USH_HOUR_S && header->period_s != USH_DAY_S) ||
	    !has_right_size(header, size))
		return false;
	*out = (struct ush_passive_file){
	    .begin_ms = header->begin_ms,
	    .period_s = header->period_s,
	    .key_check = header->key_check,
	    .pair_count = header->pairs,
	    .client_count = header->clients,
	    .pairs = (const void *)(header + 1),
	    .memory = memory,
	};
	out->clients = (const void *)(out->pairs + out->pair_count);
	return checksum_of(header, out) == header->checksum && is_sound(out);
}

int
ush_passive_file_read(
    struct ush_passive_file *out, const char *directory, const char *name, struct ush_error *err)
{
	char *path = path_of(directory, name, err);
	char *memory = NULL;
	size_t size;
	int rc = -1;

	if (path)
		memory = ush_wholefile_read(path, &size, err);
	if (memory && take(out, memory, size))
		rc = 0;
	else if (memory)
		(void)ush_fail(err, path, 0, "is cut short, altered or of another version");
	if (rc != 0) {
		free(memory);
		*out = (struct ush_passive_file){0};
	}
	free(path);
	return rc;
}

void
ush_passive_file_fini(struct ush_passive_file *file)
{
	free(file->memory);
	*file = (struct ush_passive_file){0};
}
