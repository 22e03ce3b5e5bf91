/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/sniff.h"

#include <string.h>

#include "sinkhole/protocol/hello.h"
#include "sinkhole/protocol/text.h"

static const char *const methods[] = {"GET", "POST", "HEAD", "PUT", "CONNECT", "OPTIONS", "DELETE",
    "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH",
    "REPORT", "PRI"};

static enum ush_sniff
sniff_version2(const uint8_t *data, size_t len)
{
	switch (ush_hello_is_version2(data, len)) {
	case USH_HELLO_DONE:
		return USH_SNIFF_TLS;
	case USH_HELLO_MORE:
		return USH_SNIFF_MORE;
	default:
		return USH_SNIFF_RAW;
	}
}

/* 22: handshake; 3: SSL 3.0 to TLS 1.3 all write 3 as major version of the record. */
static enum ush_sniff
sniff_tls(const uint8_t *data, size_t len)
{
	static const uint8_t start[] = {22, 3};
	size_t have = len < sizeof(start) ? len : sizeof(start);

	if (memcmp(data, start, have) != 0)
		return sniff_version2(data, len);
	return have == sizeof(start) ? USH_SNIFF_TLS : USH_SNIFF_MORE;
}

static enum ush_sniff
sniff_method(struct ush_text text)
{
	enum ush_sniff found = USH_SNIFF_RAW;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i]);

		if (text.len > len) {
			if (ush_text_starts_nocase(text, methods[i]) &&
			    (text.at[len] == ' ' || text.at[len] == '\t'))
				return USH_SNIFF_HTTP;
		} else if (ush_text_equal_nocase(text, ush_text_of(methods[i], text.len))) {
			found = USH_SNIFF_MORE;
		}
	}
	return found;
}

/* A request line with some other method. Only what stands before the first byte that no line of
 * text has is looked at, so that it does not matter how much has arrived behind it. */
static enum ush_sniff
sniff_line(struct ush_text text)
{
	struct ush_text line = text;

	for (line.len = 0; line.len < text.len; line.len++) {
		unsigned char c = (unsigned char)text.at[line.len];

		if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
			break;
	}
	if (ush_text_has_nocase(line, " HTTP/"))
		return USH_SNIFF_HTTP;
	return line.len < text.len ? USH_SNIFF_RAW : USH_SNIFF_MORE;
}

enum ush_sniff
ush_sniff(const uint8_t *data, size_t len)
{
	struct ush_text text = ush_text_clip(ush_text_of((const char *)data, len), USH_SNIFF_MAX);
	enum ush_sniff found = USH_SNIFF_MORE;

	while (text.len > 0 && (text.at[0] == '\r' || text.at[0] == '\n'))
		text = ush_text_from(text, 1);
	if (text.len > 0)
		found = sniff_tls((const uint8_t *)text.at, text.len);
	if (found == USH_SNIFF_RAW)
		found = sniff_method(text);
	if (found == USH_SNIFF_RAW)
		found = sniff_line(text);
	return found == USH_SNIFF_MORE && len >= USH_SNIFF_MAX ? USH_SNIFF_RAW : found;
}
