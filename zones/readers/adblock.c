/* SPDX-License-Identifier: BSD-3-Clause */
/* Adblock lists: ||name^ and @@||name^, and |name^ for the name alone. What needs more than a name
 * (paths, third-party, parts of pages) is not for DNS. A rule with $badfilter takes back the rule that is the same without it,
 * wherever that stands, so rules are held until the list has been read. */
#include <stdlib.h>
#include <string.h>
#include "zones/readers/lines.h"

/* A rule, or what takes one back. Offsets into the text that is held. */
struct held_rule {
	size_t text; /* the whole rule, without badfilter */
	size_t text_len;
	size_t name; /* within the rule */
	size_t name_len;
	unsigned line;
	unsigned scope;
	enum ush_action action;
};

struct held_rules {
	struct held_rule *items;
	size_t count;
	size_t size;
};

struct ush_adblock {
	char *text;
	size_t used;
	size_t size;
	struct held_rules rules;
	struct held_rules taken_back;
};

/* Cuts the next modifier off, behind '$' or ','. 0 at the end. */
static size_t
next_modifier(const char **text, size_t *len, const char **modifier)
{
	const char *comma;
	size_t used;

	if (*len == 0)
		return 0;
	comma = memchr(*text + 1, ',', *len - 1);
	used = comma != NULL ? (size_t)(comma - *text) : *len;
	*modifier = *text + 1;
	*text += used;
	*len -= used;
	return used;
}

static bool
is_one_of(const char *text, size_t len, const char *const *words)
{
	while (*words != NULL && (strlen(*words) != len || memcmp(*words, text, len) != 0))
		words++;
	return *words != NULL;
}

/* Modifiers that do not change what a name rule means for DNS; badfilter is reported in *bad. */
static bool
modifiers_are_harmless(const char *text, size_t len, bool *bad)
{
	static const char *const harmless[] = {"important", "all", "document", "doc", NULL};
	static const char *const badfilter[] = {"badfilter", NULL};
	const char *modifier;
	size_t used;

	*bad = false;
	if (len > 0 && text[0] != '$')
		return false;
	while ((used = next_modifier(&text, &len, &modifier)) > 0) {
		if (is_one_of(modifier, used - 1, badfilter))
			*bad = true;
		else if (!is_one_of(modifier, used - 1, harmless))
			return false;
	}
	return true;
}

/* "||name^$important", in parts. */
struct parts {
	enum ush_action action;
	unsigned scope; /* 0: as the format */
	const char *name;
	size_t name_len;
	const char *modifiers;
	size_t modifiers_len;
	bool bad;
};

/* False if it is no rule that DNS can act on. */
static bool
split(const char *line, size_t len, struct parts *out)
{
	const char *end = line + len;
	const char *at = line;

	*out = (struct parts){.action = USH_ACTION_NONE};
	if (ush_line_starts(at, len, "@@")) {
		out->action = USH_ACTION_PASSTHRU;
		at += 2;
	}
	if (ush_line_starts(at, (size_t)(end - at), "||")) {
		at++;
	} else if (at < end && *at == '|') {
		out->scope = USH_SCOPE_EXACT;
	} else {
		return false;
	}
	out->name = ++at;
	while (at < end && strchr("^$/|", *at) == NULL)
		at++;
	out->name_len = (size_t)(at - out->name);
	if (at < end && *at == '^') {
		at++;
		at += at < end && *at == '|';
	}
	out->modifiers = at;
	out->modifiers_len = (size_t)(end - at);
	return modifiers_are_harmless(at, out->modifiers_len, &out->bad);
}

static int
hold_text(struct ush_adblock *held, const char *text, size_t len)
{
	if (held->size - held->used < len) {
		size_t size = 2 * (held->size + len);
		char *grown = realloc(held->text, size);

		if (grown == NULL)
			return -1;
		held->text = grown;
		held->size = size;
	}
	memcpy(held->text + held->used, text, len);
	held->used += len;
	return 0;
}

