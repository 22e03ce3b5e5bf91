/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/note.h"

#include <link.h>
#include <string.h>
#include "tests/unit/unit.h"

/* Two notes as a linker lays them out: somebody's, then a build-id of three octets. */
static const struct {
	ElfW(Nhdr) first;
	char owner[8];
	char text[8];
	ElfW(Nhdr) second;
	char gnu[4];
	uint8_t id[4];
} notes = {{6, 5, 1}, "other", "text", {4, 3, NT_GNU_BUILD_ID}, "GNU", {0x00, 0xab, 0x7f, 0}};

START_TEST(test_finds_a_note_by_owner_and_type)
{
	const uint8_t *bytes = (const uint8_t *)&notes;
	char id[USH_BUILD_ID_TEXT_MAX];
	const uint8_t *data;
	size_t len;

	ck_assert(ush_note_build_id(bytes, sizeof(notes), id));
	ck_assert_str_eq(id, "00ab7f");
	ck_assert(ush_note_find(bytes, sizeof(notes), "other", 1, &data, &len));
	ck_assert_uint_eq(len, 5);
	ck_assert_mem_eq(data, "text", 5);
}
END_TEST

START_TEST(test_refuses_other_owners_types_and_cut_notes)
{
	const uint8_t *bytes = (const uint8_t *)&notes;
	char id[USH_BUILD_ID_TEXT_MAX];
	const uint8_t *data;
	ElfW(Nhdr) huge = {UINT32_MAX, UINT32_MAX, NT_GNU_BUILD_ID};
	size_t len;

	ck_assert(!ush_note_find(bytes, sizeof(notes), "other", 2, &data, &len));
	ck_assert(!ush_note_find(bytes, sizeof(notes), "othe", 1, &data, &len));
	for (size_t cut = 0; cut < sizeof(notes); cut++)
		ck_assert_msg(!ush_note_build_id(bytes, cut, id), "cut at %zu", cut);
	ck_assert(!ush_note_build_id((const uint8_t *)&huge, sizeof(huge), id));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/note");
	TCase *tcase = tcase_create("note");

	tcase_add_test(tcase, test_finds_a_note_by_owner_and_type);
	tcase_add_test(tcase, test_refuses_other_owners_types_and_cut_notes);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
