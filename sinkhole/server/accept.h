/* SPDX-License-Identifier: BSD-3-Clause */
/* accept.h - takes connections from the kernel within the limits; the rest is counted and closed.
 * Callbacks of libevent, on the loop's thread. */
#pragma once

#include <event2/util.h>

/* A listener can be read from. */
void ush_accept_ready(evutil_socket_t fd, short what, void *watch);
/* The pause after the files ran out is over. */
void ush_accept_resume(evutil_socket_t fd, short what, void *loop);
