/* SPDX-License-Identifier: BSD-3-Clause */
/* format.h - the forms in which other programs take what is known: one file each. What came from the
 * network is escaped as the form wants it. One thread. */
#pragma once

#include <stdio.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/host_page.h"
#include "sinkhole/store/cases.h"
#include "sinkhole/store/hosts.h"

/* What is exported; borrowed for the call. */
struct ush_export {
	const struct ush_command *command;
	const struct ush_hosts *hosts;    /* all rows: see ush_host_is_wanted() */
	const struct ush_blocklist *list; /* with its sources; NULL: none on this machine */
};

struct ush_export_format {
	const char *name;
	/* -1 with the reason. What was written by then is worth nothing. */
	int (*write)(FILE *to, const struct ush_export *export, struct ush_error *err);
	bool has_hosts; /* false: nothing in it says which host it was */
};

extern const struct ush_export_format ush_export_stix;
extern const struct ush_export_format ush_export_misp;
extern const struct ush_export_format ush_export_ocsf;
extern const struct ush_export_format ush_export_cef;
extern const struct ush_export_format ush_export_syslog;
extern const struct ush_export_format ush_export_shadowserver;
extern const struct ush_export_format ush_export_shadowserver_http;

/* One thing that is listed: "<feed>/<listed name, network or host/path>" taken apart. */
enum ush_listed_kind { USH_LISTED_NAME, USH_LISTED_NETWORK, USH_LISTED_URL };
struct ush_listed {
	enum ush_listed_kind kind;
	const char *text; /* inside of the rule; of a URL without "http://" */
	bool is_v6;       /* of a network */
};
struct ush_listed ush_listed_of(const char *rule);

/* What severity and status of a row are made of. */
struct ush_standing {
	enum ush_call call;        /* the worst, also of machines behind a proxy */
	enum ush_case_state state; /* USH_CASE_OPEN also if a case was opened again */
	bool is_settled;           /* cleaned or a false alarm: the severity is the lowest */
};
struct ush_standing ush_export_standing(
    const struct ush_command *command, const struct ush_host *host);

/* "INFECTED (beacon)": what a machine behind this proxy is; "" if there is none. Returns buf. */
#define USH_BEHIND_TEXT_MAX 64
const char *ush_export_behind(char buf[USH_BEHIND_TEXT_MAX], const struct ush_host *host);

/* "10.0.0.1,10.0.0.2", of as many as there is room for. Returns buf. */
#define USH_FEW_TEXT_MAX 512
const char *ush_export_few(char buf[USH_FEW_TEXT_MAX], const struct ush_few *few);

/* Who says so: the organisation of the settings, else the sensor's name. */
const char *ush_export_organisation(const struct ush_export *export);
