/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/sensors.h"

#include <string.h>
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

static struct site site;

static void
begin(void)
{
	site_begin(&site, NULL);
}

static void
end(void)
{
	site_end(&site);
}

/* The first sensor of a writer, `minutes` after the start. */
static struct ush_sensor
sensor(const char *writer, unsigned minutes)
{
	struct ush_sensors sensors;
	struct ush_sensor found = {0};
	struct ush_error err = {0};

	site_update(&site);
	ck_assert_msg(ush_sensors_find(&sensors, site.store, site.settings,
	                  SITE_START + minutes * SITE_MINUTE, &err) == 0,
	    "%s", err.text);
	for (size_t i = sensors.count; i-- > 0;) {
		if (strcmp(sensors.items[i].writer, writer) == 0)
			found = sensors.items[i];
	}
	ush_sensors_fini(&sensors);
	ck_assert_str_eq(found.writer, writer);
	return found;
}

START_TEST(test_a_sensor_without_lines_has_never_looked)
{
	ck_assert_int_eq(sensor("dns", 0).health, USH_HEALTH_NEVER);
	ck_assert_int_eq(sensor("contacts", 0).health, USH_HEALTH_NEVER);
}
END_TEST

START_TEST(test_alive_then_silent)
{
	site_state(&site, (struct site_state){.writer = "dns", .serial = 2026112201});
	ck_assert_int_eq(sensor("dns", 0).health, USH_HEALTH_ALIVE);
	ck_assert_int_eq(sensor("dns", 3).health, USH_HEALTH_ALIVE);
	ck_assert_int_eq(sensor("dns", 4).health, USH_HEALTH_SILENT);
	ck_assert_int_eq(sensor("contacts", 0).health, USH_HEALTH_NEVER);
	ck_assert_uint_eq(sensor("dns", 0).list_serial, 2026112201);
	ck_assert_str_eq(sensor("dns", 0).list_state, "in-force");
	ck_assert_str_eq(sensor("dns", 0).figures, "{\"leaked\":3,\"written\":1,\"lost\":0}");
	/* An event is a word too. */
	site_dns(
	    &site, (struct site_dns){.host = "10.0.0.1", .time_ms = SITE_START + 2 * SITE_MINUTE});
	ck_assert_int_eq(sensor("dns", 5).health, USH_HEALTH_ALIVE);
	ck_assert_int_eq(sensor("dns", 6).health, USH_HEALTH_SILENT);
	ck_assert_uint_eq(sensor("dns", 6).events, 1);
}
END_TEST

/* It says that the writer is there, and nothing else: the state stays as it was. */
START_TEST(test_a_heartbeat_keeps_a_sensor_alive_and_changes_nothing_else)
{
	site_state(&site, (struct site_state){.writer = "dns", .lost = 2, .serial = 2026112201});
	site_state(&site,
	    (struct site_state){
	        .writer = "dns", .reason = "heartbeat", .time_ms = SITE_START + 60 * SITE_MINUTE});
	ck_assert_int_eq(sensor("dns", 63).health, USH_HEALTH_ALIVE);
	ck_assert_int_eq(sensor("dns", 64).health, USH_HEALTH_SILENT);
	ck_assert_uint_eq(sensor("dns", 63).list_serial, 2026112201);
	ck_assert_uint_eq(sensor("dns", 63).lost, 2);
	ck_assert_uint_eq(sensor("dns", 63).state_ms, SITE_START);
	ck_assert_str_eq(sensor("dns", 63).reason, "start");
	ck_assert_uint_eq(sensor("dns", 63).events, 0);
}
END_TEST

START_TEST(test_stopped_and_started)
{
	site_state(&site, (struct site_state){.writer = "dns", .start = "one"});
	site_state(&site, (struct site_state){.writer = "dns",
	                      .start = "one",
	                      .reason = "stop",
	                      .time_ms = SITE_START + SITE_MINUTE});
	ck_assert_int_eq(sensor("dns", 1).health, USH_HEALTH_STOPPED);
	ck_assert_int_eq(sensor("dns", 999).health, USH_HEALTH_STOPPED);
	site_state(
	    &site, (struct site_state){
	               .writer = "dns", .start = "two", .time_ms = SITE_START + 2 * SITE_MINUTE});
	ck_assert_int_eq(sensor("dns", 2).health, USH_HEALTH_ALIVE);
	ck_assert_str_eq(sensor("dns", 2).reason, "start");
}
END_TEST

