/* SPDX-License-Identifier: BSD-3-Clause */
/* stix.h - how a rule is said in STIX 2.1: the same rule in the same words in each export, so that it
 * has the same UUID. Any thread. */
#pragma once

enum ush_stix_kind { USH_STIX_NAME, USH_STIX_IPV4, USH_STIX_IPV6, USH_STIX_URL };

/* A pattern that compares one value: a name, a network (a single address without its length), or a URL
 * without "http://". What ends a text
 * in a pattern is escaped. For the caller to free(); NULL: no memory. */
char *ush_stix_pattern(enum ush_stix_kind kind, const char *value);

/* The number of a feed's word for its confidence; -1: it is none. */
int ush_stix_confidence(const char *word);
