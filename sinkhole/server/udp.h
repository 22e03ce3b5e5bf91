/* SPDX-License-Identifier: BSD-3-Clause */
/* udp.h - takes datagrams from the kernel. Nothing is ever sent: a forged source address would make
 * any answer an attack on another host. A callback of libevent, on the loop's thread. */
#pragma once

#include <event2/util.h>

void ush_udp_ready(evutil_socket_t fd, short what, void *watch);
