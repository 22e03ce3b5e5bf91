/* SPDX-License-Identifier: BSD-3-Clause */
/* The CSV downloads of abuse.ch: ThreatFox (14 columns, 15 since January 2026), URLhaus (9) and Feodo
 * Tracker (6). There may be blanks behind the commas, "None" is an empty value, and comments begin
 * with '#' in the first column alone: URLs and tags have that sign, too. */
#include "zones/readers/lines.h"

#include <string.h>
#include <strings.h>
#include "zones/day.h"

#define COLUMNS_MAX 16

struct row {
	char text[USH_INPUT_LINE_MAX]; /* the values, one after the other, each with its NUL */
	const char *values[COLUMNS_MAX];
	size_t count;
};

/* One value in or without quotation marks, written to `to`. Returns what follows it: a comma or the
 * end; NULL if a quotation mark has no partner. */
static const char *
read_value(const char *from, const char *end, char **to)
{
	bool quoted = from < end && *from == '"';

	for (from += quoted; from < end && (quoted || *from != ','); from++) {
		if (quoted && *from == '"') {
			if (from + 1 == end || from[1] != '"')
				break;
			from++; /* "" is one of them */
		}
		*(*to)++ = *from;
	}
	if (quoted && (from == end || *from++ != '"'))
		return NULL;
	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	return from == end || *from == ',' ? from : NULL;
}

static void
end_value(struct row *row, char *start, char **to)
{
	while (*to > start && ((*to)[-1] == ' ' || (*to)[-1] == '\t'))
		--*to;
	**to = '\0';
	if (strcmp(start, "None") == 0)
		*(*to = start) = '\0';
	row->values[row->count++] = start;
	++*to;
}

/* -1: no row of a table of ours. */
static int
read_row(struct row *row, const char *line, size_t len)
{
	const char *end = line + len;
	char *to = row->text;

	row->count = 0;
	if (len >= sizeof(row->text) - COLUMNS_MAX)
		return -1;
	for (;;) {
		char *start = to;

		while (line < end && (*line == ' ' || *line == '\t'))
			line++;
		if (row->count == COLUMNS_MAX || (line = read_value(line, end, &to)) == NULL)
			return -1;
		end_value(row, start, &to);
		if (line == end)
			return 0;
		line++;
	}
}

/* "2026-01-31 12:00:00" */
static bool
is_date(const char *text)
{
	char day[USH_DAY_TEXT_MAX];

	return ush_day_of(text, day);
}

