/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/reader.h"

#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"

/* What a reader has handed over, a line each: kind value scope action. */
struct heard {
	char text[4096];
	unsigned refused;
};

static int
take(void *arg, const struct ush_indicator *indicator)
{
	static const char *const kinds[] = {"name", "url", "path", "net", "note"};
	struct heard *heard = arg;
	size_t used = strlen(heard->text);

	snprintf(heard->text + used, sizeof(heard->text) - used, "%u %s %.*s %u %s\n",
	    indicator->origin.line, kinds[indicator->kind], (int)indicator->len, indicator->value,
	    indicator->scope, ush_action_text(indicator->action));
	return 0;
}

static void
refuse(void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why)
{
	struct heard *heard = arg;

	(void)line;
	(void)value;
	(void)len;
	(void)why;
	heard->refused++;
}

static void
hear(const struct ush_feed_options *options, const char *format, struct heard *heard)
{
	struct ush_sink sink = {.arg = heard, .take = take, .refuse = refuse};
	struct ush_feed *feed;
	struct ush_error err = {0};

	*heard = (struct heard){0};
	if (ush_feed_open(&feed, options, &err) != 0)
		ck_abort_msg("%s", err.text);
	ck_assert_str_eq(ush_feed_format(feed), format);
	if (ush_feed_read(feed, &sink, &err) != 0)
		ck_abort_msg("%s", err.text);
	ush_feed_close(feed);
}

#define NONE " none\n"

static const struct {
	const char *format;
	const char *text;
	const char *heard;
	unsigned refused;
} feeds[] = {
    {"domains", "# c\n\nexample.jp\r\n  A.Example.jp.  # why\n;x\nexample.jp#x",
        "3 name example.jp 0" NONE "4 name A.Example.jp. 0" NONE "6 name example.jp#x 0" NONE, 0},
    {"domains",
        "\xef\xbb\xbf"
        "first.jp\nlast.jp",
        "1 name first.jp 0" NONE "2 name last.jp 0" NONE, 0},
    {"domains", "", "", 0},
    {"wildcards", "*.a.jp\n*.b.jp\nc.jp\n",
        "1 name a.jp 3" NONE "2 name b.jp 3" NONE "3 name c.jp 0" NONE, 0},
    {"hosts", "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 a.jp b.jp # x\n:: c.jp\nbad.jp\n",
        "3 name a.jp 0" NONE "3 name b.jp 0" NONE "4 name c.jp 0" NONE, 1},
    {"urls", "http://a.jp/x\nhxxps://b[.]jp/y?z\nc.jp/w\n",
        "1 url http://a.jp/x 0" NONE "2 url https://b.jp/y?z 0" NONE "3 url c.jp/w 0" NONE, 0},
    {"adblock",
        "[Adblock Plus]\n! c\n||a.jp^\n||b.jp^$important\n@@||c.jp^|\n||d.jp^$third-party\n"
        "||e.jp/x^\nf.jp##.ad\n||g.jp\n",
        "3 name a.jp 0" NONE "4 name b.jp 0" NONE "5 name c.jp 0 passthru\n9 name g.jp 0" NONE, 3},
    {"unbound",
        "server:\nlocal-zone: \"a.jp\" always_nxdomain\nlocal-zone:b.jp static\n"
        "local-data: \"c.jp A 0.0.0.0\"\ninterface: ::\n",
        "2 name a.jp 3" NONE "3 name b.jp 3" NONE "4 name c.jp 1" NONE, 1},
    {"dnsmasq", "address=/a.jp/b.jp/192.0.2.1\nserver=/c.jp/\nlocal=/d.jp/\nport=53\n",
        "1 name a.jp 3" NONE "1 name b.jp 3" NONE "2 name c.jp 3" NONE "3 name d.jp 3" NONE, 1},
    {"rpz",
        "$TTL 60\n$ORIGIN z.\n@ SOA l. h. 1 2 3 4 5\n@ NS l.\na.jp CNAME .\n*.a.jp CNAME .\n"
        "b.jp CNAME *.\nc.jp CNAME rpz-passthru.\nd.jp CNAME rpz-drop.\ne.jp A 192.0.2.1\n"
        "24.0.2.0.192.rpz-ip CNAME .\n48.zz.5.db8.2001.rpz-ip CNAME *.\n128.1.zz.rpz-ip CNAME .\n"
        "f.jp CNAME rpz-tcp-only.\ng.jp.rpz-nsdname CNAME .\n8.0.0.0.10.rpz-client-ip CNAME .\n"
        "bad bad bad\nh.jp CNAME garden.jp.\n",
        "5 name a.jp 1 nxdomain\n6 name a.jp 2 nxdomain\n7 name b.jp 1 nodata\n"
        "8 name c.jp 1 passthru\n9 name d.jp 1 drop\n10 name e.jp 1 sinkhole\n"
        "11 net 192.0.2.0/24 1 nxdomain\n12 net 2001:db8:5::/48 1 nodata\n13 net ::1/128 1 "
        "nxdomain\n"
        "18 name h.jp 1 sinkhole\n",
        4},
};

