/* SPDX-License-Identifier: BSD-3-Clause */
/* Formats with one indicator, or a few, a line. */
#include "zones/readers/lines.h"

#include <string.h>
#include <strings.h>
#include "common/address.h"
#include "zones/readers/refang.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static void
trim(const char **text, size_t *len)
{
	while (*len > 0 && is_blank(**text)) {
		++*text;
		--*len;
	}
	while (*len > 0 && is_blank((*text)[*len - 1]))
		--*len;
}

size_t
ush_line_word(const char **line, size_t *len, const char **word)
{
	size_t used = 0;

	trim(line, len);
	while (used < *len && !is_blank((*line)[used]))
		used++;
	*word = *line;
	*line += used;
	*len -= used;
	return used;
}

bool
ush_line_starts(const char *text, size_t len, const char *prefix)
{
	size_t prefix_len = strlen(prefix);

	return len >= prefix_len && strncasecmp(text, prefix, prefix_len) == 0;
}

size_t
ush_line_wildcard(const char *text, size_t len)
{
	if (ush_line_starts(text, len, "*."))
		return 2;
	return len > 1 && text[0] == '.' ? 1 : 0;
}

int
ush_line_give(const struct ush_feed *feed, const struct ush_feed_sink *sink,
    enum ush_indicator_kind kind, const char *value, size_t len, unsigned scope,
    enum ush_action action)
{
	struct ush_indicator indicator = {
	    .kind = kind,
	    .value = value,
	    .len = len,
	    .scope = scope,
	    .action = action,
	    .origin = {.line = ush_input_line_number(feed->input)},
	};

	return sink->take(sink->arg, &indicator);
}

struct written {
	const char *text; /* NULL: the value is as it was written */
	size_t len;
};

/* What was refanged is remembered as it was written. */
static int
give(const struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_indicator *indicator,
    const struct written *written)
{
	char raw[1024];

	if (written->text != NULL && written->len < sizeof(raw)) {
		memcpy(raw, written->text, written->len);
		raw[written->len] = '\0';
		indicator->origin.raw = raw;
	}
	indicator->origin.line = ush_input_line_number(feed->input);
	return sink->take(sink->arg, indicator);
}

/* Nearly every name is made of these alone, and then it is neither defanged nor several columns. */
static bool
is_plain(const char *text, size_t len)
{
	static const bool plain[256] = {['a' ... 'z'] = true,
	    ['A' ... 'Z'] = true,
	    ['0' ... '9'] = true,
	    ['-'] = true,
	    ['.'] = true,
	    ['_'] = true,
	    ['*'] = true};
	bool all = true;

	for (size_t i = 0; i < len; i++)
		all &= plain[(unsigned char)text[i]];
	return all;
}

static int
give_refanged(const struct ush_feed *feed, const struct ush_feed_sink *sink,
    struct ush_indicator *indicator, const struct written *written)
{
	size_t prefix = ush_line_wildcard(indicator->value, indicator->len);

	if (prefix > 0) {
		indicator->value += prefix;
		indicator->len -= prefix;
		indicator->scope = feed->head.scope != 0 ? 0 : USH_SCOPE_SUBDOMAINS;
	}
	return give(feed, sink, indicator, written);
}

/* A defanged URL is an indicator, also in a list of names: then its host is meant. One that is not
 * defanged may be the source of the list. */
__attribute__((noinline)) static int /* rare, and its stack is large */
give_defanged(
    const struct ush_feed *feed, const struct ush_feed_sink *sink, const char *value, size_t len)
{
	char plain[USH_INPUT_LINE_MAX];
	struct ush_indicator indicator = {
	    .kind = USH_INDICATOR_NAME, .value = plain, .len = ush_refang(value, len, true, plain)};

	bool is_same = indicator.len == len && memcmp(plain, value, len) == 0;

	if (!is_same && (ush_line_starts(plain, indicator.len, "http://") ||
	                    ush_line_starts(plain, indicator.len, "https://"))) {
		indicator.kind = USH_INDICATOR_URL;
		indicator.scope = feed->head.scope != 0 ? 0 : USH_SCOPE_EXACT;
	}
	return give_refanged(
	    feed, sink, &indicator, &(struct written){is_same ? NULL : value, len});
}

