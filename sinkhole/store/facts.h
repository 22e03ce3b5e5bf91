/* SPDX-License-Identifier: BSD-3-Clause */
/* facts.h - what one event shows, in one word. The logs hold evidence as lists of marks; here each
 * event becomes the one strongest fact it proves, and calls.h concludes from counted facts. Values
 * only, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The words of sinkhole.evidence as bits, in the order in which they are printed. */
enum ush_mark {
	USH_MARK_DECODED = 1u << 0,
	USH_MARK_C2_URL = 1u << 1,
	USH_MARK_C2_PATH = 1u << 2,
	USH_MARK_LISTED_HOST = 1u << 3,
	USH_MARK_AUTOMATION = 1u << 4,
	USH_MARK_BROWSER = 1u << 5,
	USH_MARK_PREFETCH = 1u << 6,
	USH_MARK_EMBEDDED = 1u << 7,
	USH_MARK_SCANNER = 1u << 8,
	USH_MARK_TLS_ONLY = 1u << 9,
	USH_MARK_RAW = 1u << 10,
	USH_MARK_SILENT = 1u << 11,
	USH_MARK_PLANTED = 1u << 12, /* sinkhole.path_kind */
	USH_MARK_PLAUSIBLE = 1u << 13,
};

/* The bit of a word; 0 for a word that this version does not know. */
unsigned ush_mark_from_text(const char *word);
/* "c2-url planted automation" into buf; returns buf. */
const char *ush_marks_to_text(unsigned marks, char *buf, unsigned size);

/* Strongest first. The numbers stand in the store: its schema version changes when they do. */
enum ush_fact {
	USH_FACT_BEACON,       /* a beacon that decodes */
	USH_FACT_PLANTED,      /* a planted URL, with automation's marks */
	USH_FACT_PLANTED_PATH, /* its path alone, on another host or none */
	USH_FACT_PLAUSIBLE,    /* a plausible listed URL, with automation's marks */
	USH_FACT_AUTOMATION,   /* a listed host, with automation's marks */
	USH_FACT_URL_UNMARKED, /* a listed URL, with no marks either way */
	USH_FACT_RAW,          /* bytes that are neither HTTP nor TLS */
	USH_FACT_BROWSER,      /* a browser's marks, at whatever URL */
	USH_FACT_SCANNER,      /* a scanner's marks */
	USH_FACT_HTTP,         /* any other HTTP */
	USH_FACT_TLS,          /* a ClientHello and nothing readable */
	USH_FACT_SILENT,       /* connected and sent nothing */
	USH_FACT_DNS,          /* asked for a listed name and was given the sinkhole */
	USH_FACT_DNS_OTHER,    /* asked for a listed name and was given something else */
	USH_FACT_CANARY_HIT,   /* a test's contact */
	USH_FACT_CANARY_DNS,   /* a test's question */
	USH_FACT_TLS_OTHER,    /* a ClientHello that names no listed host */
	USH_FACT_FOLDED,       /* contacts beyond a limit: their number alone */
	USH_FACTS
};

/* "beacon", "planted", ...: for --json. */
const char *ush_fact_text(enum ush_fact fact);
/* "sent a beacon that decodes": completes "this host …". */
const char *ush_fact_phrase(enum ush_fact fact);
/* True for what was seen at the sinkhole, false for what was seen in DNS. */
bool ush_fact_is_contact(enum ush_fact fact);

/* The fact of a contact, by its marks and event.action. */
enum ush_fact ush_fact_of_contact(unsigned marks, const char *action);
/* The fact of a DNS event, by event.action. */
enum ush_fact ush_fact_of_dns(const char *action);
