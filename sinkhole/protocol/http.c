/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/http.h"

#include <string.h>
#include <sys/socket.h>

#define KNOWN(name)                    \
	{                              \
		name, sizeof(name) - 1 \
	}
static const struct ush_text known[USH_HTTP_KNOWN] = {
    [USH_HTTP_ACCEPT] = KNOWN("accept"),
    [USH_HTTP_ACCEPT_ENCODING] = KNOWN("accept-encoding"),
    [USH_HTTP_ACCEPT_LANGUAGE] = KNOWN("accept-language"),
    [USH_HTTP_AUTHORIZATION] = KNOWN("authorization"),
    [USH_HTTP_CONNECTION] = KNOWN("connection"),
    [USH_HTTP_CONTENT_LENGTH] = KNOWN("content-length"),
    [USH_HTTP_EXPECT] = KNOWN("expect"),
    [USH_HTTP_FORWARDED] = KNOWN("forwarded"),
    [USH_HTTP_HOST] = KNOWN("host"),
    [USH_HTTP_ORIGIN] = KNOWN("origin"),
    [USH_HTTP_PROXY_AUTHORIZATION] = KNOWN("proxy-authorization"),
    [USH_HTTP_PROXY_CONNECTION] = KNOWN("proxy-connection"),
    [USH_HTTP_PURPOSE] = KNOWN("purpose"),
    [USH_HTTP_REFERER] = KNOWN("referer"),
    [USH_HTTP_SEC_FETCH_MODE] = KNOWN("sec-fetch-mode"),
    [USH_HTTP_SEC_PURPOSE] = KNOWN("sec-purpose"),
    [USH_HTTP_TRANSFER_ENCODING] = KNOWN("transfer-encoding"),
    [USH_HTTP_UPGRADE] = KNOWN("upgrade"),
    [USH_HTTP_UPGRADE_INSECURE] = KNOWN("upgrade-insecure-requests"),
    [USH_HTTP_USER_AGENT] = KNOWN("user-agent"),
    [USH_HTTP_VIA] = KNOWN("via"),
    [USH_HTTP_X_FORWARDED_FOR] = KNOWN("x-forwarded-for"),
    [USH_HTTP_X_MOZ] = KNOWN("x-moz"),
};

static void
complain(struct ush_http_head *head, const char *what)
{
	if (head->malformed == NULL)
		head->malformed = what;
}

static size_t
leading_blank_lines(const uint8_t *data, size_t len)
{
	size_t count = 0;

	while (count < len && (data[count] == '\r' || data[count] == '\n'))
		count++;
	return count;
}

size_t
ush_http_head_end(const uint8_t *data, size_t len, size_t from)
{
	size_t start = leading_blank_lines(data, len);
	const uint8_t *at;

	/* The blank line may have begun with the last two bytes of what was seen before. */
	if (from > start + 2)
		start = from - 2;
	for (; start < len && (at = memchr(data + start, '\n', len - start)) != NULL;
	     start = (size_t)(at - data) + 1) {
		size_t next = (size_t)(at - data) + 1;

		if (next < len && data[next] == '\n')
			return next + 1;
		if (next + 1 < len && data[next] == '\r' && data[next + 1] == '\n')
			return next + 2;
	}
	return 0;
}

/* RFC 9110 section 5.6.2 */
static bool
is_token(struct ush_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
			return false;
	}
	return text.len > 0;
}

static bool
has_controls(struct ush_text text, bool blanks_too)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c == 0x7f || c < 0x20 ? c != '\t' || blanks_too : c == ' ' && blanks_too)
			return true;
	}
	return false;
}

static bool
read_number(struct ush_text digits, uint64_t *out)
{
	uint64_t value = 0;

	if (digits.len == 0 || digits.len > 18)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(digits.at[i] - '0');
	}
	*out = value;
	return true;
}

/* The next line without its line end. False at the end. */
static bool
next_line(struct ush_http_head *head, struct ush_text *rest, struct ush_text *line)
{
	if (rest->len == 0 || !ush_text_split(rest, '\n', line))
		return false;
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	else if (rest->at != NULL)
		head->bare_lf = true;
	return true;
}

