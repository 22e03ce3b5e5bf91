/* SPDX-License-Identifier: BSD-3-Clause */
/* export.h - gives a list away in the formats of other resolvers. What each name gets is asked from
 * the lookup itself, so an export does what our resolver would do, overrides and never-block
 * entries included. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "zones/blocklist.h"
#include "zones/policy.h"

/* Which of the rules; zeroed: all. */
struct ush_export_choice {
	const char *campaign;   /* its rules alone */
	const char *confidence; /* "high", "medium" or "low": rules of this one or a higher one */
	const char *since;      /* YYYY-MM-DD: rules that were listed on this day or later */
};

/* Numbers of rules are below it by 2^30, so that they stay below 2^32. */
#define USH_EXPORT_SID_MAX 3000000000u

struct ush_export_options {
	const struct ush_blocklist *list; /* opened with USH_PART_ALL */
	const struct ush_policy *policy;  /* NULL: actions as compiled */
	const char *origin;               /* name of the zone, for formats that are one */
	struct ush_address sinkhole4;     /* instead of each campaign's own; family 0: none */
	struct ush_address sinkhole6;
	struct ush_export_choice choice;
	const char *garden; /* rpz: a name that sinkholed ones are aliases of; NULL: addresses */
	const char *tag;    /* unbound: of all zones; NULL: none */
	bool explain;       /* rpz: campaign and feed as TXT beside the addresses */
	uint32_t serial;    /* of the SOA; 0: the list's */
	uint32_t ttl;
	uint32_t first_sid; /* suricata: at most USH_EXPORT_SID_MAX */
	FILE *to;
};

/* What became of the rules. */
struct ush_export_result {
	uint64_t written;   /* names and networks */
	uint64_t passed;    /* carved out of something listed */
	uint64_t monitored; /* record-only, which no other resolver can do: left out */
	uint64_t unchosen;  /* left out: by confidence or age */
	uint64_t unsaid;    /* of these: the feed says nothing of it */
	uint64_t networks;  /* left out: the format has no response addresses */
	uint64_t too_long;  /* left out: with the zone's name over 255 octets */
	uint64_t unsafe;    /* left out: in this format the name would mean something else */
	uint64_t inexact;   /* the format cannot say it as precisely */
};

struct ush_export_format;

/* NULL if there is no such format. */
const struct ush_export_format *ush_export_format_find(const char *name);
/* The formats' names by number; NULL behind the last one. For --help. */
const char *ush_export_format_name(size_t i);
/* Whether it is a zone, with an SOA serial that must only move forward. */
bool ush_export_is_zone(const struct ush_export_format *format);

USH_MUST_CHECK int ush_export_run(const struct ush_export_format *format,
    const struct ush_export_options *options, struct ush_export_result *result,
    struct ush_error *err);
