/* SPDX-License-Identifier: BSD-3-Clause */
/* yaml.h - YAML files read by tables: a parsed tree that remembers its lines, and schemas that
 * fill C structs from it. The table is parser, range check, default and documentation in one.
 * Input may be hostile: size and depth are bounded, aliases are refused. A tree is immutable after
 * loading and belongs to the caller that loaded it; nodes live as long as their tree. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_yaml;      /* a loaded file */
struct ush_yaml_node; /* a scalar, list or map in it, borrowed from the tree */

#define USH_YAML_MAX_BYTES (16u << 20)

/* Load a file or a text (`file` names it in messages). An empty document is an empty map.
 * Duplicate keys, aliases and tags are refused. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_yaml_load(struct ush_yaml **out, const char *path, struct ush_error *err);
USH_MUST_CHECK int ush_yaml_parse(
    struct ush_yaml **out, const char *file, const char *text, size_t len, struct ush_error *err);
void ush_yaml_free(struct ush_yaml *yaml); /* NULL is allowed */

/* The text of such a file: malloced, for the caller to free; NULL with the reason. */
char *ush_yaml_text_of(const char *path, size_t *len, struct ush_error *err);

const char *ush_yaml_file(const struct ush_yaml *yaml);
const struct ush_yaml_node *ush_yaml_root(const struct ush_yaml *yaml);

unsigned ush_yaml_line(const struct ush_yaml_node *node);      /* 1-based */
unsigned ush_yaml_key_line(const struct ush_yaml_node *value); /* of its key, if it has one */
bool ush_yaml_is_map(const struct ush_yaml_node *node);
bool ush_yaml_is_list(const struct ush_yaml_node *node);
bool ush_yaml_is_null(const struct ush_yaml_node *node);     /* no value, ~ or null, unquoted */
const char *ush_yaml_text(const struct ush_yaml_node *node); /* NULL unless a scalar */
size_t ush_yaml_count(
    const struct ush_yaml_node *node); /* list items or map pairs; 0 for a scalar */
const struct ush_yaml_node *ush_yaml_item(const struct ush_yaml_node *list, size_t i);
const char *ush_yaml_key(
    const struct ush_yaml_node *map, size_t i, const struct ush_yaml_node **value);
const struct ush_yaml_node *ush_yaml_get(
    const struct ush_yaml_node *map, const char *key); /* NULL if missing */

enum ush_field_kind {
	USH_FIELD_STRING, /* char *, malloced */
	USH_FIELD_BOOL,   /* bool */
	USH_FIELD_UINT,   /* uint32_t within min..max */
	USH_FIELD_ENUM,   /* int, one of `choices` */
	USH_FIELD_CUSTOM, /* read by `read` */
	USH_FIELD_MAP,    /* a struct inside, read by `fields` */
	USH_FIELD_LIST,   /* pointer to structs, malloced, then a size_t: how many */
};

/* Reads one value into `member` (the field's place in the struct). 0, or ush_yaml_fail(). */
typedef int ush_field_read_fn(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    void *member, struct ush_error *err);

/* Checks the last of `count` entries of a list, which was read from `item`. 0, or ush_yaml_fail(). */
typedef int ush_entry_check_fn(const struct ush_yaml *yaml, const struct ush_yaml_node *item,
    const void *entries, size_t count, struct ush_error *err);

struct ush_choice {
	const char *text; /* the last one has NULL */
	int value;
};

/* When a change of the key is in force. */
enum ush_applied {
	USH_APPLIED_AT_ONCE, /* by itself: the file is watched, or read at each call */
	USH_APPLIED_RELOAD,  /* sinkholed: at a reload (SIGHUP) */
	USH_APPLIED_RESTART, /* sinkholed: when it is started again */
};

/* One key of a map. The last row of a table has key NULL. */
struct ush_field {
	const char *key;
	enum ush_field_kind kind;
	size_t offset;
	const char *fallback; /* default as YAML text; NULL: zero/NULL */
	enum ush_applied applied;
	bool required;
	uint32_t min, max; /* UINT; STRING: bytes, any number if max is 0; LIST: entries (max) */
	const struct ush_choice *choices; /* ENUM */
	ush_field_read_fn *read;          /* CUSTOM */
	/* MAP: its keys. LIST: those of an entry. CUSTOM: the same, for ush_yaml_describe(). */
	const struct ush_field *fields;
	size_t size;               /* LIST: of an entry, which begins with its line (unsigned) */
	ush_entry_check_fn *check; /* LIST: NULL: none */
	const char *help;          /* one sentence, for --help, man pages and docs */
	bool is_secret;            /* a URL that may have a secret in it */
};

/* Fill `out` from the map `node` (NULL: defaults only) by `fields`. An unknown key, a wrong type, a
 * value out of range or a missing required key is an error with its line. What was malloced before
 * an error stays in `out` for the caller's own fini. */
USH_MUST_CHECK int ush_yaml_read(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *fields, void *out, struct ush_error *err);

/* ush_fail() with the tree's file and the node's line. */
int ush_yaml_fail(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    struct ush_error *err, const char *fmt, ...) USH_PRINTF(4, 5);

/* A decimal number within min..max: 0 and *value, or -1 with nothing said. */
USH_MUST_CHECK int ush_yaml_uint(
    const struct ush_yaml_node *node, uint32_t min, uint32_t max, uint32_t *value);

/* "at once", "at a reload" or "at a restart". */
const char *ush_applied_text(enum ush_applied applied);

/* One line per key: key, default, range, when a change is in force, and help, with tabs between;
 * keys inside are joined by dots. */
void ush_yaml_describe(FILE *to, const char *prefix, const struct ush_field *fields);
