/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/host_page.h"

#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/case_row.h"
#include "sinkhole/sinkctl/header.h"
#include "sinkhole/sinkctl/host_row.h"
#include "sinkhole/sinkctl/machine_row.h"
#include "sinkhole/sinkctl/rules.h"
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/store/instant.h"
#include "sinkhole/store/timeline.h"

/* What the walks print with. */
struct text_page {
	const struct ush_command *command;
	const struct ush_blocklist *list;
	bool begun; /* the section has its title */
};

static const char *
span_text(const struct ush_command *command, const struct ush_span *span, char buf[160])
{
	char first[USH_WHEN_MAX];
	char last[USH_WHEN_MAX];

	ush_when_long(first, span->first_ms, command->now_ms);
	ush_when_long(last, span->last_ms, command->now_ms);
	if (span->count == 1)
		snprintf(buf, 160, "once, %s", first);
	else
		snprintf(
		    buf, 160, "%llu times, %s to %s", (unsigned long long)span->count, first, last);
	return buf;
}

static void
begin_section(struct text_page *page, const char *title)
{
	if (!page->begun)
		printf("\n%s\n", title);
	page->begun = true;
}

/* "  key        value"; nothing for an empty value. */
static void
print_field(const struct text_page *page, const char *key, const char *value)
{
	char line[2048];

	if (value[0] == '\0')
		return;
	snprintf(line, sizeof(line), "%-10s %s", key, value);
	ush_print_wrapped(page->command, 4, 15, line);
}

static void
print_fact(const struct text_page *page, enum ush_fact fact, const struct ush_tally *tally)
{
	const struct ush_span when = {tally->first_ms, tally->last_ms, tally->count};
	char line[1024];
	char span[160];
	char rhythm[256];

	snprintf(line, sizeof(line), "- it %s: %s", ush_fact_phrase(fact),
	    span_text(page->command, &when, span));
	ush_print_wrapped(page->command, 4, 6, line);
	if (ush_rhythm_text(rhythm, &tally->rhythm)[0] != '\0')
		ush_print_wrapped(page->command, 6, 8, rhythm);
}

/* Why its column REAL says "?". */
static void
print_unknown(const struct text_page *page, const struct ush_host *host)
{
	uint64_t elsewhere = ush_tally_of(&host->known.facts, USH_FACT_DNS_OTHER)->count;
	unsigned long long asked = (unsigned long long)host->dns;
	char line[512];

	if (host->real > 0 || host->known.claimed)
		return;
	if (asked == 0)
		snprintf(line, sizeof(line),
		    "Whether it was ever given a real address is not known: no question of it is on "
		    "record.");
	else if (elsewhere == 0)
		snprintf(line, sizeof(line),
		    "None of its questions on record (%llu) was answered with a real address. What it "
		    "was given before the name was listed, or by another resolver, is not known.",
		    asked);
	else
		snprintf(line, sizeof(line),
		    "Whether it was ever given a real address is not known: %llu of its questions (%llu) "
		    "were not sent here, and with which addresses is not on record.",
		    (unsigned long long)elsewhere, asked);
	ush_print_wrapped(page->command, 2, 4, line);
}

/* One row of `sinkctl hosts`: all that is true of it, the worst first. */
static void
print_call(const struct text_page *page, const struct ush_host *host)
{
	struct ush_case_status status =
	    ush_case_of(&page->command->marks, page->command->identities, host);
	char said[USH_CASE_TEXT_MAX];
	char note[USH_HOST_NOTE_MAX];
	char line[1024];

	for (size_t i = 0; i < host->verdicts.count; i++) {
		const struct ush_verdict *verdict = &host->verdicts.items[i];

		snprintf(line, sizeof(line), "%s%s (%s)%s%s", i > 0 ? "also " : "",
		    ush_call_text(verdict->call), verdict->why,
		    host->campaign[0] != '\0' ? ", campaign " : "", host->campaign);
		ush_print_wrapped(page->command, 0, 2, line);
		snprintf(line, sizeof(line), "%s.", verdict->reason);
		ush_print_wrapped(page->command, 2, 4, line);
	}
	ush_print_wrapped(page->command, 2, 4, ush_host_note(note, host));
	print_unknown(page, host);
	ush_print_wrapped(page->command, 2, 4, ush_case_text(said, page->command, &status));
	for (unsigned fact = 0; fact < USH_FACTS; fact++) {
		const struct ush_tally *tally =
		    ush_tally_of(&host->known.facts, (enum ush_fact)fact);

		if (tally->count > 0)
			print_fact(page, (enum ush_fact)fact, tally);
	}
}

