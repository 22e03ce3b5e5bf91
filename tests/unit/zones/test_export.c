/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/export/export.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"
#include "zones/export/serial.h"

static struct ush_blocklist *list;

static void
set_up(void)
{
	struct ush_compile_result result;
	struct ush_error err = {0};
	char text[1400];
	int used = snprintf(text, sizeof(text), "%s",
	    "feed: b\nindicators:\n"
	    "  - {type: domain, value: sub.example.jp, scope: subdomains}\n"
	    "  - {type: domain, value: a.b.c.sub.example.jp, action: nxdomain}\n"
	    "  - {type: domain, value: watched.sub.example.jp, action: monitor}\n"
	    "  - {type: domain, value: watched.example.jp, action: monitor}\n"
	    "  - {type: domain, value: exact.example.jp, action: nodata}\n"
	    "  - {type: domain, value: drop.example.jp, action: drop}\n"
	    "  - {type: ip, value: 192.0.2.0/24, action: nxdomain}\n"
	    "  - {type: ip, value: 192.0.2.8/29, action: drop}\n"
	    "  - {type: ip, value: '2001:db8:5::/48', action: nxdomain}\n"
	    "  - {type: ip, value: '::2', action: nxdomain}\n"
	    "  - {type: ip, value: '2001:db8::1:0:0:1', action: nxdomain}\n"
	    "  - {type: domain, value: ");

	/* 248 octets: fits in DNS, not with the zone's name behind it. */
	for (unsigned i = 0; i < 120; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "a.");
	snprintf(text + used, sizeof(text) - (size_t)used, "long.jp}\n");
	if (test_compile(
	        (const char *[]){TEST_NEVER_BLOCK,
	            test_write("a.yaml",
	                "feed: a\nnever-block: true\nindicators:\n"
	                "  - {type: domain, value: ok.sub.example.jp}\n"
	                "  - {type: domain, value: free.sub.example.jp, scope: subdomains}\n"
	                "  - {type: domain, value: unrelated.example.jp}\n"
	                "  - {type: ip, value: 192.0.2.1}\n"),
	            test_write("b.yaml", text), NULL},
	        &result, &err) != 0)
		ck_abort_msg("%s: %s", err.file, err.text);
	ush_compile_result_fini(&result);
	list = test_open(test_path("list.db"), USH_PART_ALL);
}

static void
tear_down(void)
{
	ush_blocklist_close(list);
	test_directory_remove();
}

/* What the exporter wrote; for the caller to free. */
static char *export(const char *format, bool sinkhole, struct ush_export_result *result)
{
	struct ush_export_options options = {.list = list, .origin = "rpz.test.", .ttl = 60};

	if (sinkhole)
		ck_assert_int_eq(ush_address_from_text(&options.sinkhole4, "198.51.100.9"), 0);
	return test_export(format, &options, result);
}

/* Lines of the zone that must be there, "" for the data: none of that owner. */
static const struct {
	const char *owner;
	const char *data;
} records[] = {
    {"sub.example.jp", "A\t198.51.100.9"},
    {"*.sub.example.jp", "A\t198.51.100.9"},
    /* Carved out, and what a name in between would hide. */
    {"ok.sub.example.jp", "CNAME\trpz-passthru."},
    {"*.ok.sub.example.jp", "A\t198.51.100.9"},
    {"free.sub.example.jp", "CNAME\trpz-passthru."},
    {"*.free.sub.example.jp", "CNAME\trpz-passthru."},
    {"watched.sub.example.jp", "CNAME\trpz-passthru."},
    {"a.b.c.sub.example.jp", "CNAME\t."},
    {"*.a.b.c.sub.example.jp", "A\t198.51.100.9"},
    {"b.c.sub.example.jp", "A\t198.51.100.9"},
    {"*.b.c.sub.example.jp", "A\t198.51.100.9"},
    {"c.sub.example.jp", "A\t198.51.100.9"},
    {"*.c.sub.example.jp", "A\t198.51.100.9"},
    {"exact.example.jp", "CNAME\t*."},
    {"drop.example.jp", "CNAME\trpz-drop."},
    {"24.0.2.0.192.rpz-ip", "CNAME\t."},
    {"32.1.2.0.192.rpz-ip", "CNAME\trpz-passthru."},
    {"29.8.2.0.192.rpz-ip", "CNAME\trpz-drop."},
    {"48.zz.5.db8.2001.rpz-ip", "CNAME\t."},
    {"128.2.zz.rpz-ip", "CNAME\t."},
    {"128.1.0.0.1.zz.db8.2001.rpz-ip", "CNAME\t."},
    {"*.exact.example.jp", ""},
    {"watched.example.jp", ""},
    {"unrelated.example.jp", ""},
    {"example.jp", ""},
};

