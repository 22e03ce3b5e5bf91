/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/settings.h"

#include <string.h>
#include <unistd.h>
#include "tests/unit/unit.h"

static char directory[] = "/tmp/test-settings-XXXXXX";
static char path[64];

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/sinkhole.yaml", directory);
}

static void
tear_down(void)
{
	unlink(path);
	rmdir(directory);
}

static int
load(const char *text, struct ush_settings **out, struct ush_error *err)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	return ush_settings_load(out, path, err);
}

static bool
networks_are(const struct ush_networks *list, const char *expected)
{
	char text[200] = "";
	char buf[USH_NETWORK_TEXT_MAX];

	for (size_t i = 0; i < list->count; i++) {
		strcat(text, i > 0 ? " " : "");
		strcat(text, ush_network_to_text(&list->items[i], buf));
	}
	return strcmp(text, expected) == 0;
}

/* The settings are read by many, and messages show the URI. */
START_TEST(test_a_database_is_named_without_its_password)
{
	static const char *const good[] = {"postgresql://ns1@db.example.net/sinkhole",
	    "postgres://db.example.net:5433/sinkhole?passfile=/etc/db.pass",
	    "postgresql:///?service=x"};
	static const char *const bad[] = {"postgresql://ns1:secret@db.example.net/sinkhole",
	    "postgresql://db.example.net/sinkhole?user=ns1&PassWord=secret", "db.example.net",
	    "host=db.example.net"};
	struct ush_settings *s;
	struct ush_error err = {0};
	char text[128];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), "store:\n  push-to: \"%s\"\n", good[i]);
		ck_assert_msg(load(text, &s, &err) == 0, "%s", err.text);
		ck_assert_str_eq(s->store.push_to, good[i]);
		ck_assert_ptr_null(s->store.pull_from);
		ush_settings_free(s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "store:\n  pull-from: \"%s\"\n", bad[i]);
		ck_assert_int_eq(load(text, &s, &err), -1);
		ck_assert_uint_eq(err.line, 2);
		ck_assert_ptr_null(strstr(err.text, "secret"));
	}
}
END_TEST

