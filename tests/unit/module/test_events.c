/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/events.h"

#include <jansson.h>
#include "tests/unit/module/fixture.h"

static struct ush_eventlog *log_;
static struct ush_ring *ring;
static struct ush_name qname;
static struct ush_decision decision;
static struct ush_dns_event event;
static const char *observer = "resolver-1";

static void
setup(void)
{
	char path[128];
	struct ush_eventlog_options options = {
	    .path = path, .writer = "dns", .observer = "resolver-1", .rings = 1};
	struct ush_error err = {0};

	fixture_open();
	fixture_path(path, "dns.jsonl");
	ck_assert_int_eq(ush_eventlog_open(&log_, &options, &err), 0);
	ring = ush_eventlog_claim(log_);
	qname = fixture_name("www.KaeruNote.com");
	decision = (struct ush_decision){
	    .trigger = USH_TRIGGER_QNAME,
	    .action = USH_ACTION_SINKHOLE,
	    .subdomains = true,
	    .rule_name = fixture_name("kaerunote.com"),
	    .feed = "emdivi",
	    .campaign = "emdivi",
	    .software = "Emdivi",
	    .address4 = fixture_address("198.51.100.7"),
	    .address6 = fixture_address("2001:db8:83::7"),
	    .ttl = 30,
	    .serial = 2026112200,
	};
	event = (struct ush_dns_event){
	    .time_ms = 1795385465123,
	    .outcome = USH_DNS_ACTED,
	    .decision = &decision,
	    .client = fixture_address("192.0.2.1"),
	    .client_port = 5353,
	    .server = fixture_address("192.0.2.53"),
	    .server_port = 53,
	    .qname = &qname,
	    .qtype = USH_TYPE_A,
	    .qclass = 1,
	    .resolved = {fixture_address("198.51.100.7")},
	};
}

static void
teardown(void)
{
	observer = "resolver-1";
	ush_eventlog_close(log_, 1000);
	fixture_close();
}

/* The event as the file has it. The caller owns it. */
static json_t *
written(void)
{
	char path[128], line[USH_EVENT_MAX];
	json_t *found = NULL;
	FILE *file;

	ck_assert(ush_dns_event_write(ring, &event, observer, false));
	ush_eventlog_close(log_, 1000);
	log_ = NULL;
	fixture_path(path, "dns.jsonl");
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		const char *dataset = NULL;

		ck_assert_msg(root, "%s", line);
		ck_assert_int_eq(json_unpack(root, "{s:{s:s}}", "event", "dataset", &dataset), 0);
		if (strcmp(dataset, USH_DATASET_DNS) == 0 && !found)
			found = root;
		else
			json_decref(root);
	}
	(void)fclose(file);
	ck_assert_ptr_nonnull(found);
	return found;
}

/* The value at "a.b.c" as JSON text, "" if there is none. */
static const char *
at(const json_t *root, const char *path)
{
	static char text[2048];
	char copy[128], *rest = copy;
	const char *key;
	size_t len;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	while (root && (key = strsep(&rest, ".")))
		root = json_object_get(root, key);
	len = root ? json_dumpb(root, text, sizeof(text) - 1, JSON_ENCODE_ANY | JSON_COMPACT) : 0;
	text[len] = '\0';
	return text;
}

static const struct {
	const char *path;
	const char *value;
} sinkholed[] = {
    {"@timestamp", "\"2026-11-22T22:11:05.123Z\""},
    {"event.kind", "\"alert\""},
    {"event.category", "[\"network\"]"},
    {"event.type", "[\"denied\"]"},
    {"event.action", "\"dns-sinkhole\""},
    {"observer.name", "\"resolver-1\""},
    {"source.ip", "\"192.0.2.1\""},
    {"source.port", "5353"},
    {"destination", "{\"ip\":\"192.0.2.53\",\"port\":53}"},
    {"network.transport", "\"udp\""},
    {"network.protocol", "\"dns\""},
    {"dns.question.name", "\"www.kaerunote.com\""},
    {"dns.question.type", "\"A\""},
    {"dns.question.class", "\"IN\""},
    {"dns.response_code", "\"NOERROR\""},
    {"dns.resolved_ip", "[\"198.51.100.7\"]"},
    {"rule.id", "\"emdivi/kaerunote.com\""},
    {"rule.name", "\"kaerunote.com\""},
    {"rule.ruleset", "\"emdivi\""},
    {"threat.indicator.type", "\"domain-name\""},
    {"threat.indicator.name", "\"kaerunote.com\""},
    {"threat.software.name", "\"Emdivi\""},
    {"sinkhole.action", "\"sinkhole\""},
    {"sinkhole.trigger", "\"qname\""},
    {"sinkhole.campaign", "\"emdivi\""},
    {"sinkhole.campaign_address", "\"198.51.100.7\""},
    {"sinkhole.list_serial", "2026112200"},
    {"sinkhole.cached", ""},
    {"sinkhole.claimed_ip", ""},
    {"sinkhole.drill", ""},
};