START_TEST(test_formats)
{
	struct ush_feed_options options = {.path = test_write("feed.txt", feeds[_i].text)};
	struct heard heard;

	hear(&options, feeds[_i].format, &heard);
	ck_assert_str_eq(heard.text, feeds[_i].heard);
	ck_assert_uint_eq(heard.refused, feeds[_i].refused);
	/* Told or guessed is the same. */
	options.format = feeds[_i].format;
	hear(&options, feeds[_i].format, &heard);
	ck_assert_str_eq(heard.text, feeds[_i].heard);
}
END_TEST

START_TEST(test_long_lines_cost_only_themselves)
{
	size_t size = 3u << 20;
	char *text = malloc(size + 64);
	struct heard heard;

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', size);
	snprintf(text + size, 64, "\nnext.jp\n");
	hear(&(struct ush_feed_options){.path = test_write("feed.txt", text), .format = "domains"},
	    "domains", &heard);
	ck_assert_ptr_nonnull(strstr(heard.text, "aaa"));
	hear(&(struct ush_feed_options){.path = test_write("feed.txt", text), .format = "hosts"},
	    "hosts", &heard);
	ck_assert_uint_eq(heard.refused, 2);
	free(text);
}
END_TEST

START_TEST(test_many_lines_keep_their_numbers)
{
	FILE *file = fopen(test_path("feed.txt"), "w");
	struct ush_blocklist *list;
	struct ush_blocklist_info info;
	struct ush_compile_result result;
	struct ush_error err = {0};

	for (unsigned i = 1; i <= 50000; i++)
		fprintf(file, "n%u.example.jp\n", i);
	fclose(file);
	ck_assert_int_eq(
	    test_compile((const char *[]){test_path("feed.txt"), NULL}, &result, &err), 0);
	ck_assert_uint_eq(result.feeds[0].indicators, 50000);
	ush_compile_result_fini(&result);
	list = test_open(test_path("list.db"), USH_PART_ALL);
	ush_blocklist_info(list, &info);
	ck_assert_uint_eq(info.names, 50000);
	for (uint32_t i = 0; i < info.rules; i++) {
		struct ush_source source;
		char text[64];

		if (ush_blocklist_source(list, i, &source) != 0)
			continue;
		snprintf(text, sizeof(text), "n%u.example.jp", source.line);
		ck_assert_str_eq(source.trigger, text);
		ck_assert_int_eq(test_action(list, text), USH_ACTION_SINKHOLE);
	}
	ush_blocklist_close(list);
}
END_TEST

/* A mistake in our own format is one of the whole feed, with its line. */
static const struct {
	const char *text;
	unsigned line;
	const char *says;
} mistakes[] = {
    {"feed: x\n", 0, "indicators"},
    {"indicators: []\n", 0, "feed"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, scop: exact}\n", 3, "scop"},
    {"feed: x\nindicators:\n  - {type: domian, value: a.jp}\n", 3, "domian"},
    {"feed: x\nindicators:\n  - {type: domain}\n", 3, "value"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, added: 2015-1-2}\n", 3, "date"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, hosts: [b.jp]}\n", 3, "url-path"},
    {"feed: x\nindicators:\n  - {type: url-path, value: /a}\n", 3, "hosts"},
    {"feed: x\nindicators:\n  - a.jp\n", 3, "map"},
    {"feed: x\nindicators: a.jp\n", 2, "list"},
    {"feed: [\n", 0, ""},
};

START_TEST(test_mistakes_in_yaml)
{
	struct ush_feed_options options = {.path = test_write("feed.yaml", mistakes[_i].text)};
	struct ush_feed *feed;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
	ck_assert_ptr_null(feed);
	ck_assert_msg(strstr(err.text, mistakes[_i].says) != NULL, "%s", err.text);
	if (mistakes[_i].line != 0)
		ck_assert_uint_eq(err.line, mistakes[_i].line);
}
END_TEST

START_TEST(test_the_command_line_has_the_last_word)
{
	struct ush_feed_options options = {
	    .path = test_write("a.list.txt", "a.jp\n"),
	    .action = USH_ACTION_NODATA,
	    .campaign = "c",
	    .scope = USH_SCOPE_EXACT,
	};
	struct ush_error err = {0};
	struct ush_feed *feed;

	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), 0);
	ck_assert_str_eq(ush_feed_head(feed)->name, "a.list");
	ck_assert_str_eq(ush_feed_head(feed)->campaign, "c");
	ck_assert_int_eq(ush_feed_head(feed)->action, USH_ACTION_NODATA);
	ck_assert_uint_eq(ush_feed_head(feed)->scope, USH_SCOPE_EXACT);
	ush_feed_close(feed);
	options = (struct ush_feed_options){.path = options.path, .format = "nonsense"};
	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
	options = (struct ush_feed_options){.path = test_path("missing.txt")};
	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.file, "missing.txt"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/readers");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, NULL, test_directory_remove);
	tcase_add_loop_test(tcase, test_formats, 0, USH_COUNT(feeds));
	tcase_add_test(tcase, test_long_lines_cost_only_themselves);
	tcase_add_test(tcase, test_many_lines_keep_their_numbers);
	tcase_add_loop_test(tcase, test_mistakes_in_yaml, 0, USH_COUNT(mistakes));
	tcase_add_test(tcase, test_the_command_line_has_the_last_word);
	return ush_unit_run(suite);
}