static int
give_plain(
    const struct ush_feed *feed, const struct ush_feed_sink *sink, const char *value, size_t len)
{
	return give_refanged(feed, sink,
	    &(struct ush_indicator){.kind = USH_INDICATOR_NAME, .value = value, .len = len},
	    &(struct written){0});
}

static int
give_name(
    const struct ush_feed *feed, const struct ush_feed_sink *sink, const char *value, size_t len)
{
	return is_plain(value, len) ? give_plain(feed, sink, value, len)
	                            : give_defanged(feed, sink, value, len);
}

int
ush_line_refuse(const struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line,
    size_t len, enum ush_refusal why)
{
	sink->refuse(sink->arg, ush_input_line_number(feed->input), line, len, why);
	return 0;
}

/* Which of its columns lists something, and which is the address of a report about it, a line of
 * CSV does not say. Names have no comma; a path may have one, but hardly another URL behind it. */
static bool
is_csv(const char *line, size_t len)
{
	bool in_path = false;

	for (size_t i = 0; i < len; i++) {
		in_path = in_path || line[i] == '/';
		if (line[i] == '"' || (line[i] == ',' && !in_path) ||
		    ((line[i] == ',' || line[i] == ';') &&
		        ush_line_starts(line + i + 1, len - i - 1, "http")))
			return true;
	}
	return false;
}

/* Objects and lists, whole or cut into lines. */
static bool
is_json(const char *line, size_t len)
{
	const char *quote = len > 1 && line[0] == '"' ? memchr(line + 1, '"', len - 1) : NULL;

	if (strchr("{}]", line[0]) != NULL ||
	    (line[0] == '[' && (len == 1 || strchr(" {[\"", line[1]) != NULL)))
		return true;
	return quote != NULL && quote + 1 < line + len && strchr(" \t:", quote[1]) != NULL &&
	       memchr(quote, ':', (size_t)(line + len - quote)) != NULL;
}

/* NOT: it may be one indicator. */
static enum ush_refusal
why_structured(const char *line, size_t len)
{
	if (is_json(line, len))
		return USH_REFUSED_JSON;
	return is_csv(line, len) ? USH_REFUSED_CSV : USH_REFUSED_NOT;
}

static int
domains_line(struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line, size_t len)
{
	enum ush_refusal why;

	if (is_plain(line, len))
		return give_plain(feed, sink, line, len);
	if ((why = why_structured(line, len)) != USH_REFUSED_NOT)
		return ush_line_refuse(feed, sink, line, len, why);
	return give_defanged(feed, sink, line, len);
}

/* What every hosts file starts with. */
static bool
is_own_name(const char *name, size_t len)
{
	static const char *const names[] = {"localhost", "localhost.localdomain", "local",
	    "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix",
	    "ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && strncasecmp(names[i], name, len) == 0)
			return true;
	}
	return false;
}

static bool
read_address(struct ush_address *out, const char *text, size_t len)
{
	char copy[USH_ADDRESS_TEXT_MAX + 16];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	copy[strcspn(copy, "%")] = '\0'; /* fe80::1%lo0 */
	return ush_address_from_text(out, copy) == 0;
}

bool
ush_line_is_address(const char *text, size_t len)
{
	struct ush_address address;

	return read_address(&address, text, len);
}

/* Where lists send what they block: nowhere or to the host itself. */
static bool
is_nowhere(const struct ush_address *address)
{
	static const uint8_t zeros[sizeof(address->octets)];

	return ush_address_is_loopback(address) ||
	       memcmp(address->octets, zeros, sizeof(zeros)) == 0;
}

static int
hosts_line(struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line, size_t len)
{
	const char *all = line;
	size_t all_len = len;
	const char *word;
	size_t word_len = ush_line_word(&line, &len, &word);
	struct ush_address address;

	if (!read_address(&address, word, word_len) || len == 0)
		return ush_line_refuse(feed, sink, all, all_len, USH_REFUSED_MALFORMED);
	while ((word_len = ush_line_word(&line, &len, &word)) > 0) {
		if (is_own_name(word, word_len))
			continue;
		if (!is_nowhere(&address))
			return ush_line_refuse(feed, sink, all, all_len, USH_REFUSED_MAPPING);
		if (give_name(feed, sink, word, word_len) != 0)
			return -1;
	}
	return 0;
}

