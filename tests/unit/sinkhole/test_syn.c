/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/syn.h"

#include "tests/unit/sinkhole/text.h"

#define V4 "\x45\x00\x00\x3c\x00\x01\x40\x00\x40\x06\x00\x00\x0a\x00\x00\x01\xc6\x33\x64\x07"
#define V6 "\x60\x00\x00\x00\x00\x28\x06\x80" ADDRESSES
#define V6_CHAIN "\x60\x00\x00\x00\x00\x38\x00\x80" ADDRESSES
#define ADDRESSES "0123456789abcdef0123456789abcdef"
#define PORTS "\xc0\x00\x00\x50\x00\x00\x00\x01\x00\x00\x00\x00"
#define TCP(words) PORTS words "\x02\xfa\xf0\x00\x00\x00\x00"
#define LINUX "\x02\x04\x05\xb4\x04\x02\x08\x0a\x01\x02\x03\x04\x00\x00\x00\x00\x01\x03\x03\x07"
#define WINDOWS "\x02\x04\x05\xb4\x01\x03\x03\x08\x01\x01\x04\x02"

static const struct {
	const char *what;
	const uint8_t *bytes;
	size_t len;
	int result;
	unsigned ttl;
	unsigned mss;
	int scale;
	const char *options;
} packets[] = {
    {"IPv4 from Linux", BYTES(V4 TCP("\xa0") LINUX), 0, 64, 1460, 7, "mss,sok,ts,nop,ws"},
    {"IPv6 from Windows", BYTES(V6 TCP("\x80") WINDOWS), 0, 128, 1460, 8, "mss,nop,ws,nop,nop,sok"},
    {"extension headers",
        BYTES(V6_CHAIN "\x3c\x00xxxxxx"
                       "\x06\x00xxxxxx" TCP("\x50")),
        0, 128, 0, -1, ""},
    {"no options", BYTES(V4 TCP("\x50")), 0, 64, 0, -1, ""},
    {"options of IPv4",
        BYTES("\x46\x00\x00\x3c\x00\x01\x40\x00\x40\x06\x00\x00"
              "01234567"
              "\x94\x04\x00\x00" TCP("\x50")),
        0, 64, 0, -1, ""},
    {"an unknown option", BYTES(V4 TCP("\x70") "\x4b\x04xx\x00\x00\x00\x00"), 0, 64, 0, -1,
        "75,eol"},
    {"fast open", BYTES(V4 TCP("\x60") "\x22\x02\x01\x01"), 0, 64, 0, -1, "tfo,nop,nop"},
    {"a length of 1", BYTES(V4 TCP("\x70") "\x01\x02\x01\x05\xb4\x01\x01\x01"), 0, 64, 0, -1,
        "nop"},
    {"a length beyond the end", BYTES(V4 TCP("\x60") "\x01\x02\x08\x05"), 0, 64, 0, -1, "nop"},
    {"an MSS of three bytes", BYTES(V4 TCP("\x70") "\x02\x05\x01\x02\x03\x01\x01\x01"), 0, 64, 0,
        -1, "mss,nop,nop,nop"},
    {"options that were cut", BYTES(V4 TCP("\xf0") "\x01\x01"), 0, 64, 0, -1, "nop,nop"},
    {"nothing", BYTES(""), -1, 0, 0, 0, ""},
    {"version 5", BYTES("\x55" V4), -1, 0, 0, 0, ""},
    {"UDP",
        BYTES("\x45\x00\x00\x3c\x00\x01\x40\x00\x40\x11\x00\x00"
              "0123456789"),
        -1, 0, 0, 0, ""},
    {"a header of 16 bytes", BYTES(V4 TCP("\x40")), -1, 0, 0, 0, ""},
    {"endless extensions", BYTES("\x60\x00\x00\x00\x00\x38\x00\x80" ADDRESSES "\x00\xff"), -1, 0, 0,
        0, ""},
};

START_TEST(test_reads_the_packet_that_opens_a_connection)
{
	char text[USH_SYN_OPTIONS_TEXT];
	struct ush_syn syn;

	ck_assert_msg(ush_syn_read(&syn, packets[_i].bytes, packets[_i].len) == packets[_i].result,
	    "%s", packets[_i].what);
	if (packets[_i].result != 0)
		return;
	ck_assert_str_eq(ush_syn_options_text(&syn, text), packets[_i].options);
	ck_assert_uint_eq(syn.ttl, packets[_i].ttl);
	ck_assert_uint_eq(syn.window, 0xfaf0);
	ck_assert_uint_eq(syn.mss, packets[_i].mss);
	ck_assert_int_eq(syn.scale, packets[_i].scale);
}
END_TEST

/* However short it is, it is read without harm. */
START_TEST(test_a_packet_cut_anywhere_is_read_without_harm)
{
	struct ush_syn syn;

	for (size_t len = 0; len <= packets[_i].len; len++) {
		uint8_t *copy = malloc(len > 0 ? len : 1);

		memcpy(copy, packets[_i].bytes, len);
		if (ush_syn_read(&syn, copy, len) == 0)
			ck_assert_uint_ge(len, 40);
		free(copy);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/syn");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(
	    tcase, test_reads_the_packet_that_opens_a_connection, 0, USH_COUNT(packets));
	tcase_add_loop_test(
	    tcase, test_a_packet_cut_anywhere_is_read_without_harm, 0, USH_COUNT(packets));
	return ush_unit_run(suite);
}
