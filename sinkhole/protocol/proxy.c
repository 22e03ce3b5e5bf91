/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/proxy.h"

#include <stdbool.h>
#include <string.h>

#include "sinkhole/protocol/cursor.h"
#include "sinkhole/protocol/text.h"

/* Of a line of version 1, line end included. */
#define LINE_MAX_BYTES 107

static const uint8_t start1[] = {'P', 'R', 'O', 'X', 'Y', ' '};
static const uint8_t start2[] = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

/* Version 2: command, and address family with transport. */
enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 };
enum { FAMILY_UNKNOWN, FAMILY_INET, FAMILY_INET6, FAMILY_UNIX };
enum { TRANSPORT_STREAM = 1, TRANSPORT_DATAGRAM = 2 };

static int
read_port(uint16_t *out, struct ush_text text)
{
	unsigned port = 0;

	if (text.len == 0 || text.len > 5 || (text.len > 1 && text.at[0] == '0'))
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -1;
		port = port * 10 + (unsigned)(text.at[i] - '0');
	}
	if (port > UINT16_MAX)
		return -1;
	*out = (uint16_t)port;
	return 0;
}

/* "PROXY TCP4 192.0.2.1 198.51.100.2 4711 80", without the line end. */
static int
read_line(struct ush_proxy_header *out, struct ush_text line)
{
	struct ush_text parts[6];
	bool ipv6;

	for (size_t i = 0; i < 6; i++) {
		if (!ush_text_split(&line, ' ', &parts[i]))
			return -1;
		if (i == 1 && ush_text_is(parts[i], "UNKNOWN"))
			return 0;
	}
	ipv6 = ush_text_is(parts[1], "TCP6");
	if (line.at != NULL || (!ipv6 && !ush_text_is(parts[1], "TCP4")) ||
	    ush_text_has(parts[2], ":") != ipv6 || ush_text_has(parts[3], ":") != ipv6 ||
	    read_port(&out->source_port, parts[4]) != 0 ||
	    read_port(&out->destination_port, parts[5]) != 0)
		return -1;
	return ush_text_to_address(parts[2], &out->source) != 0 ||
	               ush_text_to_address(parts[3], &out->destination) != 0
	           ? -1
	           : 0;
}

static enum ush_proxy_result
read_version1(struct ush_proxy_header *out, const uint8_t *data, size_t len)
{
	struct ush_text text = ush_text_clip(ush_text_of((const char *)data, len), LINE_MAX_BYTES);
	size_t end = ush_text_find(text, '\n');
	struct ush_proxy_header header = {.bytes = end < text.len ? end + 1 : text.len};

	if (end == text.len && text.len < LINE_MAX_BYTES)
		return USH_PROXY_MORE;
	if (end == text.len || text.at[end - 1] != '\r' ||
	    read_line(&header, ush_text_clip(text, end - 1)) != 0) {
		out->bytes = header.bytes;
		return USH_PROXY_BROKEN;
	}
	*out = header;
	return USH_PROXY_DONE;
}

/* Both addresses, then both ports. */
static int
read_ends(struct ush_proxy_header *out, struct ush_cursor *cursor, bool ipv6)
{
	struct sockaddr_storage ends[2] = {0};

	for (size_t i = 0; i < 2; i++) {
		const uint8_t *octets = ush_cursor_take(cursor, ipv6 ? 16 : 4);
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ends[i];
		struct sockaddr_in *in = (struct sockaddr_in *)&ends[i];

		if (octets == NULL)
			return -1;
		ends[i].ss_family = ipv6 ? AF_INET6 : AF_INET;
		if (ipv6)
			memcpy(&in6->sin6_addr, octets, 16);
		else
			memcpy(&in->sin_addr, octets, 4);
	}
	out->source_port = (uint16_t)ush_cursor_number(cursor, 2);
	out->destination_port = (uint16_t)ush_cursor_number(cursor, 2);
	if (cursor->failed)
		return -1;
	return ush_address_from_sockaddr(&out->source, NULL, (struct sockaddr *)&ends[0]) != 0 ||
	               ush_address_from_sockaddr(
	                   &out->destination, NULL, (struct sockaddr *)&ends[1]) != 0
	           ? -1
	           : 0;
}

/* What follows the addresses (TLVs) says nothing about the ends. */
static int
read_binary(struct ush_proxy_header *out, uint32_t command, uint32_t kind, struct ush_cursor body)
{
	uint32_t family = kind >> 4, transport = kind & 15;

	/* Of a call on its own account the rest means nothing. */
	if (command == COMMAND_LOCAL)
		return 0;
	if (command != COMMAND_PROXY || family > FAMILY_UNIX || transport > TRANSPORT_DATAGRAM)
		return -1;
	if (transport != TRANSPORT_STREAM || family == FAMILY_UNKNOWN || family == FAMILY_UNIX)
		return 0;
	return read_ends(out, &body, family == FAMILY_INET6);
}

static enum ush_proxy_result
read_version2(struct ush_proxy_header *out, const uint8_t *data, size_t len)
{
	struct ush_cursor cursor = {data, len, false};
	struct ush_proxy_header header = {0};
	struct ush_cursor body;
	uint32_t command, kind, size;

	(void)ush_cursor_take(&cursor, sizeof(start2));
	command = ush_cursor_number(&cursor, 1);
	kind = ush_cursor_number(&cursor, 1);
	size = ush_cursor_number(&cursor, 2);
	if (cursor.failed)
		return USH_PROXY_MORE;
	body = ush_cursor_sub(&cursor, size);
	if (body.failed)
		return USH_PROXY_MORE;
	header.bytes = len - cursor.left;
	if (read_binary(&header, command, kind, body) != 0) {
		out->bytes = header.bytes;
		return USH_PROXY_BROKEN;
	}
	*out = header;
	return USH_PROXY_DONE;
}

static bool
starts(const uint8_t *data, size_t len, const uint8_t *start, size_t start_len)
{
	return memcmp(data, start, len < start_len ? len : start_len) == 0;
}

enum ush_proxy_result
ush_proxy_read(struct ush_proxy_header *out, const uint8_t *data, size_t len)
{
	*out = (struct ush_proxy_header){0};
	if (len == 0)
		return USH_PROXY_MORE;
	if (starts(data, len, start1, sizeof(start1)))
		return len < sizeof(start1) ? USH_PROXY_MORE : read_version1(out, data, len);
	if (starts(data, len, start2, sizeof(start2)))
		return len < sizeof(start2) ? USH_PROXY_MORE : read_version2(out, data, len);
	return USH_PROXY_NONE;
}
