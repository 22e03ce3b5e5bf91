/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/settings_tables.h"

#include "common/event.h"

#define STATE "/var/lib/unbound-sinkhole/"
#define LOG "/var/log/unbound-sinkhole/"

/* One setting: kind, member, key, default, when a change is in force, help; then what its kind needs
 * (yaml.h). WHOLE: read into the struct itself, not into one member. */
#define ROW(kind_, struct_, member_, key_, fallback_, applied_, help_, ...)         \
	{                                                                           \
		.key = key_, .kind = USH_FIELD_##kind_,                             \
		.offset = offsetof(struct struct_, member_), .fallback = fallback_, \
		.applied = USH_APPLIED_##applied_, .help = help_, ##__VA_ARGS__     \
	}
#define WHOLE(key_, fallback_, applied_, help_, ...)                            \
	{                                                                       \
		.key = key_, .kind = USH_FIELD_CUSTOM, .fallback = fallback_,   \
		.applied = USH_APPLIED_##applied_, .help = help_, ##__VA_ARGS__ \
	}
/* Of a LIST: its entries' type, and how many there may be. */
#define ENTRIES(type_, max_) .fields = type_##_fields, .size = sizeof(struct type_), .max = max_
#define MODULE(kind, member, ...) ROW(kind, ush_module_settings, member, __VA_ARGS__)
#define SINKHOLE(kind, member, ...) ROW(kind, ush_sinkhole_settings, member, __VA_ARGS__)
#define STORE(kind, member, ...) ROW(kind, ush_store_settings, member, __VA_ARGS__)
#define WATCH(kind, member, ...) ROW(kind, ush_watch_settings, member, __VA_ARGS__)
#define UPDATE(kind, member, ...) ROW(kind, ush_update_settings, member, __VA_ARGS__)
#define TOP(kind, member, ...) ROW(kind, ush_settings, member, __VA_ARGS__)

static const struct ush_choice mode_choices[] = {
    {"enforce", USH_MODE_ENFORCE},
    {"monitor", USH_MODE_MONITOR},
    {"off", USH_MODE_OFF},
    {NULL, 0},
};

static const struct ush_choice passive_choices[] = {
    {"off", USH_PASSIVE_OFF},
    {"hours", USH_PASSIVE_HOURS},
    {"days", USH_PASSIVE_DAYS},
    {NULL, 0},
};

static const struct ush_choice capture_choices[] = {
    {"off", USH_CAPTURE_OFF},
    {"evidence", USH_CAPTURE_EVIDENCE},
    {"all", USH_CAPTURE_ALL},
    {NULL, 0},
};

static const struct ush_choice tls_choices[] = {
    {"observe", USH_TLS_OBSERVE},
    {"probe", USH_TLS_PROBE},
    {NULL, 0},
};

static const struct ush_choice forwarded_choices[] = {
    {"x-forwarded-for", USH_FORWARDED_X},
    {"forwarded", USH_FORWARDED_RFC7239},
    {NULL, 0},
};

static const struct ush_choice status_choices[] = {
    {"200", 200},
    {"204", 204},
    {"404", 404},
    {"close", 0},
    {NULL, 0},
};

static const struct ush_choice language_choices[] = {
    {"auto", USH_WATCH_AUTO},
    {"en", USH_WATCH_ENGLISH},
    {"ja", USH_WATCH_JAPANESE},
    {NULL, 0},
};

