/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/expand.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include "tests/unit/unit.h"

#define LIST_SIZE (1u << 20)

struct bytes {
	uint8_t *data;
	size_t len;
};

/* Lines that shrink as those of a list do. */
static struct bytes
make_list(void)
{
	struct bytes list = {malloc(LIST_SIZE), 0};
	uint32_t state = 1;

	while (list.len + 64 < LIST_SIZE) {
		state = state * 1664525 + 1013904223;
		list.len += (size_t)snprintf(
		    (char *)list.data + list.len, 64, "host-%u.example.jp\n", state);
	}
	return list;
}

static void
add(struct bytes *bytes, const void *data, size_t len)
{
	bytes->data = realloc(bytes->data, bytes->len + len);
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

static void
add_gzip(struct bytes *out, const uint8_t *data, size_t len)
{
	z_stream stream = {0};
	size_t room = len + len / 100 + 1024;
	uint8_t *packed = malloc(room);

	ck_assert_int_eq(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	stream.next_in = (uint8_t *)(uintptr_t)data;
	stream.avail_in = (unsigned)len;
	stream.next_out = packed;
	stream.avail_out = (unsigned)room;
	ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	add(out, packed, room - stream.avail_out);
	deflateEnd(&stream);
	free(packed);
}

static void
add_zstd(struct bytes *out, const uint8_t *data, size_t len)
{
	size_t room = ZSTD_compressBound(len);
	uint8_t *packed = malloc(room);
	ZSTD_CCtx *context = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	add(out, packed, ZSTD_compress2(context, packed, room, data, len));
	ZSTD_freeCCtx(context);
	free(packed);
}

typedef void pack_fn(struct bytes *out, const uint8_t *data, size_t len);

static pack_fn *const packers[] = {add_gzip, add_zstd};

static int
file_of(const struct bytes *bytes)
{
	int fd = memfd_create("feed", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes->data, bytes->len), (ssize_t)bytes->len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* All that comes out, in reads of `step` bytes; "" or why there was no more. */
static const char *
expand_in_steps(const struct bytes *in, struct bytes *out, size_t step)
{
	static char trouble[128];
	int fd = file_of(in);
	struct ush_expander *expander = ush_expander_new(fd, 200);
	uint8_t *part = malloc(step);
	ssize_t got;

	trouble[0] = '\0';
	*out = (struct bytes){0};
	while ((got = ush_expander_read(expander, (char *)part, step)) > 0)
		add(out, part, (size_t)got);
	if (got == -1) {
		snprintf(trouble, sizeof(trouble), "%s", ush_expander_trouble(expander));
		ck_assert_int_eq(ush_expander_read(expander, (char *)part, step), -1);
	} else {
		ck_assert_int_eq(ush_expander_read(expander, (char *)part, step), 0);
	}
	ush_expander_free(expander);
	close(fd);
	free(part);
	return trouble;
}

static void
check(const struct bytes *in, const struct bytes *wanted)
{
	static const size_t steps[] = {1, 4093, 256 * 1024};

	for (size_t i = in->len > 100000 ? 1 : 0; i < 3; i++) {
		struct bytes out;

		ck_assert_str_eq(expand_in_steps(in, &out, steps[i]), "");
		ck_assert_uint_eq(out.len, wanted->len);
		ck_assert(out.len == 0 || memcmp(out.data, wanted->data, out.len) == 0);
		free(out.data);
	}
}

START_TEST(test_plain_files_pass_unchanged)
{
	static const char *const texts[] = {
	    "", "a", "a.jp", "a.jp\nb.jp\n", "\x1f", "\x28\xb5\x2f"};

	for (int i = 0; i < USH_COUNT(texts); i++) {
		struct bytes in = {(uint8_t *)strdup(texts[i]), strlen(texts[i])};

		check(&in, &in);
		free(in.data);
	}
}
END_TEST

START_TEST(test_expands_both_formats)
{
	struct bytes list = make_list();
	struct bytes packed = {0};

	packers[_i](&packed, list.data, list.len);
	ck_assert_uint_lt(packed.len, list.len / 2);
	check(&packed, &list);
	free(packed.data);
	free(list.data);
}
END_TEST

/* "cat a.gz b.gz" is what both together are; tar and tapes add zeros. */
START_TEST(test_joined_files_expand_to_all_of_them)
{
	struct bytes list = make_list();
	struct bytes packed = {0};
	static const uint8_t zeros[512];
	size_t half = list.len / 2;

	packers[_i](&packed, list.data, half);
	packers[_i](&packed, list.data, 0);
	packers[_i](&packed, list.data + half, list.len - half);
	check(&packed, &list);
	if (packers[_i] == add_gzip) {
		add(&packed, zeros, sizeof(zeros));
		check(&packed, &list);
	}
	free(packed.data);
	free(list.data);
}
END_TEST

/* A frame without content may come first: pzstd writes the length of the next one into it. */
START_TEST(test_skips_frames_without_content)
{
	static const uint8_t frame[] = {0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 'a', 'b', '\n', 'c'};
	struct bytes list = make_list();
	struct bytes packed = {0};
	struct bytes out;

	add(&packed, frame, sizeof(frame));
	packed.data[0] |= (uint8_t)_i;
	add_zstd(&packed, list.data, list.len);
	add(&packed, frame, sizeof(frame));
	check(&packed, &list);
	packed.len = sizeof(frame);
	check(&packed, &(struct bytes){0});
	packed.len--;
	ck_assert_str_eq(expand_in_steps(&packed, &out, 65536), "is cut short");
	free(out.data);
	free(packed.data);
	free(list.data);
}
END_TEST

START_TEST(test_reports_a_file_that_is_cut_short)
{
	struct bytes list = make_list();
	struct bytes packed = {0};
	struct bytes out;

	packers[_i](&packed, list.data, list.len);
	for (size_t lost = 1; lost < packed.len - 16; lost = lost * 3 + 1) {
		struct bytes cut = {packed.data, packed.len - lost};

		ck_assert_str_eq(expand_in_steps(&cut, &out, 65536), "is cut short");
		ck_assert_uint_le(out.len, list.len);
		free(out.data);
	}
	free(packed.data);
	free(list.data);
}
END_TEST

/* Both carry a checksum of what is inside: no changed bit goes by unseen. */
START_TEST(test_reports_a_damaged_file)
{
	struct bytes list = make_list();
	struct bytes packed = {0};
	struct bytes out;

	packers[_i](&packed, list.data, list.len);
	for (size_t at = 32; at < packed.len; at += packed.len / 50) {
		packed.data[at] ^= 0x10;
		ck_assert_str_ne(expand_in_steps(&packed, &out, 65536), "");
		packed.data[at] ^= 0x10;
		free(out.data);
	}
	free(packed.data);
	free(list.data);
}
END_TEST

START_TEST(test_stops_at_a_bomb)
{
	struct bytes zeros = {calloc(1, 64u << 20), 64u << 20};
	struct bytes packed = {0};
	struct bytes out;

	packers[_i](&packed, zeros.data, zeros.len);
	ck_assert_ptr_nonnull(strstr(expand_in_steps(&packed, &out, 65536), "200 times"));
	ck_assert_uint_lt(out.len, 48u << 20);
	free(out.data);
	free(packed.data);
	free(zeros.data);
}
END_TEST

START_TEST(test_reports_a_file_that_cannot_be_read)
{
	struct ush_expander *expander = ush_expander_new(-1, 0);
	char byte;

	ck_assert_int_eq(ush_expander_read(expander, &byte, 1), -1);
	ck_assert_str_eq(ush_expander_trouble(expander), "Bad file descriptor");
	ush_expander_free(expander);
}
END_TEST

/* It read the file to its end and then went round for ever. */
START_TEST(test_a_read_without_room_ends)
{
	struct bytes packed = {0};
	struct ush_expander *expander;
	char text[8];
	int fd;

	packers[_i](&packed, (const uint8_t *)"a.jp\n", 5);
	fd = file_of(&packed);
	expander = ush_expander_new(fd, 0);
	ck_assert_int_eq(ush_expander_read(expander, text, 0), 0);
	ck_assert_int_eq(ush_expander_read(expander, text, sizeof(text)), 5);
	ck_assert_mem_eq(text, "a.jp\n", 5);
	ck_assert_int_eq(ush_expander_read(expander, text, sizeof(text)), 0);
	ush_expander_free(expander);
	close(fd);
	free(packed.data);
}
END_TEST

START_TEST(test_takes_the_ending_off_a_name)
{
	ck_assert_uint_eq(ush_expanded_name("urlhaus.txt"), 11);
	ck_assert_uint_eq(ush_expanded_name("urlhaus.txt.gz"), 11);
	ck_assert_uint_eq(ush_expanded_name("urlhaus.zst"), 7);
	ck_assert_uint_eq(ush_expanded_name(".gz"), 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/expand");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_plain_files_pass_unchanged);
	tcase_add_loop_test(tcase, test_expands_both_formats, 0, USH_COUNT(packers));
	tcase_add_loop_test(tcase, test_joined_files_expand_to_all_of_them, 0, USH_COUNT(packers));
	tcase_add_loop_test(tcase, test_skips_frames_without_content, 0, 16);
	tcase_add_loop_test(tcase, test_reports_a_file_that_is_cut_short, 0, USH_COUNT(packers));
	tcase_add_loop_test(tcase, test_reports_a_damaged_file, 0, USH_COUNT(packers));
	tcase_add_loop_test(tcase, test_stops_at_a_bomb, 0, USH_COUNT(packers));
	tcase_add_test(tcase, test_reports_a_file_that_cannot_be_read);
	tcase_add_loop_test(tcase, test_a_read_without_room_ends, 0, USH_COUNT(packers));
	tcase_add_test(tcase, test_takes_the_ending_off_a_name);
	return ush_unit_run(suite);
}
