/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/explained.h"

#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "zones/day.h"

#define FIRST "campaign="

/* A string of the record, without the key in front of it; NULL if that is another one. */
static const char *
value_of(const ldns_rdf *rdf, const char *key, size_t *len)
{
	const char *data = (const char *)ldns_rdf_data(rdf);
	size_t key_len = strlen(key);

	if (ldns_rdf_size(rdf) < 1 + key_len || memcmp(data + 1, key, key_len) != 0)
		return NULL;
	*len = ldns_rdf_size(rdf) - 1 - key_len;
	return data + 1 + key_len;
}

/* One line of text, as names of feeds are. Not twice. */
static bool
take_text(char *out, size_t size, const char *value, size_t len)
{
	if (out[0] != '\0' || len == 0 || len >= size || !ush_utf8_is_valid(value, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return false;
	}
	memcpy(out, value, len);
	out[len] = '\0';
	return true;
}

static bool
take_confidence(char out[sizeof("medium")], const char *value, size_t len)
{
	return take_text(out, sizeof("medium"), value, len) &&
	       (strcmp(out, "high") == 0 || strcmp(out, "medium") == 0 || strcmp(out, "low") == 0);
}

static bool
take_day(char out[USH_DAY_TEXT_MAX], const char *value, size_t len)
{
	return take_text(out, USH_DAY_TEXT_MAX, value, len) && ush_day_is(out);
}

static bool
take_string(struct ush_explained *out, const ldns_rdf *rdf)
{
	const char *value;
	size_t len;

	if ((value = value_of(rdf, FIRST, &len)) != NULL)
		return take_text(out->campaign, sizeof(out->campaign), value, len);
	if ((value = value_of(rdf, "feed=", &len)) != NULL) {
		char feed[USH_LIST_NAME_MAX + 1] = "";

		if (out->remark[0] != '\0' || !take_text(feed, sizeof(feed), value, len))
			return false;
		snprintf(out->remark, sizeof(out->remark), "feed %s", feed);
		return true;
	}
	if ((value = value_of(rdf, "confidence=", &len)) != NULL)
		return take_confidence(out->confidence, value, len);
	if ((value = value_of(rdf, "added=", &len)) != NULL)
		return take_day(out->added, value, len);
	return false;
}

enum ush_explained_form
ush_explained_read(const ldns_rr *rr, struct ush_explained *out)
{
	struct ush_explained read = {0};
	size_t len;

	if (ldns_rr_rd_count(rr) == 0 || value_of(ldns_rr_rdf(rr, 0), FIRST, &len) == NULL)
		return USH_EXPLAINED_NOT;
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		if (!take_string(&read, ldns_rr_rdf(rr, i)))
			return USH_EXPLAINED_BAD;
	}
	*out = read;
	return USH_EXPLAINED_GOOD;
}

bool
ush_explained_campaign(struct ush_explained_campaigns *campaigns, const char *name)
{
	if (campaigns->count > 0 && strcmp(campaigns->names[campaigns->last], name) == 0)
		return true;
	for (campaigns->last = 0; campaigns->last < campaigns->count; campaigns->last++) {
		if (strcmp(campaigns->names[campaigns->last], name) == 0)
			return true;
	}
	campaigns->last = 0;
	if (campaigns->count == USH_EXPLAINED_CAMPAIGNS ||
	    (campaigns->names[campaigns->count] = strdup(name)) == NULL)
		return false;
	campaigns->last = campaigns->count++;
	return true;
}

void
ush_explained_campaigns_fini(struct ush_explained_campaigns *campaigns)
{
	for (size_t i = 0; i < campaigns->count; i++)
		free(campaigns->names[i]);
	campaigns->count = 0;
}