/* An editor that saves to a full disk leaves such a file: nothing in force may be undone by it. */
START_TEST(test_an_empty_file_is_refused)
{
	struct ush_settings *s;
	struct ush_error err = {0};

	ck_assert_int_eq(load("", &s, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is empty"));
	ck_assert_int_eq(load("# nothing but a remark\n", &s, NULL), -1);
	ck_assert_int_eq(load("{}\n", &s, NULL), -1);
}
END_TEST

/* The first lines of what is wrong, as "line line". */
static void
keep_lines(void *arg, const struct ush_error *mistake)
{
	char *lines = arg;

	ck_assert_str_eq(mistake->file, path);
	sprintf(lines + strlen(lines), "%u ", mistake->line);
}

static const struct {
	const char *text;
	const char *lines;
	unsigned ttl;      /* of the part module: 30 is the default */
	size_t roles;      /* of the part roles */
	const char *store; /* where the path of the part store ends */
} mistakes[] = {
    {"module:\n  ttl: 60\nroles: []\nstore:\n  path: s.db\n", "", 60, 0, "/s.db"},
    {"module:\n  ttl: 60\n  tll: 1\nstore:\n  path: s.db\n", "3 ", 30, 0, "/s.db"},
    {"store:\n  path: s.db\nmodule:\n\tttl: 60\nroles:\n- {networks: [10.0.0.1], role: proxy}\n",
        "4 ", 30, 1, "/s.db"},
    {"mod: enforce\nmodule:\n  ttl: 60\nroles:\n  - {role: proxy}\n# a remark\n\nstore:\n"
     "  path: s.db\n",
        "1 5 ", 60, 0, "/s.db"},
    {"store:\n  path: [s.db]\nmodule:\n  ttl: 60\n", "2 ", 60, 0,
        "/var/lib/unbound-sinkhole/store.db"},
    {"mode: enforce\nmode: off\nmodule:\n  ttl: 60\nstore:\n  path: s.db\n", "2 ", 60, 0, "/s.db"},
    {"{not: yaml", "2 ", 30, 0, "/var/lib/unbound-sinkhole/store.db"},
    {"", "", 30, 0, "/var/lib/unbound-sinkhole/store.db"},
};

START_TEST(test_what_can_be_read_of_a_file_with_mistakes)
{
	struct ush_settings *s;
	struct ush_error err = {0};
	char lines[64] = "";
	const char *store;

	(void)load(mistakes[_i].text, &s, NULL);
	ush_settings_free(s);
	ck_assert_int_eq(ush_settings_load_parts(&s, path, keep_lines, lines, &err), 0);
	ck_assert_str_eq(lines, mistakes[_i].lines);
	ck_assert_uint_eq(s->module.ttl, mistakes[_i].ttl);
	ck_assert_uint_eq(s->role_count, mistakes[_i].roles);
	store = strstr(s->store.path, mistakes[_i].store);
	ck_assert_ptr_nonnull(store);
	ck_assert_str_eq(store, mistakes[_i].store);
	ush_settings_free(s);
	unlink(path);
	ck_assert_int_eq(ush_settings_load_parts(&s, path, keep_lines, lines, &err), -1);
	ck_assert_ptr_null(s);
}
END_TEST

static const struct {
	const char *text;
	bool has_none;
} logins[] = {
    {"mode: no-such-mode\nroles: [x]\n", true},
    {"mode: no-such-mode\nwatch: {listen: \"127.0.0.1:8054\", login: none}\n", true},
    {"mode: no-such-mode\nwatch:\n  # login: proxy\n", true},
    {"mode: no-such-mode\nwatch: {login: proxy}\n", false},
    {"watch: {logn: proxy}\n", false},
    {"watch: {login: prxy}\n", false},
    {"watch: {responders: [soc]}\n", false},
    {"wach: {login: proxy}\n", false},
    {"watch: {language: ja}\nalerts:\n  quiet: []\n  login: proxy\n", false},
    {"watch: {language: ja}\nroles: [{login: proxy}]\n", false},
    {"watch:\n  login: proxy\n responders: [soc]\n", false},
    {"[]\n", false},
};

START_TEST(test_a_file_with_a_mistake_may_want_a_login)
{
	struct ush_settings *s;

	ck_assert_int_eq(load(logins[_i].text, &s, NULL), -1);
	ck_assert_int_eq(ush_settings_have_no_login(path), logins[_i].has_none);
	unlink(path);
	ck_assert(!ush_settings_have_no_login(path));
}
END_TEST

static const char logs[] = "module: {event-log: a/dns.jsonl}\n"
                           "sinkhole: {event-log: /b/contacts.jsonl}\n";

START_TEST(test_the_logs_that_are_read)
{
	struct ush_settings *s;
	struct ush_error err = {0};
	char text[512];

	ck_assert_int_eq(load(logs, &s, NULL), 0);
	ck_assert_uint_eq(s->store.log_count, 2);
	ck_assert_str_eq(s->store.logs[0].path, s->module.event_log);
	ck_assert_str_eq(ush_log_writer_text(s->store.logs[0].writer), "dns");
	ck_assert_ptr_null(s->store.logs[0].observer);
	ck_assert_str_eq(s->store.logs[1].path, "/b/contacts.jsonl");
	ck_assert_str_eq(ush_log_writer_text(s->store.logs[1].writer), "contacts");
	ush_settings_free(s);
	snprintf(text, sizeof(text),
	    "%sstore:\n  logs:\n    - {path: /c/dns.jsonl, writer: dns, observer: ns2, delay: 300}\n",
	    logs);
	ck_assert_int_eq(load(text, &s, NULL), 0);
	ck_assert_uint_eq(s->store.log_count, 1);
	ck_assert_str_eq(s->store.logs[0].path, "/c/dns.jsonl");
	ck_assert_str_eq(s->store.logs[0].observer, "ns2");
	ck_assert_uint_eq(s->store.logs[0].delay, 300);
	ush_settings_free(s);
	ck_assert_int_eq(load("store:\n  logs:\n    - {path: /c, writer: dsn}\n", &s, &err), -1);
	ck_assert_uint_eq(err.line, 3);
	ck_assert_str_eq(err.text, "\"writer\" must be dns or contacts, not \"dsn\"");
	ck_assert_int_eq(load("store:\n  logs:\n    - {writer: dns}\n", &s, &err), -1);
	ck_assert_str_eq(err.text, "\"path\" is missing");
}
END_TEST

START_TEST(test_sensors_of_one_writer_have_names_of_their_own)
{
	static const char two[] = "store:\n  logs:\n    - {path: /a, writer: dns%s}\n"
	                          "    - {path: /b, writer: contacts}\n"
	                          "    - {path: /c, writer: dns%s}\n";
	struct ush_settings *s;
	struct ush_error err = {0};
	char text[256];

	snprintf(text, sizeof(text), two, "", "");
	ck_assert_int_eq(load(text, &s, &err), -1);
	ck_assert_str_eq(
	    err.text, "\"observer\" is missing: the entry in line 3 has the same writer");
	ck_assert_uint_eq(err.line, 5);
	snprintf(text, sizeof(text), two, ", observer: ns1", ", observer: ns1");
	ck_assert_int_eq(load(text, &s, &err), -1);
	ck_assert_str_eq(err.text, "the entry in line 3 has the same writer and observer");
	ck_assert_uint_eq(err.line, 5);
	snprintf(text, sizeof(text), two, "", ", observer: ns2");
	ck_assert_int_eq(load(text, &s, &err), 0);
	ush_settings_free(s);
}
END_TEST

START_TEST(test_the_name_of_a_sensor_is_bounded)
{
	struct ush_settings *s;
	struct ush_error err = {0};
	char text[400];

	snprintf(text, sizeof(text), "mode: enforce\nobserver: %0255d\n", 7);
	ck_assert_int_eq(load(text, &s, NULL), 0);
	ck_assert_uint_eq(strlen(s->observer), 255);
	ush_settings_free(s);
	snprintf(text, sizeof(text), "mode: enforce\nobserver: %0256d\n", 7);
	ck_assert_int_eq(load(text, &s, &err), -1);
	ck_assert_str_eq(err.text, "\"observer\" must have 1 to 255 bytes, not 256");
	ck_assert_uint_eq(err.line, 2);
	ck_assert_int_eq(load("observer: ''\n", &s, &err), -1);
	snprintf(text, sizeof(text),
	    "store:\n  logs:\n    - {path: /c, writer: dns, observer: %0256d}\n", 7);
	ck_assert_int_eq(load(text, &s, &err), -1);
	ck_assert_str_eq(err.text, "\"observer\" must have 1 to 255 bytes, not 256");
	ck_assert_uint_eq(err.line, 3);
}
END_TEST

/* What a file prints as; owned by the caller. */
static char *
printed_with(const char *text, enum ush_secrets secrets)
{
	struct ush_settings *s;
	struct ush_error err = {0};
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);

	ck_assert_msg(load(text, &s, &err) == 0, "%u: %s\n%s", err.line, err.text, text);
	ush_settings_free(s);
	ck_assert_int_eq(ush_settings_print(to, path, secrets, &err), 0);
	fclose(to);
	return out;
}

static char *
printed(const char *text)
{
	return printed_with(text, USH_SECRETS_SHOWN);
}

static const char everything[] =
    "mode: monitor\n"
    "own-domains: [Example.Jp., corp.example.com]\n"
    "observer: \"a \\\"b\\\" \\\\ \\x01 \\u3042\\x85\\u2028 yes\"\n"
    "module: {database: here.db, sinkhole-addresses: [198.51.100.0/24, '2001:db8::/64'],\n"
    "  exempt: [10.0.0.1, '::1'], canary: WWW.Canary.Test., ede-text: 'no'}\n"
    "sinkhole:\n"
    "  listen:\n"
    "    - {address: 198.51.100.0/24, tcp: [80, 443], udp: [123]}\n"
    "    - {address: '2001:db8::/64', tcp: [80], udp: ~, proxy-protocol: yes}\n"
    "  capture: all\n  tls: probe\n  beacon-status: close\n  syn: no\n  max-head: 2048\n"
    "  contact: 'null'\n  organisation: 'A: b, {c} #d'\n  metrics: 127.0.0.1:9153\n"
    "store: {host-names: /etc/hosts, logs: [{path: x/dns.jsonl, writer: dns, observer: a b}]}\n"
    "roles: [{networks: [10.0.0.53/32, 10.1.0.0/16], role: forwarder}]\n"
    "campaigns: {emdivi: {action: monitor, address: [192.0.2.9, '2001:db8::9']}}\n"
    "feeds: {'a feed': {action: off}}\n"
    "alerts:\n  calls: [INFECTED, DRILL]\n  quiet: ['22:30-07:00', 'Sat,Mon-Tue 00:00-24:00']\n"
    "  link: https://sinkhole.example.net//\n  outputs:\n"
    "    - {name: soc, webhook: 'https://hooks.example.net/x/', secret-file: secret}\n"
    "    - {name: desk, mail: [a@example.net, b], through: 'smtp://127.0.0.1'}\n"
    "    - {name: pager, program: [/bin/page, 'no', '']}\n";

START_TEST(test_what_is_printed_means_the_same)
{
	static const char *const texts[] = {"mode: enforce\n", everything};
	struct ush_settings *s;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *once = printed(texts[i]);
		char *twice = printed(once);

		ck_assert_str_eq(once, twice);
		ck_assert_ptr_null(strstr(once, "path: x/")); /* wherever the copy lies */
		free(twice);
		ck_assert_int_eq(load(once, &s, NULL), 0);
		free(once);
		if (i + 1 < sizeof(texts) / sizeof(texts[0]))
			ush_settings_free(s);
	}
	ck_assert_str_eq(s->observer, "a \"b\" \\ \x01 \xe3\x81\x82\xc2\x85\xe2\x80\xa8 yes");
	ck_assert_ptr_nonnull(strstr(s->module.database, "/here.db"));
	ck_assert_str_eq(s->module.canary, "www.canary.test");
	ck_assert_uint_eq(s->own_domains.count, 2);
	ck_assert_str_eq(s->own_domains.items[0], "example.jp");
	ck_assert_str_eq(s->own_domains.items[1], "corp.example.com");
	ck_assert_str_eq(s->module.ede_text, "no");
	ck_assert(networks_are(&s->module.exempt, "10.0.0.1/32 ::1/128"));
	ck_assert_uint_eq(s->sinkhole.listen_count, 2);
	ck_assert_uint_eq(s->sinkhole.listen[0].tcp[1], 443);
	ck_assert(s->sinkhole.listen[1].proxy_protocol);
	ck_assert_int_eq(s->sinkhole.tls, USH_TLS_PROBE);
	ck_assert_uint_eq(s->sinkhole.beacon_status, 0);
	ck_assert(!s->sinkhole.syn);
	ck_assert_str_eq(s->sinkhole.contact, "null");
	ck_assert_str_eq(s->sinkhole.organisation, "A: b, {c} #d");
	ck_assert_uint_eq(s->sinkhole.metrics.port, 9153);
	ck_assert_uint_eq(s->store.log_count, 1);
	ck_assert_str_eq(s->store.logs[0].observer, "a b");
	ck_assert_ptr_nonnull(strstr(s->store.logs[0].path, "/x/dns.jsonl"));
	ck_assert_uint_eq(s->role_count, 1);
	ck_assert_int_eq(s->campaigns.items[0].action, USH_ACTION_MONITOR);
	ck_assert_int_eq(s->campaigns.items[0].address6.family, AF_INET6);
	ck_assert_str_eq(s->feeds.items[0].name, "a feed");
	ck_assert_uint_eq(s->alerts.about, 1u << 0 | 1u << 6);
	ck_assert_uint_eq(s->alerts.quiet_about, 1u << 0);
	ck_assert_uint_eq(s->alerts.quiet.count, 2);
	ck_assert_uint_eq(s->alerts.quiet.items[0].days, 0x7f);
	ck_assert_uint_eq(s->alerts.quiet.items[0].from, 22 * 60 + 30);
	ck_assert_uint_eq(s->alerts.quiet.items[0].to, 7 * 60);
	ck_assert_uint_eq(s->alerts.quiet.items[1].days, 1 << 6 | 1 << 1 | 1 << 2);
	ck_assert_uint_eq(s->alerts.quiet.items[1].to, 24 * 60);
	ck_assert_str_eq(s->alerts.link, "https://sinkhole.example.net");
	ck_assert_str_eq(s->alerts.outputs[0].webhook, "https://hooks.example.net/x/");
	ck_assert_ptr_nonnull(strstr(s->alerts.outputs[0].secret_file, "/secret"));
	ck_assert_str_eq(s->alerts.outputs[1].mail.items[1], "b");
	ck_assert_str_eq(s->alerts.outputs[1].through, "smtp://127.0.0.1");
	ck_assert_str_eq(s->alerts.outputs[2].program.items[1], "no");
	ck_assert_uint_eq(s->alerts.outputs[2].program.count, 3);
	ck_assert_uint_eq(s->alerts.output_count, 3);
	ush_settings_free(s);
}
END_TEST

