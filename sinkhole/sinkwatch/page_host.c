/* SPDX-License-Identifier: BSD-3-Clause */
/* One host: the calls with their reasons, and all that they rest on. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/machine_row.h"
#include "sinkhole/sinkctl/rules.h"
#include "sinkhole/sinkwatch/host_parts.h"
#include "sinkhole/sinkwatch/pages.h"
#include "sinkhole/store/instant.h"

/* Rows of one list on the page: the host says what is in most of them, and how many there are. */
#define ROWS_MAX 200

/* What the walks write with. */
struct part {
	struct ush_view *view;
	bool has_begun;
	size_t seen;
};

/* Whether the next row is on the page. */
static bool
has_room(struct part *part)
{
	return part->seen++ < ROWS_MAX;
}

static void
end_part(const struct part *part, const char *end)
{
	char number[24];

	if (part->has_begun)
		ush_html_put(&part->view->html, end, strlen(end));
	if (part->seen <= ROWS_MAX)
		return;
	snprintf(number, sizeof(number), "%zu", part->seen - ROWS_MAX);
	ush_html_raw(&part->view->html, "<p>");
	ush_view_say_public(part->view, USH_WORD_MORE, number);
	ush_html_raw(&part->view->html, "</p>\n");
}

static void
begin_once(struct part *part, enum ush_word heading)
{
	if (!part->has_begun)
		ush_view_heading(part->view, heading);
	part->has_begun = true;
}

/* A pair of a definition list; nothing for an empty value. */
static void
put_pair(struct ush_view *view, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	ush_html_raw(&view->html, "<dt>");
	ush_html_value(&view->html, key);
	ush_html_raw(&view->html, "</dt><dd>");
	ush_html_value(&view->html, value);
	ush_html_raw(&view->html, "</dd>");
}

static void
put_rhythm(struct ush_view *view, const struct ush_rhythm *rhythm)
{
	char visits[24];
	char period[USH_AGE_MAX];
	char deviation[USH_AGE_MAX];

	if (rhythm->visits < 3)
		return;
	snprintf(visits, sizeof(visits), "%llu", (unsigned long long)rhythm->visits);
	ush_html_raw(&view->html, "<small>");
	ush_view_say_public(view, USH_WORD_RHYTHM, visits,
	    ush_view_span(view, rhythm->period_ms, period),
	    ush_view_span(view, rhythm->deviation_ms, deviation));
	if (ush_rhythm_is_clock(rhythm)) {
		ush_html_raw(&view->html, " <strong>");
		ush_view_say(view, USH_WORD_REGULAR);
		ush_html_raw(&view->html, "</strong>");
	}
	ush_html_raw(&view->html, "</small>");
}

static void
put_facts(struct ush_view *view, const struct ush_host *host)
{
	ush_html_raw(&view->html, "<h3>");
	ush_view_say(view, USH_WORD_FACTS);
	ush_html_raw(&view->html, "</h3>\n<ul class=\"facts\">\n");
	for (unsigned fact = 0; fact < USH_FACTS; fact++) {
		const struct ush_tally *tally =
		    ush_tally_of(&host->known.facts, (enum ush_fact)fact);

		if (tally->count == 0)
			continue;
		ush_html_raw(&view->html, "<li>");
		ush_html_text(&view->html, ush_word_of_fact(view->language, (enum ush_fact)fact));
		ush_html_raw(&view->html, " <small>");
		ush_view_spans(
		    view, &(struct ush_span){tally->first_ms, tally->last_ms, tally->count});
		ush_html_raw(&view->html, "</small>");
		put_rhythm(view, &tally->rhythm);
		ush_html_raw(&view->html, "</li>\n");
	}
	ush_html_raw(&view->html, "</ul>\n");
}

static void
put_against(struct ush_view *view, const struct ush_row *row)
{
	ush_html_raw(&view->html, "<h3>");
	ush_view_say(view, USH_WORD_AGAINST);
	ush_html_raw(&view->html, "</h3>\n<ul class=\"facts\">");
	if (ush_view_against(view, row) == 0) {
		ush_html_raw(&view->html, "<li>");
		ush_view_say(view, USH_WORD_AGAINST_NONE);
		ush_html_raw(&view->html, "</li>");
	}
	ush_html_raw(&view->html, "</ul>\n");
}

