/* SPDX-License-Identifier: BSD-3-Clause */
/* Fills structs from a YAML tree by tables (the second half of yaml.h), and writes the tables down.
 */
#include "common/yaml.h"

#include <stdlib.h>
#include <string.h>

#define WORD_MAX 40 /* longer ones get no suggestion */

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein distance; WORD_MAX if a word is too long to bother. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX];
	size_t width = strlen(b);

	if (strlen(a) >= WORD_MAX || width >= WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= width; i++)
		row[i] = i;
	for (size_t y = 1; a[y - 1] != '\0'; y++) {
		size_t diagonal = row[0];

		row[0] = y;
		for (size_t x = 1; x <= width; x++) {
			size_t above = row[x];

			row[x] = least(
			    row[x - 1] + 1, above + 1, diagonal + (a[y - 1] == b[x - 1] ? 0 : 1));
			diagonal = above;
		}
	}
	return row[width];
}

/* Whether `word` looks like a misspelling of `meant`, and how much: fewer is closer. */
static bool
is_closer(const char *word, const char *meant, size_t *best)
{
	size_t d = distance(word, meant);

	if (d >= *best || d * 2 >= strlen(meant))
		return false;
	*best = d;
	return true;
}

static int
unknown_key(const struct ush_yaml *yaml, const struct ush_yaml_node *value, const char *key,
    const struct ush_field *fields, struct ush_error *err)
{
	const char *guess = NULL;
	size_t best = 4;

	for (; fields->key != NULL; fields++) {
		if (is_closer(key, fields->key, &best))
			guess = fields->key;
	}
	if (guess == NULL)
		return ush_fail(
		    err, ush_yaml_file(yaml), ush_yaml_key_line(value), "unknown key \"%s\"", key);
	return ush_fail(err, ush_yaml_file(yaml), ush_yaml_key_line(value),
	    "unknown key \"%s\" (did you mean \"%s\"?)", key, guess);
}

