/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/access/attempts.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define FAILED_MAX 10
#define PERIOD_MS 60000
#define CHECKS_A_SECOND 5
#define IPV6_NETWORK 8 /* octets */

/* FNV-1a. A collision makes two visitors share one count. */
static uint64_t
number_of(const struct ush_address *address, const char *user)
{
	size_t len = address->family == AF_INET6 ? IPV6_NETWORK : 4;
	uint64_t number = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		number = (number ^ address->octets[i]) * 0x100000001b3ull;
	for (const char *at = user; *at != '\0'; at++)
		number = (number ^ (unsigned char)*at) * 0x100000001b3ull;
	return number != 0 ? number : 1;
}

static struct ush_attempt *
find(struct ush_attempts *attempts, uint64_t who)
{
	for (size_t i = 0; i < USH_ATTEMPTS_KEPT; i++) {
		if (attempts->kept[i].who == who)
			return &attempts->kept[i];
	}
	return NULL;
}

bool
ush_attempts_allow(struct ush_attempts *attempts, const struct ush_address *address,
    const char *user, uint64_t now_ms)
{
	const struct ush_attempt *attempt = find(attempts, number_of(address, user));

	if (attempt != NULL && attempt->failed >= FAILED_MAX &&
	    now_ms - attempt->since_ms < PERIOD_MS)
		return false;
	if (now_ms - attempts->second_ms >= 1000) {
		attempts->second_ms = now_ms;
		attempts->in_second = 0;
	}
	return attempts->in_second++ < CHECKS_A_SECOND;
}

void
ush_attempts_failed(struct ush_attempts *attempts, const struct ush_address *address,
    const char *user, uint64_t now_ms)
{
	uint64_t who = number_of(address, user);
	struct ush_attempt *attempt = find(attempts, who);

	if (attempt == NULL) {
		attempt = &attempts->kept[0];
		for (size_t i = 1; i < USH_ATTEMPTS_KEPT; i++) {
			if (attempts->kept[i].since_ms < attempt->since_ms)
				attempt = &attempts->kept[i];
		}
		*attempt = (struct ush_attempt){.who = who, .since_ms = now_ms};
	} else if (now_ms - attempt->since_ms >= PERIOD_MS) {
		*attempt = (struct ush_attempt){.who = who, .since_ms = now_ms};
	}
	attempt->failed++;
}
