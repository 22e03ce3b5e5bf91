/* SPDX-License-Identifier: BSD-3-Clause */
/* What sinkctl prints, from the logs to the page. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/hunt.h"
#include "sinkhole/sinkctl/table.h"
#include "common/terminal.h"
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

#define IPV6 "2001:db8:10:20:a4b1:22ff:fe33:4455"

static struct site site;
static struct ush_command command;

static void
begin(void)
{
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	ush_terminal_init();
	site_begin(&site, NULL);
	command = (struct ush_command){.now_ms = SITE_START + SITE_MINUTE,
	    .settings = site.settings,
	    .store = site.store,
	    .within = site.store};
}

static void
end(void)
{
	site_end(&site);
}

/* What the command prints to stdout; owned by the caller. */
static char *
run(int (*cmd)(struct ush_command *command), int status)
{
	char path[] = "/tmp/ush-out-XXXXXX";
	int fd = mkstemp(path);
	int saved = dup(STDOUT_FILENO);
	FILE *file;
	char *text;
	size_t len;

	command.update = site_update(&site);
	ck_assert_int_eq(ush_command_open_window(&command), 0);
	fflush(stdout);
	ck_assert_int_ne(dup2(fd, STDOUT_FILENO), -1);
	ck_assert_int_eq(cmd(&command), status);
	fflush(stdout);
	if (command.within != command.store)
		ush_store_close(command.within);
	ck_assert_int_ne(dup2(saved, STDOUT_FILENO), -1);
	close(saved);
	file = fdopen(fd, "r");
	text = calloc(1, 1u << 20);
	rewind(file);
	len = fread(text, 1, (1u << 20) - 1, file);
	ck_assert_uint_lt(len, (1u << 20) - 1);
	fclose(file);
	unlink(path);
	return text;
}

/* At most 80 columns a line, nothing that a terminal obeys, no blank at the end. */
static void
check_page(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);
		char *safe = ush_terminal_text(line);

		ck_assert_str_eq(safe, line);
		ck_assert_msg(ush_terminal_width(line) <= USH_TABLE_WIDTH, "%s", line);
		ck_assert(len == 0 || line[len - 1] != ' ');
		free(safe);
		free(line);
		text += len + (text[len] == '\n');
	}
}

static void
sensors(void)
{
	site_state(&site, (struct site_state){.writer = "dns", .serial = 2026112201});
	site_state(&site, (struct site_state){.writer = "contacts", .serial = 2026112101});
}

START_TEST(test_nothing_seen)
{
	char *text = run(ush_cmd_hosts, USH_EXIT_DONE);

	ck_assert_ptr_nonnull(strstr(text, "NOT LOOKING: dns"));
	ck_assert_ptr_nonnull(strstr(text, "NOT LOOKING: contacts"));
	ck_assert_ptr_nonnull(strstr(text, "says little"));
	check_page(text);
	free(text);
	sensors();
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "Nothing seen: no host"));
	ck_assert_ptr_null(strstr(text, "NOT LOOKING"));
	ck_assert_ptr_nonnull(strstr(
	    text, "\nSensor dns: alive, last 11:06; list 2026112201, 3 days old, in force.\n"));
	ck_assert_ptr_nonnull(strstr(text,
	    "\nSensor contacts: alive, last 11:06; list 2026112101, 3 days old, in force.\n"));
	free(text);
}
END_TEST

/* Each trouble has its line, in the table and for programs. */
static const struct {
	struct site_state state;
	const char *line;
	bool is_looking;
} troubles[] = {
    {{.writer = "dns", .list_state = "none", .list_reason = "/x/blocklist.db: too short"},
        "\nNOT LOOKING: dns has no list: /x/blocklist.db: too short.\n", false},
    {{.writer = "dns", .list_state = "pending", .serial = 7},
        "\nNOT LOOKING: the list of dns is not in force yet.\n", false},
    {{.writer = "dns", .serial = 7, .list_reason = "/x/blocklist.db: too short"},
        "\nLIST REFUSED: dns keeps list 7: /x/blocklist.db: too short.\n", true},
    {{.writer = "contacts", .serial = 7, .settings_reason = "/x/sinkhole.yaml:3: no"},
        "\nSETTINGS REFUSED: contacts keeps those in force: /x/sinkhole.yaml:3: no.\n", true},
    {{.writer = "dns", .serial = 7, .mode = "off"},
        "\nNOT LOOKING: dns is in mode off: it records nothing.\n", false},
    {{.writer = "dns", .serial = 7, .mode = "monitor"},
        "\nMODE: dns is in mode monitor: no host is sent to the sinkhole.\n", true},
    {{.writer = "contacts", .serial = 7, .reason = "stop"},
        "\nNOT LOOKING: contacts was stopped, 11:06:40.\n", false},
    {{.writer = "contacts", .serial = 7, .disk_free = 100 << 20},
        "\nDISK: 100 MB are left for the log of contacts.\n", true},
    {{.writer = "contacts", .serial = 7, .lost = 9},
        "\nLOST: 9 events of contacts; its counts are too low.\n", true},
};

