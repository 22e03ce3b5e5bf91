/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/unboundconf.h"

#include <string.h>
#include <unistd.h>
#include "support.h"
#include "tests/unit/unit.h"

START_TEST(test_reads_unbound_conf_with_its_includes)
{
	struct ush_unbound_conf conf;
	struct ush_error err = {0};
	char text[1024];

	test_write("a.conf", "server:\n  module-config: 'validator iterator'\n");
	test_write("b.conf", "  module-config: \"dynlib validator iterator\" # ours\n"
	                     "dynlib:\n\tdynlib-file: /x/unbound-sinkhole.so\n");
	snprintf(text, sizeof(text),
	    "# module-config: \"nothing\"\nserver:\n  chroot: \"\"\n  username: unbound\n"
	    "include-toplevel: \"%s/*.conf\"\ninclude: /nonexistent/*\n",
	    test_directory());
	ck_assert_int_eq(ush_unbound_conf_read(&conf, test_write("main", text), NULL, &err), 0);
	ck_assert_str_eq(conf.module_config, "dynlib validator iterator");
	ck_assert_str_eq(conf.dynlib_file, "/x/unbound-sinkhole.so");
	ck_assert_str_eq(conf.username, "unbound");
	ck_assert_str_eq(conf.chroot, "");
	ck_assert_int_eq(ush_unbound_conf_read(&conf, "/nonexistent", NULL, &err), -1);
	/* What we write ourselves is passed over. */
	ck_assert_int_eq(
	    ush_unbound_conf_read(&conf, test_path("main"), test_path("b.conf"), &err), 0);
	ck_assert_str_eq(conf.module_config, "validator iterator");
	ck_assert_str_eq(conf.dynlib_file, "");
	/* A file that includes itself ends. */
	snprintf(text, sizeof(text), "include: %s/loop\n", test_directory());
	ck_assert_int_eq(ush_unbound_conf_read(&conf, test_write("loop", text), NULL, &err), -1);
}
END_TEST

static const struct {
	const char *text;
	const char *module_config;
	const char *dynlib_file;
	const char *chroot;
} confs[] = {
    {"server: module-config: \"a b\" chroot: /x\n", "a b", "", "/x"},
    {"server:\n\tmodule-config:\"a b\" # module-config: c\n", "a b", "", ""},
    {"dynlib: dynlib-file: /1\ndynlib:\n dynlib-file: '/2'\n", "", "/1", ""},
    {"domain-insecure: \"module-config: x\"\nmodule-config: y\r\n", "y", "", ""},
    {"module-config: a\nmodule-config: b", "b", "", ""},
    {"module-configs: a\nxmodule-config: b\n#module-config: c\nchroot:\n", "", "", ""},
    {"module-config: \"not closed\n chroot: \"/y\"", "not closed", "", "/y"},
    /* Any blank, line end or comment may stand between keyword and value, or nothing. */
    {"server:module-config:\n\n\"a b\"chroot:/x", "a b", "", "/x"},
    {"server: module-config: # note: 'c'\r\n  # more\n  'a b'\n", "a b", "", ""},
    {"server:#chroot: /x\nmodule-config:a#b", "a#b", "", ""},
    /* A value is one even if it looks like a keyword. */
    {"name: module-config: chroot: /x\n", "", "", "/x"},
    {"identity: \"include: module-config:\" module-config: y", "y", "", ""},
    {"local-zone: module-config: x module-config: y", "y", "", ""},
    {"access-control-tag-data: ::/0 chroot: 'A ::1' module-config: y", "y", "", ""},
    {"rpz:name: chroot: zonefile: dynlib-file: module-config: y", "y", "", ""},
    /* A backslash keeps the quote in the word, and stays itself. */
    {"identity: \"a\\\" module-config: x\" module-config: y", "y", "", ""},
    {"identity: a\\ chroot: module-config: y", "y", "", ""},
    {"no-keyword module-config: y", "y", "", ""},
    {"module-config:", "", "", ""},
    {"module-config: \\", "\\", "", ""},
};

START_TEST(test_unbound_conf_words)
{
	struct ush_unbound_conf conf;
	struct ush_error err = {0};
	const char *path = test_write("u.conf", confs[_i].text);

	ck_assert_int_eq(ush_unbound_conf_read(&conf, path, NULL, &err), 0);
	ck_assert_str_eq(conf.module_config, confs[_i].module_config);
	ck_assert_str_eq(conf.dynlib_file, confs[_i].dynlib_file);
	ck_assert_str_eq(conf.chroot, confs[_i].chroot);
}
END_TEST

START_TEST(test_a_place_is_where_the_keyword_stands)
{
	struct ush_unbound_conf conf;
	struct ush_error err = {0};
	char text[512];
	const char *path;

	test_write("in", "\n# a note\ndynlib:\n  dynlib-file: /1\n  dynlib-file: /2\n");
	snprintf(text, sizeof(text),
	    "server:\n  identity: x # a note\n\n  module-config:\n\n 'a'\ninclude: %s\n",
	    test_path("in"));
	path = test_write("main", text);
	ck_assert_int_eq(ush_unbound_conf_read(&conf, path, NULL, &err), 0);
	ck_assert_str_eq(conf.module_config_place.file, path);
	ck_assert_uint_eq(conf.module_config_place.line, 4);
	ck_assert_str_eq(conf.dynlib_file_place.file, test_path("in"));
	ck_assert_uint_eq(conf.dynlib_file_place.line, 4);
	ck_assert_int_eq(
	    ush_unbound_conf_read(&conf, test_write("none", "server:\n"), NULL, &err), 0);
	ck_assert_str_eq(conf.module_config_place.file, "");
	ck_assert_uint_eq(conf.module_config_place.line, 0);
}
END_TEST