static int
read_string(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *field, void *member, struct ush_error *err)
{
	const char *text = ush_yaml_text(node);
	size_t len = strlen(text);
	char *copy;

	if (field->max != 0 && (len < field->min || len > field->max))
		return ush_yaml_fail(yaml, node, err, "\"%s\" must have %u to %u bytes, not %zu",
		    field->key, field->min, field->max, len);
	copy = strdup(text);
	if (copy == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	memcpy(member, &copy, sizeof(copy));
	return 0;
}

static const struct ush_choice bool_words[] = {
    {"true", true},
    {"false", false},
    {"yes", true},
    {"no", false},
    {"on", true},
    {"off", false},
    {NULL, 0},
};

static const struct ush_choice *
find_choice(const struct ush_choice *choices, const char *text)
{
	for (; choices->text != NULL; choices++) {
		if (strcmp(choices->text, text) == 0)
			return choices;
	}
	return NULL;
}

static int
read_bool(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *field, void *member, struct ush_error *err)
{
	const struct ush_choice *word = find_choice(bool_words, ush_yaml_text(node));
	bool value;

	if (word == NULL)
		return ush_yaml_fail(yaml, node, err, "\"%s\" must be true or false, not \"%s\"",
		    field->key, ush_yaml_text(node));
	value = word->value != 0;
	memcpy(member, &value, sizeof(value));
	return 0;
}

static int
read_uint(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *field, void *member, struct ush_error *err)
{
	uint32_t value;

	if (ush_yaml_uint(node, field->min, field->max, &value) != 0)
		return ush_yaml_fail(yaml, node, err,
		    "\"%s\" must be a number from %u to %u, not \"%s\"", field->key, field->min,
		    field->max, ush_yaml_text(node));
	memcpy(member, &value, sizeof(value));
	return 0;
}

static void
list_choices(const struct ush_choice *choices, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (; choices->text != NULL && used < size; choices++) {
		const char *joint = used == 0 ? "" : choices[1].text == NULL ? " or " : ", ";
		int len = snprintf(buf + used, size - used, "%s%s", joint, choices->text);

		used += len > 0 ? (size_t)len : 0;
	}
}

static int
read_enum(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *field, void *member, struct ush_error *err)
{
	const struct ush_choice *choice = find_choice(field->choices, ush_yaml_text(node));
	char words[200];

	if (choice == NULL) {
		list_choices(field->choices, words, sizeof(words));
		return ush_yaml_fail(yaml, node, err, "\"%s\" must be %s, not \"%s\"", field->key,
		    words, ush_yaml_text(node));
	}
	memcpy(member, &choice->value, sizeof(choice->value));
	return 0;
}

static int
read_scalar(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *field, void *member, struct ush_error *err)
{
	if (ush_yaml_text(node) == NULL)
		return ush_yaml_fail(yaml, node, err, "\"%s\" must be a single value, not a %s",
		    field->key, ush_yaml_is_list(node) ? "list" : "map");
	if (ush_yaml_is_null(node))
		return ush_yaml_fail(yaml, node, err,
		    "\"%s\" has no value; give one or leave the line out", field->key);
	switch (field->kind) {
	case USH_FIELD_BOOL:
		return read_bool(yaml, node, field, member, err);
	case USH_FIELD_UINT:
		return read_uint(yaml, node, field, member, err);
	case USH_FIELD_ENUM:
		return read_enum(yaml, node, field, member, err);
	default:
		return read_string(yaml, node, field, member, err);
	}
}

static int
read_list(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *field, void *member, struct ush_error *err)
{
	size_t *count = (void *)((char *)member + sizeof(void *));
	size_t wanted = ush_yaml_count(node);
	char *entries;

	if (!ush_yaml_is_list(node))
		return ush_yaml_fail(
		    yaml, node, err, "expected a list of {%s:, ...} entries", field->fields[0].key);
	if (wanted > field->max)
		return ush_yaml_fail(yaml, node, err, "more than %u entries", field->max);
	if (wanted == 0)
		return 0;
	if ((entries = calloc(wanted, field->size)) == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	memcpy(member, &entries, sizeof(entries));
	for (size_t i = 0; i < wanted; i++) {
		const struct ush_yaml_node *item = ush_yaml_item(node, i);
		unsigned line = ush_yaml_line(item);
		char *entry = entries + i * field->size;

		*count = i + 1;
		memcpy(entry, &line, sizeof(line));
		if (ush_yaml_read(yaml, item, field->fields, entry, err) != 0 ||
		    (field->check != NULL && field->check(yaml, item, entries, i + 1, err) != 0))
			return -1;
	}
	return 0;
}

static int
read_value(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *field, void *member, struct ush_error *err)
{
	if (field->kind == USH_FIELD_CUSTOM)
		return field->read(yaml, node, member, err);
	if (field->kind == USH_FIELD_LIST)
		return read_list(yaml, node, field, member, err);
	return read_scalar(yaml, node, field, member, err);
}

static int
read_fallback(
    const struct ush_yaml *yaml, const struct ush_field *field, void *member, struct ush_error *err)
{
	struct ush_yaml *fallback;
	int rc;

	if (field->fallback == NULL)
		return 0;
	if (ush_yaml_parse(
	        &fallback, ush_yaml_file(yaml), field->fallback, strlen(field->fallback), err) != 0)
		return -1;
	rc = read_value(fallback, ush_yaml_root(fallback), field, member, err);
	ush_yaml_free(fallback);
	return rc;
}

static int
read_field(const struct ush_yaml *yaml, const struct ush_yaml_node *map,
    const struct ush_field *field, void *out, struct ush_error *err)
{
	const struct ush_yaml_node *node = map != NULL ? ush_yaml_get(map, field->key) : NULL;
	void *member = (char *)out + field->offset;
	bool may_be_empty = field->kind == USH_FIELD_MAP || field->kind == USH_FIELD_LIST ||
	                    field->kind == USH_FIELD_CUSTOM;

	/* "module:" with all its lines commented out is no mistake. */
	if (node != NULL && may_be_empty && ush_yaml_is_null(node))
		node = NULL;
	if (node == NULL && field->required)
		return ush_yaml_fail(yaml, map, err, "\"%s\" is missing", field->key);
	if (field->kind == USH_FIELD_MAP)
		return ush_yaml_read(yaml, node, field->fields, member, err);
	if (node == NULL)
		return read_fallback(yaml, field, member, err);
	return read_value(yaml, node, field, member, err);
}

static bool
has_key(const struct ush_field *fields, const char *key)
{
	for (; fields->key != NULL; fields++) {
		if (strcmp(fields->key, key) == 0)
			return true;
	}
	return false;
}

int
ush_yaml_read(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *fields, void *out, struct ush_error *err)
{
	if (node != NULL && !ush_yaml_is_map(node))
		return ush_yaml_fail(yaml, node, err, "expected a map (lines of \"key: value\")");
	for (size_t i = 0; node != NULL && i < ush_yaml_count(node); i++) {
		const struct ush_yaml_node *value;
		const char *key = ush_yaml_key(node, i, &value);

		if (!has_key(fields, key))
			return unknown_key(yaml, value, key, fields, err);
	}
	for (; fields->key != NULL; fields++) {
		if (read_field(yaml, node, fields, out, err) != 0)
			return -1;
	}
	return 0;
}

int
ush_yaml_uint(const struct ush_yaml_node *node, uint32_t min, uint32_t max, uint32_t *value)
{
	const char *text = ush_yaml_text(node);
	uint64_t number = 0;

	if (text == NULL || *text == '\0')
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > max)
			return -1;
	}
	if (number < min)
		return -1;
	*value = (uint32_t)number;
	return 0;
}

