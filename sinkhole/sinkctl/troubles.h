/* SPDX-License-Identifier: BSD-3-Clause */
/* troubles.h - what must be known before an answer is read: what is not looked at, not read, not
 * counted, in sentences. One thread. */
#pragma once

#include "sinkhole/sinkctl/command.h"

enum ush_trouble_kind {
	USH_TROUBLE_BLIND,
	USH_TROUBLE_LIST,
	USH_TROUBLE_OLD, /* the list in force */
	USH_TROUBLE_SETTINGS,
	USH_TROUBLE_LOST, /* `count` events */
	USH_TROUBLE_DISK,
	USH_TROUBLE_MONITOR, /* as it was set */
	USH_TROUBLE_UNREAD,
	USH_TROUBLES
};

/* Borrowed for the call. */
struct ush_trouble {
	enum ush_trouble_kind kind;
	const char
	    *about; /* the sensor or file: with `kind` the same as long as the trouble lasts */
	const char *text; /* "NOT LOOKING: dns was stopped, 22:41:07." */
	uint64_t count;
};
typedef void ush_trouble_fn(void *arg, const struct ush_trouble *trouble);

/* Calls fn for each trouble with the sensors or with reading their logs. */
void ush_troubles_each(const struct ush_command *command, const struct ush_sensors *sensors,
    ush_trouble_fn *fn, void *arg);

/* "dns" or, where there are several of a kind, "dns at ns1". Returns buf. */
#define USH_TROUBLE_NAME_MAX (32 + USH_OBSERVER_MAX)
const char *ush_trouble_sensor(
    const struct ush_sensors *sensors, size_t which, char buf[USH_TROUBLE_NAME_MAX]);
