/* SPDX-License-Identifier: BSD-3-Clause */
/* A STIX 2.1 bundle with an indicator for each name, network and URL. A pattern that compares a name
 * compares the name alone, not what is below it. */
#include "common/stix.h"

#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/json.h"
#include "common/uuid.h"
#include "zones/export/format.h"

#define ID_MAX 64
#define OBJECT_MAX 65536
#define TEXT_MAX 1024 /* bytes of what a feed says of itself */

static const char *
make_id(char buf[ID_MAX], const char *type, const char *text)
{
	char uuid[USH_UUID_TEXT_MAX];

	snprintf(buf, ID_MAX, "%s--%s", type, ush_uuid(uuid, type, text));
	return buf;
}

static int
stix_begin(struct ush_export *export, struct ush_error *err)
{
	struct ush_blocklist_info info;
	char serial[16];
	char id[ID_MAX];

	(void)err;
	ush_blocklist_info(export->options->list, &info);
	snprintf(serial, sizeof(serial), "%u", info.serial);
	fprintf(export->options->to, "{\"type\":\"bundle\",\"id\":\"%s\",\"objects\":[",
	    make_id(id, "bundle", serial));
	return 0;
}

static int
stix_end(struct ush_export *export, struct ush_error *err)
{
	(void)err;
	fputs("\n]}\n", export->options->to);
	return 0;
}

static void
put_text(struct ush_json *json, const char *key, const char *text)
{
	ush_json_text(json, key, text, strnlen(text, TEXT_MAX));
}

/* Since when a rule is listed; of one without a day, since the list was built. */
static const char *
valid_from(
    const struct ush_export *export, const struct ush_source *source, char buf[USH_TIME_TEXT_MAX])
{
	struct ush_blocklist_info info;

	ush_blocklist_info(export->options->list, &info);
	if (strlen(source->added) == strlen("2026-01-31"))
		snprintf(buf, USH_TIME_TEXT_MAX, "%.10sT00:00:00.000Z", source->added);
	else
		ush_time_to_text(info.built_ms, buf);
	return buf;
}

static void
put_times(const struct ush_export *export, struct ush_json *json, const struct ush_source *source)
{
	char from[USH_TIME_TEXT_MAX];
	char until[USH_TIME_TEXT_MAX];

	valid_from(export, source, from);
	ush_json_string(json, "created", from);
	ush_json_string(json, "modified", from);
	ush_json_string(json, "valid_from", from);
	if (strlen(source->expires) != strlen("2026-01-31"))
		return;
	snprintf(until, sizeof(until), "%.10sT00:00:00.000Z", source->expires);
	if (strcmp(until, from) > 0)
		ush_json_string(json, "valid_until", until);
}

/* Where the rule stands. */
static void
put_reference(struct ush_json *json, const struct ush_source *source)
{
	char place[TEXT_MAX];

	snprintf(place, sizeof(place), "%.900s:%u", source->file, source->line);
	ush_json_array(json, "external_references");
	ush_json_object(json, NULL);
	put_text(json, "source_name", source->feed);
	ush_json_string(json, "description", place);
	if (strncmp(source->reference, "http", 4) == 0 &&
	    strpbrk(source->reference, " \"<>") == NULL)
		put_text(json, "url", source->reference);
	ush_json_end(json);
	ush_json_end(json);
}

static void
put_words(struct ush_json *json, const char *key, const char *word)
{
	ush_json_array(json, key);
	put_text(json, NULL, word);
	ush_json_end(json);
}

static int
put_indicator(struct ush_export *export, enum ush_stix_kind kind, const char *value,
    const struct ush_effect *effect, struct ush_error *err)
{
	char buf[OBJECT_MAX];
	char id[ID_MAX];
	struct ush_source source;
	struct ush_class class;
	struct ush_json json;
	char *pattern = ush_stix_pattern(kind, value);

	if (pattern == NULL ||
	    ush_blocklist_source(export->options->list, effect->rule, &source) != 0) {
		free(pattern);
		return ush_fail(err, NULL, 0, "no memory");
	}
	ush_blocklist_class(export->options->list, effect->class_id, &class);
	ush_json_init(&json, buf, sizeof(buf));
	ush_json_object(&json, NULL);
	ush_json_string(&json, "type", "indicator");
	ush_json_string(&json, "spec_version", "2.1");
	ush_json_string(&json, "id", make_id(id, "indicator", pattern));
	put_times(export, &json, &source);
	put_text(&json, "name", value);
	put_words(&json, "indicator_types", "malicious-activity");
	ush_json_string(&json, "pattern", pattern);
	ush_json_string(&json, "pattern_type", "stix");
	if (ush_stix_confidence(source.confidence) >= 0)
		ush_json_uint(
		    &json, "confidence", (uint64_t)ush_stix_confidence(source.confidence));
	put_words(&json, "labels", class.campaign);
	put_reference(&json, &source);
	ush_json_end(&json);
	free(pattern);
	if (ush_json_finish(&json) == 0)
		return ush_fail(err, NULL, 0, "%.200s is too long for an object", value);
	fprintf(export->options->to, "%s\n%s", export->items++ > 0 ? "," : "", buf);
	return 0;
}

static int
stix_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	export->result->inexact += owner->below.kind == USH_EFFECT_ACT;
	if (owner->self.kind != USH_EFFECT_ACT)
		return 0;
	return put_indicator(export, USH_STIX_NAME, owner->text, &owner->self, err);
}

static int
stix_network(struct ush_export *export, const struct ush_network *network,
    const struct ush_effect *effect, struct ush_error *err)
{
	char text[USH_NETWORK_TEXT_MAX];

	if (effect->kind != USH_EFFECT_ACT)
		return 0;
	return put_indicator(export,
	    network->base.family == AF_INET ? USH_STIX_IPV4 : USH_STIX_IPV6,
	    ush_export_network_text(network, text), effect, err);
}

static int
stix_url(struct ush_export *export, const struct ush_export_url *url, struct ush_error *err)
{
	char *text;
	int rc;

	if (url->effect.kind != USH_EFFECT_ACT)
		return 0;
	if (asprintf(&text, "%s%s", url->host, url->path) == -1)
		return ush_fail(err, NULL, 0, "no memory");
	rc = put_indicator(export, USH_STIX_URL, text, &url->effect, err);
	free(text);
	return rc;
}

const struct ush_export_format ush_export_stix = {
    .name = "stix",
    .begin = stix_begin,
    .owner = stix_owner,
    .network = stix_network,
    .url = stix_url,
    .end = stix_end,
};
