/* SPDX-License-Identifier: BSD-3-Clause */
/* Which connections are taken, closed and counted, or ended for new ones. */
#include "sinkhole/server/accept.h"

#include "tests/unit/sinkhole/running_loop.h"

static const struct {
	const char *what;
	const char *settings;
	size_t files; /* that there are for connections */
	struct {
		const char *source;
		const char *destination;
	} calls[8];
	unsigned accepted, open, folded, evicted;
	unsigned lines; /* of the log at the end */
} cases[] = {
    {"a few", "", 100, {{"127.0.0.2", "127.83.0.9"}, {"127.0.0.2", "127.83.0.10"}}, 2, 2, 0, 0, 2},
    {"an address that is not listened on", "", 100,
        {{"127.0.0.2", "127.84.0.9"}, {"127.0.0.2", "127.83.0.9"}}, 1, 1, 0, 0, 1},
    {"one host's limit", "  max-connections-per-host: 2\n", 100,
        {{"127.0.0.2", "127.83.0.9"}, {"127.0.0.2", "127.83.0.9"}, {"127.0.0.2", "127.83.0.9"},
            {"127.0.0.2", "127.83.0.9"}, {"127.0.0.3", "127.83.0.9"}},
        5, 3, 2, 0, 4},
    {"a trusted proxy has no limit",
        "  max-connections-per-host: 1\n  trusted-proxies: [127.0.0.2]\n", 100,
        {{"127.0.0.2", "127.83.0.9"}, {"127.0.0.2", "127.83.0.9"}, {"127.0.0.3", "127.83.0.9"},
            {"127.0.0.3", "127.83.0.9"}},
        4, 3, 1, 0, 4},
    {"no more at once than there may be", "  max-connections: 2\n", 100,
        {{"127.0.0.2", "127.83.0.9"}, {"127.0.0.3", "127.83.0.9"}, {"127.0.0.4", "127.83.0.9"}}, 3,
        2, 0, 1, 3},
    {"no more at once than there are files for", "", 1,
        {{"127.0.0.2", "127.83.0.9"}, {"127.0.0.3", "127.83.0.9"}, {"127.0.0.4", "127.83.0.9"}}, 3,
        1, 0, 2, 3},
};

static int
call_from(const char *source, const char *destination)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, source, &address.sin_addr);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	reach(fd, destination);
	return fd;
}

START_TEST(test_a_connection_is_accepted_counted_or_makes_room)
{
	json_t *lines[16];
	int fds[8];
	unsigned calls = 0;
	size_t count;

	start(cases[_i].settings);
	loop->files = cases[_i].files;
	for (; cases[_i].calls[calls].source != NULL; calls++) {
		fds[calls] =
		    call_from(cases[_i].calls[calls].source, cases[_i].calls[calls].destination);
		pump(3);
	}
	ck_assert_msg(loop->connection_count == cases[_i].open, "%s: %zu open", cases[_i].what,
	    loop->connection_count);
	for (unsigned i = 0; i < calls; i++)
		close(fds[i]);
	count = stop(lines, 16);
	ck_assert_uint_eq(loop_counters.accepted, cases[_i].accepted);
	ck_assert_uint_eq(loop_counters.folded[USH_LIMIT_HOST_CONNECTIONS], cases[_i].folded);
	ck_assert_uint_eq(loop_counters.evicted, cases[_i].evicted);
	ck_assert_uint_eq(loop_counters.events + cases[_i].folded, cases[_i].accepted);
	ck_assert_uint_eq(count, cases[_i].lines);
	for (size_t i = 0; i < count; i++)
		json_decref(lines[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/accept");
	TCase *tcase = tcase_create("accept");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, test_a_connection_is_accepted_counted_or_makes_room, 0, USH_COUNT(cases));
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
