/* SPDX-License-Identifier: BSD-3-Clause */
/* Response policy zone. */
#include "zones/export/format.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include "zones/compile/guard.h"

/* A name or "*." and a name, without the zone's. It has letters, digits, hyphens and underscores alone:
 * it is its own text in a zone file. */
struct owner {
	const char *text;
	bool is_wildcard;
};

/* Called millions of times: without formats, and without ldns, which takes thrice as long. One thread
 * writes the stream. */
static int
put_line(
    const struct ush_export *export, const struct owner *owner, const char *type, const char *data)
{
	FILE *to = export->options->to;

	if (owner->is_wildcard)
		fputs_unlocked("*.", to);
	fputs_unlocked(owner->text, to);
	fputs_unlocked(export->behind_owner, to);
	fputs_unlocked(type, to);
	putc_unlocked('\t', to);
	fputs_unlocked(data, to);
	putc_unlocked('\n', to);
	return 0;
}

static int
put_cname(const struct ush_export *export, const struct owner *owner, const char *target)
{
	return put_line(export, owner, "CNAME", target);
}

static int
put_garden(const struct ush_export *export, const struct owner *owner)
{
	const char *garden = export->options->garden;
	char target[USH_NAME_TEXT_MAX + 1];
	size_t len = strlen(garden);

	snprintf(target, sizeof(target), "%s%s", garden, garden[len - 1] == '.' ? "" : ".");
	return put_cname(export, owner, target);
}

static int
put_address(
    const struct ush_export *export, const struct owner *owner, const struct ush_address *address)
{
	char text[USH_ADDRESS_TEXT_MAX];

	ush_address_to_text(address, text);
	return put_line(export, owner, address->family == AF_INET ? "A" : "AAAA", text);
}

/* "key=value" as a string of a TXT record, which has up to 255 bytes; a blank in front of the key stands
 * between two. -1 without memory. */
static int
put_quoted(FILE *to, const char *key, const char *value)
{
	char text[256];
	bool is_next = key[0] == ' ';
	int len = snprintf(text + 1, sizeof(text) - 1, "%s=%s", key + is_next, value);
	ldns_rdf *string;
	char *quoted;

	text[0] = (char)(len < 254 ? len : 254);
	string = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, 1u + (uint8_t)text[0], text);
	quoted = string != NULL ? ldns_rdf2str(string) : NULL;
	ldns_rdf_deep_free(string);
	if (quoted == NULL)
		return -1;
	fprintf(to, "%s%s", is_next ? " " : "", quoted);
	free(quoted);
	return 0;
}

/* Where the rule comes from, as zones/readers/explained.h reads it. Only where it has addresses: nothing
 * may stand beside a CNAME. */
static int
put_reason(const struct ush_export *export, const struct owner *owner,
    const struct ush_effect *effect, struct ush_error *err)
{
	struct ush_source source;
	struct ush_class class;
	char *data = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&data, &len);
	int rc = -1;

	if (to == NULL || ush_blocklist_source(export->options->list, effect->rule, &source) != 0)
		goto out;
	ush_blocklist_class(export->options->list, effect->class_id, &class);
	rc = put_quoted(to, "campaign", class.campaign) | put_quoted(to, " feed", class.feed);
	if (source.confidence[0] != '\0')
		rc |= put_quoted(to, " confidence", source.confidence);
	if (source.added[0] != '\0')
		rc |= put_quoted(to, " added", source.added);
	if (fflush(to) == 0 && rc == 0)
		put_line(export, owner, "TXT", data);
out:
	if (to != NULL)
		fclose(to);
	free(data);
	return rc == 0 ? 0 : ush_fail(err, NULL, 0, "no memory");
}

static int
put_sinkhole(const struct ush_export *export, const struct owner *owner,
    const struct ush_effect *effect, struct ush_error *err)
{
	const struct ush_address *addresses[2];
	size_t count = ush_export_addresses(export, effect, addresses);

	if (export->options->garden != NULL)
		return put_garden(export, owner);
	if (count == 0)
		return put_cname(export, owner, ".");
	for (size_t i = 0; i < count; i++)
		put_address(export, owner, addresses[i]);
	return export->options->explain ? put_reason(export, owner, effect, err) : 0;
}

static int
put_effect(const struct ush_export *export, const struct owner *owner,
    const struct ush_effect *effect, struct ush_error *err)
{
	if (effect->kind == USH_EFFECT_PASS)
		return put_cname(export, owner, "rpz-passthru.");
	switch (effect->action) {
	case USH_ACTION_NXDOMAIN:
		return put_cname(export, owner, ".");
	case USH_ACTION_NODATA:
		return put_cname(export, owner, "*.");
	case USH_ACTION_DROP:
		return put_cname(export, owner, "rpz-drop.");
	default:
		return put_sinkhole(export, owner, effect, err);
	}
}

