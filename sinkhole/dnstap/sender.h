/* SPDX-License-Identifier: BSD-3-Clause */
/* sender.h - a connection to a consumer of Frame Streams, over a Unix socket or TCP. It waits for a
 * consumer that is slow, and returns soon when the program is asked to stop. One thread; a sender
 * belongs to the caller that opened it. */
#pragma once

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_sender;

/* Whether `to` can be one: "unix:/path", "192.0.2.1:6000" or "[2001:db8::1]:6000". -1 with the reason. */
USH_MUST_CHECK int ush_sender_check(const char *to, struct ush_error *err);

/* Connects and agrees on `type` with the consumer. `stop` is borrowed: the sender gives up when it is
 * set. Returns 0 and *out owned by the caller, or -1 with the reason. */
USH_MUST_CHECK int ush_sender_open(struct ush_sender **out, const char *to, const char *type,
    const volatile sig_atomic_t *stop, struct ush_error *err);

/* Hands a frame to the kernel. -1: the connection is of no more use. */
USH_MUST_CHECK int ush_sender_write(struct ush_sender *sender, const uint8_t *frame, size_t len);

/* Waits until the consumer has taken all frames out of the kernel (over TCP: until its machine has
 * them). -1 as above. */
USH_MUST_CHECK int ush_sender_drain(struct ush_sender *sender);

/* Ends the stream in order if the connection still works. NULL is allowed. */
void ush_sender_close(struct ush_sender *sender);
