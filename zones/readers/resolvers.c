/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration lines of other resolvers that block lists come in. How they block (NXDOMAIN,
 * 0.0.0.0, an address) is the best that a resolver without a sinkhole can do, so it says nothing
 * about the action; what they let through or send elsewhere must not be taken for a listing. */
#include "zones/readers/lines.h"

#include <string.h>
#include <strings.h>

struct word {
	const char *text;
	size_t len;
};

static bool
is(const struct word *word, const char *text)
{
	return word->len == strlen(text) && strncasecmp(word->text, text, word->len) == 0;
}

static bool
is_any(const struct word *word, const char *const *texts)
{
	while (*texts != NULL && !is(word, *texts))
		texts++;
	return *texts != NULL;
}

/* The next word without quotation marks around it or at one of its ends, and without the dot that
 * ends a name. */
static bool
next(struct word *line, struct word *out)
{
	out->len = ush_line_word(&line->text, &line->len, &out->text);
	if (out->len > 0 && (out->text[0] == '"' || out->text[0] == '\'')) {
		out->text++;
		out->len--;
	}
	if (out->len > 0 && (out->text[out->len - 1] == '"' || out->text[out->len - 1] == '\''))
		out->len--;
	if (out->len > 1 && out->text[out->len - 1] == '.')
		out->len--;
	return out->len > 0;
}

/* The type in `name [TTL] [class] type data`. */
static bool
next_type(struct word *line, struct word *out)
{
	while (next(line, out)) {
		if (!is(out, "IN") && memchr("0123456789", out->text[0], 10) == NULL)
			return true;
	}
	return false;
}

/* A transparent zone lets its name through and all below, but for what has data. The data of its
 * own name, if there is any, follows at once, so the zone waits for the next line. */
static int
let_go(struct ush_feed *feed, const struct ush_feed_sink *sink, const struct word *data)
{
	struct ush_indicator indicator = {
	    .kind = USH_INDICATOR_NAME,
	    .value = feed->held.name,
	    .len = strlen(feed->held.name),
	    .scope =
	        data != NULL && is(data, feed->held.name) ? USH_SCOPE_BELOW : USH_SCOPE_SUBDOMAINS,
	    .action = USH_ACTION_PASSTHRU,
	    .origin = {.line = feed->held.line},
	};

	if (feed->held.line == 0)
		return 0;
	feed->held.line = 0;
	return sink->take(sink->arg, &indicator);
}

static int
unbound_zone(struct ush_feed *feed, const struct ush_feed_sink *sink, const struct word *line,
    const struct word *name, const struct word *type)
{
	static const char *const blocks[] = {"static", "deny", "refuse", "redirect", "inform_deny",
	    "inform_redirect", "always_nxdomain", "always_nodata", "always_refuse", "always_deny",
	    "always_null", NULL};
	static const char *const lets_pass[] = {
	    "always_transparent", "transparent", "typetransparent", "inform", NULL};

	if (is_any(type, blocks))
		return ush_line_give(
		    feed, sink, USH_INDICATOR_NAME, name->text, name->len, 0, USH_ACTION_NONE);
	if (!is_any(type, lets_pass) || name->len >= sizeof(feed->held.name))
		return ush_line_refuse(feed, sink, line->text, line->len, USH_REFUSED_UNSUPPORTED);
	memcpy(feed->held.name, name->text, name->len);
	feed->held.name[name->len] = '\0';
	feed->held.line = ush_input_line_number(feed->input);
	return 0;
}

static int
unbound_data(const struct ush_feed *feed, const struct ush_feed_sink *sink, const struct word *line,
    const struct word *name, const struct word *type)
{
	static const char *const answers[] = {"A", "AAAA", "CNAME", "TXT", "HTTPS", "SVCB", NULL};

	if (!is_any(type, answers))
		return ush_line_refuse(feed, sink, line->text, line->len, USH_REFUSED_UNSUPPORTED);
	return ush_line_give(feed, sink, USH_INDICATOR_NAME, name->text, name->len,
	    feed->head.scope != 0 ? 0 : USH_SCOPE_EXACT, USH_ACTION_NONE);
}

