/* SPDX-License-Identifier: BSD-3-Clause */
/* overview.h - all hosts as they were when the logs were last read, in the order of `sinkctl hosts`,
 * with the settings that they were judged by. Made by the follower's thread, which has minutes for
 * it if it must; then immutable, so that a page of 100,000 hosts costs no question to the store. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/outputs.h"
#include "sinkhole/sinkwatch/pool.h"
#include "sinkhole/store/cases.h"
#include "sinkhole/store/hosts.h"
#include "sinkhole/store/identity.h"
#include "sinkhole/store/store.h"
#include "sinkhole/store/sums.h"
#include "zones/blocklist.h"

/* What the table shows of one struct ush_host. The lists are owned; campaign and verdicts are the
 * pool's. */
struct ush_row {
	char address[USH_ADDRESS_TEXT_MAX];
	const char *campaign;
	const char *name; /* of the machine; "?": not one machine all the time; "-": not known */
	const struct ush_verdicts *verdicts;
	struct ush_few names;
	struct ush_few claimed_by;
	struct ush_few pages;
	enum ush_role_kind role;
	bool is_claimed;
	bool names_others;
	bool has_words_of_proxy; /* beacons with them, and no host named */
	uint64_t profiles;
	uint64_t dns;
	uint64_t hits;
	uint64_t real;                 /* questions answered with real addresses; 0: not known */
	struct ush_case_status status; /* its mark is one of the overview's */
	uint64_t first_ms;
	uint64_t last_ms;
};

/* Everything is owned. Zeroed but for references: nothing is known yet. */
struct ush_overview {
	atomic_uint references; /* see ush_overview_free() */
	uint64_t made_ms;
	bool is_reading; /* the logs are being read for the first time since the start */
	struct ush_settings *settings;
	struct ush_error mistake;  /* in the settings file; "": none */
	const char *used_settings; /* with a mistake: which settings these are; constant */
	struct ush_identities *identities;
	struct ush_marks marks;
	struct ush_blocklist *list;
	struct ush_update update; /* what was read last */
	struct ush_unread
	    beside; /* what could not be read of names and cases: calls are right without */
	struct ush_error failed; /* the store could not be used; "": it could */
	struct ush_error unsaid; /* what is new could not be queued as alerts; "": it could */
	struct ush_outputs outputs;
	struct ush_row *rows;
	size_t count;
	struct ush_pool pool;
	size_t calls[USH_CALLS]; /* rows that have the call, as the worst or beside it */
	struct ush_sums *sums;   /* NULL: none, as there are no rows */
	bool has_old_sums;       /* something was read since they were made */
};

/* Fills the rows and sums by overview->settings. `base`: what was made last from this store by the
 * same settings, whose rows are taken over where there is no news; NULL: all are judged anew. The rows
 * are the same; sums may be those of the base (ush_sums_are_good()). On failure overview->failed says why, and it has none. */
void ush_overview_fill(
    struct ush_overview *overview, struct ush_store *store, const struct ush_overview *base);
/* One more owner, any thread: each calls ush_overview_free(), and the last one frees it. */
struct ush_overview *ush_overview_share(struct ush_overview *overview);
void ush_overview_free(struct ush_overview *overview); /* NULL is allowed */

/* Empty ones if there are none. */
const struct ush_sums *ush_overview_sums(const struct ush_overview *overview);

/* The row of a host that keeps what it owns: good as long as the host is. The command has marks and
 * identities. */
void ush_row_borrow(
    struct ush_row *row, const struct ush_host *host, const struct ush_command *command);
