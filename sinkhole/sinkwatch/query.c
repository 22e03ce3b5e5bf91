/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/query.h"

#include <stdlib.h>
#include <string.h>
#include "common/number.h"

#define FROM_DIGITS 9

int
ush_query_decode(char out[USH_QUERY_TEXT_MAX], const char *text, size_t len, bool is_form)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		int value = (unsigned char)text[i];

		if (text[i] == '%') {
			int high = len - i > 2 ? ush_hex_digit(text[i + 1]) : -1;
			int low = len - i > 2 ? ush_hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			value = high << 4 | low;
			i += 2;
		} else if (is_form && text[i] == '+') {
			value = ' ';
		}
		if (value == 0 || used + 1 == USH_QUERY_TEXT_MAX)
			return -1;
		out[used++] = (char)value;
	}
	out[used] = '\0';
	return 0;
}

static int
take_call(struct ush_query *out, const char *value, struct ush_error *err)
{
	if (value[0] == '\0')
		return 0; /* of a form in which nothing was chosen */
	out->has_call = true;
	if (ush_call_from_text(&out->call, value) != 0)
		return ush_fail(err, NULL, 0, "call: no such call");
	return 0;
}

static int
take_language(struct ush_query *out, const char *value, struct ush_error *err)
{
	for (int i = 0; i < USH_LANGUAGES; i++) {
		if (strcmp(value, ush_language_tag((enum ush_language)i)) == 0) {
			out->has_language = true;
			out->language = (enum ush_language)i;
			return 0;
		}
	}
	return ush_fail(err, NULL, 0, "lang: en or ja");
}

static int
take_from(struct ush_query *out, const char *value, struct ush_error *err)
{
	size_t len = strlen(value);

	if (len == 0 || len > FROM_DIGITS || strspn(value, "0123456789") != len)
		return ush_fail(err, NULL, 0, "from: no number of a row");
	out->from = strtoul(value, NULL, 10);
	return 0;
}

static int
take_pair(struct ush_query *out, const char *key, const char *value, struct ush_error *err)
{
	char *text = strcmp(key, "find") == 0       ? out->find
	             : strcmp(key, "campaign") == 0 ? out->campaign
	             : strcmp(key, "since") == 0    ? out->since
	                                            : NULL;

	if (text != NULL)
		memcpy(text, value, strlen(value) + 1);
	else if (strcmp(key, "call") == 0)
		return take_call(out, value, err);
	else if (strcmp(key, "lang") == 0)
		return take_language(out, value, err);
	else if (strcmp(key, "from") == 0)
		return take_from(out, value, err);
	return 0;
}

int
ush_query_parse(struct ush_query *out, const char *text, struct ush_error *err)
{
	char key[USH_QUERY_TEXT_MAX];
	char value[USH_QUERY_TEXT_MAX];

	*out = (struct ush_query){0};
	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, "&");
		const char *equals = memchr(text, '=', len);
		size_t key_len = equals != NULL ? (size_t)(equals - text) : len;
		size_t value_at = equals != NULL ? key_len + 1 : len;

		if (ush_query_decode(key, text, key_len, true) != 0 ||
		    ush_query_decode(value, text + value_at, len - value_at, true) != 0)
			return ush_fail(err, NULL, 0, "malformed, or longer than %d bytes",
			    USH_QUERY_TEXT_MAX - 1);
		if (take_pair(out, key, value, err) != 0)
			return -1;
		text += len + (text[len] == '&');
	}
	return 0;
}
