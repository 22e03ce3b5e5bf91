/* SPDX-License-Identifier: BSD-3-Clause */
/* frame.h - a DNS event as a dnstap message with the policy that was applied. The event is what the log
 * has, so the DNS message in it is made anew: its question, response code and sinkhole addresses.
 * Values only, any thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "sinkhole/store/event_read.h"

/* The content type of these frames (Frame Streams). */
#define USH_DNSTAP_TYPE "protobuf:dnstap.Dnstap"

/* `line`: the DNS event's own. `ttl`: of the addresses in an answer, in seconds. Returns 0 and a frame
 * of *len bytes, malloced; -1 if the event cannot be written as a message, or without memory. */
USH_MUST_CHECK int ush_frame_of_line(uint8_t **frame, size_t *len, const struct ush_event *event,
    const char *line, size_t line_len, uint32_t ttl);