/* `octets`: of the name in a message. */
static int
give(const struct ush_export *export, const struct owner *owner, size_t octets,
    const struct ush_effect *effect, struct ush_error *err)
{
	if (effect->kind == USH_EFFECT_NOTHING)
		return 0;
	if (octets - 1 + (owner->is_wildcard ? 2 : 0) + export->origin.len > USH_NAME_MAX) {
		export->result->too_long++;
		return 0;
	}
	return put_effect(export, owner, effect, err);
}

/* "32.1.0.0.10.rpz-client-ip" as a name of a feed would be a rule about clients. */
static bool
is_trigger(const struct ush_owner *owner)
{
	const char *last = strrchr(owner->text, '.');

	return strncmp(last != NULL ? last + 1 : owner->text, "rpz-", strlen("rpz-")) == 0;
}

static int
rpz_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	if (is_trigger(owner)) {
		export->result->unsafe++;
		return 0;
	}
	if (give(export, &(struct owner){owner->text, false}, owner->name->len, &owner->self,
	        err) != 0)
		return -1;
	return give(
	    export, &(struct owner){owner->text, true}, owner->name->len, &owner->below, err);
}

/* 24.0.2.0.192.rpz-ip; IPv6 in groups from the last to the first, its longest run of zeroes as zz.
 */
static void
network_owner(const struct ush_network *network, char *out, size_t size)
{
	const uint8_t *octets = network->base.octets;
	unsigned groups = network->base.family == AF_INET ? 4 : 8;
	size_t used = (size_t)snprintf(out, size, "%u", network->bits);
	unsigned run_first = groups;
	unsigned run_end = groups;

	for (unsigned first = 0; groups == 8 && first < 8; first++) {
		unsigned end = first;

		while (end < 8 && octets[2 * end] == 0 && octets[2 * end + 1] == 0)
			end++;
		if (end - first > 1 && end - first > run_end - run_first) {
			run_first = first;
			run_end = end;
		}
	}
	for (unsigned i = groups; i > 0; i--) {
		unsigned group = i - 1;

		if (group >= run_first && group < run_end) {
			used += (size_t)snprintf(out + used, size - used, ".zz");
			i = run_first + 1;
		} else if (groups == 4) {
			used += (size_t)snprintf(out + used, size - used, ".%u", octets[group]);
		} else {
			used += (size_t)snprintf(out + used, size - used, ".%x",
			    (unsigned)(octets[2 * group] << 8 | octets[2 * group + 1]));
		}
	}
	snprintf(out + used, size - used, ".rpz-ip");
}

static int
rpz_network(struct ush_export *export, const struct ush_network *network,
    const struct ush_effect *effect, struct ush_error *err)
{
	char text[USH_NAME_TEXT_MAX];

	network_owner(network, text, sizeof(text));
	return give(export, &(struct owner){text, false}, strlen(text) + 2, effect, err);
}

static int
put_head(struct ush_export *export, struct ush_error *err)
{
	struct ush_blocklist_info info;
	char origin[USH_NAME_TEXT_MAX];
	char text[USH_NAME_TEXT_MAX + 128];
	ldns_rr *rr = NULL;

	ush_blocklist_info(export->options->list, &info);
	ush_name_to_text(&export->origin, origin);
	fprintf(export->options->to, "$TTL %u\n", export->options->ttl);
	snprintf(text, sizeof(text),
	    "%s. %u IN SOA localhost. hostmaster.localhost. %u 3600 600 604800 %u", origin,
	    export->options->ttl,
	    export->options->serial != 0 ? export->options->serial : info.serial,
	    export->options->ttl);
	if (ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) != LDNS_STATUS_OK)
		return ush_fail(err, NULL, 0, "%s is no name for a zone", origin);
	ldns_rr_print(export->options->to, rr);
	ldns_rr_free(rr);
	fprintf(export->options->to, "%s.\t%u\tIN\tNS\tlocalhost.\n", origin, export->options->ttl);
	snprintf(export->behind_owner, sizeof(export->behind_owner), ".%s.\t%u\tIN\t", origin,
	    export->options->ttl);
	return 0;
}

static int
rpz_begin(struct ush_export *export, struct ush_error *err)
{
	const char *origin = export->options->origin;

	if (ush_name_from_text(&export->origin, origin, strlen(origin)) != 0 ||
	    ush_name_labels(&export->origin) == 0 || !ush_name_is_host(&export->origin))
		return ush_fail(err, NULL, 0, "%s is no name for a zone", origin);
	return put_head(export, err);
}

const struct ush_export_format ush_export_rpz = {
    .name = "rpz",
    .comment = ";",
    .is_zone = true,
    .begin = rpz_begin,
    .owner = rpz_owner,
    .network = rpz_network,
};
