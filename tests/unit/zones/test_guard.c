/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/guard.h"

#include <string.h>
#include "tests/unit/unit.h"
#include "zones/compile/builder.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *text;
	unsigned scope;
	enum ush_refusal why;
	const char *name; /* of what is good */
} cases[] = {
    {"www.example.jp", 1, USH_REFUSED_NOT, "www.example.jp"},
    {"WWW.Example.JP.", 3, USH_REFUSED_NOT, "www.example.jp"},
    {"_x.example.jp", 1, USH_REFUSED_NOT, "_x.example.jp"},
    {"\\097\\-\\_.example.jp", 1, USH_REFUSED_NOT, "a-_.example.jp"},
    {"a\\.b.example.jp", 1, USH_REFUSED_CHARACTERS, NULL},
    {"\\036include.example.jp", 1, USH_REFUSED_CHARACTERS, NULL},
    {"bank.com\\035x.example.jp", 1, USH_REFUSED_CHARACTERS, NULL},
    {"a\\010b.example.jp", 1, USH_REFUSED_CHARACTERS, NULL},
    {"\\*.example.jp", 1, USH_REFUSED_PATTERN, NULL},
    {"\xe6\x97\xa5\xe6\x9c\xac.example.jp", 1, USH_REFUSED_NOT, "xn--wgv71a.example.jp"},
    {"xn--wgv71a.example.jp", 1, USH_REFUSED_NOT, "xn--wgv71a.example.jp"},
    {"", 1, USH_REFUSED_MALFORMED, NULL},
    {"<html>", 1, USH_REFUSED_MALFORMED, NULL},
    {"two words.jp", 1, USH_REFUSED_MALFORMED, NULL},
    {"a..example.jp", 1, USH_REFUSED_MALFORMED, NULL},
    {".example.jp", 1, USH_REFUSED_MALFORMED, NULL},
    {"a@example.jp", 1, USH_REFUSED_MALFORMED, NULL},
    {"www.sakurano***.com", 1, USH_REFUSED_REDACTED, NULL},
    {"www.exam\xe2\x80\xa6.jp", 1, USH_REFUSED_REDACTED, NULL},
    {"(\xe7\x95\xa5).example.jp", 1, USH_REFUSED_REDACTED, NULL},
    {"*.*.example.jp", 1, USH_REFUSED_PATTERN, NULL},
    {"ads.*", 1, USH_REFUSED_PATTERN, NULL},
    {"ads*.example.jp", 1, USH_REFUSED_PATTERN, NULL},
    {"*.sakurano**.com", 1, USH_REFUSED_REDACTED, NULL},
    {"192.0.2.1", 1, USH_REFUSED_ADDRESS, NULL},
    {"192.0.2.1.", 1, USH_REFUSED_ADDRESS, NULL},
    {"2001:db8::1", 1, USH_REFUSED_ADDRESS, NULL},
    {A63 "a.example.jp", 1, USH_REFUSED_LABEL, NULL},
    {A63 ".example.jp", 1, USH_REFUSED_NOT, A63 ".example.jp"},
    {A63 "." A63 "." A63 "." A63 ".jp", 1, USH_REFUSED_LENGTH, NULL},
    {"\xff\xfe.example.jp", 1, USH_REFUSED_IDN, NULL},
    {".", 1, USH_REFUSED_ROOT, NULL},
    {"com", 1, USH_REFUSED_TLD, NULL},
    {"unheardof", 1, USH_REFUSED_TLD, NULL},
    {"gr.jp", 1, USH_REFUSED_SUFFIX, NULL},
    {"or.jp", 1, USH_REFUSED_SUFFIX, NULL},
    {"co.jp", 3, USH_REFUSED_SUFFIX, NULL},
    {"co.uk", 1, USH_REFUSED_SUFFIX, NULL},
    {"github.io", 3, USH_REFUSED_SUFFIX, NULL},
    {"github.io", 2, USH_REFUSED_SUFFIX, NULL},
    {"github.io", 1, USH_REFUSED_NOT, "github.io"},
    {"somebody.github.io", 3, USH_REFUSED_NOT, "somebody.github.io"},
    {"ims.gr.jp", 3, USH_REFUSED_NOT, "ims.gr.jp"},
};

