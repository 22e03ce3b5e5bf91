/* SPDX-License-Identifier: BSD-3-Clause */
/* No file but a whole one of ours is opened, and none makes the reader crash. */
#include "support.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "zones/database/hash.h"
#include "tests/unit/unit.h"

static char *image;
static size_t image_len;

static void
set_up(void)
{
	struct ush_compile_result result;
	struct ush_error err = {0};
	FILE *file;

	static const char text[] =
	    "feed: small\nsoftware: x\nindicators:\n"
	    "  - {type: domain, value: a.example, remark: r}\n"
	    "  - {type: domain, value: b.example, raw: s, scope: subdomains}\n"
	    "  - {type: url, value: c.example/x, path: planted}\n"
	    "  - {type: ip, value: 192.0.2.0/24, action: drop}\n"
	    "  - {type: ip, value: '2001:db8::/32'}\n"
	    "  - {type: filename, value: y}\n";

	/* Small, with something in every section. */
	if (test_compile((const char *[]){test_write("small.yaml", text), NULL}, &result, &err) !=
	    0)
		ck_abort_msg("%s: %s", err.file, err.text);
	ush_compile_result_fini(&result);
	file = fopen(test_path("list.db"), "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(image = malloc(1 << 20));
	image_len = fread(image, 1, 1 << 20, file);
	fclose(file);
	ck_assert_uint_gt(image_len, sizeof(struct ush_db_header));
}

static void
tear_down(void)
{
	free(image);
	test_directory_remove();
}

static int
try_open(const char *data, size_t len, unsigned parts, struct ush_error *err)
{
	const char *path = test_path("other.db");
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	struct ush_blocklist *list;
	int rc;

	/* Over the last one: files that come and go are what takes time. */
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(pwrite(fd, data, len, 0), (ssize_t)len);
	ck_assert_int_eq(ftruncate(fd, (off_t)len), 0);
	close(fd);
	rc = ush_blocklist_open(&list, path, parts, err);
	ush_blocklist_close(list);
	return rc;
}

START_TEST(a_whole_one_is_opened)
{
	struct ush_error err = {0};

	for (unsigned parts = 0; parts <= USH_PART_ALL; parts++)
		ck_assert_int_eq(try_open(image, image_len, parts, &err), 0);
}
END_TEST

START_TEST(any_flipped_byte_is_noticed)
{
	for (size_t i = 0; i < image_len; i++) {
		struct ush_error err = {0};

		image[i] ^= (char)(1 << (i % 8));
		if (try_open(image, image_len, USH_PART_ALL, &err) == 0)
			ck_abort_msg("byte %zu may be changed", i);
		ck_assert_str_ne(err.text, "");
		image[i] ^= (char)(1 << (i % 8));
	}
}
END_TEST

START_TEST(any_cut_is_noticed)
{
	for (size_t len = 0; len < image_len; len += len < 4096 ? 1 : 37) {
		struct ush_error err = {0};

		ck_assert_int_eq(try_open(image, len, USH_PART_ALL, &err), -1);
		ck_assert_int_eq(try_open(image, len, USH_PART_NAMES, &err), -1);
	}
	ck_assert_int_eq(try_open(image, image_len + 1, USH_PART_ALL, NULL), -1);
}
END_TEST

/* Make checksums hold again: what an attacker would do. The reader may refuse or open, never crash.
 */
static void
mend(void)
{
	struct ush_db_header header;

	memcpy(&header, image, sizeof(header));
	for (unsigned i = 0; i < USH_DB_SECTIONS; i++) {
		struct ush_db_section *section = &header.sections[i];

		if (section->offset <= image_len && section->bytes <= image_len - section->offset)
			section->checksum = ush_db_checksum_of(
			    XXH3_128bits(image + section->offset, section->bytes));
	}
	header.checksum =
	    ush_db_checksum_of(XXH3_128bits(&header, offsetof(struct ush_db_header, checksum)));
	memcpy(image, &header, sizeof(header));
}

static void
use(const char *path)
{
	static const char *const names[] = {"a.example", "x.b.example", "a.b.c.d.e.f", "c.example"};
	struct ush_blocklist_info info;
	struct ush_blocklist *list;
	struct ush_url_match url;

	if (ush_blocklist_open(&list, path, USH_PART_ALL, NULL) != 0)
		return;
	for (unsigned i = 0; i < 4; i++) {
		struct ush_address address = {
		    .family = i % 2 == 0 ? AF_INET : AF_INET6, .octets = {192, 0, 2, 1}};
		struct ush_match match;

		test_action(list, names[i]);
		(void)ush_blocklist_match_address(list, NULL, &address, &match);
	}
	(void)ush_blocklist_match_url(list, NULL, NULL, "/x", 2, &url);
	ush_blocklist_info(list, &info);
	for (uint32_t i = 0; i < info.rules; i++) {
		struct ush_source source;

		if (ush_blocklist_source(list, i, &source) == 0)
			ck_assert_uint_ge(strlen(source.trigger) + strlen(source.remark) +
			                      strlen(source.feed) + strlen(source.reference),
			    0);
	}
	for (uint32_t i = 0; i < info.notes; i++) {
		struct ush_note note;

		ck_assert_int_eq(ush_blocklist_note(list, i, &note), 0);
	}
	ush_blocklist_close(list);
}

START_TEST(a_forged_one_does_no_harm)
{
	char *original = malloc(image_len);
	unsigned seed = 3;

	ck_assert_ptr_nonnull(original);
	memcpy(original, image, image_len);
	for (size_t i = 0; i < image_len; i += 1 + seed % 5) {
		seed = seed * 1103515245u + 12345u;
		memcpy(image, original, image_len);
		image[i] = (char)(seed >> 16);
		if (i + 3 < image_len && seed % 3 == 0)
			memset(image + i, 0xff, 4);
		mend();
		(void)try_open(image, image_len, USH_PART_ALL, NULL);
		use(test_path("other.db"));
	}
	free(original);
}
END_TEST

/* Built without the readers, which refuse such names: an event could not hold them. */
START_TEST(one_with_too_long_names_is_refused)
{
	char name[USH_LIST_NAME_MAX + 2] = "";
	struct ush_build_options options = {
	    .path = test_path("other.db"), .now_ms = TEST_NOW_MS, .last_slot = 254};
	struct ush_build_result result;
	struct ush_builder *builder;
	struct ush_error err = {0};
	uint16_t class_id;

	memset(name, 'n', USH_LIST_NAME_MAX + (size_t)_i);
	ck_assert_int_eq(ush_builder_new(&builder, &err), 0);
	ck_assert_int_eq(ush_builder_feed(builder,
	                     &(struct ush_feed_info){.name = "f", .file = "f"}, false, &err),
	    0);
	ck_assert_int_eq(
	    ush_builder_class(builder, "c", name, USH_ACTION_SINKHOLE, &class_id, &err), 0);
	ck_assert_int_eq(ush_builder_write(builder, &options, &result, &err), 0);
	ush_builder_free(builder);
	if (_i == 0)
		ush_blocklist_close(test_open(options.path, USH_PART_ALL));
	else
		ck_assert_int_eq(
		    ush_blocklist_open(&(struct ush_blocklist *){0}, options.path, 0, &err), -1);
}
END_TEST

START_TEST(says_what_is_wrong)
{
	struct ush_error err = {0};
	struct ush_blocklist *list;

	ck_assert_int_eq(ush_blocklist_open(&list, test_path("none.db"), 0, &err), -1);
	ck_assert_ptr_null(list);
	ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
	ck_assert_int_eq(ush_blocklist_open(&list, test_directory(), 0, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no regular file"));
	ck_assert_int_eq(try_open("hello", 5, 0, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "too short"));
	for (char version = 0; version < 10; version++) {
		image[8] = version;
		ck_assert(version == USH_DB_VERSION || try_open(image, image_len, 0, &err) == -1);
	}
	ck_assert_ptr_nonnull(strstr(err.text, "version 9"));
	image[0] = 'X';
	ck_assert_int_eq(try_open(image, image_len, 0, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is no blocklist"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/open");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 100);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_whole_one_is_opened);
	tcase_add_test(tcase, any_flipped_byte_is_noticed);
	tcase_add_test(tcase, any_cut_is_noticed);
	tcase_add_test(tcase, a_forged_one_does_no_harm);
	tcase_add_loop_test(tcase, one_with_too_long_names_is_refused, 0, 2);
	tcase_add_test(tcase, says_what_is_wrong);
	return ush_unit_run(suite);
}
