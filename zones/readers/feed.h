/* SPDX-License-Identifier: BSD-3-Clause */
/* feed.h - a feed from inside, and what each format has to supply. Private to zones/readers. To add a
 * format: a file with its struct ush_format, its name below, a row in feed.c, and in guess.c how to
 * recognise it. A feed owns its input, its YAML and its texts (ush_feed_close() frees them); one
 * thread at a time. */
#pragma once

#include "common/yaml.h"
#include "zones/readers/input.h"
#include "zones/readers/reader.h"

struct ush_format {
	const char *name;
	unsigned scope;  /* of a name that says nothing about it */
	bool says_scope; /* every name does */
	/* For formats that say things about themselves; may be NULL. */
	int (*open)(struct ush_feed *feed, struct ush_error *err);
	int (*read)(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err);
	/* Formats of lines: one line, trimmed, without comment, never empty. -1: the sink said
	 * stop. */
	int (*line)(
	    struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line, size_t len);
};

struct ush_feed {
	const struct ush_format *format;
	struct ush_input *input;
	struct ush_yaml *yaml;
	struct ush_yaml_feed *document; /* what yaml.c has read */
	char *path;
	char *file; /* within path */
	char *default_name;
	struct ush_feed_head head;
	bool is_markup;       /* a page in the place of the list */
	bool names_campaigns; /* what records say of theirs counts */
	bool action_is_set;   /* by the command line: what records block with does not count */
	struct ush_adblock *adblock; /* what its reader holds */
	/* unbound: a zone that waits for its data; line 0: none. */
	struct {
		char name[USH_NAME_TEXT_MAX];
		unsigned line;
	} held;
};

extern const struct ush_format ush_format_yaml;
extern const struct ush_format ush_format_rpz;
extern const struct ush_format ush_format_domains;
extern const struct ush_format ush_format_hosts;
extern const struct ush_format ush_format_urls;
extern const struct ush_format ush_format_adblock;
extern const struct ush_format ush_format_wildcards;
extern const struct ush_format ush_format_networks;
extern const struct ush_format ush_format_unbound;
extern const struct ush_format ush_format_dnsmasq;
extern const struct ush_format ush_format_abusech;
extern const struct ush_format ush_format_certpl;
extern const struct ush_format ush_format_misp;
extern const struct ush_format ush_format_stix;

/* Whether the line is a row of one of its tables. */
bool ush_abusech_has(const char *line, size_t len);

/* Reads lines and hands them to format->line. */
USH_MUST_CHECK int ush_lines_read(
    struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err);

/* The format that the first lines look like. */
const struct ush_format *ush_format_guess(const char *path, const char *text, size_t len);

void ush_yaml_feed_free(struct ush_yaml_feed *document); /* NULL is allowed */
