/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists with any octets in their names, as no compile makes them: no export says anything else than
 * the list does, and what our own readers make of it does the same. */
#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"
#include "zones/compile/guard.h"
#include "zones/export/export.h"

#define NAMES 300
#define NETWORKS 60
#define ROUNDS 8

static struct ush_name names[NAMES];
static struct ush_address addresses[NETWORKS];
static unsigned seed;

static unsigned
draw(unsigned count)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % count;
}

/* Labels of few letters, so that names meet; half of the names with something that means something
 * in one format or the other. */
static void
random_name(struct ush_name *out)
{
	static const char hostile[] = "\"'#;$@\\ \n\r\t/|^*(){}[],:=!&%<>.\x01\x7f\xff";
	static const char *const last[] = {"jp", "com", "rpz-ip", "rpz-client-ip", "rpz-passthru"};
	bool is_hostile = draw(2) == 0;
	unsigned labels = 1 + draw(4);
	size_t used = 0;
	const char *top = last[draw(8) == 0 ? 2 + draw(3) : draw(2)];
	uint8_t wire[USH_NAME_MAX];

	for (unsigned i = 0; i < labels; i++) {
		unsigned len = 1 + draw(3);

		wire[used++] = (uint8_t)len;
		for (unsigned k = 0; k < len; k++) {
			if (is_hostile && draw(3) == 0)
				wire[used++] = (uint8_t)hostile[draw(sizeof(hostile))];
			else
				wire[used++] = (uint8_t)("abc0-_"[draw(6)]);
		}
	}
	wire[used++] = (uint8_t)strlen(top);
	memcpy(wire + used, top, strlen(top));
	used += strlen(top);
	wire[used++] = 0;
	ck_assert_int_eq(ush_name_from_wire(out, wire, used), 0);
}

static void
random_network(struct ush_network *out)
{
	struct ush_address address = {.family = draw(2) == 0 ? AF_INET : AF_INET6};
	char text[USH_NETWORK_TEXT_MAX];

	for (unsigned i = 0; i < 16; i++)
		address.octets[i] = (uint8_t)(draw(3) == 0 ? 1 + draw(255) : 0);
	ush_address_to_text(&address, text);
	snprintf(text + strlen(text), 8, "/%u",
	    address.family == AF_INET ? 8 + draw(25) : 19 + draw(110));
	ck_assert_int_eq(ush_network_around(out, text), 0);
}

static struct ush_blocklist *
random_list(void)
{
	static const enum ush_action actions[] = {USH_ACTION_SINKHOLE, USH_ACTION_NXDOMAIN,
	    USH_ACTION_NODATA, USH_ACTION_DROP, USH_ACTION_PASSTHRU, USH_ACTION_MONITOR};
	struct ush_build_options options = {
	    .path = test_path("list.db"), .now_ms = TEST_NOW_MS, .last_slot = 254};
	struct ush_build_result result;
	struct ush_builder *builder;
	struct ush_origin origin = {.line = 1};
	struct ush_error err = {0};

	ck_assert_int_eq(ush_builder_new(&builder, &err), 0);
	for (unsigned i = 0; i < NAMES; i++) {
		char text[USH_NAME_TEXT_MAX];
		uint16_t class_id;
		char feed[8];

		if (i % 100 == 0) {
			snprintf(feed, sizeof(feed), "f\n%u", i);
			ck_assert_int_eq(
			    ush_builder_feed(builder,
			        &(struct ush_feed_info){.name = feed, .file = feed}, i == 0, &err),
			    0);
		}
		origin.line = i;
		random_name(&names[i]);
		ush_name_to_text(&names[i], text);
		ck_assert_int_eq(
		    ush_builder_class(builder, "c", "", actions[draw(6)], &class_id, &err), 0);
		ck_assert_int_eq(ush_builder_name(builder, class_id, &names[i], text, strlen(text),
		                     1 + draw(3), &origin),
		    0);
		if (i < NETWORKS) {
			struct ush_network network;

			random_network(&network);
			addresses[i] = network.base;
			ck_assert_int_eq(
			    ush_builder_network(builder, class_id, &network, &origin), 0);
		}
	}
	ck_assert_int_eq(ush_builder_write(builder, &options, &result, &err), 0);
	ush_builder_free(builder);
	return test_open(options.path, USH_PART_ALL);
}

static char *
export_as(const struct ush_blocklist *list, const char *format, struct ush_export_result *result)
{
	struct ush_export_options options = {.list = list, .origin = "z", .ttl = 60};
	struct ush_error err = {0};
	size_t size;
	char *text;

	*result = (struct ush_export_result){0};
	/* A hosts file with a real address is no listing for our reader. */
	if (strcmp(format, "hosts") != 0)
		ck_assert_int_eq(ush_address_from_text(&options.sinkhole4, "198.51.100.9"), 0);
	ck_assert_ptr_nonnull(options.to = open_memstream(&text, &size));
	ck_assert_int_eq(ush_export_run(ush_export_format_find(format), &options, result, &err), 0);
	fclose(options.to);
	ck_assert_uint_eq(strlen(text), size);
	return text;
}

/* Not the hostile names of the first half, nor those that are triggers in a zone. */
static bool
is_sayable(const struct ush_name *name, bool zone)
{
	char text[USH_NAME_TEXT_MAX];

	ush_name_to_text(name, text);
	return ush_name_is_host(name) && (!zone || strstr(text, ".rpz-") == NULL);
}

