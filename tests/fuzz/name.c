/* SPDX-License-Identifier: BSD-3-Clause */
/* A name means the same in wire form and as text, whichever it came in. */
#include "common/name.h"
#include "tests/fuzz/fuzz.h"

static void
check_forms(const struct ush_name *name)
{
	char text[USH_NAME_TEXT_MAX];
	size_t len = ush_name_to_text(name, text);
	struct ush_name again;

	USH_HOLDS(len == strlen(text) && len < sizeof(text));
	for (size_t i = 0; i < len; i++)
		USH_HOLDS(text[i] > 0x20 && text[i] < 0x7f && (text[i] < 'A' || text[i] > 'Z'));
	USH_HOLDS(ush_name_from_text(&again, text, len) == 0 && ush_name_equal(name, &again));
	USH_HOLDS(ush_name_from_wire(&again, name->wire, name->len) == 0);
	USH_HOLDS(ush_name_equal(name, &again));
}

static void
check_suffixes(const struct ush_name *name)
{
	unsigned labels = ush_name_labels(name);
	struct ush_name suffix;

	for (unsigned off = 0; off <= labels; off++) {
		ush_name_suffix(name, off, &suffix);
		USH_HOLDS(ush_name_labels(&suffix) == labels - off);
		USH_HOLDS(ush_name_is_under(name, &suffix));
		USH_HOLDS(ush_name_is_under(&suffix, name) == (off == 0));
	}
	USH_HOLDS(suffix.len == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ush_name name;

	if (ush_name_from_wire(&name, data, size) == 0) {
		USH_HOLDS(name.len <= size);
		check_forms(&name);
		check_suffixes(&name);
	}
	if (ush_name_from_text(&name, (const char *)data, size) == 0) {
		check_forms(&name);
		check_suffixes(&name);
	}
	return 0;
}
