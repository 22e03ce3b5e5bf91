/* SPDX-License-Identifier: BSD-3-Clause */
/* chunked.h - takes the chunked coding (RFC 9112 section 7.1) off a body as it comes in. Lines are
 * bounded; the data goes straight to a callback. A state belongs to one body on one thread. Start
 * it zeroed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most bytes of a size line or of all trailers. */
#define USH_CHUNKED_LINE_MAX 4096

enum ush_chunked_result { USH_CHUNKED_MORE, USH_CHUNKED_DONE, USH_CHUNKED_BROKEN };

struct ush_chunked {
	enum ush_chunked_part {
		USH_CHUNKED_SIZE,
		USH_CHUNKED_EXTENSION,
		USH_CHUNKED_DATA,
		USH_CHUNKED_DATA_END,
		USH_CHUNKED_TRAILER,
	} at;
	uint64_t left;   /* of the chunk */
	unsigned digits; /* of the size so far */
	unsigned line;   /* bytes of the current line or of the trailers so far */
	bool line_empty; /* of the current trailer line */
	bool after_cr;   /* the last byte outside of the data was CR */
	/* A proxy may have found another end: a line did not end in CR LF, or there was an
	 * extension or a trailer. */
	bool lax;
};

typedef void ush_chunked_data_fn(void *arg, const uint8_t *data, size_t len);

/* Feeds what was received; *used says how much of it belonged to the body (all of it with MORE). */
enum ush_chunked_result ush_chunked_feed(struct ush_chunked *state, const uint8_t *data, size_t len,
    size_t *used, ush_chunked_data_fn *fn, void *arg);
