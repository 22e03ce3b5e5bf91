/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses with a port, and URLs of addresses: a client that has the address asks no resolver, so
 * that these are notes and no rules. Where such a connection reaches the sinkhole all the same, it is
 * known what was called. */
#include <stdlib.h>
#include <string.h>
#include "common/endpoint.h"
#include "zones/database/list.h"

#define HTTP_PORT 80
#define HTTPS_PORT 443

static int
compare_endpoints(const struct ush_endpoint *a, const struct ush_endpoint *b)
{
	if (a->address.family != b->address.family)
		return (int)a->address.family - (int)b->address.family;
	if (a->port != b->port)
		return (int)a->port - (int)b->port;
	return memcmp(a->address.octets, b->address.octets, sizeof(a->address.octets));
}

static int
compare(const void *x, const void *y)
{
	const struct ush_list_endpoint *a = x;
	const struct ush_list_endpoint *b = y;
	int order = compare_endpoints(&a->endpoint, &b->endpoint);

	return order != 0 ? order : (a->note > b->note) - (a->note < b->note);
}

/* "192.0.2.1:123/udp", "http://192.0.2.1:8080/x", "192.0.2.1/x". False: it names no address. */
static bool
read_endpoint(const char *text, struct ush_endpoint *out)
{
	const char *sign = strstr(text, "://");
	bool secure = sign != NULL && sign - text == 5 && memcmp(text, "https", 5) == 0;
	char copy[USH_ADDRESS_TEXT_MAX + 16];
	const char *host = sign != NULL ? sign + 3 : text;
	size_t len = strcspn(host, "/?#");

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, host, len);
	copy[len] = '\0';
	memset(out, 0, sizeof(*out)); /* what follows an IPv4 address is compared, too */
	return ush_endpoint_from_text(out, copy, secure ? HTTPS_PORT : HTTP_PORT) == 0;
}

int
ush_list_index_endpoints(struct ush_blocklist *list)
{
	uint32_t notes = ush_list_count(list, USH_DB_NOTES);
	struct ush_note note;

	if ((list->endpoints = calloc(notes + 1u, sizeof(*list->endpoints))) == NULL)
		return -1;
	for (uint32_t i = 0; i < notes && ush_blocklist_note(list, i, &note) == 0; i++) {
		struct ush_list_endpoint *at = &list->endpoints[list->endpoint_count];

		at->note = i;
		if ((strcmp(note.type, "ip-port") == 0 || strcmp(note.type, "url") == 0) &&
		    read_endpoint(note.source.trigger, &at->endpoint))
			list->endpoint_count++;
	}
	qsort(list->endpoints, list->endpoint_count, sizeof(*list->endpoints), compare);
	list->memory_bytes += (notes + 1u) * sizeof(*list->endpoints);
	return 0;
}

/* The class of the feed's first rule: what the site says of it holds for its notes, too. */
static bool
find_class(const struct ush_blocklist *list, uint32_t feed, uint32_t *class_id)
{
	const struct ush_db_class *classes = ush_list_records(list, USH_DB_CLASSES);

	for (*class_id = 0; *class_id < ush_list_count(list, USH_DB_CLASSES); ++*class_id) {
		if (classes[*class_id].feed == feed)
			return true;
	}
	return false;
}

/* False if its feed is off here, or lets pass what it names. */
static bool
describe(const struct ush_blocklist *list, const uint8_t *actions, uint32_t number,
    struct ush_endpoint_match *out)
{
	const struct ush_db_note *notes = ush_list_records(list, USH_DB_NOTES);
	struct ush_campaign campaign;
	struct ush_class class;
	uint32_t class_id;
	enum ush_action action;

	if (ush_blocklist_note(list, number, &out->note) != 0)
		return false;
	out->campaign = out->note.source.feed;
	out->software = "";
	out->monitored = false;
	if (!find_class(list, notes[number].feed, &class_id))
		return true; /* a feed without any rule */
	action = ush_list_action(list, actions, class_id);
	if (list->classes[class_id].never_block || action == USH_ACTION_NONE ||
	    action == USH_ACTION_PASSTHRU)
		return false;
	ush_blocklist_class(list, class_id, &class);
	ush_blocklist_campaign(list, class.campaign_id, &campaign);
	out->campaign = class.campaign;
	out->software = campaign.software;
	out->monitored = action == USH_ACTION_MONITOR;
	return true;
}

bool
ush_blocklist_match_endpoint(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_endpoint *endpoint, struct ush_endpoint_match *out)
{
	struct ush_endpoint wanted = {.port = endpoint->port};
	size_t low = 0;
	size_t high = list->endpoint_count;

	wanted.address.family = endpoint->address.family;
	memcpy(wanted.address.octets, endpoint->address.octets,
	    endpoint->address.family == AF_INET ? 4 : sizeof(wanted.address.octets));
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_endpoints(&list->endpoints[middle].endpoint, &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < list->endpoint_count &&
	       compare_endpoints(&list->endpoints[low].endpoint, &wanted) == 0;
	     low++) {
		if (describe(list, actions, list->endpoints[low].note, out))
			return true;
	}
	return false;
}
