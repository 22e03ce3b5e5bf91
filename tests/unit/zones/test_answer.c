/* SPDX-License-Identifier: BSD-3-Clause */
/* What sinkzone lookup and check-module find out. */
#include "zones/sinkzone/answer.h"

#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"
#include "zones/sinkzone/buildid.h"

static struct ush_blocklist *list;
static const struct ush_site as_compiled;

static void
set_up(void)
{
	struct ush_compile_result result;
	struct ush_error err = {0};

	if (test_compile(
	        (const char *[]){TEST_NEVER_BLOCK, test_feed("never-block.yaml"),
	            test_feed("emdivi.yaml"), test_write("other.txt", "ims.gr.jp\nhosting-sv.jp\n"),
	            test_write("urls.txt",
	                "http://hosting-sv.jp/bad.php\nhttp://www.x.example.jp/bad.php\n"),
	            test_write("networks.yaml", "feed: networks\nindicators:\n"
	                                        "  - {type: ip, value: 192.0.2.128/25}\n"
	                                        "  - {type: ip, value: \"2001:db8::81\"}\n"),
	            NULL},
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

static const struct {
	const char *query;
	bool listed;
	bool allowed;
	unsigned rules;
	unsigned notes;
	const char *why_lost; /* of the second found */
} queries[] = {
    {"www.ims.gr.jp", true, false, 2, 0, "its feed comes later"},
    {"hosting-sv.jp", false, true, 3, 0, "never-block wins"},
    {"www.d1010318.hosting-sv.jp", true, false, 2, 0, "its feed comes later"},
    {"http://www.turitengu.jp/book/", true, false, 1, 0, NULL},
    {"https://www.turitengu.jp:8080/book/index.php", true, false, 2, 0, NULL},
    {"/wp-includes/news/scripts/index.php", true, false, 1, 0, NULL},
    {"example.com", false, false, 0, 0, NULL},
    {"example.com/x", false, false, 0, 0, NULL},
    {"125.206.115.72", false, true, 1, 2, NULL},
    {"137.170.185.211", false, false, 0, 1, NULL},
    {"137.170.185.211:123/udp", false, false, 0, 1, NULL},
    {"192.0.2.1", false, false, 0, 0, NULL},
    {"2001:db8::1", false, false, 0, 0, NULL},
    {"www.sakurano***.com", false, false, 0, 1, NULL},
    {"8C3DF4E4549DB3CE57FC1F7B1B2DFEEDB7BA079F654861CA0B608CBFA1DF0F6B", false, false, 0, 1, NULL},
    {"0000000000000000000000000000000000000000000000000000000000000000", false, false, 0, 0, NULL},
    {"vmwere.exe", false, false, 0, 1, NULL},
    /* As people paste it. */
    {"www[.]ims[.]gr[.]jp", true, false, 2, 0, "its feed comes later"},
    {" www.ims.gr.jp.\t\n", true, false, 2, 0, "its feed comes later"},
    {"www.ims.gr.jp:8080", true, false, 2, 0, "its feed comes later"},
    {"hxxp://www[.]turitengu[.]jp/book/", true, false, 1, 0, NULL},
    {"www.turitengu.jp?x#y", true, false, 1, 0, NULL},
    {"HXXPS[:]//user@www(dot)turitengu{.}jp:443/book/index.php?a=b", true, false, 2, 0, NULL},
    {"192.0.2.129:8080", true, false, 1, 0, NULL},
    {"192[.]0[.]2[.]129", true, false, 1, 0, NULL},
    {"http://192.0.2.129/x", true, false, 1, 0, NULL},
    {"https://[2001:db8::81]:443/x", true, false, 1, 0, NULL},
    {"[2001:db8::81]:443", true, false, 1, 0, NULL},
    {"192.0.2.128/26", true, false, 1, 0, NULL},
    {"192.0.2.129/25", true, false, 1, 0, NULL},
    {"192.0.2.0/24", false, false, 1, 0, NULL},
    {"192.0.2.0/25", false, false, 0, 0, NULL},
    {"http://hosting-sv.jp/bad.php", false, true, 4, 0, NULL},
};

START_TEST(test_answers_with_the_rule_that_fires)
{
	struct ush_error err = {0};
	struct ush_answer answer;

	if (ush_answer_make(&answer, list, &as_compiled, queries[_i].query, &err) != 0)
		ck_abort_msg("%s", err.text);
	ck_assert_msg(answer.listed == queries[_i].listed, "%s", queries[_i].query);
	ck_assert_msg(answer.allowed == queries[_i].allowed, "%s", queries[_i].query);
	ck_assert_msg(answer.rule_count == queries[_i].rules, "%s: %zu", queries[_i].query,
	    answer.rule_count);
	ck_assert_msg(answer.note_count == queries[_i].notes, "%s: %zu", queries[_i].query,
	    answer.note_count);
	if (queries[_i].why_lost != NULL) {
		ck_assert(answer.rules[0].fires);
		ck_assert(!answer.rules[1].fires);
		ck_assert_str_eq(answer.rules[1].why_lost, queries[_i].why_lost);
	}
	ush_answer_fini(&answer);
}
END_TEST

START_TEST(test_answers_with_overrides_applied)
{
	struct ush_override off = {.name = (char[]){"emdivi"}, .action = USH_ACTION_OFF};
	struct ush_policy *policy;
	struct ush_answer answer;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_policy_new(&policy, list, &(struct ush_networks){0},
	                     &(struct ush_overrides){&off, 1}, NULL, &err),
	    0);
	ck_assert_int_eq(ush_answer_make(&answer, list, &(struct ush_site){.policy = policy},
	                     "www.ims.gr.jp", &err),
	    0);
	ck_assert(!answer.rules[0].fires);
	ck_assert_str_eq(answer.rules[0].why_lost, "the settings say off");
	ck_assert(answer.rules[1].fires); /* the next feed's turn */
	ck_assert_str_eq(answer.rules[1].class.feed, "other");
	ck_assert(answer.listed);
	ush_answer_fini(&answer);
	ck_assert_int_eq(ush_answer_make(&answer, list, &(struct ush_site){.policy = policy},
	                     "www.katou-ai.com", &err),
	    0);
	ck_assert(!answer.listed);
	ck_assert_uint_eq(answer.rule_count, 1);
	ush_answer_fini(&answer);
	ush_policy_free(policy);
}
END_TEST

/* Never "not listed". */
static const char *const unclear[] = {"a..b", "", " ", "a b", "192.0.2", "10.0.0.1.5",
    "192.0.2.1:x", "tel:+4930123", "x@example.jp", "*.example.jp", "www.example.jp:80:80",
    "www,example,jp", "http://", "http://www.exam ple.jp/x", "http://1.2.3/x", "www.sakurano!.com",
    "192.0.2.0/33"};

START_TEST(test_refuses_what_is_no_question)
{
	struct ush_answer answer;
	struct ush_error err = {0};

	ck_assert_msg(ush_answer_make(&answer, list, &as_compiled, unclear[_i], &err) == -1, "%s",
	    unclear[_i]);
	ck_assert_ptr_nonnull(strstr(err.text, "is not understood"));
}
END_TEST

START_TEST(test_urls_of_never_blocked_hosts)
{
	struct ush_answer answer;
	struct ush_error err = {0};

	ck_assert_int_eq(
	    ush_answer_make(&answer, list, &as_compiled, "hosting-sv.jp/bad.php", &err), 0);
	ck_assert(answer.allowed && !answer.listed);
	ck_assert_int_eq(answer.rules[0].kind, USH_RULE_URL);
	ck_assert(!answer.rules[0].fires);
	ck_assert_str_eq(answer.rules[0].why_lost, "its host is never blocked");
	ck_assert(answer.rules[1].class.never_block && answer.rules[1].fires);
	ush_answer_fini(&answer);
}
END_TEST

START_TEST(test_the_site_shows)
{
	struct ush_settings settings = {
	    .mode = USH_MODE_MONITOR, .module.canary = (char[]){"canary.example.jp"}};
	struct ush_site site = {.settings = &settings};
	struct ush_answer answer;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_answer_make(&answer, list, &site, "www.ims.gr.jp", &err), 0);
	ck_assert_int_eq(answer.rules[0].action, USH_ACTION_MONITOR);
	ck_assert(answer.listed && !answer.canary);
	ush_answer_fini(&answer);
	ck_assert_int_eq(ush_answer_make(&answer, list, &site, "Canary.example.jp:80", &err), 0);
	ck_assert(answer.canary && !answer.listed);
	ush_answer_fini(&answer);
	settings.mode = USH_MODE_OFF;
	ck_assert_int_eq(ush_answer_make(&answer, list, &site, "canary.example.jp", &err), 0);
	ck_assert(!answer.canary);
	ush_answer_fini(&answer);
	settings.mode = USH_MODE_ENFORCE;
	ck_assert_int_eq(ush_answer_make(&answer, list, &site, "www.ims.gr.jp", &err), 0);
	ck_assert_int_eq(answer.rules[0].action, USH_ACTION_SINKHOLE);
	ush_answer_fini(&answer);
}
END_TEST

START_TEST(test_says_why_a_rule_lost)
{
	struct ush_blocklist *both = test_list("both.yaml",
	    "feed: f\nindicators:\n"
	    "  - {type: domain, value: a.example.jp, scope: subdomains, action: drop}\n"
	    "  - {type: domain, value: a.example.jp}\n");
	struct ush_answer answer;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_answer_make(&answer, both, &as_compiled, "a.example.jp", &err), 0);
	ck_assert_int_eq(answer.rules[0].action, USH_ACTION_SINKHOLE);
	ck_assert_str_eq(answer.rules[1].why_lost, "an exact rule wins");
	ush_answer_fini(&answer);
	ush_blocklist_close(both);
}
END_TEST

