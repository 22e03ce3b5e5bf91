/* SPDX-License-Identifier: BSD-3-Clause */
/* settings_print.c - settings as they are understood, as YAML that means the same. Scalars come
 * from the struct; lists and maps as the file (or the default) has them. */
#include <string.h>

#include "common/settings.h"
#include "common/settings_tables.h"

struct printer {
	FILE *to;
	const char *file;
};

static bool
is_plain(const char *text)
{
	static const char *const words[] = {
	    "true", "false", "yes", "no", "on", "off", "y", "n", "null", NULL};
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                           "0123456789._/-";

	for (const char *const *word = words; *word != NULL; word++) {
		if (strcasecmp(text, *word) == 0)
			return false;
	}
	return text[0] != '\0' && text[0] != '-' && text[0] != '.' &&
	       text[strspn(text, safe)] == '\0';
}

static void
print_text(FILE *to, const char *text)
{
	if (is_plain(text)) {
		fputs(text, to);
		return;
	}
	fputc('"', to);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(to, "\\x%02x", c);
		else if (strncmp(text, "\xc2\x85", 2) == 0) /* a line's end in YAML */
			fprintf(to, "\\N"), text++;
		else if (strncmp(text, "\xe2\x80\xa8", 3) == 0 ||
		         strncmp(text, "\xe2\x80\xa9", 3) == 0)
			fprintf(to, text[2] == '\xa8' ? "\\L" : "\\P"), text += 2;
		else
			fputc(c, to);
	}
	fputc('"', to);
}

/* On one line. */
static void
print_node(FILE *to, const struct ush_yaml_node *node)
{
	bool map = ush_yaml_is_map(node);

	if (ush_yaml_is_null(node)) {
		fputs("null", to);
		return;
	}
	if (!map && !ush_yaml_is_list(node)) {
		print_text(to, ush_yaml_text(node));
		return;
	}
	fputc(map ? '{' : '[', to);
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		const struct ush_yaml_node *value = map ? NULL : ush_yaml_item(node, i);

		fputs(i > 0 ? ", " : "", to);
		if (map) {
			print_text(to, ush_yaml_key(node, i, &value));
			fputs(": ", to);
		}
		print_node(to, value);
	}
	fputc(map ? '}' : ']', to);
}

static bool
is_deep(const struct ush_yaml_node *node)
{
	for (size_t i = 0; ush_yaml_is_list(node) && i < ush_yaml_count(node); i++) {
		if (ush_yaml_is_map(ush_yaml_item(node, i)))
			return true;
	}
	return ush_yaml_is_map(node) && ush_yaml_count(node) > 0;
}

/* Entries that are maps get a line each. */
static void
print_value(FILE *to, const struct ush_yaml_node *node, int indent)
{
	bool map = ush_yaml_is_map(node);

	if (!is_deep(node)) {
		fputc(' ', to);
		print_node(to, node);
		fputc('\n', to);
		return;
	}
	fputc('\n', to);
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		const struct ush_yaml_node *value = map ? NULL : ush_yaml_item(node, i);

		fprintf(to, "%*s", indent + 2, "");
		if (map)
			print_text(to, ush_yaml_key(node, i, &value));
		fputs(map ? ": " : "- ", to);
		print_node(to, value);
		fputc('\n', to);
	}
}

static int
print_custom(const struct printer *printer, const struct ush_field *field,
    const struct ush_yaml_node *node, int indent, struct ush_error *err)
{
	struct ush_yaml *fallback = NULL;

	if (node != NULL && ush_yaml_is_null(node))
		node = NULL;
	if (node == NULL && field->fallback == NULL)
		return 0;
	if (node == NULL) {
		if (ush_yaml_parse(&fallback, printer->file, field->fallback,
		        strlen(field->fallback), err) != 0)
			return -1;
		node = ush_yaml_root(fallback);
	}
	fprintf(printer->to, "%*s%s:", indent, "", field->key);
	print_value(printer->to, node, indent);
	ush_yaml_free(fallback);
	return 0;
}

static const char *
choice_text(const struct ush_choice *choices, int value)
{
	while (choices->value != value)
		choices++;
	return choices->text;
}

static void
print_scalar(
    const struct printer *printer, const struct ush_field *field, const char *member, int indent)
{
	FILE *to = printer->to;
	const char *text = NULL;

	if (field->kind == USH_FIELD_STRING || field->kind == USH_FIELD_CUSTOM) {
		memcpy(&text, member, sizeof(text));
		if (text == NULL)
			return;
	}
	fprintf(to, "%*s%s: ", indent, "", field->key);
	if (field->kind == USH_FIELD_UINT) {
		uint32_t value;

		memcpy(&value, member, sizeof(value));
		fprintf(to, "%u", value);
	} else if (field->kind == USH_FIELD_BOOL) {
		fputs(*(const bool *)member ? "true" : "false", to);
	} else if (field->kind == USH_FIELD_ENUM) {
		int value;

		memcpy(&value, member, sizeof(value));
		fputs(choice_text(field->choices, value), to);
	} else {
		print_text(to, text);
	}
	fputc('\n', to);
}

static int
print_fields(const struct printer *printer, const struct ush_field *fields,
    const struct ush_yaml_node *map, const char *members, int indent, struct ush_error *err)
{
	for (; fields->key != NULL; fields++) {
		const struct ush_yaml_node *node =
		    map != NULL && ush_yaml_is_map(map) ? ush_yaml_get(map, fields->key) : NULL;
		const char *member = members + fields->offset;
		int rc = 0;

		if (fields->kind == USH_FIELD_MAP) {
			fprintf(printer->to, "%s:\n", fields->key);
			rc = print_fields(printer, fields->fields, node, member, indent + 2, err);
		} else if (fields->kind == USH_FIELD_CUSTOM && fields->read != ush_read_path) {
			rc = print_custom(printer, fields, node, indent, err);
		} else {
			print_scalar(printer, fields, member, indent);
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}

int
ush_settings_print(FILE *to, const char *path, struct ush_error *err)
{
	struct printer printer = {.to = to, .file = path};
	struct ush_settings *settings = NULL;
	struct ush_yaml *yaml = NULL;
	int rc = -1;

	if (ush_settings_load(&settings, path, err) == 0 && ush_yaml_load(&yaml, path, err) == 0)
		rc = print_fields(&printer, ush_settings_fields, ush_yaml_root(yaml),
		    (const char *)settings, 0, err);
	ush_yaml_free(yaml);
	ush_settings_free(settings);
	return rc;
}
