/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "sinkhole/evidence/beacon.h"
#include "tests/unit/sinkhole/text.h"

#define PROFILE "?VER: t17.08.26..3340.4444 | NT: 6.1.7601 [ja-JP] | MEM: 2048M | GMT(+9)"
/* The published synthetic vectors: name abc, key 0x60; name id, key 0x0d. */
#define VECTOR                                                                                   \
	"abc=_6%252Z%40%14QWNPXNRVNNSSTPNTTTT%40%1C%40.4Z%40VNQNWVPQ%40%3B%0A%01M%2A0%3D%40%1C%" \
	"40-"                                                                                    \
	"%25-Z%40RPTX-%40%1C%40%27-4HKYI"
#define SECOND "id=EB%5EY%3D%3C"

/* What the malware does: name=percent-encode(text XOR the XOR of the name). */
static void
encode(char *out, const char *name, const char *text, bool everything)
{
	char key = 0;

	for (const char *c = name; *c != '\0'; c++)
		key ^= *c;
	out += sprintf(out, "%s=", name);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)(*text ^ key);
		bool plain =
		    (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (plain && !everything)
			*out++ = (char)c;
		else
			out += sprintf(out, "%%%02x", c);
	}
	*out = '\0';
}

static void
check_profile(const struct ush_beacon *beacon)
{
	ck_assert_str_eq(beacon->family, "Emdivi");
	ck_assert_str_eq(ush_beacon_value(beacon, "version"), "t17.08.26..3340.4444");
	ck_assert_str_eq(ush_beacon_value(beacon, "os"), "NT 6.1.7601");
	ck_assert_str_eq(ush_beacon_value(beacon, "locale"), "ja-JP");
	ck_assert_str_eq(ush_beacon_value(beacon, "memory"), "2048M");
	ck_assert_str_eq(ush_beacon_value(beacon, "timezone"), "GMT+9");
	ck_assert_text(ush_text_of(beacon->profile, beacon->profile_len), PROFILE);
}

START_TEST(test_reads_published_beacons)
{
	static const char *const bodies[] = {VECTOR, VECTOR ";" SECOND, ";" SECOND ";" VECTOR ";",
	    SECOND "&" VECTOR, "&" VECTOR, "junk;;=;a=; " VECTOR " ;" SECOND};
	struct ush_beacon beacon = {0};

	ck_assert(ush_emdivi_read(&beacon, ush_text(bodies[_i])));
	check_profile(&beacon);
	if (strstr(bodies[_i], "id=") != NULL) {
		size_t last = beacon.field_count - 1;

		ck_assert_str_eq(beacon.fields[last], "HOST01");
	}
}
END_TEST

START_TEST(test_reads_beacons_with_any_field_name)
{
	static const char *const names[] = {
	    "a", "aa", "id", "q7", "PHPSESSID", "x-y_z", "\xe3\x81"};
	char first[2048], second[2048], body[4200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (unsigned variant = 0; variant < 4; variant++) {
			struct ush_beacon beacon = {0};

			encode(first, names[i], PROFILE, (variant & 1) != 0);
			encode(second, "other", "text with ; & = % + signs", true);
			snprintf(body, sizeof(body), "%s%s%s", second,
			    (variant & 2) != 0 ? ";" : "&", first);
			ck_assert(ush_emdivi_read(&beacon, ush_text(body)));
			check_profile(&beacon);
			ck_assert_str_eq(beacon.fields[0], "text with ; & = % + signs");
		}
	}
}
END_TEST

START_TEST(test_reads_profiles_of_other_versions)
{
	static const struct {
		const char *text, *version, *os, *locale, *timezone;
	} rows[] = {
	    {"?VER: t20.09.Koitochu.8530.7965.4444 | NT: 5.1.2600.5512 [en-US] | MEM: 128M | "
	     "GMT(-6)",
	        "t20.09.Koitochu.8530.7965.4444", "NT 5.1.2600.5512", "en-US", "GMT-6"},
	    {"VER: t19 | GMT(", "t19", "", "", "GMT"},
	    {"VER: t19 NT: x", "t19 NT: x", "", "", ""},
	    {"VER: t17|NT:6.0", "t17", "NT 6.0", "", ""},
	};
	struct ush_beacon beacon = {0};
	char body[2048];

	encode(body, "n", rows[_i].text, false);
	ck_assert(ush_emdivi_read(&beacon, ush_text(body)));
	ck_assert_str_eq(ush_beacon_value(&beacon, "version"), rows[_i].version);
	ck_assert_str_eq(ush_beacon_value(&beacon, "os"), rows[_i].os);
	ck_assert_str_eq(ush_beacon_value(&beacon, "locale"), rows[_i].locale);
	ck_assert_str_eq(ush_beacon_value(&beacon, "timezone"), rows[_i].timezone);
}
END_TEST

