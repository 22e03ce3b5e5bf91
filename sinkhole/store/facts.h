/* SPDX-License-Identifier: BSD-3-Clause */
/* facts.h - what one event shows, in one word. The logs hold evidence as lists of words; here each
 * event becomes the one strongest fact it proves, and calls.h concludes from counted facts. Values
 * only, any thread may call. */
#pragma once

#include <stdbool.h>
#include "sinkhole/evidence/words.h"

/* Strongest first; what was seen at the sinkhole stands before what was seen in DNS. The numbers
 * stand in the store: its schema version changes when they do. */
enum ush_fact {
	USH_FACT_BEACON,          /* a beacon that decodes, sent by a program */
	USH_FACT_BEACON_VIA,      /* the same, with the words of a proxy that is not trusted */
	USH_FACT_BEACON_PLANTED,  /* it decodes, and a browser sent it: a page made it do so */
	USH_FACT_POST,            /* a program sends data to a listed URL or host */
	USH_FACT_FAMILY_AGENT,    /* the user agent of a family's samples, at either */
	USH_FACT_PLANTED,         /* a planted URL or path, with a program's marks */
	USH_FACT_PLANTED_QUIET,   /* the same with no marks either way */
	USH_FACT_PLAUSIBLE,       /* a plausible listed URL, with a program's marks */
	USH_FACT_AUTOMATION,      /* a listed host, with a program's marks */
	USH_FACT_URL_QUIET,       /* a plausible listed URL, with no marks either way */
	USH_FACT_RAW,             /* bytes over TCP that are neither HTTP nor TLS */
	USH_FACT_RAW_OTHER,       /* a datagram, whose sender can be forged, or a browser's STUN */
	USH_FACT_BROWSER_PLANTED, /* a browser's marks at a planted URL, and no page that sent it */
	USH_FACT_BROWSER,         /* a browser's marks, at whatever URL */
	USH_FACT_SCANNER,         /* a scanner's marks */
	USH_FACT_HTTP,            /* any other HTTP */
	USH_FACT_TLS,             /* a program's ClientHello for a listed host, nothing readable */
	USH_FACT_TLS_BROWSER,     /* a browser's */
	USH_FACT_TLS_OTHER,       /* a ClientHello that names no host */
	USH_FACT_UNLISTED,        /* HTTP or TLS for a host that is not listed */
	USH_FACT_SILENT,          /* connected and sent nothing */
	USH_FACT_FOLDED,          /* contacts beyond a limit: their number alone */
	USH_FACT_CANARY_HIT,      /* a test's contact */
	USH_FACT_DNS,             /* asked for a listed name and was given the sinkhole */
	USH_FACT_DNS_OTHER,       /* asked for a listed name and was given something else */
	USH_FACT_CANARY_DNS,      /* a test's question */
	USH_FACTS
};

/* "beacon", "planted-url", ...: for --json. */
const char *ush_fact_text(enum ush_fact fact);
/* "sent a beacon that decodes": completes "this host …". */
const char *ush_fact_phrase(enum ush_fact fact);
/* True for what was seen at the sinkhole, false for what was seen in DNS. */
bool ush_fact_is_contact(enum ush_fact fact);

/* The fact of a contact, by its evidence and event.action. `via`: with it came the words of a
 * proxy that is not trusted. */
enum ush_fact ush_fact_of_contact(unsigned evidence, const char *action, bool via);
/* The fact of a DNS event, by event.action. */
enum ush_fact ush_fact_of_dns(const char *action);
