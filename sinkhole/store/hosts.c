/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/hosts.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/host_reader.h"

enum ush_role_kind
ush_host_role(const struct ush_settings *settings, const struct ush_address *address)
{
	enum ush_role_kind role = ush_settings_role(settings, address);

	if (role != USH_ROLE_NONE)
		return role;
	if (ush_networks_contain(&settings->sinkhole.trusted_proxies, address))
		return USH_ROLE_PROXY;
	if (ush_networks_contain(&settings->module.trusted_forwarders, address))
		return USH_ROLE_FORWARDER;
	return USH_ROLE_NONE;
}

int
ush_host_key_compare(const struct ush_host_key *a, const struct ush_host_key *b)
{
	const struct ush_verdicts *x = a->verdicts;
	const struct ush_verdicts *y = b->verdicts;
	int order;

	if (x->urgency != y->urgency)
		return x->urgency < y->urgency ? -1 : 1;
	if (x->items[0].call != y->items[0].call)
		return x->items[0].call < y->items[0].call ? -1 : 1;
	if (a->last_ms != b->last_ms)
		return a->last_ms > b->last_ms ? -1 : 1;
	order = strcmp(a->address, b->address);
	if (order == 0)
		order = strcmp(a->campaign, b->campaign);
	return order != 0 ? order : a->claimed - b->claimed;
}

static struct ush_host_key
key_of(const struct ush_host *host)
{
	return (struct ush_host_key){
	    &host->verdicts, host->last_ms, host->address, host->campaign, host->known.claimed};
}

static int
worst_first(const void *a, const void *b)
{
	struct ush_host_key x = key_of(a);
	struct ush_host_key y = key_of(b);

	return ush_host_key_compare(&x, &y);
}

/* All rows that were read. */
struct collect {
	struct ush_hosts *hosts;
	size_t room;
};

static int
collect_rows(void *arg, struct ush_host *rows, size_t count)
{
	struct collect *collect = arg;
	struct ush_hosts *hosts = collect->hosts;

	if (hosts->count + count > collect->room) {
		size_t room = (hosts->count + count) * 2;
		struct ush_host *items = reallocarray(hosts->items, room, sizeof(*items));

		if (items == NULL) {
			for (size_t i = 0; i < count; i++)
				ush_host_fini(&rows[i]);
			return -1;
		}
		hosts->items = items;
		collect->room = room;
	}
	memcpy(&hosts->items[hosts->count], rows, count * sizeof(*rows));
	hosts->count += count;
	return 0;
}

int
ush_hosts_find(struct ush_hosts *out, struct ush_store *store, const struct ush_settings *settings,
    const char *address, struct ush_error *err)
{
	struct collect collect = {.hosts = out};
	struct ush_host_reader *reader;
	int rc;

	*out = (struct ush_hosts){0};
	if (ush_host_reader_open(
	        &reader, store, settings, address != NULL ? USH_READ_ONE : USH_READ_ALL, err) != 0)
		return -1;
	rc = ush_host_reader_read(reader, address, collect_rows, &collect, err);
	ush_host_reader_close(reader);
	if (rc != 0)
		ush_hosts_fini(out);
	else if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), worst_first);
	return rc;
}

void
ush_host_fini(struct ush_host *host)
{
	free(host->campaign);
	ush_tallies_fini(&host->known.facts);
	ush_few_fini(&host->names);
	ush_few_fini(&host->claimed);
	ush_few_fini(&host->pages);
	ush_few_fini(&host->real_addresses);
}

void
ush_hosts_fini(struct ush_hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		ush_host_fini(&hosts->items[i]);
	free(hosts->items);
	*hosts = (struct ush_hosts){0};
}