static void
describe_range(FILE *to, const struct ush_field *field)
{
	char words[200];

	if (field->kind == USH_FIELD_UINT) {
		fprintf(to, "%u-%u", field->min, field->max);
	} else if (field->kind == USH_FIELD_STRING && field->max != 0) {
		fprintf(to, "%u-%u bytes", field->min, field->max);
	} else if (field->kind == USH_FIELD_ENUM) {
		list_choices(field->choices, words, sizeof(words));
		fputs(words, to);
	} else if (field->kind == USH_FIELD_BOOL) {
		fputs("true or false", to);
	}
}

const char *
ush_applied_text(enum ush_applied applied)
{
	static const char *const words[] = {
	    [USH_APPLIED_AT_ONCE] = "at once",
	    [USH_APPLIED_RELOAD] = "at a reload",
	    [USH_APPLIED_RESTART] = "at a restart",
	};

	return words[applied];
}

/* `list` is the list or map that these are the keys of one entry of; NULL: none. */
static void
describe(FILE *to, const char *prefix, const struct ush_field *fields, const struct ush_field *list)
{
	char key[128];

	for (; fields->key != NULL; fields++) {
		bool is_map = fields->kind == USH_FIELD_MAP;

		snprintf(key, sizeof(key), "%s%s", prefix, fields->key);
		if (!is_map) {
			fprintf(to, "%s\t%s\t", key,
			    fields->fallback != NULL ? fields->fallback
			    : fields->required       ? "(required)"
			                             : "");
			describe_range(to, fields);
			fprintf(to, "\t%s\t%s\n",
			    ush_applied_text(list != NULL ? list->applied : fields->applied),
			    fields->help != NULL ? fields->help : "");
		}
		if (fields->fields != NULL) {
			strncat(key, is_map ? "." : "[].", sizeof(key) - strlen(key) - 1);
			describe(to, key, fields->fields, is_map ? list : fields);
		}
	}
}

void
ush_yaml_describe(FILE *to, const char *prefix, const struct ush_field *fields)
{
	describe(to, prefix, fields, NULL);
}
