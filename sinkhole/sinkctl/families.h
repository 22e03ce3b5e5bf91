/* SPDX-License-Identifier: BSD-3-Clause */
/* families.h - the sensors' last words as metric families in Prometheus' text format. One thread. */
#pragma once

#include <stdio.h>
#include "sinkhole/store/sensors.h"

#define USH_METRIC_PREFIX "unbound_sinkhole_"

/* # HELP and # TYPE of a family; `type` is "gauge" or "counter". */
void ush_family_begin(FILE *to, const char *name, const char *type, const char *help);

/* A label's value with what the format escapes. */
void ush_label_put(FILE *to, const char *value);

/* All families that have a sample for each sensor. */
void ush_families_put(FILE *to, const struct ush_sensors *sensors);