/* Whether it was ever given the real address of a listed name; which ones stands below. */
static void
put_real(struct ush_view *view, const struct ush_host *host)
{
	if (host->real > 0 || host->known.claimed)
		return;
	ush_html_raw(&view->html, "<p class=\"real\"><small>");
	if (host->dns > 0 && ush_tally_of(&host->known.facts, USH_FACT_DNS_OTHER)->count == 0)
		ush_view_say(view, USH_WORD_REAL_NONE);
	else
		ush_view_say(view, USH_WORD_REAL_UNKNOWN);
	ush_html_raw(&view->html, "</small></p>\n");
}

/* One row of the table of hosts, with all that is true of it. */
static void
put_case(struct ush_view *view, const struct ush_host *host)
{
	const struct ush_verdict *worst = &host->verdicts.items[0];
	struct ush_row row;

	ush_row_borrow(&row, host, view->command);
	ush_html_raw(&view->html, "<section class=\"case ");
	ush_html_text(&view->html, ush_call_text(worst->call));
	ush_html_raw(&view->html, "\"><h2>");
	ush_view_call(view, worst->call);
	ush_html_raw(&view->html, " <small>");
	ush_html_text(&view->html, worst->why);
	ush_html_raw(&view->html, "</small>");
	if (host->campaign[0] != '\0') {
		ush_html_raw(&view->html, " <a class=\"campaign\"");
		ush_view_href(view, "/campaign/", host->campaign);
		ush_html_raw(&view->html, ">");
		ush_html_public(&view->html, host->campaign);
		ush_html_raw(&view->html, "</a>");
	}
	ush_html_raw(&view->html, "</h2>\n<p class=\"reason\">");
	ush_html_text(&view->html, ush_word_of_reason(view->language, worst->reason));
	ush_html_raw(&view->html, "</p>\n");
	ush_view_case(view, &row.status);
	put_facts(view, host);
	put_against(view, &row);
	put_real(view, host);
	ush_html_raw(&view->html, "</section>\n");
}

static void
put_details(struct ush_view *view, const char *text)
{
	json_t *details = json_loads(text, 0, NULL);
	const char *key;
	json_t *value;

	json_object_foreach(details, key, value)
	{
		if (json_is_string(value))
			put_pair(view, key, json_string_value(value));
	}
	json_decref(details);
}

static void
put_family(struct ush_view *view, const char *family)
{
	ush_html_raw(&view->html, "<dt>");
	ush_view_say(view, USH_WORD_FAMILY);
	ush_html_raw(&view->html, "</dt><dd>");
	ush_html_public(&view->html, family);
	ush_html_raw(&view->html, "</dd>");
}

static void
put_profile_texts(struct ush_view *view, const struct ush_profile *profile)
{
	put_details(view, profile->details);
	put_pair(view, ush_word(view->language, USH_WORD_FIELDS), profile->fields);
	put_pair(view, ush_word(view->language, USH_WORD_CHANNEL), profile->channel);
	put_pair(view, ush_word(view->language, USH_WORD_TEXT), profile->text);
}

static int
put_profile(void *arg, uint64_t id, const struct ush_profile *profile, const struct ush_span *span)
{
	struct part *part = arg;
	struct ush_view *view = part->view;

	(void)id;
	if (!has_room(part))
		return 0;
	begin_once(part, USH_WORD_PROFILE);
	ush_html_raw(&view->html, "<dl class=\"profile\">");
	ush_html_raw(&view->html, "<dt>");
	ush_view_say(view, USH_WORD_PROFILE_SEEN);
	ush_html_raw(&view->html, "</dt><dd>");
	ush_view_spans(view, span);
	ush_html_raw(&view->html, "</dd>");
	put_family(view, profile->family);
	if (!view->html.is_covered) /* all else is about one machine */
		put_profile_texts(view, profile);
	ush_html_raw(&view->html, "</dl>\n");
	return 0;
}

/* One text of a source on a line of its own; nothing for an empty one. */
static void
put_source_text(struct ush_view *view, enum ush_word word, const char *text)
{
	if (text[0] == '\0')
		return;
	ush_html_raw(&view->html, "<br>");
	ush_view_say_public(view, word, text);
}

