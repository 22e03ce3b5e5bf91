/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/inherited.h"
#include "sinkhole/server/listener.h"

#include "tests/unit/sinkhole/sensor.h"

static const struct {
	const char *listen;
	const char *plan; /* one word a socket: transport, port, w for wildcard, networks */
} plans[] = {
    {"- {address: 127.0.0.1, tcp: [80]}", "tcp:80:1"},
    {"- {address: 127.0.0.1, tcp: [80, 443], udp: [53]}", "tcp:80:1 tcp:443:1 udp:53:1"},
    {"- {address: 127.83.0.0/24, tcp: [80]}", "tcp:80w:1"},
    /* single addresses: one socket each */
    {"- {address: 127.0.0.1, tcp: [80]}\n    - {address: 127.0.0.2, tcp: [80]}",
        "tcp:80:1 tcp:80:1"},
    /* beside a network on the same port they share its socket */
    {"- {address: 127.0.0.1, tcp: [80]}\n    - {address: 127.83.0.0/24, tcp: [80, 81]}",
        "tcp:80w:2 tcp:81w:1"},
    {"- {address: 127.83.0.0/24, tcp: [80]}\n    - {address: \"2001:db8::/64\", tcp: [80]}",
        "tcp:80w:1 tcp:80w:1"},
    {"- {address: 127.0.0.1, tcp: [80]}\n    - {address: 127.0.0.1, tcp: [80]}", "tcp:80:1"},
};

static struct ush_settings *
settings_with(struct sensor *sensor, const char *listen)
{
	struct ush_settings *settings;
	struct ush_error err = {0};
	char more[512];

	snprintf(more, sizeof(more), "  listen:\n    %s\n", listen);
	sensor_settings(sensor, more);
	ck_assert_msg(ush_settings_load(&settings, sensor->settings, &err) == 0, "%s", err.text);
	return settings;
}

START_TEST(test_plans_a_socket_for_each_address_or_port)
{
	struct sensor sensor;
	struct ush_listeners listeners;
	struct ush_settings *settings;
	struct ush_error err = {0};
	char plan[256] = "";

	sensor_init(&sensor);
	settings = settings_with(&sensor, plans[_i].listen);
	ck_assert_int_eq(ush_listeners_plan(&listeners, &settings->sinkhole, "f", &err), 0);
	for (size_t i = 0; i < listeners.count; i++) {
		const struct ush_listener *item = &listeners.items[i];

		snprintf(plan + strlen(plan), sizeof(plan) - strlen(plan), "%s%s:%u%s:%zu",
		    i > 0 ? " " : "", item->udp ? "udp" : "tcp", item->port,
		    item->wildcard ? "w" : "", item->networks.count);
	}
	ck_assert_str_eq(plan, plans[_i].plan);
	ush_listeners_fini(&listeners);
	ush_settings_free(settings);
	sensor_fini(&sensor);
}
END_TEST

/* One port speaks one way. */
START_TEST(test_a_port_has_proxy_headers_on_all_addresses_or_none)
{
	struct sensor sensor;
	struct ush_listeners listeners;
	struct ush_settings *settings;
	struct ush_error err = {0};

	sensor_init(&sensor);
	settings =
	    settings_with(&sensor, "- {address: 127.0.0.1, tcp: [80], proxy-protocol: yes}\n"
	                           "    - {address: 127.0.0.2, tcp: [80], proxy-protocol: yes}\n"
	                           "    - {address: 127.0.0.1, tcp: [81]}");
	ck_assert_int_eq(ush_listeners_plan(&listeners, &settings->sinkhole, "f", &err), 0);
	for (size_t i = 0; i < listeners.count; i++)
		ck_assert_int_eq(listeners.items[i].proxy_protocol, listeners.items[i].port == 80);
	ush_listeners_fini(&listeners);
	ush_settings_free(settings);
	settings = settings_with(&sensor, "- {address: 127.0.0.1, tcp: [80], proxy-protocol: yes}\n"
	                                  "    - {address: 127.83.0.0/24, tcp: [80]}");
	ck_assert_int_eq(ush_listeners_plan(&listeners, &settings->sinkhole, "f", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "port 80 has proxy-protocol in one entry"));
	ck_assert_uint_gt(err.line, 1);
	ush_settings_free(settings);
	sensor_fini(&sensor);
}
END_TEST

START_TEST(test_accepts_its_own_alone)
{
	struct sensor sensor;
	struct ush_listeners listeners;
	struct ush_settings *settings;
	struct ush_address in = address_of("127.83.0.9"), out = address_of("127.84.0.9");

	sensor_init(&sensor);
	settings = settings_with(&sensor, "- {address: 127.83.0.0/24, tcp: [80]}");
	ck_assert_int_eq(ush_listeners_plan(&listeners, &settings->sinkhole, "f", NULL), 0);
	ck_assert(ush_listener_accepts(&listeners.items[0], &in));
	ck_assert(!ush_listener_accepts(&listeners.items[0], &out));
	ush_listeners_fini(&listeners);
	ush_settings_free(settings);
	sensor_fini(&sensor);
}
END_TEST

START_TEST(test_says_what_cannot_be_bound)
{
	struct sensor sensor;
	struct ush_listeners listeners;
	struct ush_inherited inherited = {0};
	struct ush_settings *settings;
	struct ush_error err = {0};

	sensor_init(&sensor);
	/* 203.0.113.0/24 is for documentation: no machine has it. */
	settings = settings_with(&sensor, "- {address: 203.0.113.9, tcp: [18999]}");
	ck_assert_int_eq(
	    ush_listeners_plan(&listeners, &settings->sinkhole, sensor.settings, &err), 0);
	ck_assert_int_eq(
	    ush_listeners_open(&listeners, 0, 1, &inherited, sensor.settings, &err), -1);
	ck_assert_str_eq(err.file, sensor.settings);
	ck_assert_uint_gt(err.line, 1);
	ck_assert_ptr_nonnull(strstr(err.text, "203.0.113.9"));
	ush_listeners_fini(&listeners);
	ush_settings_free(settings);
	sensor_settings(&sensor, "");
	ck_assert_int_eq(ush_settings_load(&settings, sensor.settings, &err), 0);
	ck_assert_int_eq(
	    ush_listeners_plan(&listeners, &settings->sinkhole, sensor.settings, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "nothing to listen on"));
	ush_settings_free(settings);
	sensor_fini(&sensor);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/listener");
	TCase *tcase = tcase_create("listener");

	tcase_add_loop_test(
	    tcase, test_plans_a_socket_for_each_address_or_port, 0, USH_COUNT(plans));
	tcase_add_test(tcase, test_a_port_has_proxy_headers_on_all_addresses_or_none);
	tcase_add_test(tcase, test_accepts_its_own_alone);
	tcase_add_test(tcase, test_says_what_cannot_be_bound);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
