/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/expand.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define INPUT_SIZE (64u << 10)
#define MAGIC_SIZE 4
#define RATIO_SLACK (16u << 20)
#define WINDOW_LOG_MAX 27 /* 128 MB: what the zstd program takes without being asked */

enum coding { PLAIN, GZIP, ZSTD };

struct ush_expander {
	int fd;
	unsigned ratio_max; /* 0: no limit */
	enum coding coding;
	z_stream gzip;
	ZSTD_DStream *zstd;
	const char *trouble;
	char ratio_text[64];
	uint64_t taken; /* bytes of the file */
	uint64_t given;
	bool at_end;    /* of the file */
	bool is_inside; /* a compressed stream has begun and not ended */
	bool is_padded; /* one has ended: zeros may follow, as on a tape */
	size_t start;
	size_t end;
	uint8_t input[INPUT_SIZE];
};

/* More of the file behind what there is. 0, or -1. */
static int
fetch(struct ush_expander *expander)
{
	ssize_t got;

	if (expander->start == expander->end)
		expander->start = expander->end = 0;
	do
		got =
		    read(expander->fd, expander->input + expander->end, INPUT_SIZE - expander->end);
	while (got == -1 && errno == EINTR);
	if (got == -1) {
		expander->trouble = strerror(errno);
		return -1;
	}
	expander->at_end = got == 0;
	expander->end += (size_t)got;
	expander->taken += (uint64_t)got;
	return 0;
}

/* A zstd file may begin with a skippable frame, as those of pzstd do. */
static bool
is_zstd(const uint8_t magic[MAGIC_SIZE])
{
	static const uint8_t data[] = {0x28, 0xb5, 0x2f, 0xfd};
	static const uint8_t skippable[] = {0x2a, 0x4d, 0x18}; /* behind 0x50 to 0x5f */

	return memcmp(magic, data, sizeof(data)) == 0 ||
	       ((magic[0] & 0xf0) == 0x50 && memcmp(magic + 1, skippable, sizeof(skippable)) == 0);
}

/* By the first four bytes. No text begins with these. */
static int
recognise(struct ush_expander *expander)
{
	static const uint8_t gzip[] = {0x1f, 0x8b};

	while (!expander->at_end && expander->end < MAGIC_SIZE) {
		if (fetch(expander) != 0)
			return -1;
	}
	if (expander->end >= sizeof(gzip) && memcmp(expander->input, gzip, sizeof(gzip)) == 0) {
		expander->coding = GZIP;
		if (inflateInit2(&expander->gzip, 16 + MAX_WBITS) != Z_OK) {
			expander->coding = PLAIN;
			goto no_memory;
		}
	} else if (expander->end >= MAGIC_SIZE && is_zstd(expander->input)) {
		expander->coding = ZSTD;
		if ((expander->zstd = ZSTD_createDStream()) == NULL)
			goto no_memory;
		(void)ZSTD_DCtx_setParameter(expander->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	}
	return 0;
no_memory:
	expander->trouble = "no memory";
	return -1;
}

/* Errors of the first read wait for the first call of ush_expander_read(). */
struct ush_expander *
ush_expander_new(int fd, unsigned ratio_max)
{
	struct ush_expander *expander = calloc(1, sizeof(*expander));

	if (expander == NULL)
		return NULL;
	expander->fd = fd;
	expander->ratio_max = ratio_max;
	(void)recognise(expander);
	return expander;
}

void
ush_expander_free(struct ush_expander *expander)
{
	if (expander == NULL)
		return;
	if (expander->coding == GZIP)
		(void)inflateEnd(&expander->gzip);
	ZSTD_freeDStream(expander->zstd);
	free(expander);
}

static ssize_t
copy(struct ush_expander *expander, char *to, size_t size)
{
	size_t there = expander->end - expander->start;
	size_t part = there < size ? there : size;

	memcpy(to, expander->input + expander->start, part);
	expander->start += part;
	return (ssize_t)part;
}

static ssize_t
expand_gzip(struct ush_expander *expander, char *to, size_t size)
{
	z_stream *stream = &expander->gzip;
	int result;

	stream->next_in = expander->input + expander->start;
	stream->avail_in = (unsigned)(expander->end - expander->start);
	stream->next_out = (Bytef *)to;
	stream->avail_out = (unsigned)size;
	expander->is_inside = true;
	result = inflate(stream, Z_NO_FLUSH);
	expander->start = expander->end - stream->avail_in;
	if (result == Z_STREAM_END) { /* another may follow */
		expander->is_inside = false;
		expander->is_padded = true;
		result = inflateReset(stream);
	}
	if (result != Z_OK && result != Z_BUF_ERROR) {
		expander->trouble = "is damaged: gzip cannot expand it";
		return -1;
	}
	return (ssize_t)(size - stream->avail_out);
}

static ssize_t
expand_zstd(struct ush_expander *expander, char *to, size_t size)
{
	ZSTD_inBuffer in = {expander->input, expander->end, expander->start};
	ZSTD_outBuffer out = {to, size, 0};
	size_t result = ZSTD_decompressStream(expander->zstd, &out, &in);

	expander->start = in.pos;
	if (ZSTD_isError(result)) {
		expander->trouble = "is damaged: zstd cannot expand it";
		return -1;
	}
	expander->is_inside = result != 0;
	return (ssize_t)out.pos;
}

static void
skip_padding(struct ush_expander *expander)
{
	while (expander->start < expander->end && expander->input[expander->start] == 0)
		expander->start++;
	expander->is_padded = expander->start == expander->end;
}

static ssize_t
expand(struct ush_expander *expander, char *to, size_t size)
{
	ssize_t got = expander->coding == GZIP ? expand_gzip(expander, to, size)
	                                       : expand_zstd(expander, to, size);

	if (got > 0)
		expander->given += (uint64_t)got;
	if (expander->ratio_max != 0 &&
	    expander->given > expander->taken * expander->ratio_max + RATIO_SLACK) {
		snprintf(expander->ratio_text, sizeof(expander->ratio_text),
		    "becomes more than %u times as large", expander->ratio_max);
		expander->trouble = expander->ratio_text;
		return -1;
	}
	return got;
}

ssize_t
ush_expander_read(struct ush_expander *expander, char *to, size_t size)
{
	ssize_t got = 0;

	if (size == 0)
		return expander->trouble != NULL ? -1 : 0;
	while (got == 0 && expander->trouble == NULL) {
		if (expander->start == expander->end && !expander->at_end && fetch(expander) != 0)
			break;
		if (expander->coding == PLAIN)
			return copy(expander, to, size);
		if (expander->is_padded)
			skip_padding(expander);
		if (expander->start == expander->end && !expander->is_inside) {
			if (expander->at_end)
				return 0;
			continue;
		}
		got = expand(expander, to, size);
		if (got == 0 && expander->start == expander->end && expander->at_end &&
		    expander->is_inside)
			expander->trouble = "is cut short";
	}
	return expander->trouble != NULL ? -1 : got;
}

const char *
ush_expander_trouble(const struct ush_expander *expander)
{
	return expander->trouble;
}

bool
ush_expander_is_compressed(const struct ush_expander *expander)
{
	return expander->coding != PLAIN;
}

size_t
ush_expanded_name(const char *path)
{
	static const char *const endings[] = {".gz", ".zst"};
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);

		if (len > ending && strcmp(path + len - ending, endings[i]) == 0)
			return len - ending;
	}
	return len;
}
