/* SPDX-License-Identifier: BSD-3-Clause */
/* record.h - a contact and what it shows as one line of contacts.jsonl (docs/events.md).
 * What must not be written of a person is left out here and nowhere else: never a cookie, a login,
 * a body or a query, the Referer only by origin, and raw bytes only with `capture: all`. The same
 * goes for raw bytes of what malware has stolen (ush_beacon.rest). A record borrows all it is made
 * of; it belongs to one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"
#include "sinkhole/evidence/contact.h"
#include "sinkhole/evidence/finding.h"

/* What is the same for all events of a while. */
struct ush_record_context {
	const char *observer;
	bool drill;
	enum ush_capture capture;
	uint32_t list_serial; /* 0: no list */
};

struct ush_record {
	const struct ush_contact *contact;
	const struct ush_finding *finding;
	const struct ush_record_context *context;
	/* Texts as far as they may be written and fit. */
	struct ush_text method, version, host, path, query, referrer, agent, page, via;
	size_t raw_kept; /* bytes of contact->raw that are written */
	bool with_raw;   /* their number and hash are */
	size_t room;     /* bytes that the line needs at most, never above USH_EVENT_MAX */
	char host_text[USH_NAME_TEXT_MAX];
	struct ush_digests *digests; /* set once by the owner of the record */
};

/* Decides what is written. */
void ush_record_prepare(struct ush_record *out, const struct ush_contact *contact,
    const struct ush_finding *finding, const struct ush_record_context *context);

/* Writes the line with its newline into buf, which has record->room bytes. Returns its length. */
size_t ush_record_write(
    struct ush_record *record, char *buf, const char *event_id, uint64_t sequence);
