/* SPDX-License-Identifier: BSD-3-Clause */
/* reply.h - what an HTTP request is answered with: nothing that could be taken for a command,
 * nothing to follow, and a page only where a person plainly waits for one. Pure, any thread may
 * call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/settings.h"
#include "sinkhole/evidence/contact.h"
#include "sinkhole/evidence/finding.h"
#include "sinkhole/server/page.h"

#define USH_REPLY_MAX (USH_PAGE_MAX + 1024)

struct ush_reply {
	unsigned status; /* 0: none, the connection is just closed */
	bool page;
	bool tunnel; /* a CONNECT is answered as a proxy would; nothing is ever connected */
	bool close;  /* the connection ends with this answer */
};

void ush_reply_choose(struct ush_reply *out, const struct ush_contact *contact,
    const struct ush_finding *finding, const struct ush_sinkhole_settings *settings);

/* Writes the answer as it goes over the wire; the contact has its reference if there is a page.
 * `date` is an HTTP date. Returns its length, 0 if there is none. */
size_t ush_reply_write(const struct ush_reply *reply, const struct ush_contact *contact,
    const struct ush_finding *finding, const struct ush_sinkhole_settings *settings,
    const char *date, char buf[USH_REPLY_MAX]);