/* A value may stand in an included file, and the keyword behind it outside. */
START_TEST(test_an_include_may_stand_anywhere)
{
	struct ush_unbound_conf conf;
	struct ush_error err = {0};
	char text[512];

	test_write("value", "# which\n'a b'\n");
	snprintf(text, sizeof(text), "server:module-config: include:\n\"%s\" chroot: /x include:%s",
	    test_path("value"), test_write("name", "username: me\n"));
	ck_assert_int_eq(ush_unbound_conf_read(&conf, test_write("main", text), NULL, &err), 0);
	ck_assert_str_eq(conf.module_config, "a b");
	ck_assert_str_eq(conf.chroot, "/x");
	ck_assert_str_eq(conf.username, "me");
}
END_TEST

START_TEST(test_relative_includes_start_in_the_directory)
{
	struct ush_unbound_conf conf;
	struct ush_error err = {0};
	char text[512];

	test_write("in.conf", "module-config: x\n");
	test_write("#in", "username: me\n"); /* no comment where the name of a file is due */
	snprintf(text, sizeof(text),
	    "include: in.conf server: directory: /nowhere directory: '%s' include: i?.conf include: #in\n",
	    test_directory());
	ck_assert_int_eq(ush_unbound_conf_read(&conf, test_write("main", text), NULL, &err), 0);
	ck_assert_str_eq(conf.module_config, "x");
	ck_assert_str_eq(conf.module_config_place.file, test_path("in.conf"));
	ck_assert_str_eq(conf.username, "me");
}
END_TEST

/* Other ways to write the name of ours; %s is the directory. */
static const char *const spellings[] = {
    "%s/ours.conf", "%s//*.conf", "%s/./ours.conf", "%s/link.con?", "{%s,/nowhere}/o*"};

START_TEST(test_ours_is_passed_over_by_any_name)
{
	struct ush_unbound_conf conf;
	struct ush_error err = {0};
	char pattern[256];
	char text[512];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(pattern, sizeof(pattern), spellings[_i], test_directory());
#pragma GCC diagnostic pop
	test_write("ours.conf", "server: module-config: 'dynlib a'\n");
	ck_assert_int_eq(symlink("ours.conf", test_path("link.conf")), 0);
	snprintf(text, sizeof(text), "server: module-config: a\ninclude-toplevel: \"%s\"", pattern);
	test_write("main", text);
	ck_assert_int_eq(ush_unbound_conf_read(&conf, test_path("main"), NULL, &err), 0);
	ck_assert_str_eq(conf.module_config, "dynlib a");
	ck_assert(ush_unbound_conf_is_file(conf.module_config_place.file, test_path("ours.conf")));
	ck_assert_int_eq(
	    ush_unbound_conf_read(&conf, test_path("main"), test_path("ours.conf"), &err), 0);
	ck_assert_str_eq(conf.module_config, "a");
	ck_assert(!ush_unbound_conf_is_file(test_path("main"), test_path("ours.conf")));
	ck_assert(!ush_unbound_conf_is_file(test_path("gone"), test_path("gone")));
}
END_TEST

/* Half of a list would be another one. What nobody asks for may be of any length. */
START_TEST(test_a_value_that_is_too_long)
{
	static const char *const needed[] = {
	    "module-config", "dynlib-file", "chroot", "username", "directory"};
	struct ush_unbound_conf conf;
	struct ush_error err = {0};
	char value[3001];
	char text[4000];

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	snprintf(text, sizeof(text), "server:\n local-data: '%s'\n module-config: '%.255s'", value,
	    value);
	ck_assert_int_eq(ush_unbound_conf_read(&conf, test_write("main", text), NULL, &err), 0);
	ck_assert_uint_eq(strlen(conf.module_config), 255);
	for (size_t i = 0; i < USH_COUNT(needed); i++) {
		snprintf(text, sizeof(text), "server:\n\n %s:\n '%s'", needed[i], value);
		ck_assert_int_eq(
		    ush_unbound_conf_read(&conf, test_write("main", text), NULL, &err), -1);
		ck_assert_str_eq(err.file, test_path("main"));
		ck_assert_uint_eq(err.line, 3);
	}
	snprintf(text, sizeof(text), "server:\ninclude: %s", value);
	ck_assert_int_eq(ush_unbound_conf_read(&conf, test_write("main", text), NULL, &err), -1);
	ck_assert_uint_eq(err.line, 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/unboundconf");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, NULL, test_directory_remove);
	tcase_add_test(tcase, test_reads_unbound_conf_with_its_includes);
	tcase_add_loop_test(tcase, test_unbound_conf_words, 0, USH_COUNT(confs));
	tcase_add_test(tcase, test_a_place_is_where_the_keyword_stands);
	tcase_add_test(tcase, test_an_include_may_stand_anywhere);
	tcase_add_test(tcase, test_relative_includes_start_in_the_directory);
	tcase_add_loop_test(tcase, test_ours_is_passed_over_by_any_name, 0, USH_COUNT(spellings));
	tcase_add_test(tcase, test_a_value_that_is_too_long);
	return ush_unit_run(suite);
}
