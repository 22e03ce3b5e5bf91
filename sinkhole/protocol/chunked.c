/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/chunked.h"

#include "common/number.h"

static void
start_line(struct ush_chunked *state, enum ush_chunked_part at)
{
	state->at = at;
	state->line = 0;
	state->digits = 0;
	state->line_empty = true;
}

static enum ush_chunked_result
end_size_line(struct ush_chunked *state)
{
	if (state->digits == 0)
		return USH_CHUNKED_BROKEN;
	if (state->left == 0)
		start_line(state, USH_CHUNKED_TRAILER);
	else
		state->at = USH_CHUNKED_DATA;
	return USH_CHUNKED_MORE;
}

static enum ush_chunked_result
size_byte(struct ush_chunked *state, uint8_t c)
{
	int digit = ush_hex_digit((char)c);

	if (c == '\n')
		return end_size_line(state);
	if (state->at == USH_CHUNKED_EXTENSION)
		return USH_CHUNKED_MORE;
	if (digit < 0) {
		if (c != ';' && c != '\r' && c != ' ' && c != '\t')
			return USH_CHUNKED_BROKEN;
		state->lax = state->lax || c != '\r';
		state->at = USH_CHUNKED_EXTENSION;
		return USH_CHUNKED_MORE;
	}
	/* 15 digits: a sum of such sizes cannot overflow in the life of a connection. */
	if (++state->digits > 15)
		return USH_CHUNKED_BROKEN;
	state->left = (state->digits == 1 ? 0 : state->left << 4) | (uint64_t)digit;
	return USH_CHUNKED_MORE;
}

static enum ush_chunked_result
data_end_byte(struct ush_chunked *state, uint8_t c)
{
	if (c == '\r' && state->line == 1)
		return USH_CHUNKED_MORE;
	if (c != '\n')
		return USH_CHUNKED_BROKEN;
	start_line(state, USH_CHUNKED_SIZE);
	return USH_CHUNKED_MORE;
}

static enum ush_chunked_result
trailer_byte(struct ush_chunked *state, uint8_t c)
{
	if (c == '\n') {
		if (state->line_empty)
			return USH_CHUNKED_DONE;
		state->line_empty = true;
	} else if (c != '\r') {
		state->line_empty = false;
		state->lax = true;
	}
	return USH_CHUNKED_MORE;
}

static enum ush_chunked_result
framing_byte(struct ush_chunked *state, uint8_t c)
{
	if (++state->line > USH_CHUNKED_LINE_MAX)
		return USH_CHUNKED_BROKEN;
	if ((c == '\n') != state->after_cr)
		state->lax = true;
	state->after_cr = c == '\r';
	if (state->at == USH_CHUNKED_DATA_END)
		return data_end_byte(state, c);
	if (state->at == USH_CHUNKED_TRAILER)
		return trailer_byte(state, c);
	return size_byte(state, c);
}

enum ush_chunked_result
ush_chunked_feed(struct ush_chunked *state, const uint8_t *data, size_t len, size_t *used,
    ush_chunked_data_fn *fn, void *arg)
{
	enum ush_chunked_result result = USH_CHUNKED_MORE;
	size_t at = 0;

	while (at < len && result == USH_CHUNKED_MORE) {
		size_t part = len - at;

		if (state->at != USH_CHUNKED_DATA) {
			result = framing_byte(state, data[at++]);
			continue;
		}
		if (part > state->left)
			part = (size_t)state->left;
		fn(arg, data + at, part);
		at += part;
		state->left -= part;
		if (state->left == 0)
			start_line(state, USH_CHUNKED_DATA_END);
	}
	*used = at;
	return result;
}
