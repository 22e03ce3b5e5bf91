/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/host_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/address.h"

#define BLANKS " \t\r\n"
#define NAMES_MAX 10000000u

struct entry {
	char address[USH_ADDRESS_TEXT_MAX];
	unsigned place; /* in the file */
	char *name;
};

struct ush_host_names {
	struct entry *entries;
	size_t count;
	size_t room;
};

static int
by_address(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	int order = strcmp(x->address, y->address);

	if (order != 0)
		return order;
	return x->place < y->place ? -1 : x->place > y->place;
}

static int
add(struct ush_host_names *names, const struct ush_address *address, const char *name)
{
	struct entry *entry;

	if (names->count == names->room) {
		size_t room = names->room == 0 ? 256 : names->room * 2;
		struct entry *entries = reallocarray(names->entries, room, sizeof(*entries));

		if (entries == NULL)
			return -1;
		names->entries = entries;
		names->room = room;
	}
	entry = &names->entries[names->count];
	entry->place = (unsigned)names->count;
	entry->name = strdup(name);
	if (entry->name == NULL)
		return -1;
	ush_address_to_text(address, entry->address);
	names->count++;
	return 0;
}

static int
add_line(struct ush_host_names *names, char *line)
{
	struct ush_address address;
	char *rest = line;
	char *text;
	char *name;

	line[strcspn(line, "#")] = '\0';
	text = strtok_r(line, BLANKS, &rest);
	name = strtok_r(NULL, BLANKS, &rest);
	if (text == NULL || name == NULL || ush_address_from_text(&address, text) != 0)
		return 0;
	return add(names, &address, name);
}

int
ush_host_names_load(struct ush_host_names **out, const char *path, struct ush_error *err)
{
	struct ush_host_names *names = calloc(1, sizeof(*names));
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int rc = names != NULL && file != NULL ? 0 : -1;

	*out = NULL;
	if (rc != 0)
		ush_fail_errno(err, path, "the names of hosts cannot be read");
	while (rc == 0 && getline(&line, &size, file) != -1 && names->count < NAMES_MAX) {
		if (add_line(names, line) != 0)
			rc = ush_fail(err, path, 0, "out of memory");
	}
	if (rc == 0 && ferror(file))
		rc = ush_fail_errno(err, path, "the names of hosts cannot be read");
	free(line);
	if (file != NULL)
		fclose(file);
	if (rc != 0) {
		ush_host_names_free(names);
		return -1;
	}
	if (names->count > 1)
		qsort(names->entries, names->count, sizeof(*names->entries), by_address);
	*out = names;
	return 0;
}

void
ush_host_names_free(struct ush_host_names *names)
{
	if (names == NULL)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->entries[i].name);
	free(names->entries);
	free(names);
}

const char *
ush_host_names_find(const struct ush_host_names *names, const char *address)
{
	size_t low = 0;
	size_t high = names != NULL ? names->count : 0;

	/* The first of equals, so that the file's first name counts. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(names->entries[middle].address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (names == NULL || low == names->count ||
	    strcmp(names->entries[low].address, address) != 0)
		return NULL;
	return names->entries[low].name;
}

size_t
ush_host_names_addresses(
    const struct ush_host_names *names, const char *name, const char **out, size_t max)
{
	size_t len = strlen(name);
	size_t count = 0;

	for (size_t i = 0; names != NULL && len > 0 && i < names->count; i++) {
		const struct entry *entry = &names->entries[i];

		/* Equal addresses stand together, and the first name counts. */
		if (i > 0 && strcmp(entry->address, entry[-1].address) == 0)
			continue;
		if (strncasecmp(entry->name, name, len) != 0 ||
		    (entry->name[len] != '\0' && entry->name[len] != '.'))
			continue;
		if (count < max)
			out[count] = entry->address;
		count++;
	}
	return count;
}
