/* SPDX-License-Identifier: BSD-3-Clause */
/* timeline.h - what is known of one host in detail: sightings, profiles, rules, claimed addresses;
 * and the logs themselves. Rows are handed to a callback; their strings are borrowed for the call.
 * A callback that returns other than 0 ends the walk. Used by the store's thread. */
#pragma once

#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/event_read.h"
#include "sinkhole/store/facts.h"
#include "sinkhole/store/store.h"

/* How often and when. */
struct ush_span {
	uint64_t first_ms;
	uint64_t last_ms;
	uint64_t count;
};

/* Events that show the same thing, as one. */
struct ush_sighting {
	struct ush_span span;
	const char *campaign;
	enum ush_fact fact;
	unsigned drill; /* 0: no, 1: the event said so, 2: it was the canary */
	const char *action;
	const char *detail; /* "POST www.example.jp/path" */
	unsigned marks;
	const char *mark_words;
	const char *agent;
	const char *rule;
	const char *proxy;
	bool claimed;      /* `other` said so of this host */
	const char *other; /* the host that named this one, or that this one named; "" */
	const char *page;  /* origin of the web page that made the browser send it */
	uint64_t profile;  /* 0: none */
};
typedef int ush_sighting_fn(void *arg, const struct ush_sighting *sighting);
/* By first time. */
USH_MUST_CHECK int ush_sightings_each(struct ush_store *store, const char *host,
    ush_sighting_fn *fn, void *arg, struct ush_error *err);

typedef int ush_profile_fn(
    void *arg, uint64_t id, const struct ush_profile *profile, const struct ush_span *span);
USH_MUST_CHECK int ush_profiles_each(struct ush_store *store, const char *host, ush_profile_fn *fn,
    void *arg, struct ush_error *err);

/* The host that was shown the page with this reference number, in RFC 5952 form; "" if none is
 * known. */
USH_MUST_CHECK int ush_shown_to(struct ush_store *store, const char *reference,
    char out[USH_ADDRESS_TEXT_MAX], struct ush_error *err);

/* A rule that the host met; feed_line 0: not said. */
typedef int ush_rule_fn(void *arg, const char *rule, const char *campaign, uint64_t feed_line,
    const struct ush_span *span);
USH_MUST_CHECK int ush_rules_each(
    struct ush_store *store, const char *host, ush_rule_fn *fn, void *arg, struct ush_error *err);

/* Addresses that this host named beside its own (host first), and hosts that named this one. */
typedef int ush_claim_fn(
    void *arg, const char *claimed, const char *host, const struct ush_span *span);
USH_MUST_CHECK int ush_claims_each(
    struct ush_store *store, const char *host, ush_claim_fn *fn, void *arg, struct ush_error *err);

/* When the host came: at most USH_RHYTHM_PLACES moments of one campaign and fact (rhythm.h), those
 * of tests left out; oldest first. */
typedef int ush_moment_fn(void *arg, enum ush_fact fact, uint64_t time_ms);
USH_MUST_CHECK int ush_moments_each(
    struct ush_store *store, const char *host, ush_moment_fn *fn, void *arg, struct ush_error *err);

/* Real addresses of a listed name that this host was given; `addresses`: separated by blanks. */
typedef int ush_real_fn(void *arg, const char *campaign, const char *name, const char *addresses,
    const struct ush_span *span);
USH_MUST_CHECK int ush_real_each(
    struct ush_store *store, const char *host, ush_real_fn *fn, void *arg, struct ush_error *err);

/* How far each log file was read. */
typedef int ush_log_fn(void *arg, const char *path, uint64_t offset, uint64_t lines,
    uint64_t broken, uint64_t broken_at);
USH_MUST_CHECK int ush_logs_each(
    struct ush_store *store, ush_log_fn *fn, void *arg, struct ush_error *err);
