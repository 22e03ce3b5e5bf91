/* SPDX-License-Identifier: BSD-3-Clause */
/* No bytes make the decoder leave its bounds, and what it reads is whole: every value is UTF-8 (or
 * cut at its end) without a control character, and the machine's number has its form. */
#include "sinkhole/evidence/beacon.h"
#include "tests/fuzz/fuzz.h"

static void
check_value(const char text[USH_BEACON_WORD_MAX])
{
	size_t len = strnlen(text, USH_BEACON_WORD_MAX);

	USH_HOLDS(len > 0 && len < USH_BEACON_WORD_MAX);
	for (size_t i = 0; i < len; i++)
		USH_HOLDS((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ush_beacon beacon = {0};

	if (!ush_lokibot_read(&beacon, ush_text_of((const char *)data, size))) {
		USH_HOLDS(beacon.family == NULL);
		return 0;
	}
	USH_HOLDS(beacon.profile_len > 0 && beacon.profile_len < sizeof(beacon.profile));
	USH_HOLDS(beacon.value_count > 0 && beacon.value_count <= USH_BEACON_VALUES_MAX);
	for (size_t i = 0; i < beacon.value_count; i++)
		check_value(beacon.values[i].text);
	USH_HOLDS(beacon.rest.len < size &&
	          beacon.rest.at + beacon.rest.len == (const char *)data + size);
	USH_HOLDS(strlen(ush_beacon_value(&beacon, "machine_id")) == 24);
	return 0;
}
