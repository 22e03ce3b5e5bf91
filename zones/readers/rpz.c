/* SPDX-License-Identifier: BSD-3-Clause */
/* Response policy zones (draft-vixie-dnsop-dns-rpz), record by record. */
#include "zones/readers/records.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include "common/address.h"
#include "common/name.h"
#include "zones/readers/explained.h"
#include "zones/readers/trigger.h"

/* A trigger may have several records, and one of them may say where the rule comes from: it is given
 * when the next one comes. */
struct held {
	struct ush_name trigger;
	enum ush_indicator_kind kind;
	enum ush_action action; /* NONE: nothing is held */
	unsigned line;
	struct ush_explained explained;
};

struct zone {
	struct ush_feed *feed;
	const struct ush_feed_sink *sink;
	struct ush_name apex;
	bool has_apex;
	struct ush_zone_record record; /* what is left of it */
	unsigned line;
	struct held held;
	struct ush_explained_campaigns campaigns;
};

static int
name_of(const ldns_rdf *rdf, struct ush_name *out)
{
	return ush_name_from_wire(out, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
}

/* The owner without the zone's name. */
static void
relative(const struct ush_name *owner, const struct ush_name *apex, struct ush_name *out)
{
	out->len = (uint8_t)(owner->len - apex->len + 1);
	memcpy(out->wire, owner->wire, out->len - 1u);
	out->wire[out->len - 1] = 0;
}

static const char *
text_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void
refuse_trigger(
    const struct zone *zone, unsigned line, const struct ush_name *owner, enum ush_refusal why)
{
	char text[USH_NAME_TEXT_MAX];

	ush_name_to_text(owner, text);
	zone->sink->refuse(zone->sink->arg, line, text, strlen(text), why);
}

/* What a zone of somebody else says of campaigns is for people: under the name of one of ours its names
 * would accuse hosts of what they never did. */
static const char *
remark_of(const struct zone *zone, const struct ush_explained *explained,
    char out[USH_EXPLAINED_REMARK_MAX])
{
	if (zone->feed->names_campaigns || explained->campaign[0] == '\0')
		return text_or_null(explained->remark);
	snprintf(out, USH_EXPLAINED_REMARK_MAX, "campaign %s%s%s", explained->campaign,
	    explained->remark[0] != '\0' ? ", " : "", explained->remark);
	return out;
}

/* An exception stays one, whatever the command line wants the rest to be. */
static int
give_trigger(const struct zone *zone, const struct held *held)
{
	const struct ush_feed *feed = zone->feed;
	const struct ush_explained *explained = &held->explained;
	char text[USH_NAME_TEXT_MAX];
	char remark[USH_EXPLAINED_REMARK_MAX];
	struct ush_name name = held->trigger;
	bool is_set = feed->action_is_set && held->action != USH_ACTION_PASSTHRU;
	struct ush_indicator indicator = {
	    .kind = held->kind,
	    .value = text,
	    .scope = USH_SCOPE_EXACT,
	    .action = is_set ? USH_ACTION_NONE : held->action,
	    .campaign = feed->names_campaigns ? text_or_null(explained->campaign) : NULL,
	    .origin = {.line = held->line,
	        .added = text_or_null(explained->added),
	        .confidence = text_or_null(explained->confidence),
	        .remark = remark_of(zone, explained, remark)},
	};

	if (held->kind == USH_INDICATOR_NETWORK) {
		if (ush_rpz_network(&held->trigger, text) != 0) {
			refuse_trigger(zone, held->line, &held->trigger, USH_REFUSED_MALFORMED);
			return 0;
		}
	} else {
		if (name.wire[0] == 1 && name.wire[1] == '*') {
			indicator.scope = USH_SCOPE_BELOW;
			ush_name_suffix(&name, 1, &name);
		}
		ush_name_to_text(&name, text);
	}
	indicator.len = strlen(text);
	return zone->sink->take(zone->sink->arg, &indicator);
}

/* What is held comes before what is said of the lines behind it. */
static int
give_held(struct zone *zone)
{
	int rc = zone->held.action != USH_ACTION_NONE ? give_trigger(zone, &zone->held) : 0;

	zone->held.action = USH_ACTION_NONE;
	return rc;
}

static int
refuse(struct zone *zone, const struct ush_name *owner, enum ush_refusal why)
{
	if (give_held(zone) != 0)
		return -1;
	refuse_trigger(zone, zone->line, owner, why);
	return 0;
}

/* Of the trigger that is held. */
static void
explain(struct zone *zone, const ldns_rr *rr)
{
	enum ush_explained_form form = USH_EXPLAINED_NOT;
	struct ush_explained explained;

	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_TXT)
		form = ush_explained_read(rr, &explained);
	if (form == USH_EXPLAINED_GOOD && zone->feed->names_campaigns &&
	    !ush_explained_campaign(&zone->campaigns, explained.campaign))
		form = USH_EXPLAINED_BAD;
	if (form == USH_EXPLAINED_GOOD)
		zone->held.explained = explained;
	else if (form == USH_EXPLAINED_BAD)
		refuse_trigger(zone, zone->line, &zone->held.trigger, USH_REFUSED_RPZ_EXPLANATION);
}

/* What signing a zone adds. */
static bool
is_dnssec(ldns_rr_type type)
{
	switch (type) {
	case LDNS_RR_TYPE_RRSIG:
	case LDNS_RR_TYPE_NSEC:
	case LDNS_RR_TYPE_NSEC3:
	case LDNS_RR_TYPE_NSEC3PARAM:
	case LDNS_RR_TYPE_DNSKEY:
	case LDNS_RR_TYPE_DS:
		return true;
	default:
		return false;
	}
}

