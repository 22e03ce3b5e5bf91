/* SPDX-License-Identifier: BSD-3-Clause */
/* A request head ends at the same place however it comes in; all that is read of it lies in it; and
 * a head with nothing wrong says the same when it is written out and read again. */
#include "sinkhole/protocol/http.h"
#include "sinkhole/protocol/sniff.h"
#include "tests/fuzz/fuzz.h"

static bool
lies_in(struct ush_text text, const uint8_t *data, size_t size)
{
	uintptr_t start = (uintptr_t)data;
	uintptr_t at = (uintptr_t)text.at;

	return text.len == 0 ||
	       (at >= start && at <= start + size && text.len <= start + size - at);
}

static void
check_head(const struct ush_http_head *head, const uint8_t *data, size_t size)
{
	USH_HOLDS(head->bytes == size && head->header_count <= USH_HTTP_HEADERS_MAX);
	USH_HOLDS(lies_in(head->method, data, size) && lies_in(head->target, data, size));
	USH_HOLDS(lies_in(head->version, data, size) && lies_in(head->host, data, size));
	USH_HOLDS(lies_in(head->query, data, size));
	USH_HOLDS(lies_in(head->path, data, size) || ush_text_is(head->path, "/"));
	for (size_t i = 0; i < head->header_count; i++)
		USH_HOLDS(lies_in(head->headers[i].name, data, size) &&
		          lies_in(head->headers[i].value, data, size));
	USH_HOLDS(head->framing != USH_FRAMING_LENGTH || head->content_length > 0);
	USH_HOLDS(head->malformed == NULL || !head->keep_alive);
}

static void
put(FILE *to, struct ush_text text, const char *after)
{
	fwrite(text.len > 0 ? text.at : "", 1, text.len, to);
	fputs(after, to);
}

static bool
is_same(struct ush_text a, struct ush_text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static void
check_again(const struct ush_http_head *head)
{
	struct ush_http_head again;
	size_t len;
	char *text;
	FILE *to = open_memstream(&text, &len);

	put(to, head->method, " ");
	put(to, head->target, " HTTP/");
	put(to, head->version, "\r\n");
	for (size_t i = 0; i < head->header_count; i++) {
		put(to, head->headers[i].name, ": ");
		put(to, head->headers[i].value, "\r\n");
	}
	fputs("\r\n", to);
	fclose(to);
	USH_HOLDS(ush_http_head_end((uint8_t *)text, len, 0) == len);
	ush_http_head_read(&again, (uint8_t *)text, len, true);
	USH_HOLDS(again.malformed == NULL && again.header_count == head->header_count);
	USH_HOLDS(again.framing == head->framing && again.keep_alive == head->keep_alive);
	USH_HOLDS(is_same(again.host, head->host) && is_same(again.path, head->path));
	USH_HOLDS(is_same(again.query, head->query));
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t end = ush_http_head_end(data, size, 0);
	size_t grown = 0;
	struct ush_http_head head;

	for (size_t len = 1; grown == 0 && len <= size; len++)
		grown = ush_http_head_end(data, len, len - 1);
	USH_HOLDS(grown == end && end <= size);
	ush_http_head_read(&head, data, size, false);
	check_head(&head, data, size);
	USH_HOLDS(head.malformed != NULL);
	if (end == 0)
		return 0;
	ush_http_head_read(&head, data, end, true);
	check_head(&head, data, end);
	if (head.malformed == NULL) {
		USH_HOLDS(head.path.len > 0 || head.absolute);
		USH_HOLDS(ush_sniff(data, size) == USH_SNIFF_HTTP);
		check_again(&head);
	}
	return 0;
}