START_TEST(test_what_others_may_read_has_no_secrets)
{
	static const char text[] =
	    "alerts:\n  outputs:\n"
	    "    - {name: a, webhook: 'https://chat.example.net/services/SECRET'}\n"
	    "    - {name: b, webhook: 'https://me:SECRET@b.example.net?key=SECRET'}\n"
	    "    - {name: c, mail: [a@example.net], through: 'smtp://me:SECRET@mail.example.net'}\n"
	    "    - {name: d, mail: [a@example.net], through: 'smtp://127.0.0.1'}\n"
	    "    - {name: e, mail: [a@example.net], through: /bin/sendmail}\n";
	char *shown = printed_with(text, USH_SECRETS_HIDDEN);

	ck_assert_ptr_null(strstr(shown, "SECRET"));
	ck_assert_ptr_nonnull(strstr(shown, "https://chat.example.net/HIDDEN"));
	ck_assert_ptr_nonnull(strstr(shown, "https://b.example.net/HIDDEN"));
	ck_assert_ptr_nonnull(strstr(shown, "smtp://mail.example.net/HIDDEN"));
	ck_assert_ptr_nonnull(strstr(shown, "smtp://127.0.0.1'}"));
	ck_assert_ptr_nonnull(strstr(shown, "through: /bin/sendmail"));
	free(shown);
}
END_TEST

