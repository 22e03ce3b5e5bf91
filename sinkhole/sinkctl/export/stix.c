/* SPDX-License-Identifier: BSD-3-Clause */
/* A STIX 2.1 bundle: what was sighted, how often and when, and nothing of the hosts. Each sighting has
 * its indicator in the same bundle and one place, which is how OpenCTI takes it whole. */
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/stix.h"
#include "common/uuid.h"
#include "sinkhole/sinkctl/export/format.h"
#include "sinkhole/sinkctl/rules.h"
#include "sinkhole/store/instant.h"
#include "sinkhole/store/statistics.h"

#define ID_MAX 64
#define COUNT_MAX 999999999 /* the standard's */
/* Of what is always the same object: it never changes. */
#define EVER "2026-01-01T00:00:00.000Z"

struct stix {
	const struct ush_export *export;
	json_t *objects;
	json_t *seen; /* ids of campaigns and indicators that are in it already */
	char place[ID_MAX];
};

static const char *
make_id(char buf[ID_MAX], const char *type, const char *text)
{
	char uuid[USH_UUID_TEXT_MAX];

	snprintf(buf, ID_MAX, "%s--%s", type, ush_uuid(uuid, type, text));
	return buf;
}

/* An object in the bundle, to be filled; NULL if it is there already. Borrowed. */
static json_t *
begin_object(struct stix *stix, const char *type, const char *id)
{
	json_t *object;

	if (json_object_get(stix->seen, id) != NULL)
		return NULL;
	json_object_set_new(stix->seen, id, json_true());
	object = json_object();
	ush_put_text(object, "type", type);
	ush_put_text(object, "spec_version", "2.1");
	ush_put_text(object, "id", id);
	if (strcmp(type, "identity") != 0)
		ush_put_text(object, "created_by_ref", stix->place);
	json_array_append_new(stix->objects, object);
	return object;
}

static void
put_times(json_t *object, const char *created, const char *modified)
{
	ush_put_text(object, "created", created);
	ush_put_text(object, "modified", modified);
}

static void
put_place(struct stix *stix)
{
	const char *name = ush_export_organisation(stix->export);
	json_t *object;

	make_id(stix->place, "identity", name);
	object = begin_object(stix, "identity", stix->place);
	put_times(object, EVER, EVER);
	ush_put_text(object, "name", name);
	ush_put_text(object, "identity_class", "organization");
}

/* What the list says of the rule. `since`: when it is listed; else `first`. */
static void
put_source(const struct stix *stix, json_t *object, const char *rule, char since[USH_TIME_TEXT_MAX])
{
	struct ush_source source;
	int confidence;
	char text[32];
	uint64_t ms;

	if (stix->export->list == NULL || ush_rule_find(stix->export->list, rule, &source) != 0)
		return;
	snprintf(text, sizeof(text), "%.10sT00:00:00Z", source.added);
	if (ush_instant_from_text(&ms, text) == 0)
		ush_time_to_text(ms, since);
	snprintf(text, sizeof(text), "%.10sT00:00:00Z", source.expires);
	if (ush_instant_from_text(&ms, text) == 0 && strcmp(text, since) > 0)
		ush_put_time(object, "valid_until", ms);
	if ((confidence = ush_stix_confidence(source.confidence)) >= 0)
		ush_put_uint(object, "confidence", (uint64_t)confidence);
	ush_put_text(object, "description", source.reference);
}

static void
put_malware(struct stix *stix, const char *campaign, const char *indicator)
{
	char malware[ID_MAX];
	char relation[ID_MAX];
	char key[2 * ID_MAX];
	json_t *object;

	object = begin_object(stix, "malware", make_id(malware, "malware", campaign));
	if (object != NULL) {
		put_times(object, EVER, EVER);
		ush_put_text(object, "name", campaign);
		json_object_set_new(object, "is_family", json_true());
	}
	snprintf(key, sizeof(key), "%s %s", indicator, malware);
	object = begin_object(stix, "relationship", make_id(relation, "relationship", key));
	if (object == NULL)
		return;
	put_times(object, EVER, EVER);
	ush_put_text(object, "relationship_type", "indicates");
	ush_put_text(object, "source_ref", indicator);
	ush_put_text(object, "target_ref", malware);
}

