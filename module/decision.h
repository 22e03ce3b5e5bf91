/* SPDX-License-Identifier: BSD-3-Clause */
/* decision.h - what a name, an address or an answer means under the lists in force, and what to
 * say.
 *
 * Pure functions over a view (lists.h): any thread that is inside may call them, nothing allocates
 * or waits. Pointers in a hit live until the reader leaves; a decision's strings too, unless they
 * are copied. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"
#include "common/name.h"
#include "common/settings.h"
#include "module/lists.h"
#include "zones/blocklist.h"

/* How a client is treated, by its address. */
enum ush_client {
	USH_CLIENT_NORMAL,
	USH_CLIENT_MONITOR, /* recorded only */
	USH_CLIENT_EXEMPT,  /* neither sinkholed nor recorded */
};

enum ush_trigger {
	USH_TRIGGER_QNAME,
	USH_TRIGGER_CNAME,
	USH_TRIGGER_RESPONSE_IP,
	USH_TRIGGER_CANARY,
};
const char *ush_trigger_text(enum ush_trigger trigger);

/* The rule that a name or address met. action is the effective one: by overrides and by the mode,
 * so that a rule to sinkhole is MONITOR in mode monitor. */
struct ush_hit {
	const struct ush_generation *generation;
	enum ush_trigger trigger;
	enum ush_action action;
	struct ush_match match; /* unset for the canary */
};

/* True if something here may have an opinion at all: some generation that is not off. */
bool ush_view_active(const struct ush_view *view);
/* True if answers may be forged: clients that are treated differently must then not share answers.
 */
bool ush_view_enforces(const struct ush_view *view);
bool ush_view_has_networks(const struct ush_view *view);

enum ush_client ush_client_of(const struct ush_view *view, const struct ush_address *address);
/* Whether this address may tell us of others behind it (trusted-forwarders). */
bool ush_client_is_forwarder(const struct ush_view *view, const struct ush_address *address);

/* The rule for a name if records of this type are asked for, as QNAME or (is_qname false) as a name
 * further down an alias chain. The pending generation's rule counts before the current one's.
 * False: not listed, or a type that the rule leaves alone (see ush_is_for_validators). */
bool ush_find_name(const struct ush_view *view, const struct ush_name *name, uint16_t qtype,
    bool is_qname, struct ush_hit *hit);
/* Types that a validator behind this resolver needs to prove names below the one it asks for: they
 * are resolved as they are unless the rule covers those names too. A passthru rule counts for them
 * as for all others. */
bool ush_is_for_validators(uint16_t qtype);
/* Whether the newest list's never-block entries save this name and all that it leads to. */
bool ush_is_never_blocked(const struct ush_view *view, const struct ush_name *name);
/* The rule for an address inside an answer. */
bool ush_find_address(
    const struct ush_view *view, const struct ush_address *address, struct ush_hit *hit);
/* Whether a rule takes precedence over one that another part of the same answer met: its feed comes
 * first. Of two generations the pending one's. */
bool ush_hit_precedes(
    const struct ush_view *view, const struct ush_hit *hit, const struct ush_hit *other);
/* The IPv4 address that DNS64 made this IPv6 address of, by the well-known prefix or the host's
 * own. */
bool ush_address_behind_dns64(
    const struct ush_view *view, const struct ush_address *address, struct ush_address *behind);
/* Whether the real answer must not reach ordinary clients: every action but passthru and monitor.
 */
bool ush_hit_forbids(const struct ush_hit *hit);

/* All that answer and event need to know of a hit. */
struct ush_decision {
	enum ush_trigger trigger;
	enum ush_action action;
	bool drill;
	bool subdomains;                 /* the rule covers names below */
	struct ush_name rule_name;       /* the listed name; unset for response-ip */
	struct ush_network rule_network; /* response-ip only */
	const char *feed;
	const char *campaign;        /* "" for the canary */
	const char *software;        /* "" if unknown */
	struct ush_address address4; /* the campaign's; family 0: none */
	struct ush_address address6;
	uint32_t ttl;
	uint32_t serial;
	enum ush_recording recording; /* which of its events are written */
};

/* `met` is the name or NULL and `address` the address or NULL that gave the hit. */
void ush_decision_of(const struct ush_hit *hit, const struct ush_name *met,
    const struct ush_address *address, struct ush_decision *decision);

/* What to answer: rcode, addresses, and for empty answers where the SOA stands. */
struct ush_plan {
	uint8_t rcode;               /* 0 or 3 */
	unsigned owner_labels;       /* SOA owner: the rightmost labels of QNAME */
	struct ush_address address4; /* family 0: not answered */
	struct ush_address address6;
	uint32_t ttl;
	uint32_t serial;
	bool loopback_withheld; /* an address was held back: the client is not on loopback, it is */
};
#define USH_RCODE_NOERROR 0
#define USH_RCODE_NXDOMAIN 3
#define USH_TYPE_A 1
#define USH_TYPE_NS 2
#define USH_TYPE_CNAME 5
#define USH_TYPE_SOA 6
#define USH_TYPE_AAAA 28
#define USH_TYPE_DS 43
#define USH_TYPE_RRSIG 46
#define USH_TYPE_NSEC 47
#define USH_TYPE_DNSKEY 48
#define USH_TYPE_NSEC3 50
#define USH_TYPE_NSEC3PARAM 51
#define USH_TYPE_ANY 255

/* For actions sinkhole, nxdomain and nodata. `client` may be NULL (no client waits). */
void ush_plan_answer(const struct ush_decision *decision, const struct ush_name *qname,
    uint16_t qtype, const struct ush_address *client, struct ush_plan *plan);

/* Which clients wait for one answer that must not reach ordinary clients. */
struct ush_waiting {
	unsigned normal;
	unsigned special;  /* exempt or monitor-only: the real answer is theirs */
	bool inside;       /* Unbound itself needs the real answer */
	bool same_for_all; /* all of them must get the same */
};
enum ush_settlement {
	USH_SETTLE_LEAVE,  /* leave the answer as it is */
	USH_SETTLE_ANSWER, /* replace it */
	USH_SETTLE_SPLIT,  /* replace it for ordinary clients */
	USH_SETTLE_DEFER,  /* answer no client: one answer cannot be right for all */
};
enum ush_settlement ush_settle(const struct ush_waiting *waiting);
