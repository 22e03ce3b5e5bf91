/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/words.h"

#include <stddef.h>
#include <string.h>

/* By bit number. */
static const char *const words[] = {"decoded", "c2-url", "c2-path", "listed-host", "unlisted-host",
    "automation", "family-agent", "upload", "browser", "page", "prefetch", "embedded", "scanner",
    "tls-only", "raw", "silent", "browser-hint", "planted", "plausible"};
#define WORDS (sizeof(words) / sizeof(words[0]))

_Static_assert(1u << (WORDS - 1) == USH_EVIDENCE_PLAUSIBLE, "each bit has its word");

const char *
ush_evidence_word(unsigned bit)
{
	return words[bit];
}

unsigned
ush_evidence_from_text(const char *word)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (strcmp(words[i], word) == 0)
			return 1u << i;
	}
	return 0;
}

const char *
ush_evidence_to_text(unsigned evidence, char buf[USH_EVIDENCE_TEXT_MAX])
{
	char *end = buf;

	*end = '\0';
	for (size_t i = 0; i < WORDS; i++) {
		if ((evidence & 1u << i) == 0)
			continue;
		if (end > buf)
			*end++ = ' ';
		end = stpcpy(end, words[i]);
	}
	return buf;
}