START_TEST(test_writes_all_fields_of_a_sinkholed_query)
{
	json_t *root = written();

	for (int i = 0; i < USH_COUNT(sinkholed); i++)
		ck_assert_msg(strcmp(at(root, sinkholed[i].path), sinkholed[i].value) == 0,
		    "%s: %s", sinkholed[i].path, at(root, sinkholed[i].path));
	json_decref(root);
}
END_TEST

static const struct {
	enum ush_dns_outcome outcome;
	enum ush_action action;
	const char *event_action;
	const char *kind;
	const char *type;
	const char *said; /* sinkhole.action */
} outcomes[] = {
    {USH_DNS_ACTED, USH_ACTION_NXDOMAIN, "\"dns-nxdomain\"", "\"alert\"", "[\"denied\"]",
        "\"nxdomain\""},
    {USH_DNS_ACTED, USH_ACTION_DROP, "\"dns-drop\"", "\"alert\"", "[\"denied\"]", "\"drop\""},
    {USH_DNS_MONITOR, USH_ACTION_SINKHOLE, "\"dns-monitor\"", "\"event\"", "[\"allowed\"]",
        "\"monitor\""},
    {USH_DNS_SHADOWED, USH_ACTION_SINKHOLE, "\"dns-shadowed\"", "\"alert\"", "[\"allowed\"]",
        "\"sinkhole\""},
    {USH_DNS_LEAKED, USH_ACTION_SINKHOLE, "\"dns-leaked\"", "\"alert\"", "[\"allowed\"]",
        "\"sinkhole\""},
};

START_TEST(test_each_outcome_has_its_action_kind_and_type)
{
	json_t *root;

	event.outcome = outcomes[_i].outcome;
	decision.action = outcomes[_i].action;
	root = written();
	ck_assert_str_eq(at(root, "event.action"), outcomes[_i].event_action);
	ck_assert_str_eq(at(root, "event.kind"), outcomes[_i].kind);
	ck_assert_str_eq(at(root, "event.type"), outcomes[_i].type);
	ck_assert_str_eq(at(root, "sinkhole.action"), outcomes[_i].said);
	json_decref(root);
}
END_TEST

START_TEST(test_dropped_has_no_answer)
{
	json_t *root;

	event.rcode = -1;
	event.resolved[0].family = 0;
	root = written();
	ck_assert_str_eq(at(root, "dns.response_code"), "");
	ck_assert_str_eq(at(root, "dns.resolved_ip"), "");
	json_decref(root);
}
END_TEST

START_TEST(test_rest_of_the_fields)
{
	json_t *root;

	event.carrier = USH_CARRIER_HTTPS;
	event.cached = true;
	event.qtype = USH_TYPE_ANY;
	event.qclass = 255;
	event.server.family = 0;
	event.resolved[1] = fixture_address("2001:db8:83::7");
	ck_assert_int_eq(ush_network_from_text(&event.claimed, "10.1.0.0/16"), 0);
	decision.trigger = USH_TRIGGER_RESPONSE_IP;
	decision.software = "";
	decision.drill = true;
	ck_assert_int_eq(ush_network_from_text(&decision.rule_network, "2001:db8:bad::/48"), 0);
	root = written();
	ck_assert_str_eq(at(root, "network.transport"), "\"tcp\"");
	ck_assert_str_eq(at(root, "dns.question.class"), "\"ANY\"");
	ck_assert_str_eq(at(root, "destination"), "");
	ck_assert_str_eq(at(root, "sinkhole.over"), "\"https\"");
	ck_assert_str_eq(at(root, "dns.resolved_ip"), "[\"198.51.100.7\",\"2001:db8:83::7\"]");
	ck_assert_str_eq(at(root, "rule.id"), "\"emdivi/2001:db8:bad::/48\"");
	ck_assert_str_eq(at(root, "threat.indicator.type"), "\"ipv6-addr\"");
	ck_assert_str_eq(at(root, "threat.software"), "");
	ck_assert_str_eq(at(root, "sinkhole.trigger"), "\"response-ip\"");
	ck_assert_str_eq(at(root, "sinkhole.cached"), "true");
	ck_assert_str_eq(at(root, "sinkhole.claimed_ip"), "\"10.1.0.0/16\"");
	ck_assert_str_eq(at(root, "sinkhole.drill"), "true");
	json_decref(root);
}
END_TEST

START_TEST(test_writes_a_claimed_address_without_prefix)
{
	json_t *root;

	event.claimed = (struct ush_network){.base = fixture_address("10.1.2.3"), .bits = 32};
	root = written();
	ck_assert_str_eq(at(root, "sinkhole.claimed_ip"), "\"10.1.2.3\"");
	json_decref(root);
}
END_TEST