START_TEST(test_a_clock_that_is_ahead_hides_no_death)
{
	struct ush_sensor found;

	site_state(
	    &site, (struct site_state){
	               .writer = "dns", .serial = 1, .time_ms = SITE_START + 120 * SITE_MINUTE});
	found = sensor("dns", 0);
	ck_assert_int_eq(found.health, USH_HEALTH_AHEAD);
	ck_assert(!ush_sensor_is_looking(&found));
	ck_assert_int_eq(sensor("dns", 116).health, USH_HEALTH_AHEAD);
	found = sensor("dns", 117); /* as much as a silence may last */
	ck_assert_int_eq(found.health, USH_HEALTH_ALIVE);
	ck_assert(ush_sensor_is_looking(&found));
	ck_assert_int_eq(sensor("dns", 124).health, USH_HEALTH_SILENT);
}
END_TEST

START_TEST(test_missing_numbers_are_losses)
{
	site_dns(&site, (struct site_dns){.host = "10.0.0.1"});
	site.sequence += 4;
	site_dns(&site, (struct site_dns){.host = "10.0.0.1"});
	ck_assert_uint_eq(sensor("dns", 0).lost, 4);
	/* The numbers are there, but the writer says that it lost more behind the ring. */
	site_state(&site, (struct site_state){.writer = "dns", .lost = 9});
	ck_assert_uint_eq(sensor("dns", 0).lost, 9);
	/* The next life has its own numbers. */
	site_state(&site,
	    (struct site_state){
	        .writer = "dns", .start = "two", .lost = 1, .time_ms = SITE_START + SITE_MINUTE});
	ck_assert_uint_eq(sensor("dns", 0).lost, 10);
	ck_assert_uint_eq(sensor("contacts", 0).lost, 0);
}
END_TEST

static bool
are_looking(void)
{
	struct ush_sensors sensors;
	bool looking;

	site_update(&site);
	ck_assert_int_eq(
	    ush_sensors_find(&sensors, site.store, site.settings, SITE_START, NULL), 0);
	looking = ush_sensors_are_looking(&sensors);
	ush_sensors_fini(&sensors);
	return looking;
}

START_TEST(test_all_must_be_alive_with_a_list_in_force)
{
	struct site_state dns = {.writer = "dns", .serial = 1};
	struct site_state contacts = {.writer = "contacts", .serial = 1};

	site_state(&site, dns);
	ck_assert_msg(!are_looking(), "the other has never said a word");
	site_state(&site, contacts);
	ck_assert(are_looking());
	contacts.serial = 0;
	contacts.list_state = "none";
	site_state(&site, contacts);
	ck_assert_msg(!are_looking(), "no list");
	contacts.list_state = NULL;
	contacts.serial = 1;
	site_state(&site, contacts);
	ck_assert(are_looking());
	dns.list_state = "pending";
	site_state(&site, dns);
	ck_assert_msg(!are_looking(), "not in force yet");
	dns.list_state = NULL;
	dns.mode = "off";
	site_state(&site, dns);
	ck_assert_msg(!are_looking(), "switched off");
	dns.mode = "monitor";
	site_state(&site, dns);
	ck_assert(are_looking());
	dns.reason = "stop";
	site_state(&site, dns);
	ck_assert_msg(!are_looking(), "stopped");
}
END_TEST

START_TEST(test_reasons_and_room_are_kept)
{
	struct ush_sensor found;

	site_state(&site, (struct site_state){.writer = "dns",
	                      .list_state = "none",
	                      .list_reason = "/x/blocklist.db: too short",
	                      .settings_reason = "/x/sinkhole.yaml:3: unknown key",
	                      .disk_free = 4711});
	found = sensor("dns", 0);
	ck_assert_str_eq(found.list_reason, "/x/blocklist.db: too short");
	ck_assert_str_eq(found.settings_reason, "/x/sinkhole.yaml:3: unknown key");
	ck_assert_uint_eq(found.list_serial, 0);
	ck_assert_uint_eq(ush_sensor_figure(&found, "disk_free", 0), 4711);
	ck_assert_uint_eq(ush_sensor_figure(&found, "no_such_figure", 8), 8);
	site_state(&site, (struct site_state){.writer = "dns", .serial = 7});
	ck_assert_str_eq(sensor("dns", 0).list_reason, "");
}
END_TEST

