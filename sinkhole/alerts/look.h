/* SPDX-License-Identifier: BSD-3-Clause */
/* look.h - what the two halves of a look share: hosts (alerts.c) and the sinkhole itself (troubles.c). */
#pragma once

#include <jansson.h>
#include "sinkhole/alerts/memory.h"
#include "sinkhole/sinkwatch/overview.h"

/* One look at an overview, in one transaction. */
struct ush_alert_look {
	struct ush_alert_file *file;
	const struct ush_overview *overview;
	const struct ush_alert_settings *settings; /* its own */
	struct ush_store *store;
	uint64_t now_ms;
	bool is_quiet;
	struct ush_alert_state state;
};

/* Whether a message about this may go at once; then it is counted. */
bool ush_alert_may_go(struct ush_alert_look *look, uint32_t about);
/* Queues the message, or keeps it for a collected one. Takes the reference; NULL: no memory. */
USH_MUST_CHECK int ush_alert_send(
    struct ush_alert_look *look, json_t *message, struct ush_error *err);
USH_MUST_CHECK int ush_alert_keep(
    struct ush_alert_look *look, uint32_t about, json_t *message, struct ush_error *err);

/* Says what began and what is over. */
USH_MUST_CHECK int ush_alert_look_at_sinkhole(struct ush_alert_look *look, struct ush_error *err);
