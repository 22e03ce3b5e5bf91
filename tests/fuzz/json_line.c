/* SPDX-License-Identifier: BSD-3-Clause */
/* The scanner of log lines and jansson: what the scanner reads, jansson reads as the same values. */
#include "sinkhole/store/json_line.h"

#include <string.h>
#include "tests/fuzz/fuzz.h"

static void
check_same(const struct ush_value *a, const struct ush_value *b)
{
	USH_HOLDS(a->kind == b->kind && a->span == b->span);
	USH_HOLDS((a->key == NULL) == (b->key == NULL));
	USH_HOLDS(a->key == NULL || (a->key_len == b->key_len && strcmp(a->key, b->key) == 0));
	if (a->kind == USH_VALUE_STRING)
		USH_HOLDS(a->len == b->len && memcmp(a->text, b->text, a->len + 1) == 0);
	if (a->kind == USH_VALUE_INTEGER)
		USH_HOLDS(a->number == b->number);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ush_json_line scanned, parsed;

	if (ush_json_line_scan(&scanned, (const char *)data, size) != 0)
		return 0;
	USH_HOLDS(ush_json_line_parse(&parsed, (const char *)data, size) == 0);
	USH_HOLDS(scanned.count == parsed.count);
	for (size_t i = 0; i < scanned.count; i++)
		check_same(&scanned.values[i], &parsed.values[i]);
	ush_json_line_fini(&scanned);
	ush_json_line_fini(&parsed);
	return 0;
}
