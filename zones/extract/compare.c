/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/extract.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/terminal.h"
#include "zones/readers/reader.h"

/* An indicator of the feed. */
struct listed {
	const char *type; /* a constant */
	char *value;
	unsigned line;
	bool redacted;
	bool found;
};

struct comparing {
	struct listed *items;
	size_t count;
};

static const char *
type_of(const struct ush_indicator *indicator)
{
	static const char *const types[] = {[USH_INDICATOR_NAME] = "domain",
	    [USH_INDICATOR_URL] = "url",
	    [USH_INDICATOR_PATH] = "url-path",
	    [USH_INDICATOR_NETWORK] = "ip",
	    [USH_INDICATOR_NOTE] = "note"};

	return indicator->type != NULL ? indicator->type : types[indicator->kind];
}

/* For struct ush_feed_sink. Types of our own feeds are constants, and so are all others. */
static int
take(void *arg, const struct ush_indicator *indicator)
{
	struct comparing *comparing = arg;
	struct listed *items = reallocarray(comparing->items, comparing->count + 1, sizeof(*items));

	if (items == NULL)
		return -1;
	comparing->items = items;
	items[comparing->count] = (struct listed){
	    .type = type_of(indicator),
	    .value = strndup(indicator->value, indicator->len),
	    .line = indicator->origin.line,
	    .redacted = indicator->redacted,
	};
	return items[comparing->count++].value != NULL ? 0 : -1;
}

/* A scheme, and the protocol behind an address and port, are no part of what is compared. */
static const char *
bare(const char *value, size_t *len)
{
	const char *sign = strstr(value, "://");
	const char *protocol;

	if (sign != NULL)
		value = sign + 3;
	*len = strlen(value);
	protocol = strrchr(value, '/');
	if (protocol != NULL && (strcmp(protocol, "/udp") == 0 || strcmp(protocol, "/tcp") == 0))
		*len = (size_t)(protocol - value);
	return value;
}

static bool
is_same(const struct listed *listed, const struct ush_finding *finding)
{
	const char *a;
	const char *b;
	size_t a_len;
	size_t b_len;

	if (strcmp(listed->type, ush_kind_text(finding->kind)) != 0)
		return false;
	a = bare(listed->value, &a_len);
	b = bare(finding->value, &b_len);
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

static void
print_value(FILE *to, char sign, const char *type, const char *value)
{
	fprintf(to, "%c %s ", sign, type);
	ush_terminal_put(to, value);
}

/* What the report has, each against all of the feed. */
static size_t
print_found(FILE *to, struct comparing *feed, const struct ush_findings *findings, size_t *same)
{
	size_t differences = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct ush_finding *finding = &findings->items[i];
		bool listed = false;
		bool redacted = false;

		for (size_t k = 0; k < feed->count; k++) {
			if (!is_same(&feed->items[k], finding))
				continue;
			listed = feed->items[k].found = true;
			redacted = feed->items[k].redacted;
		}
		if (listed && (finding->why_not == NULL || redacted)) {
			++*same;
		} else if (listed) {
			print_value(to, '~', ush_kind_text(finding->kind), finding->value);
			fprintf(to, ": line %u, not taken (%s), but the feed lists it\n",
			    finding->line, finding->why_not);
			differences++;
		} else if (finding->why_not == NULL) {
			print_value(to, '+', ush_kind_text(finding->kind), finding->value);
			fprintf(to, ": line %u, not in the feed\n", finding->line);
			differences++;
		}
	}
	return differences;
}

static size_t
print_missing(FILE *to, const struct comparing *feed)
{
	size_t count = 0;

	for (size_t i = 0; i < feed->count; i++) {
		if (feed->items[i].found)
			continue;
		print_value(to, '-', feed->items[i].type, feed->items[i].value);
		fprintf(
		    to, ": line %u of the feed, not found in the report\n", feed->items[i].line);
		count++;
	}
	return count;
}

static int
read_feed(struct comparing *comparing, const char *path, struct ush_error *err)
{
	struct ush_feed_sink sink = {.arg = comparing, .take = take, .refuse = ush_refusal_ignore};
	struct ush_feed *feed;
	int rc = ush_feed_open(&feed, &(struct ush_feed_options){.path = path}, err);

	if (rc == 0)
		rc = ush_feed_read(feed, &sink, err);
	ush_feed_close(feed);
	return rc;
}

int
ush_findings_compare(
    FILE *to, const struct ush_findings *findings, const char *feed, struct ush_error *err)
{
	struct comparing comparing = {0};
	size_t differences = 0;
	size_t same = 0;
	int rc = read_feed(&comparing, feed, err);

	if (rc == 0) {
		differences = print_found(to, &comparing, findings, &same);
		differences += print_missing(to, &comparing);
		fprintf(to, "%zu are the same, %zu differ\n", same, differences);
		rc = differences > 0;
	}
	for (size_t i = 0; i < comparing.count; i++)
		free(comparing.items[i].value);
	free(comparing.items);
	return rc;
}
