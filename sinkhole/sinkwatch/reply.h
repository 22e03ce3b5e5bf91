/* SPDX-License-Identifier: BSD-3-Clause */
/* reply.h - answers over HTTP: nothing is stored by a browser, no script runs, nothing comes from
 * elsewhere. One call answers a request; the loop's thread. */
#pragma once

#include <event2/buffer.h>
#include <event2/http.h>

#define USH_HTML "text/html; charset=utf-8"
#define USH_JSON "application/json"

/* The body is borrowed; its bytes may be taken out of it. Not sent to HEAD. */
void ush_reply(struct evhttp_request *request, int status, const char *type, struct evbuffer *body);
/* A reason in plain text; what stands in it from elsewhere is made safe. */
void ush_reply_text(struct evhttp_request *request, int status, const char *text);
/* A text of ours that lives as long as the program. */
void ush_reply_constant(struct evhttp_request *request, const char *type, const char *text);
/* For an answer that needs a header of its own. */
void ush_reply_header(struct evhttp_request *request, const char *name, const char *value);
