/* SPDX-License-Identifier: BSD-3-Clause */
/* A feed of any format: its first line names the format, or it is guessed. What a reader gives lies
 * within bounds, points to its line, and what the guard rails pass is a name that may be blocked.
 */
#include "zones/readers/reader.h"

#include "tests/fuzz/fuzz.h"
#include "zones/compile/url.h"

struct seen {
	const struct ush_guard *guard;
	bool in_order; /* adblock holds its rules, yaml says first what its head claims */
	unsigned line;
	size_t lines;
};

static void
check_line(struct seen *seen, unsigned line)
{
	USH_HOLDS(line <= seen->lines && (line >= seen->line || !seen->in_order));
	seen->line = line;
}

static void
check_name(const struct seen *seen, const char *text, size_t len, unsigned scope)
{
	struct ush_name name;

	if (ush_guard_name(seen->guard, text, len, scope, &name) == USH_REFUSED_NOT)
		USH_HOLDS(ush_name_labels(&name) >= 2 && !ush_is_redacted(text, len));
}

static int
take(void *arg, const struct ush_indicator *indicator)
{
	struct seen *seen = arg;
	const char *value = indicator->value;
	struct ush_url_parts parts;

	check_line(seen, indicator->origin.line);
	USH_HOLDS(value != NULL && indicator->kind <= USH_INDICATOR_NOTE);
	USH_HOLDS(indicator->scope <= USH_SCOPE_SUBDOMAINS && indicator->action < USH_ACTION_OFF);
	USH_HOLDS(indicator->origin.raw == NULL || strlen(indicator->origin.raw) <= 1u << 20);
	if (indicator->kind == USH_INDICATOR_NAME)
		check_name(seen, value, indicator->len, USH_SCOPE_SUBDOMAINS);
	if (indicator->kind == USH_INDICATOR_NOTE)
		USH_HOLDS(indicator->type != NULL && strlen(value) == indicator->len);
	if (indicator->kind != USH_INDICATOR_URL)
		return 0;
	if (ush_url_split(value, indicator->len, &parts) != 0)
		return 0;
	USH_HOLDS(parts.host >= value && parts.host + parts.host_len <= value + indicator->len);
	USH_HOLDS(parts.path_len > 0 && memchr("/?#", parts.path[0], 3) != NULL);
	check_name(seen, parts.host, parts.host_len, USH_SCOPE_EXACT);
	return 0;
}

static void
refuse(void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why)
{
	check_line(arg, line);
	USH_HOLDS(value != NULL && len <= 1u << 20 && why > USH_REFUSED_NOT && why < USH_REFUSALS);
}

/* The name in the first line; NULL: look. */
static const char *
format_of(const char *text, size_t size)
{
	for (size_t i = 0; ush_feed_format_name(i) != NULL; i++) {
		size_t len = strlen(ush_feed_format_name(i));

		if (size > len && memcmp(text, ush_feed_format_name(i), len) == 0 &&
		    text[len] == '\n')
			return ush_feed_format_name(i);
	}
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ush_guard *guard; /* costly to make, and immutable */
	const char *format = format_of((const char *)data, size);
	size_t skip = format != NULL ? strlen(format) + 1 : 0;
	struct ush_fuzz_file file = ush_fuzz_file(data + skip, size - skip);
	struct ush_feed_options options = {.path = file.path, .format = format};
	struct seen seen = {.lines = size + 1};
	struct ush_feed_sink sink = {.arg = &seen, .take = take, .refuse = refuse};
	struct ush_error err = {0};
	struct ush_feed *feed;

	USH_HOLDS(guard != NULL || ush_guard_new(&guard) == 0);
	seen.guard = guard;
	if (ush_feed_open(&feed, &options, &err) != 0) {
		ush_fuzz_error(&err, size + 1);
	} else {
		USH_HOLDS(ush_feed_head(feed)->name != NULL);
		seen.in_order = strcmp(ush_feed_format(feed), "adblock") != 0 &&
		                strcmp(ush_feed_format(feed), "yaml") != 0;
		if (ush_feed_read(feed, &sink, &err) != 0)
			ush_fuzz_error(&err, size + 1);
		ush_feed_close(feed);
	}
	close(file.fd);
	return 0;
}
