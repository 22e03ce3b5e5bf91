/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/chunked.h"

#include "tests/unit/sinkhole/text.h"

struct sink {
	char data[64];
	size_t len;
};

static void
take(void *arg, const uint8_t *data, size_t len)
{
	struct sink *sink = arg;

	ck_assert_uint_le(sink->len + len, sizeof(sink->data));
	memcpy(sink->data + sink->len, data, len);
	sink->len += len;
}

static const struct {
	const char *coded;
	enum ush_chunked_result result;
	const char *data;
	const char *rest; /* what does not belong to the body any more */
	bool lax;
} bodies[] = {
    {"3\r\nabc\r\n0\r\n\r\n", USH_CHUNKED_DONE, "abc", "", false},
    {"3\r\nabc\r\n0\r\n\r\nGET /", USH_CHUNKED_DONE, "abc", "GET /", false},
    {"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", USH_CHUNKED_DONE,
        "abc0123456789", "", true},
    {"00003 \nabc\n0\n\n", USH_CHUNKED_DONE, "abc", "", true},
    {"0\r\n\r\n", USH_CHUNKED_DONE, "", "", false},
    {"3\r\nab", USH_CHUNKED_MORE, "ab", "", false},
    {"", USH_CHUNKED_MORE, "", "", false},
    {"\r\n", USH_CHUNKED_BROKEN, "", "", false},
    {"x\r\n", USH_CHUNKED_BROKEN, "", "\r\n", false},
    {"-1\r\n", USH_CHUNKED_BROKEN, "", "1\r\n", false},
    {"3\r\nabcd", USH_CHUNKED_BROKEN, "abc", "", false},
    {"1234567890abcdef\r\n", USH_CHUNKED_BROKEN, "", "\r\n", false},
    /* where another reader may find another end */
    {"1\nx\r\n0\r\n\r\n", USH_CHUNKED_DONE, "x", "", true},
    {"1\r\nx\n0\r\n\r\n", USH_CHUNKED_DONE, "x", "", true},
    {"1\r\nx\r\n0\n\r\n", USH_CHUNKED_DONE, "x", "", true},
    {"1\r\nx\r\n0\r\n\n", USH_CHUNKED_DONE, "x", "", true},
    {"1 \r\nx\r\n0\r\n\r\n", USH_CHUNKED_DONE, "x", "", true},
    {"1\r \r\nx\r\n0\r\n\r\n", USH_CHUNKED_DONE, "x", "", true},
    {"1;\nx\r\n0\r\n\r\n", USH_CHUNKED_DONE, "x", "", true},
    {"0;x\r\n\r\n", USH_CHUNKED_DONE, "", "", true},
    {"0\r\nX: y\r\n\r\n", USH_CHUNKED_DONE, "", "", true},
    {"0\r\n\r\r\n", USH_CHUNKED_DONE, "", "", true},
};

START_TEST(test_a_body_cut_anywhere_is_the_same)
{
	size_t len = strlen(bodies[_i].coded);

	/* Cut anywhere, it must come out the same. */
	for (size_t cut = 0; cut <= len; cut++) {
		const uint8_t *coded = (const uint8_t *)bodies[_i].coded;
		struct ush_chunked state = {0};
		struct sink sink = {0};
		size_t used;
		size_t more = 0;
		enum ush_chunked_result result =
		    ush_chunked_feed(&state, coded, cut, &used, take, &sink);

		if (result == USH_CHUNKED_MORE) {
			ck_assert_uint_eq(used, cut);
			result =
			    ush_chunked_feed(&state, coded + cut, len - cut, &more, take, &sink);
		}
		ck_assert_int_eq(result, bodies[_i].result);
		ck_assert_int_eq(state.lax, bodies[_i].lax);
		ck_assert_text(ush_text_of(sink.data, sink.len), bodies[_i].data);
		ck_assert_str_eq(bodies[_i].coded + used + more, bodies[_i].rest);
	}
}
END_TEST

START_TEST(test_lines_are_bounded)
{
	static const char *const starts[] = {"1;", "0\r\nTrailer: "};
	uint8_t flood[USH_CHUNKED_LINE_MAX + 1];

	memset(flood, 'x', sizeof(flood));
	for (size_t i = 0; i < 2; i++) {
		struct ush_chunked state = {0};
		struct sink sink = {0};
		size_t used;

		ck_assert_int_eq(ush_chunked_feed(&state, (const uint8_t *)starts[i],
		                     strlen(starts[i]), &used, take, &sink),
		    USH_CHUNKED_MORE);
		ck_assert_int_eq(ush_chunked_feed(&state, flood, sizeof(flood), &used, take, &sink),
		    USH_CHUNKED_BROKEN);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/chunked");
	TCase *tcase = tcase_create("chunked");

	tcase_add_loop_test(tcase, test_a_body_cut_anywhere_is_the_same, 0, USH_COUNT(bodies));
	tcase_add_test(tcase, test_lines_are_bounded);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