START_TEST(test_the_header_names_each_trouble)
{
	char *text;
	json_t *answer;

	sensors();
	site_state(&site, troubles[_i].state);
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_msg(strstr(text, troubles[_i].line) != NULL, "%s", text);
	ck_assert((strstr(text, "Nothing seen: no host") != NULL) == troubles[_i].is_looking);
	check_page(text);
	free(text);
	command.json = true;
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	answer = json_loads(text, 0, NULL);
	ck_assert(json_is_true(json_object_get(answer, "looking")) == troubles[_i].is_looking);
	json_decref(answer);
	free(text);
}
END_TEST

START_TEST(test_a_clock_that_is_ahead_is_named)
{
	char *text;
	json_t *answer;
	json_t *sensor;

	sensors();
	site_state(&site,
	    (struct site_state){
	        .writer = "dns", .serial = 7, .time_ms = command.now_ms + 120 * SITE_MINUTE});
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_msg(strstr(text, "\nSensor dns: clock ahead, last ") != NULL, "%s", text);
	ck_assert_ptr_nonnull(
	    strstr(text, "\nNOT LOOKING: the clock of dns is 2 hours ahead: whether it"));
	ck_assert_ptr_null(strstr(text, "Nothing seen: no host"));
	check_page(text);
	free(text);
	command.json = true;
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	answer = json_loads(text, 0, NULL);
	sensor = json_array_get(json_object_get(answer, "sensors"), 0);
	ck_assert(json_is_false(json_object_get(answer, "looking")));
	ck_assert(json_is_false(json_object_get(sensor, "looking")));
	ck_assert_str_eq(json_string_value(json_object_get(sensor, "health")), "clock ahead");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(sensor, "clock_ahead_ms")), 120 * SITE_MINUTE);
	sensor = json_array_get(json_object_get(answer, "sensors"), 1);
	ck_assert_ptr_null(json_object_get(sensor, "clock_ahead_ms"));
	json_decref(answer);
	free(text);
}
END_TEST

/* The first entry of a writer may stand for any sensor. */
START_TEST(test_a_sensor_without_a_name_is_not_at_one)
{
	static const char more[] = "  logs:\n"
	                           "    - {path: dns.jsonl, writer: dns}\n"
	                           "    - {path: ns2.jsonl, writer: dns, observer: ns2}\n";
	char *text;

	site_end(&site);
	site_begin(&site, more);
	command.settings = site.settings;
	command.store = site.store;
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\nSensor dns: never seen.\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nSensor dns at ns2: never seen.\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nNOT LOOKING: dns has written nothing"));
	free(text);
}
END_TEST

START_TEST(test_both_silent_sensors_are_named)
{
	char *text;

	sensors();
	command.now_ms = SITE_START + 4 * SITE_MINUTE;
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\nNOT LOOKING: dns is silent since 11:06:40.\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nNOT LOOKING: contacts is silent since 11:06:40.\n"));
	free(text);
}
END_TEST

/* Nothing is said not to be there as long as a log could not be read. */
START_TEST(test_an_unread_log_is_named)
{
	char words[256];
	char *text;
	json_t *answer;

	sensors();
	snprintf(words, sizeof(words), "printf '\\037\\213broken' > '%s.1.gz'", site.dns_log);
	ck_assert_int_eq(system(words), 0);
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\nNOT READ: "));
	ck_assert_ptr_nonnull(strstr(text, "says little"));
	ck_assert_ptr_null(strstr(text, "Nothing seen: no host"));
	check_page(text);
	free(text);
	command.host = "10.0.0.2";
	text = run(ush_cmd_host, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "10.0.0.2 does not show in what was read"));
	ck_assert_ptr_null(strstr(text, "has not been seen"));
	free(text);
	command.json = true;
	text = run(ush_cmd_host, USH_EXIT_DONE);
	answer = json_loads(text, 0, NULL);
	ck_assert(json_is_false(json_object_get(answer, "looking")));
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "unread")), 1);
	json_decref(answer);
	free(text);
	command.host = NULL;
	text = run(ush_cmd_events, USH_EXIT_BAD); /* the other files are shown */
	ck_assert_ptr_nonnull(strstr(text, "\"contacts\""));
	free(text);
}
END_TEST