START_TEST(test_writes_rpz_records)
{
	struct ush_export_result result;
	char *zone = export("rpz", true, &result);
	char line[300];

	if (records[_i].data[0] != '\0')
		snprintf(line, sizeof(line), "\n%s.rpz.test.\t60\tIN\t%s\n", records[_i].owner,
		    records[_i].data);
	else
		snprintf(line, sizeof(line), "\n%s.rpz.test.\t", records[_i].owner);
	ck_assert_msg((strstr(zone, line) != NULL) == (records[_i].data[0] != '\0'), "%s in\n%s",
	    records[_i].owner, zone);
	free(zone);
}
END_TEST

START_TEST(test_rpz_as_a_zone)
{
	struct ush_export_result result;
	char *text = export("rpz", true, &result);
	struct ush_blocklist_info info;
	FILE *stream = fmemopen(text, strlen(text), "r");
	ldns_zone *zone;
	char serial[32];
	int line = 0;

	ck_assert_int_eq(ldns_zone_new_frm_fp_l(&zone, stream, NULL, 0, LDNS_RR_CLASS_IN, &line),
	    LDNS_STATUS_OK);
	ush_blocklist_info(list, &info);
	snprintf(serial, sizeof(serial), "%u", info.serial);
	ck_assert_uint_eq(ldns_rdf2native_int32(ldns_rr_rdf(ldns_zone_soa(zone), 2)), info.serial);
	ck_assert_uint_eq(result.too_long, 1);
	ck_assert_uint_eq(result.monitored, 2);
	ldns_zone_deep_free(zone);
	fclose(stream);
	free(text);
}
END_TEST

START_TEST(test_without_an_address_it_is_nxdomain)
{
	struct ush_export_result result;
	char *zone = export("rpz", false, &result);

	ck_assert_ptr_nonnull(strstr(zone, "\nsub.example.jp.rpz.test.\t60\tIN\tCNAME\t.\n"));
	ck_assert_ptr_null(strstr(zone, "\tA\t"));
	free(zone);
}
END_TEST

/* Our own reader takes our own zone, and what it makes of it does the same. */
START_TEST(test_an_exported_zone_reads_back_the_same)
{
	static const char *const names[] = {"sub.example.jp", "x.sub.example.jp",
	    "ok.sub.example.jp", "x.ok.sub.example.jp", "x.free.sub.example.jp",
	    "a.b.c.sub.example.jp", "x.a.b.c.sub.example.jp", "b.c.sub.example.jp",
	    "watched.sub.example.jp", "exact.example.jp", "x.exact.example.jp", "drop.example.jp",
	    "unrelated.example.jp"};
	enum ush_action before[USH_COUNT(names)];
	struct ush_export_result result;
	struct ush_blocklist *other;
	char *zone = export("rpz", true, &result);

	for (int i = 0; i < USH_COUNT(names); i++)
		before[i] = test_action(list, names[i]);
	other = test_list("z.rpz", zone);
	for (int i = 0; i < USH_COUNT(names); i++) {
		enum ush_action after = test_action(other, names[i]);

		if (after == USH_ACTION_PASSTHRU)
			after = USH_ACTION_NONE;
		if (before[i] == USH_ACTION_MONITOR)
			before[i] = USH_ACTION_NONE;
		ck_assert_msg(after == before[i], "%s: %s, was %s", names[i],
		    ush_action_text(after), ush_action_text(before[i]));
	}
	ush_blocklist_close(other);
	free(zone);
}
END_TEST

