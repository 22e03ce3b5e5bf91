/* SPDX-License-Identifier: BSD-3-Clause */
/* tls.h - the page's certificate. The files are looked at each second; a new pair is in force for new
 * connections as soon as it is whole, and one that is no good leaves the old one in force. One thread. */
#pragma once

#include <openssl/ssl.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_page_tls;

/* The paths are borrowed and must live longer. Returns 0 and *out owned by the caller, or -1. */
USH_MUST_CHECK int ush_page_tls_open(
    struct ush_page_tls **out, const char *certificate, const char *key, struct ush_error *err);
void ush_page_tls_close(struct ush_page_tls *tls); /* NULL is allowed; connections go on */

/* To be called once a second. -1 and the reason once for each pair of files that is no good. */
int ush_page_tls_look(struct ush_page_tls *tls, struct ush_error *err);

/* For one connection; owned by the caller. NULL without memory. */
SSL *ush_page_tls_session(struct ush_page_tls *tls);
