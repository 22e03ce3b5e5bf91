/* SPDX-License-Identifier: BSD-3-Clause */
/* kernel.h - what the kernel dropped before it could be read: of this network namespace, since it
 * was made. Makes system calls; any thread. */
#pragma once

#include <stdint.h>
#include "sinkhole/server/workers.h"

struct ush_kernel_drops {
	uint64_t listen_overflows; /* connections for which a listener's queue was full */
	uint64_t datagrams;        /* that found no room in a socket of ours */
};

/* What cannot be found out is 0. */
void ush_kernel_drops_read(struct ush_kernel_drops *out, const struct ush_workers *workers);
