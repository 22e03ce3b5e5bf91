/* SPDX-License-Identifier: BSD-3-Clause */
/* tls.h - the page's certificate, and the connections that use it: how many, and how long without a
 * request. The files are looked at each second; a new pair is in force for new connections as soon as it
 * is whole, and one that is no good leaves the old one in force. Times: ush_monotonic_ms(). One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <openssl/ssl.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_page_tls;

#define USH_PAGE_SESSIONS_MAX 512
/* A connection on which no request is complete for so long ends. */
#define USH_PAGE_SESSION_MS 120000

/* Called with false when so many connections are open, and with true when there is room again. */
typedef void ush_page_room_fn(void *arg, bool has_room);

/* The paths are borrowed and must live longer. Returns 0 and *out owned by the caller, or -1. */
USH_MUST_CHECK int ush_page_tls_open(struct ush_page_tls **out, const char *certificate,
    const char *key, ush_page_room_fn *room, void *arg, struct ush_error *err);
/* Connections go on, and room is not called any more. NULL is allowed. */
void ush_page_tls_close(struct ush_page_tls *tls);

/* To be called once a second; ends connections that are too slow. -1 and the reason once for each pair of files that is no good. */
int ush_page_tls_look(struct ush_page_tls *tls, uint64_t now_ms, struct ush_error *err);

/* For one connection; owned by the caller. NULL without memory. */
SSL *ush_page_tls_session(struct ush_page_tls *tls, uint64_t now_ms);
/* A request of the connection is complete. */
void ush_page_tls_asked(const struct ush_page_tls *tls, const SSL *ssl, uint64_t now_ms);