/* As long as the settings allow it: a name that was cut would never be the one that is expected. */
START_TEST(test_the_longest_name_is_found)
{
	char name[USH_OBSERVER_MAX + 1];
	char more[512];

	snprintf(name, sizeof(name), "%0*d", USH_OBSERVER_MAX, 7);
	snprintf(more, sizeof(more),
	    "  logs:\n    - {path: dns.jsonl, writer: dns, observer: %s}\n", name);
	site_end(&site);
	site_begin(&site, more);
	site_state(&site, (struct site_state){.writer = "dns", .serial = 1, .observer = name});
	ck_assert_int_eq(sensor("dns", 0).health, USH_HEALTH_ALIVE);
	ck_assert_str_eq(sensor("dns", 0).observer, name);
}
END_TEST

/* Two resolvers, each with its log and its delay. */
START_TEST(test_each_sensor_of_the_settings_is_expected)
{
	static const char more[] =
	    "  logs:\n"
	    "    - {path: dns.jsonl, writer: dns, observer: ns1}\n"
	    "    - {path: ns2.jsonl, writer: dns, observer: ns2, delay: 300}\n";
	struct ush_sensors sensors;

	site_end(&site);
	site_begin(&site, more);
	site_state(&site, (struct site_state){.writer = "dns", .serial = 1, .observer = "ns1"});
	site_state(&site,
	    (struct site_state){.writer = "dns", .start = "x", .serial = 1, .observer = "old"});
	site_update(&site);
	ck_assert_int_eq(
	    ush_sensors_find(&sensors, site.store, site.settings, SITE_START, NULL), 0);
	ck_assert_uint_eq(sensors.count, 2);
	ck_assert_str_eq(sensors.items[0].observer, "ns1");
	ck_assert_int_eq(sensors.items[0].health, USH_HEALTH_ALIVE);
	ck_assert_str_eq(sensors.items[1].observer, "ns2");
	ck_assert_int_eq(sensors.items[1].health, USH_HEALTH_NEVER);
	ush_sensors_fini(&sensors);

	ck_assert_int_eq(rename(site.dns_log, site.contact_log), 0); /* out of the way */
	site_state(&site,
	    (struct site_state){.writer = "dns", .start = "y", .serial = 1, .observer = "ns2"});
	strcpy(strrchr(site.contact_log, '/'), "/ns2.jsonl");
	ck_assert_int_eq(rename(site.dns_log, site.contact_log), 0);
	site_update(&site);
	ck_assert_int_eq(ush_sensors_find(&sensors, site.store, site.settings,
	                     SITE_START + 7 * SITE_MINUTE, NULL),
	    0);
	ck_assert_uint_eq(sensors.count, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(sensors.items[i].health,
		    strcmp(sensors.items[i].observer, "ns2") == 0 ? USH_HEALTH_ALIVE
		                                                  : USH_HEALTH_SILENT);
	ush_sensors_fini(&sensors);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/sensors");
	TCase *tcase = tcase_create("sensors");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, test_a_sensor_without_lines_has_never_looked);
	tcase_add_test(tcase, test_alive_then_silent);
	tcase_add_test(tcase, test_a_heartbeat_keeps_a_sensor_alive_and_changes_nothing_else);
	tcase_add_test(tcase, test_stopped_and_started);
	tcase_add_test(tcase, test_a_clock_that_is_ahead_hides_no_death);
	tcase_add_test(tcase, test_missing_numbers_are_losses);
	tcase_add_test(tcase, test_all_must_be_alive_with_a_list_in_force);
	tcase_add_test(tcase, test_reasons_and_room_are_kept);
	tcase_add_test(tcase, test_the_longest_name_is_found);
	tcase_add_test(tcase, test_each_sensor_of_the_settings_is_expected);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