static const struct {
	const char *format;
	const char *line;
	bool there;
} lines[] = {
    {"hosts", "\n198.51.100.9 sub.example.jp\n", true},
    {"hosts", "\n0.0.0.0 exact.example.jp\n", true},
    {"hosts", "ok.sub.example.jp", false},
    {"hosts", "watched", false},
    {"domains", "\nsub.example.jp\n", true},
    {"domains", "\nexact.example.jp\n", true},
    {"domains", "\nunrelated", false},
    {"domains", "free", false},
    {"domains", "watched.example.jp", false},
    {"unbound", "\nlocal-zone: 'sub.example.jp.' redirect\n", true},
    {"unbound", "\nlocal-data: 'sub.example.jp. 60 IN A 198.51.100.9'\n", true},
    {"unbound", "\nlocal-zone: 'ok.sub.example.jp.' always_transparent\n", true},
    {"unbound", "\nlocal-zone: 'free.sub.example.jp.' always_transparent\n", true},
    {"unbound", "\nlocal-zone: 'exact.example.jp.' transparent\n", true},
    {"unbound", "unrelated", false},
};

START_TEST(test_writes_lines_of_each_format)
{
	struct ush_export_result result;
	char *text = export(lines[_i].format, true, &result);

	ck_assert_msg((strstr(text, lines[_i].line) != NULL) == lines[_i].there, "%s in\n%s",
	    lines[_i].line, text);
	free(text);
}
END_TEST

START_TEST(test_a_zone_needs_a_name)
{
	struct ush_export_options options = {.list = list, .origin = "a..b", .to = stdout};
	struct ush_export_result result;
	struct ush_error err = {0};

	ck_assert_int_eq(
	    ush_export_run(ush_export_format_find("rpz"), &options, &result, &err), -1);
	options.origin = ".";
	ck_assert_int_eq(
	    ush_export_run(ush_export_format_find("rpz"), &options, &result, &err), -1);
	ck_assert_ptr_null(ush_export_format_find("nonsense"));
}
END_TEST

static const struct {
	const char *zone;
	int64_t serial; /* -1: none */
} zones[] = {
    {"; c SOA a b 1\n$TTL 30\nz.\t30\tIN\tSOA\tlocalhost. h.localhost. 17 3600 600 1 1\n", 17},
    {"@ 3600 soa ns. host. (\n\t4294967295 ; serial\n\t1 2 3 )", 4294967295},
    {"@ SOA ns. host. (5 1 2 3)", 5},
    {"", -1},
    {"a.example.jp\n", -1},
    {"@ SOA ns. host.\n", -1},
    {"@ SOA ns. host. x 1 2 3\n", -1},
};

START_TEST(test_serials_of_zones)
{
	struct ush_error err = {0};
	uint32_t serial = 0;
	bool found;

	ck_assert_int_eq(
	    ush_zone_serial(test_write("z", zones[_i].zone), &serial, &found, &err), 0);
	ck_assert_int_eq(found, zones[_i].serial >= 0);
	if (found)
		ck_assert_int_eq(serial, zones[_i].serial);
	ck_assert_int_eq(ush_zone_serial("/nonexistent/z", &serial, &found, &err), 0);
	ck_assert(!found);
}
END_TEST

