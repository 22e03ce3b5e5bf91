/* SPDX-License-Identifier: BSD-3-Clause */
/* memory.h - what alerts were made of: what was said of each host, which troubles there are, what waits
 * for the end of quiet hours. In a file beside the records (alerts.db), with the queue (queue.h): what
 * is remembered and what is to be sent are written in one transaction. Rebuilding the store leaves it
 * alone. Used by one thread; several threads and processes may have one open each. */
#pragma once

#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/alerts/decide.h"
#include "sinkhole/alerts/pace.h"

struct ush_alert_file;

/* Where it is: malloced; NULL without memory. */
char *ush_alert_file_path(const struct ush_settings *settings);
/* To be read alone: *out is NULL if there is none yet. `writable`: it is created. Returns 0 and *out
 * owned by the caller; -1 if it cannot be opened or is no such file. */
USH_MUST_CHECK int ush_alert_file_open(struct ush_alert_file **out,
    const struct ush_settings *settings, bool writable, struct ush_error *err);
void ush_alert_file_close(struct ush_alert_file *file); /* NULL is allowed */

/* A transaction; without ush_alert_file_commit() nothing of it stays. */
USH_MUST_CHECK int ush_alert_file_begin(struct ush_alert_file *file, struct ush_error *err);
USH_MUST_CHECK int ush_alert_file_commit(struct ush_alert_file *file, struct ush_error *err);
void ush_alert_file_rollback(struct ush_alert_file *file);

/* When sinkwatch looked for the first time: what was known by then was no news. 0: never. And the
 * messages of this hour. */
struct ush_alert_state {
	uint64_t begun_ms;
	struct ush_pace pace;
};
USH_MUST_CHECK int ush_alert_state_read(
    struct ush_alert_file *file, struct ush_alert_state *out, struct ush_error *err);
USH_MUST_CHECK int ush_alert_state_write(
    struct ush_alert_file *file, const struct ush_alert_state *state, struct ush_error *err);

/* What was said of hosts, sorted by address: *out malloced, of *count. */
USH_MUST_CHECK int ush_alerted_read(
    struct ush_alert_file *file, struct ush_alerted **out, size_t *count, struct ush_error *err);
USH_MUST_CHECK int ush_alerted_write(
    struct ush_alert_file *file, const struct ush_alerted *alerted, struct ush_error *err);

/* A trouble with the sinkhole itself. Texts are borrowed. */
struct ush_alert_trouble {
	const char *key; /* the same as long as it lasts */
	const char *text;
	uint64_t since_ms;
	uint64_t count; /* of what it counts */
	bool is_said;
};
/* What is kept of out->key. Returns 1, or 0 if there is nothing; the texts are not touched. */
USH_MUST_CHECK int ush_alert_trouble_read(
    struct ush_alert_file *file, struct ush_alert_trouble *out, struct ush_error *err);
USH_MUST_CHECK int ush_alert_trouble_write(
    struct ush_alert_file *file, const struct ush_alert_trouble *trouble, struct ush_error *err);
/* Calls fn for each that is kept; those for which it returns 0 are forgotten. */
typedef int ush_alert_trouble_fn(void *arg, const struct ush_alert_trouble *trouble);
USH_MUST_CHECK int ush_alert_troubles_keep(
    struct ush_alert_file *file, ush_alert_trouble_fn *fn, void *arg, struct ush_error *err);

/* A message that waits, in place of what waits of the same host. `about`: its bit of settings.h. `host`:
 * "" if it is about none. `body`: as queue.h has it. */
USH_MUST_CHECK int ush_alert_hold(struct ush_alert_file *file, uint32_t about, const char *host,
    uint64_t now_ms, const char *body, struct ush_error *err);
/* What waits of the host is out of date. */
USH_MUST_CHECK int ush_alert_unhold(
    struct ush_alert_file *file, const char *host, struct ush_error *err);
/* Calls fn for each message about a host; those for which it returns 0 are forgotten. */
typedef int ush_alert_held_host_fn(void *arg, const char *host, const char *body);
USH_MUST_CHECK int ush_alert_held_keep(
    struct ush_alert_file *file, ush_alert_held_host_fn *fn, void *arg, struct ush_error *err);
/* How many wait of each bit, among those of `about`. */
USH_MUST_CHECK int ush_alert_held_count(struct ush_alert_file *file, uint32_t about,
    uint64_t counts[USH_ALERT_CALLS + 1], struct ush_error *err);
/* Calls fn for the first `most` of them, the worst first, then forgets all of them. */
typedef int ush_alert_held_fn(void *arg, const char *body);
USH_MUST_CHECK int ush_alert_held_take(struct ush_alert_file *file, uint32_t about, size_t most,
    ush_alert_held_fn *fn, void *arg, struct ush_error *err);