/* What the list says is the same for everyone. */
static void
put_source(struct ush_view *view, const struct ush_source *source)
{
	char line[24];

	snprintf(line, sizeof(line), "%lu", (unsigned long)source->line);
	ush_view_say_public(view, USH_WORD_SOURCE_LINE, source->feed, source->file, line);
	if (source->report_line != 0) {
		snprintf(line, sizeof(line), "%lu", (unsigned long)source->report_line);
		ush_html_raw(&view->html, "<br>");
		ush_view_say_public(view, USH_WORD_SOURCE_REPORT, line, source->reference);
	}
	put_source_text(view, USH_WORD_LISTED_SINCE, source->added);
	put_source_text(view, USH_WORD_EXPIRES, source->expires);
	put_source_text(view, USH_WORD_CONFIDENCE, source->confidence);
	put_source_text(view, USH_WORD_WRITTEN_AS, source->raw);
	put_source_text(view, USH_WORD_REMARK, source->remark);
}

static int
put_rule(void *arg, const char *rule, const char *campaign, uint64_t feed_line,
    const struct ush_span *span)
{
	struct part *part = arg;
	struct ush_view *view = part->view;
	const struct ush_blocklist *list = view->overview->list;
	struct ush_source source;

	(void)campaign;
	(void)feed_line;
	if (!has_room(part))
		return 0;
	if (!part->has_begun) {
		ush_view_heading(view, USH_WORD_RULES);
		ush_html_raw(&view->html, "<table class=\"rules\"><thead><tr><th scope=\"col\">");
		ush_view_say(view, USH_WORD_RULE);
		ush_html_raw(&view->html, "</th><th scope=\"col\">");
		ush_view_say(view, USH_WORD_SOURCE);
		ush_html_raw(&view->html, "</th></tr></thead><tbody>\n");
	}
	part->has_begun = true;
	ush_html_raw(&view->html, "<tr><td><code>");
	ush_html_public(&view->html, rule);
	ush_html_raw(&view->html, "</code><small>");
	ush_view_spans(view, span);
	ush_html_raw(&view->html, "</small></td><td>");
	if (list != NULL && ush_rule_find(list, rule, &source) == 0)
		put_source(view, &source);
	else
		ush_view_say(view, USH_WORD_SOURCE_GONE);
	ush_html_raw(&view->html, "</td></tr>\n");
	return 0;
}

static int
put_claim(void *arg, const char *claimed, const char *host, const struct ush_span *span)
{
	struct part *part = arg;
	char alias[USH_ALIAS_MAX];
	struct ush_view *view = part->view;

	if (!has_room(part))
		return 0;
	if (!part->has_begun) {
		ush_view_heading(view, USH_WORD_CLAIMS);
		ush_html_raw(&view->html, "<ul class=\"facts\">");
	}
	part->has_begun = true;
	ush_html_raw(&view->html, "<li>");
	if (strcmp(host, view->command->host) == 0)
		ush_view_say_public(
		    view, USH_WORD_IT_NAMED, ush_view_named(view, USH_ALIAS_HOST, claimed, alias));
	else
		ush_view_say_public(
		    view, USH_WORD_NAMED_IT, ush_view_named(view, USH_ALIAS_HOST, host, alias));
	ush_html_raw(&view->html, " <small>");
	ush_view_spans(view, span);
	ush_html_raw(&view->html, "</small></li>\n");
	return 0;
}

static int
put_given(void *arg, const char *campaign, const char *name, const char *addresses,
    const struct ush_span *span)
{
	struct part *part = arg;
	struct ush_view *view = part->view;

	(void)campaign;
	if (!has_room(part))
		return 0;
	if (!part->has_begun) {
		ush_view_heading(view, USH_WORD_REAL);
		ush_html_raw(&view->html, "<ul class=\"facts given\">");
	}
	part->has_begun = true;
	ush_html_raw(&view->html, "<li>");
	ush_view_say(view, USH_WORD_REAL_GIVEN, name, addresses);
	ush_html_raw(&view->html, " <small>");
	ush_view_spans(view, span);
	ush_html_raw(&view->html, "</small></li>\n");
	return 0;
}

static int
put_details_of_host(struct ush_view *view, struct ush_error *err)
{
	struct ush_store *store = view->command->store;
	const char *host = view->command->host;
	struct part profiles = {.view = view};
	struct part rules = {.view = view};
	struct part claims = {.view = view};
	struct part given = {.view = view};

	if (ush_real_each(store, host, put_given, &given, err) != 0)
		return -1;
	end_part(&given, "</ul>\n");
	if (ush_profiles_each(store, host, put_profile, &profiles, err) != 0)
		return -1;
	end_part(&profiles, "");
	if (ush_view_plot(view, host, err) != 0 ||
	    ush_rules_each(store, host, put_rule, &rules, err) != 0)
		return -1;
	end_part(&rules, "</tbody></table>\n");
	if (ush_claims_each(store, host, put_claim, &claims, err) != 0)
		return -1;
	end_part(&claims, "</ul>\n");
	return ush_view_timeline(view, host, err);
}

