/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/reply.h"

#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkwatch/html.h"

void
ush_reply_header(struct evhttp_request *request, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

/* evhttp would send the body after HEAD, too: the other side would take it for the next answer. */
static struct evbuffer *
leave_out_for_head(struct evhttp_request *request, struct evbuffer *body)
{
	char length[24];

	if (evhttp_request_get_command(request) != EVHTTP_REQ_HEAD)
		return body;
	snprintf(length, sizeof(length), "%zu", evbuffer_get_length(body));
	ush_reply_header(request, "Content-Length", length);
	return NULL;
}

void
ush_reply(struct evhttp_request *request, int status, const char *type, struct evbuffer *body)
{
	static const char *const always[][2] = {
	    {"Cache-Control", "no-store"},
	    {"Content-Security-Policy",
	        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
	        "base-uri 'none'; frame-ancestors 'none'"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	    {"Referrer-Policy", "no-referrer"},
	    {"X-Content-Type-Options", "nosniff"},
	};

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		ush_reply_header(request, always[i][0], always[i][1]);
	ush_reply_header(request, "Content-Type", type);
	evhttp_send_reply(request, status, NULL, leave_out_for_head(request, body));
}

void
ush_reply_text(struct evhttp_request *request, int status, const char *text)
{
	struct evbuffer *body = evbuffer_new();
	struct ush_html html = {.out = body};

	if (body == NULL) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	ush_html_text(&html, text);
	ush_html_raw(&html, "\n");
	ush_reply(request, status, "text/plain; charset=utf-8", body);
	evbuffer_free(body);
}

void
ush_reply_constant(struct evhttp_request *request, const char *type, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	if (body == NULL || evbuffer_add_reference(body, text, strlen(text), NULL, NULL) != 0)
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	else
		ush_reply(request, HTTP_OK, type, body);
	if (body != NULL)
		evbuffer_free(body);
}
