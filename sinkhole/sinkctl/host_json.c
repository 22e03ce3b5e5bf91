/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/host_page.h"

#include <string.h>
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/case_row.h"
#include "sinkhole/sinkctl/header.h"
#include "sinkhole/sinkctl/host_row.h"
#include "sinkhole/sinkctl/machine_row.h"
#include "sinkhole/sinkctl/rules.h"
#include "sinkhole/store/timeline.h"

/* What the walks fill. */
struct fill {
	const struct ush_host_page *page;
	json_t *array;
	size_t seen; /* rows of this walk */
	bool has_more;
};

/* As a walk's callback has it: 0 if the next row is before this part, -1 if it is behind it, and 1 if it
 * stands here. */
static int
next_row(struct fill *fill)
{
	const struct ush_host_page *page = fill->page;
	size_t which = fill->seen++;

	if (which < page->from)
		return 0;
	if (page->most == 0 || which - page->from < page->most)
		return 1;
	fill->has_more = true;
	return -1;
}

static void
put_span(json_t *object, const struct ush_span *span)
{
	ush_put_time(object, "first", span->first_ms);
	ush_put_time(object, "last", span->last_ms);
	ush_put_uint(object, "count", span->count);
}

/* Words separated by blanks, as a list. */
static void
put_words(json_t *object, const char *key, const char *words)
{
	json_t *array = json_array();

	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		json_array_append_new(array, json_stringn(words, len));
		words += len;
		words += strspn(words, " ");
	}
	json_object_set_new(object, key, array);
}

static json_t *
call_json(const struct ush_command *command, const struct ush_host *host)
{
	struct ush_case_status status = ush_case_of(&command->marks, command->identities, host);
	json_t *object = json_object();
	json_t *facts = json_array();

	ush_host_put_verdicts(object, host);
	ush_host_put_others(object, host);
	ush_put_text(object, "campaign", host->campaign);
	ush_host_put_counts(object, host);
	for (unsigned i = 0; i < USH_FACTS; i++) {
		const struct ush_tally *tally = ush_tally_of(&host->known.facts, (enum ush_fact)i);
		json_t *fact;

		if (tally->count == 0)
			continue;
		fact = json_object();
		ush_put_text(fact, "fact", ush_fact_text((enum ush_fact)i));
		put_span(fact, &(struct ush_span){tally->first_ms, tally->last_ms, tally->count});
		ush_put_uint(fact, "distinct", tally->distinct);
		if (tally->rhythm.visits >= 2)
			json_object_set_new(fact, "rhythm", ush_host_rhythm_json(&tally->rhythm));
		json_array_append_new(facts, fact);
	}
	json_object_set_new(object, "facts", facts);
	ush_case_put(object, &status);
	return object;
}

static int
put_profile(void *arg, uint64_t id, const struct ush_profile *profile, const struct ush_span *span)
{
	struct fill *fill = arg;
	int place = next_row(fill);
	json_t *object;
	json_t *details;

	if (place <= 0)
		return place;
	object = json_object();
	details = json_loads(profile->details, 0, NULL);
	ush_put_uint(object, "id", id);
	put_span(object, span);
	ush_put_text(object, "family", profile->family);
	ush_put_text(object, "channel", profile->channel);
	ush_put_text(object, "fields", profile->fields);
	ush_put_text(object, "profile", profile->text);
	json_object_update_missing(object, details);
	json_decref(details);
	return json_array_append_new(fill->array, object);
}

static int
put_rule(void *arg, const char *rule, const char *campaign, uint64_t feed_line,
    const struct ush_span *span)
{
	struct fill *fill = arg;
	int place = next_row(fill);
	json_t *object;
	struct ush_source source;

	if (place <= 0)
		return place;
	object = json_object();
	ush_put_text(object, "rule", rule);
	ush_put_text(object, "campaign", campaign);
	put_span(object, span);
	if (feed_line != 0)
		ush_put_uint(object, "feed_line", feed_line);
	if (fill->page->list != NULL && ush_rule_find(fill->page->list, rule, &source) == 0) {
		json_t *listed = json_object();

		ush_put_text(listed, "trigger", source.trigger);
		ush_put_text(listed, "feed", source.feed);
		ush_put_text(listed, "file", source.file);
		ush_put_uint(listed, "line", source.line);
		ush_put_text(listed, "added", source.added);
		ush_put_text(listed, "expires", source.expires);
		ush_put_text(listed, "confidence", source.confidence);
		ush_put_text(listed, "raw", source.raw);
		ush_put_text(listed, "remark", source.remark);
		if (source.report_line != 0)
			ush_put_uint(listed, "report_line", source.report_line);
		ush_put_text(listed, "reference", source.reference);
		json_object_set_new(object, "listed", listed);
	}
	return json_array_append_new(fill->array, object);
}

static int
put_claim(void *arg, const char *claimed, const char *host, const struct ush_span *span)
{
	struct fill *fill = arg;
	int place = next_row(fill);
	json_t *object;

	if (place <= 0)
		return place;
	object = json_object();
	ush_put_text(object, "claimed", claimed);
	ush_put_text(object, "by", host);
	put_span(object, span);
	return json_array_append_new(fill->array, object);
}

