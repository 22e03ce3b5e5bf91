/* SPDX-License-Identifier: BSD-3-Clause */
/* event_read.h - one line of an event log (docs/events.md) as a struct. The line may be anything:
 * what does not hold together is refused, what is too long is cut, words from a later version are
 * passed over. Any thread may call; an event belongs to the caller that read it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/event.h"

enum ush_dataset { USH_IN_DNS, USH_IN_CONTACTS, USH_IN_STATE };

/* A decoded beacon; "" where it did not say. */
struct ush_profile {
	const char *family;
	const char *channel; /* body or cookie */
	const char *details; /* what the family's decoder found, as a JSON object of strings */
	const char *fields;  /* what else decoded, separated by blanks */
	const char *text;    /* as decoded */
};

/* A state line. */
struct ush_state {
	const char *writer;
	const char *reason;
	const char *version;
	const char *boot_id;
	const char *mode;
	const char *list_state;
	const char *list_reason;     /* why the newest list file is not in use; "": it is */
	const char *settings_reason; /* the same of the settings */
	const char *figures;         /* the writer's counters as a JSON object of numbers */
	uint64_t written;
	uint64_t lost;
	uint64_t list_serial;
	uint64_t list_built_ms; /* 0: not said */
	uint64_t list_rules;
	int64_t clock_offset_ms;
	bool is_heartbeat; /* nothing is said but writer and reason */
	bool has_list;
	bool clock_known;
	bool clock_synchronised;
};

/* Strings are "" where the line had none; they are valid UTF-8 without NUL and live as long as
 * `memory`. */
struct ush_event {
	char *memory; /* owned */
	enum ush_dataset dataset;
	uint64_t time_ms;
	uint64_t first_ms; /* of the first of them; else time_ms */
	uint64_t last_ms;
	uint64_t repeat; /* how many events the line stands for, at least 1 */
	const char *action;
	const char *id;
	const char *observer;
	bool drill;
	char host[USH_ADDRESS_TEXT_MAX]; /* source.ip in RFC 5952 form; "" in state lines and of
	                                    several hosts */
	const char *campaign;
	const char *software;
	const char *rule;
	const char *rule_name;
	const char *claimed; /* addresses, separated by blanks */
	const char *proxy;
	/* DNS */
	const char *qname;
	const char *qtype;
	const char *trigger;
	bool is_selected;     /* not all of its kind are written one by one: the times say little */
	const char *resolved; /* addresses that were answered, separated by blanks */
	/* contacts */
	unsigned marks;         /* enum ush_evidence */
	const char *mark_words; /* what spoke for them, separated by blanks */
	const char *transport;
	const char *protocol;
	const char *destination;
	uint64_t port;
	const char *method;
	const char *domain;
	const char *path;
	const char *agent;
	const char *page;      /* origin of the web page that made the browser send it */
	const char *via;       /* the Via header */
	const char *tunnel;    /* target of the CONNECT that it came in */
	const char *reference; /* on the page that was shown */
	bool in_tls;           /* it came in TLS that was answered */
	const char *server_name;
	uint64_t feed_line;
	bool has_beacon;
	struct ush_profile beacon;
	struct ush_state state;
};

/* Read line[0..len) (the newline may be left out). Returns 0 and *out, to be ended with
 * ush_event_fini(); or -1: no such event, and nothing to end. */
USH_MUST_CHECK int ush_event_read(struct ush_event *out, const char *line, size_t len);
void ush_event_fini(struct ush_event *event);

/* What happened, as text for people, without host and time: "POST www.example.jp/path". Returns
 * what it happened with (listed name, host called, server name), borrowed from the event. */
#define USH_DETAIL_MAX 2304
const char *ush_event_describe(const struct ush_event *event, char detail[USH_DETAIL_MAX]);
