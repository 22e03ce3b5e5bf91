/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/beacon.h"

#include <stdio.h>
#include <string.h>

static ush_family_fn *const families[] = {
    ush_emdivi_read,
    ush_lokibot_read,
};

void
ush_beacon_add(struct ush_beacon *out, const char *key, const char *prefix, struct ush_text word)
{
	struct ush_beacon_value *value = &out->values[out->value_count];

	word = ush_text_trim(word);
	if (out->value_count == USH_BEACON_VALUES_MAX || ush_beacon_value(out, key)[0] != '\0')
		return;
	value->key = key;
	snprintf(value->text, sizeof(value->text), "%s%.*s", prefix, (int)word.len, word.at);
	out->value_count += value->text[0] != '\0';
}

const char *
ush_beacon_value(const struct ush_beacon *beacon, const char *key)
{
	for (size_t i = 0; i < beacon->value_count; i++) {
		if (strcmp(beacon->values[i].key, key) == 0)
			return beacon->values[i].text;
	}
	return "";
}

static bool
read_place(struct ush_beacon *out, const char *channel, struct ush_text text)
{
	for (size_t i = 0; text.len > 0 && i < sizeof(families) / sizeof(families[0]); i++) {
		memset(out, 0, sizeof(*out));
		if (families[i](out, text)) {
			out->channel = channel;
			return true;
		}
	}
	out->family = NULL;
	return false;
}

bool
ush_beacon_read(struct ush_beacon *out, const struct ush_http_head *head, struct ush_text body)
{
	if (read_place(out, "body", body))
		return true;
	for (size_t i = 0; i < head->header_count; i++) {
		if (ush_text_is_nocase(head->headers[i].name, "cookie") &&
		    read_place(out, "cookie", head->headers[i].value))
			return true;
	}
	return false;
}
