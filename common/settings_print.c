/* SPDX-License-Identifier: BSD-3-Clause */
/* settings_print.c - settings as they are understood, as YAML that means the same wherever it lies:
 * each value as the file or else the default has it, paths whole. */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/settings.h"
#include "common/settings_tables.h"

struct printer {
	yaml_emitter_t emitter;
	const char *file;
	enum ush_secrets secrets;
	bool has_failed;
};

/* `made` is what the function that made the event returned. */
static void
emit(struct printer *printer, yaml_event_t *event, int made)
{
	if (made != 1 || yaml_emitter_emit(&printer->emitter, event) != 1)
		printer->has_failed = true;
}

static void
put_scalar(struct printer *printer, const char *text, bool is_quoted)
{
	yaml_event_t event;

	emit(printer, &event,
	    yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)(uintptr_t)text,
	        (int)strlen(text), 1, 1,
	        is_quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE));
}

/* Words that would be something else than a text. The emitter quotes what is not legal plain. */
static void
put_text(struct printer *printer, const char *text)
{
	static const char *const words[] = {
	    "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
	bool is_word = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		is_word = is_word || strcasecmp(text, words[i]) == 0;
	put_scalar(printer, text, is_word);
}

static void
open_map(struct printer *printer, yaml_mapping_style_t style)
{
	yaml_event_t event;

	emit(printer, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style));
}

static void
close_map(struct printer *printer)
{
	yaml_event_t event;

	emit(printer, &event, yaml_mapping_end_event_initialize(&event));
}

static void put_node(struct printer *printer, const struct ush_field *fields,
    const struct ush_yaml_node *node, bool is_block);

static void
put_list(struct printer *printer, const struct ush_field *fields, const struct ush_yaml_node *list,
    bool is_block)
{
	yaml_event_t event;

	emit(printer, &event,
	    yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
	        is_block ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE));
	for (size_t i = 0; i < ush_yaml_count(list); i++)
		put_node(printer, fields, ush_yaml_item(list, i), false);
	emit(printer, &event, yaml_sequence_end_event_initialize(&event));
}

/* The row of a table that reads `key`; NULL if there is none. */
static const struct ush_field *
find_field(const struct ush_field *fields, const char *key)
{
	for (; fields != NULL && fields->key != NULL; fields++) {
		if (strcmp(fields->key, key) == 0)
			return fields;
	}
	return NULL;
}

static void
put_path(struct printer *printer, const char *path)
{
	char *whole = ush_settings_whole_path(printer->file, path);

	printer->has_failed = printer->has_failed || whole == NULL;
	put_text(printer, whole != NULL ? whole : "");
	free(whole);
}

/* "https://hooks.example.net/HIDDEN": chats have the secret in the path, others a password before the host.
 * As it is if there is neither. */
static void
put_host_of_url(struct printer *printer, const char *url)
{
	const char *scheme_end = strstr(url, "://");
	const char *begin = scheme_end != NULL ? scheme_end + strlen("://") : url;
	const char *end = begin + strcspn(begin, "/?#");
	const char *host = begin;
	char *hidden;

	for (const char *at = begin; at < end; at++) {
		if (*at == '@')
			host = at + 1;
	}
	if (scheme_end == NULL || (host == begin && *end == '\0')) {
		put_text(printer, url);
	} else if (asprintf(&hidden, "%.*s%.*s/HIDDEN", (int)(begin - url), url, (int)(end - host),
	               host) == -1) {
		printer->has_failed = true;
	} else {
		put_text(printer, hidden);
		free(hidden);
	}
}

/* `fields` is the table of the entries, if there is one: paths in them are written whole. */
static void
put_pairs(struct printer *printer, const struct ush_field *fields, const struct ush_yaml_node *map,
    bool is_block)
{
	open_map(printer, is_block ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE);
	for (size_t i = 0; i < ush_yaml_count(map); i++) {
		const struct ush_yaml_node *value;
		const char *key = ush_yaml_key(map, i, &value);
		const struct ush_field *field = find_field(fields, key);

		put_text(printer, key);
		if (field != NULL && field->read == ush_read_path)
			put_path(printer, ush_yaml_text(value));
		else if (field != NULL && field->is_secret &&
		         printer->secrets == USH_SECRETS_HIDDEN && ush_yaml_text(value) != NULL)
			put_host_of_url(printer, ush_yaml_text(value));
		else
			put_node(printer, fields, value, false);
	}
	close_map(printer);
}

