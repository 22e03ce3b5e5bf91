/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/identity.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "sinkhole/store/holdings.h"
#include "sinkhole/store/host_names.h"
#include "sinkhole/store/inventory.h"

#define FORGET_MS (400 * UINT64_C(86400000))
#define FILES_MAX 16 /* hosts files */

struct ush_identities {
	struct ush_holdings holdings;
	struct ush_inventory inventory;
	struct ush_host_names *names[FILES_MAX];
	size_t name_count;
};

static int
add_lease(void *arg, const struct ush_lease *lease)
{
	struct ush_identities *identities = arg;

	return ush_holdings_add(&identities->holdings, lease);
}

static int
add_names(struct ush_identities *identities, const char *path, struct ush_error *err)
{
	if (identities->name_count == FILES_MAX)
		return ush_fail(err, path, 0, "more than %d hosts files", FILES_MAX);
	if (ush_host_names_load(&identities->names[identities->name_count], path, err) != 0)
		return -1;
	identities->name_count++;
	return 0;
}

static int
read_source(struct ush_identities *identities, const struct ush_identity_source *source,
    uint64_t now_ms, struct ush_error *err)
{
	switch (source->format) {
	case USH_IDENTITY_INVENTORY:
		return ush_inventory_read(&identities->inventory, source->path, err);
	case USH_IDENTITY_HOSTS:
		return add_names(identities, source->path, err);
	default:
		return ush_leases_read(source, now_ms, add_lease, identities, err);
	}
}

static void
read_sources(struct ush_identities *identities, const struct ush_settings *settings,
    uint64_t now_ms, struct ush_unread *unread)
{
	for (size_t i = 0; i < settings->store.identity_count; i++) {
		struct ush_error err = {0};

		if (read_source(identities, &settings->store.identities[i], now_ms, &err) != 0)
			ush_unread_add(unread, &err);
	}
	if (settings->store.host_names != NULL) {
		struct ush_error err = {0};

		if (add_names(identities, settings->store.host_names, &err) != 0)
			ush_unread_add(unread, &err);
	}
}

/* Where this user may not write, what is kept is read alone. */
static int
add_kept(struct ush_identities *identities, const struct ush_settings *settings, uint64_t now_ms,
    bool keep, struct ush_error *err)
{
	struct ush_holdings *holdings = &identities->holdings;
	char *path = ush_records_path(settings);
	struct ush_records *records;
	bool writable;
	int rc;

	if (path == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	writable =
	    keep && holdings->count > 0 && (access(path, W_OK) == 0 || access(path, F_OK) != 0);
	free(path);
	if (writable && ush_records_open(&records, settings, true, NULL) == 0) {
		rc = ush_holdings_keep(
		    holdings, records, now_ms > FORGET_MS ? now_ms - FORGET_MS : 0, err);
		ush_records_close(records);
		return rc;
	}
	if (ush_records_open(&records, settings, false, err) != 0)
		return -1;
	rc = ush_holdings_read(holdings, records, err);
	ush_records_close(records);
	ush_holdings_fold(holdings);
	return rc;
}

int
ush_identities_load(struct ush_identities **out, const struct ush_settings *settings,
    uint64_t now_ms, bool keep, struct ush_unread *unread, struct ush_error *err)
{
	struct ush_identities *identities = calloc(1, sizeof(*identities));

	*out = NULL;
	if (identities == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	read_sources(identities, settings, now_ms, unread);
	if (add_kept(identities, settings, now_ms, keep, err) != 0) {
		ush_identities_free(identities);
		return -1;
	}
	*out = identities;
	return 0;
}

void
ush_identities_free(struct ush_identities *identities)
{
	if (identities == NULL)
		return;
	ush_holdings_fini(&identities->holdings);
	ush_inventory_fini(&identities->inventory);
	for (size_t i = 0; i < identities->name_count; i++)
		ush_host_names_free(identities->names[i]);
	free(identities);
}

static int
compare(const struct ush_lease *lease, const struct ush_address *address)
{
	int order = lease->address.family - address->family;

	return order != 0 ? order
	                  : memcmp(lease->address.octets, address->octets, sizeof(address->octets));
}

/* The leases of one address: the first one, and how many. */
static const struct ush_lease *
leases_of(const struct ush_identities *identities, const struct ush_address *address, size_t *count)
{
	const struct ush_lease *items = identities->holdings.items;
	size_t low = 0;
	size_t high = identities->holdings.count;

	*count = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&items[middle], address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + *count < identities->holdings.count &&
	       compare(&items[low + *count], address) == 0)
		(*count)++;
	return *count > 0 ? &items[low] : NULL;
}

/* A lease ends when the next one of its address begins, whatever it says itself. */
static uint64_t
end_of(const struct ush_lease *leases, size_t count, size_t which)
{
	uint64_t last_ms = leases[which].last_ms;

	if (which + 1 < count && leases[which + 1].first_ms <= last_ms)
		last_ms = leases[which + 1].first_ms > 0 ? leases[which + 1].first_ms - 1 : 0;
	return last_ms;
}

static struct ush_machine
machine_of(const struct ush_asset *asset, const char *hardware, const char *name)
{
	if (asset == NULL)
		return (struct ush_machine){hardware, name, "", "", ""};
	return (struct ush_machine){hardware, asset->name[0] != '\0' ? asset->name : name,
	    asset->owner, asset->place, asset->asset};
}

static struct ush_machine
leased_machine(const struct ush_identities *identities, const struct ush_lease *lease)
{
	return machine_of(ush_inventory_by_hardware(&identities->inventory, lease->hardware),
	    lease->hardware, lease->name);
}

/* An address of which no lease was ever seen: what names it says so of all times. */
static bool
static_machine(const struct ush_identities *identities, const struct ush_address *address,
    const char *text, struct ush_machine *out)
{
	const struct ush_asset *asset = ush_inventory_by_address(&identities->inventory, address);
	const char *name = NULL;

	for (size_t i = 0; i < identities->name_count && name == NULL; i++)
		name = ush_host_names_find(identities->names[i], text);
	*out = machine_of(asset, asset != NULL ? asset->hardware : "", name != NULL ? name : "");
	return asset != NULL || name != NULL;
}

bool
ush_identity_of(const struct ush_identities *identities, const char *address, uint64_t first_ms,
    uint64_t last_ms, struct ush_machine *out)
{
	struct ush_address wanted;
	const struct ush_lease *leases;
	size_t count;

	*out = (struct ush_machine){"", "", "", "", ""};
	if (identities == NULL || ush_address_from_text(&wanted, address) != 0)
		return false;
	leases = leases_of(identities, &wanted, &count);
	if (leases == NULL)
		return static_machine(identities, &wanted, address, out);
	for (size_t i = 0; i < count; i++) {
		if (first_ms >= leases[i].first_ms && last_ms <= end_of(leases, count, i)) {
			*out = leased_machine(identities, &leases[i]);
			return true;
		}
	}
	return false;
}

static void
set_holding(struct ush_holding *out, const struct ush_identities *identities,
    const struct ush_lease *lease, uint64_t last_ms)
{
	ush_address_to_text(&lease->address, out->address);
	out->machine = leased_machine(identities, lease);
	out->first_ms = lease->first_ms;
	out->last_ms = last_ms;
}

/* The same of an address as text; none without identities. */
static const struct ush_lease *
leases_of_text(const struct ush_identities *identities, const char *address, size_t *count)
{
	struct ush_address wanted;

	*count = 0;
	if (identities == NULL || ush_address_from_text(&wanted, address) != 0)
		return NULL;
	return leases_of(identities, &wanted, count);
}

size_t
ush_identity_holdings(const struct ush_identities *identities, const char *address,
    uint64_t first_ms, uint64_t last_ms, struct ush_holding *out, size_t max)
{
	size_t count;
	const struct ush_lease *leases = leases_of_text(identities, address, &count);
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t end_ms = end_of(leases, count, i);

		if (leases[i].first_ms > last_ms || end_ms < first_ms)
			continue;
		if (found < max)
			set_holding(&out[found], identities, &leases[i], end_ms);
		found++;
	}
	return found;
}