static int
hold_rule(struct held_rules *rules, const struct held_rule *rule)
{
	if (rules->count == rules->size) {
		size_t size = rules->size > 0 ? 2 * rules->size : 64;
		struct held_rule *grown = reallocarray(rules->items, size, sizeof(*grown));

		if (grown == NULL)
			return -1;
		rules->items = grown;
		rules->size = size;
	}
	rules->items[rules->count++] = *rule;
	return 0;
}

/* The rule's text, and of its modifiers all but badfilter. */
static int
hold(struct ush_adblock *held, const char *line, const struct parts *parts, unsigned number)
{
	const char *modifiers = parts->modifiers;
	size_t left = parts->modifiers_len;
	struct held_rule rule = {
	    .text = held->used,
	    .name = held->used + (size_t)(parts->name - line),
	    .name_len = parts->name_len,
	    .line = number,
	    .action = parts->action,
	    .scope = parts->scope,
	};
	const char *separator = "$";
	const char *modifier;
	size_t used;

	if (hold_text(held, line, (size_t)(parts->modifiers - line)) != 0)
		return -1;
	while ((used = next_modifier(&modifiers, &left, &modifier)) > 0) {
		if (parts->bad && used - 1 == strlen("badfilter") &&
		    memcmp(modifier, "badfilter", used - 1) == 0)
			continue;
		if (hold_text(held, separator, 1) != 0 || hold_text(held, modifier, used - 1) != 0)
			return -1;
		separator = ",";
	}
	rule.text_len = held->used - rule.text;
	return hold_rule(parts->bad ? &held->taken_back : &held->rules, &rule);
}

static int
adblock_line(struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line, size_t len)
{
	struct parts parts;

	if (line[0] == '!' || line[0] == '[')
		return 0;
	if (!split(line, len, &parts))
		return ush_line_refuse(feed, sink, line, len, USH_REFUSED_UNSUPPORTED);
	return hold(feed->adblock, line, &parts, ush_input_line_number(feed->input));
}

static int
compare_texts(const void *a, const void *b, void *arg)
{
	const struct ush_adblock *held = arg;
	const struct held_rule *x = a;
	const struct held_rule *y = b;

	if (x->text_len != y->text_len)
		return x->text_len < y->text_len ? -1 : 1;
	return memcmp(held->text + x->text, held->text + y->text, x->text_len);
}

static bool
is_taken_back(const struct ush_adblock *held, const struct held_rule *rule)
{
	size_t low = 0;
	size_t high = held->taken_back.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order =
		    compare_texts(rule, &held->taken_back.items[middle], (void *)(uintptr_t)held);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static int
give_held(const struct ush_adblock *held, const struct ush_feed_sink *sink)
{
	for (size_t i = 0; i < held->rules.count; i++) {
		const struct held_rule *rule = &held->rules.items[i];
		struct ush_indicator indicator = {
		    .kind = USH_INDICATOR_NAME,
		    .value = held->text + rule->name,
		    .len = rule->name_len,
		    .action = rule->action,
		    .scope = rule->scope,
		    .origin = {.line = rule->line},
		};

		if (is_taken_back(held, rule))
			sink->refuse(sink->arg, rule->line, held->text + rule->text, rule->text_len,
			    USH_REFUSED_TAKEN_BACK);
		else if (sink->take(sink->arg, &indicator) != 0)
			return -1;
	}
	return 0;
}

static int
adblock_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	struct ush_adblock held = {0};
	int rc;

	feed->adblock = &held;
	rc = ush_lines_read(feed, sink, err);
	feed->adblock = NULL;
	if (held.taken_back.count > 0)
		qsort_r(held.taken_back.items, held.taken_back.count, sizeof(struct held_rule),
		    compare_texts, &held);
	if (rc == 0 && give_held(&held, sink) != 0)
		rc = ush_fail(err, feed->path, 0, "no memory for more");
	free(held.text);
	free(held.rules.items);
	free(held.taken_back.items);
	return rc;
}

const struct ush_format ush_format_adblock = {
    .name = "adblock",
    .scope = USH_SCOPE_SUBDOMAINS,
    .read = adblock_read,
    .line = adblock_line,
};
