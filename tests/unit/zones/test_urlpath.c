/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/database/urlpath.h"

#include <string.h>
#include "tests/unit/unit.h"

static const struct {
	const char *in;
	const char *out; /* NULL: refused */
} paths[] = {
    {"", "/"},
    {"/", "/"},
    {"/index.php", "/index.php"},
    {"/a?b=/../c", "/a"},
    {"/a#b", "/a"},
    {"/%7Euser/%61", "/~user/a"},
    {"/%2fa%c3%a9", "/%2Fa%C3%A9"},
    {"/a/./b", "/a/b"},
    {"/a/b/../c", "/a/c"},
    {"/a/b/..", "/a/"},
    {"/a/b/.", "/a/b/"},
    {"/../../a", "/a"},
    {"/..", "/"},
    {"/a/%2e%2e/b", "/b"},
    {"/a//b", "/a//b"},
    {"/a/...", "/a/..."},
    {"/%", "/%"},
    {"/%4", "/%4"},
    {"/%zz", "/%zz"},
    {"/A/a", "/A/a"},
    {"a/b", NULL},
    {"*", NULL},
};

START_TEST(one_form)
{
	char out[USH_URL_PATH_MAX];
	const char *in = paths[_i].in;
	size_t len = ush_url_path_normalise(in, strlen(in), out);

	if (paths[_i].out == NULL) {
		ck_assert_uint_eq(len, 0);
	} else {
		ck_assert_uint_eq(len, strlen(paths[_i].out));
		ck_assert_mem_eq(out, paths[_i].out, len);
		/* What is normal stays as it is. */
		char again[USH_URL_PATH_MAX];
		ck_assert_uint_eq(ush_url_path_normalise(out, len, again), len);
		ck_assert_mem_eq(again, out, len);
	}
}
END_TEST

START_TEST(bounded)
{
	static char in[USH_URL_PATH_MAX + 2];
	char out[USH_URL_PATH_MAX];

	memset(in, '/', sizeof(in));
	ck_assert_uint_eq(ush_url_path_normalise(in, USH_URL_PATH_MAX, out), USH_URL_PATH_MAX);
	ck_assert_uint_eq(ush_url_path_normalise(in, USH_URL_PATH_MAX + 1, out), 0);
	/* A query may be as long as it likes. */
	in[10] = '?';
	ck_assert_uint_eq(ush_url_path_normalise(in, sizeof(in), out), 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/urlpath");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, one_form, 0, USH_COUNT(paths));
	tcase_add_test(tcase, bounded);
	return ush_unit_run(suite);
}
