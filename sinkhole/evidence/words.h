/* SPDX-License-Identifier: BSD-3-Clause */
/* words.h - the words of sinkhole.evidence and sinkhole.path_kind in contacts.jsonl, as bits. The
 * one list of them: sinkholed writes them, the store reads them. Pure, any thread may call. */
#pragma once

enum ush_evidence {
	USH_EVIDENCE_DECODED = 1u << 0,       /* a beacon that a family decoder read */
	USH_EVIDENCE_C2_URL = 1u << 1,        /* a listed URL */
	USH_EVIDENCE_C2_PATH = 1u << 2,       /* the path of one, on another host or none */
	USH_EVIDENCE_LISTED_HOST = 1u << 3,   /* a listed host */
	USH_EVIDENCE_UNLISTED_HOST = 1u << 4, /* it names a host, and that is not listed */
	USH_EVIDENCE_AUTOMATION = 1u << 5,    /* a program's marks */
	USH_EVIDENCE_FAMILY_AGENT = 1u << 6,  /* the user agent of a family's samples */
	USH_EVIDENCE_UPLOAD = 1u << 7,        /* POST or PUT: no link-follower sends that */
	USH_EVIDENCE_BROWSER = 1u << 8,       /* a browser's marks */
	USH_EVIDENCE_PAGE = 1u << 9,          /* a web page made the browser send it */
	USH_EVIDENCE_PREFETCH = 1u << 10,
	USH_EVIDENCE_EMBEDDED = 1u << 11,
	USH_EVIDENCE_SCANNER = 1u << 12,
	USH_EVIDENCE_TLS_ONLY = 1u << 13,
	USH_EVIDENCE_RAW = 1u << 14,
	USH_EVIDENCE_SILENT = 1u << 15,
	USH_EVIDENCE_HINT = 1u << 16, /* too little for BROWSER, but what only browsers send */
	/* sinkhole.path_kind */
	USH_EVIDENCE_PLANTED = 1u << 17,
	USH_EVIDENCE_PLAUSIBLE = 1u << 18,
};
#define USH_EVIDENCE_COUNT 17 /* words of sinkhole.evidence: bits 0 to 16 */
#define USH_EVIDENCE_TEXT_MAX 256

/* The word for bit number `bit` of sinkhole.evidence. */
const char *ush_evidence_word(unsigned bit);
/* The bit of a word; 0 for a word that this version does not know. */
unsigned ush_evidence_from_text(const char *word);
/* "c2-url automation planted" into buf; returns buf. */
const char *ush_evidence_to_text(unsigned evidence, char buf[USH_EVIDENCE_TEXT_MAX]);
