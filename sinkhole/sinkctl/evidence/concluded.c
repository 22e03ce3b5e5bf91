/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/evidence/concluded.h"

#include <string.h>
#include "sinkhole/sinkctl/reasons.h"

/* The word that programs know, and what it means. */
static void
write_fact(const struct ush_writing *writing, const char *word)
{
	ush_write_text(writing, word);
	for (unsigned i = 0; i < USH_FACTS; i++) {
		if (strcmp(ush_fact_text((enum ush_fact)i), word) != 0)
			continue;
		ush_write_raw(writing, "</th><td>");
		ush_write_text(writing, ush_word_of_fact(writing->language, (enum ush_fact)i));
		return;
	}
	ush_write_raw(writing, "</th><td>");
}

static void
write_facts(const struct ush_writing *writing, const json_t *call)
{
	const json_t *fact;
	char number[32];
	size_t i;

	ush_write_raw(writing, "<table>\n");
	json_array_foreach(json_object_get(call, "facts"), i, fact)
	{
		ush_write_raw(writing, "<tr><th>");
		write_fact(writing, ush_member_text(fact, "fact"));
		ush_write_raw(writing, "</td><td class=\"n\">");
		ush_write_text(writing, ush_number_text(number, ush_member_number(fact, "count")));
		ush_write_raw(writing, "</td><td>");
		ush_write_span(writing, fact);
		ush_write_raw(writing, "</td></tr>\n");
	}
	ush_write_raw(writing, "</table>");
}

/* "<title> a, b." if there is something in the list. */
static void
write_list(const struct ush_writing *writing, enum ush_label label, const json_t *array)
{
	const json_t *text;
	size_t i;

	if (json_array_size(array) == 0)
		return;
	ush_write_raw(writing, "<br>");
	ush_write_label(writing, label);
	json_array_foreach(array, i, text)
	{
		ush_write_raw(writing, " ");
		ush_write_text(writing, json_string_value(text));
		if (i + 1 < json_array_size(array))
			ush_write_raw(writing, ",");
		else
			ush_write_label(writing, USH_LABEL_STOP);
	}
}

/* "<b>INFECTED</b>: reason." */
static void
write_verdict(const struct ush_writing *writing, const json_t *verdict)
{
	ush_write_raw(writing, " <b>");
	ush_write_text(writing, ush_member_text(verdict, "call"));
	ush_write_raw(writing, "</b>: ");
	ush_write_text(
	    writing, ush_word_of_reason(writing->language, ush_member_text(verdict, "reason")));
	ush_write_label(writing, USH_LABEL_STOP);
}

/* Without it a call would read as if it were proved, or were of the host itself. */
static void
write_others(const struct ush_writing *writing, const json_t *call)
{
	const json_t *behind = json_object_get(call, "behind");

	if (behind != NULL) {
		ush_write_raw(writing, "<br>");
		ush_write_label(writing, USH_LABEL_BEHIND);
		write_verdict(writing, behind);
	}
	if (json_is_true(json_object_get(call, "claimed")))
		write_list(writing, USH_LABEL_CLAIMED, json_object_get(call, "claimed_by"));
	write_list(writing, USH_LABEL_NAMES, json_object_get(call, "names"));
	write_list(writing, USH_LABEL_PAGES, json_object_get(call, "pages"));
	if (ush_member_text(call, "role")[0] != '\0') {
		ush_write_raw(writing, "<br>");
		ush_write_label(writing, USH_LABEL_ROLE);
		ush_write_raw(writing, " ");
		ush_write_text(writing, ush_member_text(call, "role"));
		ush_write_label(writing, USH_LABEL_STOP);
	}
}

static void
write_real(const struct ush_writing *writing, const json_t *call)
{
	char number[32];

	ush_write_raw(writing, "<br>");
	if (!json_is_integer(json_object_get(call, "real"))) {
		ush_write_label(writing, USH_LABEL_REAL_UNKNOWN);
		return;
	}
	ush_write_label(
	    writing, USH_LABEL_REAL, ush_number_text(number, ush_member_number(call, "real")));
	write_list(writing, USH_LABEL_REAL_WERE, json_object_get(call, "real_addresses"));
}

static void
write_call(const struct ush_writing *writing, const json_t *call)
{
	const json_t *also;
	size_t i;

	ush_write_raw(writing, "<div class=\"call\">");
	ush_write_text(writing, ush_member_text(call, "campaign"));
	write_verdict(writing, call);
	ush_write_raw(writing, " (");
	ush_write_text(writing, ush_member_text(call, "why"));
	ush_write_raw(writing, ")");
	json_array_foreach(json_object_get(call, "also"), i, also)
	{
		ush_write_raw(writing, "<br>");
		ush_write_label(writing, USH_LABEL_ALSO);
		write_verdict(writing, also);
	}
	write_others(writing, call);
	write_real(writing, call);
	write_facts(writing, call);
	ush_write_raw(writing, "</div>\n");
}

/* Every member of each object that is a text or a number. */
static void
write_objects(const struct ush_writing *writing, enum ush_label label, const json_t *array)
{
	const json_t *object;
	const json_t *value;
	const char *key;
	char number[32];
	size_t i;

	if (json_array_size(array) == 0)
		return;
	ush_write_heading(writing, label);
	json_array_foreach(array, i, object)
	{
		ush_write_raw(writing, "<table class=\"one\">\n");
		json_object_foreach((json_t *)(uintptr_t)object, key, value)
		{
			if (json_is_string(value))
				ush_write_named(writing, key, json_string_value(value));
			else if (json_is_integer(value))
				ush_write_named(writing, key,
				    ush_number_text(number, (long long)json_integer_value(value)));
		}
		ush_write_raw(writing, "</table>\n");
	}
}

static void
write_rules(const struct ush_writing *writing, const json_t *rules)
{
	static const struct ush_member of_rule[] = {
	    {USH_LABEL_RULE, "rule"}, {USH_LABEL_CAMPAIGN, "campaign"}, {USH_LABEL_TIMES, "count"}};
	static const struct ush_member of_source[] = {{USH_LABEL_FEED, "file"},
	    {USH_LABEL_LINE, "line"}, {USH_LABEL_LISTED, "added"}, {USH_LABEL_RAW, "raw"},
	    {USH_LABEL_REMARK, "remark"}, {USH_LABEL_REPORT, "reference"},
	    {USH_LABEL_REPORT_LINE, "report_line"}};
	const json_t *rule;
	size_t i;

	if (json_array_size(rules) == 0)
		return;
	ush_write_heading(writing, USH_LABEL_RULES);
	json_array_foreach(rules, i, rule)
	{
		ush_write_raw(writing, "<table class=\"one\">\n");
		USH_WRITE_MEMBERS(writing, rule, of_rule);
		USH_WRITE_MEMBERS(writing, json_object_get(rule, "listed"), of_source);
		ush_write_raw(writing, "</table>\n");
	}
}

void
ush_write_concluded(const struct ush_writing *writing, const json_t *answer)
{
	const json_t *call;
	size_t i;

	ush_write_heading(writing, USH_LABEL_CONCLUDED);
	json_array_foreach(json_object_get(answer, "calls"), i, call) write_call(writing, call);
	write_objects(writing, USH_LABEL_MARKS, json_object_get(answer, "marks"));
	write_objects(writing, USH_LABEL_PROFILES, json_object_get(answer, "profiles"));
	write_rules(writing, json_object_get(answer, "rules"));
	write_objects(writing, USH_LABEL_REAL_GIVEN, json_object_get(answer, "real"));
}
