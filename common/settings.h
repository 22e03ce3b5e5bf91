/* SPDX-License-Identifier: BSD-3-Clause */
/* settings.h - sinkhole.yaml: one file with a part for each program; a machine uses the parts it
 * runs. Loaded whole, checked whole, then immutable: readers on any thread share it; a reload loads
 * a new one and the old stays good when the new is bad. Everything inside belongs to the settings.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/endpoint.h"
#include "common/attr.h"
#include "common/error.h"

#define USH_SETTINGS_PATH "/etc/unbound-sinkhole/sinkhole.yaml"
#define USH_SETTINGS_ENV "UNBOUND_SINKHOLE_CONF"
#define USH_MODULES_DIRECTORY "/usr/lib/unbound-sinkhole"

enum ush_mode { USH_MODE_ENFORCE, USH_MODE_MONITOR, USH_MODE_OFF };

/* What a rule makes the resolver do. The numbers are part of the database format. */
enum ush_action {
	USH_ACTION_NONE = 0, /* no rule; as an override: as compiled */
	USH_ACTION_SINKHOLE = 1,
	USH_ACTION_NXDOMAIN = 2,
	USH_ACTION_NODATA = 3,
	USH_ACTION_DROP = 4,
	USH_ACTION_PASSTHRU = 5,
	USH_ACTION_MONITOR = 6, /* record only */
	USH_ACTION_OFF = 7,     /* the rule is ignored; only as an override */
};

/* "sinkhole", "nxdomain", ...; never NULL. */
const char *ush_action_text(enum ush_action action);
/* -1 if the word is none of them. */
USH_MUST_CHECK int ush_action_from_text(enum ush_action *out, const char *text);

enum ush_role_kind {
	USH_ROLE_NONE,
	USH_ROLE_FORWARDER,
	USH_ROLE_PROXY,
	USH_ROLE_MAIL_GATEWAY,
	USH_ROLE_SCANNER,
	USH_ROLE_SANDBOX,
	USH_ROLE_DRILL,
};
const char *ush_role_text(enum ush_role_kind role);

/* Which of a campaign's DNS events are written. */
enum ush_recording {
	USH_RECORD_ALL,
	USH_RECORD_FIRST, /* of each host and name in an hour; the others only move a counter */
	USH_RECORD_COUNT, /* the same, and the others in one line with their number */
};

/* campaigns: / feeds: the operator's word for one campaign or feed. */
struct ush_override {
	char *name;
	enum ush_action action;      /* USH_ACTION_NONE: as compiled */
	struct ush_address address4; /* campaigns only: instead of pool + slot; family 0: none */
	struct ush_address address6;
	enum ush_recording recording; /* campaigns only */
	unsigned line;
};
struct ush_overrides {
	struct ush_override *items;
	size_t count;
};

/* Names in the one text form. */
struct ush_names {
	char **items;
	size_t count;
};

/* The passive record of unlisted names: how exactly it says when. */
enum ush_passive_mode { USH_PASSIVE_OFF, USH_PASSIVE_HOURS, USH_PASSIVE_DAYS };

struct ush_module_settings {
	char *database;
	char *event_log;
	struct ush_networks pool; /* sinkhole-addresses: at most one IPv4 and one IPv6 network */
	uint32_t ttl;             /* seconds */
	uint32_t max_repeats; /* of one event in a second; what comes beyond is counted; 0: all */
	struct ush_networks exempt;
	struct ush_networks monitor_only;
	struct ush_networks trusted_forwarders;
	char *canary;   /* a name that is always sinkholed and marked as a drill; NULL: none */
	char *ede_text; /* EXTRA-TEXT of the Extended DNS Error; NULL: none */
	char *modules_directory; /* where the module lies, by build-id (check-module, preflight) */
	enum ush_passive_mode passive;
	char *passive_directory;
	uint32_t passive_keep;   /* days */
	uint32_t passive_disk;   /* MiB at most */
	uint32_t passive_memory; /* MiB at most */
};

struct ush_ports {
	uint16_t *items;
	size_t count;
};

