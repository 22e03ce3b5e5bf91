/* SPDX-License-Identifier: BSD-3-Clause */
/* writing.h - the report being written: labels of ours in its language, and texts of anybody, in which
 * markup has no meaning. One thread; in UTF-8 (ush_terminal_init_utf8()). */
#pragma once

#include <jansson.h>
#include <stdio.h>
#include "sinkhole/sinkctl/evidence/labels.h"

struct ush_writing {
	FILE *to;
	enum ush_language language;
};

/* Only a literal compiles. */
#define ush_write_raw(writing, literal) fputs("" literal, (writing)->to)
void ush_write_text(const struct ush_writing *writing, const char *text);
/* The label with {1} and {2} replaced by the texts that follow. */
#define ush_write_label(writing, label, ...) \
	ush_write_label_with(writing, label, (const char *const[]){NULL, ##__VA_ARGS__, NULL})
void ush_write_label_with(
    const struct ush_writing *writing, enum ush_label label, const char *const *values);
void ush_write_heading(const struct ush_writing *writing, enum ush_label label);

/* One line of a table, if there is a value. */
void ush_write_row(const struct ush_writing *writing, enum ush_label label, const char *value);
void ush_write_count(const struct ush_writing *writing, enum ush_label label, long long value);
/* The same under a name that is the same in all languages: of a file, or of a member. */
void ush_write_named(const struct ush_writing *writing, const char *name, const char *value);

/* A number as text, in buf. */
const char *ush_number_text(char buf[32], long long number);
/* A member of an object: "", 0 if it is not there. */
const char *ush_member_text(const json_t *object, const char *key);
long long ush_member_number(const json_t *object, const char *key);

/* Members of an object under labels, one line of a table each. */
struct ush_member {
	enum ush_label label;
	const char *key;
};
void ush_write_members(const struct ush_writing *writing, const json_t *object,
    const struct ush_member *members, size_t count);
#define USH_WRITE_MEMBERS(writing, object, members) \
	ush_write_members(writing, object, members, sizeof(members) / sizeof((members)[0]))
/* A line of titles. */
void ush_write_titles(
    const struct ush_writing *writing, const enum ush_label *labels, size_t count);
/* From the object's "first" to its "last". */
void ush_write_span(const struct ush_writing *writing, const json_t *object);