/* A name as long as a list may have, of the octet that takes most room in JSON. */
static const char *
longest(char text[256], size_t len)
{
	memset(text, 0x01, len);
	text[len] = '\0';
	return text;
}

/* Everything as long as it can be, of the octets that take most room in text. */
START_TEST(the_longest_names_of_a_list_fit_their_event)
{
	char name[256], sensor[256];
	uint8_t wire[USH_NAME_MAX];
	size_t at_octet = 0;
	json_t *root;

	while (at_octet + 64 < sizeof(wire)) {
		wire[at_octet] = 62;
		memset(wire + at_octet + 1, 0xff, 62);
		at_octet += 63;
	}
	wire[at_octet] = 0;
	ck_assert_int_eq(ush_name_from_wire(&qname, wire, sizeof(wire)), 0);
	decision.rule_name = qname;
	decision.feed = decision.campaign = decision.software = longest(name, USH_LIST_NAME_MAX);
	decision.drill = true;
	observer = longest(sensor, sizeof(sensor) - 1);
	event.outcome = USH_DNS_MONITOR;
	event.carrier = USH_CARRIER_HTTPS;
	event.cached = true;
	event.client = event.server = fixture_address("2001:db8:1111:2222:3333:4444:5555:6666");
	for (size_t i = 0; i < USH_RESOLVED_MAX; i++)
		event.resolved[i] = event.client;
	event.claimed = (struct ush_network){.base = event.client, .bits = 127};
	event.repeat = event.last_ms = event.time_ms;
	event.qtype = 65535;
	memset(event.claimed_id, 0x01, sizeof(event.claimed_id) - 1);
	root = written();
	ck_assert_uint_eq(strlen(at(root, "rule.ruleset")), 2 + 6 * USH_LIST_NAME_MAX);
	ck_assert_str_eq(at(root, "sinkhole.campaign"), at(root, "threat.software.name"));
	ck_assert_str_eq(at(root, "sinkhole.list_serial"), "2026112200");
	json_decref(root);
}
END_TEST

/* Servers rotate their answers. */
START_TEST(test_resolved_addresses_stand_in_one_order)
{
	static const char *const texts[] = {"192.0.2.9", "2001:db8::2", "192.0.2.7", "192.0.2.8",
	    "2001:db8::1", "192.0.2.4", "192.0.2.6", "192.0.2.5", "192.0.2.3", "192.0.2.2"};
	static const char *const lowest[USH_RESOLVED_MAX] = {"192.0.2.2", "192.0.2.3", "192.0.2.4",
	    "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8", "192.0.2.9"};
	char text[USH_ADDRESS_TEXT_MAX];

	for (size_t first = 0; first < USH_COUNT(texts); first++) {
		struct ush_address resolved[USH_RESOLVED_MAX] = {0};
		struct ush_address address;

		for (size_t i = 0; i < USH_COUNT(texts); i++) {
			if (i == 2) {
				ck_assert_int_ne(resolved[1].family, 0);
				ck_assert_int_eq(resolved[2].family, 0);
			}
			address = fixture_address(texts[(first + i) % USH_COUNT(texts)]);
			ush_resolved_add(resolved, &address);
		}
		for (size_t i = 0; i < USH_RESOLVED_MAX; i++)
			ck_assert_str_eq(ush_address_to_text(&resolved[i], text), lowest[i]);
	}
}
END_TEST

START_TEST(test_type_and_rcode_texts)
{
	char buf[USH_TYPE_TEXT_MAX];

	ck_assert_str_eq(ush_type_text(65, buf), "HTTPS");
	ck_assert_str_eq(ush_type_text(64, buf), "SVCB");
	ck_assert_str_eq(ush_type_text(3, buf), "TYPE3");
	ck_assert_str_eq(ush_type_text(65535, buf), "TYPE65535");
	ck_assert_str_eq(ush_rcode_text(5), "REFUSED");
	ck_assert_ptr_null(ush_rcode_text(-1));
	ck_assert_ptr_null(ush_rcode_text(99));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/events");
	TCase *tc = tcase_create("events");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_writes_all_fields_of_a_sinkholed_query);
	tcase_add_loop_test(
	    tc, test_each_outcome_has_its_action_kind_and_type, 0, USH_COUNT(outcomes));
	tcase_add_test(tc, test_dropped_has_no_answer);
	tcase_add_test(tc, test_rest_of_the_fields);
	tcase_add_test(tc, test_writes_a_claimed_address_without_prefix);
	tcase_add_test(tc, the_longest_names_of_a_list_fit_their_event);
	tcase_add_test(tc, test_resolved_addresses_stand_in_one_order);
	tcase_add_test(tc, test_type_and_rcode_texts);
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
