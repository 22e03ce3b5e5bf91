/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/trigger.h"

#include <string.h>

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

enum ush_refusal
ush_rpz_action(const ldns_rr *rr, const struct ush_name *trigger, enum ush_action *action)
{
	struct ush_name target;

	if (ldns_rr_rd_count(rr) == 0)
		return USH_REFUSED_MALFORMED; /* "\\# 0" */
	switch (ldns_rr_get_type(rr)) {
	case LDNS_RR_TYPE_CNAME:
		if (ush_name_from_wire(&target, ldns_rdf_data(ldns_rr_rdf(rr, 0)),
		        ldns_rdf_size(ldns_rr_rdf(rr, 0))) != 0)
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

enum ush_refusal
ush_rpz_kind(const struct ush_name *trigger, enum ush_indicator_kind *kind)
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
int
ush_rpz_network(const struct ush_name *trigger, char out[USH_NETWORK_TEXT_MAX])
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
	if (count < 3)
		return -1;
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