START_TEST(test_serials_in_order)
{
	ck_assert_uint_eq(ush_serial_after(5, 17), 17);
	ck_assert_uint_eq(ush_serial_after(17, 17), 18);
	ck_assert_uint_eq(ush_serial_after(20, 17), 21);
	ck_assert_uint_eq(ush_serial_after(UINT32_MAX, 17), 17);
	ck_assert_uint_eq(ush_serial_after(UINT32_MAX, 0), 1);
	ck_assert_uint_eq(ush_serial_after(UINT32_MAX - 5, 1790000000), 1790000000);
	ck_assert_uint_eq(ush_serial_after(1790000000, 2026112501), 2026112501);
	ck_assert_uint_eq(ush_serial_after(2026112501, 1790000000), 2026112502);
}
END_TEST

START_TEST(test_zones_are_equal_but_for_the_serial)
{
	static const struct {
		const char *zone;
		bool equal;
	} others[] = {
	    {"; other\nz.\t30\tIN\tSOA\tl. h. 1700 36 6 4 30\na.z.\t30\tIN\tCNAME\t.\n", true},
	    {"z.\t30\tIN\tSOA\tl. h. 1700 36 6 4 31\na.z.\t30\tIN\tCNAME\t.\n", false},
	    {"z.\t30\tIN\tSOA\tl. h. 17 36 6 4 30\na.z.\t30\tIN\tCNAME\t*.\n", false},
	    {"z.\t30\tIN\tSOA\tl. h. 17 36 6 4 30\n", false},
	    {"", false},
	};
	test_write("a", "; one\nz.\t30\tIN\tSOA\tl. h. 17 36 6 4 30\na.z.\t30\tIN\tCNAME\t.\n");

	for (int i = 0; i < USH_COUNT(others); i++) {
		ck_assert(ush_zones_equal(test_path("a"), test_write("b", others[i].zone)) ==
		          others[i].equal);
		ck_assert(ush_zones_equal(test_path("b"), test_path("a")) == others[i].equal);
	}
	ck_assert(!ush_zones_equal(test_path("a"), "/nonexistent"));
}
END_TEST

/* With a hash whose secret is known, two halves that change places are the same. */
START_TEST(test_no_name_hides_another)
{
	struct ush_export_result exported;
	struct ush_compile_result result;
	struct ush_error err = {0};
	char first[] = "aaaaaaaaaaaaaaabbbbbbbbccccccccdddddddddddddddddddddddddddd.com";
	char second[] = "aaaaaaaaaaaaaaaccccccccbbbbbbbbdddddddddddddddddddddddddddd.com";
	char feed[256];
	char *written;

	snprintf(feed, sizeof(feed), "%s\n%s\n", first, second);
	ush_blocklist_close(list);
	ck_assert_int_eq(
	    test_compile((const char *[]){test_write("names.txt", feed), NULL}, &result, &err), 0);
	ush_compile_result_fini(&result);
	list = test_open(test_path("list.db"), USH_PART_ALL);
	written = export("domains", false, &exported);
	ck_assert_uint_eq(exported.written, 2);
	ck_assert_ptr_nonnull(strstr(written, first));
	ck_assert_ptr_nonnull(strstr(written, second));
	free(written);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/export");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test_writes_rpz_records, 0, USH_COUNT(records));
	tcase_add_test(tcase, test_rpz_as_a_zone);
	tcase_add_test(tcase, test_no_name_hides_another);
	tcase_add_test(tcase, test_without_an_address_it_is_nxdomain);
	tcase_add_test(tcase, test_an_exported_zone_reads_back_the_same);
	tcase_add_loop_test(tcase, test_writes_lines_of_each_format, 0, USH_COUNT(lines));
	tcase_add_test(tcase, test_a_zone_needs_a_name);
	tcase_add_loop_test(tcase, test_serials_of_zones, 0, USH_COUNT(zones));
	tcase_add_test(tcase, test_serials_in_order);
	tcase_add_test(tcase, test_zones_are_equal_but_for_the_serial);
	return ush_unit_run(suite);
}
