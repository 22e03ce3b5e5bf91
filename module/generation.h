/* SPDX-License-Identifier: BSD-3-Clause */
/* generation.h - everything that one decision rests on: settings, blocklist, policy, event log.
 *
 * A generation is made when a file changed, is immutable from then on and is shared by all worker
 * threads; lists.h says when it may be freed. Generations share what did not change between them
 * (shared.h, the event log); one thread makes and frees them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/eventlog.h"
#include "zones/policy.h"
#include "zones/shared.h"

/* An event log that several generations use. Threads claim a ring for each log number. */
struct ush_shared_log {
	struct ush_eventlog *log;
	uint64_t number;
	unsigned references;
	char *path;
	char *observer;
	bool drill;
};

struct ush_generation {
	const struct ush_settings *settings; /* of shared_settings */
	struct ush_shared_settings *shared_settings;
	struct ush_shared_list *list; /* NULL: no list yet, nothing but the canary is known */
	struct ush_policy *policy;    /* NULL without a list */
	const uint8_t *actions;       /* of the policy */
	struct ush_shared_log *log;   /* NULL if it could not be made: no events */
	bool has_networks;            /* an address in an answer can meet a rule */
	bool has_canary;
	struct ush_name canary;
	struct ush_address canary4; /* family 0: the pool has none */
	struct ush_address canary6;
};

/* Holds settings, list and log itself; the last two may be NULL. */
USH_MUST_CHECK int ush_generation_new(struct ush_generation **out,
    struct ush_shared_settings *settings, struct ush_shared_list *list, struct ush_shared_log *log,
    struct ush_error *err);
/* Free it, and what no other generation uses. NULL is allowed. */
void ush_generation_free(struct ush_generation *generation);

enum ush_mode ush_generation_mode(const struct ush_generation *generation);
uint32_t ush_generation_serial(const struct ush_generation *generation); /* 0 without a list */

/* Start an event log as the settings want it, under a number not used before; one reference belongs
 * to the caller. Releasing the last reference waits until its lines are in the file (at most some
 * seconds). */
USH_MUST_CHECK int ush_shared_log_open(struct ush_shared_log **out,
    const struct ush_settings *settings, const struct ush_eventlog_options *options,
    uint64_t number, struct ush_error *err);
void ush_shared_log_release(struct ush_shared_log *log); /* NULL is allowed */
/* Whether `log` is what these settings want. */
bool ush_shared_log_fits(const struct ush_shared_log *log, const struct ush_settings *settings);
