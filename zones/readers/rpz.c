/* SPDX-License-Identifier: BSD-3-Clause */
/* Response policy zones (draft-vixie-dnsop-dns-rpz), record by record. */
#include "zones/readers/records.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include "common/address.h"
#include "common/name.h"

struct zone {
	struct ush_feed *feed;
	const struct ush_feed_sink *sink;
	struct ush_name apex;
	bool has_apex;
	struct ush_zone_record record; /* what is left of it */
	unsigned line;
	/* What was given last: one trigger may have several records. */
	struct ush_name last;
	enum ush_action last_action;
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

static bool
label_is(const uint8_t *label, const char *text)
{
	return label[0] == strlen(text) && memcmp(label + 1, text, label[0]) == 0;
}

/* What the draft keeps for itself, known to us or not. */
static bool
label_is_reserved(const uint8_t *label)
{
	return label[0] >= 4 && memcmp(label + 1, "rpz-", 4) == 0;
}

static const uint8_t *
last_label(const struct ush_name *name)
{
	unsigned last = 0;

	for (unsigned i = 0; name->wire[i] != 0; i += name->wire[i] + 1u)
		last = i;
	return name->wire + last;
}

/* Its own name is how the first zones said passthru. */
static enum ush_refusal
cname_action(const struct ush_name *target, const struct ush_name *trigger, enum ush_action *action)
{
	char text[USH_NAME_TEXT_MAX];

	ush_name_to_text(target, text);
	if (strcmp(text, "rpz-tcp-only") == 0)
		return USH_REFUSED_RPZ_TCP_ONLY;
	if (strcmp(text, ".") == 0)
		*action = USH_ACTION_NXDOMAIN;
	else if (strcmp(text, "*") == 0)
		*action = USH_ACTION_NODATA;
	else if (strcmp(text, "rpz-drop") == 0)
		*action = USH_ACTION_DROP;
	else if (strcmp(text, "rpz-passthru") == 0 || ush_name_equal(target, trigger))
		*action = USH_ACTION_PASSTHRU;
	else if (label_is_reserved(last_label(target)))
		return USH_REFUSED_RPZ_OTHER;
	else
		*action = USH_ACTION_SINKHOLE;
	return USH_REFUSED_NOT;
}

static enum ush_refusal
action_of(const ldns_rr *rr, const struct ush_name *trigger, enum ush_action *action)
{
	struct ush_name target;

	switch (ldns_rr_get_type(rr)) {
	case LDNS_RR_TYPE_CNAME:
		if (name_of(ldns_rr_rdf(rr, 0), &target) != 0)
			return USH_REFUSED_MALFORMED;
		return cname_action(&target, trigger, action);
	case LDNS_RR_TYPE_SOA:
	case LDNS_RR_TYPE_NS:
	case LDNS_RR_TYPE_DNAME:
		return USH_REFUSED_RPZ_OTHER;
	default:
		*action = USH_ACTION_SINKHOLE;
		return USH_REFUSED_NOT;
	}
}

static enum ush_refusal
trigger_kind(const struct ush_name *trigger, enum ush_indicator_kind *kind)
{
	static const struct {
		const char *label;
		enum ush_refusal why;
	} others[] = {{"rpz-client-ip", USH_REFUSED_RPZ_CLIENT_IP},
	    {"rpz-nsip", USH_REFUSED_RPZ_NSIP}, {"rpz-nsdname", USH_REFUSED_RPZ_NSDNAME}};
	const uint8_t *last = last_label(trigger);

	*kind = label_is(last, "rpz-ip") ? USH_INDICATOR_NETWORK : USH_INDICATOR_NAME;
	if (*kind == USH_INDICATOR_NETWORK || !label_is_reserved(last))
		return USH_REFUSED_NOT;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (label_is(last, others[i].label))
			return others[i].why;
	}
	return USH_REFUSED_RPZ_OTHER;
}

static int
append(char *out, size_t size, const char *text)
{
	size_t used = strlen(out);
	size_t len = strlen(text);

	if (len >= size - used)
		return -1;
	memcpy(out + used, text, len + 1);
	return 0;
}