static void
print_calls(const struct text_page *page, const struct ush_hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++) {
		printf("\n");
		print_call(page, &hosts->items[i]);
	}
}

/* All that was ever said of the host. */
static void
print_marks(struct text_page *page)
{
	size_t count;
	const struct ush_mark *marks =
	    ush_marks_of(&page->command->marks, page->command->host, &count);
	char text[USH_CASE_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		begin_section(page, "What was said of it");
		ush_print_wrapped(
		    page->command, 2, 4, ush_mark_text(text, page->command, &marks[i]));
	}
}

static void
print_details(const struct text_page *page, const char *text)
{
	json_t *details = json_loads(text, 0, NULL);
	const char *key;
	json_t *value;

	json_object_foreach(details, key, value) print_field(page, key, json_string_value(value));
	json_decref(details);
}

static int
print_profile(
    void *arg, uint64_t id, const struct ush_profile *profile, const struct ush_span *span)
{
	struct text_page *page = arg;
	char times[160];

	(void)id;
	if (page->begun)
		printf("\n");
	begin_section(page, "Decoded profile of the machine, as the malware reports it");
	print_field(page, "seen", span_text(page->command, span, times));
	print_field(page, "family", profile->family);
	print_details(page, profile->details);
	print_field(page, "also", profile->fields);
	print_field(page, "sent in", profile->channel);
	print_field(page, "text", profile->text);
	return 0;
}

static void
print_source(const struct text_page *page, const struct ush_source *source)
{
	char line[1024];
	char age[USH_WHEN_MAX];
	char since[32];
	uint64_t added;

	snprintf(since, sizeof(since), "%.10sT00:00:00Z", source->added);
	if (ush_instant_from_text(&added, since) == 0)
		snprintf(line, sizeof(line), "%s, %s ago%s%s", source->added,
		    ush_when_age(age, added, page->command->now_ms),
		    source->expires[0] != '\0' ? ", expires " : "", source->expires);
	else
		snprintf(line, sizeof(line), "%s", source->added);
	print_field(page, "listed", line);
	snprintf(line, sizeof(line), "%s, %s line %lu", source->feed, source->file,
	    (unsigned long)source->line);
	print_field(page, "feed", line);
	if (source->report_line != 0) {
		snprintf(line, sizeof(line), "line %lu%s%s", (unsigned long)source->report_line,
		    source->reference[0] != '\0' ? " of " : "", source->reference);
		print_field(page, "report", line);
	}
	print_field(page, "written as", source->raw);
	print_field(page, "confidence", source->confidence);
	print_field(page, "remark", source->remark);
}

static int
print_rule(void *arg, const char *rule, const char *campaign, uint64_t feed_line,
    const struct ush_span *span)
{
	struct text_page *page = arg;
	const char *listed = strchr(rule, '/');
	struct ush_source source;
	char line[1024];
	char times[160];

	begin_section(page, "Rules it met, the weightiest first");
	snprintf(line, sizeof(line), "%s%s%s", listed != NULL ? listed + 1 : rule,
	    campaign[0] != '\0' ? ", campaign " : "", campaign);
	ush_print_wrapped(page->command, 2, 4, line);
	print_field(page, "met", span_text(page->command, span, times));
	if (page->list != NULL && ush_rule_find(page->list, rule, &source) == 0) {
		print_source(page, &source);
		return 0;
	}
	if (feed_line != 0)
		snprintf(line, sizeof(line), "%.*s, line %llu",
		    listed != NULL ? (int)(listed - rule) : 0, rule, (unsigned long long)feed_line);
	else
		snprintf(
		    line, sizeof(line), "%.*s", listed != NULL ? (int)(listed - rule) : 0, rule);
	print_field(page, "feed", line);
	print_field(page, "remark",
	    page->list == NULL ? "the list cannot be read on this machine"
	                       : "not in the list on this machine (any more)");
	return 0;
}

