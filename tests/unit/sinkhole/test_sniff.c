/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/sniff.h"

#include "tests/unit/sinkhole/text.h"

#define HTTP USH_SNIFF_HTTP
#define TLS USH_SNIFF_TLS
#define RAW USH_SNIFF_RAW
#define MORE USH_SNIFF_MORE

static const struct {
	const char *bytes;
	size_t len;
	enum ush_sniff is;
} starts[] = {
#define ROW(bytes, is)                       \
	{                                    \
		bytes, sizeof(bytes) - 1, is \
	}
    ROW("GET / HTTP/1.1\r\n", HTTP),
    ROW("GET ", HTTP),
    ROW("get\t/", HTTP),
    ROW("POST /x", HTTP),
    ROW("CONNECT a:443 HTTP/1.1\r\n", HTTP),
    ROW("PRI * HTTP/2.0\r\n", HTTP),
    ROW("\r\n\r\nGET / HTTP/1.1\r\n", HTTP),
    ROW("BREW /pot HTTP/1.1\r\n", HTTP),
    ROW("nonsense in front http/1.0\r\n", HTTP),
    ROW("FObar HTTP/0.0.0\r\x06", HTTP), /* it was before the control character came */
    ROW("FObar\x06 HTTP/1.1\r\n", RAW),
    ROW("FObar\n HTTP/1.1\r\n", RAW),
    ROW("", MORE),
    ROW("G", MORE),
    ROW("GET", MORE),
    ROW("HELO there", MORE),
    ROW("\r\n", MORE),
    ROW("\x16", MORE),
    ROW("\x16\x03", TLS),
    ROW("\x16\x03\x01\x02", TLS),
    ROW("\x16\x04\x01", RAW),
    ROW("\x80", MORE),
    ROW("\x80\x2e\x01\x03", MORE),
    ROW("\x80\x2e\x01\x03\x01", TLS), /* in the framing of SSL 2 */
    ROW("\x80\x2e\x01\x00\x02", TLS),
    ROW("\x80\x2e\x01\x00\x03", RAW),
    ROW("\x80\x2e\x02\x03\x01", RAW),
    ROW("SSH-2.0-client\r\n", RAW),
    ROW("HELO there\r\n", RAW),
    ROW("\0GET / HTTP/1.1\r\n", RAW),
    ROW("GETX\r\n", RAW),
    ROW("\xff\xfe", MORE), /* may be a line in some old encoding */
    ROW("\x01\x02\x03", RAW),
};

START_TEST(test_knows_the_protocol_by_its_first_bytes)
{
	ck_assert_int_eq(
	    ush_sniff((const uint8_t *)starts[_i].bytes, starts[_i].len), starts[_i].is);
}
END_TEST

/* Whatever it is, it is decided at the latest when USH_SNIFF_MAX bytes are there. */
START_TEST(test_never_waits_for_ever)
{
	static const char *const ends[] = {"", "G", "GE", "\x16", "\r\n", "x"};
	uint8_t bytes[USH_SNIFF_MAX];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t len = strlen(ends[i]);

		memset(bytes, '\n', sizeof(bytes));
		memcpy(bytes + sizeof(bytes) - len, ends[i], len);
		ck_assert_int_eq(ush_sniff(bytes, sizeof(bytes)), RAW);
	}
	memset(bytes, 'a', sizeof(bytes));
	ck_assert_int_eq(ush_sniff(bytes, sizeof(bytes)), RAW);
	ck_assert_int_eq(ush_sniff(bytes, sizeof(bytes) - 1), MORE);
}
END_TEST

/* What stands behind the limit counts no more when it comes with the rest than when it comes later.
 */
START_TEST(test_looks_no_further_than_the_limit)
{
	static const char end[] = " HTTP/1.1\r\n";
	uint8_t bytes[USH_SNIFF_MAX + sizeof(end)];

	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes + USH_SNIFF_MAX - 5, end, sizeof(end));
	ck_assert_int_eq(ush_sniff(bytes, sizeof(bytes)), RAW);
	memcpy(bytes + USH_SNIFF_MAX - 6, end, sizeof(end));
	ck_assert_int_eq(ush_sniff(bytes, sizeof(bytes)), HTTP);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/sniff");
	TCase *tcase = tcase_create("sniff");

	tcase_add_loop_test(
	    tcase, test_knows_the_protocol_by_its_first_bytes, 0, USH_COUNT(starts));
	tcase_add_test(tcase, test_never_waits_for_ever);
	tcase_add_test(tcase, test_looks_no_further_than_the_limit);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