struct ush_text
ush_http_without_login(struct ush_text authority)
{
	size_t at;

	while ((at = ush_text_find(authority, '@')) < authority.len)
		authority = ush_text_from(authority, at + 1);
	return authority;
}

struct ush_text
ush_http_authority_host(struct ush_text authority)
{
	size_t bracket;

	authority = ush_http_without_login(authority);
	if (authority.len > 0 && authority.at[0] == '[') {
		bracket = ush_text_find(authority, ']');
		return bracket < authority.len ? ush_text_of(authority.at + 1, bracket - 1)
		                               : authority;
	}
	return ush_text_clip(authority, ush_text_find(authority, ':'));
}

static void
split_query(struct ush_http_head *head, struct ush_text target)
{
	size_t mark = ush_text_find(target, '?');

	head->path = ush_text_clip(target, mark);
	if (mark < target.len)
		head->query = ush_text_from(target, mark + 1);
}

static bool
is_port(struct ush_text text)
{
	uint64_t port;

	return text.len <= 5 && read_number(text, &port) && port >= 1 && port <= 65535;
}

/* RFC 9110 section 9.3.6: a host and a port, both. */
static bool
is_host_and_port(struct ush_text authority)
{
	struct ush_address literal;
	size_t end;

	authority = ush_http_without_login(authority);
	if (authority.len == 0 || authority.len > USH_HTTP_TUNNEL_MAX)
		return false;
	if (authority.at[0] == '[') {
		end = ush_text_find(authority, ']');
		return end + 1 < authority.len && authority.at[end + 1] == ':' &&
		       ush_text_to_address(ush_text_of(authority.at + 1, end - 1), &literal) == 0 &&
		       literal.family == AF_INET6 && is_port(ush_text_from(authority, end + 2));
	}
	end = ush_text_find(authority, ':');
	return end < authority.len && is_token(ush_text_clip(authority, end)) &&
	       is_port(ush_text_from(authority, end + 1));
}

static void
read_connect_target(struct ush_http_head *head)
{
	head->path = head->target;
	head->host = ush_http_authority_host(head->target);
	if (!is_host_and_port(head->target))
		complain(head, "target");
}

static void
read_target(struct ush_http_head *head)
{
	struct ush_text target = head->target;
	size_t end;

	if (ush_text_is_nocase(head->method, "CONNECT")) {
		read_connect_target(head);
		return;
	}
	if (ush_text_starts_nocase(target, "http://") ||
	    ush_text_starts_nocase(target, "https://")) {
		head->absolute = true;
		target = ush_text_from(target, ush_text_find(target, '/') + 2);
		end = 0;
		while (end < target.len && strchr("/?#", target.at[end]) == NULL)
			end++;
		head->host = ush_http_authority_host(ush_text_clip(target, end));
		target = ush_text_from(target, end);
		if (target.len == 0)
			target = ush_text("/");
	} else if (target.len == 0 || (target.at[0] != '/' && !ush_text_is(target, "*"))) {
		complain(head, "target");
	}
	split_query(head, target);
}

static void
read_version(struct ush_http_head *head, struct ush_text text)
{
	head->version = ush_text_from(text, strlen("HTTP/"));
	if (!ush_text_is(head->version, "1.1") && !ush_text_is(head->version, "1.0"))
		complain(head, ush_text_is(head->version, "2.0") ? "http-2" : "version");
}

static void
read_request_line(struct ush_http_head *head, struct ush_text line)
{
	size_t end = 0;
	size_t last = line.len;

	while (end < line.len && line.at[end] != ' ' && line.at[end] != '\t')
		end++;
	head->method = ush_text_clip(line, end);
	if (!is_token(head->method))
		complain(head, "method");
	while (last > end && line.at[last - 1] != ' ' && line.at[last - 1] != '\t')
		last--;
	if (ush_text_starts_nocase(ush_text_from(line, last), "HTTP/"))
		read_version(head, ush_text_from(line, last));
	else {
		complain(head, "no-version");
		last = line.len;
	}
	head->target = ush_text_of(line.at + end, last - end);
	head->target = ush_text_trim(head->target);
	/* One space before and one after, nothing else. */
	if (has_controls(head->target, true) ||
	    (head->version.at != NULL && (last - end != head->target.len + 2 ||
	                                     line.at[end] != ' ' || line.at[last - 1] != ' ')))
		complain(head, "request-line");
	read_target(head);
}

