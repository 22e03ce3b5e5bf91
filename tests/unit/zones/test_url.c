/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/url.h"

#include <string.h>
#include "tests/unit/unit.h"

static const struct {
	const char *text;
	const char *host; /* NULL: no URL at all */
	const char *path;
} urls[] = {
    {"http://www.example.jp/x?y", "www.example.jp", "/x?y"},
    {"HTTPS://www.example.jp", "www.example.jp", "/"},
    {"www.example.jp/x", "www.example.jp", "/x"},
    {"www.example.jp:8080?x", "www.example.jp", "/"},
    {"http://user:pw@www.example.jp:8080/a@b#c", "www.example.jp", "/a@b#c"},
    {"http://[2001:db8::1]:80/x", "2001:db8::1", "/x"},
    {"svn+ssh-1.0://www.example.jp/", "www.example.jp", "/"},
    {"/x", "", "/x"},
    {"http://b.jp/it's", "b.jp", "/it's"}, /* RFC 3986 has it among what needs no escape */
    /* User and password need a scheme; mail addresses have none. */
    {"http://x@y@www.example.jp/", "www.example.jp", "/"},
    {"x@gmail.com", "x@gmail.com", "/"},
    {"mailto:x@gmail.com", "mailto:x@gmail.com", "/"},
    {"x@gmail.com/y", "x@gmail.com", "/y"},
    {"www.example.jp/@x", "www.example.jp", "/@x"},
    /* A scheme further on is none. */
    {"www.example.jp/?u=http://b.jp/", "www.example.jp", "/?u=http://b.jp/"},
    {"see:http://b.jp/", "see", "//b.jp/"},
    {"://b.jp/", "", "//b.jp/"},
    {"1http://b.jp/", "1http", "//b.jp/"},
    /* What stands around one in other texts. */
    {"<a href=http://b.jp/>", NULL, NULL},
    {"<ahref=http://b.jp/", NULL, NULL},
    {"http://b.jp/>", NULL, NULL},
    {"\"http://b.jp/\"", NULL, NULL},
    {"see http://b.jp/", NULL, NULL},
    {"http://b.jp/ online", NULL, NULL},
    {"http://b.jp/\tonline", NULL, NULL},
};

START_TEST(two_parts)
{
	struct ush_url_parts parts;
	const char *text = urls[_i].text;

	if (urls[_i].host == NULL) {
		ck_assert_int_eq(ush_url_split(text, strlen(text), &parts), -1);
		return;
	}
	ck_assert_int_eq(ush_url_split(text, strlen(text), &parts), 0);
	ck_assert_msg(parts.host_len == strlen(urls[_i].host) &&
	                  memcmp(parts.host, urls[_i].host, parts.host_len) == 0,
	    "%s: %.*s", text, (int)parts.host_len, parts.host);
	ck_assert_msg(parts.path_len == strlen(urls[_i].path) &&
	                  memcmp(parts.path, urls[_i].path, parts.path_len) == 0,
	    "%s: %.*s", text, (int)parts.path_len, parts.path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/url");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, two_parts, 0, USH_COUNT(urls));
	return ush_unit_run(suite);
}