bool
ush_identity_is_another(const struct ush_identities *identities, const char *address,
    uint64_t first_ms, uint64_t last_ms, const char *hardware)
{
	size_t count;
	const struct ush_lease *leases = leases_of_text(identities, address, &count);

	for (size_t i = 0; i < count; i++) {
		if (leases[i].first_ms <= last_ms && end_of(leases, count, i) >= first_ms &&
		    strcmp(leases[i].hardware, hardware) != 0)
			return true;
	}
	return false;
}

/* Whether a name is the word, or begins with it and a dot. */
static bool
is_called(const char *name, const char *word)
{
	size_t len = strlen(word);

	return len > 0 && strncasecmp(name, word, len) == 0 &&
	       (name[len] == '\0' || name[len] == '.');
}

static size_t
find_static(const struct ush_identities *identities, const char *word, struct ush_holding *out,
    size_t max, size_t found)
{
	for (size_t i = 0; i < identities->name_count; i++) {
		const char *addresses[16];
		size_t count = ush_host_names_addresses(identities->names[i], word, addresses, 16);

		for (size_t n = 0; n < count && n < 16; n++) {
			struct ush_address address;
			size_t leases;

			if (ush_address_from_text(&address, addresses[n]) != 0 ||
			    leases_of(identities, &address, &leases) != NULL)
				continue;
			if (found < max) {
				out[found] = (struct ush_holding){.last_ms = UINT64_MAX};
				ush_address_to_text(&address, out[found].address);
				static_machine(
				    identities, &address, out[found].address, &out[found].machine);
			}
			found++;
		}
	}
	return found;
}

size_t
ush_identity_find(
    const struct ush_identities *identities, const char *word, struct ush_holding *out, size_t max)
{
	char hardware[USH_HARDWARE_MAX] = "";
	size_t found = 0;

	if (identities == NULL)
		return 0;
	if (!ush_hardware_from_text(hardware, word))
		hardware[0] = '\0';
	for (size_t i = 0; i < identities->holdings.count; i++) {
		const struct ush_lease *lease = &identities->holdings.items[i];
		struct ush_machine machine = leased_machine(identities, lease);
		size_t left = identities->holdings.count - i;

		if (strcmp(lease->hardware, hardware) != 0 && !is_called(machine.name, word))
			continue;
		if (found < max) {
			size_t same = 1;

			while (same < left && compare(&lease[same], &lease->address) == 0)
				same++;
			set_holding(&out[found], identities, lease, end_of(lease, same, 0));
		}
		found++;
	}
	return find_static(identities, word, out, max, found);
}
