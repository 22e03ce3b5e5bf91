/* SPDX-License-Identifier: BSD-3-Clause */
/* A chunked body reads the same however it is cut on its way, and what is encoded comes back. */
#include "sinkhole/protocol/chunked.h"
#include "tests/fuzz/fuzz.h"

struct body {
	uint8_t *data;
	size_t len;
	size_t room;
};

static void
keep(void *arg, const uint8_t *data, size_t len)
{
	struct body *body = arg;

	USH_HOLDS(len <= body->room - body->len); /* never more than came in */
	memcpy(body->data + body->len, data, len);
	body->len += len;
}

/* Feeds `step` bytes at a time; *used is what belonged to the body. */
static enum ush_chunked_result
feed(const uint8_t *data, size_t size, size_t step, size_t *used, struct body *body)
{
	enum ush_chunked_result result = USH_CHUNKED_MORE;
	struct ush_chunked state = {0};

	*body = (struct body){.data = malloc(size + 1), .room = size};
	for (*used = 0; *used < size && result == USH_CHUNKED_MORE;) {
		size_t part = size - *used < step ? size - *used : step;
		size_t taken;

		result = ush_chunked_feed(&state, data + *used, part, &taken, keep, body);
		USH_HOLDS(taken <= part && (result != USH_CHUNKED_MORE || taken == part));
		*used += taken;
	}
	return result;
}

static void
check_round_trip(const uint8_t *data, size_t size)
{
	size_t step = size % 61 + 1;
	size_t len, used;
	struct body body;
	char *text;
	FILE *to = open_memstream(&text, &len);

	for (size_t at = 0; at < size; at += step) {
		size_t part = size - at < step ? size - at : step;

		fprintf(to, "%zx;x=y\r\n", part);
		fwrite(data + at, 1, part, to);
		fputs("\r\n", to);
	}
	fputs("0\r\nTrailer: 1\r\n\r\n", to);
	fclose(to);
	USH_HOLDS(feed((uint8_t *)text, len, len, &used, &body) == USH_CHUNKED_DONE && used == len);
	USH_HOLDS(body.len == size && memcmp(body.data, data, size) == 0);
	free(body.data);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct body whole, pieces;
	size_t used, used_pieces;
	enum ush_chunked_result result = feed(data, size, size, &used, &whole);

	USH_HOLDS(feed(data, size, 1, &used_pieces, &pieces) == result);
	USH_HOLDS(used == used_pieces && whole.len == pieces.len);
	USH_HOLDS(memcmp(whole.data, pieces.data, whole.len) == 0);
	free(whole.data);
	free(pieces.data);
	check_round_trip(data, size);
	return 0;
}
