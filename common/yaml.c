/* SPDX-License-Identifier: BSD-3-Clause */
/* The tree. fields.c reads structs from it. */
#include "common/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define DEPTH_MAX 32
#define NODES_MAX \
	(2u << 20) /* a hostile file of 16 MiB could make far more of itself in memory \
	            */

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

/* Nodes lie in their parent's array, the root in the tree. */
struct ush_yaml_node {
	enum node_kind kind;
	bool is_null;      /* nothing, or a plain ~ or null */
	unsigned line;     /* of the value */
	unsigned key_line; /* of the key, in a map */
	char *key;         /* in a map, else NULL */
	char *text;        /* of a scalar */
	struct ush_yaml_node *items;
	size_t count;
	size_t room;
};

struct ush_yaml {
	char *file;
	struct ush_yaml_node root;
};

/* What the parse functions share. */
struct parse {
	yaml_parser_t parser;
	const char *file;
	const char *text;
	size_t len;
	unsigned nodes;
	struct ush_error *err;
};

static void
node_fini(struct ush_yaml_node *node)
{
	for (size_t i = 0; i < node->count; i++)
		node_fini(&node->items[i]);
	free(node->items);
	free(node->key);
	free(node->text);
}

static unsigned
event_line(const yaml_event_t *event)
{
	return (unsigned)event->start_mark.line + 1;
}

/* The commonest mistake deserves its own words: libyaml calls it a character that starts no token.
 */
static bool
line_starts_with_tab(const struct parse *parse, size_t line)
{
	const char *at = parse->text;
	const char *end = parse->text + parse->len;

	for (; line > 0 && at != NULL; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at != NULL)
			at++;
	}
	while (at != NULL && at < end && *at == ' ')
		at++;
	return at != NULL && at < end && *at == '\t';
}

static int
syntax_error(const struct parse *parse)
{
	const yaml_parser_t *parser = &parse->parser;
	size_t line = parser->problem_mark.line;

	if (parser->error == YAML_MEMORY_ERROR)
		return ush_fail(parse->err, parse->file, 0, "out of memory");
	if (parser->error == YAML_READER_ERROR) {
		line = 0;
		for (size_t i = 0; i < parser->problem_offset && i < parse->len; i++)
			line += parse->text[i] == '\n';
		return ush_fail(parse->err, parse->file, (unsigned)line + 1, "not UTF-8 text: %s",
		    parser->problem);
	}
	if (line_starts_with_tab(parse, line))
		return ush_fail(parse->err, parse->file, (unsigned)line + 1,
		    "a tab stands at the start of the line; indent with spaces");
	return ush_fail(parse->err, parse->file, (unsigned)line + 1, "not valid YAML: %s%s%s",
	    parser->context != NULL ? parser->context : "", parser->context != NULL ? ", " : "",
	    parser->problem);
}

static int
next_event(struct parse *parse, yaml_event_t *event)
{
	if (yaml_parser_parse(&parse->parser, event) != 1)
		return syntax_error(parse);
	return 0;
}

/* Anchors, aliases and tags make a file mean something else than it says. */
static int
refuse_extras(const struct parse *parse, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL;
	const yaml_char_t *tag = NULL;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	case YAML_ALIAS_EVENT:
		anchor = event->data.alias.anchor;
		break;
	default:
		break;
	}
	if (anchor != NULL)
		return ush_fail(parse->err, parse->file, event_line(event),
		    "anchors (&) and aliases (*) are not allowed; write the value out, or quote "
		    "it");
	if (tag != NULL)
		return ush_fail(parse->err, parse->file, event_line(event),
		    "tags (!) are not allowed; quote the value if it starts with one");
	return 0;
}

/* Take the scalar's text over. */
static int
scalar_text(const struct parse *parse, const yaml_event_t *event, char **text)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (memchr(value, '\0', len) != NULL) {
		ush_fail(parse->err, parse->file, event_line(event),
		    "a NUL inside a text is not allowed");
		return -1;
	}
	*text = strndup(value, len);
	if (*text == NULL)
		ush_fail(parse->err, parse->file, 0, "out of memory");
	return *text != NULL ? 0 : -1;
}

static struct ush_yaml_node *
add_item(struct parse *parse, struct ush_yaml_node *parent, const yaml_event_t *event)
{
	struct ush_yaml_node *items;
	size_t room = parent->room == 0 ? 4 : parent->room * 2;

	if (++parse->nodes > NODES_MAX) {
		ush_fail(parse->err, parse->file, event_line(event),
		    "more than %u values in one file", NODES_MAX);
		return NULL;
	}
	if (parent->count == parent->room) {
		items = reallocarray(parent->items, room, sizeof(*items));
		if (items == NULL) {
			ush_fail(parse->err, parse->file, 0, "out of memory");
			return NULL;
		}
		parent->items = items;
		parent->room = room;
	}
	items = &parent->items[parent->count++];
	*items = (struct ush_yaml_node){0};
	return items;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct ush_yaml_node *const *left = a;
	const struct ush_yaml_node *const *right = b;
	int order = strcmp((*left)->key, (*right)->key);

	return order != 0 ? order : (*left > *right) - (*left < *right);
}