START_TEST(test_what_is_not_said_is_default)
{
	struct ush_settings *s;
	char host[256];

	ck_assert_int_eq(load("mode: enforce\n", &s, NULL), 0);
	ck_assert_str_eq(s->path, path);
	ck_assert_int_eq(s->mode, USH_MODE_ENFORCE);
	ck_assert(!s->drill);
	gethostname(host, sizeof(host));
	ck_assert_str_eq(s->observer, host);
	ck_assert_str_eq(s->module.database, "/var/lib/unbound-sinkhole/list/blocklist.db");
	ck_assert_str_eq(s->module.event_log, "/var/log/unbound-sinkhole/dns/dns.jsonl");
	ck_assert_str_eq(s->module.modules_directory, "/usr/lib/unbound-sinkhole");
	ck_assert_uint_eq(s->module.pool.count, 0);
	ck_assert_uint_eq(s->module.ttl, 30);
	ck_assert_ptr_null(s->module.canary);
	ck_assert_ptr_null(s->module.ede_text);
	ck_assert_str_eq(
	    s->sinkhole.event_log, "/var/log/unbound-sinkhole/contacts/contacts.jsonl");
	ck_assert_uint_eq(s->sinkhole.listen_count, 0);
	ck_assert_int_eq(s->sinkhole.capture, USH_CAPTURE_EVIDENCE);
	ck_assert_uint_eq(s->sinkhole.beacon_status, 200);
	ck_assert_uint_eq(s->sinkhole.max_connections, 4096);
	ck_assert_ptr_null(s->sinkhole.user);
	ck_assert_str_eq(s->store.path, "/var/lib/unbound-sinkhole/store.db");
	ck_assert_ptr_null(s->store.host_names);
	ush_settings_free(s);
	ush_settings_free(NULL);
}
END_TEST