static int
print_claim(void *arg, const char *claimed, const char *host, const struct ush_span *span)
{
	struct text_page *page = arg;
	char line[512];
	char times[160];

	begin_section(page, "Addresses named beside a source address (claimed, not proved)");
	if (strcmp(host, page->command->host) == 0)
		snprintf(line, sizeof(line), "it named %s: %s", claimed,
		    span_text(page->command, span, times));
	else
		snprintf(line, sizeof(line), "%s named this host: %s", host,
		    span_text(page->command, span, times));
	ush_print_wrapped(page->command, 2, 4, line);
	return 0;
}

static int
print_given(void *arg, const char *campaign, const char *name, const char *addresses,
    const struct ush_span *span)
{
	struct text_page *page = arg;
	char line[1024];
	char times[160];

	(void)campaign;
	begin_section(page, "Real addresses of listed names that it was given");
	snprintf(line, sizeof(line), "%s, %s: %s", name, addresses,
	    span_text(page->command, span, times));
	ush_print_wrapped(page->command, 2, 4, line);
	return 0;
}

/* Once for each rule. */
static void
print_asked_before(struct text_page *page, const struct ush_hunt *hunt)
{
	for (size_t i = 0; hunt != NULL && i < hunt->answer.count; i++) {
		const struct ush_passive_found *found = &hunt->answer.items[i];
		char first[USH_HUNT_HOUR_MAX];
		char last[USH_HUNT_HOUR_MAX];
		char line[USH_NAME_TEXT_MAX + 256];
		struct ush_source source;

		if (ush_blocklist_source(page->list, found->number, &source) != 0)
			continue;
		begin_section(page, "Asked for before it was listed (passive record)");
		snprintf(line, sizeof(line), "%s%s: in the hour from %s%s%s%s",
		    found->itself ? "" : "a name below ", source.trigger,
		    ush_hunt_hour(first, found->first_ms),
		    found->last_ms != found->first_ms ? ", last from " : "",
		    found->last_ms != found->first_ms ? ush_hunt_hour(last, found->last_ms) : "",
		    found->is_real ? "; it was given a real address" : "");
		ush_print_wrapped(page->command, 2, 4, line);
	}
}

/* "  23:11:16  dns-sinkhole: www.example.jp A, 3 times until 23:20:01" */
static void
print_moment(const struct text_page *page, const struct ush_sighting *sighting)
{
	char line[4096];
	char first[USH_WHEN_MAX];
	char last[USH_WHEN_MAX];
	char repeat[128] = "";

	ush_when_long(first, sighting->span.first_ms, page->command->now_ms);
	ush_when_long(last, sighting->span.last_ms, page->command->now_ms);
	if (sighting->span.count > 1)
		snprintf(repeat, sizeof(repeat), ", %llu times until %s",
		    (unsigned long long)sighting->span.count, last);
	snprintf(line, sizeof(line), "%s  %s: %s%s%s%s%s%s", first, sighting->action,
	    sighting->detail, sighting->proxy[0] != '\0' ? ", through proxy " : "", sighting->proxy,
	    sighting->other[0] == '\0' ? ""
	    : sighting->claimed        ? ", as claimed by "
	                               : ", for ",
	    sighting->other, repeat);
	ush_print_wrapped(page->command, 2, 6, line);
}

