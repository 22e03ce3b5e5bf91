/* SPDX-License-Identifier: BSD-3-Clause */
/* Two tables with open addressing: clients by number, and pairs that name them by it. */
#include "module/passive_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "common/xxhash_inline.h"

/* Pairs for each client there can be, on average. */
#define PAIRS_PER_CLIENT 8
/* What one client may have of all places: a host that makes names up must not push out the others. */
#define GREEDY_PART 4

struct ush_passive_table {
	uint64_t seed;
	size_t places; /* of pairs; a power of two */
	size_t count;
	struct ush_passive_pair *pairs; /* hash 0: free */
	size_t client_places;           /* likewise */
	size_t client_count;
	uint32_t *numbers;                  /* of clients, by hash; 0: free, else number + 1 */
	struct ush_passive_client *clients; /* by number */
	uint32_t *shares;                   /* pairs that each has */
};

struct ush_passive_table *
ush_passive_table_new(size_t bytes)
{
	struct ush_passive_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->places = PAIRS_PER_CLIENT * 16;
	while (table->places * 2 * sizeof(*table->pairs) <= bytes)
		table->places *= 2;
	table->client_places = table->places / PAIRS_PER_CLIENT;
	(void)!getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK);
	table->pairs = calloc(table->places, sizeof(*table->pairs));
	table->numbers = calloc(table->client_places, sizeof(*table->numbers));
	table->clients = calloc(table->client_places, sizeof(*table->clients));
	table->shares = calloc(table->client_places, sizeof(*table->shares));
	if (table->pairs && table->numbers && table->clients && table->shares)
		return table;
	ush_passive_table_free(table);
	return NULL;
}

void
ush_passive_table_free(struct ush_passive_table *table)
{
	if (!table)
		return;
	free(table->pairs);
	free(table->numbers);
	free(table->clients);
	free(table->shares);
	free(table);
}

static bool
is_crowded(size_t count, size_t places)
{
	return count >= places - places / 4;
}

/* Its number; false if there is no room for another client. */
static bool
find_client(
    struct ush_passive_table *table, const struct ush_passive_client *client, uint32_t *number)
{
	size_t mask = table->client_places - 1;
	size_t at = XXH3_64bits_withSeed(client, sizeof(*client), table->seed) & mask;

	for (; table->numbers[at] != 0; at = (at + 1) & mask) {
		*number = table->numbers[at] - 1;
		if (memcmp(&table->clients[*number], client, sizeof(*client)) == 0)
			return true;
	}
	if (is_crowded(table->client_count, table->client_places))
		return false;
	*number = (uint32_t)table->client_count++;
	table->numbers[at] = *number + 1;
	table->clients[*number] = *client;
	table->shares[*number] = 0;
	return true;
}

enum ush_passive_added
ush_passive_table_add(struct ush_passive_table *table, uint64_t hash,
    const struct ush_passive_client *client, uint8_t hour, uint8_t flags)
{
	size_t mask = table->places - 1;
	struct ush_passive_pair *pair;
	uint32_t number;
	size_t at;

	if (!find_client(table, client, &number))
		return USH_PASSIVE_FULL;
	/* The hash is a secret one: nobody can choose where it comes to lie. */
	at = (hash + number * 0x9e3779b97f4a7c15u) & mask;
	for (; table->pairs[at].hash != 0; at = (at + 1) & mask) {
		pair = &table->pairs[at];
		if (pair->hash != hash || pair->client != number)
			continue;
		pair->last = hour > pair->last ? hour : pair->last;
		pair->flags |= flags;
		return USH_PASSIVE_ADDED;
	}
	if (is_crowded(table->count, table->places))
		return USH_PASSIVE_FULL;
	if (table->shares[number] >= table->places / GREEDY_PART)
		return USH_PASSIVE_GREEDY;
	table->shares[number]++;
	table->count++;
	table->pairs[at] = (struct ush_passive_pair){
	    .hash = hash, .client = number, .first = hour, .last = hour, .flags = flags};
	return USH_PASSIVE_ADDED;
}

size_t
ush_passive_table_count(const struct ush_passive_table *table)
{
	return table->count;
}

void
ush_passive_table_clear(struct ush_passive_table *table)
{
	memset(table->pairs, 0, table->places * sizeof(*table->pairs));
	memset(table->numbers, 0, table->client_places * sizeof(*table->numbers));
	table->count = table->client_count = 0;
}

int
ush_passive_table_list(const struct ush_passive_table *table, struct ush_passive_file *file)
{
	struct ush_passive_pair *pairs = calloc(table->count + 1, sizeof(*pairs));
	size_t count = 0;

	if (!pairs)
		return -1;
	for (size_t i = 0; i < table->places; i++) {
		if (table->pairs[i].hash != 0)
			pairs[count++] = table->pairs[i];
	}
	ush_passive_sort(pairs, count);
	file->memory = pairs;
	file->pairs = pairs;
	file->pair_count = count;
	file->clients = table->clients;
	file->client_count = table->client_count;
	return 0;
}