static void
drop_line(struct ush_http_head *head, const char *why)
{
	complain(head, why);
	head->whole = false;
}

/* Which of the known ones it is; USH_HTTP_KNOWN if none. */
static unsigned
classify(struct ush_text name)
{
	unsigned which = 0;

	while (which < USH_HTTP_KNOWN &&
	       (name.len != known[which].len || !ush_text_equal_nocase(name, known[which])))
		which++;
	return which;
}

static void
add_header(struct ush_http_head *head, struct ush_header header)
{
	unsigned which = classify(header.name);

	head->headers[head->header_count++] = header;
	if (which < USH_HTTP_KNOWN && head->known[which] == 0)
		head->known[which] = (uint8_t)head->header_count;
}

static void
read_header(struct ush_http_head *head, struct ush_text line)
{
	size_t colon = ush_text_find(line, ':');
	struct ush_header header = {.name = ush_text_clip(line, colon)};

	if (line.at[0] == ' ' || line.at[0] == '\t') {
		drop_line(head, "folded-header");
		return;
	}
	if (colon == line.len) {
		drop_line(head, "header-without-colon");
		return;
	}
	if (!is_token(header.name))
		complain(head, "header-name");
	header.name = ush_text_trim(header.name);
	header.value = ush_text_trim(ush_text_from(line, colon + 1));
	if (has_controls(header.value, false))
		complain(head, "control-character");
	if (head->header_count == USH_HTTP_HEADERS_MAX)
		drop_line(head, "too-many-headers");
	else
		add_header(head, header);
}

static void
read_host(struct ush_http_head *head)
{
	struct ush_text host = ush_http_header(head, USH_HTTP_HOST);

	for (size_t i = 0; i < head->header_count; i++) {
		if (ush_text_is_nocase(head->headers[i].name, "host") &&
		    !ush_text_equal_nocase(head->headers[i].value, host))
			complain(head, "several-hosts");
	}
	/* RFC 9112 section 3.2.2: an absolute target wins over Host. */
	if (head->host.len == 0)
		head->host = ush_http_authority_host(host);
}

static unsigned
count_of(const struct ush_http_head *head, enum ush_http_known name)
{
	unsigned count = 0;

	for (size_t i = head->known[name]; i > 0 && i <= head->header_count; i++)
		count += ush_text_equal_nocase(head->headers[i - 1].name, known[name]);
	return count;
}

static void
read_length(struct ush_http_head *head)
{
	struct ush_text first = ush_http_header(head, USH_HTTP_CONTENT_LENGTH);

	head->framing = USH_FRAMING_LENGTH;
	for (size_t i = 0; i < head->header_count; i++) {
		if (ush_text_is_nocase(head->headers[i].name, "content-length") &&
		    !ush_text_equal_nocase(head->headers[i].value, first))
			head->framing = USH_FRAMING_QUIET;
	}
	if (!read_number(first, &head->content_length))
		head->framing = USH_FRAMING_QUIET;
	if (head->framing == USH_FRAMING_QUIET)
		complain(head, "content-length");
	else if (head->content_length == 0)
		head->framing = USH_FRAMING_NONE;
}

/* Whether the body is chunked (RFC 9112 section 6.1): "chunked" is the last coding, it stands there
 * once, all codings are in one line, and the version is one that has codings. */
static bool
is_chunked(struct ush_http_head *head, unsigned lines)
{
	struct ush_text rest = ush_http_header(head, USH_HTTP_TRANSFER_ENCODING);
	struct ush_text coding;
	unsigned count = 0;
	bool last = false;

	while (ush_text_split(&rest, ',', &coding)) {
		last = ush_text_is_nocase(ush_text_trim(coding), "chunked");
		count += last;
	}
	if (lines > 1 || count != 1 || ush_text_is(head->version, "1.0"))
		complain(head, "transfer-encoding");
	return last;
}

