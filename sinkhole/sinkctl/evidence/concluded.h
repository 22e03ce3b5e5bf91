/* SPDX-License-Identifier: BSD-3-Clause */
/* concluded.h - the part of the report that says what is concluded of the host, why, and by which
 * rules. One thread. */
#pragma once

#include "sinkhole/sinkctl/evidence/writing.h"

/* `answer`: of sinkctl host --json. */
void ush_write_concluded(const struct ush_writing *writing, const json_t *answer);