START_TEST(test_guards_against_names_too_wide)
{
	struct ush_guard *guard;
	struct ush_name name;
	char text[USH_NAME_TEXT_MAX];
	enum ush_refusal why;

	ck_assert_int_eq(ush_guard_new(&guard), 0);
	why = ush_guard_name(guard, cases[_i].text, strlen(cases[_i].text), cases[_i].scope, &name);
	ck_assert_msg(why == cases[_i].why, "%s: %s", cases[_i].text, ush_refusal_text(why));
	if (why == USH_REFUSED_NOT) {
		ush_name_to_text(&name, text);
		ck_assert_str_eq(text, cases[_i].name);
	}
	ush_guard_free(guard);
}
END_TEST

static const struct {
	const char *text;
	enum ush_refusal why;
	const char *warning; /* NULL: none */
} networks[] = {
    {"192.0.2.1", USH_REFUSED_NOT, NULL},
    {"198.51.0.0/16", USH_REFUSED_NOT, NULL},
    {"198.50.0.0/15", USH_REFUSED_NOT, "large"},
    {"198.0.0.0/8", USH_REFUSED_NOT, "large"},
    {"198.0.0.0/7", USH_REFUSED_WIDE, NULL},
    {"0.0.0.0/0", USH_REFUSED_WIDE, NULL},
    {"2001:db8::/32", USH_REFUSED_NOT, NULL},
    {"2001:db8::/31", USH_REFUSED_NOT, "large"},
    {"2001::/19", USH_REFUSED_NOT, "large"},
    {"2000::/18", USH_REFUSED_WIDE, NULL},
    {"::/0", USH_REFUSED_WIDE, NULL},
    {"127.0.0.1", USH_REFUSED_LOCAL, NULL},
    {"127.0.0.0/8", USH_REFUSED_LOCAL, NULL},
    {"0.0.0.0", USH_REFUSED_LOCAL, NULL},
    {"169.254.169.254", USH_REFUSED_LOCAL, NULL},
    {"169.0.0.0/8", USH_REFUSED_LOCAL, NULL},
    {"::", USH_REFUSED_LOCAL, NULL},
    {"::1", USH_REFUSED_LOCAL, NULL},
    {"::/64", USH_REFUSED_LOCAL, NULL},
    {"fe80::1", USH_REFUSED_LOCAL, NULL},
    {"10.0.0.0/8", USH_REFUSED_NOT, "private"},
    {"172.16.0.1", USH_REFUSED_NOT, "private"},
    {"172.0.0.0/8", USH_REFUSED_NOT, "private"},
    {"192.168.1.0/24", USH_REFUSED_NOT, "private"},
    {"fd00::1", USH_REFUSED_NOT, "private"},
};

START_TEST(test_rails_for_networks)
{
	struct ush_network network;
	const char *warning;
	enum ush_refusal why;

	ck_assert_int_eq(ush_network_from_text(&network, networks[_i].text), 0);
	why = ush_guard_network(&network, &warning);
	ck_assert_msg(why == networks[_i].why, "%s: %s", networks[_i].text, ush_refusal_text(why));
	ck_assert_msg((warning != NULL) == (networks[_i].warning != NULL), "%s: %s",
	    networks[_i].text, warning);
	if (warning != NULL)
		ck_assert_ptr_nonnull(strstr(warning, networks[_i].warning));
}
END_TEST

START_TEST(test_every_refusal_has_a_text)
{
	for (unsigned i = 0; i < USH_REFUSALS; i++)
		ck_assert_ptr_nonnull(ush_refusal_text((enum ush_refusal)i));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/guard");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, test_guards_against_names_too_wide, 0, USH_COUNT(cases));
	tcase_add_loop_test(tcase, test_rails_for_networks, 0, USH_COUNT(networks));
	tcase_add_test(tcase, test_every_refusal_has_a_text);
	return ush_unit_run(suite);
}