static int
put_real(void *arg, const char *campaign, const char *name, const char *addresses,
    const struct ush_span *span)
{
	struct fill *fill = arg;
	int place = next_row(fill);
	json_t *object;

	if (place <= 0)
		return place;
	object = json_object();
	ush_put_text(object, "name", name);
	ush_put_text(object, "campaign", campaign);
	put_words(object, "addresses", addresses);
	put_span(object, span);
	return json_array_append_new(fill->array, object);
}

static int
put_sighting(void *arg, const struct ush_sighting *sighting)
{
	struct fill *fill = arg;
	int place = next_row(fill);
	json_t *object;
	char marks[USH_EVIDENCE_TEXT_MAX];

	if (place <= 0)
		return place;
	object = json_object();
	put_span(object, &sighting->span);
	ush_put_text(object, "action", sighting->action);
	ush_put_text(object, "what", sighting->detail);
	ush_put_text(object, "fact", ush_fact_text(sighting->fact));
	ush_put_text(object, "campaign", sighting->campaign);
	ush_put_text(object, "rule", sighting->rule);
	put_words(object, "evidence", ush_evidence_to_text(sighting->marks, marks));
	put_words(object, "marks", sighting->mark_words);
	ush_put_text(object, "user_agent", sighting->agent);
	ush_put_text(object, "proxy", sighting->proxy);
	ush_put_text(object, sighting->claimed ? "claimed_by" : "for", sighting->other);
	ush_put_text(object, "page", sighting->page);
	if (sighting->profile != 0)
		ush_put_uint(object, "profile", sighting->profile);
	if (sighting->drill != 0)
		json_object_set_new(object, "drill", json_true());
	return json_array_append_new(fill->array, object);
}

/* The machine of all rows together. */
static void
put_span_machine(json_t *answer, const struct ush_host_page *page)
{
	struct ush_host all = ush_hosts_together(page->hosts, page->command->host);

	ush_host_put_machine(answer, page->command, &all);
}

/* All that was ever said of the host. */
static void
put_marks(json_t *answer, const struct ush_command *command)
{
	size_t count;
	const struct ush_mark *marks = ush_marks_of(&command->marks, command->host, &count);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, ush_mark_json(&marks[i]));
	json_object_set_new(answer, "marks", array);
}

/* Left out where nothing is known. */
static void
put_asked_before(json_t *answer, const struct ush_host_page *page)
{
	json_t *array = page->hunt != NULL ? json_array() : NULL;

	for (size_t i = 0; array != NULL && i < page->hunt->answer.count; i++) {
		const struct ush_passive_found *found = &page->hunt->answer.items[i];
		json_t *object = ush_hunt_json(page->command, found);
		struct ush_source source;

		if (ush_blocklist_source(page->list, found->number, &source) == 0)
			ush_put_text(object, "listed", source.trigger);
		json_array_append_new(array, object);
	}
	if (array != NULL)
		json_object_set_new(answer, "asked_before", array);
}

/* A new list in `object`, for the next walk. */
static struct fill *
fill_next(struct fill *fill, json_t *object, const char *key)
{
	fill->array = json_array();
	fill->seen = 0;
	json_object_set_new(object, key, fill->array);
	return fill;
}

static int
put_walks(json_t *answer, const struct ush_host_page *page, struct ush_error *err)
{
	struct ush_store *store = ush_command_within(page->command);
	const char *host = page->command->host;
	struct fill fill = {.page = page};

	if (ush_profiles_each(
	        store, host, put_profile, fill_next(&fill, answer, "profiles"), err) != 0 ||
	    ush_rules_each(store, host, put_rule, fill_next(&fill, answer, "rules"), err) != 0 ||
	    ush_claims_each(store, host, put_claim, fill_next(&fill, answer, "claims"), err) != 0 ||
	    ush_real_each(store, host, put_real, fill_next(&fill, answer, "real"), err) != 0 ||
	    ush_sightings_each(
	        store, host, put_sighting, fill_next(&fill, answer, "timeline"), err) != 0)
		return -1;
	if (fill.has_more)
		ush_put_uint(answer, "next_from", page->from + page->most);
	return 0;
}

json_t *
ush_host_answer(const struct ush_host_page *page, struct ush_error *err)
{
	const struct ush_command *command = page->command;
	json_t *answer = json_object();
	json_t *calls = json_array();

	ush_header_put(answer, command, page->sensors);
	ush_header_put_window(answer, command);
	ush_put_text(answer, "host", command->host);
	put_span_machine(answer, page);
	for (size_t i = 0; i < page->hosts->count; i++)
		json_array_append_new(calls, call_json(command, &page->hosts->items[i]));
	json_object_set_new(answer, "calls", calls);
	put_marks(answer, command);
	put_asked_before(answer, page);
	if (put_walks(answer, page, err) != 0) {
		json_decref(answer);
		return NULL;
	}
	return answer;
}

int
ush_host_print_json(const struct ush_host_page *page, struct ush_error *err)
{
	json_t *answer = ush_host_answer(page, err);

	return answer != NULL && ush_print_json(answer) == USH_EXIT_DONE ? 0 : -1;
}
