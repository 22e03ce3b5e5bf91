/* SPDX-License-Identifier: BSD-3-Clause */
/* settings_tables.h - the keys of sinkhole.yaml with ranges, defaults and help, one table per part:
 * the single source for parser, --help and docs. Constant data and functions without state, any
 * thread; what a reader allocates belongs to the struct it fills. Private to the settings. */
#pragma once

#include "common/settings.h"
#include "common/yaml.h"

/* The whole file, into a struct ush_settings; the tables of its parts hang below. */
extern const struct ush_field ush_settings_fields[];

/* One entry of each list and map. */
extern const struct ush_field ush_listen_fields[];
extern const struct ush_field ush_log_source_fields[];
extern const struct ush_field ush_feed_source_fields[];
extern const struct ush_field ush_identity_source_fields[];
extern const struct ush_field ush_role_fields[];
extern const struct ush_field ush_alerts_fields[]; /* of alerts: itself (settings_alerts.c) */
extern const struct ush_field ush_campaign_fields[];
extern const struct ush_field ush_feed_fields[];

/* The path as the program uses it: relative ones from the directory of the settings file. Malloced;
 * NULL without memory. */
char *ush_settings_whole_path(const char *file, const char *path);

/* Readers of the values that are more than one word. Their member is: */
ush_field_read_fn ush_read_path;            /* char * */
ush_field_read_fn ush_read_engine;          /* char * */
ush_field_read_fn ush_read_name;            /* char *, in the one text form */
ush_field_read_fn ush_read_names;           /* struct ush_names */
ush_field_read_fn ush_read_networks;        /* struct ush_networks */
ush_field_read_fn ush_read_pool;            /* the same, one per family at most */
ush_field_read_fn ush_read_words;           /* struct ush_names, of any printable text */
ush_field_read_fn ush_read_service;         /* struct ush_local_service */
ush_field_read_fn ush_read_local;           /* the same, loopback only */
ush_field_read_fn ush_read_user;            /* struct ush_sinkhole_settings */
ush_field_read_fn ush_read_forwarded_ports; /* struct ush_ports */
ush_field_read_fn ush_read_campaigns;       /* struct ush_overrides */
ush_field_read_fn ush_read_feeds;           /* struct ush_overrides */

/* Which keys of `watch` go together; `node`: the whole file. 0, or ush_yaml_fail(). */
USH_MUST_CHECK int ush_check_watch(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_settings *settings, struct ush_error *err);

/* What the keys of one entry do not say: which of them go together, and with other entries. */
ush_entry_check_fn ush_check_listen_entry;
ush_entry_check_fn ush_check_log_entry;
ush_entry_check_fn ush_check_feed_source;