/* With a filter most lines are not parsed: that makes no file unread. */
START_TEST(test_events_names_a_file_without_any_event)
{
	char words[256];
	char *text;

	sensors();
	site_dns(&site, (struct site_dns){.host = "10.0.0.1"});
	for (int i = 0; i < 2; i++) {
		command.host = i == 0 ? NULL : "10.0.0.2";
		free(run(ush_cmd_events, USH_EXIT_DONE));
	}
	snprintf(words, sizeof(words), "printf '\\211LZO\\0\\n\\032\\n' > '%s.1'", site.dns_log);
	ck_assert_int_eq(system(words), 0);
	for (int i = 0; i < 2; i++) {
		command.host = i == 0 ? NULL : "10.0.0.1";
		text = run(ush_cmd_events, USH_EXIT_BAD);
		ck_assert_ptr_nonnull(strstr(text, "10.0.0.1"));
		free(text);
	}
}
END_TEST

static void
hostile_story(void)
{
	sensors();
	site_dns(&site, (struct site_dns){.host = IPV6});
	site_contact(&site, (struct site_contact){.host = IPV6,
	                        .repeat = 12345,
	                        .campaign = "a-campaign-with-quite-a-long-name",
	                        .evidence = "listed-host browser"});
	site_contact(&site,
	    (struct site_contact){.host = IPV6,
	        .campaign = "a-campaign-with-quite-a-long-name",
	        .evidence = "listed-host browser",
	        .marks = "accept-language upgrade-insecure-requests",
	        .path =
	            "/\x1b]0;owned\x07/\xe2\x80\xae/"
	            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	        .agent = "Mozilla \x1b[2J \xc2\x9b"
	                 "31m"});
	site_contact(&site, (struct site_contact){.host = IPV6,
	                        .evidence = "decoded browser page",
	                        .version = "t20",
	                        .page = "http://\x1b[31mxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	                                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xe2\x80\xae"});
	site_contact(&site, (struct site_contact){.host = "10.0.0.1",
	                        .evidence = "decoded",
	                        .version = "t20\x1b[31m\n\nINFECTED",
	                        .domain = "evil\r\n10.0.0.9"});
}

START_TEST(test_pages_are_narrow_and_safe)
{
	static int (*const cmds[])(struct ush_command *) = {
	    ush_cmd_hosts, ush_cmd_host, ush_cmd_host, ush_cmd_events, ush_cmd_status};
	static const char *const hosts[] = {NULL, IPV6, "10.0.0.1", NULL, NULL};

	hostile_story();
	for (int i = 0; i < USH_COUNT(cmds); i++) {
		char *text;

		command.host = hosts[i];
		if (cmds[i] == ush_cmd_events)
			command.host = "10.0.0.1";
		text = run(cmds[i], USH_EXIT_DONE);
		ck_assert_uint_gt(strlen(text), 50);
		check_page(text);
		free(text);
	}
}
END_TEST

START_TEST(test_table)
{
	char *text;

	hostile_story();
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\nCALL "));
	ck_assert_ptr_nonnull(strstr(text, "\nINFECTED beacon"));
	ck_assert_ptr_nonnull(strstr(text, " 12k "));
	free(text);
	command.wide = true;
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, IPV6));
	ck_assert_ptr_nonnull(strstr(text, "a-campaign-with-quite-a-long-name"));
	free(text);
}
END_TEST

START_TEST(test_filters)
{
	char *text;

	sensors();
	site_dns(&site, (struct site_dns){.host = "10.0.0.1"});
	site_dns(&site,
	    (struct site_dns){
	        .host = "10.0.0.2", .campaign = "other", .time_ms = SITE_START + SITE_MINUTE});
	command.campaign = "other";
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_null(strstr(text, "10.0.0.1"));
	ck_assert_ptr_nonnull(strstr(text, "10.0.0.2"));
	free(text);
	command.campaign = NULL;
	command.since_ms = SITE_START + 1;
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_null(strstr(text, "10.0.0.1"));
	ck_assert_ptr_nonnull(strstr(text, "10.0.0.2"));
	free(text);
	command.since_ms = 0;
	command.has_call = true;
	command.call = USH_CALL_INFECTED;
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "No host fits the filter; without it there are 2 rows"));
	free(text);
}
END_TEST

