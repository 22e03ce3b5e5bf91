/* SPDX-License-Identifier: BSD-3-Clause */
/* format.h - the blocklist file, byte by byte (docs/database.md says why). Private to zones/.
 *
 * A header, then the sections, each padded to 64 bytes, each directly after the one before. All
 * numbers are little endian. The header holds a checksum of every section (padding included) and
 * ends with its own, so nothing in the file is outside a checksum, and a reader can verify just the
 * sections that it wants. Texts are offsets into a section of NUL-terminated strings whose first
 * byte is NUL: offset 0 is "". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/name.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file is read as it lies in memory");

#define USH_DB_MAGIC "USHLIST\x1a"
#define USH_DB_VERSION 3u
#define USH_DB_BYTE_ORDER 0x01020304u
#define USH_DB_ALIGN 64u
#define USH_DB_SECRET_BYTES 192u

#define USH_DB_CLASSES_MAX 16384u /* a class id has 14 bits */
#define USH_DB_SLOT_FIRST 2u      /* slot 1 is the canary's */
#define USH_DB_SLOT_LAST 254u     /* .255 is often taken for a broadcast address */

/* Slots that no campaign is ever given: no answer leads to their addresses, so what calls there tries
 * addresses. */
static inline bool
ush_db_slot_is_decoy(uint32_t slot)
{
	return slot % 64 == 50;
}

enum ush_db_section_id {
	USH_DB_STRINGS, /* of feeds and campaigns */
	USH_DB_FEEDS,
	USH_DB_CAMPAIGNS,
	USH_DB_CLASSES,
	USH_DB_NAMES,    /* struct ush_db_bucket */
	USH_DB_FILTER,   /* uint64_t */
	USH_DB_NETWORKS, /* struct ush_db_network, sorted */
	USH_DB_URLS,     /* struct ush_db_url, sorted */
	USH_DB_SOURCES,  /* struct ush_db_source, one a rule number */
	USH_DB_METAS,    /* struct ush_db_meta, what many sources share */
	USH_DB_NOTES,    /* struct ush_db_note: indicators that are no rules */
	USH_DB_TEXTS,    /* strings of sources, metas and notes */
	USH_DB_SECTIONS,
};

struct ush_db_checksum {
	uint64_t low;
	uint64_t high;
};

struct ush_db_section {
	uint64_t offset;
	uint64_t bytes; /* multiple of USH_DB_ALIGN, zero-padded */
	uint64_t count; /* records; bytes of text for strings */
	struct ush_db_checksum checksum;
};

/* How the networks lie: those of one family and prefix length are one range. starts[i]..starts[i+1]
 * holds IPv4 /i for i of 0..32, and IPv6 /(i-33) from 33 on. */
#define USH_DB_NETWORK_RANGES (33u + 129u)

struct ush_db_header {
	char magic[8];
	uint32_t version;
	uint32_t byte_order;
	uint64_t file_bytes;
	uint64_t built_ms;
	uint32_t serial;
	uint32_t home_buckets; /* buckets that names hash to; more may follow for what spills */
	uint64_t names;        /* rules */
	uint64_t depths;       /* bit n: some listed name has n labels (63: or more) */
	uint8_t secret[2][USH_DB_SECRET_BYTES]; /* random; keys the two halves of a fingerprint */
	uint32_t network_starts[USH_DB_NETWORK_RANGES + 2]; /* the last is padding, zero */
	struct ush_db_section sections[USH_DB_SECTIONS];
	uint8_t zero[8];
	struct ush_db_checksum checksum; /* of all before it */
};
_Static_assert(sizeof(struct ush_db_header) == 1600, "no holes, and a multiple of USH_DB_ALIGN");

/* Names: buckets of two cache lines with nine rules each, eight on average: 16 bytes a name.
 * A name's home is its `high` scaled to home_buckets; rules are laid in ascending order of (high,
 * low, class), each as near behind its home as there is room. A free place has rule 0: no scope. A
 * fingerprint's 96 bits lie in three pieces, so that the first cache line alone shows that a name
 * is not listed. */
#define USH_DB_BUCKET_RULES 9u
#define USH_DB_BUCKET_MEAN 8u

struct ush_db_bucket {
	uint16_t tag[USH_DB_BUCKET_RULES]; /* bits 15-0 of `high` */
	uint16_t spills; /* 1: rules at home here (or before) lie in the next one */
	uint16_t low[USH_DB_BUCKET_RULES];    /* bits 15-0 of `low` */
	uint16_t rule[USH_DB_BUCKET_RULES];   /* USH_DB_SCOPE_* and class id */
	uint64_t middle[USH_DB_BUCKET_RULES]; /* the rest of both */
};
_Static_assert(sizeof(struct ush_db_bucket) == 128, "two cache lines");