START_TEST(test_networks_in_part)
{
	struct ush_answer answer;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_answer_make(&answer, list, &as_compiled, "192.0.2.0/24", &err), 0);
	ck_assert(answer.partly && !answer.listed);
	ck_assert_str_eq(answer.rules[0].source.trigger, "192.0.2.128/25");
	ck_assert_str_eq(answer.rules[0].why_lost, "is for a part of it alone");
	ush_answer_fini(&answer);
	ck_assert_int_eq(ush_answer_make(&answer, list, &as_compiled, "192.0.2.128/25", &err), 0);
	ck_assert(!answer.partly && answer.listed);
	ush_answer_fini(&answer);
}
END_TEST

START_TEST(test_reads_the_build_id_of_a_program)
{
	char id[USH_BUILD_ID_TEXT_MAX];
	struct ush_error err = {0};

	ck_assert_int_eq(ush_build_id(id, "/bin/sh", &err), 0);
	ck_assert_uint_eq(strlen(id), 40);
	ck_assert_uint_eq(strspn(id, "0123456789abcdef"), 40);
	ck_assert_int_eq(ush_build_id(id,
	                     test_write("x", "\x7f"
	                                     "ELF but no more"),
	                     &err),
	    -1);
	ck_assert_int_eq(ush_build_id(id, test_write("x", ""), &err), -1);
	ck_assert_int_eq(ush_build_id(id, test_directory(), &err), -1);
	ck_assert_int_eq(ush_build_id(id, "/nonexistent", &err), -1);
}
END_TEST