/* A host can be infected and a person's. */
START_TEST(test_a_call_that_is_not_the_worst_is_found)
{
	static const struct {
		enum ush_call call;
		bool first, second;
	} rows[] = {{USH_CALL_INFECTED, true, false}, {USH_CALL_PERSON, true, true},
	    {USH_CALL_POSSIBLE, false, false}};
	char *text;

	sensors();
	site_contact(
	    &site, (struct site_contact){
	               .host = "10.0.0.1", .evidence = "decoded c2-url", .version = "t20"});
	site_contact(
	    &site, (struct site_contact){.host = "10.0.0.1", .evidence = "listed-host browser"});
	site_contact(
	    &site, (struct site_contact){.host = "10.0.0.2", .evidence = "listed-host browser"});
	command.has_call = true;
	command.call = rows[_i].call;
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert((strstr(text, "10.0.0.1") != NULL) == rows[_i].first);
	ck_assert((strstr(text, "10.0.0.2") != NULL) == rows[_i].second);
	free(text);
}
END_TEST

START_TEST(test_host_page)
{
	static const char *const want[] = {"10.0.0.1, name not known", "INFECTED (beacon)",
	    "t20.09", "ja-JP", "HOST01", "Rules it met", "www.example.jp",
	    "GET www.example.jp/a.php", "c2-url planted", "claimed",
	    "10.0.0.53 named this host: once"};
	char *text;

	sensors();
	site_contact(&site, (struct site_contact){.host = "10.0.0.1",
	                        .path = "/a.php",
	                        .evidence = "decoded c2-url",
	                        .path_kind = "planted",
	                        .version = "t20.09"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.53", .claimed = "10.0.0.1"});
	command.host = "10.0.0.1";
	text = run(ush_cmd_host, USH_EXIT_DONE);
	for (int i = 0; i < USH_COUNT(want); i++)
		ck_assert_msg(strstr(text, want[i]) != NULL, "%s: %s", want[i], text);
	free(text);
	command.host = "10.0.0.2";
	text = run(ush_cmd_host, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "10.0.0.2 has not been seen"));
	free(text);
}
END_TEST

/* What a row cannot hold stands under it; what is true beside its call stands on the page. */
START_TEST(test_notes)
{
	char *text;

	sensors();
	site_contact(&site, (struct site_contact){.host = "10.0.0.9",
	                        .evidence = "decoded",
	                        .version = "t20",
	                        .claimed = "10.20.3.11"});
	site_contact(&site, (struct site_contact){.host = "10.0.0.1",
	                        .evidence = "decoded browser page",
	                        .version = "t20",
	                        .page = "http://evil.example"});
	for (unsigned i = 0; i < 3; i++)
		site_contact(&site, (struct site_contact){.host = "10.0.0.2",
		                        .evidence = "decoded",
		                        .version = i == 0 ? "t17" : "t20"});
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\n         looks like a proxy, names 10.20.3.11\n"));
	ck_assert_msg(
	    strstr(text, "\n         claimed, not proved: so says 10.0.0.9\n") != NULL, "%s", text);
	ck_assert_ptr_nonnull(
	    strstr(text, "\n         sent by a web page, origin http://evil.example\n"));
	ck_assert_ptr_nonnull(strstr(text, "INFECTED beacon:2 "));
	ck_assert_ptr_nonnull(strstr(text, "\n         2 different profiles"));
	check_page(text);
	free(text);
}
END_TEST

START_TEST(test_all_calls_and_the_rhythm)
{
	json_t *answer;
	json_t *call;
	const char *also;
	int visits;
	int period;
	int clock;
	char *text;

	sensors();
	for (unsigned i = 0; i < 17; i++)
		site_contact(&site, (struct site_contact){.host = "10.0.0.1",
		                        .time_ms = SITE_START + i * 60 * SITE_MINUTE,
		                        .action = "tls-client-hello",
		                        .server_name = "www.example.jp",
		                        .evidence = "listed-host tls-only"});
	site_contact(
	    &site, (struct site_contact){.host = "10.0.0.1", .evidence = "listed-host browser"});
	command.host = "10.0.0.1";
	text = run(ush_cmd_host, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\nLIKELY (tls-rhythm), campaign emdivi\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nalso PERSON (browser), campaign emdivi\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "17 visits, every 60 minutes (give or take 0 minutes), in"));
	ck_assert_ptr_nonnull(strstr(text, "00-03,11-23: at regular intervals"));
	check_page(text);
	free(text);
	command.json = true;
	text = run(ush_cmd_host, USH_EXIT_DONE);
	answer = json_loads(text, 0, NULL);
	call = json_array_get(json_object_get(answer, "calls"), 0);
	ck_assert_int_eq(json_unpack(call, "{s[{s:s}]}", "also", "call", &also), 0);
	ck_assert_str_eq(also, "PERSON");
	ck_assert_int_eq(json_unpack(call, "{s[{},{s{s:i,s:i,s:b}}]}", "facts", "rhythm", "visits",
	                     &visits, "period_seconds", &period, "by_the_clock", &clock),
	    0);
	ck_assert_int_eq(visits, 17);
	ck_assert_int_eq(period, 3600);
	ck_assert(clock);
	json_decref(answer);
	free(text);
	text = run(ush_cmd_hosts, USH_EXIT_DONE);
	answer = json_loads(text, 0, NULL);
	ck_assert_int_eq(
	    json_unpack(answer, "{s[{s{s{s:i}}}]}", "hosts", "rhythm", "tls", "visits", &visits),
	    0);
	ck_assert_int_eq(visits, 17);
	json_decref(answer);
	free(text);
}
END_TEST

