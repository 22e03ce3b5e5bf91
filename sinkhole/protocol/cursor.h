/* SPDX-License-Identifier: BSD-3-Clause */
/* cursor.h - reads bytes from the network in order. The error is sticky: after the first read past
 * the end every call gives zero and `failed` stays set, so that parsers check once at their end. A
 * cursor borrows the bytes; it is a value of one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ush_cursor {
	const uint8_t *at;
	size_t left;
	bool failed;
};

/* The next `count` bytes, NULL (and failed) if there are not as many. */
static inline const uint8_t *
ush_cursor_take(struct ush_cursor *cursor, size_t count)
{
	const uint8_t *at = cursor->at;

	if (cursor->failed || count > cursor->left) {
		cursor->failed = true;
		return NULL;
	}
	cursor->at += count;
	cursor->left -= count;
	return at;
}

/* A number of 1 to 4 bytes in network order. */
static inline uint32_t
ush_cursor_number(struct ush_cursor *cursor, unsigned bytes)
{
	const uint8_t *at = ush_cursor_take(cursor, bytes);
	uint32_t value = 0;

	for (unsigned i = 0; at != NULL && i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

/* A cursor over the next `count` bytes, which this one has then passed. */
static inline struct ush_cursor
ush_cursor_sub(struct ush_cursor *cursor, size_t count)
{
	const uint8_t *at = ush_cursor_take(cursor, count);

	return (struct ush_cursor){at, at != NULL ? count : 0, at == NULL};
}

/* A part preceded by its own length in `bytes` bytes, as TLS writes vectors. */
static inline struct ush_cursor
ush_cursor_vector(struct ush_cursor *cursor, unsigned bytes)
{
	return ush_cursor_sub(cursor, ush_cursor_number(cursor, bytes));
}