/* One entry of listen: each address (a host, or a whole network by AnyIP) on each port. */
struct ush_listen {
	unsigned line;
	struct ush_network address;
	uint16_t *tcp;
	size_t tcp_count;
	uint16_t *udp;
	size_t udp_count;
	bool proxy_protocol; /* trusted proxies name their client on TCP */
};

/* The header by which trusted proxies name the host. */
enum ush_forwarded_header { USH_FORWARDED_X, USH_FORWARDED_RFC7239 };

/* How far a TLS client is followed. */
enum ush_tls_mode { USH_TLS_OBSERVE, USH_TLS_PROBE };

enum ush_capture { USH_CAPTURE_OFF, USH_CAPTURE_EVIDENCE, USH_CAPTURE_ALL };

/* Where something of ours is asked for. address.family 0: nowhere. */
struct ush_local_service {
	struct ush_address address;
	uint16_t port;
	unsigned line;
};

struct ush_sinkhole_settings {
	char *database;
	char *event_log;
	struct ush_listen *listen;
	size_t listen_count;
	struct ush_networks trusted_proxies;
	enum ush_forwarded_header forwarded_header;
	struct ush_ports forwarded_ports; /* at which these proxies forward requests themselves */
	enum ush_capture capture;
	enum ush_tls_mode tls;
	char *user; /* NULL: keep the current user */
	unsigned user_line;
	char *organisation; /* shown on the explanation page; NULL: "your organisation" */
	char *contact;      /* the contact shown on the page; NULL: "your IT support" */
	struct ush_local_service metrics;
	bool syn;         /* record the packet that opens a connection */
	bool transparent; /* hear what a TPROXY rule hands over */
	uint32_t loops;   /* event loops, each a thread */
	uint32_t max_connections;
	uint32_t max_connections_per_host;
	uint32_t max_events;          /* a second; what comes beyond is counted */
	uint32_t max_events_per_host; /* the same for one host */
	uint32_t max_bytes; /* of events a second, on average; beyond it they are counted */
	uint32_t max_bytes_per_host; /* the same for one host */
	uint32_t idle_timeout;       /* seconds without a byte */
	uint32_t request_timeout;    /* seconds for a whole request */
	uint32_t max_head;           /* bytes of a request head */
	uint32_t max_body;           /* bytes of a body that are kept */
	uint32_t beacon_status;      /* what automation gets: 200, 204, 404; 0: no answer */
	uint32_t hold;               /* seconds that the answer to a new suspect is kept back */
};

enum ush_log_writer { USH_LOG_DNS, USH_LOG_CONTACTS };
/* "dns" (the module) or "contacts" (sinkholed), as in sinkhole.writer of the state lines. */
const char *ush_log_writer_text(enum ush_log_writer writer);

/* A log that sinkctl reads, of this machine or brought here from another one. */
struct ush_log_source {
	unsigned line;
	char *path;
	enum ush_log_writer writer;
	char *observer; /* the observer.name in its lines; NULL: any */
	uint32_t delay; /* seconds that its lines may come later than they were written */
};

enum ush_identity_format {
	USH_IDENTITY_DNSMASQ, /* dnsmasq.leases */
	USH_IDENTITY_DHCPD,   /* dhcpd.leases of ISC dhcpd */
	USH_IDENTITY_KEA,     /* CSV of Kea: its memfile, or a dump of its database */
	USH_IDENTITY_NEIGH,   /* what `ip neigh` printed */
	USH_IDENTITY_INVENTORY,
	USH_IDENTITY_HOSTS, /* hosts(5) */
};

/* A file that says which machine has an address. */
struct ush_identity_source {
	unsigned line;
	char *path;
	enum ush_identity_format format;
	uint32_t valid; /* seconds that what `ip neigh` printed stays true */
};

struct ush_store_settings {
	char *path;
	char *records;    /* NULL: records.db beside the store */
	char *host_names; /* hosts(5) file that names hosts; NULL: none */
	char *dnstap;     /* where sinkctl dnstap sends events; NULL: nowhere */
	char *push_to;    /* PostgreSQL: where the store's rows are sent; NULL: nowhere */
	char *pull_from;  /* PostgreSQL: whose rows are asked; NULL: those of the logs here */
	struct ush_identity_source *identities;
	size_t identity_count;
	struct ush_log_source *logs; /* at least one; default: the two event-logs above */
	size_t log_count;
};

