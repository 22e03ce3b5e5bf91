/* SPDX-License-Identifier: BSD-3-Clause */
/* words.h - what the words of a line, in English or Japanese, say of the indicators near them. Values
 * only, any thread may call. */
#pragma once

#include <stdbool.h>

/* What a thing is, by the words around it. */
enum ush_near {
	USH_NEAR_NOTHING,
	USH_NEAR_REFERENCE,  /* further reading, credits */
	USH_NEAR_VICTIM,     /* only by a heading */
	USH_NEAR_DECOY,      /* harmless in itself: what victims are shown, what is imitated */
	USH_NEAR_INDICATORS, /* indicators, of no kind that is said */
	USH_NEAR_MALWARE,    /* samples */
	USH_NEAR_DELIVERY,   /* droppers, downloads, broken-into sites */
	USH_NEAR_C2,
};

/* "C2", "delivery", ...; "" for nothing. */
const char *ush_near_text(enum ush_near near);

/* Of a line (plain.h). Where there are words for several, the first of these counts: C2, broken-into
 * sites, decoys, delivery, malware, indicators, references. */
enum ush_near ush_near_of(const char *plain);

/* Of a heading whose own words say `own`: also whether it names victims. */
enum ush_near ush_near_of_heading(const char *plain, enum ush_near own);

/* Whether the words say that something is talked to: enough for a name in running text. */
bool ush_says_contact(const char *plain);
/* Whether they say that what stands there is harmless, whatever the heading says. */
bool ush_says_harmless(const char *plain);
/* Whether they name indicators, or things that can be ones: enough for the title of a list. */
bool ush_says_indicators(const char *plain);
/* Whether they say that the name behind them is a registrar's, a provider's, a name server's or one of a
 * certificate; that it is what others imitate. */
bool ush_says_provider(const char *before);
bool ush_says_imitated(const char *before);
/* Whether they say that numbers with dots are versions. */
bool ush_says_version(const char *before);

enum ush_heading {
	USH_HEADING_NONE,
	USH_HEADING_LIKELY, /* short, without the end of a sentence */
	USH_HEADING_SURE,   /* marked as one */
};

/* Whether a line is a heading, by itself and its neighbours ("" where there is none). */
enum ush_heading ush_heading_of(const char *before, const char *plain, const char *after);