/* local-zone: "name" type; local-data: "name A address". */
static int
unbound_line(struct ush_feed *feed, const struct ush_feed_sink *sink, const char *text, size_t len)
{
	const struct word line = {.text = text, .len = len};
	struct word rest = line;
	struct word name = {0};
	struct word type = {0};
	bool is_zone = ush_line_starts(text, len, "local-zone:");
	bool is_data = ush_line_starts(text, len, "local-data:");
	bool whole = false;

	if (is_zone || is_data) {
		rest.text += strlen("local-zone:"); /* a blank after the colon may be missing */
		rest.len -= strlen("local-zone:");
		whole =
		    next(&rest, &name) && (is_zone ? next(&rest, &type) : next_type(&rest, &type));
	}
	if (let_go(feed, sink, is_data && whole ? &name : NULL) != 0)
		return -1;
	if (ush_line_starts(text, len, "server:"))
		return 0;
	if (!is_zone && !is_data)
		return ush_line_refuse(feed, sink, text, len, USH_REFUSED_UNSUPPORTED);
	if (!whole)
		return ush_line_refuse(feed, sink, text, len, USH_REFUSED_MALFORMED);
	return is_zone ? unbound_zone(feed, sink, &line, &name, &type)
	               : unbound_data(feed, sink, &line, &name, &type);
}

static int
unbound_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	if (ush_lines_read(feed, sink, err) != 0)
		return -1;
	return let_go(feed, sink, NULL) == 0 ? 0
	                                     : ush_fail(err, feed->path, 0, "no memory for more");
}

/* An exception goes as far as it says. dnsmasq takes no notice of a dot in front. */
static unsigned
dnsmasq_scope(const struct ush_feed *feed, enum ush_action action, size_t prefix)
{
	if (action == USH_ACTION_NONE && (prefix == 0 || feed->head.scope != 0))
		return 0;
	return prefix == 2 ? USH_SCOPE_BELOW : USH_SCOPE_SUBDOMAINS;
}

static int
dnsmasq_name(const struct ush_feed *feed, const struct ush_feed_sink *sink, const struct word *line,
    const struct word *name, enum ush_action action)
{
	size_t prefix = ush_line_wildcard(name->text, name->len);

	/* "#" is every name, "" those without a dot; a star that is no whole label stands for any
	 * ending. */
	if (is(name, "#"))
		return ush_line_refuse(feed, sink, line->text, line->len, USH_REFUSED_ROOT);
	if (name->len == 0 || (name->text[0] == '*' && prefix == 0))
		return ush_line_refuse(feed, sink, line->text, line->len, USH_REFUSED_UNSUPPORTED);
	return ush_line_give(feed, sink, USH_INDICATOR_NAME, name->text + prefix,
	    name->len - prefix, dnsmasq_scope(feed, action, prefix), action);
}

/* What a name gets from the end of its line: an answer, no server at all, the usual servers (which
 * lets it through), or a server of its own. */
static enum ush_refusal
dnsmasq_meaning(bool is_server, const struct word *end, enum ush_action *action)
{
	*action = USH_ACTION_NONE;
	if (is_server && is(end, "#"))
		*action = USH_ACTION_PASSTHRU;
	else if (is_server && end->len > 0)
		return USH_REFUSED_UNSUPPORTED;
	else if (end->len > 0 && !is(end, "#") && !ush_line_is_address(end->text, end->len))
		return USH_REFUSED_MALFORMED;
	return USH_REFUSED_NOT;
}

/* address=/name/other/192.0.2.1, server=/name/, local=/name/. */
static int
dnsmasq_line(struct ush_feed *feed, const struct ush_feed_sink *sink, const char *text, size_t len)
{
	const struct word line = {.text = text, .len = len};
	bool is_server =
	    ush_line_starts(text, len, "server=/") || ush_line_starts(text, len, "local=/");
	struct word end = {.text = memrchr(text, '/', len)};
	const char *at = memchr(text, '/', len);
	enum ush_refusal why = USH_REFUSED_UNSUPPORTED;
	enum ush_action action = USH_ACTION_NONE;

	if (is_server || ush_line_starts(text, len, "address=/")) {
		end.text++;
		end.len = len - (size_t)(end.text - text);
		why = at + 1 == end.text ? USH_REFUSED_MALFORMED
		                         : dnsmasq_meaning(is_server, &end, &action);
	}
	if (why != USH_REFUSED_NOT)
		return ush_line_refuse(feed, sink, text, len, why);
	for (at++; at < end.text;) {
		const char *slash = memchr(at, '/', (size_t)(end.text - at));
		struct word name = {.text = at, .len = (size_t)(slash - at)};

		if (dnsmasq_name(feed, sink, &line, &name, action) != 0)
			return -1;
		at = slash + 1;
	}
	return 0;
}

const struct ush_format ush_format_unbound = {
    .name = "unbound",
    .scope = USH_SCOPE_SUBDOMAINS,
    .read = unbound_read,
    .line = unbound_line,
};
const struct ush_format ush_format_dnsmasq = {
    .name = "dnsmasq",
    .scope = USH_SCOPE_SUBDOMAINS,
    .read = ush_lines_read,
    .line = dnsmasq_line,
};
