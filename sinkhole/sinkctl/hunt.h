/* SPDX-License-Identifier: BSD-3-Clause */
/* hunt.h - who asked for a listed name before it was listed: the list of this machine, as its settings
 * apply it, against the passive record of its resolver. One thread. */
#pragma once

#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/passive.h"
#include "zones/blocklist.h"

struct ush_hunt {
	struct ush_passive_search *search;
	struct ush_passive_answer
	    answer; /* numbers are those of rules; a name that was given is 0 */
	struct ush_unread unread;
	uint32_t names; /* that were asked about */
};

/* Whether there is a record on this machine that this user may see. */
bool ush_hunt_is_possible(const struct ush_settings *settings);

/* All rules for names that are in force, of one host (RFC 5952 text) if it is not NULL; in the
 * window of the command. -1 without memory or record. */
USH_MUST_CHECK int ush_hunt_list(struct ush_hunt *out, const struct ush_command *command,
    const struct ush_blocklist *list, const char *host, struct ush_error *err);
/* One name and what is below it, listed or not. */
USH_MUST_CHECK int ush_hunt_name(struct ush_hunt *out, const struct ush_command *command,
    const char *name, struct ush_error *err);
void ush_hunt_fini(struct ush_hunt *hunt);

/* "2026-11-20 22:00", local time. Returns buf. */
#define USH_HUNT_HOUR_MAX 32
const char *ush_hunt_hour(char buf[USH_HUNT_HOUR_MAX], uint64_t ms);
/* "it", "a name below it" or both. */
const char *ush_hunt_asked(const struct ush_passive_found *found);
/* The machine that had the client's address in these hours. False: not known, or not the same in all of
 * them. */
bool ush_hunt_machine(const struct ush_command *command, const struct ush_passive_found *found,
    struct ush_machine *out);
/* One found host and name, without the name. Owned by the caller. */
json_t *ush_hunt_json(const struct ush_command *command, const struct ush_passive_found *found);
