/* SPDX-License-Identifier: BSD-3-Clause */
/* Lookup of addresses: one binary search for each prefix length that the list has. */
#include "zones/blocklist.h"

#include <string.h>
#include "zones/database/list.h"

static void
mask(uint8_t octets[16], unsigned bits)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = bits > i * 8 ? bits - i * 8 : 0;

		if (kept < 8)
			octets[i] &= (uint8_t)(0xff00u >> kept);
	}
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

/* Hand over every network whose class exists and that holds the address. */
static void
search(const struct ush_blocklist *list, const uint8_t *actions, const struct ush_address *address,
    ush_found_fn *found, void *arg)
{
	const struct ush_db_network *networks = ush_list_records(list, USH_DB_NETWORKS);
	const uint32_t *starts = list->header.network_starts;
	bool is_ipv4 = address->family == AF_INET;
	unsigned first_range = is_ipv4 ? 0 : 33;

	if (ush_list_count(list, USH_DB_NETWORKS) == 0 || address->family == 0)
		return;
	for (unsigned bits = 0; bits <= (is_ipv4 ? 32u : 128u); bits++) {
		uint32_t end = starts[first_range + bits + 1];
		uint32_t i = starts[first_range + bits];
		uint8_t octets[16] = {0};

		if (i == end)
			continue;
		memcpy(octets, address->octets, is_ipv4 ? 4 : 16);
		mask(octets, bits);
		i = lower_bound(networks, i, end, octets);
		for (; i < end && memcmp(networks[i].octets, octets, 16) == 0; i++) {
			struct ush_match match = {
			    .rule = list->first_network_rule + i,
			    .class_id = networks[i].class_id,
			    .action = ush_list_action(list, actions, networks[i].class_id),
			    .bits = (uint8_t)bits,
			};

			if (match.action != USH_ACTION_NONE)
				found(arg, &match);
		}
	}
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
	size_t told = 0;

	for (;;) {
		struct ush_next next = {.list = list, .last = told > 0 ? &last : NULL};

		search(list, actions, address, ush_keep_next, &next);
		if (!next.any)
			return told;
		last = next.match;
		fn(arg, &last, told == 0);
		told++;
	}
}
