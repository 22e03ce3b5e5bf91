/* SPDX-License-Identifier: BSD-3-Clause */
/* sniff.h - which protocol a host speaks, by its first bytes and never by the port: malware talks
 * HTTP to 443 and its own language to 80. Pure, any thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* More than this of text without a line end is no request line that anything would send. */
#define USH_SNIFF_MAX 1024

enum ush_sniff { USH_SNIFF_MORE, USH_SNIFF_HTTP, USH_SNIFF_TLS, USH_SNIFF_RAW };

/* HTTP is a known method followed by a blank, or any first line with " HTTP/" in it; blank lines
 * before it are passed over, as RFC 9112 section 2.2 asks. MORE: it may still become something else
 * than raw. */
enum ush_sniff ush_sniff(const uint8_t *data, size_t len);