/* The first half of a program, as a copy that was interrupted leaves it. */
static const char *
half_of(const char *program)
{
	const char *path = test_path("half");
	char data[16384];
	FILE *from = fopen(program, "re");
	FILE *to = fopen(path, "we");

	ck_assert(from != NULL && to != NULL);
	ck_assert_uint_eq(fread(data, 1, sizeof(data), from), sizeof(data));
	ck_assert_uint_eq(fwrite(data, 1, sizeof(data), to), sizeof(data));
	fclose(from);
	fclose(to);
	return path;
}

START_TEST(test_what_the_loader_would_take)
{
	struct ush_error err = {0};

	ck_assert_int_eq(ush_module_can_be_mapped("/bin/sh", &err), 0);
	ck_assert(ush_program_contains("/bin/sh", "libc.so.6"));
	ck_assert(!ush_program_contains("/bin/sh", "libc.so"));
	ck_assert_int_eq(ush_module_can_be_mapped(half_of("/bin/sh"), &err), -1);
	ck_assert_int_eq(ush_module_can_be_mapped(test_write("empty", ""), &err), -1);
	ck_assert_int_eq(ush_module_can_be_mapped(test_directory(), &err), -1);
	ck_assert_int_eq(ush_module_can_be_mapped("/nonexistent", &err), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/answer");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test_answers_with_the_rule_that_fires, 0, USH_COUNT(queries));
	tcase_add_test(tcase, test_answers_with_overrides_applied);
	tcase_add_loop_test(tcase, test_refuses_what_is_no_question, 0, USH_COUNT(unclear));
	tcase_add_test(tcase, test_urls_of_never_blocked_hosts);
	tcase_add_test(tcase, test_the_site_shows);
	tcase_add_test(tcase, test_says_why_a_rule_lost);
	tcase_add_test(tcase, test_networks_in_part);
	tcase_add_test(tcase, test_reads_the_build_id_of_a_program);
	tcase_add_test(tcase, test_what_the_loader_would_take);
	return ush_unit_run(suite);
}