static const char whole[] = "mode: monitor\n"
                            "drill: true\n"
                            "observer: ns1\n"
                            "module:\n"
                            "  database: lists/a.db\n"
                            "  event-log: /x/dns.jsonl\n"
                            "  sinkhole-addresses: [\"198.51.100.0/24\", \"2001:db8:83::/64\"]\n"
                            "  ttl: 60\n"
                            "  exempt: [10.1.0.0/16, 10.2.0.1]\n"
                            "  monitor-only: [\"2001:db8::/32\"]\n"
                            "  trusted-forwarders: [10.0.0.53]\n"
                            "  canary: Canary.Example.\n"
                            "  ede-text: call us\n"
                            "  modules-directory: modules\n"
                            "sinkhole:\n"
                            "  listen:\n"
                            "    - {address: 198.51.100.0/24, tcp: [80, 443, 8080], udp: [123]}\n"
                            "    - {address: \"::1\", tcp: 8080}\n"
                            "  trusted-proxies: [10.0.0.9]\n"
                            "  forwarded-ports: [3128, 8000]\n"
                            "  capture: off\n"
                            "  user: sinkhole\n"
                            "  organisation: Example 組合\n"
                            "  contact: ext. 110\n"
                            "  max-connections: 10\n"
                            "  max-connections-per-host: 2\n"
                            "  idle-timeout: 3\n"
                            "  request-timeout: 4\n"
                            "  max-head: 2048\n"
                            "  max-body: 0\n"
                            "  beacon-status: 404\n"
                            "store:\n"
                            "  path: store.db\n"
                            "  host-names: hosts\n"
                            "roles:\n"
                            "  - {networks: [10.0.0.53/32, \"2001:db8::53\"], role: forwarder}\n"
                            "  - {networks: [10.0.0.0/24], role: scanner}\n"
                            "campaigns:\n"
                            "  emdivi: {action: off, address: [192.0.2.7, \"2001:db8::7\"]}\n"
                            "  other: {address: 192.0.2.8}\n"
                            "feeds:\n"
                            "  third-party: {action: monitor}\n";

static bool
lies_here(const char *member, const char *file)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "%s/%s", directory, file);
	return strcmp(member, expected) == 0;
}

START_TEST(test_reads_all_settings_of_the_module)
{
	struct ush_settings *s;

	ck_assert_int_eq(load(whole, &s, NULL), 0);
	ck_assert_int_eq(s->mode, USH_MODE_MONITOR);
	ck_assert(s->drill);
	ck_assert_str_eq(s->observer, "ns1");
	ck_assert(lies_here(s->module.database, "lists/a.db"));
	ck_assert_str_eq(s->module.event_log, "/x/dns.jsonl");
	ck_assert(networks_are(&s->module.pool, "198.51.100.0/24 2001:db8:83::/64"));
	ck_assert_uint_eq(s->module.ttl, 60);
	ck_assert(networks_are(&s->module.exempt, "10.1.0.0/16 10.2.0.1/32"));
	ck_assert(networks_are(&s->module.monitor_only, "2001:db8::/32"));
	ck_assert(networks_are(&s->module.trusted_forwarders, "10.0.0.53/32"));
	ck_assert_str_eq(s->module.canary, "canary.example");
	ck_assert_str_eq(s->module.ede_text, "call us");
	ck_assert(lies_here(s->module.modules_directory, "modules"));
	ush_settings_free(s);
}
END_TEST

START_TEST(test_reads_all_settings_of_sinkholed)
{
	struct ush_settings *s;
	const struct ush_listen *listen;

	ck_assert_int_eq(load(whole, &s, NULL), 0);
	ck_assert_uint_eq(s->sinkhole.listen_count, 2);
	listen = &s->sinkhole.listen[0];
	ck_assert_uint_eq(listen->line, 17);
	ck_assert_uint_eq(listen->address.bits, 24);
	ck_assert_uint_eq(listen->tcp_count, 3);
	ck_assert_uint_eq(listen->tcp[2], 8080);
	ck_assert_uint_eq(listen->udp_count, 1);
	ck_assert_uint_eq(listen->udp[0], 123);
	ck_assert_uint_eq(s->sinkhole.listen[1].tcp_count, 1);
	ck_assert_uint_eq(s->sinkhole.listen[1].udp_count, 0);
	ck_assert(networks_are(&s->sinkhole.trusted_proxies, "10.0.0.9/32"));
	ck_assert_uint_eq(s->sinkhole.forwarded_ports.count, 2);
	ck_assert(ush_ports_contain(&s->sinkhole.forwarded_ports, 8000));
	ck_assert(!ush_ports_contain(&s->sinkhole.forwarded_ports, 80));
	ck_assert_int_eq(s->sinkhole.capture, USH_CAPTURE_OFF);
	ck_assert_str_eq(s->sinkhole.user, "sinkhole");
	ck_assert_str_eq(s->sinkhole.organisation, "Example 組合");
	ck_assert_str_eq(s->sinkhole.contact, "ext. 110");
	ck_assert_uint_eq(s->sinkhole.max_connections, 10);
	ck_assert_uint_eq(s->sinkhole.max_connections_per_host, 2);
	ck_assert_uint_eq(s->sinkhole.idle_timeout, 3);
	ck_assert_uint_eq(s->sinkhole.request_timeout, 4);
	ck_assert_uint_eq(s->sinkhole.max_head, 2048);
	ck_assert_uint_eq(s->sinkhole.max_body, 0);
	ck_assert_uint_eq(s->sinkhole.beacon_status, 404);
	ck_assert(lies_here(s->store.path, "store.db"));
	ck_assert(lies_here(s->store.host_names, "hosts"));
	ush_settings_free(s);
}
END_TEST

