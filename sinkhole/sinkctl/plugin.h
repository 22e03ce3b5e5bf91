/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin.h - the answer of a monitoring plugin as Nagios, Icinga and their kin read it: the state as
 * exit status, one line for people with measured values behind a bar, then a line for each finding,
 * the worst first. One thread; a plugin belongs to the caller that made it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"

/* The exit statuses. */
enum ush_plugin_state {
	USH_PLUGIN_OK,
	USH_PLUGIN_WARNING,
	USH_PLUGIN_CRITICAL,
	USH_PLUGIN_UNKNOWN, /* could not be found out */
	USH_PLUGIN_STATES
};

/* Two thresholds; UINT64_MAX: none. */
struct ush_limits {
	uint64_t warning;
	uint64_t critical;
};

/* What a number of a threshold may end with. */
enum ush_limit_unit {
	USH_LIMIT_COUNT,   /* nothing */
	USH_LIMIT_SECONDS, /* s, m, h, d or w; nothing: seconds */
	USH_LIMIT_BYTES,   /* K, M, G or T, powers of 1024; nothing: bytes */
};

/* Reads "WARNING,CRITICAL", as "7d,30d". Either may be empty: no threshold. -1 with the reason. */
USH_MUST_CHECK int ush_limits_read(
    struct ush_limits *out, const char *text, enum ush_limit_unit unit, struct ush_error *err);

/* The state of a value that should not be over (is_low: not below) the thresholds. */
enum ush_plugin_state ush_limits_judge(
    const struct ush_limits *limits, uint64_t value, bool is_low);

struct ush_plugin;

/* NULL without memory. */
struct ush_plugin *ush_plugin_new(void);
void ush_plugin_free(struct ush_plugin *plugin); /* NULL is allowed */

/* Adds a finding: one sentence without a dot, from any source (it is made safe). */
void ush_plugin_find(struct ush_plugin *plugin, enum ush_plugin_state state, const char *fmt, ...)
    USH_PRINTF(3, 4);

/* Adds a measured value: "<of>_<name>=value<unit>;warning;critical". What may not stand in a label
 * becomes '_'. `unit`: "s", "B", "c" (counts upwards) or "". `limits` may be NULL. */
void ush_plugin_measure(struct ush_plugin *plugin, const char *of, const char *name, uint64_t value,
    const char *unit, const struct ush_limits *limits, bool is_low);

/* Prints all of it; returns the exit status, the worst state of a finding. */
int ush_plugin_print(const struct ush_plugin *plugin);

/* The whole answer if nothing could be found out. Returns the exit status. */
int ush_plugin_unknown(const struct ush_error *err);
