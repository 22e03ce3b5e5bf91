/* SPDX-License-Identifier: BSD-3-Clause */
/* probe.h - TLS with a client that goes on past its ClientHello (tls: probe): takes sealed bytes and
 * gives plain ones, and the other way round. It knows nothing of connections. On the loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sinkhole/evidence/contact.h"
#include "sinkhole/server/loop.h"

struct ush_probe;

/* Most bytes that one call reads. */
#define USH_PROBE_PLAIN_MAX 16384

/* NULL if ClientHellos are not answered, for a limit, or for want of memory. The host is the one
 * whose limits count; it must live as long as the probe. */
struct ush_probe *ush_probe_new(
    struct ush_loop *loop, struct ush_host_entry *host, const char *server_name);
void ush_probe_free(struct ush_probe *probe); /* NULL is allowed */

/* Takes some of the sealed bytes (the ClientHello first), and returns how many. Call
 * ush_probe_read() before the next bytes: what the library has once taken for a buffer it keeps. */
size_t ush_probe_feed(struct ush_probe *probe, const uint8_t *data, size_t len);
/* Plain bytes; 0: none for now. */
size_t ush_probe_read(struct ush_probe *probe, uint8_t plain[USH_PROBE_PLAIN_MAX]);
/* Seals an answer. */
void ush_probe_write(struct ush_probe *probe, const void *data, size_t len);
/* Says good-bye. */
void ush_probe_close(struct ush_probe *probe);
/* Sealed bytes that are ready for the client; 0: none for now. */
size_t ush_probe_output(struct ush_probe *probe, uint8_t *sealed, size_t size);

/* Nothing more can come out of it: the client ended it, or it failed. */
bool ush_probe_is_over(const struct ush_probe *probe);
/* When a record that has begun must be whole, monotonic ms; 0: none has begun. */
uint64_t ush_probe_deadline(const struct ush_probe *probe);
/* How far it went; valid until more is fed. */
const struct ush_contact_tls *ush_probe_tls(struct ush_probe *probe);