static int
take_trigger(struct zone *zone, const struct ush_name *trigger, const ldns_rr *rr)
{
	enum ush_action action = USH_ACTION_NONE;
	enum ush_indicator_kind kind;
	enum ush_refusal why = ush_rpz_kind(trigger, &kind);

	if (why == USH_REFUSED_NOT)
		why = ush_rpz_action(rr, trigger, &action);
	if (why != USH_REFUSED_NOT)
		return refuse(zone, trigger, why);
	if (action != zone->held.action || !ush_name_equal(trigger, &zone->held.trigger)) {
		if (give_held(zone) != 0)
			return -1;
		zone->held = (struct held){
		    .trigger = *trigger, .kind = kind, .action = action, .line = zone->line};
	}
	explain(zone, rr);
	return 0;
}

static int
take_record(struct zone *zone, const ldns_rr *rr)
{
	struct ush_name owner;
	struct ush_name trigger;

	if (name_of(ldns_rr_owner(rr), &owner) != 0)
		return 0;
	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA && !zone->has_apex) {
		zone->apex = owner;
		zone->has_apex = true;
	}
	if (is_dnssec(ldns_rr_get_type(rr)) ||
	    (zone->has_apex && ush_name_equal(&owner, &zone->apex)))
		return 0;
	if (!zone->has_apex || !ush_name_is_under(&owner, &zone->apex))
		return refuse(zone, &owner, USH_REFUSED_OUTSIDE);
	relative(&owner, &zone->apex, &trigger);
	return take_trigger(zone, &trigger, rr);
}

/* What the last line was good for: directives and blank lines are no errors. */
static bool
is_directive(ldns_status status)
{
	return status == LDNS_STATUS_SYNTAX_TTL || status == LDNS_STATUS_SYNTAX_ORIGIN ||
	       status == LDNS_STATUS_SYNTAX_EMPTY;
}

/* ldns reads from streams: this one ends where the record does. */
static ssize_t
read_record(void *cookie, char *to, size_t size)
{
	struct zone *zone = cookie;
	size_t part = zone->record.len < size ? zone->record.len : size;

	memcpy(to, zone->record.text, part);
	zone->record.text += part;
	zone->record.len -= part;
	return (ssize_t)part;
}

/* What ldns keeps from one record to the next. */
struct memory {
	FILE *stream;
	ldns_rdf *origin;
	ldns_rdf *previous;
	uint32_t ttl;
};

static int
parse_record(struct zone *zone, struct memory *memory)
{
	ldns_rr *rr = NULL;
	ldns_status status = ldns_rr_new_frm_fp(
	    &rr, memory->stream, &memory->ttl, &memory->origin, &memory->previous);
	int rc = 0;

	if (status == LDNS_STATUS_OK)
		rc = take_record(zone, rr);
	else if (!is_directive(status) && (rc = give_held(zone)) == 0)
		zone->sink->refuse(zone->sink->arg, zone->line, ldns_get_errorstr_by_id(status),
		    strlen(ldns_get_errorstr_by_id(status)), USH_REFUSED_MALFORMED);
	ldns_rr_free(rr);
	/* What is too long for ldns it leaves behind. */
	while (getc(memory->stream) != EOF)
		;
	clearerr(memory->stream);
	return rc;
}

static int
read_records(struct zone *zone, struct ush_zone_records *records, struct ush_error *err)
{
	struct memory memory = {
	    .stream = fopencookie(zone, "r", (cookie_io_functions_t){.read = read_record}),
	    .origin = ldns_dname_new_frm_str("."),
	};
	int more = memory.stream != NULL && memory.origin != NULL ? 1 : -2;

	while (more == 1 && (more = ush_zone_records_next(records, &zone->record, err)) == 1) {
		zone->line = zone->record.line;
		if (zone->record.why != USH_REFUSED_NOT && give_held(zone) != 0)
			more = -2;
		else if (zone->record.why != USH_REFUSED_NOT)
			zone->sink->refuse(zone->sink->arg, zone->line, zone->record.text,
			    zone->record.len - 1, zone->record.why);
		else if (parse_record(zone, &memory) != 0)
			more = -2;
	}
	if (more == 0 && give_held(zone) != 0)
		more = -2;
	if (memory.stream != NULL)
		fclose(memory.stream);
	ldns_rdf_deep_free(memory.origin);
	ldns_rdf_deep_free(memory.previous);
	return more == -2 ? ush_fail(err, zone->feed->path, zone->line, "no memory for more")
	                  : more;
}

static int
rpz_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	struct zone zone = {.feed = feed, .sink = sink};
	struct ush_zone_records *records = ush_zone_records_new(feed->input);
	int rc;

	if (records == NULL)
		return ush_fail(err, feed->path, 0, "no memory");
	rc = read_records(&zone, records, err);
	ush_zone_records_free(records);
	ush_explained_campaigns_fini(&zone.campaigns);
	if (rc == 0 && !zone.has_apex)
		rc = ush_fail(err, feed->path, 0,
		    "read as rpz (--format says otherwise), it has no SOA record, so it is no zone "
		    "file");
	return rc;
}

const struct ush_format ush_format_rpz = {
    .name = "rpz",
    .scope = USH_SCOPE_EXACT,
    .says_scope = true,
    .read = rpz_read,
};