static bool
is_number(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Which table it is a row of. */
enum table { TABLE_NONE, TABLE_THREATFOX, TABLE_URLHAUS, TABLE_FEODO };

static enum table
table_of(const struct row *row)
{
	if ((row->count == 14 || row->count == 15) && is_date(row->values[0]) &&
	    is_number(row->values[1]))
		return TABLE_THREATFOX;
	if (row->count == 9 && is_number(row->values[0]) && is_date(row->values[1]))
		return TABLE_URLHAUS;
	if (row->count == 6 && is_date(row->values[0]) && is_number(row->values[2]))
		return TABLE_FEODO;
	return TABLE_NONE;
}

static bool
is_header(const struct row *row)
{
	return strcasecmp(row->values[0], "first_seen_utc") == 0 ||
	       strcasecmp(row->values[0], "id") == 0;
}

struct times {
	const char *first; /* that it was seen */
	const char *last;
};

static int
give(const struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_indicator *indicator,
    const char *value, struct times times, const char *remark)
{
	char first[USH_DAY_TEXT_MAX];
	char last[USH_DAY_TEXT_MAX];

	if (ush_day_of(times.first, first))
		indicator->origin.added = first;
	if (ush_day_of(times.last, last))
		indicator->origin.seen = last;
	indicator->value = value;
	indicator->len = strlen(value);
	indicator->origin.remark = remark;
	indicator->origin.line = ush_input_line_number(feed->input);
	return sink->take(sink->arg, indicator);
}

static const char *
confidence_of(const char *percent)
{
	if (!is_number(percent) || strlen(percent) > 3)
		return NULL;
	if (strlen(percent) == 3 || percent[0] >= '8')
		return "high";
	return strlen(percent) == 2 && percent[0] >= '5' ? "medium" : "low";
}

/* Values of ioc_type. What is no name or URL is kept for people. */
static const struct {
	const char *type;
	enum ush_indicator_kind kind;
	const char *note;
} threatfox_types[] = {
    {"domain", USH_INDICATOR_NAME, NULL},
    {"url", USH_INDICATOR_URL, NULL},
    {"ip:port", USH_INDICATOR_NOTE, "ip-port"},
    {"sha256_hash", USH_INDICATOR_NOTE, "sha256"},
    {"sha1_hash", USH_INDICATOR_NOTE, "sha1"},
    {"md5_hash", USH_INDICATOR_NOTE, "md5"},
    {"sha3_384_hash", USH_INDICATOR_NOTE, "sha3-384"},
    {"envelope_from", USH_INDICATOR_NOTE, "email-address"},
    {"body_from", USH_INDICATOR_NOTE, "email-address"},
};

/* first_seen, id, value, type, threat, family, alias, family in print, last_seen, confidence,
 * (is_compromised,) reference, tags, anonymous, reporter */
static int
take_threatfox(const struct ush_feed *feed, const struct ush_feed_sink *sink, const struct row *row)
{
	bool compromised = row->count == 15 && (strcmp(row->values[10], "1") == 0 ||
	                                           strcasecmp(row->values[10], "true") == 0);
	char remark[256];

	snprintf(remark, sizeof(remark), "%.80s, %.80s%s", row->values[7], row->values[4],
	    compromised ? ", on a compromised site that people visit, too" : "");
	for (size_t i = 0; i < sizeof(threatfox_types) / sizeof(threatfox_types[0]); i++) {
		struct ush_indicator indicator = {
		    .kind = threatfox_types[i].kind,
		    .type = threatfox_types[i].note,
		    .scope = feed->head.scope != 0 ? 0 : USH_SCOPE_EXACT,
		    .origin = {.confidence = confidence_of(row->values[9])},
		};

		if (strcmp(row->values[3], threatfox_types[i].type) == 0)
			return give(feed, sink, &indicator, row->values[2],
			    (struct times){row->values[0], row->values[8]}, remark);
	}
	sink->refuse(sink->arg, ush_input_line_number(feed->input), row->values[2],
	    strlen(row->values[2]), USH_REFUSED_UNSUPPORTED);
	return 0;
}

/* id, dateadded, url, url_status, last_online, threat, tags, link, reporter */
static int
take_urlhaus(const struct ush_feed *feed, const struct ush_feed_sink *sink, const struct row *row)
{
	struct ush_indicator indicator = {.kind = USH_INDICATOR_URL};
	char remark[256];

	snprintf(remark, sizeof(remark), "%.40s, %.160s", row->values[5], row->values[6]);
	return give(feed, sink, &indicator, row->values[2],
	    (struct times){row->values[1], row->values[4]}, remark);
}

/* first_seen_utc, dst_ip, dst_port, c2_status, last_online, malware */
static int
take_feodo(const struct ush_feed *feed, const struct ush_feed_sink *sink, const struct row *row)
{
	struct ush_indicator indicator = {.kind = USH_INDICATOR_NETWORK};
	char remark[256];

	snprintf(remark, sizeof(remark), "%.120s at port %.5s", row->values[5], row->values[2]);
	return give(feed, sink, &indicator, row->values[1],
	    (struct times){row->values[0], row->values[4]}, remark);
}

static int
take_row(
    const struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line, size_t len)
{
	struct row row;

	if (ush_input_line_is_cut(feed->input))
		return ush_line_refuse(feed, sink, line, len, USH_REFUSED_CUT);
	if (read_row(&row, line, len) != 0)
		return ush_line_refuse(feed, sink, line, len, USH_REFUSED_MALFORMED);
	switch (table_of(&row)) {
	case TABLE_THREATFOX:
		return take_threatfox(feed, sink, &row);
	case TABLE_URLHAUS:
		return take_urlhaus(feed, sink, &row);
	case TABLE_FEODO:
		return take_feodo(feed, sink, &row);
	default:
		return is_header(&row)
		           ? 0
		           : ush_line_refuse(feed, sink, line, len, USH_REFUSED_MALFORMED);
	}
}

static int
abusech_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	const char *line;
	size_t len;
	int more;

	while ((more = ush_input_line(feed->input, &line, &len, err)) == 1) {
		if (len == 0 || line[0] == '#')
			continue;
		if (take_row(feed, sink, line, len) != 0)
			return ush_fail(err, feed->path, ush_input_line_number(feed->input),
			    "no memory for more");
	}
	return more;
}

bool
ush_abusech_has(const char *line, size_t len)
{
	struct row row;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	return len > 0 && (line[0] == '"' || (line[0] >= '0' && line[0] <= '9')) &&
	       read_row(&row, line, len) == 0 && table_of(&row) != TABLE_NONE;
}

const struct ush_format ush_format_abusech = {
    .name = "abusech",
    .scope = USH_SCOPE_EXACT,
    .read = abusech_read,
};
