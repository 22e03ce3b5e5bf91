/* SPDX-License-Identifier: BSD-3-Clause */
/* decide.h - whether a host is worth a message, by what it is now and what was said of it before. Pure:
 * values only, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "sinkhole/store/calls.h"

/* A machine's hardware address, cut. */
#define USH_ALERT_HARDWARE_MAX 64

/* One row of a host (struct ush_host) as far as alerts go by it. Texts are borrowed. */
struct ush_alert_row {
	const char *address;
	const char *hardware; /* of the machine that acted last; "": not known */
	enum ush_call call;   /* the worst, also of a machine behind a proxy */
	uint64_t last_ms;
	bool is_real;    /* it was given a real address */
	bool is_open;    /* nobody works on it */
	bool is_settled; /* cleaned or a false alarm, and nothing has come since */
	uint64_t
	    reopened_ms; /* when the mark was made in spite of which it is open; 0: there is none */
	size_t which;    /* of the caller's rows */
};

/* A host: what its rows are together, without those that are settled. */
struct ush_alert_host {
	const char *address;
	const char *hardware;
	enum ush_call call;
	uint64_t last_ms;
	bool is_real;
	bool is_open;
	uint64_t reopened_ms;
	size_t
	    which; /* the row that `call` is of: the worst and latest of those that are open, if any is */
};

/* What was said of a host. */
struct ush_alerted {
	char address[USH_ADDRESS_TEXT_MAX];
	char hardware[USH_ALERT_HARDWARE_MAX];
	enum ush_call call;
	bool is_real;
	uint64_t reopened_ms; /* the newest mark of which it was said that the case is open again */
};

enum ush_alert_reason {
	USH_ALERT_NOT,
	USH_ALERT_NEW,
	USH_ALERT_AGAIN,   /* a case that was marked is open again */
	USH_ALERT_ROSE,    /* its call is worse than it was */
	USH_ALERT_REAL,    /* it was given a real address */
	USH_ALERT_MACHINE, /* another machine has its address */
	USH_ALERT_REASONS
};
/* "new", "again", ...: for programs. */
const char *ush_alert_reason_text(enum ush_alert_reason reason);

/* Makes hosts of rows: those whose call is among `about` (bits of settings.h) and that are not settled.
 * Sorts rows; out[] has room for `count`. Returns how many hosts there are, sorted by address. */
size_t ush_alert_hosts(
    struct ush_alert_host *out, struct ush_alert_row *rows, size_t count, uint32_t about);

/* Whether to say something of the host now. `before`: what was said of it, NULL: nothing. */
enum ush_alert_reason ush_alert_decide(
    const struct ush_alert_host *host, const struct ush_alerted *before);

/* What is known of the host from now on, whether something was said or not. `before` may be NULL or
 * `out`. */
void ush_alert_remember(struct ush_alerted *out, const struct ush_alert_host *host,
    const struct ush_alerted *before, enum ush_alert_reason reason);
