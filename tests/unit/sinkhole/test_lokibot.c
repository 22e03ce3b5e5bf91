/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "sinkhole/evidence/beacon.h"
#include "tests/unit/sinkhole/text.h"

/* A body as it is built up; every part at its place can be made wrong. */
struct body {
	unsigned char bytes[4096];
	size_t len;
};

static void
put(struct body *body, size_t len, unsigned long value)
{
	for (size_t i = 0; i < len; i++)
		body->bytes[body->len++] = (unsigned char)(value >> (8 * i));
}

static void
put_name(struct body *body, unsigned width, const char *text)
{
	put(body, 2, width);
	put(body, 4, strlen(text) * (width + 1));
	for (; *text != '\0'; text++)
		put(body, width + 1, (unsigned char)*text);
}

/* The request in the public collection c2db: "POST /sky/five/fre.php HTTP/1.0", Content-Length 176.
 * What its dump cannot show (dots for what is no letter) is as loki-parse reads it. */
static struct body
published(unsigned type)
{
	struct body body = {.len = 0};

	put(&body, 2, 18);
	put(&body, 2, type);
	put_name(&body, 0, "ckav.ru");
	put_name(&body, 1, "admin");
	put_name(&body, 1, "USER-PC");
	put_name(&body, 1, "USER-PC");
	put(&body, 4, 1280);
	put(&body, 4, 720);
	put(&body, 2, 1);
	put(&body, 2, 1);
	put(&body, 2, 0);
	put(&body, 2, 6);
	put(&body, 2, 1);
	put(&body, 2, 1);
	put(&body, 2, 0x2b);
	if (type == 0x27) {
		put(&body, 2, 0);
		put(&body, 2, 1);
		put(&body, 6, 0);
		put(&body, 4, 0);
	}
	put_name(&body, 1, "8569AAFF63AAA71D80400E25");
	if (type == 0x27) {
		put(&body, 4, 5);
		memcpy(body.bytes + body.len, "Rqbay", 5);
		body.len += 5;
		put(&body, 4, 0);
	}
	return body;
}

static bool
reads(struct ush_beacon *beacon, const struct body *body)
{
	memset(beacon, 0, sizeof(*beacon));
	return ush_lokibot_read(beacon, ush_text_of((const char *)body->bytes, body->len));
}

START_TEST(test_reads_published_beacons)
{
	struct body body = published(_i == 0 ? 0x27 : 0x28);
	struct ush_beacon beacon;

	if (_i == 0)
		ck_assert_uint_eq(body.len, 176);
	ck_assert(reads(&beacon, &body));
	ck_assert_str_eq(beacon.family, "LokiBot");
	/* What was stolen is named, so that it is not written. */
	ck_assert_uint_eq(beacon.rest.len, _i == 0 ? 13 : 0);
	ck_assert(beacon.rest.at + beacon.rest.len == (const char *)body.bytes + body.len);
	ck_assert_str_eq(ush_beacon_value(&beacon, "version"), "1.8");
	ck_assert_str_eq(ush_beacon_value(&beacon, "build"), "ckav.ru");
	ck_assert_str_eq(ush_beacon_value(&beacon, "user"), "admin");
	ck_assert_str_eq(ush_beacon_value(&beacon, "computer"), "USER-PC");
	ck_assert_str_eq(ush_beacon_value(&beacon, "os"), "NT 6.1");
	ck_assert_str_eq(ush_beacon_value(&beacon, "screen"), "1280x720");
	ck_assert_str_eq(ush_beacon_value(&beacon, "machine_id"), "8569AAFF63AAA71D80400E25");
	ck_assert_text(ush_text_of(beacon.profile, beacon.profile_len),
	    "BUILD: ckav.ru | USER: admin | PC: USER-PC | DOMAIN: USER-PC | NT 6.1 | ID: "
	    "8569AAFF63AAA71D80400E25");
}
END_TEST

/* Users have names in other alphabets. */
START_TEST(test_names_are_unicode)
{
	struct body body = published(0x28);
	struct ush_beacon beacon;

	memcpy(body.bytes + 23, "\x30\x75\x2d\x4e", 4); /* the first two letters of the user's */
	ck_assert(reads(&beacon, &body));
	ck_assert_str_eq(ush_beacon_value(&beacon, "user"), "\xe7\x94\xb0\xe4\xb8\xadmin");
}
END_TEST

/* Half of it, or with anything wrong in its frame, is none. */
START_TEST(test_what_is_no_beacon)
{
	/* Offsets of bytes that must be as they are: version, type, widths, lengths, flags. */
	static const size_t fixed[] = {
	    1, 2, 3, 4, 6, 17, 19, 33, 35, 53, 55, 75, 79, 81, 83, 85, 87, 89, 95, 97};
	struct body body = published(0x28);
	struct ush_beacon beacon;

	for (size_t len = 0; len < body.len; len++) {
		struct body cut = body;

		cut.len = len;
		ck_assert_msg(!reads(&beacon, &cut), "%zu bytes", len);
	}
	for (int i = 0; i < USH_COUNT(fixed); i++) {
		struct body changed = body;

		changed.bytes[fixed[i]] = 0x99;
		ck_assert_msg(!reads(&beacon, &changed), "byte %zu", fixed[i]);
		ck_assert_ptr_null(beacon.family);
	}
	body.bytes[body.len - 2] = 'x'; /* the machine's number */
	ck_assert(!reads(&beacon, &body));
}
END_TEST

/* Every byte changed: nothing is read beyond the end, whatever the lengths say. */
START_TEST(test_any_changed_byte_is_read_without_harm)
{
	struct body body = published(0x27);
	struct ush_beacon beacon;

	for (size_t i = 0; i < body.len; i++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			struct body changed = body;

			changed.bytes[i] = (unsigned char)byte;
			if (reads(&beacon, &changed))
				ck_assert_uint_lt(beacon.profile_len, USH_BEACON_PROFILE_MAX);
		}
	}
}
END_TEST

START_TEST(test_holds_the_longest_names)
{
	char name[129];
	char build[257];
	struct body body = {.len = 0};
	struct body end = published(0x28);
	struct ush_beacon beacon;

	memset(name, 'n', 128);
	name[128] = '\0';
	memset(build, '\xff', 256); /* two bytes each as UTF-8 */
	build[256] = '\0';
	put(&body, 2, 18);
	put(&body, 2, 0x28);
	put_name(&body, 0, build);
	for (unsigned i = 0; i < 3; i++)
		put_name(&body, 1, name);
	memcpy(body.bytes + body.len, end.bytes + 73, end.len - 73);
	body.len += end.len - 73;
	ck_assert(reads(&beacon, &body));
	ck_assert_uint_eq(strlen(ush_beacon_value(&beacon, "user")), USH_BEACON_WORD_MAX - 1);
	ck_assert_uint_lt(beacon.profile_len, USH_BEACON_PROFILE_MAX);
	body.bytes[6] = 1; /* a length of 257 */
	body.bytes[7] = 1;
	ck_assert(!reads(&beacon, &body));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lokibot");
	TCase *tcase = tcase_create("lokibot");

	tcase_add_loop_test(tcase, test_reads_published_beacons, 0, 2);
	tcase_add_test(tcase, test_names_are_unicode);
	tcase_add_test(tcase, test_what_is_no_beacon);
	tcase_add_test(tcase, test_any_changed_byte_is_read_without_harm);
	tcase_add_test(tcase, test_holds_the_longest_names);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