/* The language of sinkwatch's page. */
enum ush_watch_language { USH_WATCH_AUTO, USH_WATCH_ENGLISH, USH_WATCH_JAPANESE };

/* How a visitor of the page says who they are. */
enum ush_watch_login {
	USH_LOGIN_NONE,     /* not at all: loopback alone, clear names */
	USH_LOGIN_PROXY,    /* by headers of the organisation's proxy */
	USH_LOGIN_PASSWORD, /* by HTTP Basic and a file */
};

struct ush_watch_settings {
	struct ush_local_service listen;
	enum ush_watch_language language; /* auto: as the browser wishes */
	struct ush_names
	    names;         /* by which a proxy here is asked for the page, beside the address */
	char *certificate; /* PEM, with its chain; NULL: no TLS */
	char *key;         /* PEM; set if and only if the certificate is */
	enum ush_watch_login login;
	struct ush_networks proxies; /* whose headers say who asks */
	char *user_header;
	char *group_header;
	char *password_file;         /* set if login is PASSWORD */
	struct ush_names responders; /* groups of the proxy, or users of the file: clear names */
	struct ush_names viewers;    /* the same: pseudonyms; empty: all others who are logged in */
	char *pseudonym_key;
	char *access_log;
};

/* What an alert may be about, as bits: each call by its number in sinkhole/store/calls.h, and the sinkhole
 * itself. */
#define USH_ALERT_CALLS 7
#define USH_ALERT_SINKHOLE (1u << USH_ALERT_CALLS)

/* A time of the week, in local time. */
struct ush_hours {
	uint8_t days;  /* on which it begins; bit 0: Sunday */
	uint16_t from; /* minutes since midnight */
	uint16_t to;   /* not behind `from`: of the next day */
};
struct ush_quiet_hours {
	struct ush_hours *items;
	size_t count;
};

enum ush_webhook_body {
	USH_WEBHOOK_JSON, /* all that is known */
	USH_WEBHOOK_TEXT, /* {"text": "..."}, for chats */
};

/* Where alerts go: one of webhook, webhook_file, mail, syslog and program; the others are NULL or empty. */
struct ush_alert_output {
	unsigned line;
	char *name;
	char *webhook;
	char *webhook_file; /* which has the address in it */
	char *secret_file;  /* NULL: not signed */
	char *ca_file;      /* NULL: those that the machine trusts */
	enum ush_webhook_body body;
	struct ush_names mail; /* recipients, checked */
	char *from;            /* NULL: as the mail server has it */
	char *through;         /* a program like sendmail, or smtp://HOST[:PORT] */
	char *syslog;          /* a socket */
	struct ush_names program;
	uint32_t timeout; /* seconds */
};

struct ush_alert_settings {
	uint32_t about;       /* bits */
	uint32_t quiet_about; /* those that are alerted in quiet hours, too */
	struct ush_quiet_hours quiet;
	uint32_t max_per_hour;
	uint32_t patience; /* seconds that trouble with the sinkhole itself must last */
	char *link; /* where the page is, without a slash at its end; NULL: as `watch` has it */
	struct ush_alert_output *outputs;
	size_t output_count;
};

enum ush_source_scope {
	USH_SOURCE_SCOPE_AUTO, /* as the format has it */
	USH_SOURCE_SCOPE_EXACT,
	USH_SOURCE_SCOPE_SUBDOMAINS,
};

/* A zone of another name server, to be transferred. */
struct ush_zone_source {
	struct ush_endpoint from;
	char *name;     /* NULL: there is none */
	char *key_file; /* NULL: unsigned */
};

/* Where sinkzone update gets a feed, and what it should know of it. One of file, directory, command and
 * zone is set. */
