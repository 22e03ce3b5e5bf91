/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/evidence/writing.h"

#include <stdlib.h>
#include <string.h>
#include "common/html.h"

void
ush_write_text(const struct ush_writing *writing, const char *text)
{
	char *escaped = ush_html_escape(text != NULL ? text : "");

	if (escaped != NULL)
		fputs(escaped, writing->to);
	free(escaped);
}

void
ush_write_label_with(
    const struct ush_writing *writing, enum ush_label label, const char *const *values)
{
	const char *text = ush_label(writing->language, label);

	while (*text != '\0') {
		size_t plain = strcspn(text, "{");

		fwrite(text, 1, plain, writing->to);
		text += plain;
		if (*text == '{') {
			ush_write_text(writing, values[text[1] - '0']);
			text += strlen("{1}");
		}
	}
}

void
ush_write_heading(const struct ush_writing *writing, enum ush_label label)
{
	ush_write_raw(writing, "<h2>");
	ush_write_label(writing, label);
	ush_write_raw(writing, "</h2>\n");
}

static void
write_cells(const struct ush_writing *writing, const char *title, const char *value)
{
	if (value[0] == '\0')
		return;
	ush_write_raw(writing, "<tr><th>");
	ush_write_text(writing, title);
	ush_write_raw(writing, "</th><td>");
	ush_write_text(writing, value);
	ush_write_raw(writing, "</td></tr>\n");
}

void
ush_write_row(const struct ush_writing *writing, enum ush_label label, const char *value)
{
	write_cells(writing, ush_label(writing->language, label), value);
}

void
ush_write_count(const struct ush_writing *writing, enum ush_label label, long long value)
{
	char text[32];

	ush_write_row(writing, label, ush_number_text(text, value));
}

void
ush_write_named(const struct ush_writing *writing, const char *name, const char *value)
{
	write_cells(writing, name, value);
}

const char *
ush_number_text(char buf[32], long long number)
{
	snprintf(buf, 32, "%lld", number);
	return buf;
}

const char *
ush_member_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

long long
ush_member_number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

void
ush_write_members(const struct ush_writing *writing, const json_t *object,
    const struct ush_member *members, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(object, members[i].key);

		if (json_is_integer(value))
			ush_write_count(
			    writing, members[i].label, (long long)json_integer_value(value));
		else
			ush_write_row(
			    writing, members[i].label, ush_member_text(object, members[i].key));
	}
}

void
ush_write_span(const struct ush_writing *writing, const json_t *object)
{
	ush_write_label(writing, USH_LABEL_SPAN, ush_member_text(object, "first"),
	    ush_member_text(object, "last"));
}

void
ush_write_titles(const struct ush_writing *writing, const enum ush_label *labels, size_t count)
{
	ush_write_raw(writing, "<tr>");
	for (size_t i = 0; i < count; i++) {
		ush_write_raw(writing, "<th>");
		ush_write_label(writing, labels[i]);
		ush_write_raw(writing, "</th>");
	}
	ush_write_raw(writing, "</tr>\n");
}
