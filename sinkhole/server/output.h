/* SPDX-License-Identifier: BSD-3-Clause */
/* output.h - the answers of a connection that wait until the peer takes them. A peer that takes none
 * is a flood: it gets no more, and is read from all the same.
 *
 *   IDLE ──the socket is full──► WAITING ──all is sent──► IDLE
 *                                   │  └──no room for another──► LAST ──all is sent──► SHUT
 *                                   └──out of time, or the peer is gone─(also LAST)──► SHUT
 *
 * ush_output_end() goes from IDLE to SHUT, and from WAITING to LAST.
 *
 * SHUT: the sending side of the socket is shut down, so that the peer does not wait. Belongs to one
 * thread. Zeroed it is idle. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most bytes that wait. */
#define USH_OUTPUT_MAX (64 * 1024)

enum ush_output_state { USH_OUTPUT_IDLE, USH_OUTPUT_WAITING, USH_OUTPUT_LAST, USH_OUTPUT_SHUT };

struct ush_output {
	enum ush_output_state state;
	uint8_t *data;
	size_t len;
	size_t sent;
	uint64_t deadline_ms; /* monotonic; by then all must be taken */
};

/* Sends, or keeps until the peer takes it, at most `timeout_s` seconds from now if nothing waits
 * already. */
void ush_output_send(
    struct ush_output *output, int fd, const void *data, size_t len, uint32_t timeout_s);
/* Sends what waits, as far as the peer takes it. */
void ush_output_flush(struct ush_output *output, int fd);
/* Sends what waits, and nothing more: then the sending side is shut down. */
void ush_output_end(struct ush_output *output, int fd);
bool ush_output_waits(const struct ush_output *output);
void ush_output_fini(struct ush_output *output);
