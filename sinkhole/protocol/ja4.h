/* SPDX-License-Identifier: BSD-3-Clause */
/* ja4.h - the JA4 fingerprint of a ClientHello: "t13d1516h2_8daaf6152771_e5627efa2ab1". Software
 * that shuffles what it offers keeps its fingerprint. Any thread may call, with digests of its own.
 */
#pragma once

#include "common/attr.h"
#include "sinkhole/protocol/digest.h"
#include "sinkhole/protocol/hello.h"

#define USH_JA4_MAX 37

/* -1 if it lists more than is kept of it, is framed as SSL 2 did, or the hash cannot be made. */
USH_MUST_CHECK int ush_ja4_make(
    char out[USH_JA4_MAX], const struct ush_hello *hello, struct ush_digests *digests);