static void
put_sighting(struct stix *stix, const struct ush_hits *hits, const char *indicator)
{
	char first[USH_TIME_TEXT_MAX];
	char last[USH_TIME_TEXT_MAX];
	char key[2 * ID_MAX + USH_TIME_TEXT_MAX];
	char id[ID_MAX];
	json_t *object;
	json_t *places = json_array();

	ush_time_to_text(hits->span.first_ms, first);
	ush_time_to_text(hits->span.last_ms, last);
	snprintf(key, sizeof(key), "%s %s %s", indicator, stix->place, first);
	object = begin_object(stix, "sighting", make_id(id, "sighting", key));
	if (object != NULL) {
		put_times(object, first, last);
		ush_put_time(object, "first_seen", hits->span.first_ms);
		ush_put_time(object, "last_seen", hits->span.last_ms);
		ush_put_uint(
		    object, "count", hits->span.count < COUNT_MAX ? hits->span.count : COUNT_MAX);
		ush_put_text(object, "sighting_of_ref", indicator);
		json_array_append_new(places, json_string(stix->place));
		json_object_set(object, "where_sighted_refs", places);
	}
	json_decref(places);
}

static int
put_hits(void *arg, const struct ush_hits *hits)
{
	struct stix *stix = arg;
	const char *wanted = stix->export->command->campaign;
	struct ush_listed listed = ush_listed_of(hits->rule);
	char since[USH_TIME_TEXT_MAX];
	char id[ID_MAX];
	char *pattern;
	json_t *object;

	if (wanted != NULL && strcmp(hits->campaign, wanted) != 0)
		return 0;
	pattern = ush_stix_pattern(listed.kind == USH_LISTED_NETWORK
	                               ? (listed.is_v6 ? USH_STIX_IPV6 : USH_STIX_IPV4)
	                           : listed.kind == USH_LISTED_URL ? USH_STIX_URL
	                                                           : USH_STIX_NAME,
	    listed.text);
	if (pattern == NULL)
		return -1;
	object = begin_object(stix, "indicator", make_id(id, "indicator", pattern));
	if (object != NULL) {
		json_t *types = json_array();

		ush_time_to_text(hits->span.first_ms, since);
		put_source(stix, object, hits->rule, since);
		put_times(object, since, since);
		ush_put_text(object, "name", listed.text);
		ush_put_text(object, "pattern", pattern);
		ush_put_text(object, "pattern_type", "stix");
		ush_put_text(object, "valid_from", since);
		json_array_append_new(types, json_string("malicious-activity"));
		json_object_set_new(object, "indicator_types", types);
	}
	if (hits->campaign[0] != '\0')
		put_malware(stix, hits->campaign, id);
	put_sighting(stix, hits, id);
	free(pattern);
	return 0;
}

static int
write_stix(FILE *to, const struct ush_export *export, struct ush_error *err)
{
	struct stix stix = {.export = export, .objects = json_array(), .seen = json_object()};
	json_t *bundle = json_object();
	char time[USH_TIME_TEXT_MAX];
	char id[ID_MAX];
	int rc;

	put_place(&stix);
	rc = ush_hits_each(ush_command_within(export->command), put_hits, &stix, err);
	ush_put_text(bundle, "type", "bundle");
	ush_put_text(
	    bundle, "id", make_id(id, "bundle", ush_time_to_text(export->command->now_ms, time)));
	json_object_set_new(bundle, "objects", stix.objects);
	if (rc == 0 && json_dumpf(bundle, to, JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0)
		rc = ush_fail(err, NULL, 0, "the answer could not be written");
	fputc('\n', to);
	json_decref(bundle);
	json_decref(stix.seen);
	return rc;
}

const struct ush_export_format ush_export_stix = {.name = "stix", .write = write_stix};
