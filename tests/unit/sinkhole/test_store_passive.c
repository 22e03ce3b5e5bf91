/* SPDX-License-Identifier: BSD-3-Clause */
/* Searching a passive record: which clients, when, over files and parts; in a window; unreadable ones. */
#include "sinkhole/store/passive.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/passive_file.h"
#include "tests/unit/unit.h"

#define HOUR_MS 3600000ull
#define BEGIN_MS (490000 * HOUR_MS)

static char dir[64];
static struct ush_passive_key key;
static struct ush_passive_search *search;

static struct ush_name
name(const char *text)
{
	struct ush_name out;

	ck_assert_int_eq(ush_name_from_text(&out, text, strlen(text)), 0);
	return out;
}

static struct ush_address
address(unsigned number)
{
	return (struct ush_address){.family = AF_INET, .octets = {10, 0, 0, (uint8_t)number}};
}

static void
setup(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/ush-search-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(ush_passive_key_make(&key, dir, NULL), 0);
	ck_assert_int_eq(ush_passive_search_new(&search, dir, NULL), 0);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static void
teardown(void)
{
	ush_passive_search_free(search);
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* An hour in which so many clients asked for one name, and one of them for many others. */
static void
write_hour(unsigned hour, unsigned part, unsigned clients, const char *text, uint8_t flags)
{
	struct ush_passive_pair pairs[512] = {{0}};
	struct ush_passive_client who[64];
	struct ush_passive_file file = {.begin_ms = BEGIN_MS + hour * HOUR_MS,
	    .period_s = USH_HOUR_S,
	    .key_check = ush_passive_key_check(&key),
	    .pairs = pairs,
	    .client_count = clients,
	    .clients = who};
	char other[USH_PASSIVE_NAME_MAX];
	struct ush_name asked = name(text);
	uint64_t bytes;
	size_t n = 0;

	for (unsigned i = 0; i < clients; i++) {
		struct ush_address client = address(i + 1);

		who[i] = ush_passive_client(&client);
		pairs[n++] = (struct ush_passive_pair){
		    .hash = ush_passive_hash(&key, &asked, 0, USH_PASSIVE_ITSELF),
		    .client = i,
		    .flags = flags};
		pairs[n++] = (struct ush_passive_pair){
		    .hash = ush_passive_hash(&key, &asked, 1, USH_PASSIVE_BELOW),
		    .client = i,
		    .flags = flags};
	}
	for (unsigned i = 0; i < 300; i++) {
		struct ush_name noise;

		(void)snprintf(other, sizeof(other), "n%u.noise.example", i);
		noise = name(other);
		pairs[n++] = (struct ush_passive_pair){
		    .hash = ush_passive_hash(&key, &noise, 0, USH_PASSIVE_ITSELF), .client = 0};
	}
	ush_passive_sort(pairs, n);
	file.pair_count = n;
	ush_passive_file_name(other, file.begin_ms, part);
	ck_assert_int_eq(ush_passive_file_write(dir, other, &file, &bytes, NULL), 0);
}

static void
want(uint32_t number, const char *text, bool itself, bool below)
{
	struct ush_name wanted = name(text);

	ck_assert_int_eq(ush_passive_search_add(search, number, &wanted, itself, below, NULL), 0);
}

static struct ush_passive_answer
run(const struct ush_address *client, uint64_t since_ms, uint64_t until_ms, size_t unreadable)
{
	struct ush_passive_answer answer;
	struct ush_unread unread = {0};
	struct ush_error err = {0};

	ck_assert_int_eq(
	    ush_passive_search_run(search, client, since_ms, until_ms, &answer, &unread, &err), 0);
	ck_assert_uint_eq(unread.count, unreadable);
	return answer;
}

START_TEST(test_clients_and_hours)
{
	struct ush_address two = address(2);
	struct ush_passive_answer answer;

	write_hour(0, 0, 1, "www.bad.example", 0);
	write_hour(3, 0, 2, "www.bad.example", USH_PASSIVE_REAL);
	write_hour(3, 1, 2, "www.bad.example", 0);
	write_hour(5, 0, 1, "www.bad.example", 0);
	want(7, "www.bad.example", true, true);
	want(8, "bad.example", true, true);
	want(9, "good.example", true, true);
	answer = run(NULL, 0, 0, 0);
	ck_assert_uint_eq(answer.files, 4);
	ck_assert_uint_eq(answer.begin_ms, BEGIN_MS);
	ck_assert_uint_eq(answer.count, 4);
	ck_assert_uint_eq(answer.items[0].number, 7);
	ck_assert_uint_eq(answer.items[0].client.octets[3], 1);
	ck_assert_uint_eq(answer.items[0].first_ms, BEGIN_MS);
	ck_assert_uint_eq(answer.items[0].last_ms, BEGIN_MS + 5 * HOUR_MS);
	ck_assert(answer.items[0].itself && !answer.items[0].below && answer.items[0].is_real);
	ck_assert_uint_eq(answer.items[1].client.octets[3], 2);
	ck_assert_uint_eq(answer.items[1].first_ms, answer.items[1].last_ms);
	ck_assert_uint_eq(answer.items[2].number, 8);
	ck_assert(!answer.items[2].itself && answer.items[2].below);

	answer = run(&two, 0, 0, 0);
	ck_assert_uint_eq(answer.count, 2);
	answer = run(NULL, BEGIN_MS + 5 * HOUR_MS + 1, 0, 0);
	ck_assert_uint_eq(answer.count, 2);
	ck_assert_uint_eq(answer.items[0].first_ms, BEGIN_MS + 5 * HOUR_MS);
	ck_assert(!answer.items[0].is_real);
	answer = run(NULL, BEGIN_MS + 6 * HOUR_MS, 0, 0);
	ck_assert_uint_eq(answer.count, 0);
	answer = run(NULL, 0, BEGIN_MS + HOUR_MS, 0);
	ck_assert_uint_eq(answer.items[0].last_ms, BEGIN_MS);
}
END_TEST

/* More than there is room for at first, and the same again and again. */
START_TEST(test_many)
{
	struct ush_passive_answer answer;

	for (unsigned hour = 0; hour < 40; hour++)
		write_hour(hour, 0, 60, hour % 2 ? "www.bad.example" : "mail.bad.example", 0);
	for (unsigned i = 0; i < 100; i++)
		want(i, "bad.example", true, true);
	answer = run(NULL, 0, 0, 0);
	ck_assert_uint_eq(answer.count, 6000);
	for (size_t i = 0; i < answer.count; i++) {
		ck_assert_uint_eq(answer.items[i].number, i / 60);
		ck_assert_uint_eq(answer.items[i].last_ms, BEGIN_MS + 39 * HOUR_MS);
	}
}
END_TEST

START_TEST(test_what_cannot_be_read)
{
	struct ush_passive_answer answer;
	char path[160], text[USH_PASSIVE_NAME_MAX];
	struct ush_passive_key right = key;

	write_hour(0, 0, 1, "www.bad.example", 0);
	write_hour(1, 0, 1, "www.bad.example", 0);
	ush_passive_file_name(text, BEGIN_MS + HOUR_MS, 0);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, text);
	ck_assert_int_eq(truncate(path, 100), 0);
	key.octets[0] ^= 1;
	write_hour(2, 0, 1, "www.bad.example", 0);
	key = right;
	want(1, "bad.example", false, true);
	answer = run(NULL, 0, 0, 2);
	ck_assert_uint_eq(answer.count, 1);
	ck_assert_uint_eq(answer.items[0].last_ms, BEGIN_MS);
}
END_TEST

START_TEST(test_no_record)
{
	struct ush_passive_search *none;

	ck_assert_int_eq(ush_passive_search_new(&none, "/no/such/directory", NULL), -1);
	ck_assert_ptr_null(none);
	want(1, "bad.example", true, true);
	ck_assert_uint_eq(run(NULL, 0, 0, 0).files, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/store_passive");
	TCase *tcase = tcase_create("passive");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_clients_and_hours);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_what_cannot_be_read);
	tcase_add_test(tcase, test_no_record);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