static const struct ush_field module_fields[] = {
    MODULE(CUSTOM, database, "database", STATE "list/blocklist.db", AT_ONCE,
        "The compiled blocklist (sinkzone compile).", .read = ush_read_path),
    MODULE(CUSTOM, event_log, "event-log", LOG "dns/dns.jsonl", AT_ONCE,
        "The log of queries for listed names.", .read = ush_read_path),
    MODULE(CUSTOM, pool, "sinkhole-addresses", NULL, AT_ONCE,
        "The pool that campaigns get their addresses from: at most one IPv4 and one IPv6 "
        "network. Without it listed names get NODATA.",
        .read = ush_read_pool),
    MODULE(
        UINT, ttl, "ttl", "30", AT_ONCE, "TTL of the answers, in seconds.", .min = 0, .max = 86400),
    MODULE(UINT, max_repeats, "max-repeats", "50", AT_ONCE,
        "Events in one second that differ in nothing but time and port; more are "
        "counted in one event. 0: no limit.",
        .min = 0, .max = 1000000),
    MODULE(CUSTOM, exempt, "exempt", "[]", AT_ONCE,
        "Client networks that are never sinkholed and never recorded.", .read = ush_read_networks),
    MODULE(CUSTOM, monitor_only, "monitor-only", "[]", AT_ONCE,
        "Client networks that are recorded only.", .read = ush_read_networks),
    MODULE(CUSTOM, trusted_forwarders, "trusted-forwarders", "[]", AT_ONCE,
        "Forwarders whose EDNS Client Subnet and client ids are recorded beside the source.",
        .read = ush_read_networks),
    MODULE(CUSTOM, canary, "canary", NULL, AT_ONCE,
        "A name that is always sinkholed and marked as a drill, for monitoring.",
        .read = ush_read_name),
    MODULE(STRING, ede_text, "ede-text", NULL, AT_ONCE,
        "Text of the Extended DNS Error. Default: only the code, as malware can read the text."),
    MODULE(CUSTOM, modules_directory, "modules-directory", USH_MODULES_DIRECTORY, AT_ONCE,
        "The directory with one module for each build-id of Unbound.", .read = ush_read_path),
    MODULE(ENUM, passive, "passive", "off", AT_ONCE,
        "Whether a record is kept of which client asked for which unlisted name, for sinkctl hunt, "
        "in files of an hour or of a day. It is personal data: docs/passive.md.",
        .choices = passive_choices),
    MODULE(CUSTOM, passive_directory, "passive-directory", LOG "dns/passive", AT_ONCE,
        "The directory of that record and of its key. Made if its parent is there.",
        .read = ush_read_path),
    MODULE(UINT, passive_keep, "passive-keep", "30", AT_ONCE,
        "Days after which its files are removed.", .min = 1, .max = 3660),
    MODULE(UINT, passive_disk, "passive-disk", "1024", AT_ONCE,
        "MiB that its files take at most; the oldest ones make room.", .min = 1, .max = 1048576),
    MODULE(UINT, passive_memory, "passive-memory", "32", AT_ONCE,
        "MiB of memory that it takes in Unbound at most.", .min = 4, .max = 16384),
    {0},
};

