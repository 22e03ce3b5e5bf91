/* SPDX-License-Identifier: BSD-3-Clause */
/* format.h - an export from inside, and what each format has to supply. Private to zones/export. To
 * add a format: a file with its struct ush_export_format, and a row in formats.c. */
#pragma once

#include "common/endpoint.h"
#include "zones/export/export.h"

enum ush_effect_kind {
	USH_EFFECT_NOTHING, /* resolves; nothing needs to be said */
	USH_EFFECT_PASS,    /* resolves although something else lists it: has to be said */
	USH_EFFECT_ACT,
};

struct ush_effect {
	enum ush_effect_kind kind;
	enum ush_action action; /* ACT */
	uint32_t class_id;      /* ACT */
	uint32_t rule;          /* ACT, PASS: for ush_blocklist_source() */
	bool monitored;         /* it resolves because the rule only records */
	bool unchosen;          /* a rule for it was left out by the choice */
	bool unsaid;            /* and its feed says nothing of what was chosen by */
};

/* What happens to a name, and to what is below it unless said otherwise. The name has letters,
 * digits, hyphens and underscores alone: it can stand in any format without quoting. */
struct ush_owner {
	const struct ush_name *name;
	const char *text; /* the same name, without trailing dot */
	struct ush_effect self;
	struct ush_effect below;
};

/* A listed URL on a host that is blocked. */
struct ush_export_url {
	const char *host; /* as ush_owner.text */
	const char *path; /* begins with '/', printable ASCII without blanks and quotes */
	struct ush_effect effect;
	bool planted;
};

/* An address with a port that a feed names. No resolver sees it, so it is no rule of the list. */
struct ush_export_port {
	const struct ush_endpoint *endpoint;
	const char *protocol; /* "tcp", "udp"; "": not said */
	const struct ush_source *source;
};

/* One export. */
struct ush_export {
	const struct ush_export_options *options;
	struct ush_export_result *result;
	struct ush_name origin; /* of zones */
	uint64_t items;         /* that the format has written, for its own use */
	void *state;            /* the format's own, from begin to end; NULL */
	/* rpz: what stands between an owner, without its zone, and the type. */
	char behind_owner[USH_NAME_TEXT_MAX + 32];
};

struct ush_export_format {
	const char *name;
	const char *comment; /* what a comment line begins with; NULL: it has none */
	bool is_zone;        /* has an origin and a serial; a name in between hides the wildcard
	                        above it, so that such names are given too */
	/* What stands before the first name; may be NULL. */
	int (*begin)(struct ush_export *export, struct ush_error *err);
	/* Every name once, in the order of the feeds. Counting what is written is the caller's. NULL: the
	 * format has no names. */
	int (*owner)(
	    struct ush_export *export, const struct ush_owner *owner, struct ush_error *err);
	/* NULL: the format has no response addresses. Host bits are zero. */
	int (*network)(struct ush_export *export, const struct ush_network *network,
	    const struct ush_effect *effect, struct ush_error *err);
	/* NULL: the format has no URLs. */
	int (*url)(
	    struct ush_export *export, const struct ush_export_url *url, struct ush_error *err);
	/* NULL: the format has no ports. */
	int (*port)(
	    struct ush_export *export, const struct ush_export_port *port, struct ush_error *err);
	/* What stands behind the last one; may be NULL. Called after a failure too, to free the state. */
	int (*end)(struct ush_export *export, struct ush_error *err);
};

extern const struct ush_export_format ush_export_adblock;
extern const struct ush_export_format ush_export_csv;
extern const struct ush_export_format ush_export_dnsdist;
extern const struct ush_export_format ush_export_dnsmasq;
extern const struct ush_export_format ush_export_domains;
extern const struct ush_export_format ush_export_hosts;
extern const struct ush_export_format ush_export_misp;
extern const struct ush_export_format ush_export_nftables;
extern const struct ush_export_format ush_export_rpz;
extern const struct ush_export_format ush_export_squid;
extern const struct ush_export_format ush_export_stix;
extern const struct ush_export_format ush_export_suricata;
extern const struct ush_export_format ush_export_unbound;

/* Goes through the names and networks of the list and gives each to the format. */
USH_MUST_CHECK int ush_export_walk(
    const struct ush_export_format *format, struct ush_export *export, struct ush_error *err);

/* The address of each family that a name with this effect is sent to; the number of them, 0 if it is
 * not sinkholed or the sinkhole has none. */
size_t ush_export_addresses(const struct ush_export *export, const struct ush_effect *effect,
    const struct ush_address *out[2]);

/* Whether the same happens, by rules of one class. */
bool ush_effect_is_same(const struct ush_effect *a, const struct ush_effect *b);

/* A network, and a single address without the length of its prefix. Returns buf. */
const char *ush_export_network_text(
    const struct ush_network *network, char buf[USH_NETWORK_TEXT_MAX]);