static int
print_sighting(void *arg, const struct ush_sighting *sighting)
{
	struct text_page *page = arg;
	char marks[USH_EVIDENCE_TEXT_MAX];
	char line[2048];

	begin_section(page, "Timeline");
	print_moment(page, sighting);
	ush_evidence_to_text(sighting->marks, marks);
	if (marks[0] != '\0' || sighting->mark_words[0] != '\0') {
		snprintf(line, sizeof(line), "%s%s%s%s", marks,
		    sighting->mark_words[0] != '\0' ? " (" : "", sighting->mark_words,
		    sighting->mark_words[0] != '\0' ? ")" : "");
		ush_print_wrapped(page->command, 6, 8, line);
	}
	if (sighting->agent[0] != '\0') {
		snprintf(line, sizeof(line), "User-Agent: %s", sighting->agent);
		ush_print_wrapped(page->command, 6, 8, line);
	}
	if (sighting->page[0] != '\0') {
		snprintf(line, sizeof(line), "sent by a web page, origin: %s", sighting->page);
		ush_print_wrapped(page->command, 6, 8, line);
	}
	return 0;
}

static void
print_title(
    const struct text_page *page, const struct ush_hosts *hosts, const struct ush_sensors *sensors)
{
	const char *host = page->command->host;
	struct ush_host all = ush_hosts_together(hosts, host);
	struct ush_machine machine;
	struct ush_address address;
	enum ush_role_kind role = USH_ROLE_NONE;
	char machines[USH_MACHINES_TEXT_MAX];
	char line[2048];

	if (ush_address_from_text(&address, host) == 0)
		role = ush_host_role(page->command->settings, &address);
	if (!ush_host_machine(page->command, &all, &machine))
		machine = (struct ush_machine){"", "name not known", "", "", ""};
	snprintf(line, sizeof(line), "%s, %s%s%s%s%s%s%s%s%s%s%s", host, machine.name,
	    machine.hardware[0] != '\0' ? ", " : "", machine.hardware,
	    machine.owner[0] != '\0' ? ", owner " : "", machine.owner,
	    machine.place[0] != '\0' ? ", place " : "", machine.place,
	    machine.asset[0] != '\0' ? ", asset " : "", machine.asset,
	    role != USH_ROLE_NONE ? ", role " : "",
	    role != USH_ROLE_NONE ? ush_role_text(role) : "");
	ush_print_wrapped(page->command, 0, 2, line);
	if (ush_machines_text(machines, page->command, host, all.first_ms, all.last_ms)[0] !=
	    '\0') {
		snprintf(line, sizeof(line),
		    "This address was %s. Give a machine's name, or --since and --until, to see what "
		    "one of them did.",
		    machines);
		ush_print_wrapped(page->command, 2, 2, line);
	}
	if (hosts->count > 0)
		return;
	if (ush_header_is_looking(page->command, sensors))
		snprintf(line, sizeof(line),
		    "%s has not been seen: it neither asked for a listed name nor called.", host);
	else
		snprintf(line, sizeof(line),
		    "%s does not show in what was read, but that says little: not all sensors "
		    "look, or not all logs could be read (above).",
		    host);
	printf("\n");
	ush_print_wrapped(page->command, 0, 0, line);
}

int
ush_host_print_text(const struct ush_host_page *what, struct ush_error *err)
{
	const struct ush_command *command = what->command;
	struct text_page page = {.command = command, .list = what->list};

	ush_header_print(command, what->sensors);
	ush_header_print_window(command);
	printf("\n");
	print_title(&page, what->hosts, what->sensors);
	print_calls(&page, what->hosts);
	print_marks(&page);
	page.begun = false;
	if (ush_profiles_each(
	        ush_command_within(command), command->host, print_profile, &page, err) != 0)
		return -1;
	page.begun = false;
	if (ush_rules_each(ush_command_within(command), command->host, print_rule, &page, err) != 0)
		return -1;
	page.begun = false;
	if (ush_claims_each(ush_command_within(command), command->host, print_claim, &page, err) !=
	    0)
		return -1;
	page.begun = false;
	if (ush_real_each(ush_command_within(command), command->host, print_given, &page, err) != 0)
		return -1;
	page.begun = false;
	print_asked_before(&page, what->hunt);
	page.begun = false;
	return ush_sightings_each(
	    ush_command_within(command), command->host, print_sighting, &page, err);
}
