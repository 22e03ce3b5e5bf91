/* SPDX-License-Identifier: BSD-3-Clause */
/* Lookup of addresses: one binary search for each prefix length that the list has. It happens for
 * every address of every answer, and most answers meet nothing. */
#include "zones/blocklist.h"

#include <string.h>
#include "zones/database/list.h"

static void
mask(uint8_t octets[16], unsigned bits)
{
	unsigned whole = bits / 8;

	if (whole == 16)
		return;
	octets[whole] &= (uint8_t)(0xff00u >> bits % 8);
	memset(octets + whole + 1, 0, 15 - whole);
}

/* The first network of networks[first..end) whose base is not below `octets`. */
static uint32_t
lower_bound(
    const struct ush_db_network *networks, uint32_t first, uint32_t end, const uint8_t octets[16])
{
	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (memcmp(networks[middle].octets, octets, 16) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

void
ush_list_index_lengths(struct ush_blocklist *list)
{
	const uint32_t *starts = list->header.network_starts;
	unsigned count = 0;

	for (unsigned range = 0; range < USH_DB_NETWORK_RANGES; range++) {
		if (starts[range] != starts[range + 1])
			list->lengths[count++] = (struct ush_list_length){
			    .first = starts[range],
			    .end = starts[range + 1],
			    .bits = (uint8_t)(range <= 32 ? range : range - 33),
			};
		if (range == 32)
			list->ipv4_lengths = count;
	}
	list->all_lengths = count;
}

/* Hand over every network whose class exists and that holds the address. */
static void
search(const struct ush_blocklist *list, const uint8_t *actions, const struct ush_address *address,
    ush_found_fn *found, void *arg)
{
	const struct ush_db_network *networks = ush_list_records(list, USH_DB_NETWORKS);
	bool is_ipv4 = address->family == AF_INET;
	const struct ush_list_length *length = &list->lengths[is_ipv4 ? 0 : list->ipv4_lengths];
	const struct ush_list_length *last =
	    &list->lengths[is_ipv4 ? list->ipv4_lengths : list->all_lengths];

	if (address->family == 0)
		return;
	for (; length < last; length++) {
		uint8_t octets[16] = {0};

		memcpy(octets, address->octets, is_ipv4 ? 4 : 16);
		mask(octets, length->bits);
		for (uint32_t i = lower_bound(networks, length->first, length->end, octets);
		     i < length->end && memcmp(networks[i].octets, octets, 16) == 0; i++) {
			struct ush_match match = {
			    .rule = list->first_network_rule + i,
			    .class_id = networks[i].class_id,
			    .action = ush_list_action(list, actions, networks[i].class_id),
			    .bits = length->bits,
			};

			if (match.action != USH_ACTION_NONE)
				found(arg, &match);
		}
	}
}

bool
ush_blocklist_matches_addresses(const struct ush_blocklist *list, const uint8_t *actions)
{
	const struct ush_db_network *networks = ush_list_records(list, USH_DB_NETWORKS);

	for (uint32_t i = 0; i < ush_list_count(list, USH_DB_NETWORKS); i++) {
		if (!list->classes[networks[i].class_id].never_block &&
		    ush_list_action(list, actions, networks[i].class_id) != USH_ACTION_NONE)
			return true;
	}
	return false;
}

bool
ush_blocklist_match_address(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_address *address, struct ush_match *out)
{
	struct ush_best best = {.list = list, .match = out};

	search(list, actions, address, ush_keep_best, &best);
	return best.any && !list->classes[out->class_id].never_block;
}

size_t
ush_blocklist_explain_address(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_address *address, ush_explain_fn *fn, void *arg)
{
	struct ush_match last = {0};
	size_t given = 0;

	for (;;) {
		struct ush_next next = {.list = list, .last = given > 0 ? &last : NULL};

		search(list, actions, address, ush_keep_next, &next);
		if (!next.any)
			return given;
		last = next.match;
		fn(arg, &last, given == 0);
		given++;
	}
}
