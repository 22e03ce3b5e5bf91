/* SPDX-License-Identifier: BSD-3-Clause */
/* attempts.h - how often one may try a password: ten times a minute from one address (an IPv6 /64 is
 * one) for one user, and a few times a second in all, since each check costs the processor a
 * noticeable time. Bounded memory; the time comes from the caller. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"

#define USH_ATTEMPTS_KEPT 512

struct ush_attempt {
	uint64_t who; /* address and user, as a number; 0: free */
	uint64_t since_ms;
	unsigned failed;
};

/* Zeroed: nobody has tried. */
struct ush_attempts {
	struct ush_attempt kept[USH_ATTEMPTS_KEPT];
	uint64_t second_ms;
	unsigned in_second;
};

/* Whether a password may be checked now. */
bool ush_attempts_allow(struct ush_attempts *attempts, const struct ush_address *address,
    const char *user, uint64_t now_ms);
void ush_attempts_failed(struct ush_attempts *attempts, const struct ush_address *address,
    const char *user, uint64_t now_ms);
