/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/message.h"

#include <string.h>

#include "common/event.h"
#include "sinkhole/protocol/sniff.h"

/* Of what is neither HTTP nor TLS. */
#define RAW_MAX 4096

void
ush_message_begin(struct ush_message *message, const struct ush_sinkhole_settings *settings)
{
	ush_received_init(&message->raw, settings->max_head);
	message->since_ms = ush_time_now_ms();
	message->deadline_ms = ush_monotonic_ms() + (uint64_t)settings->request_timeout * 1000;
}

void
ush_message_fini(struct ush_message *message)
{
	ush_received_fini(&message->raw);
	ush_received_fini(&message->body);
	memset(message, 0, sizeof(*message));
}

static void
fail(struct ush_message *message, const char *malformed, enum ush_message_result *result)
{
	message->malformed = malformed;
	*result = USH_MESSAGE_DONE;
}

/* Looks at the first bytes together with what came before. False if more are needed; *len is then
 * how many were taken, else none was. */
static bool
leave_start(struct ush_message *message, const uint8_t *data, size_t *len)
{
	size_t room = message->raw.max - message->raw.used;

	*len = *len < room ? *len : room;
	ush_received_add(&message->raw, data, *len);
	switch (ush_sniff(message->raw.data, message->raw.used)) {
	case USH_SNIFF_MORE:
		return false;
	case USH_SNIFF_HTTP:
		message->phase = USH_MESSAGE_HEAD;
		break;
	case USH_SNIFF_TLS:
		message->phase = USH_MESSAGE_HELLO;
		message->raw.max = USH_HELLO_MAX;
		break;
	case USH_SNIFF_RAW:
		message->phase = USH_MESSAGE_RAW;
		message->raw.max = RAW_MAX;
		break;
	}
	/* The phase that follows gets these bytes itself. */
	ush_received_give_back(&message->raw, *len);
	return true;
}

/* The head is whole. */
static void
start_body(struct ush_message *message, struct ush_parsed *parsed,
    const struct ush_sinkhole_settings *settings, bool waits, enum ush_message_result *result)
{
	struct ush_http_head *head = &parsed->head;
	bool connect;

	ush_http_head_read(head, message->raw.data, message->head_bytes, true);
	connect = ush_text_is_nocase(head->method, "CONNECT");
	message->framing = head->framing;
	message->left = head->content_length;
	message->raw.max = message->head_bytes + settings->max_body;
	if (head->framing == USH_FRAMING_NONE || connect) {
		parsed->of = message;
		*result =
		    connect && head->malformed == NULL ? USH_MESSAGE_TUNNEL : USH_MESSAGE_DONE;
		return;
	}
	message->phase = USH_MESSAGE_BODY;
	ush_received_init(&message->body, settings->max_body);
	/* A sender that has begun with the body waits for nothing. */
	if (waits && head->expects_continue)
		*result = USH_MESSAGE_CONTINUE;
}

static size_t
feed_head(struct ush_message *message, struct ush_parsed *parsed,
    const struct ush_sinkhole_settings *settings, const uint8_t *data, size_t len,
    enum ush_message_result *result)
{
	size_t room = message->raw.max - message->raw.used;
	size_t end;

	len = len < room ? len : room;
	ush_received_add(&message->raw, data, len);
	end = ush_http_head_end(message->raw.data, message->raw.used, message->seen);
	if (end > 0) {
		size_t extra = message->raw.used - end;

		ush_received_give_back(&message->raw, extra);
		message->head_bytes = end;
		start_body(message, parsed, settings, extra == 0, result);
		return len - extra;
	}
	message->seen = message->raw.used;
	if (message->raw.used == message->raw.max || message->raw.failed)
		fail(message, "head-too-large", result);
	return len;
}

static void
add_body(void *arg, const uint8_t *data, size_t len)
{
	ush_received_add(arg, data, len);
}

static size_t
feed_chunked(
    struct ush_message *message, const uint8_t *data, size_t len, enum ush_message_result *result)
{
	size_t used;
	enum ush_chunked_result chunked =
	    ush_chunked_feed(&message->chunked, data, len, &used, add_body, &message->body);

