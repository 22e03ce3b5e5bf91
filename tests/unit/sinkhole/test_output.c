/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers that wait for a peer: each way through the states of output.h. */
#include "sinkhole/server/output.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/event.h"
#include "tests/unit/unit.h"

#define PIECE 4096

static int ours, peers;
static struct ush_output output;
static uint8_t piece[PIECE];

static void
setup(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ours = fds[0];
	peers = fds[1];
	setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &(int){4096}, sizeof(int));
	memset(&output, 0, sizeof(output));
	memset(piece, 'x', sizeof(piece));
}

static void
teardown(void)
{
	ush_output_fini(&output);
	close(ours);
	close(peers);
}

static size_t
fill_until(enum ush_output_state state)
{
	size_t sent = 0;

	while (output.state != state) {
		ck_assert_uint_lt(sent, 100 * PIECE);
		ush_output_send(&output, ours, piece, PIECE, 60);
		sent += PIECE;
		ck_assert_uint_le(output.len, USH_OUTPUT_MAX);
	}
	return sent;
}

/* Takes all that is there and flushes, until nothing more comes. *ended: the other side is shut. */
static size_t
take_all(bool *ended)
{
	uint8_t buf[PIECE];
	size_t taken = 0;
	ssize_t got;

	while ((got = recv(peers, buf, sizeof(buf), 0)) > 0) {
		taken += (size_t)got;
		if (ush_output_waits(&output))
			ush_output_flush(&output, ours);
	}
	*ended = got == 0;
	return taken;
}

START_TEST(test_what_waits_is_sent)
{
	bool ended;
	size_t sent = fill_until(USH_OUTPUT_WAITING);

	ck_assert(ush_output_waits(&output));
	ck_assert_uint_gt(output.deadline_ms, ush_monotonic_ms() + 58000);
	ck_assert_uint_eq(take_all(&ended), sent);
	ck_assert(!ended);
	ck_assert_int_eq(output.state, USH_OUTPUT_IDLE);
	ck_assert_ptr_null(output.data);
	ush_output_send(&output, ours, piece, 1, 60);
	ck_assert_uint_eq(take_all(&ended), 1);
}
END_TEST

/* One that has no room is left out whole, and none follows it. */
START_TEST(test_the_last_one)
{
	bool ended;
	size_t sent = fill_until(USH_OUTPUT_LAST) - PIECE;

	ush_output_send(&output, ours, piece, 1, 60);
	ck_assert_uint_eq(take_all(&ended), sent);
	ck_assert(ended);
	ck_assert_int_eq(output.state, USH_OUTPUT_SHUT);
	ush_output_send(&output, ours, piece, 1, 60);
	ck_assert(!ush_output_waits(&output));
}
END_TEST

START_TEST(test_out_of_time)
{
	bool ended;

	(void)fill_until(USH_OUTPUT_WAITING);
	output.deadline_ms = ush_monotonic_ms() - 1;
	ush_output_flush(&output, ours);
	ck_assert_int_eq(output.state, USH_OUTPUT_SHUT);
	ck_assert_ptr_null(output.data);
	ck_assert(!ush_output_waits(&output));
	(void)take_all(&ended);
	ck_assert(ended);
}
END_TEST

START_TEST(test_the_peer_is_gone)
{
	(void)fill_until(USH_OUTPUT_WAITING);
	close(peers);
	ush_output_flush(&output, ours);
	ck_assert_int_eq(output.state, USH_OUTPUT_SHUT);
	ush_output_send(&output, ours, piece, 1, 60);
	ck_assert_int_eq(output.state, USH_OUTPUT_SHUT);
}
END_TEST

START_TEST(test_an_end_leaves_nothing_out_and_nothing_follows_it)
{
	bool ended;
	size_t sent = _i == 0 ? 0 : fill_until(USH_OUTPUT_WAITING);

	ush_output_end(&output, ours);
	ush_output_send(&output, ours, piece, 1, 60);
	ck_assert_uint_eq(take_all(&ended), sent);
	ck_assert(ended);
	ck_assert_int_eq(output.state, USH_OUTPUT_SHUT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/output");
	TCase *tcase = tcase_create("output");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_what_waits_is_sent);
	tcase_add_test(tcase, test_the_last_one);
	tcase_add_test(tcase, test_out_of_time);
	tcase_add_test(tcase, test_the_peer_is_gone);
	tcase_add_loop_test(tcase, test_an_end_leaves_nothing_out_and_nothing_follows_it, 0, 2);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