static int
urls_line(struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line, size_t len)
{
	char plain[USH_INPUT_LINE_MAX];
	size_t used = ush_refang(line, len, false, plain);
	bool is_same = used == len && memcmp(plain, line, len) == 0;
	struct ush_indicator indicator = {.kind = USH_INDICATOR_URL, .value = plain, .len = used};
	enum ush_refusal why = why_structured(line, len);

	if (why != USH_REFUSED_NOT)
		return ush_line_refuse(feed, sink, line, len, why);
	return give(feed, sink, &indicator, &(struct written){is_same ? NULL : line, len});
}

/* An address or network; what follows a blank and a semicolon is a comment, as Spamhaus has it. */
static int
networks_line(struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line, size_t len)
{
	char plain[USH_INPUT_LINE_MAX];
	const char *rest = line;
	size_t rest_len = len;
	const char *word;
	size_t word_len = ush_line_word(&rest, &rest_len, &word);
	struct ush_indicator indicator = {
	    .kind = USH_INDICATOR_NETWORK,
	    .value = plain,
	    .len = ush_refang(word, word_len, false, plain),
	};
	bool is_same = indicator.len == word_len && memcmp(plain, word, word_len) == 0;

	enum ush_refusal why = why_structured(word, word_len);

	trim(&rest, &rest_len);
	if (why != USH_REFUSED_NOT)
		return ush_line_refuse(feed, sink, line, len, why);
	if (rest_len > 0 && rest[0] != ';')
		return ush_line_refuse(feed, sink, line, len, USH_REFUSED_MALFORMED);
	return give(feed, sink, &indicator, &(struct written){is_same ? NULL : word, word_len});
}

/* Comments start at '#' or ';' at the start of a line, and at a '#' after a blank. */
static size_t
without_comment(const char *line, size_t len)
{
	const char *mark = line;

	if (len > 0 && (line[0] == '#' || line[0] == ';'))
		return 0;
	while ((mark = memchr(mark, '#', len - (size_t)(mark - line))) != NULL) {
		if (is_blank(mark[-1]))
			return (size_t)(mark - line);
		mark++;
	}
	return len;
}

/* Where a long line was cut, half of a name may stand, which is a name too. */
static int
take_line(struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line, size_t len)
{
	size_t used;
	bool in_comment;

	trim(&line, &len);
	used = without_comment(line, len);
	in_comment = used < len;
	trim(&line, &used);
	if (used == 0)
		return 0;
	if (ush_input_line_is_cut(feed->input) && !in_comment)
		return ush_line_refuse(feed, sink, line, used, USH_REFUSED_CUT);
	return feed->format->line(feed, sink, line, used);
}

int
ush_lines_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	const char *line;
	size_t len;
	int more;

	while ((more = ush_input_line(feed->input, &line, &len, err)) == 1) {
		if (take_line(feed, sink, line, len) != 0)
			return ush_fail(err, feed->path, ush_input_line_number(feed->input),
			    "no memory for more");
	}
	return more;
}

const struct ush_format ush_format_domains = {
    .name = "domains",
    .scope = USH_SCOPE_SUBDOMAINS,
    .read = ush_lines_read,
    .line = domains_line,
};
const struct ush_format ush_format_wildcards = {
    .name = "wildcards",
    .scope = USH_SCOPE_SUBDOMAINS,
    .read = ush_lines_read,
    .line = domains_line,
};
const struct ush_format ush_format_hosts = {
    .name = "hosts",
    .scope = USH_SCOPE_EXACT,
    .read = ush_lines_read,
    .line = hosts_line,
};
const struct ush_format ush_format_urls = {
    .name = "urls",
    .scope = USH_SCOPE_EXACT,
    .read = ush_lines_read,
    .line = urls_line,
};
const struct ush_format ush_format_networks = {
    .name = "networks",
    .scope = USH_SCOPE_EXACT,
    .read = ush_lines_read,
    .line = networks_line,
};