/* The filter in front of the buckets is two Bloom filters of 64-bit words, each key with its bits
 * in one word. The near one has the last two labels of every rule. Most names end with one access
 * to it, to a place that they share with their whole domain; it is kept small so that it stays near
 * the processor, and lets through what it cannot tell. The far one, behind it in the section, has
 * the last three labels of a rule (or its only two). Rules of less than two labels (a list has
 * none, as a rule) switch both off. */
#define USH_DB_NEAR_NAMES 12u /* to a word */
#define USH_DB_FAR_NAMES 8u

static inline uint32_t
ush_db_near_words(uint64_t names)
{
	return (uint32_t)(names / USH_DB_NEAR_NAMES + 1);
}

static inline uint32_t
ush_db_far_words(uint64_t names)
{
	return (uint32_t)(names / USH_DB_FAR_NAMES + 1);
}

static inline uint32_t
ush_db_filter_word(uint64_t high, uint32_t words)
{
	return (uint32_t)((unsigned __int128)high * words >> 64);
}

static inline uint64_t
ush_db_near_bits(uint64_t high)
{
	return UINT64_C(1) << (high & 63) | UINT64_C(1) << (high >> 6 & 63) |
	       UINT64_C(1) << (high >> 12 & 63);
}

static inline uint64_t
ush_db_far_bits(uint64_t high)
{
	return UINT64_C(1) << (high >> 18 & 63) | UINT64_C(1) << (high >> 24 & 63) |
	       UINT64_C(1) << (high >> 30 & 63) | UINT64_C(1) << (high >> 36 & 63);
}

#define USH_DB_SCOPE_EXACT 0x8000u
#define USH_DB_SCOPE_BELOW 0x4000u
#define USH_DB_CLASS_MASK 0x3fffu

struct ush_db_network {
	uint8_t octets[16]; /* IPv4 in the first four */
	uint8_t family;     /* 4 or 6 */
	uint8_t bits;
	uint16_t class_id;
	uint32_t zero;
};

#define USH_DB_URL_PLANTED 1u
#define USH_DB_URL_HOST_GUESSED 2u /* the report gives the path alone */

/* Sorted by path, then host, then class. */
struct ush_db_url {
	uint64_t path;
	uint64_t host;
	uint32_t path_low;
	uint32_t host_low;
	uint32_t line;
	uint16_t class_id;
	uint16_t flags;
};

#define USH_DB_CLASS_NEVER_BLOCK 1u

/* Sorted by precedence: never-block classes first, then in the order of the feeds. */
struct ush_db_class {
	uint32_t feed;
	uint32_t campaign;
	uint8_t action;
	uint8_t flags;
	uint16_t zero;
};

struct ush_db_feed {
	uint32_t name;
	uint32_t file;
	uint32_t date;
	uint32_t reference;
	uint64_t indicators; /* that were good: what the shrink guard compares */
};

#define USH_DB_CAMPAIGN_RETIRED 1u /* not on this list; keeps its slot from others */

struct ush_db_campaign {
	uint32_t name;
	uint32_t software;
	uint32_t slot; /* 0: needs none, as nothing of it is sinkholed */
	uint32_t flags;
};

/* Rules are numbered: places in buckets (used or not), then networks, then URLs. */
struct ush_db_source {
	uint32_t trigger; /* text */
	uint32_t line;
	uint32_t meta;
};

struct ush_db_meta {
	uint32_t added;
	uint32_t expires;
	uint32_t confidence;
	uint32_t raw;
	uint32_t remark;
	uint32_t report_line;
};

struct ush_db_note {
	uint32_t type; /* text: sha256, filename, ... */
	uint32_t feed;
	struct ush_db_source source;
};

struct ush_db_fingerprint {
	uint64_t high;
	uint32_t low;
};

static inline uint64_t
ush_db_middle(struct ush_db_fingerprint print)
{
	return (print.high & ~UINT64_C(0xffff)) | print.low >> 16;
}

/* The bucket where the search for a fingerprint starts. */
static inline uint32_t
ush_db_home(uint64_t high, uint32_t home_buckets)
{
	return (uint32_t)((unsigned __int128)high * home_buckets >> 64);
}

/* Bit of header.depths for a name of that many labels. */
static inline uint64_t
ush_db_depth(unsigned labels)
{
	return UINT64_C(1) << (labels < 63 ? labels : 63);
}
