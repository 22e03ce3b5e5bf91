/* SPDX-License-Identifier: BSD-3-Clause */
/* event.h - what the lines of both event logs have in common (docs/events.md has the whole format).
 * An event is one JSON object in Elastic Common Schema names, built with json.h: begin, the
 * writer's own fields, end. Nothing allocates; the time comes in from the caller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/json.h"

#define USH_EVENT_MAX \
	65536 /* bytes of a line, newline included; longer events are trimmed by their writers */
#define USH_EVENT_ID_MAX 64
#define USH_TIME_TEXT_MAX 32
#define USH_OBSERVER_MAX 255 /* bytes; a longer observer.name is a mistake in the settings */

/* The datasets, by which the store distinguishes lines. */
#define USH_DATASET_DNS "sinkhole.dns"
#define USH_DATASET_CONTACT "sinkhole.contact"
#define USH_DATASET_STATE "sinkhole.state"

/* Seconds between a writer's own lines, at most: under a minute, with what a look may come late. */
#define USH_HEARTBEAT_S 55

/* The part every line starts with. All strings are borrowed for the call only. */
struct ush_event_head {
	uint64_t time_ms;     /* since 1970, UTC */
	const char *kind;     /* alert | event | metric (state lines) */
	const char *category; /* one of ECS: network, intrusion_detection, host */
	const char *type;     /* one of ECS: connection, denied, allowed, info, protocol */
	const char *action;   /* what happened, e.g. dns-sinkhole, http-request, state */
	const char *dataset;  /* USH_DATASET_* */
	const char *id;       /* <random per start>-<ring>-<sequence> */
	uint64_t sequence;
	const char *observer; /* host name of this sensor */
};

/* "<random, 16 hex digits>-<ring>-<sequence>" into buf; returns buf. Unique without a system call,
 * and a missing sequence number shows. Ring 0 is the log's own, for state lines. */
const char *ush_event_id(
    char buf[USH_EVENT_ID_MAX], uint64_t random, unsigned ring, uint64_t sequence);

/* Opens the outermost object and writes @timestamp, ecs.version, event.* and observer.name. */
void ush_event_begin(struct ush_json *json, const struct ush_event_head *head);

/* "source": {"ip": ..., "port": ...} or "destination"; port 0 is left out. */
void ush_event_endpoint(
    struct ush_json *json, const char *key, const struct ush_address *address, uint16_t port);

/* Closes the outermost object and appends the newline. Returns the bytes of the line, 0 if it did
 * not fit. */
size_t ush_event_end(struct ush_json *json);

/* RFC 3339, UTC, milliseconds: 2026-11-22T22:11:05.123Z. Returns buf. */
const char *ush_time_to_text(uint64_t time_ms, char buf[USH_TIME_TEXT_MAX]);

/* The wall clock in ms since 1970. */
uint64_t ush_time_now_ms(void);

/* Never set back; to a few milliseconds, for that costs no system call. */
uint64_t ush_monotonic_ms(void);
