/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/csv_line.h"

#define ASSETS_MAX 10000000u

struct columns {
	int hardware, address, name, owner, place, asset;
};

static int
find_columns(
    struct columns *out, const struct ush_csv_line *head, const char *path, struct ush_error *err)
{
	*out = (struct columns){
	    .hardware = ush_csv_column(head, "mac hwaddr duid"),
	    .address = ush_csv_column(head, "address ip"),
	    .name = ush_csv_column(head, "name hostname"),
	    .owner = ush_csv_column(head, "owner user"),
	    .place = ush_csv_column(head, "place location"),
	    .asset = ush_csv_column(head, "asset tag"),
	};
	if (out->hardware == -1 && out->address == -1)
		return ush_fail(err, path, 1,
		    "the first line has to name the columns, \"mac\" or \"address\" among them");
	return 0;
}

/* The four texts in one block that begins at asset->name. */
static int
set_texts(struct ush_asset *asset, const struct ush_csv_line *line, const struct columns *columns)
{
	const int which[] = {columns->name, columns->owner, columns->place, columns->asset};
	const char **const texts[] = {&asset->name, &asset->owner, &asset->place, &asset->asset};
	size_t size = 0;
	char *at;

	for (size_t i = 0; i < 4; i++)
		size += strlen(ush_csv_field(line, which[i])) + 1;
	at = malloc(size);
	if (at == NULL)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		const char *text = ush_csv_field(line, which[i]);

		*texts[i] = at;
		at = stpcpy(at, text) + 1;
	}
	return 0;
}

static int
add_line(struct ush_inventory *inventory, char *text, const struct columns *columns)
{
	struct ush_asset asset = {0};
	struct ush_csv_line line;

	ush_csv_split(&line, text);
	if (!ush_hardware_from_text(asset.hardware, ush_csv_field(&line, columns->hardware)))
		asset.hardware[0] = '\0';
	if (ush_address_from_text(&asset.address, ush_csv_field(&line, columns->address)) != 0)
		asset.address.family = 0;
	if (asset.hardware[0] == '\0' && asset.address.family == 0)
		return 0;
	if (inventory->count == inventory->room) {
		size_t room = inventory->room == 0 ? 256 : inventory->room * 2;
		struct ush_asset *items = reallocarray(inventory->items, room, sizeof(*items));

		if (items == NULL)
			return -1;
		inventory->items = items;
		inventory->room = room;
	}
	if (set_texts(&asset, &line, columns) != 0)
		return -1;
	inventory->items[inventory->count++] = asset;
	return 0;
}

static int
by_hardware(const void *a, const void *b)
{
	const struct ush_asset *x = a;
	const struct ush_asset *y = b;

	return strcmp(x->hardware, y->hardware);
}

static int
compare(const struct ush_asset *asset, const struct ush_address *address)
{
	int order = asset->address.family - address->family;

	return order != 0 ? order
	                  : memcmp(asset->address.octets, address->octets, sizeof(address->octets));
}

/* Of one address by their order among the items. */
static int
by_address(const void *a, const void *b)
{
	const struct ush_asset *x = *(const struct ush_asset *const *)a;
	const struct ush_asset *y = *(const struct ush_asset *const *)b;
	int order = compare(x, &y->address);

	return order != 0 ? order : (x > y) - (x < y);
}

static int
sort(struct ush_inventory *inventory)
{
	const struct ush_asset **addressed =
	    reallocarray((void *)inventory->addressed, inventory->count + 1, sizeof(*addressed));

	if (addressed == NULL)
		return -1;
	inventory->addressed = addressed;
	inventory->addressed_count = 0;
	if (inventory->count > 1)
		qsort(inventory->items, inventory->count, sizeof(*inventory->items), by_hardware);
	for (size_t i = 0; i < inventory->count; i++) {
		if (inventory->items[i].address.family != 0)
			addressed[inventory->addressed_count++] = &inventory->items[i];
	}
	qsort((void *)addressed, inventory->addressed_count, sizeof(*addressed), by_address);
	return 0;
}

int
ush_inventory_read(struct ush_inventory *inventory, const char *path, struct ush_error *err)
{
	FILE *file = fopen(path, "re");
	struct ush_csv_line head = {0};
	struct columns columns;
	char *line = NULL;
	size_t size = 0;
	int rc;

	if (file == NULL)
		return ush_fail_errno(err, path, "the inventory cannot be read");
	/* An empty file has no column either. */
	if (getline(&line, &size, file) != -1)
		ush_csv_split(&head, line);
	rc = find_columns(&columns, &head, path, err);
	while (rc == 0 && inventory->count < ASSETS_MAX && getline(&line, &size, file) != -1) {
		if (add_line(inventory, line, &columns) != 0)
			rc = ush_fail(err, path, 0, "out of memory");
	}
	if (rc == 0 && ferror(file))
		rc = ush_fail_errno(err, path, "the inventory cannot be read");
	free(line);
	fclose(file);
	/* Also what was read of a file that ends early. */
	if (sort(inventory) != 0)
		rc = ush_fail(err, path, 0, "out of memory");
	return rc;
}

void
ush_inventory_fini(struct ush_inventory *inventory)
{
	for (size_t i = 0; i < inventory->count; i++)
		free((void *)(uintptr_t)inventory->items[i].name);
	free(inventory->items);
	free((void *)inventory->addressed);
	*inventory = (struct ush_inventory){0};
}

const struct ush_asset *
ush_inventory_by_hardware(const struct ush_inventory *inventory, const char *hardware)
{
	struct ush_asset key = {0};

	if (hardware[0] == '\0' || inventory->count == 0)
		return NULL;
	snprintf(key.hardware, sizeof(key.hardware), "%s", hardware);
	return bsearch(
	    &key, inventory->items, inventory->count, sizeof(*inventory->items), by_hardware);
}

const struct ush_asset *
ush_inventory_by_address(const struct ush_inventory *inventory, const struct ush_address *address)
{
	size_t low = 0;
	size_t high = inventory->addressed_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(inventory->addressed[middle], address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == inventory->addressed_count || compare(inventory->addressed[low], address) != 0)
		return NULL;
	return inventory->addressed[low];
}