static void
put_node(struct printer *printer, const struct ush_field *fields, const struct ush_yaml_node *node,
    bool is_block)
{
	if (ush_yaml_is_null(node))
		put_scalar(printer, "null", false);
	else if (ush_yaml_is_map(node))
		put_pairs(printer, fields, node, is_block);
	else if (ush_yaml_is_list(node))
		put_list(printer, fields, node, is_block);
	else
		put_text(printer, ush_yaml_text(node));
}

/* Entries that are maps get a line each. */
static bool
has_maps(const struct ush_yaml_node *node)
{
	for (size_t i = 0; ush_yaml_is_list(node) && i < ush_yaml_count(node); i++) {
		if (ush_yaml_is_map(ush_yaml_item(node, i)))
			return true;
	}
	return ush_yaml_is_map(node) && ush_yaml_count(node) > 0;
}

static void
put_value(struct printer *printer, const struct ush_field *field, const struct ush_yaml_node *node)
{
	put_text(printer, field->key);
	if (field->read == ush_read_path)
		put_path(printer, ush_yaml_text(node));
	else if (field->kind == USH_FIELD_STRING || ush_yaml_text(node) == NULL ||
	         field->kind == USH_FIELD_CUSTOM)
		put_node(printer, field->fields, node, has_maps(node));
	else
		put_scalar(printer, ush_yaml_text(node), false);
}

static int
put_fallback(struct printer *printer, const struct ush_field *field, struct ush_error *err)
{
	struct ush_yaml *fallback;

	if (field->fallback == NULL)
		return 0;
	if (ush_yaml_parse(
	        &fallback, printer->file, field->fallback, strlen(field->fallback), err) != 0)
		return -1;
	put_value(printer, field, ush_yaml_root(fallback));
	ush_yaml_free(fallback);
	return 0;
}

/* `observer` is written where the file has none. */
static int
put_fields(struct printer *printer, const struct ush_field *fields, const struct ush_yaml_node *map,
    const char *observer, struct ush_error *err)
{
	int rc = 0;

	open_map(printer, YAML_BLOCK_MAPPING_STYLE);
	for (; fields->key != NULL && rc == 0; fields++) {
		const struct ush_yaml_node *node =
		    map != NULL && ush_yaml_is_map(map) ? ush_yaml_get(map, fields->key) : NULL;

		if (fields->kind == USH_FIELD_MAP) {
			put_text(printer, fields->key);
			rc = put_fields(printer, fields->fields, node, NULL, err);
		} else if (node != NULL && !ush_yaml_is_null(node)) {
			put_value(printer, fields, node);
		} else if (observer != NULL && strcmp(fields->key, "observer") == 0) {
			put_text(printer, fields->key);
			put_text(printer, observer);
		} else {
			rc = put_fallback(printer, fields, err);
		}
	}
	close_map(printer);
	return rc;
}

static int
put_document(struct printer *printer, const struct ush_yaml *yaml,
    const struct ush_settings *settings, struct ush_error *err)
{
	yaml_event_t event;
	int rc;

	emit(printer, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(printer, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	rc = put_fields(printer, ush_settings_fields, ush_yaml_root(yaml), settings->observer, err);
	emit(printer, &event, yaml_document_end_event_initialize(&event, 1));
	emit(printer, &event, yaml_stream_end_event_initialize(&event));
	if (rc == 0 && printer->has_failed)
		return ush_fail(err, printer->file, 0, "the settings could not be written down");
	return rc;
}

int
ush_settings_print(FILE *to, const char *path, enum ush_secrets secrets, struct ush_error *err)
{
	struct printer printer = {.file = path, .secrets = secrets};
	struct ush_settings *settings = NULL;
	struct ush_yaml *yaml = NULL;
	int rc = -1;

	if (yaml_emitter_initialize(&printer.emitter) != 1)
		return ush_fail(err, path, 0, "out of memory");
	yaml_emitter_set_output_file(&printer.emitter, to);
	yaml_emitter_set_unicode(&printer.emitter, 1);
	yaml_emitter_set_width(&printer.emitter, -1);
	if (ush_settings_load(&settings, path, err) == 0 && ush_yaml_load(&yaml, path, err) == 0)
		rc = put_document(&printer, yaml, settings, err);
	yaml_emitter_delete(&printer.emitter);
	ush_yaml_free(yaml);
	ush_settings_free(settings);
	return rc;
}