static enum ush_role_kind
role_of(const struct ush_settings *settings, const char *host)
{
	struct ush_address address;

	ck_assert_int_eq(ush_address_from_text(&address, host), 0);
	return ush_settings_role(settings, &address);
}

START_TEST(test_roles_and_overrides)
{
	const struct ush_override *emdivi, *other;
	struct ush_settings *s;
	char buf[USH_ADDRESS_TEXT_MAX];

	ck_assert_int_eq(load(whole, &s, NULL), 0);
	ck_assert_int_eq(role_of(s, "10.0.0.53"), USH_ROLE_FORWARDER); /* the first that fits */
	ck_assert_int_eq(role_of(s, "2001:db8::53"), USH_ROLE_FORWARDER);
	ck_assert_int_eq(role_of(s, "10.0.0.54"), USH_ROLE_SCANNER);
	ck_assert_int_eq(role_of(s, "10.0.1.1"), USH_ROLE_NONE);
	emdivi = ush_override_find(&s->campaigns, "emdivi");
	other = ush_override_find(&s->campaigns, "other");
	ck_assert_int_eq(emdivi->action, USH_ACTION_OFF);
	ck_assert_str_eq(ush_address_to_text(&emdivi->address4, buf), "192.0.2.7");
	ck_assert_str_eq(ush_address_to_text(&emdivi->address6, buf), "2001:db8::7");
	ck_assert_uint_eq(emdivi->line, 39);
	ck_assert_int_eq(other->action, USH_ACTION_NONE);
	ck_assert_uint_eq(other->address6.family, 0);
	ck_assert_ptr_null(ush_override_find(&s->campaigns, "third-party"));
	ck_assert_int_eq(ush_override_find(&s->feeds, "third-party")->action, USH_ACTION_MONITOR);
	ush_settings_free(s);
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
	const char *says; /* a part of the message */
} refused[] = {
    {"mode: on\n", 1, "\"mode\" must be enforce, monitor or off, not \"on\""},
    {"module:\n  databse: x\n", 2, "unknown key \"databse\" (did you mean \"database\"?)"},
    {"update:\n  feeds:\n    - {name: a, file: a.txt, format: names, explained: yes}\n", 3,
        "\"explained\" is only for feeds of the format rpz"},
    {"modul:\n  ttl: 3\n", 1, "did you mean \"module\"?"},
    {"module:\n  ttl: 86401\n", 2, "\"ttl\" must be a number from 0 to 86400"},
    {"module:\n  database: \"\"\n", 2, "expected the path"},
    {"module:\n  database: [x]\n", 2, "expected the path"},
    {"module:\n  canary: a..b\n", 2, "\"a..b\" is no DNS name"},
    {"module:\n  canary: .\n", 2, "is no DNS name"},
    {"own-domains: example.jp\n", 1, "expected a list of names"},
    {"own-domains:\n  - example.jp\n  - a..b\n", 3, "\"a..b\" is no DNS name"},
    {"module:\n  exempt: 10.0.0.0/8\n", 2, "expected a list of networks"},
    {"module:\n  exempt:\n    - 10.0.0.0/8\n    - 10.0.0.1/8\n", 4, "\"10.0.0.1/8\" is no"},
    {"module:\n  exempt: [[10.0.0.0/8]]\n", 2, "is no address or network"},
    {"module:\n  sinkhole-addresses: [10.0.0.0/8, 11.0.0.0/8]\n", 2, "at most one IPv4"},
    {"module:\n  sinkhole-addresses: [10.0.0.0/8, \"::/64\", \"::/65\"]\n", 2, "at most one"},
    {"sinkhole:\n  listen:\n    - {address: x, tcp: [80]}\n", 3, "\"x\" is no address"},
    {"sinkhole:\n  listen:\n    - {tcp: [80]}\n", 3, "\"address\" is missing"},
    {"sinkhole:\n  listen:\n    - {address: 10.0.0.1}\n", 3, "neither tcp nor udp"},
    {"sinkhole:\n  listen:\n    - {address: 10.0.0.1, tcp: []}\n", 3, "neither tcp nor udp"},
    {"sinkhole:\n  listen:\n    - address: 10.0.0.1\n      tcp:\n        - 0\n", 5, "1 to 65535"},
    {"sinkhole:\n  listen: [{address: 10.0.0.1, tcp: 65536}]\n", 2, "1 to 65535"},
    {"sinkhole:\n  listen: [{address: 10.0.0.1, tcp: {a: 1}}]\n", 2, "list of ports"},
    {"sinkhole:\n  listen: [{address: 10.0.0.1, tcp: 1, proxy-protocol: v2}]\n", 2,
        "true or false"},
    {"sinkhole:\n  listen: [{address: 10.0.0.1, tcp: 1, udp: 1, proxy-protocol: yes}]\n", 2,
        "proxy-protocol is for tcp"},
    {"sinkhole:\n  listen: 80\n", 2, "expected a list of {address:"},
    {"sinkhole:\n  forwarded-ports: [80, 443]\n", 2, "443 cannot be a forwarded port"},
    {"sinkhole:\n  forwarded-ports: 443\n", 2, "443 cannot be a forwarded port"},
    {"sinkhole:\n  forwarded-ports: [0]\n", 2, "1 to 65535"},
    {"sinkhole:\n  beacon-status: 301\n", 2, "must be 200, 204, 404 or close"},
    {"sinkhole:\n  max-head: 1\n", 2, "from 1024 to 65536"},
    {"roles: {}\n", 1, "expected a list of {networks:"},
    {"roles:\n  - {networks: [10.0.0.1], role: printer}\n", 2, "\"role\" must be forwarder,"},
    {"roles:\n  - {networks: [], role: drill}\n", 2, "at least one network"},
    {"roles:\n  - {role: drill}\n", 2, "\"networks\" is missing"},
    {"campaigns: [x]\n", 1, "expected a map"},
    {"campaigns:\n  x: {action: passthru}\n", 2, "\"action\" must be sinkhole, monitor,"},
    {"campaigns:\n  x: monitor\n", 2, "expected a map"},
    {"campaigns:\n  x: {address: [10.0.0.1, 10.0.0.2]}\n", 2, "at most one IPv4 and one IPv6"},
    {"campaigns:\n  x: {address: nowhere}\n", 2, "\"nowhere\" is no IP address"},
    {"feeds:\n  x: {address: 10.0.0.1}\n", 2, "unknown key \"address\""},
    {"alerts:\n  calls: [INFECTED,\n    BAD]\n", 3, "expected a call (INFECTED"},
    {"alerts:\n  quiet: ['7:00-8:00']\n", 2, "expected a time of the day"},
    {"alerts:\n  quiet: ['23:00-24:01']\n", 2, "expected a time of the day"},
    {"alerts:\n  quiet: ['10:00-10:00']\n", 2, "expected a time of the day"},
    {"alerts:\n  quiet: ['Sat,10:00-11:00']\n", 2, "expected a time of the day"},
    {"alerts:\n  quiet: ['Sat-Day 10:00-11:00']\n", 2, "expected a time of the day"},
    {"alerts:\n  quiet: ['10:60-11:00']\n", 2, "expected a time of the day"},
    {"alerts:\n  outputs:\n    - {name: x}\n", 3, "one of webhook, webhook-file, mail, syslog"},
    {"alerts:\n  outputs:\n    - {name: x, syslog: /dev/log, mail: [a]}\n", 3, "one of webhook"},
    {"alerts:\n  outputs:\n    - {name: x, webhook-file: f, webhook: 'http://h/'}\n", 3,
        "one of webhook"},
    {"alerts:\n  outputs:\n    - {name: x, webhook: 'ftp://h/'}\n", 3, "https:// or http://"},
    {"alerts:\n  outputs:\n    - {name: x, webhook: 'https:///'}\n", 3, "https:// or http://"},
    {"alerts:\n  outputs:\n    - {name: x, mail: [\"a\\nBcc: b\"]}\n", 3, "a mail address alone"},
    {"alerts:\n  outputs:\n    - {name: x, mail: [-t]}\n", 3, "a mail address alone"},
    {"alerts:\n  outputs:\n    - {name: x, mail: [a], from: 'b c'}\n", 3, "a mail address alone"},
    {"alerts:\n  outputs:\n    - {name: x, program: [rm, x]}\n", 3, "the whole path of a program"},
    {"alerts:\n  outputs:\n    - {name: x, mail: [a], secret-file: s}\n", 3, "for a webhook"},
    {"alerts:\n  outputs:\n    - {name: x, mail: [a]}\n    - {name: x, mail: [b]}\n", 4,
        "the output in line 3 has the same name"},
};

