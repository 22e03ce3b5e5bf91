/* SPDX-License-Identifier: BSD-3-Clause */
/* The passive record on disk: hashes, keys, files, and what is wrong with them. */
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/passive_file.h"
#include "common/wholefile.h"
#include "tests/unit/unit.h"

#define BEGIN_MS 1764435600000ull /* 2025-11-29 17:00 UTC */

static char dir[64];
static const struct ush_passive_key key = {"fifteen and one"};

static void
setup(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/ush-passive-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
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
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct ush_name
name(const char *text)
{
	struct ush_name out;

	ck_assert_int_eq(ush_name_from_text(&out, text, strlen(text)), 0);
	return out;
}

static struct ush_address
address(const char *text)
{
	struct ush_address out;

	ck_assert_int_eq(ush_address_from_text(&out, text), 0);
	return out;
}

/* As OpenSSL's SIPHASH has it. */
static const struct {
	size_t len;
	uint64_t hash;
} vectors[] = {
    {0, 0x726fdb47dd0e0e31},
    {1, 0x74f839c593dc67fd},
    {8, 0x93f5f5799a932462},
    {15, 0xa129ca6149be45e5},
};

START_TEST(test_siphash)
{
	uint8_t counting[USH_SIPHASH_KEY];

	for (uint8_t i = 0; i < sizeof(counting); i++)
		counting[i] = i;
	ck_assert_uint_eq(ush_siphash(counting, counting, vectors[_i].len), vectors[_i].hash);
}
END_TEST

/* A name has one hash for each kind and key, and shares it with no name above or below. */
START_TEST(test_hash_of_names)
{
	struct ush_name whole = name("www.example.test"), above = name("Example.test");
	struct ush_passive_key other = {"another sixteen"};
	uint64_t itself = ush_passive_hash(&key, &above, 0, USH_PASSIVE_ITSELF);

	ck_assert_uint_eq(ush_passive_hash(&key, &whole, 1, USH_PASSIVE_ITSELF), itself);
	ck_assert_uint_ne(ush_passive_hash(&key, &above, 0, USH_PASSIVE_BELOW), itself);
	ck_assert_uint_ne(ush_passive_hash(&key, &whole, 0, USH_PASSIVE_ITSELF), itself);
	ck_assert_uint_ne(ush_passive_hash(&other, &above, 0, USH_PASSIVE_ITSELF), itself);
	ck_assert_uint_ne(ush_passive_key_check(&key), ush_passive_key_check(&other));
}
END_TEST

START_TEST(test_clients)
{
	static const char *const texts[] = {"192.0.2.1", "2001:db8::1", "::", "255.255.255.255"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ush_address before = address(texts[i]);
		struct ush_passive_client client = ush_passive_client(&before);
		struct ush_address after = ush_passive_address(&client);

		ck_assert(ush_address_equal(&before, &after));
	}
}
END_TEST

START_TEST(test_key)
{
	struct ush_passive_key made, read;
	struct ush_error err = {0};
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/record", dir);
	ck_assert_int_eq(ush_passive_key_load(&read, path, &err), -1);
	ck_assert_int_eq(ush_passive_key_make(&made, path, &err), 0);
	ck_assert_int_eq(ush_passive_key_load(&read, path, &err), 0);
	ck_assert_mem_eq(&made, &read, sizeof(made));
	ck_assert_int_eq(ush_passive_key_make(&read, path, &err), 0);
	ck_assert_mem_eq(&made, &read, sizeof(made));
	(void)snprintf(path, sizeof(path), "%s/record/key", dir);
	ck_assert_int_eq(truncate(path, 15), 0);
	(void)snprintf(path, sizeof(path), "%s/record", dir);
	ck_assert_int_eq(ush_passive_key_make(&read, path, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no key of 16 octets"));
}
END_TEST

static void
write_example(void)
{
	struct ush_passive_pair pairs[] = {
	    {.hash = 9, .client = 1, .first = 3, .last = 23, .flags = USH_PASSIVE_REAL},
	    {.hash = 9, .client = 0},
	    {.hash = 1, .client = 1, .first = 2, .last = 2},
	};
	struct ush_address clients[] = {address("192.0.2.1"), address("2001:db8::1")};
	struct ush_passive_client kept[] = {
	    ush_passive_client(&clients[0]), ush_passive_client(&clients[1])};
	struct ush_passive_file file = {.begin_ms = BEGIN_MS,
	    .period_s = USH_DAY_S,
	    .key_check = 7,
	    .pair_count = 3,
	    .pairs = pairs,
	    .client_count = 2,
	    .clients = kept};
	struct ush_error err = {0};
	uint64_t bytes;

	ush_passive_sort(pairs, 3);
	ck_assert_int_eq(ush_passive_file_write(dir, "a", &file, &bytes, &err), 0);
	ck_assert_uint_eq(bytes, 56 + 3 * 16 + 2 * 16);
}

START_TEST(test_file)
{
	struct ush_passive_file file;
	struct ush_error err = {0};

	write_example();
	ck_assert_int_eq(ush_passive_file_read(&file, dir, "a", &err), 0);
	ck_assert_uint_eq(file.begin_ms, BEGIN_MS);
	ck_assert_uint_eq(file.key_check, 7);
	ck_assert_uint_eq(file.pair_count, 3);
	ck_assert_uint_eq(file.pairs[0].hash, 1);
	ck_assert_uint_eq(file.pairs[1].client, 0);
	ck_assert_uint_eq(file.pairs[2].last, 23);
	ck_assert_uint_eq(file.pairs[2].flags, USH_PASSIVE_REAL);
	ck_assert_uint_eq(file.client_count, 2);
	ush_passive_file_fini(&file);
}
END_TEST

static void
save(const char *bytes, size_t len)
{
	struct iovec part = {(void *)(uintptr_t)bytes, len};
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/a", dir);
	ck_assert_int_eq(ush_wholefile_replace(path, &part, 1, NULL), 0);
}

/* Whatever byte is another, and wherever it ends: it is refused. */
START_TEST(test_spoilt_files)
{
	struct ush_passive_file file;
	char path[128];
	size_t size;
	char *bytes;

	write_example();
	(void)snprintf(path, sizeof(path), "%s/a", dir);
	bytes = ush_wholefile_read(path, &size, NULL);
	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 0x10;
		save(bytes, size);
		ck_assert_msg(ush_passive_file_read(&file, dir, "a", NULL) == -1, "byte %zu", i);
		bytes[i] ^= 0x10;
		save(bytes, i);
		ck_assert_msg(ush_passive_file_read(&file, dir, "a", NULL) == -1, "cut at %zu", i);
	}
	save(bytes, size);
	ck_assert_int_eq(ush_passive_file_read(&file, dir, "a", NULL), 0);
	ush_passive_file_fini(&file);
	free(bytes);
}
END_TEST

/* With a right checksum too: indexes, hours and order are checked. */
START_TEST(test_unsound_files)
{
	struct ush_passive_pair pairs[2] = {{.hash = 1}, {.hash = 2}};
	struct ush_passive_client client = {0};
	struct ush_passive_file file = {.period_s = USH_HOUR_S,
	    .pair_count = 2,
	    .pairs = pairs,
	    .client_count = 1,
	    .clients = &client};
	struct ush_passive_file read;
	uint64_t bytes;

	switch (_i) {
	case 0:
		pairs[1].client = 1;
		break;
	case 1:
		pairs[1].last = 1;
		break;
	case 2:
		pairs[1].hash = 1;
		break;
	case 3:
		file.period_s = 7;
		break;
	default:
		file.period_s = USH_DAY_S;
		pairs[1].first = 2;
		pairs[1].last = 1;
		break;
	}
	ck_assert_int_eq(ush_passive_file_write(dir, "a", &file, &bytes, NULL), 0);
	ck_assert_int_eq(ush_passive_file_read(&read, dir, "a", NULL), -1);
}
END_TEST

START_TEST(test_no_file_and_no_link)
{
	struct ush_passive_file file;
	struct ush_error err = {0};
	char path[128];

	ck_assert_int_eq(ush_passive_file_read(&file, dir, "a", &err), -1);
	(void)snprintf(path, sizeof(path), "%s/a", dir);
	ck_assert_int_eq(symlink("/dev/zero", path), 0);
	ck_assert_int_eq(ush_passive_file_read(&file, dir, "a", &err), -1);
}
END_TEST

START_TEST(test_entries)
{
	static const char *const others[] = {"key", "20251129T17-000.passive.new",
	    "20251129T17-0.passive", "20251329T17-000.passive", "x20251129T17-000.passive"};
	struct ush_passive_entries entries;
	char text[USH_PASSIVE_NAME_MAX];
	char path[160];

	ush_passive_file_name(text, BEGIN_MS, 0);
	ck_assert_str_eq(text, "20251129T17-000.passive");
	for (unsigned i = 0; i < 5 + 3; i++) {
		int fd;

		if (i >= 5)
			ush_passive_file_name(text, BEGIN_MS - (i & 1) * 3600000, 12 - i);
		(void)snprintf(path, sizeof(path), "%s/%s", dir, i < 5 ? others[i] : text);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		ck_assert_int_ne(fd, -1);
		(void)close(fd);
	}
	ck_assert_int_eq(ush_passive_entries_find(&entries, dir, NULL), 0);
	ck_assert_uint_eq(entries.count, 3);
	ck_assert_str_eq(entries.items[0].name, "20251129T16-005.passive");
	ck_assert_str_eq(entries.items[1].name, "20251129T16-007.passive");
	ck_assert_str_eq(entries.items[2].name, "20251129T17-006.passive");
	ck_assert_uint_eq(entries.items[2].begin_ms, BEGIN_MS);
	ck_assert_uint_eq(entries.items[2].part, 6);
	ush_passive_entries_fini(&entries);
	ck_assert_int_eq(ush_passive_entries_find(&entries, "/no/such/directory", NULL), 0);
	ck_assert_uint_eq(entries.count, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/passive");
	TCase *tcase = tcase_create("passive");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_siphash, 0, USH_COUNT(vectors));
	tcase_add_test(tcase, test_hash_of_names);
	tcase_add_test(tcase, test_clients);
	tcase_add_test(tcase, test_key);
	tcase_add_test(tcase, test_file);
	tcase_add_test(tcase, test_spoilt_files);
	tcase_add_loop_test(tcase, test_unsound_files, 0, 5);
	tcase_add_test(tcase, test_no_file_and_no_link);
	tcase_add_test(tcase, test_entries);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