START_TEST(test_takes_no_ordinary_traffic_for_a_beacon)
{
	static const char *const ordinary[] = {
	    "",
	    "name=Taro&tel=03-1234-5678&symptom=fever",
	    "aa=Mon, 22-Nov-2026 10:00:00 GMT",
	    "aa=Sun%20Nov%2022%202026%2010%3A00%3A00%20GMT%2B0900; path=/",
	    "_ga=GA1.2.1.1; session=abc; expires=Mon, 22-Nov-2026 10:00:00 GMT(+0)",
	    "OptanonConsent=isGpcEnabled=0&datestamp=Sun+Nov+22+2026+GMT(+0900)&version=6.1",
	    "aa=NT: 6.1 GMT(+9)", /* no version of the malware */
	    "aa=VER: t17",        /* nothing else of a profile */
	    "aa=ver: t17 | nt: 6.1",
	    "VER: t17 | NT: 6.1", /* not encoded in a field */
	    SECOND,
	};
	struct ush_beacon beacon = {0};

	ck_assert(!ush_emdivi_read(&beacon, ush_text(ordinary[_i])));
	ck_assert_ptr_null(beacon.family);
}
END_TEST

START_TEST(test_looks_at_32_fields_and_8_kib)
{
	static char body[40000];
	struct ush_beacon beacon = {0};
	char field[2048];
	size_t len = 0;

	/* The 33rd field is not looked at, nor what begins after 8 KiB. */
	for (unsigned i = 0; i < 32; i++)
		len += (size_t)sprintf(body + len, "a=b;");
	strcpy(body + len, VECTOR);
	ck_assert(!ush_emdivi_read(&beacon, ush_text(body)));
	ck_assert(ush_emdivi_read(&beacon, ush_text(body + 4)));
	memset(body, 'x', 8192);
	body[8192] = ';';
	strcpy(body + 8193, VECTOR);
	memset(&beacon, 0, sizeof(beacon));
	ck_assert(!ush_emdivi_read(&beacon, ush_text(body)));
	/* Values that are longer than their room are cut. */
	memset(field, 'y', 1500);
	memcpy(field, "VER: t17 NT:", 12);
	field[1500] = '\0';
	encode(body, "k", field, true);
	ck_assert(ush_emdivi_read(&beacon, ush_text(body)));
	ck_assert_uint_eq(beacon.profile_len, USH_BEACON_PROFILE_MAX);
	ck_assert_uint_eq(strlen(ush_beacon_value(&beacon, "version")), USH_BEACON_WORD_MAX - 1);
}
END_TEST

/* With any byte of a body changed: what is still read is a profile with the family's marks. A change
 * inside the other field costs nothing. */
START_TEST(test_a_changed_byte_gives_a_profile_or_nothing)
{
	char body[] = VECTOR ";" SECOND;
	size_t lost = 0;

	for (size_t i = 0; i < sizeof(body) - 1; i++) {
		for (int c = 0; c < 256; c += 5) {
			struct ush_beacon beacon = {0};
			char kept = body[i];

			body[i] = (char)c;
			if (ush_emdivi_read(&beacon, ush_text_of(body, sizeof(body) - 1))) {
				ck_assert_ptr_nonnull(strstr(beacon.profile, "VER: t"));
				ck_assert_str_eq(beacon.family, "Emdivi");
			} else {
				ck_assert_uint_le(i, strlen(VECTOR));
				lost++;
			}
			body[i] = kept;
		}
	}
	ck_assert_uint_gt(lost, 0);
}
END_TEST

START_TEST(test_finds_a_beacon_in_body_or_cookie)
{
	struct ush_http_head head =
	    head_of("GET / HTTP/1.1\r\nCookie: a=b; c=d\r\nCookie: " SECOND "; " VECTOR "\r\n\r\n");
	struct ush_beacon beacon;

	ck_assert(ush_beacon_read(&beacon, &head, (struct ush_text){0}));
	check_profile(&beacon);
	ck_assert_str_eq(beacon.channel, "cookie");
	ck_assert(ush_beacon_read(&beacon, &head, ush_text(VECTOR)));
	ck_assert_str_eq(beacon.channel, "body");
	head = head_of("GET / HTTP/1.1\r\nCookie: aa=GMT(+9)\r\n\r\n");
	ck_assert(!ush_beacon_read(&beacon, &head, ush_text("x=y")));
	ck_assert_ptr_null(beacon.family);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/emdivi");
	TCase *tcase = tcase_create("emdivi");

	tcase_add_loop_test(tcase, test_reads_published_beacons, 0, 6);
	tcase_add_test(tcase, test_reads_beacons_with_any_field_name);
	tcase_add_loop_test(tcase, test_reads_profiles_of_other_versions, 0, 4);
	tcase_add_loop_test(tcase, test_takes_no_ordinary_traffic_for_a_beacon, 0, 11);
	tcase_add_test(tcase, test_looks_at_32_fields_and_8_kib);
	tcase_add_test(tcase, test_a_changed_byte_gives_a_profile_or_nothing);
	tcase_add_test(tcase, test_finds_a_beacon_in_body_or_cookie);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