START_TEST(test_refused_with_line)
{
	struct ush_error err = {0};
	struct ush_settings *s;

	ck_assert_int_eq(load(refused[_i].text, &s, &err), -1);
	ck_assert_ptr_null(s);
	ck_assert_str_eq(err.file, path);
	ck_assert_msg(strstr(err.text, refused[_i].says) != NULL, "%s", err.text);
	ck_assert_msg(err.line == refused[_i].line, "line %u: %s", err.line, err.text);
}
END_TEST

START_TEST(test_reports_a_missing_file)
{
	struct ush_error err = {0};
	struct ush_settings *s;

	ck_assert_int_eq(ush_settings_load(&s, "/nonexistent/sinkhole.yaml", &err), -1);
	ck_assert_ptr_null(s);
	ck_assert_str_eq(err.file, "/nonexistent/sinkhole.yaml");
	ck_assert_str_eq(err.text, "cannot open it: No such file or directory");
}
END_TEST

START_TEST(test_the_option_goes_before_the_environment)
{
	unsetenv(USH_SETTINGS_ENV);
	ck_assert_str_eq(ush_settings_path("/a"), "/a");
	ck_assert_str_eq(ush_settings_path(NULL), USH_SETTINGS_PATH);
	setenv(USH_SETTINGS_ENV, "", 1);
	ck_assert_str_eq(ush_settings_path(NULL), USH_SETTINGS_PATH);
	setenv(USH_SETTINGS_ENV, "/b", 1);
	ck_assert_str_eq(ush_settings_path(NULL), "/b");
	ck_assert_str_eq(ush_settings_path("/a"), "/a");
}
END_TEST

