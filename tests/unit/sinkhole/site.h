/* SPDX-License-Identifier: BSD-3-Clause */
/* site.h - a site for tests of the store: a directory with settings and two logs, and lines as the
 * sensors write them (built with common/event.h). One site a test; it fails the test itself when
 * something is wrong. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "common/settings.h"
#include "sinkhole/store/hosts.h"
#include "sinkhole/store/store.h"

#define SITE_START 1795000000000ull /* 2026-11-18T11:06:40Z */
#define SITE_MINUTE 60000ull

struct site {
	char directory[64];
	char dns_log[96];
	char contact_log[96];
	char store_path[96];
	struct ush_settings *settings;
	struct ush_store *store;
	uint64_t sequence;
	const char *observer; /* of the line that is being written; NULL: ns1.example */
};

/* `more` is appended to the settings ("roles: ..."), NULL: nothing. Opens an empty store. */
void site_begin(struct site *site, const char *more);
void site_end(struct site *site);
/* Closes and opens the store again. */
void site_reopen(struct site *site);
struct ush_update site_update(struct site *site);
/* All rows; to be ended with ush_hosts_fini(). */
struct ush_hosts site_hosts(struct site *site);
/* "CALL why" of one host for one campaign; "" if it has no such row. */
const char *site_call(struct site *site, const char *host, const char *campaign);
/* The whole conclusions as text, to compare; owned by the caller. */
char *site_conclusions(struct site *site);

/* What is left out is an ordinary question or request of the campaign emdivi at SITE_START. */
struct site_dns {
	uint64_t time_ms;
	const char *host;
	const char *name;
	const char *type;
	const char *action;
	const char *trigger;
	const char *campaign;
	const char *claimed;
	const char *recording;
	const char *resolved; /* an address in the answer */
	bool drill;
};
void site_dns(struct site *site, struct site_dns dns);

struct site_contact {
	uint64_t time_ms;
	const char *host;
	const char *action;
	const char *evidence; /* words separated by blanks */
	const char *path_kind;
	const char *marks;
	const char *domain;
	const char *path;
	const char *server_name;
	const char *destination;
	const char *campaign;
	const char *version; /* of a beacon, and in its text */
	const char *agent;
	const char *proxy;
	const char *claimed;
	const char *via;
	const char *tunnel;
	const char *page;
	const char *reference;
	uint64_t port; /* 0: 80 */
	uint64_t repeat;
	bool drill;
};
void site_contact(struct site *site, struct site_contact contact);

struct site_state {
	uint64_t time_ms;
	const char *writer;
	const char *reason;
	const char *start; /* of the event id */
	uint64_t lost;
	uint64_t serial;             /* 0: it says nothing of a list */
	const char *list_state;      /* NULL: in-force */
	const char *list_reason;     /* why the newest list is not in use */
	const char *settings_reason; /* the same of the settings */
	const char *mode;
	const char *observer; /* NULL: ns1.example */
	uint64_t disk_free;   /* 0: it does not say */
};
void site_state(struct site *site, struct site_state state);

/* Appends bytes as they are. */
void site_append(const char *path, const char *bytes, size_t len);
