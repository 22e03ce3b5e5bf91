/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/shared_networks.h"

#include <stdlib.h>
#include "zones/compile/shared-networks.h"

#define NETWORKS (sizeof(shared_networks) / sizeof(shared_networks[0]))

struct ush_shared_networks {
	struct ush_network items[NETWORKS]; /* as shared_networks[] */
};

int
ush_shared_networks_new(struct ush_shared_networks **out)
{
	struct ush_shared_networks *shared = calloc(1, sizeof(*shared));

	for (size_t i = 0; shared != NULL && i < NETWORKS; i++) {
		if (ush_network_from_text(&shared->items[i], shared_networks[i].text) != 0) {
			free(shared);
			shared = NULL;
		}
	}
	*out = shared;
	return shared != NULL ? 0 : -1;
}

void
ush_shared_networks_free(struct ush_shared_networks *shared)
{
	free(shared);
}

const char *
ush_shared_networks_owner(
    const struct ush_shared_networks *shared, const struct ush_network *network)
{
	for (size_t i = 0; i < NETWORKS; i++) {
		if (ush_network_contains(&shared->items[i], &network->base) ||
		    ush_network_contains(network, &shared->items[i].base))
			return shared_networks[i].owner;
	}
	return NULL;
}
