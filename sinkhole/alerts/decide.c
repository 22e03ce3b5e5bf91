/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
ush_alert_reason_text(enum ush_alert_reason reason)
{
	static const char *const texts[USH_ALERT_REASONS] = {
	    "none", "new", "again", "call-rose", "real", "other-machine"};

	return texts[reason];
}

static int
compare_rows(const void *left, const void *right)
{
	const struct ush_alert_row *a = left, *b = right;
	int order = strcmp(a->address, b->address);

	if (order != 0)
		return order;
	if (a->is_open != b->is_open)
		return a->is_open ? -1 : 1;
	if (a->is_settled != b->is_settled)
		return a->is_settled ? 1 : -1;
	if (a->call != b->call)
		return a->call < b->call ? -1 : 1;
	return a->last_ms > b->last_ms ? -1 : a->last_ms < b->last_ms;
}

static void
add_row(struct ush_alert_host *host, const struct ush_alert_row *row)
{
	if (row->last_ms > host->last_ms) {
		host->last_ms = row->last_ms;
		host->hardware = row->hardware;
	}
	/* Else the machine that acted last would be another one as soon as its row is marked. */
	if (row->is_settled)
		return;
	host->is_real = host->is_real || row->is_real;
	host->is_open = host->is_open || row->is_open;
	if (row->reopened_ms > host->reopened_ms)
		host->reopened_ms = row->reopened_ms;
}

size_t
ush_alert_hosts(
    struct ush_alert_host *out, struct ush_alert_row *rows, size_t count, uint32_t about)
{
	size_t found = 0;

	qsort(rows, count, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < count; i++) {
		const struct ush_alert_row *row = &rows[i];
		bool is_first = found == 0 || strcmp(out[found - 1].address, row->address) != 0;

		if ((row->is_settled && is_first) || (about & 1u << row->call) == 0)
			continue;
		if (is_first)
			out[found++] = (struct ush_alert_host){.address = row->address,
			    .hardware = row->hardware,
			    .call = row->call,
			    .last_ms = row->last_ms,
			    .which = row->which};
		add_row(&out[found - 1], row);
	}
	return found;
}

static bool
is_other_machine(const struct ush_alert_host *host, const struct ush_alerted *before)
{
	return host->hardware[0] != '\0' && before->hardware[0] != '\0' &&
	       strncmp(host->hardware, before->hardware, sizeof(before->hardware) - 1) != 0;
}

enum ush_alert_reason
ush_alert_decide(const struct ush_alert_host *host, const struct ush_alerted *before)
{
	if (before == NULL)
		return !host->is_open          ? USH_ALERT_NOT
		       : host->reopened_ms > 0 ? USH_ALERT_AGAIN
		                               : USH_ALERT_NEW;
	if (host->is_open && host->reopened_ms > before->reopened_ms)
		return USH_ALERT_AGAIN;
	if (host->is_open && host->call < before->call)
		return USH_ALERT_ROSE;
	/* It matters to those who work on it already, too. */
	if (host->is_real && !before->is_real)
		return USH_ALERT_REAL;
	if (host->is_open && is_other_machine(host, before))
		return USH_ALERT_MACHINE;
	return USH_ALERT_NOT;
}

/* A call that falls and rises again is no news, but behind a mark everything begins anew. */
void
ush_alert_remember(struct ush_alerted *out, const struct ush_alert_host *host,
    const struct ush_alerted *before, enum ush_alert_reason reason)
{
	struct ush_alerted after = {
	    .call = host->call, .is_real = host->is_real, .reopened_ms = host->reopened_ms};

	snprintf(after.address, sizeof(after.address), "%s", host->address);
	snprintf(after.hardware, sizeof(after.hardware), "%s", host->hardware);
	if (before != NULL) {
		if (before->reopened_ms > after.reopened_ms)
			after.reopened_ms = before->reopened_ms;
		if (after.hardware[0] == '\0')
			memcpy(after.hardware, before->hardware, sizeof(after.hardware));
		if (reason != USH_ALERT_AGAIN && before->call < after.call)
			after.call = before->call;
		after.is_real = after.is_real || (before->is_real && reason != USH_ALERT_AGAIN);
	}
	*out = after;
}
