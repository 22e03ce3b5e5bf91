/* SPDX-License-Identifier: BSD-3-Clause */
/* sniff.h - which protocol a host speaks, by its first bytes and never by the port: malware talks
 * HTTP to 443 and its own language to 80. The answer does not depend on how TCP cuts the bytes.
 * Pure, any thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Only so many bytes are looked at: no program sends a longer start of a request line. */
#define USH_SNIFF_MAX 1024

enum ush_sniff { USH_SNIFF_MORE, USH_SNIFF_HTTP, USH_SNIFF_TLS, USH_SNIFF_RAW };

/* HTTP is a known method followed by a blank, or any first line with " HTTP/" in it; blank lines
 * before it are passed over, as RFC 9112 section 2.2 asks. MORE: it may still become something else
 * than raw, and len is below USH_SNIFF_MAX. Any other answer stays the same when more bytes
 * follow. */
enum ush_sniff ush_sniff(const uint8_t *data, size_t len);