struct ush_feed_source {
	unsigned line;
	char *name;
	char *file;
	char *directory; /* of files that are one feed */
	char *command;   /* for the shell; prints the feed */
	struct ush_zone_source zone;
	uint32_t every;   /* seconds in which it is expected to change; 0: any time */
	uint32_t timeout; /* seconds */
	uint32_t max_bytes;
	bool never_block;
	bool may_be_empty;
	bool explained;         /* a zone of our own, that names campaigns */
	uint32_t expires_after; /* days; 0: as the feed says */
	char *format;           /* NULL: look */
	char *campaign;         /* NULL: as the feed says */
	enum ush_action action;
	enum ush_source_scope scope;
};

struct ush_update_settings {
	char *directory;               /* of the last good copies */
	struct ush_feed_source *feeds; /* in order of precedence */
	size_t feed_count;
};

struct ush_role {
	unsigned line;
	struct ush_networks networks;
	enum ush_role_kind kind;
};

struct ush_settings {
	char *path; /* the file this was read from */
	enum ush_mode mode;
	bool drill;                   /* the whole installation is a drill: every event says so */
	char *observer;               /* observer.name; default: the host name */
	struct ush_names own_domains; /* that no feed should list unnoticed */
	struct ush_module_settings module;
	struct ush_sinkhole_settings sinkhole;
	struct ush_store_settings store;
	struct ush_watch_settings watch;
	struct ush_alert_settings alerts;
	struct ush_update_settings update;
	struct ush_role *roles;
	size_t role_count;
	struct ush_overrides campaigns;
	struct ush_overrides feeds;
};

/* Read and check a file. Relative paths inside are relative to the file's own directory.
 * Returns 0 and *out owned by the caller (ush_settings_free), or -1 with file and line. */
USH_MUST_CHECK int ush_settings_load(
    struct ush_settings **out, const char *path, struct ush_error *err);
void ush_settings_free(struct ush_settings *settings); /* NULL is allowed */

/* What can be read of a file with mistakes: a top-level key (module:, roles:, ...) that has one gets
 * its defaults. `fn` is called for each of these mistakes. For a program that has to answer with
 * what there is; never for one that acts. -1 if the file cannot be read at all. */
typedef void ush_settings_mistake_fn(void *arg, const struct ush_error *mistake);
USH_MUST_CHECK int ush_settings_load_parts(struct ush_settings **out, const char *path,
    ush_settings_mistake_fn *fn, void *arg, struct ush_error *err);

/* Whether a file with a mistake says for certain that the page has no login: it is YAML, the names of all its
 * parts are known, `watch` is good, and no login stands in another part. False if it cannot be read. */
bool ush_settings_have_no_login(const char *path);

/* `explicit_path` (-c) if not NULL, else the environment, else the path compiled in. Borrowed. */
const char *ush_settings_path(const char *explicit_path);

/* The override for a name; NULL if there is none. Borrowed. */
const struct ush_override *ush_override_find(
    const struct ush_overrides *overrides, const char *name);

/* The role that the first matching entry gives this host; USH_ROLE_NONE if none. */
enum ush_role_kind ush_settings_role(
    const struct ush_settings *settings, const struct ush_address *host);

bool ush_ports_contain(const struct ush_ports *ports, uint16_t port);

/* What others may read has no secrets: of the URL of a webhook its host alone. */
enum ush_secrets { USH_SECRETS_HIDDEN, USH_SECRETS_SHOWN };

/* Checks a file and writes down, as YAML, how it is understood: defaults filled in, paths whole.
 * Loaded again it means the same, but for hidden secrets. Returns 0, or -1 with file and line; something
 * may have been written then. */
USH_MUST_CHECK int ush_settings_print(
    FILE *to, const char *path, enum ush_secrets secrets, struct ush_error *err);

/* Every key, one a line: key, default, range, when a change is in force, help, with tabs between
 * (for --help and docs). */
void ush_settings_describe(FILE *to);

/* The keys that sinkholed takes at a restart only (none of sinkwatch's parts): "drill, observer, sinkhole.listen". Returns buf. */
#define USH_RESTART_KEYS_MAX 512
const char *ush_settings_restart_keys(char buf[USH_RESTART_KEYS_MAX]);