static const struct ush_field sinkhole_fields[] = {
    SINKHOLE(CUSTOM, database, "database", STATE "list/blocklist.db", RELOAD,
        "The compiled blocklist (sinkzone compile).", .read = ush_read_path),
    SINKHOLE(CUSTOM, event_log, "event-log", LOG "contacts/contacts.jsonl", RESTART,
        "The log of contacts at the sinkhole.", .read = ush_read_path),
    SINKHOLE(LIST, listen, "listen", "[]", RESTART,
        "What to listen on: a list of {address:, tcp:, udp:}.", ENTRIES(ush_listen, 4096),
        .check = ush_check_listen_entry),
    SINKHOLE(CUSTOM, trusted_proxies, "trusted-proxies", "[]", RELOAD,
        "Proxies that are trusted to name the real client (see forwarded-header).",
        .read = ush_read_networks),
    SINKHOLE(ENUM, forwarded_header, "forwarded-header", "x-forwarded-for", RELOAD,
        "The header that these proxies write themselves; an address in the other one is "
        "recorded as claimed.",
        .choices = forwarded_choices),
    SINKHOLE(CUSTOM, forwarded_ports, "forwarded-ports", "[80, 8080]", RELOAD,
        "Destination ports at which the header is trusted: those to which these proxies "
        "forward requests themselves and open no tunnel (CONNECT). Never 443.",
        .read = ush_read_forwarded_ports),
    SINKHOLE(ENUM, capture, "capture", "evidence", RELOAD,
        "Which raw bytes are kept: none, those of evidence, or all.", .choices = capture_choices),
    SINKHOLE(ENUM, tls, "tls", "observe", RELOAD,
        "Close after the ClientHello, or answer with a self-signed certificate and record what "
        "clients that accept it send.",
        .choices = tls_choices),
    WHOLE("user", NULL, RESTART,
        "The user to change to once the ports are open. Default: keep the current user.",
        .read = ush_read_user),
    SINKHOLE(STRING, organisation, "organisation", NULL, RELOAD,
        "Your organisation, named on the page for people."),
    SINKHOLE(STRING, contact, "contact", NULL, RELOAD, "The contact named on that page."),
    SINKHOLE(CUSTOM, metrics, "metrics", NULL, RESTART,
        "Loopback address and port for /metrics (Prometheus) and /health, as 127.0.0.1:9153.",
        .read = ush_read_local),
    SINKHOLE(BOOL, syn, "syn", "yes", RELOAD,
        "Record TTL, window and options of the packet that opens a connection."),
    SINKHOLE(BOOL, transparent, "transparent", "no", RESTART,
        "Accept connections from a TPROXY rule, with the original address and port. Needs root "
        "at start."),
    SINKHOLE(UINT, loops, "loops", "1", RESTART,
        "Event loops, each on a thread of its own. All contacts of a host are on the same one.",
        .min = 1, .max = 64),
    SINKHOLE(UINT, max_connections, "max-connections", "4096", RESTART,
        "Open connections at once; a new one beyond that ends the one that is idle longest. A smaller number is taken at a reload.",
        .min = 1, .max = 1000000),
    SINKHOLE(UINT, max_connections_per_host, "max-connections-per-host", "64", RELOAD,
        "Open connections of one host at once.", .min = 1, .max = 1000000),
    SINKHOLE(UINT, max_events, "max-events", "20000", RELOAD,
        "Events in one second; more are counted in aggregated events.", .min = 1, .max = 100000000),
    SINKHOLE(UINT, max_events_per_host, "max-events-per-host", "200", RELOAD,
        "The same for one host.", .min = 1, .max = 100000000),
    SINKHOLE(UINT, max_bytes, "max-bytes", "524288", RELOAD,
        "Bytes of events in one second, on average (256 seconds' worth may come at once); more "
        "are counted in aggregated events.",
        .min = 1024, .max = 4294967295),
    SINKHOLE(UINT, max_bytes_per_host, "max-bytes-per-host", "16384", RELOAD,
        "The same for one host.", .min = 1024, .max = 4294967295),
    SINKHOLE(UINT, idle_timeout, "idle-timeout", "30", RELOAD,
        "Seconds without a byte before a connection is closed.", .min = 1, .max = 3600),
    SINKHOLE(UINT, request_timeout, "request-timeout", "60", RELOAD,
        "Seconds that a whole request may take.", .min = 1, .max = 3600),
    SINKHOLE(UINT, max_head, "max-head", "16384", RELOAD, "Bytes of a request head.", .min = 1024,
        .max = 65536),
    SINKHOLE(UINT, max_body, "max-body", "16384", RELOAD,
        "Bytes of a body that are inspected and kept.", .min = 0, .max = 1048576),
    SINKHOLE(ENUM, beacon_status, "beacon-status", "200", RELOAD,
        "HTTP status of the answer to automation, with an empty body; close: no answer.",
        .choices = status_choices),
    SINKHOLE(UINT, hold, "hold", "0", RELOAD,
        "Seconds that the answer to a new suspect is kept back, so that its process can be found on "
        "the host by its open connection. 0: not at all.",
        .min = 0, .max = 60),
    {0},
};

