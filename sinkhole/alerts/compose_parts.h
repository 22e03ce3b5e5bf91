/* SPDX-License-Identifier: BSD-3-Clause */
/* compose_parts.h - what the files of compose.h share. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include "sinkhole/alerts/compose.h"

#define USH_TITLE_MAX 240 /* bytes */

/* "INFECTED pc-b (10.0.0.9): emdivi, it was LIKELY", malloced; NULL without memory. */
char *ush_compose_title(const struct ush_overview *overview, const struct ush_row *row,
    enum ush_alert_reason reason, enum ush_call before);
