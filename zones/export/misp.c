/* SPDX-License-Identifier: BSD-3-Clause */
/* A MISP event with an attribute for each name, network and URL, all of them for detection. The UUIDs
 * make the next export an update of the same event. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/event.h"
#include "common/json.h"
#include "common/uuid.h"
#include "zones/export/format.h"

#define OBJECT_MAX 32768
#define TITLE_MAX 256
#define COMMENT_MAX 512

/* One event for each choice, whichever list it is made from. */
static const char *
title_of(const struct ush_export *export, char buf[TITLE_MAX])
{
	const struct ush_export_choice *choice = &export->options->choice;

	snprintf(buf, TITLE_MAX, "sinkhole list%s%.128s%s%s%s",
	    choice->campaign != NULL ? " of campaign " : "",
	    choice->campaign != NULL ? choice->campaign : "",
	    choice->confidence != NULL ? " of confidence " : "",
	    choice->confidence != NULL ? choice->confidence : "",
	    choice->since != NULL ? ", recent" : "");
	return buf;
}

static int
misp_begin(struct ush_export *export, struct ush_error *err)
{
	struct ush_blocklist_info info;
	char buf[OBJECT_MAX];
	char built[USH_TIME_TEXT_MAX];
	char seconds[32];
	char title[TITLE_MAX];
	char uuid[USH_UUID_TEXT_MAX];
	struct ush_json json;

	(void)err;
	ush_blocklist_info(export->options->list, &info);
	ush_time_to_text(info.built_ms, built);
	snprintf(seconds, sizeof(seconds), "%llu", (unsigned long long)(info.built_ms / 1000));
	title_of(export, title);
	ush_json_init(&json, buf, sizeof(buf));
	ush_json_object(&json, NULL);
	ush_json_string(&json, "uuid", ush_uuid(uuid, "misp-event", title));
	ush_json_string(&json, "info", title);
	ush_json_text(&json, "date", built, strlen("2026-01-31"));
	ush_json_string(&json, "timestamp", seconds);
	ush_json_string(&json, "threat_level_id", "4"); /* undefined */
	ush_json_string(&json, "analysis", "2");        /* completed */
	ush_json_string(&json, "distribution", "0");    /* the own organisation alone */
	ush_json_bool(&json, "published", false);
	ush_json_end(&json);
	ush_json_finish(&json);
	buf[strlen(buf) - 1] = '\0'; /* it goes on */
	fprintf(export->options->to, "{\"Event\":%s,\"Attribute\":[", buf);
	return 0;
}

static int
misp_end(struct ush_export *export, struct ush_error *err)
{
	(void)err;
	fputs("\n]}}\n", export->options->to);
	return 0;
}

/* Since when it is listed, in seconds; of a rule without a day, since the list was built. */
static const char *
since(const struct ush_export *export, const struct ush_source *source, char buf[32])
{
	struct ush_blocklist_info info;
	struct tm day = {0};
	const char *end = strptime(source->added, "%Y-%m-%d", &day);

	ush_blocklist_info(export->options->list, &info);
	snprintf(buf, 32, "%lld",
	    end != NULL ? (long long)timegm(&day) : (long long)(info.built_ms / 1000));
	return buf;
}

/* `campaign` is NULL of what has none. */
static int
put_attribute(struct ush_export *export, const char *type, const char *value,
    const struct ush_source *source, const char *campaign, struct ush_error *err)
{
	char buf[OBJECT_MAX];
	char comment[COMMENT_MAX];
	char seconds[32];
	char uuid[USH_UUID_TEXT_MAX];
	struct ush_json json;

	snprintf(comment, sizeof(comment), "%s%s%sfeed %s%s%.32s",
	    campaign != NULL ? "campaign " : "", campaign != NULL ? campaign : "",
	    campaign != NULL ? ", " : "", source->feed,
	    source->confidence[0] != '\0' ? ", confidence " : "", source->confidence);
	ush_json_init(&json, buf, sizeof(buf));
	ush_json_object(&json, NULL);
	ush_json_string(&json, "uuid", ush_uuid(uuid, type, value));
	ush_json_string(&json, "type", type);
	ush_json_string(&json, "category", "Network activity");
	ush_json_string(&json, "value", value);
	ush_json_bool(&json, "to_ids", true);
	ush_json_string(&json, "comment", comment);
	ush_json_string(&json, "timestamp", since(export, source, seconds));
	ush_json_string(&json, "distribution", "5"); /* as the event */
	ush_json_end(&json);
	if (ush_json_finish(&json) == 0)
		return ush_fail(err, NULL, 0, "%.200s is too long for an attribute", value);
	fprintf(export->options->to, "%s\n%s", export->items++ > 0 ? "," : "", buf);
	return 0;
}

static int
put_rule(struct ush_export *export, const char *type, const char *value,
    const struct ush_effect *effect, struct ush_error *err)
{
	struct ush_source source;
	struct ush_class class;

	if (ush_blocklist_source(export->options->list, effect->rule, &source) != 0)
		return ush_fail(err, NULL, 0, "%.200s has no source", value);
	ush_blocklist_class(export->options->list, effect->class_id, &class);
	return put_attribute(export, type, value, &source, class.campaign, err);
}

static int
misp_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	export->result->inexact += owner->below.kind == USH_EFFECT_ACT;
	if (owner->self.kind != USH_EFFECT_ACT)
		return 0;
	return put_rule(export, ush_name_labels(owner->name) > 2 ? "hostname" : "domain",
	    owner->text, &owner->self, err);
}

static int
misp_network(struct ush_export *export, const struct ush_network *network,
    const struct ush_effect *effect, struct ush_error *err)
{
	char text[USH_NETWORK_TEXT_MAX];

	if (effect->kind != USH_EFFECT_ACT)
		return 0;
	return put_rule(export, "ip-dst", ush_export_network_text(network, text), effect, err);
}

static int
misp_url(struct ush_export *export, const struct ush_export_url *url, struct ush_error *err)
{
	char *text;
	int rc;

	if (url->effect.kind != USH_EFFECT_ACT)
		return 0;
	if (asprintf(&text, "http://%s%s", url->host, url->path) == -1)
		return ush_fail(err, NULL, 0, "no memory");
	rc = put_rule(export, "url", text, &url->effect, err);
	free(text);
	return rc;
}

static int
misp_port(struct ush_export *export, const struct ush_export_port *port, struct ush_error *err)
{
	char address[USH_ADDRESS_TEXT_MAX];
	char text[USH_ADDRESS_TEXT_MAX + 8];

	ush_address_to_text(&port->endpoint->address, address);
	snprintf(text, sizeof(text), "%s|%u", address, port->endpoint->port);
	return put_attribute(export, "ip-dst|port", text, port->source, NULL, err);
}

const struct ush_export_format ush_export_misp = {
    .name = "misp",
    .begin = misp_begin,
    .owner = misp_owner,
    .network = misp_network,
    .url = misp_url,
    .port = misp_port,
    .end = misp_end,
};
