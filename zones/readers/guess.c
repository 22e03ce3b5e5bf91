/* SPDX-License-Identifier: BSD-3-Clause */
/* Which format a feed is in, by a vote of its first lines unless one of them leaves no doubt. */
#include "zones/readers/feed.h"

#include <string.h>
#include <strings.h>
#include "common/address.h"
#include "common/expand.h"

#define VOTERS 200

static bool
has(const char *line, size_t len, const char *part)
{
	size_t part_len = strlen(part);

	for (size_t i = 0; i + part_len <= len; i++) {
		if (strncasecmp(line + i, part, part_len) == 0)
			return true;
	}
	return false;
}

static bool
starts(const char *line, size_t len, const char *prefix)
{
	return len >= strlen(prefix) && strncasecmp(line, prefix, strlen(prefix)) == 0;
}

static bool
starts_with_address(const char *line, size_t len)
{
	struct ush_address address;
	char word[USH_ADDRESS_TEXT_MAX];
	size_t used = 0;

	while (used < len && used < sizeof(word) - 1 && line[used] != ' ' && line[used] != '\t') {
		word[used] = line[used];
		used++;
	}
	word[used] = '\0';
	return used < len && ush_address_from_text(&address, word) == 0;
}

/* Nothing but an address or network, and perhaps a comment. */
static bool
is_network(const char *line, size_t len)
{
	struct ush_network network;
	char word[USH_NETWORK_TEXT_MAX];
	size_t used = 0;

	while (used < len && used < sizeof(word) - 1 && strchr(" \t\r", line[used]) == NULL) {
		word[used] = line[used];
		used++;
	}
	word[used] = '\0';
	while (used < len && strchr(" \t\r", line[used]) != NULL)
		used++;
	return (used == len || line[used] == ';' || line[used] == '#') &&
	       ush_network_around(&network, word) == 0;
}

static const struct ush_format *
vote(const char *line, size_t len)
{
	if (starts(line, len, "local-zone:") || starts(line, len, "local-data:"))
		return &ush_format_unbound;
	if (starts(line, len, "address=/") || starts(line, len, "server=/") ||
	    starts(line, len, "local=/"))
		return &ush_format_dnsmasq;
	if (starts(line, len, "$TTL") || starts(line, len, "$ORIGIN") ||
	    has(line, len, " CNAME ") || has(line, len, "\tCNAME\t") || has(line, len, "\tCNAME "))
		return &ush_format_rpz;
	if (is_network(line, len))
		return &ush_format_networks;
	if (starts_with_address(line, len))
		return &ush_format_hosts;
	if (starts(line, len, "*."))
		return &ush_format_wildcards;
	if (starts(line, len, "hxxp") || has(line, len, "://") ||
	    (memchr(line, '/', len) != NULL && line[0] != '<'))
		return &ush_format_urls;
	return &ush_format_domains;
}

static bool
is_yaml(const char *path, const char *text, size_t len)
{
	size_t name = ush_expanded_name(path);

	if ((name > 5 && memcmp(path + name - 5, ".yaml", 5) == 0) ||
	    (name > 4 && memcmp(path + name - 4, ".yml", 4) == 0))
		return true;
	return memmem(text, len, "\nindicators:", strlen("\nindicators:")) != NULL;
}

/* Of documents in JSON those that we read, by a key that each has; NULL: another, or none. */
static const struct ush_format *
json_format(const char *text, size_t len)
{
	static const struct {
		const char *key;
		const struct ush_format *format;
	} keys[] = {
	    {"\"DomainAddress\"", &ush_format_certpl},
	    {"\"Attribute\"", &ush_format_misp},
	    {"\"objects\"", &ush_format_stix},
	};

	while (len > 0 && strchr(" \t\r\n", *text) != NULL) {
		text++;
		len--;
	}
	if (len == 0 || (*text != '{' && *text != '['))
		return NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (memmem(text, len, keys[i].key, strlen(keys[i].key)) != NULL)
			return keys[i].format;
	}
	return NULL;
}

/* Nothing but zone files has a line with a word SOA, and a zone of plain addresses has few others
 * that give it away. */
static bool
is_start_of_authority(const char *line, size_t len)
{
	const char *soa = memmem(line, len, "SOA", 3);

	if (soa == NULL || soa == line || memchr(line, '#', (size_t)(soa - line)) != NULL ||
	    vote(line, len) == &ush_format_unbound)
		return false;
	return (soa[-1] == ' ' || soa[-1] == '\t') && soa + 3 < line + len &&
	       (soa[3] == ' ' || soa[3] == '\t');
}

/* What no other format has decides alone, whatever the rest looks like: NULL if there is nothing of
 * the kind. Adblock lists may begin with two hundred rules for parts of pages. */
static const struct ush_format *
format_for_sure(const char *line, size_t len)
{
	if (is_start_of_authority(line, len))
		return &ush_format_rpz;
	if (starts(line, len, "|") || starts(line, len, "@@|") || starts(line, len, "[Adblock"))
		return &ush_format_adblock;
	if (ush_abusech_has(line, len))
		return &ush_format_abusech;
	return NULL;
}

struct ballot {
	const struct ush_format *format;
	unsigned votes;
};

static void
count_vote(struct ballot *ballots, const struct ush_format *format)
{
	while (ballots->format != NULL && ballots->format != format)
		ballots++;
	ballots->format = format;
	ballots->votes++;
}

const struct ush_format *
ush_format_guess(const char *path, const char *text, size_t len)
{
	/* One place for each format that vote() knows. */
	struct ballot ballots[8] = {{.format = &ush_format_domains}};
	const struct ballot *best = ballots;
	const struct ush_format *json = json_format(text, len);
	unsigned voters = 0;

	if (json != NULL)
		return json;
	if (is_yaml(path, text, len))
		return &ush_format_yaml;
	while (len > 0 && voters < VOTERS) {
		const char *newline = memchr(text, '\n', len);
		size_t line = newline != NULL ? (size_t)(newline - text) : len;
		size_t blanks = 0;

		while (blanks < line && (text[blanks] == ' ' || text[blanks] == '\t'))
			blanks++;
		if (line > blanks && strchr("#;!\r", text[blanks]) == NULL) {
			const struct ush_format *sure =
			    format_for_sure(text + blanks, line - blanks);

			if (sure != NULL)
				return sure;
			count_vote(ballots, vote(text + blanks, line - blanks));
			voters++;
		}
		text += line + (newline != NULL ? 1 : 0);
		len -= line + (newline != NULL ? 1 : 0);
	}
	for (size_t i = 1; i < sizeof(ballots) / sizeof(ballots[0]); i++) {
		if (ballots[i].votes > best->votes)
			best = &ballots[i];
	}
	return best->format;
}
