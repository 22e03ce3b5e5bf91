/* SPDX-License-Identifier: BSD-3-Clause */
/* events.h - a DNS event as one line of dns.jsonl (docs/events.md). Builds into the calling
 * thread's ring; never waits, never allocates. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"
#include "common/eventlog.h"
#include "common/name.h"
#include "module/decision.h"

/* What happened. For all but SHADOWED, LEAKED and MONITOR see the decision's action. */
enum ush_dns_outcome {
	USH_DNS_ACTED,    /* the decision's action was carried out */
	USH_DNS_MONITOR,  /* recorded and resolved */
	USH_DNS_SHADOWED, /* answered from the operator's own zones */
	USH_DNS_LEAKED,   /* answered from the cache although listed */
};

#define USH_CLAIMED_ID_MAX 64
#define USH_RESOLVED_MAX 8 /* addresses of an answer that are recorded: the lowest ones */

/* What the question came over. */
enum ush_carrier {
	USH_CARRIER_UDP,
	USH_CARRIER_TCP,
	USH_CARRIER_TLS,
	USH_CARRIER_HTTPS,
	USH_CARRIER_QUIC
};

/* One event; everything is borrowed for the call. */
struct ush_dns_event {
	uint64_t time_ms;
	enum ush_dns_outcome outcome;
	const struct ush_decision *decision;
	struct ush_address client;
	uint16_t client_port;
	struct ush_address server; /* the resolver's address that was asked; family 0: not known */
	uint16_t server_port;
	enum ush_carrier carrier;
	const struct ush_name *qname;
	uint16_t qtype;
	uint16_t qclass;
	int rcode;                                     /* -1: dropped, no answer */
	struct ush_address resolved[USH_RESOLVED_MAX]; /* that were answered; family 0: no more */
	bool cached;
	uint64_t repeat; /* not 0: so many, from time_ms to last_ms */
	uint64_t last_ms;
	struct ush_network claimed;          /* base.family 0: none */
	char claimed_id[USH_CLAIMED_ID_MAX]; /* as received, ended by a NUL; "": none */
};

/* Adds an address of an answer to event->resolved. They stand in the order of their octets, IPv4 first:
 * servers rotate their answers, and events of the same addresses are of the same kind (repeats.h). */
void ush_resolved_add(
    struct ush_address resolved[USH_RESOLVED_MAX], const struct ush_address *address);

/* The name asked for once and the one listed three times, each octet up to five characters ("\\123"
 * in JSON); the feed's name twice, those of campaign, software and sensor once, each octet up to six
 * ("\u0001"): 12 KiB hold every event. */
#define USH_DNS_EVENT_MAX 12288

/* Writes the line. False if there was no room: the ring has counted it. */
bool ush_dns_event_write(
    struct ush_ring *ring, const struct ush_dns_event *event, const char *observer, bool drill);

/* "A", "HTTPS", "TYPE4711"; buf is used for the last kind. */
#define USH_TYPE_TEXT_MAX 16
const char *ush_type_text(uint16_t type, char buf[USH_TYPE_TEXT_MAX]);
const char *ush_rcode_text(int rcode);
