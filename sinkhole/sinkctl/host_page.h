/* SPDX-License-Identifier: BSD-3-Clause */
/* host_page.h - the answer of `sinkctl host`, for people and for programs. Everything is borrowed
 * for the call. */
#pragma once

#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/hunt.h"
#include "sinkhole/store/hosts.h"
#include "zones/blocklist.h"

struct ush_host_page {
	const struct ush_command *command;
	const struct ush_hosts *hosts; /* the rows of command->host */
	const struct ush_sensors *sensors;
	const struct ush_blocklist *list; /* with its sources; NULL: none on this machine */
	const struct ush_hunt *hunt; /* what it asked for before that was listed; NULL: not known */
	size_t from;                 /* JSON: the first row of each list of what it did */
	size_t most;                 /* rows of each; 0: all */
};

/* Both print to stdout. */
USH_MUST_CHECK int ush_host_print_text(const struct ush_host_page *page, struct ush_error *err);
USH_MUST_CHECK int ush_host_print_json(const struct ush_host_page *page, struct ush_error *err);
