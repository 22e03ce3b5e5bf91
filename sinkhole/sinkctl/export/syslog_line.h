/* SPDX-License-Identifier: BSD-3-Clause */
/* syslog_line.h - the pieces of a line of RFC 5424 with structured data: of exports and of alerts. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include "sinkhole/store/calls.h"

#define USH_SYSLOG_NAME_MAX 256
#define USH_SYSLOG_LEAST 6 /* informational */

/* critical, error, notice, informational */
unsigned ush_syslog_severity(enum ush_call call);
/* The name of this machine as the standard allows it. Returns buf. */
const char *ush_syslog_own_name(char buf[USH_SYSLOG_NAME_MAX]);

/* "<131>1 TIME MACHINE PROGRAM PID WHAT [sinkhole@32473", facility local0. Parameters follow, then "] "
 * and the text. */
void ush_syslog_head(FILE *to, unsigned severity, const char *time, const char *machine,
    const char *program, const char *what);
/* Nothing for an empty value. */
void ush_syslog_param(FILE *to, const char *name, const char *value);
void ush_syslog_number(FILE *to, const char *name, uint64_t value);