static const struct ush_field store_fields[] = {
    STORE(CUSTOM, path, "path", STATE "store.db", AT_ONCE,
        "The store; it can always be rebuilt from the logs.", .read = ush_read_path),
    STORE(CUSTOM, records, "records", NULL, AT_ONCE,
        "What cannot be rebuilt from the logs: marks of sinkctl mark, leases. Default: records.db beside the "
        "store.",
        .read = ush_read_path),
    STORE(CUSTOM, host_names, "host-names", NULL, AT_ONCE,
        "A file like /etc/hosts with names for the hosts in tables.", .read = ush_read_path),
    STORE(STRING, dnstap, "dnstap", NULL, AT_ONCE,
        "Where sinkctl dnstap sends the events of the resolvers: unix:/path, or an address and a "
        "port, as 127.0.0.1:6000. Read when it starts. Default: nowhere."),
    STORE(CUSTOM, push_to, "push-to", NULL, AT_ONCE,
        "The PostgreSQL database that sinkwatch and sinkctl ingest send what the logs here say: "
        "postgresql://ns2@db.example.net/sinkhole. Without a password: that is libpq's to find. Default: "
        "none.",
        .read = ush_read_engine),
    STORE(CUSTOM, pull_from, "pull-from", NULL, AT_ONCE,
        "The PostgreSQL database that sinkctl and sinkwatch answer from, with what all machines "
        "sent. Default: the logs here.",
        .read = ush_read_engine),
    STORE(LIST, identities, "identities", "[]", AT_ONCE,
        "Files that say which machine had an address and whose it is: a list of {path:, format:}.",
        ENTRIES(ush_identity_source, 4096)),
    STORE(LIST, logs, "logs", "[]", AT_ONCE,
        "The logs that sinkctl reads: a list of {path:, writer:}. Default: the two event-logs "
        "above. With a list, only what it names is read and expected.",
        ENTRIES(ush_log_source, 4096), .check = ush_check_log_entry),
    {0},
};

static const struct ush_choice login_choices[] = {
    {"none", USH_LOGIN_NONE},
    {"proxy", USH_LOGIN_PROXY},
    {"password", USH_LOGIN_PASSWORD},
    {NULL, 0},
};

static const struct ush_field watch_fields[] = {
    WATCH(CUSTOM, listen, "listen", "127.0.0.1:8053", RESTART,
        "Address and port of the page. Another one than loopback needs certificate, key and login.",
        .read = ush_read_service),
    WATCH(ENUM, language, "language", "auto", AT_ONCE,
        "Language of the page: auto is what the browser asks for.", .choices = language_choices),
    WATCH(CUSTOM, names, "names", "[]", AT_ONCE,
        "Host names by which the page may be asked for beside localhost and its address: those of "
        "a reverse proxy on this machine.",
        .read = ush_read_names),
    WATCH(CUSTOM, certificate, "certificate", NULL, RESTART,
        "TLS certificate of the page with its chain (PEM). A new one in the file is taken at once.",
        .read = ush_read_path),
    WATCH(CUSTOM, key, "key", NULL, RESTART,
        "Private key of the certificate (PEM), readable for the user of sinkwatch.",
        .read = ush_read_path),
    WATCH(ENUM, login, "login", "none", RESTART,
        "Who asks: none (clear names, loopback only), proxy (headers of proxies), or password "
        "(HTTP Basic, password-file).",
        .choices = login_choices),
    WATCH(CUSTOM, proxies, "proxies", "[127.0.0.0/8, \"::1\"]", RESTART,
        "login: proxy: the addresses of the proxy. From elsewhere nothing is served.",
        .read = ush_read_networks),
    WATCH(STRING, user_header, "user-header", "X-Remote-User", RESTART,
        "login: proxy: the header with the user. The proxy must set it on every request.", .min = 1,
        .max = 64),
    WATCH(STRING, group_header, "group-header", "X-Remote-Groups", RESTART,
        "login: proxy: the header with the user's groups, separated by commas or semicolons. The "
        "proxy must set it on every request, empty if there are none.",
        .min = 1, .max = 64),
    WATCH(CUSTOM, password_file, "password-file", NULL, RESTART,
        "login: password: lines user:hash as htpasswd -B or mkpasswd make them. A new version of "
        "the file is taken at once.",
        .read = ush_read_path),
    WATCH(CUSTOM, responders, "responders", "[]", RESTART,
        "Groups (login: proxy) or users (login: password) that see clear names. The hosts that "
        "they open are logged.",
        .read = ush_read_words),
    WATCH(CUSTOM, viewers, "viewers", "[]", RESTART,
        "The same for those who see pseudonyms. If there are any, all others are refused; if there "
        "are none, everyone who is logged in and no responder is a viewer.",
        .read = ush_read_words),
    WATCH(CUSTOM, pseudonym_key, "pseudonym-key", STATE "watch/pseudonyms.key", RESTART,
        "With a login: file with the key of the pseudonyms, made with mode 0600 if it is missing.",
        .read = ush_read_path),
    WATCH(CUSTOM, access_log, "access-log", LOG "watch/access.jsonl", RESTART,
        "With a login: log of what responders opened and of refused logins.",
        .read = ush_read_path),
    {0},
};

