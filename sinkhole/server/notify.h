/* SPDX-License-Identifier: BSD-3-Clause */
/* notify.h - tells systemd how things stand, in its own datagram protocol; without systemd it does
 * nothing. */
#pragma once

/* "READY=1", "STOPPING=1", ... */
void ush_notify(const char *state);