static void
put_unseen(struct ush_view *view)
{
	char alias[USH_ALIAS_MAX];
	const char *host = ush_view_named(view, USH_ALIAS_HOST, view->command->host, alias);

	ush_html_raw(&view->html, "<p class=\"nothing\">");
	if (ush_view_is_looking(view))
		ush_view_say_public(view, USH_WORD_NOT_SEEN, host);
	else
		ush_view_say_public(view, USH_WORD_NOT_SEEN_BLIND, host);
	ush_html_raw(&view->html, "</p>\n");
}

static void
put_known(struct ush_view *view, const struct ush_machine *machine)
{
	const struct {
		enum ush_alias_kind kind;
		const char *text;
	} parts[] = {
	    {USH_ALIAS_NAME, machine->name},
	    {USH_ALIAS_HARDWARE, machine->hardware},
	    {USH_ALIAS_PERSON, machine->owner},
	    {USH_ALIAS_PLACE, machine->place},
	    {USH_ALIAS_ASSET, machine->asset},
	};
	char alias[USH_ALIAS_MAX];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].text[0] == '\0')
			continue;
		ush_html_raw(&view->html, "<span>");
		ush_html_public(
		    &view->html, ush_view_named(view, parts[i].kind, parts[i].text, alias));
		ush_html_raw(&view->html, "</span> ");
	}
}

/* By which a responder may speak of the host with those who must not know which it is. */
static void
put_alias(struct ush_view *view)
{
	char alias[USH_ALIAS_MAX];

	if (view->aliases == NULL || view->html.is_covered)
		return;
	ush_html_raw(&view->html, " <small>");
	ush_view_say_public(view, USH_WORD_VIEWERS_SEE,
	    ush_alias_of(view->aliases, USH_ALIAS_HOST, view->command->host, alias));
	ush_html_raw(&view->html, "</small>");
}

/* The machine that had the address all the time: name, owner, place, number; else those that had it
 * one after the other. */
static void
put_machine(struct ush_view *view, const struct ush_hosts *hosts)
{
	const struct ush_command *command = view->command;
	const struct ush_host all = ush_hosts_together(hosts, command->host);
	struct ush_machine machine;
	char machines[USH_MACHINES_TEXT_MAX];

	ush_html_raw(&view->html, "<p class=\"machine\">");
	if (ush_host_machine(command, &all, &machine)) {
		put_known(view, &machine);
	} else if (ush_machines_text(
	               machines, command, command->host, all.first_ms, all.last_ms)[0] != '\0') {
		ush_html_value(&view->html, machines);
	} else {
		ush_view_say(view, USH_WORD_UNKNOWN_NAME);
	}
	put_alias(view);
	ush_html_raw(&view->html, "</p>\n");
}

int
ush_page_host(struct ush_view *view, const char *subject, struct ush_error *err)
{
	const struct ush_command *command = view->command;
	char alias[USH_ALIAS_MAX];
	const char *shown = ush_view_named(view, USH_ALIAS_HOST, command->host, alias);
	struct ush_hosts hosts;
	int rc = 0;

	(void)subject; /* command->host is its one form */
	if (ush_hosts_find(&hosts, command->store, command->settings, command->host, err) != 0)
		return -1;
	ush_view_begin(view,
	    &(struct ush_frame){
	        .title = shown, .json_path = "/host/", .json_about = shown, .nav = USH_WORDS});
	put_machine(view, &hosts);
	if (hosts.count == 0)
		put_unseen(view);
	for (size_t i = 0; i < hosts.count; i++)
		put_case(view, &hosts.items[i]);
	ush_view_marks(view);
	if (hosts.count > 0 && !view->html.is_covered)
		rc = ush_view_exception(view, err);
	if (rc == 0)
		rc = put_details_of_host(view, err);
	if (rc == 0 && !view->html.is_covered)
		ush_view_bytes(view, command->host);
	ush_view_end(view);
	ush_hosts_fini(&hosts);
	return rc;
}
