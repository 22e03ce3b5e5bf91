/* SPDX-License-Identifier: BSD-3-Clause */
/* http.h - the head of an HTTP/1 request, read so that nothing is refused: what no server would
 * accept is evidence too. The first thing that is wrong with it is named in `malformed`; what could
 * be read is there all the same. A line without its end is no header: what it would have become is
 * not known. A head borrows the bytes it was read from. Pure, any thread may
 * call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sinkhole/protocol/text.h"

#define USH_HTTP_HEADERS_MAX 100
/* Most bytes of the target of a CONNECT that is well formed, without its login:
 * "www.example.jp:443". */
#define USH_HTTP_TUNNEL_MAX 263

/* How the end of the body shows. */
enum ush_framing {
	USH_FRAMING_NONE,    /* there is no body */
	USH_FRAMING_LENGTH,  /* Content-Length */
	USH_FRAMING_CHUNKED, /* Transfer-Encoding */
	USH_FRAMING_QUIET,   /* nothing sensible was said: what comes until the sender pauses or
	                        closes */
};

/* Headers that are looked at in every request: where they stand is noted when the head is read. */
enum ush_http_known {
	USH_HTTP_ACCEPT,
	USH_HTTP_ACCEPT_ENCODING,
	USH_HTTP_ACCEPT_LANGUAGE,
	USH_HTTP_AUTHORIZATION,
	USH_HTTP_CONNECTION,
	USH_HTTP_CONTENT_LENGTH,
	USH_HTTP_EXPECT,
	USH_HTTP_FORWARDED,
	USH_HTTP_HOST,
	USH_HTTP_ORIGIN,
	USH_HTTP_PROXY_AUTHORIZATION,
	USH_HTTP_PROXY_CONNECTION,
	USH_HTTP_PURPOSE,
	USH_HTTP_REFERER,
	USH_HTTP_SEC_FETCH_MODE,
	USH_HTTP_SEC_PURPOSE,
	USH_HTTP_TRANSFER_ENCODING,
	USH_HTTP_UPGRADE,
	USH_HTTP_UPGRADE_INSECURE,
	USH_HTTP_USER_AGENT,
	USH_HTTP_VIA,
	USH_HTTP_X_FORWARDED_FOR,
	USH_HTTP_X_MOZ,
	USH_HTTP_KNOWN,
};

struct ush_header {
	struct ush_text name;
	struct ush_text value;
};

struct ush_http_head {
	size_t bytes; /* of the head, blank lines before and the one after it included */
	struct ush_text method;
	struct ush_text target;  /* as sent */
	struct ush_text version; /* "1.1"; empty if there was none */
	struct ush_text host;    /* of the absolute target, else of Host; without port and user */
	struct ush_text path;    /* without query; "*" and a CONNECT target stand here too */
	struct ush_text query;   /* without "?"; at is NULL if there was none */
	struct ush_header headers[USH_HTTP_HEADERS_MAX];
	size_t header_count;
	uint8_t known[USH_HTTP_KNOWN]; /* 1 + place of the first one with this name; 0: none */
	bool whole; /* every header line came and was taken: what is not in headers was not sent */
	enum ush_framing framing;
	uint64_t content_length;
	/* Nothing in the head leaves room for two readings, so a proxy reads it as we do: it is
	 * whole, nothing is malformed, each line ends in CR LF, no blank line stands before it, and
	 * the end of the body is said once and plainly. */
	bool strict;
	bool absolute;   /* the target was absolute: sent as to a proxy */
	bool bare_lf;    /* a line ended without CR */
	bool keep_alive; /* the sender waits for more than one answer */
	bool expects_continue;
	const char *malformed; /* a word such as "header-without-colon", NULL if nothing is wrong */
};

/* Where the head ends: the offset behind its blank line, 0 if it is not all there. `from` is what
 * an earlier call was given as len: nothing is looked at twice. */
size_t ush_http_head_end(const uint8_t *data, size_t len, size_t from);

/* Read the head in data[0..len): a whole one, or what there is of it (complete false:
 * "head-incomplete"). */
void ush_http_head_read(struct ush_http_head *out, const uint8_t *data, size_t len, bool complete);

/* "www.example.jp:443" of "user:password@www.example.jp:443": a host name has no "@". */
struct ush_text ush_http_without_login(struct ush_text authority);
/* "www.example.jp" of "user@www.example.jp:443", "2001:db8::1" of "[2001:db8::1]:443". */
struct ush_text ush_http_authority_host(struct ush_text authority);

/* The value of the first header with this name; at is NULL if there is none. */
struct ush_text ush_http_header(const struct ush_http_head *head, enum ush_http_known name);
bool ush_http_has(const struct ush_http_head *head, enum ush_http_known name);
/* True if a header of this name lists the word ("close" in Connection). */
bool ush_http_lists(const struct ush_http_head *head, enum ush_http_known name, const char *word);
