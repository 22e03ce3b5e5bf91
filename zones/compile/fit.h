/* SPDX-License-Identifier: BSD-3-Clause */
/* fit.h - whether what a feed has is fit to replace what the list has of it. Private to compile/. One
 * compile, one thread. */
#pragma once

#include "zones/compile/take.h"

/* Judge the feed that was read last, by its counts. 0, or -1 with the reason. */
USH_MUST_CHECK int ush_check_fit(struct ush_compiling *compiler, struct ush_error *err);
