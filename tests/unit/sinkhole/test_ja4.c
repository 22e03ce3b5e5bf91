/* SPDX-License-Identifier: BSD-3-Clause */
/* The first vector is the one of FoxIO's technical details of JA4. The parts of the others were
 * hashed with sha256sum. */
#include "sinkhole/protocol/ja4.h"

#include <string.h>
#include "tests/unit/unit.h"

/* Lists end with 0xffff. */
static const struct {
	const char *ja4;
	bool named;
	const char *alpn;
	uint16_t versions[4];
	uint16_t ciphers[20];
	uint16_t extensions[20];
	uint16_t signatures[10];
} vectors[] = {
    {"t13d1516h2_8daaf6152771_e5627efa2ab1", true, "h2", {0x0304, 0x0303, 0xffff},
        {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
            0x009c, 0x009d, 0x002f, 0x0035, 0xffff},
        {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
            0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0xffff},
        {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0xffff}},
    /* No extension at all, as SSL 3.0 had none. */
    {"ts3i010000_1ed8eb363bcd_000000000000", false, NULL, {0x0300, 0xffff}, {0x0005, 0xffff},
        {0xffff}, {0xffff}},
    /* No cipher; extensions without signature algorithms; the highest version is not the first. */
    {"t12d0002h1_000000000000_", true, "http/1.1", {0x0301, 0x0303, 0x0302, 0xffff}, {0xffff},
        {0x0000, 0x000a, 0xffff}, {0xffff}},
    /* Nothing but what the first part says already. */
    {"t00d0002ab_000000000000_000000000000", true, "\xab", {0x0999, 0xffff}, {0xffff},
        {0x0010, 0x0000, 0xffff}, {0xffff}},
    {"t00i0000ad_000000000000_000000000000", false, "\xab\xcd", {0xffff}, {0xffff}, {0xffff},
        {0xffff}},
    {"t00i00003d_000000000000_000000000000", false, "01\xab\xcd", {0xffff}, {0xffff}, {0xffff},
        {0xffff}},
    {"t00i0000zz_000000000000_000000000000", false, "z", {0xffff}, {0xffff}, {0xffff}, {0xffff}},
    {"t00i000000_000000000000_000000000000", false, "", {0xffff}, {0xffff}, {0xffff}, {0xffff}},
};

static struct ush_hello_codes
codes(const uint16_t *from)
{
	struct ush_hello_codes out = {.count = 0};

	while (from[out.count] != 0xffff) {
		out.items[out.count] = from[out.count];
		out.count++;
	}
	return out;
}

static struct ush_hello
hello_of(int vector)
{
	struct ush_hello hello = {.named = vectors[vector].named};
	const char *alpn = vectors[vector].alpn;

	while (vectors[vector].versions[hello.version_count] != 0xffff) {
		hello.versions[hello.version_count] = vectors[vector].versions[hello.version_count];
		hello.version_count++;
	}
	hello.ciphers = codes(vectors[vector].ciphers);
	hello.extensions = codes(vectors[vector].extensions);
	hello.signatures = codes(vectors[vector].signatures);
	if (alpn != NULL) {
		hello.alpn_count = 1;
		hello.alpn_ends[0] = (uint8_t)alpn[0];
		hello.alpn_ends[1] = (uint8_t)alpn[alpn[0] != '\0' ? strlen(alpn) - 1 : 0];
	}
	return hello;
}

static struct ush_digests *digests;

static void
setup(void)
{
	digests = ush_digests_new();
}

static void
teardown(void)
{
	ush_digests_free(digests);
}

START_TEST(test_makes_the_published_fingerprints)
{
	struct ush_hello hello = hello_of(_i);
	char ja4[USH_JA4_MAX];

	ck_assert_int_eq(ush_ja4_make(ja4, &hello, digests), 0);
	ck_assert_uint_eq(strlen(ja4), USH_JA4_MAX - 1);
	ck_assert_msg(strncmp(ja4, vectors[_i].ja4, strlen(vectors[_i].ja4)) == 0, "%s", ja4);
}
END_TEST

/* Clients that shuffle their extensions keep their JA4; the order of signatures counts. */
START_TEST(test_extensions_may_be_shuffled_signatures_not)
{
	struct ush_hello hello = hello_of(0);
	struct ush_hello other = hello;
	char ja4[USH_JA4_MAX];
	char again[USH_JA4_MAX];

	other.extensions.items[0] = hello.extensions.items[5];
	other.extensions.items[5] = hello.extensions.items[0];
	other.ciphers.items[0] = hello.ciphers.items[7];
	other.ciphers.items[7] = hello.ciphers.items[0];
	ck_assert_int_eq(ush_ja4_make(ja4, &hello, digests), 0);
	ck_assert_int_eq(ush_ja4_make(again, &other, digests), 0);
	ck_assert_str_eq(again, ja4);
	other.signatures.items[0] = hello.signatures.items[1];
	other.signatures.items[1] = hello.signatures.items[0];
	ck_assert_int_eq(ush_ja4_make(again, &other, digests), 0);
	ck_assert_str_ne(again, ja4);
}
END_TEST

START_TEST(test_bounds_the_numbers_in_it)
{
	struct ush_hello hello = hello_of(0);
	char ja4[USH_JA4_MAX];

	for (uint16_t i = 0; i < USH_HELLO_CODES_MAX; i++)
		hello.ciphers.items[i] = hello.extensions.items[i] = hello.signatures.items[i] = i;
	hello.ciphers.count = hello.extensions.count = USH_HELLO_CODES_MAX;
	hello.signatures.count = USH_HELLO_CODES_MAX - 1;
	ck_assert_int_eq(ush_ja4_make(ja4, &hello, digests), 0);
	ck_assert_int_eq(strncmp(ja4, "t13d9999h2_", 11), 0);
	hello.ciphers.count++;
	ck_assert_int_eq(ush_ja4_make(ja4, &hello, digests), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/ja4");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_makes_the_published_fingerprints, 0, USH_COUNT(vectors));
	tcase_add_test(tcase, test_extensions_may_be_shuffled_signatures_not);
	tcase_add_test(tcase, test_bounds_the_numbers_in_it);
	return ush_unit_run(suite);
}