static void
read_framing(struct ush_http_head *head)
{
	unsigned lengths = count_of(head, USH_HTTP_CONTENT_LENGTH);
	unsigned codings = count_of(head, USH_HTTP_TRANSFER_ENCODING);

	if (codings > 0) {
		/* RFC 9112 section 6.3: Transfer-Encoding overrides, and both together are an
		 * attack. */
		if (lengths > 0)
			complain(head, "length-and-chunked");
		head->framing = is_chunked(head, codings) ? USH_FRAMING_CHUNKED : USH_FRAMING_QUIET;
		if (head->framing == USH_FRAMING_QUIET)
			complain(head, "transfer-encoding");
	} else if (lengths > 0) {
		read_length(head);
	} else if (ush_text_is_nocase(head->method, "POST") ||
	           ush_text_is_nocase(head->method, "PUT")) {
		head->framing = USH_FRAMING_QUIET;
	}
	if (lengths > 1 ||
	    (codings > 0 &&
	        !ush_text_is_nocase(ush_http_header(head, USH_HTTP_TRANSFER_ENCODING), "chunked")))
		head->strict = false;
}

static void
read_connection(struct ush_http_head *head)
{
	bool http11 = ush_text_is(head->version, "1.1");
	enum ush_http_known name = ush_http_has(head, USH_HTTP_CONNECTION)
	                               ? USH_HTTP_CONNECTION
	                               : USH_HTTP_PROXY_CONNECTION;

	head->keep_alive = http11 ? !ush_http_lists(head, name, "close")
	                          : ush_http_lists(head, name, "keep-alive");
	if (head->malformed != NULL || head->framing == USH_FRAMING_QUIET)
		head->keep_alive = false;
	head->expects_continue = http11 && head->framing != USH_FRAMING_NONE &&
	                         ush_http_lists(head, USH_HTTP_EXPECT, "100-continue");
}

void
ush_http_head_read(struct ush_http_head *out, const uint8_t *data, size_t len, bool complete)
{
	size_t blank = leading_blank_lines(data, len);
	struct ush_text rest = {(const char *)data + blank, len - blank};
	struct ush_text line;

	/* The table of headers is large and need not be cleared. */
	memset(out, 0, offsetof(struct ush_http_head, headers));
	memset(&out->header_count, 0, sizeof(*out) - offsetof(struct ush_http_head, header_count));
	out->bytes = len;
	out->whole = true;
	out->strict = blank == 0;
	if (!complete)
		drop_line(out, "head-incomplete");
	if (next_line(out, &rest, &line))
		read_request_line(out, line);
	while (next_line(out, &rest, &line) && line.len > 0 && rest.at != NULL)
		read_header(out, line);
	read_host(out);
	if (complete)
		read_framing(out);
	read_connection(out);
	if (!out->whole || out->bare_lf || out->malformed != NULL)
		out->strict = false;
}

struct ush_text
ush_http_header(const struct ush_http_head *head, enum ush_http_known name)
{
	unsigned place = head->known[name];

	return place != 0 ? head->headers[place - 1].value : (struct ush_text){0};
}

bool
ush_http_has(const struct ush_http_head *head, enum ush_http_known name)
{
	return head->known[name] != 0;
}

bool
ush_http_lists(const struct ush_http_head *head, enum ush_http_known name, const char *word)
{
	struct ush_text part;

	if (!ush_http_has(head, name))
		return false;
	for (size_t i = head->known[name] - 1u; i < head->header_count; i++) {
		struct ush_text rest = head->headers[i].value;

		if (!ush_text_equal_nocase(head->headers[i].name, known[name]))
			continue;
		while (ush_text_split(&rest, ',', &part)) {
			if (ush_text_is_nocase(ush_text_trim(part), word))
				return true;
		}
	}
	return false;
}
