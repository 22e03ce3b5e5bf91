/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/proxy.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sinkhole/text.h"

#define NONE USH_PROXY_NONE
#define MORE USH_PROXY_MORE
#define DONE USH_PROXY_DONE
#define BROKEN USH_PROXY_BROKEN

#define START "\r\n\r\n\0\r\nQUIT\n"
#define ENDS4 "\xc0\x00\x02\x07\xc6\x33\x64\x02\x12\x67\x00\x50"
#define ADDRESS6 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff"

static const struct {
	const char *bytes;
	size_t len;
	enum ush_proxy_result result;
	size_t taken;     /* DONE, BROKEN */
	const char *ends; /* DONE: "source port destination port"; "": no host is named */
} rows[] = {
#define ROW(bytes, ...)                               \
	{                                             \
		bytes, sizeof(bytes) - 1, __VA_ARGS__ \
	}
    /* version 1 */
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 4711 80\r\nGET / ", DONE, 43,
        "192.0.2.7 4711 198.51.100.2 80"),
    ROW("PROXY TCP6 2001:db8::7 2001:db8:83::2 65535 0\r\n", DONE, 47,
        "2001:db8::7 65535 2001:db8:83::2 0"),
    ROW("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.2 1 2\r\n", DONE, 53,
        "192.0.2.7 1 198.51.100.2 2"),
    ROW("PROXY UNKNOWN\r\n", DONE, 15, ""),
    ROW("PROXY UNKNOWN ffff::1 whatever 1 2 3 4 5\r\nrest", DONE, 42, ""),
    ROW("", MORE, 0, NULL),
    ROW("P", MORE, 0, NULL),
    ROW("PROXY ", MORE, 0, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 4711 80\r", MORE, 0, NULL),
    ROW("POST / HTTP/1.1\r\n", NONE, 0, NULL),
    ROW("PROPFIND / HTTP/1.1\r\n", NONE, 0, NULL),
    ROW("proxy TCP4 192.0.2.7 198.51.100.2 4711 80\r\n", NONE, 0, NULL),
    ROW(" PROXY TCP4 192.0.2.7 198.51.100.2 4711 80\r\n", NONE, 0, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 4711 80\nGET / ", BROKEN, 42, NULL),
    ROW("PROXY \n", BROKEN, 7, NULL),
    ROW("PROXY \r\n", BROKEN, 8, NULL),
    ROW("PROXY TCP4\r\n", BROKEN, 12, NULL),
    ROW("PROXY TCP5 192.0.2.7 198.51.100.2 4711 80\r\n", BROKEN, 43, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 4711\r\n", BROKEN, 40, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 4711 80 1\r\n", BROKEN, 45, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 4711 80 \r\n", BROKEN, 44, NULL),
    ROW("PROXY TCP4  192.0.2.7 198.51.100.2 4711 80\r\n", BROKEN, 44, NULL),
    ROW("PROXY TCP4\t192.0.2.7 198.51.100.2 4711 80\r\n", BROKEN, 43, NULL),
    ROW("PROXY TCP4 2001:db8::7 2001:db8:83::2 1 2\r\n", BROKEN, 43, NULL),
    ROW("PROXY TCP6 192.0.2.7 198.51.100.2 4711 80\r\n", BROKEN, 43, NULL),
    ROW("PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n", BROKEN, 41, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 65536 80\r\n", BROKEN, 44, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 0080 80\r\n", BROKEN, 43, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2 -1 80\r\n", BROKEN, 41, NULL),
    ROW("PROXY TCP4 192.0.2.7 198.51.100.2  80\r\n", BROKEN, 39, NULL),
    ROW("PROXY TCP4 192.0.2.7\0 198.51.100.2 1 2\r\n", BROKEN, 40, NULL),
    /* version 2 */
    ROW(START "\x21\x11\0\x0c" ENDS4 "GET / ", DONE, 28, "192.0.2.7 4711 198.51.100.2 80"),
    ROW(START "\x21\x21\0\x24" ADDRESS6 "\x07" ADDRESS6 "\x02\0\x01\0\x02", DONE, 52,
        "2001:db8::7 1 2001:db8::2 2"),
    ROW(START "\x21\x21\0\x24" MAPPED "\xc0\0\x02\x07" MAPPED "\xc6\x33\x64\x02\0\x01\0\x02", DONE,
        52, "192.0.2.7 1 198.51.100.2 2"),
    ROW(START "\x21\x11\0\x12" ENDS4 "\x04\0\x03"
              "abc"
              "rest",
        DONE, 34, /* with a TLV */
        "192.0.2.7 4711 198.51.100.2 80"),
    ROW(START "\x21\x11\0\x0f" ENDS4 "\xff\xff\xff", DONE, 31, /* with half a TLV */
        "192.0.2.7 4711 198.51.100.2 80"),
    ROW(START "\x20\0\0\0", DONE, 16, ""),
    ROW(START "\x20\x11\0\x0c" ENDS4, DONE, 28, ""),
    ROW(START "\x20\xff\0\x01x", DONE, 17, ""),
    ROW(START "\x21\0\0\0", DONE, 16, ""),
    ROW(START "\x21\x12\0\x0c" ENDS4, DONE, 28, ""), /* a datagram's */
    ROW(START "\x21\x31\0\x02xy", DONE, 18, ""),     /* a UNIX socket's */
    ROW("\r\n\r\n", MORE, 0, NULL),
    ROW(START, MORE, 0, NULL),
    ROW(START "\x21\x11\0", MORE, 0, NULL),
    ROW(START "\x21\x11\0\x0c"
              "\xc0\x00\x02",
        MORE, 0, NULL),
    ROW(START "\x21\x11\xff\xff" ENDS4, MORE, 0, NULL),
    ROW("\r\n\r\nGET / HTTP/1.1\r\n", NONE, 0, NULL),
    ROW("\r\n\r\n\0\r\nQUIZ\n", NONE, 0, NULL),
    ROW(START "\x11\x11\0\x0c" ENDS4, BROKEN, 28, NULL), /* version 1 in binary */
    ROW(START "\x22\x11\0\x0c" ENDS4, BROKEN, 28, NULL), /* no such command */
    ROW(START "\x21\x41\0\x0c" ENDS4, BROKEN, 28, NULL), /* no such family */
    ROW(START "\x21\x13\0\x0c" ENDS4, BROKEN, 28, NULL), /* no such transport */
    ROW(START "\x21\x11\0\x0b" ENDS4, BROKEN, 27, NULL), /* too short for its addresses */
    ROW(START "\x21\x21\0\x0c" ENDS4, BROKEN, 28, NULL),
    ROW(START "\x21\x11\0\0" ENDS4, BROKEN, 16, NULL),
};

static void
describe(char out[128], const struct ush_proxy_header *header)
{
	char source[USH_ADDRESS_TEXT_MAX], destination[USH_ADDRESS_TEXT_MAX];

	out[0] = '\0';
	if (header->source.family != 0)
		snprintf(out, 128, "%s %u %s %u", ush_address_to_text(&header->source, source),
		    header->source_port, ush_address_to_text(&header->destination, destination),
		    header->destination_port);
}

START_TEST(test_reads_headers_of_both_versions)
{
	struct ush_proxy_header header;
	char ends[128];

	ck_assert_int_eq(ush_proxy_read(&header, (const uint8_t *)rows[_i].bytes, rows[_i].len),
	    rows[_i].result);
	ck_assert_uint_eq(header.bytes, rows[_i].taken);
	describe(ends, &header);
	ck_assert_str_eq(ends, rows[_i].ends != NULL ? rows[_i].ends : "");
}
END_TEST

/* However the network cuts it: the result comes with the last byte of the header, or not at all.
 * The copy has the exact size, so that sanitizers see reads beyond it. */
START_TEST(test_a_header_cut_anywhere_is_unfinished)
{
	struct ush_proxy_header header;
	size_t whole = rows[_i].result == DONE ? rows[_i].taken : 0;

	for (size_t len = 0; len < whole; len++) {
		uint8_t *part = malloc(len + 1);

		memcpy(part + 1, rows[_i].bytes, len);
		ck_assert_int_eq(ush_proxy_read(&header, part + 1, len), MORE);
		free(part);
	}
}
END_TEST

START_TEST(test_bounds_the_line_of_version_1)
{
	struct ush_proxy_header header;
	uint8_t line[300];

	memset(line, 'x', sizeof(line));
	memcpy(line, "PROXY UNKNOWN ", 14);
	ck_assert_int_eq(ush_proxy_read(&header, line, 106), MORE);
	ck_assert_int_eq(ush_proxy_read(&header, line, 107), BROKEN);
	line[106] = '\n';
	line[105] = '\r';
	ck_assert_int_eq(ush_proxy_read(&header, line, sizeof(line)), DONE);
	ck_assert_uint_eq(header.bytes, 107);
	line[106] = '\r';
	line[107] = '\n';
	ck_assert_int_eq(ush_proxy_read(&header, line, sizeof(line)), BROKEN);
	ck_assert_uint_eq(header.bytes, 107);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/proxy");
	TCase *tcase = tcase_create("proxy");

	tcase_add_loop_test(tcase, test_reads_headers_of_both_versions, 0, USH_COUNT(rows));
	tcase_add_loop_test(tcase, test_a_header_cut_anywhere_is_unfinished, 0, USH_COUNT(rows));
	tcase_add_test(tcase, test_bounds_the_line_of_version_1);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