	ush_received_add(&message->raw, data, used);
	if (chunked == USH_CHUNKED_DONE)
		*result = USH_MESSAGE_DONE;
	else if (chunked == USH_CHUNKED_BROKEN)
		fail(message, "chunked", result);
	return used;
}

static size_t
feed_body(
    struct ush_message *message, const uint8_t *data, size_t len, enum ush_message_result *result)
{
	if (message->framing == USH_FRAMING_CHUNKED)
		return feed_chunked(message, data, len, result);
	if (message->framing == USH_FRAMING_LENGTH && len > message->left)
		len = (size_t)message->left;
	ush_received_add(&message->raw, data, len);
	if (message->framing == USH_FRAMING_LENGTH) {
		message->left -= len;
		if (message->left == 0)
			*result = USH_MESSAGE_DONE;
	}
	return len;
}

static size_t
feed_hello(struct ush_message *message, struct ush_parsed *parsed, const uint8_t *data, size_t len,
    enum ush_message_result *result)
{
	ush_received_add(&message->raw, data, len);
	switch (ush_hello_read(&parsed->hello, message->raw.data, message->raw.used)) {
	case USH_HELLO_DONE:
		parsed->of = message;
		*result = USH_MESSAGE_WANTS_TLS;
		break;
	case USH_HELLO_BROKEN:
		fail(message, "hello", result);
		break;
	case USH_HELLO_MORE:
		if (message->raw.total > message->raw.used)
			fail(message, "hello-too-large", result);
		break;
	}
	return len;
}

static size_t
feed_raw(
    struct ush_message *message, const uint8_t *data, size_t len, enum ush_message_result *result)
{
	ush_received_add(&message->raw, data, len);
	if (message->raw.total >= RAW_MAX)
		*result = USH_MESSAGE_DONE;
	return len;
}

size_t
ush_message_feed(struct ush_message *message, struct ush_parsed *parsed,
    const struct ush_sinkhole_settings *settings, const uint8_t *data, size_t len,
    enum ush_message_result *result)
{
	size_t taken = len;

	*result = USH_MESSAGE_MORE;
	parsed->of = NULL;
	if (message->deadline_ms == 0)
		ush_message_begin(message, settings);
	if (message->phase == USH_MESSAGE_START && !leave_start(message, data, &taken))
		return taken;
	switch (message->phase) {
	case USH_MESSAGE_HEAD:
		return feed_head(message, parsed, settings, data, len, result);
	case USH_MESSAGE_BODY:
		return feed_body(message, data, len, result);
	case USH_MESSAGE_HELLO:
		return feed_hello(message, parsed, data, len, result);
	default:
		return feed_raw(message, data, len, result);
	}
}

void
ush_message_cut(struct ush_message *message)
{
	if (message->phase == USH_MESSAGE_HELLO)
		message->malformed = "hello-incomplete";
	else if (message->phase == USH_MESSAGE_BODY && message->framing != USH_FRAMING_QUIET)
		message->malformed = "body-incomplete";
}

bool
ush_message_is_blank(const struct ush_message *message)
{
	const struct ush_received *raw = &message->raw;

	for (size_t i = 0; i < raw->used; i++) {
		if (raw->data[i] != '\r' && raw->data[i] != '\n')
			return false;
	}
	return message->phase == USH_MESSAGE_START;
}

void
ush_message_read_head(const struct ush_message *message, struct ush_parsed *parsed)
{
	const struct ush_received *raw = &message->raw;
	bool whole = message->head_bytes > 0;

	/* Where a body has come since, the bytes may have moved. */
	if (parsed->of != message)
		ush_http_head_read(&parsed->head, raw->data,
		    whole && message->head_bytes < raw->used ? message->head_bytes : raw->used,
		    whole);
	parsed->of = NULL;
}

bool
ush_message_read_hello(const struct ush_message *message, struct ush_parsed *parsed)
{
	bool whole = parsed->of == message || ush_hello_read(&parsed->hello, message->raw.data,
	                                          message->raw.used) == USH_HELLO_DONE;

	parsed->of = NULL;
	return whole;
}
