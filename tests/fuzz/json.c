/* SPDX-License-Identifier: BSD-3-Clause */
/* Whatever the text, what is written is JSON in valid UTF-8, fits or says so, and shows nothing
 * that deceives; valid text comes back as it was. */
#include "common/json.h"

#include <jansson.h>
#include "tests/fuzz/fuzz.h"

static size_t
write_text(char *buf, size_t room, const uint8_t *data, size_t size)
{
	struct ush_json json;

	ush_json_init(&json, buf, room);
	ush_json_object(&json, NULL);
	ush_json_text(&json, "text", (const char *)data, size);
	ush_json_base64(&json, "raw", data, size);
	ush_json_end(&json);
	return ush_json_finish(&json);
}

/* Controls and bidirectional marks, as UTF-8. */
static void
check_plain(const char *line, size_t len)
{
	static const char *const marks[] = {"\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f",
	    "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",
	    "\xe2\x81\xa9"};

	USH_HOLDS(strlen(line) == len);
	for (size_t i = 0; i < len; i++) {
		USH_HOLDS((unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
		USH_HOLDS(line[i] != '\xc2' || (unsigned char)line[i + 1] >= 0xa0);
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		USH_HOLDS(strstr(line, marks[i]) == NULL);
}

static void
check_meaning(const char *line, size_t len, const uint8_t *data, size_t size)
{
	json_t *root = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	json_t *text = json_object_get(root, "text");

	USH_HOLDS(json_is_string(text));
	if (ush_utf8_is_valid((const char *)data, size))
		USH_HOLDS(json_string_length(text) == size &&
		          memcmp(json_string_value(text), data, size) == 0);
	else
		USH_HOLDS(strstr(line, "\xef\xbf\xbd") != NULL);
	USH_HOLDS(json_string_length(json_object_get(root, "raw")) == (size + 2) / 3 * 4);
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = 8 * size + 64;
	char *line = malloc(room);
	size_t len = write_text(line, room, data, size);
	char *tight = malloc(len);

	USH_HOLDS(len > 0);
	check_plain(line, len);
	check_meaning(line, len, data, size);
	USH_HOLDS(write_text(tight, len, data, size) == 0); /* no room for the NUL */
	free(tight);
	free(line);
	return 0;
}
