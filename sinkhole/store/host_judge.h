/* SPDX-License-Identifier: BSD-3-Clause */
/* host_judge.h - from what was counted of one machine to the calls of its rows. Values only, any thread
 * may call. */
#pragma once

#include <stddef.h>
#include "sinkhole/store/hosts.h"

/* All rows of one machine. Those that say nothing are ended; returns how many are left, in their order. */
size_t ush_hosts_judge(struct ush_host *rows, size_t count);
