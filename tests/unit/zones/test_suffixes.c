/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/suffixes.h"

#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/unit.h"
#include "zones/idn.h"

#define LIST_FILE "/usr/share/publicsuffix/public_suffix_list.dat"

/* What libpsl says of the name, asked directly. */
static bool
expected(const psl_ctx_t *list, const struct ush_name *name, bool companies)
{
	char text[USH_NAME_TEXT_MAX];

	ush_name_to_text(name, text);
	return psl_is_public_suffix2(list, text, companies ? PSL_TYPE_ANY : PSL_TYPE_ICANN) != 0;
}

static unsigned
compare(const struct ush_suffixes *suffixes, const psl_ctx_t *list, const char *text)
{
	struct ush_name name;
	unsigned found = 0;

	if (ush_name_from_user(&name, text, strlen(text)) != 0)
		ck_abort_msg("%s is no name", text);
	for (int companies = 0; companies < 2; companies++) {
		bool is = ush_suffixes_has(suffixes, &name, companies != 0);

		ck_assert_msg(is == expected(list, &name, companies != 0), "%s: %d", text, (int)is);
		found += is;
	}
	return found;
}

START_TEST(every_rule_and_its_neighbours_are_what_libpsl_says)
{
	static const char *const before[] = {"", "x.", "www.x."};
	struct ush_suffixes *suffixes;
	psl_ctx_t *list = psl_load_file(LIST_FILE);
	FILE *file = fopen(LIST_FILE, "re");
	char line[512];
	char text[600];
	unsigned found = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(ush_suffixes_new(&suffixes), 0);
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *rule = line + strspn(line, "!*.");

		line[strcspn(line, " \t\r\n")] = '\0';
		if (line[0] == '\0' || strncmp(line, "//", 2) == 0)
			continue;
		for (size_t i = 0; i < USH_COUNT(before); i++) {
			snprintf(text, sizeof(text), "%s%s", before[i], rule);
			found += compare(suffixes, list, text);
		}
		if (strchr(rule, '.') != NULL)
			compare(suffixes, list, strchr(rule, '.') + 1);
	}
	ck_assert_uint_gt(found, 9000);
	fclose(file);
	psl_free(list);
	ush_suffixes_free(suffixes);
}
END_TEST

START_TEST(names_of_sites_are_what_libpsl_says)
{
	static const char *const tails[] = {
	    "com", "co.jp", "example.com", "ck", "github.io", "kawasaki.jp", "xn--p1ai"};
	struct ush_suffixes *suffixes;
	psl_ctx_t *list = psl_load_file(LIST_FILE);
	unsigned seed = 1;
	char text[64];

	ck_assert_int_eq(ush_suffixes_new(&suffixes), 0);
	for (unsigned i = 0; i < 20000; i++) {
		seed = seed * 1103515245u + 12345u;
		snprintf(text, sizeof(text), "n%x.%s", seed >> 8, tails[i % USH_COUNT(tails)]);
		compare(suffixes, list, text);
	}
	psl_free(list);
	ush_suffixes_free(suffixes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/suffixes");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, every_rule_and_its_neighbours_are_what_libpsl_says);
	tcase_add_test(tcase, names_of_sites_are_what_libpsl_says);
	return ush_unit_run(suite);
}
