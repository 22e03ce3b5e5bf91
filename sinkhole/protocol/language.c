/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/language.h"

#include <string.h>

static const char *const tags[] = {
    [USH_LANGUAGE_ENGLISH] = "en",
    [USH_LANGUAGE_JAPANESE] = "ja",
};

const char *
ush_language_tag(enum ush_language language)
{
	return tags[language];
}

/* "0.8" in thousandths; what cannot be read counts as 1, as if it were not there (RFC 9110
 * section 12.4.2). */
static unsigned
quality(struct ush_text parameters)
{
	struct ush_text part;
	unsigned value = 0;
	unsigned scale = 1000;

	while (ush_text_split(&parameters, ';', &part)) {
		part = ush_text_trim(part);
		if (!ush_text_starts_nocase(part, "q="))
			continue;
		for (size_t i = 2; i < part.len && scale > 0; i++) {
			if (part.at[i] == '.')
				continue;
			if (part.at[i] < '0' || part.at[i] > '9')
				return 1000;
			value += (unsigned)(part.at[i] - '0') * scale;
			scale /= 10;
		}
		return value < 1000 ? value : 1000;
	}
	return 1000;
}

static bool
is_language(struct ush_text range, const char *tag)
{
	size_t len = strlen(tag);

	return ush_text_starts_nocase(range, tag) && (range.len == len || range.at[len] == '-');
}

enum ush_language
ush_language_accepted(struct ush_text accept_language)
{
	enum ush_language best = USH_LANGUAGE_ENGLISH;
	unsigned best_quality = 0;
	struct ush_text range;

	while (ush_text_split(&accept_language, ',', &range)) {
		size_t semicolon;
		unsigned weight;

		range = ush_text_trim(range);
		semicolon = ush_text_find(range, ';');
		weight =
		    semicolon < range.len ? quality(ush_text_from(range, semicolon + 1)) : 1000;
		range = ush_text_trim(ush_text_clip(range, semicolon));
		for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
			if (weight > best_quality && is_language(range, tags[i])) {
				best = (enum ush_language)i;
				best_quality = weight;
			}
		}
	}
	return best;
}
