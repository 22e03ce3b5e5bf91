/* SPDX-License-Identifier: BSD-3-Clause */
/* lines.h - what the formats of one indicator a line have in common. Private to zones/readers. */
#pragma once

#include "zones/readers/feed.h"

/* The next word of a line, which moves on; 0 at its end. */
size_t ush_line_word(const char **line, size_t *len, const char **word);

/* In any case of letters. */
bool ush_line_starts(const char *text, size_t len, const char *prefix);

/* What says in front of a name that its subdomains are meant too: the length of "*." or "."; 0. */
size_t ush_line_wildcard(const char *text, size_t len);

/* Also with a zone: fe80::1%lo0. */
bool ush_line_is_address(const char *text, size_t len);

/* Hand over an indicator of the line that was read last. -1: the sink said stop. */
USH_MUST_CHECK int ush_line_give(const struct ush_feed *feed, const struct ush_feed_sink *sink,
    enum ush_indicator_kind kind, const char *value, size_t len, unsigned scope,
    enum ush_action action);
/* 0, for the caller to return. */
int ush_line_refuse(const struct ush_feed *feed, const struct ush_feed_sink *sink, const char *line,
    size_t len, enum ush_refusal why);