/* "24.0.2.0.192.rpz-ip" and "48.zz.db8.2001.rpz-ip" (zz is ::) into text that people write. Host
 * bits do not count, as in Unbound. */
static int
network_text(const struct ush_name *trigger, char out[USH_NETWORK_TEXT_MAX])
{
	char text[USH_NAME_TEXT_MAX];
	char address[USH_NAME_TEXT_MAX] = "";
	const char *words[10]; /* prefix length, eight groups, rpz-ip */
	struct ush_network network;
	unsigned count = 0;
	bool is_ipv4;
	char *save;
	int rc = 0;

	if (ush_name_labels(trigger) < 3 || ush_name_labels(trigger) > 10)
		return -1;
	ush_name_to_text(trigger, text);
	is_ipv4 = ush_name_labels(trigger) == 6 && strstr(text, ".zz.") == NULL;
	for (char *word = strtok_r(text, ".", &save); word != NULL && count < 10;
	     word = strtok_r(NULL, ".", &save))
		words[count++] = word;
	for (unsigned i = count - 2; i > 0; i--) {
		bool is_zz = strcmp(words[i], "zz") == 0;

		rc |= append(address, sizeof(address), is_zz && i == count - 2 ? ":" : "");
		rc |= append(address, sizeof(address), is_zz ? "" : words[i]);
		rc |= append(address, sizeof(address), i == 1 ? "" : is_ipv4 ? "." : ":");
		rc |= append(address, sizeof(address), is_zz && i == 1 ? ":" : "");
	}
	rc |= append(address, sizeof(address), "/");
	rc |= append(address, sizeof(address), words[0]);
	if (rc != 0 || ush_network_around(&network, address) != 0)
		return -1;
	ush_network_to_text(&network, out);
	return 0;
}

static int
refuse(const struct zone *zone, const struct ush_name *owner, enum ush_refusal why)
{
	char text[USH_NAME_TEXT_MAX];

	ush_name_to_text(owner, text);
	zone->sink->refuse(zone->sink->arg, zone->line, text, strlen(text), why);
	return 0;
}

/* An exception stays one, whatever the command line wants the rest to be. */
static int
give_trigger(struct zone *zone, enum ush_indicator_kind kind, const struct ush_name *trigger,
    enum ush_action action)
{
	char text[USH_NAME_TEXT_MAX];
	struct ush_name name = *trigger;
	struct ush_indicator indicator = {
	    .kind = kind,
	    .value = text,
	    .scope = USH_SCOPE_EXACT,
	    .action = zone->feed->action_is_set && action != USH_ACTION_PASSTHRU ? USH_ACTION_NONE
	                                                                         : action,
	    .origin = {.line = zone->line},
	};

	if (kind == USH_INDICATOR_NETWORK) {
		if (network_text(trigger, text) != 0)
			return refuse(zone, trigger, USH_REFUSED_MALFORMED);
	} else {
		if (label_is(name.wire, "*")) {
			indicator.scope = USH_SCOPE_BELOW;
			ush_name_suffix(&name, 1, &name);
		}
		ush_name_to_text(&name, text);
	}
	indicator.len = strlen(text);
	return zone->sink->take(zone->sink->arg, &indicator);
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
	enum ush_refusal why = trigger_kind(trigger, &kind);

	if (why == USH_REFUSED_NOT)
		why = action_of(rr, trigger, &action);
	if (why != USH_REFUSED_NOT)
		return refuse(zone, trigger, why);
	if (action == zone->last_action && ush_name_equal(trigger, &zone->last))
		return 0;
	zone->last = *trigger;
	zone->last_action = action;
	return give_trigger(zone, kind, trigger, action);
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
	else if (!is_directive(status))
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
		if (zone->record.why != USH_REFUSED_NOT)
			zone->sink->refuse(zone->sink->arg, zone->line, zone->record.text,
			    zone->record.len - 1, zone->record.why);
		else if (parse_record(zone, &memory) != 0)
			more = -2;
	}
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
