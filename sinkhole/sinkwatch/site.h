/* SPDX-License-Identifier: BSD-3-Clause */
/* site.h - the places of the site, each served from the newest overview and, for details, from the
 * page's own connection to the store. Belongs to the loop's thread. */
#pragma once

#include <event2/http.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/sinkwatch/access/access.h"
#include "sinkhole/sinkwatch/follower.h"

struct ush_site;

/* follower and access must live longer. NULL without memory; owned by the caller. */
struct ush_site *ush_site_new(struct ush_follower *follower, struct ush_access *access);
void ush_site_free(struct ush_site *site); /* NULL is allowed */

/* The settings of the newest overview, which it takes; NULL if there is none yet. Borrowed until the
 * next call. */
const struct ush_settings *ush_site_settings(struct ush_site *site);

/* Answers a request of this visitor; there are settings. */
void ush_site_serve(
    struct ush_site *site, struct evhttp_request *request, const struct ush_visitor *visitor);
