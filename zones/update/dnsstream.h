/* SPDX-License-Identifier: BSD-3-Clause */
/* dnsstream.h - DNS messages over TCP to one server, each wait bounded by one end of all. One owner, one
 * thread. */
#pragma once

#include <stdint.h>
#include "common/attr.h"
#include "common/endpoint.h"
#include "common/error.h"

#define USH_DNS_MESSAGE_MAX 65535

struct ush_dns_stream {
	int fd;
	int64_t end_ms; /* by CLOCK_MONOTONIC */
};

USH_MUST_CHECK int ush_dns_stream_open(struct ush_dns_stream *out,
    const struct ush_endpoint *server, unsigned timeout_s, struct ush_error *err);
void ush_dns_stream_close(struct ush_dns_stream *stream);

/* `message` has two bytes of room in front of it, for its length. */
USH_MUST_CHECK int ush_dns_stream_send(
    struct ush_dns_stream *stream, uint8_t *message, size_t len, struct ush_error *err);
/* The next message, into USH_DNS_MESSAGE_MAX bytes. */
USH_MUST_CHECK int ush_dns_stream_receive(
    struct ush_dns_stream *stream, uint8_t *message, size_t *len, struct ush_error *err);