/* By sorting: a hostile map may be long. */
static int
refuse_duplicates(const struct parse *parse, const struct ush_yaml_node *map)
{
	const struct ush_yaml_node **order;
	int rc = 0;

	if (map->count < 2)
		return 0;
	order = reallocarray(NULL, map->count, sizeof(*order));
	if (order == NULL)
		return ush_fail(parse->err, parse->file, 0, "out of memory");
	for (size_t i = 0; i < map->count; i++)
		order[i] = &map->items[i];
	qsort(order, map->count, sizeof(*order), compare_keys);
	for (size_t i = 1; i < map->count && rc == 0; i++) {
		if (strcmp(order[i - 1]->key, order[i]->key) == 0)
			rc = ush_fail(parse->err, parse->file, order[i]->key_line,
			    "key \"%s\" stands here a second time (first in line %u)",
			    order[i]->key, order[i - 1]->key_line);
	}
	free(order);
	return rc;
}

static int parse_node(
    struct parse *parse, const yaml_event_t *event, struct ush_yaml_node *node, unsigned depth);

static int
parse_list(struct parse *parse, struct ush_yaml_node *list, unsigned depth)
{
	for (;;) {
		struct ush_yaml_node *item;
		yaml_event_t event;
		int rc = -1;

		if (next_event(parse, &event) != 0)
			return -1;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		if ((item = add_item(parse, list, &event)) != NULL)
			rc = parse_node(parse, &event, item, depth);
		yaml_event_delete(&event);
		if (rc != 0)
			return -1;
	}
}

static int
parse_key(struct parse *parse, const yaml_event_t *event, struct ush_yaml_node *pair)
{
	if (refuse_extras(parse, event) != 0)
		return -1;
	if (event->type != YAML_SCALAR_EVENT)
		return ush_fail(parse->err, parse->file, event_line(event),
		    "a key must be a word, not a list or map; quote it if it starts with [ or {");
	pair->key_line = event_line(event);
	return scalar_text(parse, event, &pair->key);
}

static int
parse_map(struct parse *parse, struct ush_yaml_node *map, unsigned depth)
{
	for (;;) {
		struct ush_yaml_node *pair;
		yaml_event_t event;
		int rc = -1;

		if (next_event(parse, &event) != 0)
			return -1;
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return refuse_duplicates(parse, map);
		}
		if ((pair = add_item(parse, map, &event)) != NULL)
			rc = parse_key(parse, &event, pair);
		yaml_event_delete(&event);
		if (rc != 0 || next_event(parse, &event) != 0)
			return -1;
		rc = parse_node(parse, &event, pair, depth);
		yaml_event_delete(&event);
		if (rc != 0)
			return -1;
	}
}

static int
parse_node(
    struct parse *parse, const yaml_event_t *event, struct ush_yaml_node *node, unsigned depth)
{
	node->line = event_line(event);
	if (refuse_extras(parse, event) != 0)
		return -1;
	if (depth > DEPTH_MAX)
		return ush_fail(
		    parse->err, parse->file, node->line, "nested more than %d deep", DEPTH_MAX);
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		node->kind = NODE_SCALAR;
		if (scalar_text(parse, event, &node->text) != 0)
			return -1;
		node->is_null = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		                (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
		                    strcmp(node->text, "null") == 0);
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		node->kind = NODE_LIST;
		return parse_list(parse, node, depth + 1);
	case YAML_MAPPING_START_EVENT:
		node->kind = NODE_MAP;
		return parse_map(parse, node, depth + 1);
	default:
		return ush_fail(parse->err, parse->file, node->line, "not valid YAML here");
	}
}

static int
parse_document(struct parse *parse, struct ush_yaml_node *root)
{
	bool has_root = false;
	bool done = false;

	while (!done) {
		yaml_event_t event;
		int rc = 0;

		if (next_event(parse, &event) != 0)
			return -1;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
			done = true;
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (has_root)
				rc = ush_fail(parse->err, parse->file, event_line(&event),
				    "a second document (---) in one file is not allowed");
			break;
		default:
			has_root = true;
			rc = parse_node(parse, &event, root, 1);
		}
		yaml_event_delete(&event);
		if (rc != 0)
			return -1;
	}
	if (!has_root || root->is_null) {
		free(root->text);
		*root = (struct ush_yaml_node){.kind = NODE_MAP, .line = 1};
	}
	return 0;
}

/* Some editors put a byte order mark first. libyaml counts it as a column, so that the first key stands
 * deeper than the others. */
static size_t
mark_length(const char *text, size_t len)
{
	return len >= strlen(BYTE_ORDER_MARK) &&
	               memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0
	           ? strlen(BYTE_ORDER_MARK)
	           : 0;
}