static uint64_t
distinct_unsayable(bool zone)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < NAMES; i++) {
		bool is_new = !is_sayable(&names[i], zone);

		for (unsigned k = 0; k < i; k++)
			is_new = is_new && !ush_name_equal(&names[i], &names[k]);
		count += is_new;
	}
	return count;
}

/* What of a name other resolvers can do. */
static enum ush_action
effect(const struct ush_blocklist *list, const struct ush_name *name)
{
	struct ush_match match;

	if (!ush_blocklist_match_name(list, NULL, name, &match) ||
	    match.action == USH_ACTION_MONITOR || match.action == USH_ACTION_PASSTHRU)
		return USH_ACTION_NONE;
	return match.action;
}

static void
below(const struct ush_name *name, struct ush_name *out)
{
	*out = (struct ush_name){.len = (uint8_t)(name->len + 2), .wire = {1, 'q'}};
	memcpy(out->wire + 2, name->wire, name->len);
}

/* For BIND a zone is an error that has anything but printable text in it. */
static void
check_text(const char *text)
{
	for (; *text != '\0'; text++)
		ck_assert_msg(*text == '\n' || *text == '\t' || (*text >= ' ' && *text <= '~'),
		    "octet %u in an export", (unsigned char)*text);
}

START_TEST(a_zone_read_again_does_the_same)
{
	struct ush_blocklist *list;
	struct ush_blocklist *again;
	struct ush_export_result result;
	char *zone;

	seed = (unsigned)_i + 1;
	list = random_list();
	zone = export_as(list, "rpz", &result);
	check_text(zone);
	ck_assert_uint_ge(result.unsafe, distinct_unsayable(true));
	ck_assert_int_eq(rename(test_path("list.db"), test_path("first.db")), 0);
	again = test_list("again.rpz", zone);
	for (unsigned i = 0; i < NAMES; i++) {
		struct ush_name child;

		below(&names[i], &child);
		if (!is_sayable(&names[i], true))
			continue;
		ck_assert_int_eq(effect(again, &names[i]), effect(list, &names[i]));
		ck_assert_int_eq(effect(again, &child), effect(list, &child));
	}
	for (unsigned i = 0; i < NETWORKS; i++) {
		struct ush_match before = {0};
		struct ush_match after = {0};
		bool listed = ush_blocklist_match_address(list, NULL, &addresses[i], &before) &&
		              before.action < USH_ACTION_PASSTHRU;
		bool listed_again =
		    ush_blocklist_match_address(again, NULL, &addresses[i], &after) &&
		    after.action < USH_ACTION_PASSTHRU;

		ck_assert_int_eq(listed_again, listed);
		ck_assert(!listed || before.action == after.action);
	}
	ush_blocklist_close(list);
	ush_blocklist_close(again);
	free(zone);
}
END_TEST

/* Whatever the names are, it is printable text. */
START_TEST(every_format_is_plain_text)
{
	struct ush_blocklist *list;
	const char *format;

	seed = (unsigned)_i + 1;
	list = random_list();
	for (size_t i = 0; (format = ush_export_format_name(i)) != NULL; i++) {
		struct ush_export_result result;
		char *text = export_as(list, format, &result);

		for (char *c = text; *c != '\0'; c++) {
			if (c[0] == '\r' && c[1] == '\n') /* csv */
				*c = ' ';
		}
		check_text(text);
		free(text);
	}
	ush_blocklist_close(list);
}
END_TEST

static const char *const line_formats[] = {"hosts", "domains", "unbound", "dnsmasq", "adblock"};

START_TEST(a_list_read_again_names_nothing_else)
{
	const char *format = line_formats[_i / ROUNDS];
	struct ush_blocklist *list;
	struct ush_blocklist *again;
	struct ush_blocklist_info info;
	struct ush_export_result result;
	char *text;

	seed = (unsigned)_i % ROUNDS + 1;
	list = random_list();
	text = export_as(list, format, &result);
	check_text(text);
	ck_assert_uint_eq(result.unsafe, distinct_unsayable(false));
	ck_assert_int_eq(rename(test_path("list.db"), test_path("first.db")), 0);
	again = test_list("again.txt", text);
	for (unsigned i = 0; i < NAMES; i++) {
		if (is_sayable(&names[i], false) && effect(list, &names[i]) != USH_ACTION_NONE)
			ck_assert_int_ne(effect(again, &names[i]), USH_ACTION_NONE);
	}
	ush_blocklist_info(again, &info);
	ck_assert_uint_gt(info.names, 10);
	for (uint32_t i = 0; i < info.rules; i++) {
		struct ush_source source;
		bool known = false;
		struct ush_name name;

		if (ush_blocklist_source(again, i, &source) != 0)
			continue;
		ck_assert_int_eq(
		    ush_name_from_text(&name, source.trigger, strlen(source.trigger)), 0);
		for (unsigned k = 0; k < NAMES; k++)
			known = known || ush_name_equal(&name, &names[k]);
		ck_assert_msg(known, "%s is on no list", source.trigger);
	}
	ush_blocklist_close(list);
	ush_blocklist_close(again);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/export_hostile");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, NULL, test_directory_remove);
	tcase_add_loop_test(tcase, a_zone_read_again_does_the_same, 0, ROUNDS);
	tcase_add_loop_test(tcase, every_format_is_plain_text, 0, 2);
	tcase_add_loop_test(
	    tcase, a_list_read_again_names_nothing_else, 0, ROUNDS * USH_COUNT(line_formats));
	return ush_unit_run(suite);
}