/* A person on the phone has a machine's name, or the number on the page. */
START_TEST(test_host_by_name_or_reference)
{
	static const char names[] = "10.0.0.1 pc-0815.example.jp\n10.0.0.2 twins\n10.0.0.3 twins\n";
	struct ush_unread unread = {0};
	struct ush_error err = {0};
	char path[128];
	char *text;

	sensors();
	snprintf(path, sizeof(path), "%s/hosts", site.directory);
	site_append(path, names, sizeof(names) - 1);
	site.settings->store.host_names = strdup(path);
	ck_assert_int_eq(ush_identities_load(&command.identities, site.settings, command.now_ms,
	                     true, &unread, &err),
	    0);
	site_contact(&site,
	    (struct site_contact){
	        .host = "10.0.0.1", .evidence = "listed-host browser", .reference = "7KQ2-M4XD"});
	command.asked = "PC-0815";
	text = run(ush_cmd_host, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\n10.0.0.1, pc-0815.example.jp\n"));
	free(text);
	command.asked = "7kq2-m4xd";
	text = run(ush_cmd_host, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\n10.0.0.1, pc-0815.example.jp\n"));
	free(text);
	command.asked = "twins";
	free(run(ush_cmd_host, USH_EXIT_BAD));
	command.asked = "nothing";
	free(run(ush_cmd_host, USH_EXIT_BAD));
	ush_identities_free(command.identities);
}
END_TEST

START_TEST(test_events)
{
	char *text;

	sensors();
	site_contact(
	    &site, (struct site_contact){
	               .host = "10.0.0.1", .time_ms = SITE_START + SITE_MINUTE, .repeat = 3});
	site_dns(&site, (struct site_dns){.host = "10.0.0.1", .name = "www.one.jp"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.10", .name = "www.two.jp"});
	command.host = "10.0.0.1";
	text = run(ush_cmd_events, USH_EXIT_DONE);
	ck_assert_str_eq(text,
	    "11:06:40            10.0.0.1        dns-sinkhole   www.one.jp A\n"
	    "11:07:40            10.0.0.1        http-request   GET www.example.jp/ (3 times)\n");
	free(text);
	command.host = NULL;
	command.since_ms = SITE_START + 1;
	command.json = true;
	text = run(ush_cmd_events, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "\"repeat\":3"));
	ck_assert_ptr_null(strstr(text, "www.one.jp"));
	free(text);
}
END_TEST

/* One line of a clock that was ahead is not the end of what was before `until`. */
START_TEST(test_events_behind_a_line_of_the_future)
{
	char *text;

	sensors();
	site_dns(&site,
	    (struct site_dns){.host = "10.0.0.1", .time_ms = SITE_START + 5000000 * SITE_MINUTE});
	site_dns(&site, (struct site_dns){.host = "10.0.0.2", .time_ms = SITE_START + SITE_MINUTE});
	command.until_ms = SITE_START + 2 * SITE_MINUTE;
	text = run(ush_cmd_events, USH_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text, "10.0.0.2"));
	ck_assert_ptr_null(strstr(text, "10.0.0.1"));
	free(text);
}
END_TEST

START_TEST(test_json)
{
	static int (*const cmds[])(struct ush_command *) = {
	    ush_cmd_hosts, ush_cmd_host, ush_cmd_status};
	bool is_ascii = true;

	hostile_story();
	command.json = true;
	command.host = "10.0.0.1";
	for (int i = 0; i < USH_COUNT(cmds); i++) {
		char *text = run(cmds[i], USH_EXIT_DONE);
		json_t *answer = json_loads(text, 0, NULL);

		ck_assert_ptr_nonnull(answer);
		ck_assert(json_is_true(json_object_get(answer, "looking")));
		json_decref(answer);
		for (const char *at = text; *at != '\0'; at++)
			is_ascii = is_ascii && (*at == '\n' || (*at >= 0x20 && *at < 0x7f));
		ck_assert(is_ascii);
		free(text);
	}
}
END_TEST

/* In the hour from SITE_START the passive record has a question; the address was given to another machine
 * half an hour later, which may be the one that asked. */
START_TEST(test_a_machine_that_changes_within_the_hour_is_not_named)
{
	struct ush_passive_found found = {.first_ms = SITE_START, .last_ms = SITE_START};
	struct ush_identity_source source = {.format = USH_IDENTITY_DNSMASQ, .valid = 600};
	uint64_t end_s = (SITE_START + 24 * 60 * SITE_MINUTE) / 1000;
	struct ush_unread unread = {0};
	struct ush_machine machine;
	char text[256];

	ck_assert_int_eq(ush_address_from_text(&found.client, "10.0.0.5"), 0);
	ck_assert_int_ne(asprintf(&source.path, "%s/leases", site.directory), -1);
	site.settings->store.identities = &source;
	site.settings->store.identity_count = 1;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t written_ms = SITE_START + i * 30 * SITE_MINUTE;
		struct timespec times[2] = {{.tv_sec = (time_t)(written_ms / 1000)},
		    {.tv_sec = (time_t)(written_ms / 1000)}};

		snprintf(text, sizeof(text), "%llu 02:00:5e:00:53:0%u 10.0.0.5 pc-%u *\n",
		    (unsigned long long)end_s, i, i);
		(void)remove(source.path);
		site_append(source.path, text, strlen(text));
		ck_assert_int_eq(utimensat(AT_FDCWD, source.path, times, 0), 0);
		command.now_ms = written_ms + 29 * SITE_MINUTE;
		ush_identities_free(command.identities);
		ck_assert_int_eq(ush_identities_load(&command.identities, site.settings,
		                     command.now_ms, true, &unread, NULL),
		    0);
		/* Until now it was one machine. */
		ck_assert_int_eq(ush_hunt_machine(&command, &found, &machine), i == 0);
	}
	found.first_ms = found.last_ms = SITE_START + 30 * SITE_MINUTE;
	ck_assert(ush_hunt_machine(&command, &found, &machine));
	ck_assert_str_eq(machine.name, "pc-1");
	ush_identities_free(command.identities);
	site.settings->store.identities = NULL;
	site.settings->store.identity_count = 0;
	free(source.path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkctl/commands");
	TCase *tcase = tcase_create("commands");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_nothing_seen);
	tcase_add_loop_test(tcase, test_the_header_names_each_trouble, 0, USH_COUNT(troubles));
	tcase_add_test(tcase, test_a_clock_that_is_ahead_is_named);
	tcase_add_test(tcase, test_a_sensor_without_a_name_is_not_at_one);
	tcase_add_test(tcase, test_both_silent_sensors_are_named);
	tcase_add_test(tcase, test_an_unread_log_is_named);
	tcase_add_test(tcase, test_events_names_a_file_without_any_event);
	tcase_add_test(tcase, test_pages_are_narrow_and_safe);
	tcase_add_test(tcase, test_table);
	tcase_add_test(tcase, test_filters);
	tcase_add_loop_test(tcase, test_a_call_that_is_not_the_worst_is_found, 0, 3);
	tcase_add_test(tcase, test_host_page);
	tcase_add_test(tcase, test_notes);
	tcase_add_test(tcase, test_all_calls_and_the_rhythm);
	tcase_add_test(tcase, test_host_by_name_or_reference);
	tcase_add_test(tcase, test_events);
	tcase_add_test(tcase, test_events_behind_a_line_of_the_future);
	tcase_add_test(tcase, test_json);
	tcase_add_test(tcase, test_a_machine_that_changes_within_the_hour_is_not_named);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
