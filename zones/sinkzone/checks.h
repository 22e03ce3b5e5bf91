/* SPDX-License-Identifier: BSD-3-Clause */
/* checks.h - what the parts of check-module share: what to look at, and how a finding is reported.
 * One process, one thread. */
#pragma once

#include <stdbool.h>
#include "common/error.h"
#include "common/note.h"
#include "common/settings.h"
#include "zones/sinkzone/unboundconf.h"

enum ush_check_result { USH_CHECK_OK, USH_CHECK_WARN, USH_CHECK_FAIL };

struct ush_checks {
	const char *settings_path;
	const char *unbound;
	const char *unbound_conf;
	const char *module;  /* --module, or NULL: by build-id */
	const char *user;    /* --user, then the user of the checks */
	const char *include; /* --write-include, or NULL */
	bool quiet;          /* not what is well */
	struct ush_unbound_conf conf;
	bool has_conf;
	struct ush_settings *settings; /* NULL: none that are good */
	bool failed;
	char why[512]; /* the first that failed */
};

/* A line on standard output, "ok    text", unless it is well and we are quiet. Under systemd it
 * carries the priority. */
void ush_report(struct ush_checks *checks, enum ush_check_result verdict, const char *fmt, ...)
    USH_PRINTF(3, 4);
void ush_report_error(
    struct ush_checks *checks, enum ush_check_result verdict, const struct ush_error *err);

/* An alarm: one line on standard error. */
void ush_alarm(const char *fmt, ...) USH_PRINTF(1, 2);

/* What the settings name outside of the resolver, with its eyes: the sinkhole's addresses and what
 * listens there; the event log and the space for it. */
void ush_check_pool(struct ush_checks *checks);
void ush_check_log(struct ush_checks *checks);

/* See what the resolver will see: in its chroot, as its user. Cannot be undone: nothing that
 * follows may need root. False if it fails; the reason has been reported then. */
bool ush_become_resolver(struct ush_checks *checks);