START_TEST(test_actions_keep_their_words_and_numbers)
{
	static const char *const words[] = {
	    "sinkhole", "nxdomain", "nodata", "drop", "passthru", "monitor", "off"};
	enum ush_action action;

	for (unsigned i = 0; i < 7; i++) {
		ck_assert_int_eq(ush_action_from_text(&action, words[i]), 0);
		ck_assert_uint_eq(action, i + 1); /* numbers of the database format */
		ck_assert_str_eq(ush_action_text(action), words[i]);
	}
	ck_assert_int_eq(ush_action_from_text(&action, "none"), -1);
	ck_assert_int_eq(ush_action_from_text(&action, ""), -1);
	ck_assert_str_eq(ush_action_text((enum ush_action)99), "unknown");
	ck_assert_str_eq(ush_role_text(USH_ROLE_MAIL_GATEWAY), "mail-gateway");
	ck_assert_str_eq(ush_role_text((enum ush_role_kind)99), "unknown");
}
END_TEST

/* Docs and --help are made of this: no key without a help text. */
START_TEST(test_every_key_is_described)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	unsigned keys = 0;

	ush_settings_describe(to);
	fclose(to);
	for (char *line = text; *line != '\0'; keys++) {
		char *end = strchr(line, '\n');

		ck_assert_msg(end[-1] == '.', "%s", line);
		line = end + 1;
	}
	ck_assert_uint_ge(keys, 35);
	ck_assert_ptr_nonnull(
	    strstr(text, "\nmodule.ttl\t30\t0-86400\tat once\tTTL of the answers, in seconds."));
	ck_assert_ptr_nonnull(strstr(text, "\nsinkhole.listen[].tcp\t\t\tat a restart\t"));
	ck_assert_ptr_nonnull(
	    strstr(text, "\nsinkhole.capture\tevidence\toff, evidence or all\tat a reload\t"));
	free(text);
}
END_TEST

START_TEST(test_keys_that_need_a_restart)
{
	char buf[USH_RESTART_KEYS_MAX];

	ck_assert_str_eq(ush_settings_restart_keys(buf),
	    "drill, observer, sinkhole.event-log, sinkhole.listen, sinkhole.user, sinkhole.metrics, "
	    "sinkhole.transparent, sinkhole.loops, sinkhole.max-connections");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/settings");
	TCase *tcase = tcase_create("settings");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_a_database_is_named_without_its_password);
	tcase_add_test(tcase, test_an_empty_file_is_refused);
	tcase_add_loop_test(
	    tcase, test_what_can_be_read_of_a_file_with_mistakes, 0, USH_COUNT(mistakes));
	tcase_add_loop_test(
	    tcase, test_a_file_with_a_mistake_may_want_a_login, 0, USH_COUNT(logins));
	tcase_add_test(tcase, test_the_logs_that_are_read);
	tcase_add_test(tcase, test_sensors_of_one_writer_have_names_of_their_own);
	tcase_add_test(tcase, test_the_name_of_a_sensor_is_bounded);
	tcase_add_test(tcase, test_what_is_printed_means_the_same);
	tcase_add_test(tcase, test_what_others_may_read_has_no_secrets);
	tcase_add_test(tcase, test_what_is_not_said_is_default);
	tcase_add_test(tcase, test_reads_all_settings_of_the_module);
	tcase_add_test(tcase, test_reads_all_settings_of_sinkholed);
	tcase_add_test(tcase, test_roles_and_overrides);
	tcase_add_loop_test(tcase, test_refused_with_line, 0, USH_COUNT(refused));
	tcase_add_test(tcase, test_reports_a_missing_file);
	tcase_add_test(tcase, test_the_option_goes_before_the_environment);
	tcase_add_test(tcase, test_actions_keep_their_words_and_numbers);
	tcase_add_test(tcase, test_every_key_is_described);
	tcase_add_test(tcase, test_keys_that_need_a_restart);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
