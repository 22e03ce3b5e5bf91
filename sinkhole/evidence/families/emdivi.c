/* SPDX-License-Identifier: BSD-3-Clause */
/* emdivi.c - Backdoor.Emdivi (t17, t19, t20). Its requests carry name=value fields in the body or
 * in a Cookie header; each value is percent-encoded text, XORed with one byte: the XOR of the
 * field's own name. There is no secret in it. One of the fields is the host's profile: ?VER:
 * t17.08.26..3340.4444 | NT: 6.1.7601 [ja-JP] | MEM: 2048M | GMT(+9) The public decoders take any
 * field with "GMT" in it; a name whose bytes XOR to 0 (such as "aa") would make an ordinary cookie
 * with a date a beacon, so we ask for "VER: t" and one of "GMT(" and "NT:". */
#include "sinkhole/evidence/beacon.h"

#include <stdio.h>
#include <string.h>
#include "common/number.h"

#define TEXT_MAX 8192
#define FIELDS_MAX 32

/* "+" is no blank here, and a "%" without two digits stands for itself, as in the malware's own
 * tools. */
static struct ush_text
decode_value(char plain[TEXT_MAX], struct ush_text name, struct ush_text value)
{
	char key = 0;
	size_t len = 0;

	for (size_t i = 0; i < name.len; i++)
		key ^= name.at[i];
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (c == '%' && i + 2 < value.len && ush_hex_digit(value.at[i + 1]) >= 0 &&
		    ush_hex_digit(value.at[i + 2]) >= 0) {
			c = (char)(ush_hex_digit(value.at[i + 1]) << 4 |
			           ush_hex_digit(value.at[i + 2]));
			i += 2;
		}
		plain[len++] = (char)(c ^ key);
	}
	return ush_text_of(plain, len);
}

static bool
is_profile(struct ush_text plain)
{
	return ush_text_has(plain, "VER: t") &&
	       (ush_text_has(plain, "GMT(") || ush_text_has(plain, "NT:"));
}

static bool
is_printable(struct ush_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < 0x20 || text.at[i] > 0x7e)
			return false;
	}
	return text.len > 0;
}

/* Of a text beside the profile. */
static void
add_field(struct ush_beacon *out, struct ush_text text)
{
	text = ush_text_trim(text);
	if (out->field_count < USH_BEACON_FIELDS_MAX && is_printable(text))
		snprintf(out->fields[out->field_count++], USH_BEACON_WORD_MAX, "%.*s",
		    (int)text.len, text.at);
}

/* "NT: 5.1.2600.5512 [en-US]" */
static void
read_system(struct ush_beacon *out, struct ush_text text)
{
	size_t open = ush_text_find(text, '[');

	ush_beacon_add(out, "os", "NT ", ush_text_clip(text, open));
	if (open < text.len) {
		text = ush_text_from(text, open + 1);
		ush_beacon_add(out, "locale", "", ush_text_clip(text, ush_text_find(text, ']')));
	}
}

static void
read_profile(struct ush_beacon *out, struct ush_text plain)
{
	struct ush_text rest = plain;
	struct ush_text part;

	out->profile_len = plain.len < sizeof(out->profile) ? plain.len : sizeof(out->profile);
	memcpy(out->profile, plain.at, out->profile_len);
	while (ush_text_split(&rest, '|', &part)) {
		part = ush_text_trim(part);
		if (part.len > 0 && part.at[0] == '?')
			part = ush_text_from(part, 1);
		if (ush_text_starts_nocase(part, "VER:")) {
			ush_beacon_add(out, "version", "", ush_text_from(part, 4));
		} else if (ush_text_starts_nocase(part, "NT:")) {
			read_system(out, ush_text_from(part, 3));
		} else if (ush_text_starts_nocase(part, "MEM:")) {
			ush_beacon_add(out, "memory", "", ush_text_from(part, 4));
		} else if (ush_text_starts_nocase(part, "GMT(")) {
			part = ush_text_from(part, 4);
			ush_beacon_add(
			    out, "timezone", "GMT", ush_text_clip(part, ush_text_find(part, ')')));
		}
	}
}

bool
ush_emdivi_read(struct ush_beacon *out, struct ush_text text)
{
	char plain[TEXT_MAX];
	struct ush_text rest = ush_text_clip(text, TEXT_MAX);
	char delimiter = ush_text_find(rest, ';') < rest.len ? ';' : '&';
	struct ush_text field;
	unsigned count = 0;

	while (count < FIELDS_MAX && ush_text_split(&rest, delimiter, &field)) {
		struct ush_text value;
		size_t equals;

		field = ush_text_trim(field);
		equals = ush_text_find(field, '=');
		if (equals == field.len)
			continue;
		count++;
		value = decode_value(
		    plain, ush_text_clip(field, equals), ush_text_from(field, equals + 1));
		if (out->family == NULL && is_profile(value)) {
			out->family = "Emdivi";
			read_profile(out, value);
		} else {
			add_field(out, value);
		}
	}
	return out->family != NULL;
}
