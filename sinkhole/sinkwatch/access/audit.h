/* SPDX-License-Identifier: BSD-3-Clause */
/* audit.h - the access log: which clear names who was shown and when, and which logins were refused; a
 * JSON object a line in the manner of the event logs (docs/events.md), appended at once, across
 * rotation. One thread. */
#pragma once

#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"

/* Strings are borrowed for the call; "" or NULL: not said. */
struct ush_access_entry {
	uint64_t time_ms;
	const char *category; /* "web" or "authentication" */
	const char *type;     /* "access" or "denied" */
	const char *action;   /* "host-opened", "hosts-listed", "login-refused" */
	const char *user;
	const char *from;  /* address of the client */
	const char *host;  /* whose clear address was shown */
	const char *path;  /* as it was asked for */
	const char *query; /* the same */
};

struct ush_audit;

/* `observer` is copied. Returns 0 and *out owned by the caller; -1 if the log cannot be written now. */
USH_MUST_CHECK int ush_audit_open(
    struct ush_audit **out, const char *path, const char *observer, struct ush_error *err);
void ush_audit_close(struct ush_audit *audit); /* NULL is allowed */

/* -1 if the line is not in the file: nothing may be shown then. */
USH_MUST_CHECK int ush_audit_write(
    struct ush_audit *audit, const struct ush_access_entry *entry, struct ush_error *err);