static const struct ush_field update_fields[] = {
    UPDATE(CUSTOM, directory, "directory", STATE "feeds", AT_ONCE,
        "Directory of the last good copy of each feed and of what is known about it.",
        .read = ush_read_path),
    UPDATE(LIST, feeds, "feeds", "[]", AT_ONCE,
        "The feeds that the list is made of, in order of precedence: a list of {name:, file: or "
        "command:}.",
        ENTRIES(ush_feed_source, 1000), .check = ush_check_feed_source),
    {0},
};

const struct ush_field ush_settings_fields[] = {
    TOP(ENUM, mode, "mode", "enforce", AT_ONCE,
        "The kill switch: enforce, only record, or do nothing. Watched; no reload needed.",
        .choices = mode_choices),
    TOP(BOOL, drill, "drill", "false", RESTART,
        "The whole installation is a drill: every event says so."),
    TOP(STRING, observer, "observer", NULL, RESTART,
        "Name of this sensor in events. Default: the host name.", .min = 1,
        .max = USH_OBSERVER_MAX),
    TOP(CUSTOM, own_domains, "own-domains", "[]", AT_ONCE,
        "Your own domains: sinkzone compile warns of feeds that list them, or a name above or "
        "below them.",
        .read = ush_read_names),
    TOP(MAP, module, "module", NULL, AT_ONCE, "The module inside Unbound.",
        .fields = module_fields),
    TOP(MAP, sinkhole, "sinkhole", NULL, RELOAD, "sinkholed.", .fields = sinkhole_fields),
    TOP(MAP, store, "store", NULL, AT_ONCE, "The store behind sinkctl.", .fields = store_fields),
    TOP(MAP, watch, "watch", NULL, AT_ONCE, "sinkwatch.", .fields = watch_fields),
    TOP(MAP, alerts, "alerts", NULL, AT_ONCE, "Messages of sinkwatch to people and programs.",
        .fields = ush_alerts_fields),
    TOP(MAP, update, "update", NULL, AT_ONCE, "sinkzone update.", .fields = update_fields),
    TOP(LIST, roles, "roles", "[]", RELOAD,
        "What is known about hosts: a list of {networks:, role:}; the first that fits counts.",
        ENTRIES(ush_role, 65536)),
    TOP(CUSTOM, campaigns, "campaigns", "{}", RELOAD,
        "Overrides by campaign: a map of {action:, address:}.", .read = ush_read_campaigns,
        .fields = ush_campaign_fields),
    TOP(CUSTOM, feeds, "feeds", "{}", RELOAD, "Overrides by feed: a map of {action:}.",
        .read = ush_read_feeds, .fields = ush_feed_fields),
    {0},
};
