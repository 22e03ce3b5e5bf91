/* SPDX-License-Identifier: BSD-3-Clause */
/* What is encoded as Emdivi does it is decoded, whatever else stands in the profile; and no bytes
 * make the decoder leave its bounds. */
#include "sinkhole/evidence/beacon.h"
#include "tests/fuzz/fuzz.h"

#define PROFILE "?VER: t17.08.26..3340.4444 | NT: 6.1.7601 [ja-JP] | MEM: 2048M | GMT(+9)"

static void
check_word(const char word[USH_BEACON_WORD_MAX])
{
	USH_HOLDS(memchr(word, '\0', USH_BEACON_WORD_MAX) != NULL);
}

static void
check_beacon(const struct ush_beacon *beacon, bool found)
{
	USH_HOLDS(found == (beacon->family != NULL));
	USH_HOLDS(beacon->profile_len <= sizeof(beacon->profile));
	USH_HOLDS(beacon->field_count <= USH_BEACON_FIELDS_MAX);
	USH_HOLDS(beacon->value_count <= USH_BEACON_VALUES_MAX);
	for (size_t i = 0; i < beacon->value_count; i++)
		check_word(beacon->values[i].text);
	for (size_t i = 0; i < beacon->field_count; i++)
		check_word(beacon->fields[i]);
	if (found)
		USH_HOLDS(memmem(beacon->profile, beacon->profile_len, "VER: t", 6) != NULL ||
		          beacon->profile_len == sizeof(beacon->profile));
}

/* "name=value", the value all percent-encoded, the profile before the input. */
static void
check_round_trip(const uint8_t *data, size_t size)
{
	static const char profile[] = PROFILE;
	struct ush_beacon beacon = {0};
	char text[8192] = "id=", *to = text + 3;
	size_t known = strlen(profile);

	if (size > 1024)
		size = 1024;
	for (size_t i = 0; i < known + size; i++) {
		unsigned c = i < known ? (unsigned char)profile[i] : data[i - known];

		to += snprintf(to, 4, "%%%02x", (c ^ 'i' ^ 'd') & 0xff);
	}
	USH_HOLDS(ush_emdivi_read(&beacon, ush_text(text)));
	check_beacon(&beacon, true);
	USH_HOLDS(memcmp(beacon.profile, profile, known) == 0);
	if (size <= sizeof(beacon.profile) - known)
		USH_HOLDS(beacon.profile_len == known + size &&
		          memcmp(beacon.profile + known, data, size) == 0);
	if (memchr(data, '|', size) == NULL)
		USH_HOLDS(strcmp(ush_beacon_value(&beacon, "os"), "NT 6.1.7601") == 0 &&
		          strcmp(ush_beacon_value(&beacon, "timezone"), "GMT+9") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ush_beacon beacon = {0};
	bool found = ush_emdivi_read(&beacon, ush_text_of((const char *)data, size));

	check_beacon(&beacon, found);
	check_round_trip(data, size);
	return 0;
}
