/* SPDX-License-Identifier: BSD-3-Clause */
/* inherited.h - sockets that systemd opened for us (socket activation): they take the place of
 * those that `listen:` asks for, so that the daemon never needs the right to open low ports. Used
 * at the start, on the main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"

#define USH_INHERITED_MAX 256

struct ush_inherited {
	int first;
	unsigned count;
	bool taken[USH_INHERITED_MAX];
};

/* Reads what the environment says (LISTEN_FDS, LISTEN_PID) and takes it out of there. -1: more than
 * USH_INHERITED_MAX, or no sockets. */
USH_MUST_CHECK int ush_inherited_find(struct ush_inherited *out, struct ush_error *err);

/* The socket that is bound to this; owned by the caller. -1: there is none. */
int ush_inherited_take(
    struct ush_inherited *inherited, bool udp, const struct ush_address *address, uint16_t port);

/* The first one that was not taken, as "tcp 0.0.0.0 port 80" in buf, and how many there are. */
unsigned ush_inherited_left(const struct ush_inherited *inherited, char *buf, unsigned size);

/* Closes those that were not taken. */
void ush_inherited_fini(struct ush_inherited *inherited);
