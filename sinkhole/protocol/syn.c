/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/syn.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "sinkhole/protocol/cursor.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_SCALE = 3 };

static int
read_ipv4(struct ush_syn *out, struct ush_cursor *in)
{
	uint32_t words = ush_cursor_number(in, 1) & 15;
	uint32_t protocol;

	ush_cursor_take(in, 7); /* service, length, identification, fragment */
	out->ttl = (uint8_t)ush_cursor_number(in, 1);
	protocol = ush_cursor_number(in, 1);
	ush_cursor_take(in, 10); /* checksum, addresses */
	if (words < 5 || protocol != IPPROTO_TCP)
		return -1;
	ush_cursor_take(in, (words - 5) * 4);
	return in->failed ? -1 : 0;
}

static int
read_ipv6(struct ush_syn *out, struct ush_cursor *in)
{
	uint32_t next;

	ush_cursor_take(in, 6); /* version, class, flow, length */
	next = ush_cursor_number(in, 1);
	out->ttl = (uint8_t)ush_cursor_number(in, 1);
	ush_cursor_take(in, 32);
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
		uint32_t after = ush_cursor_number(in, 1);
		uint32_t units = ush_cursor_number(in, 1);

		ush_cursor_take(in, 6 + (size_t)units * 8);
		if (in->failed)
			return -1;
		next = after;
	}
	return next == IPPROTO_TCP && !in->failed ? 0 : -1;
}

static void
read_options(struct ush_syn *out, struct ush_cursor in)
{
	while (in.left > 0 && out->option_count < USH_SYN_OPTIONS_MAX) {
		uint8_t kind = (uint8_t)ush_cursor_number(&in, 1);
		struct ush_cursor body = {0};

		if (kind != OPTION_END && kind != OPTION_NOP) {
			uint32_t len = ush_cursor_number(&in, 1);

			body = ush_cursor_sub(&in, len >= 2 ? len - 2 : SIZE_MAX);
			if (in.failed)
				return;
		}
		out->options[out->option_count++] = kind;
		if (kind == OPTION_END)
			return;
		if (kind == OPTION_MSS && body.left == 2)
			out->mss = (uint16_t)ush_cursor_number(&body, 2);
		else if (kind == OPTION_SCALE && body.left == 1)
			out->scale = (int16_t)ush_cursor_number(&body, 1);
	}
}

int
ush_syn_read(struct ush_syn *out, const uint8_t *data, size_t len)
{
	struct ush_cursor in = {data, len, false};
	uint32_t words;

	*out = (struct ush_syn){.scale = -1};
	if (len == 0 || (data[0] >> 4 != 4 && data[0] >> 4 != 6))
		return -1;
	if ((data[0] >> 4 == 4 ? read_ipv4(out, &in) : read_ipv6(out, &in)) != 0)
		return -1;
	ush_cursor_take(&in, 12); /* ports, numbers */
	words = ush_cursor_number(&in, 1) >> 4;
	ush_cursor_take(&in, 1); /* flags */
	out->window = (uint16_t)ush_cursor_number(&in, 2);
	ush_cursor_take(&in, 4); /* checksum, urgent */
	if (in.failed || words < 5)
		return -1;
	if ((words - 5) * 4 < in.left)
		in.left = (words - 5) * 4;
	read_options(out, in);
	return 0;
}

const char *
ush_syn_options_text(const struct ush_syn *syn, char buf[USH_SYN_OPTIONS_TEXT])
{
	static const char *const names[] = {
	    "eol", "nop", "mss", "ws", "sok", "sack", NULL, NULL, "ts", [34] = "tfo"};
	char *to = buf;

	*to = '\0';
	for (size_t i = 0; i < syn->option_count; i++) {
		uint8_t kind = syn->options[i];
		const char *name = kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;

		if (i > 0)
			*to++ = ',';
		to = name != NULL ? stpcpy(to, name) : to + snprintf(to, 4, "%u", kind);
	}
	return buf;
}
