/* SPDX-License-Identifier: BSD-3-Clause */
/* access.h - who asks for the page and what they may see: a viewer pseudonyms, a responder clear names.
 * All of it is set at the start (settings `watch`); the files that it reads are taken anew when they
 * change. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/sinkwatch/access/aliases.h"
#include "sinkhole/sinkwatch/access/audit.h"
#include "sinkhole/sinkwatch/access/passwords.h"

/* What a request says of the one who made it. NULL: no such header. */
struct ush_credentials {
	const char *peer;          /* address of the other end of the connection */
	const char *authorization; /* Authorization */
	const char *user;          /* the header that the settings name */
	const char *groups;        /* the same */
	bool is_doubled;           /* one of these headers is there twice */
};

enum ush_group { USH_GROUP_NONE, USH_GROUP_VIEWER, USH_GROUP_RESPONDER };

struct ush_visitor {
	enum ush_group group;
	char user[USH_USER_MAX]; /* "": nobody is asked who they are */
	char address[USH_ADDRESS_TEXT_MAX];
};

enum ush_access_answer {
	USH_ACCESS_GRANTED,
	USH_ACCESS_ASK,     /* for a password: 401 */
	USH_ACCESS_WAIT,    /* too many attempts: 429 */
	USH_ACCESS_REFUSED, /* 403 */
};

struct ush_access;

/* Borrows the settings, which must live longer. Returns 0 and *out owned by the caller, or -1: a file
 * of passwords or a key that is no good, a log that cannot be written. */
USH_MUST_CHECK int ush_access_open(
    struct ush_access **out, const struct ush_settings *settings, struct ush_error *err);
void ush_access_close(struct ush_access *access); /* NULL is allowed */

/* Fills *visitor. A refusal is logged. */
enum ush_access_answer ush_access_ask(struct ush_access *access,
    const struct ush_credentials *credentials, uint64_t now_ms, struct ush_visitor *visitor);

/* To be called once a second: takes a changed file of passwords. -1 and the reason, once for each
 * version that is no good; the old one stays in use. */
int ush_access_look(struct ush_access *access, struct ush_error *err);

/* NULL without a login. */
const struct ush_aliases *ush_access_aliases(const struct ush_access *access);
struct ush_audit *ush_access_audit(const struct ush_access *access);
