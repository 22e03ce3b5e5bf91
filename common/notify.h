/* SPDX-License-Identifier: BSD-3-Clause */
/* notify.h - reports the state to systemd, in its datagram protocol; does nothing without
 * systemd. */
#pragma once

/* "READY=1", "STOPPING=1", ... */
void ush_notify(const char *state);