int
ush_yaml_parse(
    struct ush_yaml **out, const char *file, const char *text, size_t len, struct ush_error *err)
{
	size_t mark = mark_length(text, len);
	struct parse parse = {.file = file, .text = text + mark, .len = len - mark, .err = err};
	struct ush_yaml *yaml;
	int rc;

	*out = NULL;
	if (len > USH_YAML_MAX_BYTES)
		return ush_fail(err, file, 0, "larger than %u bytes", USH_YAML_MAX_BYTES);
	yaml = calloc(1, sizeof(*yaml));
	if (yaml == NULL || (yaml->file = strdup(file)) == NULL ||
	    yaml_parser_initialize(&parse.parser) != 1) {
		ush_yaml_free(yaml);
		return ush_fail(err, file, 0, "out of memory");
	}
	yaml_parser_set_encoding(&parse.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parse.parser, (const unsigned char *)parse.text, parse.len);
	rc = parse_document(&parse, &yaml->root);
	yaml_parser_delete(&parse.parser);
	if (rc == 0)
		*out = yaml;
	else
		ush_yaml_free(yaml);
	return rc;
}

/* Read the whole of a file that is `size` long into buf, which holds one more. */
static int
read_all(int fd, const char *path, char *buf, size_t size, size_t *len, struct ush_error *err)
{
	for (*len = 0; *len <= size;) {
		ssize_t got = read(fd, buf + *len, size + 1 - *len);

		if (got == 0)
			return 0;
		if (got == -1 && errno != EINTR)
			return ush_fail_errno(err, path, "cannot read it");
		if (got > 0)
			*len += (size_t)got;
	}
	return ush_fail(err, path, 0, "it grew while it was read; try again");
}

char *
ush_yaml_text_of(const char *path, size_t *len, struct ush_error *err)
{
	struct stat st;
	char *text = NULL;
	int rc = -1;
	int fd;

	/* O_NONBLOCK: a named pipe must not hang the resolver. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1) {
		ush_fail_errno(err, path, "cannot open it");
		return NULL;
	}
	if (fstat(fd, &st) == -1)
		ush_fail_errno(err, path, "cannot read it");
	else if (!S_ISREG(st.st_mode))
		ush_fail(err, path, 0, "not a regular file");
	else if (st.st_size > (off_t)USH_YAML_MAX_BYTES)
		ush_fail(err, path, 0, "larger than %u bytes", USH_YAML_MAX_BYTES);
	else if ((text = malloc((size_t)st.st_size + 1)) == NULL)
		ush_fail(err, path, 0, "out of memory");
	else
		rc = read_all(fd, path, text, (size_t)st.st_size, len, err);
	close(fd);
	if (rc == 0)
		return text;
	free(text);
	return NULL;
}

int
ush_yaml_load(struct ush_yaml **out, const char *path, struct ush_error *err)
{
	size_t len;
	char *text = ush_yaml_text_of(path, &len, err);
	int rc;

	*out = NULL;
	if (text == NULL)
		return -1;
	rc = ush_yaml_parse(out, path, text, len, err);
	free(text);
	return rc;
}

void
ush_yaml_free(struct ush_yaml *yaml)
{
	if (yaml == NULL)
		return;
	node_fini(&yaml->root);
	free(yaml->file);
	free(yaml);
}

const char *
ush_yaml_file(const struct ush_yaml *yaml)
{
	return yaml->file;
}

const struct ush_yaml_node *
ush_yaml_root(const struct ush_yaml *yaml)
{
	return &yaml->root;
}

unsigned
ush_yaml_line(const struct ush_yaml_node *node)
{
	return node->line;
}

unsigned
ush_yaml_key_line(const struct ush_yaml_node *value)
{
	return value->key_line != 0 ? value->key_line : value->line;
}

bool
ush_yaml_is_map(const struct ush_yaml_node *node)
{
	return node->kind == NODE_MAP;
}

bool
ush_yaml_is_list(const struct ush_yaml_node *node)
{
	return node->kind == NODE_LIST;
}

bool
ush_yaml_is_null(const struct ush_yaml_node *node)
{
	return node->is_null;
}

const char *
ush_yaml_text(const struct ush_yaml_node *node)
{
	return node->text;
}

size_t
ush_yaml_count(const struct ush_yaml_node *node)
{
	return node->count;
}

const struct ush_yaml_node *
ush_yaml_item(const struct ush_yaml_node *list, size_t i)
{
	return &list->items[i];
}

const char *
ush_yaml_key(const struct ush_yaml_node *map, size_t i, const struct ush_yaml_node **value)
{
	if (value != NULL)
		*value = &map->items[i];
	return map->items[i].key;
}

const struct ush_yaml_node *
ush_yaml_get(const struct ush_yaml_node *map, const char *key)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++) {
		if (strcmp(map->items[i].key, key) == 0)
			return &map->items[i];
	}
	return NULL;
}

int
ush_yaml_fail(const struct ush_yaml *yaml, const struct ush_yaml_node *node, struct ush_error *err,
    const char *fmt, ...)
{
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return ush_fail(err, yaml->file, node != NULL ? node->line : 0, "%s", text);
}
