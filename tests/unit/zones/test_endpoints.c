/* SPDX-License-Identifier: BSD-3-Clause */
/* Notes about addresses with a port, found by these. */
#include "support.h"

#include <string.h>
#include "tests/unit/unit.h"

static const char text[] = "feed: a\ncampaign: c\nsoftware: S\nindicators:\n"
                           "  - {type: domain, value: a.example.com}\n"
                           "  - {type: ip-port, value: \"192.0.2.1:123/udp\"}\n"
                           "  - {type: ip-port, value: \"[2001:db8::1]:443\"}\n"
                           "  - {type: url, value: \"http://192.0.2.2/x\"}\n"
                           "  - {type: url, value: \"https://192.0.2.3/x?y\"}\n"
                           "  - {type: url, value: \"http://192.0.2.4:8080/x\"}\n"
                           "  - {type: ip, value: 192.0.2.5, context: true}\n"
                           "  - {type: filename, value: \"192.0.2.6:80\"}\n";

static const struct {
	const char *endpoint;
	const char *trigger; /* NULL: none */
} rows[] = {
    {"192.0.2.1:123", "192.0.2.1:123/udp"},
    {"192.0.2.1:124", NULL},
    {"192.0.2.1:80", NULL},
    {"[2001:db8::1]:443", "[2001:db8::1]:443"},
    {"[2001:db8::2]:443", NULL},
    {"192.0.2.2:80", "http://192.0.2.2/x"},
    {"192.0.2.2:443", NULL},
    {"192.0.2.3:443", "https://192.0.2.3/x?y"},
    {"192.0.2.4:8080", "http://192.0.2.4:8080/x"},
    {"192.0.2.5:80", NULL},
    {"192.0.2.6:80", NULL},
};

START_TEST(test_finds_what_listens_there)
{
	struct ush_blocklist *list = test_list("a.yaml", text);
	struct ush_endpoint_match match;
	struct ush_endpoint endpoint;
	uint8_t off[16];

	ush_blocklist_close(list);
	list = test_open(test_path("list.db"), USH_PART_SOURCES | USH_PART_ENDPOINTS);
	for (int i = 0; i < USH_COUNT(rows); i++) {
		bool found;

		memset(&endpoint, 0xff, sizeof(endpoint));
		ck_assert_int_eq(ush_endpoint_from_text(&endpoint, rows[i].endpoint, 0), 0);
		found = ush_blocklist_match_endpoint(list, NULL, &endpoint, &match);
		ck_assert_msg(found == (rows[i].trigger != NULL), "%s", rows[i].endpoint);
		if (!found)
			continue;
		ck_assert_str_eq(match.note.source.trigger, rows[i].trigger);
		ck_assert_str_eq(match.campaign, "c");
		ck_assert_str_eq(match.software, "S");
		memset(off, USH_ACTION_OFF, sizeof(off)); /* feeds: {a: {action: off}} */
		ck_assert(!ush_blocklist_match_endpoint(list, off, &endpoint, &match));
	}
	ush_blocklist_close(list);
	test_directory_remove();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("endpoints");
	TCase *tests = tcase_create("endpoints");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, test_finds_what_listens_there);
	return ush_unit_run(suite);
}
