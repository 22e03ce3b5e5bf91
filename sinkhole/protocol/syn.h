/* SPDX-License-Identifier: BSD-3-Clause */
/* syn.h - the packet that opened a connection, as the kernel kept it: a hint to the system that
 * sent it (start of the TTL, window, order of options), and to one behind NAT that is not what its
 * requests say. Pure, any thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

#define USH_SYN_MAX 256        /* bytes of headers that are looked at */
#define USH_SYN_OPTIONS_MAX 40 /* a TCP header has no room for more */
#define USH_SYN_OPTIONS_TEXT 256

struct ush_syn {
	uint8_t ttl; /* or hop limit, as it arrived */
	uint16_t window;
	uint16_t mss;                         /* 0: not said */
	int16_t scale;                        /* of the window; -1: not said */
	uint8_t options[USH_SYN_OPTIONS_MAX]; /* their kinds, in order */
	uint8_t option_count;
};

/* Read the IP and TCP headers at data[0..len). -1 if they are none. Options end at the first one
 * that does not hold together. */
USH_MUST_CHECK int ush_syn_read(struct ush_syn *out, const uint8_t *data, size_t len);

/* "mss,sok,ts,nop,ws"; kinds without a short name are numbers. Returns buf. */
const char *ush_syn_options_text(const struct ush_syn *syn, char buf[USH_SYN_OPTIONS_TEXT]);
