/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/rows.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "common/xxhash_inline.h"

#define CHUNK_BYTES (1u << 20)
#define PLACES_MIN 1024 /* of the hash table, a power of two */

/* The value stands behind it, then the key. */
struct row {
	uint64_t hash;
	size_t key_len;
	alignas(max_align_t) uint8_t value[];
};

struct chunk {
	struct chunk *next;
	size_t used;
	alignas(max_align_t) uint8_t bytes[CHUNK_BYTES];
};

struct ush_rows {
	uint64_t seed; /* keys hold what hosts sent: none of them can tell which ones collide */
	size_t value_size;
	struct row **places; /* free ones are NULL */
	size_t place_count;
	size_t count;
	struct chunk *chunks; /* the one with room first */
	size_t bytes;
};

void
ush_row_key_text(struct ush_row_key *key, const char *text)
{
	ush_row_key_bytes(key, text, strlen(text));
}

void
ush_row_key_bytes(struct ush_row_key *key, const char *text, size_t len)
{
	size_t room = sizeof(key->bytes) - 1 - key->len;

	len = len < room ? len : room;
	memcpy(key->bytes + key->len, text, len);
	key->len += len;
	key->bytes[key->len] = '\0';
	key->len += key->len < sizeof(key->bytes) - 1;
}

void
ush_row_key_uint(struct ush_row_key *key, uint64_t value, unsigned octets)
{
	for (unsigned i = octets; i > 0 && key->len < sizeof(key->bytes) - 1; i--)
		key->bytes[key->len++] = (uint8_t)(value >> (i - 1) * 8);
}

const char *
ush_row_text(const uint8_t **at)
{
	const char *text = (const char *)*at;

	*at += strlen(text) + 1;
	return text;
}

uint64_t
ush_row_uint(const uint8_t **at, unsigned octets)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < octets; i++)
		value = value << 8 | *(*at)++;
	return value;
}

struct ush_rows *
ush_rows_new(size_t value_size)
{
	struct ush_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		return NULL;
	/* Where the kernel has no entropy yet, the table may only be slower. */
	(void)!getrandom(&rows->seed, sizeof(rows->seed), GRND_NONBLOCK);
	rows->value_size = value_size;
	rows->place_count = PLACES_MIN;
	rows->places = calloc(rows->place_count, sizeof(struct row *));
	if (rows->places == NULL) {
		free(rows);
		return NULL;
	}
	return rows;
}

static void
free_chunks(struct ush_rows *rows)
{
	while (rows->chunks != NULL) {
		struct chunk *next = rows->chunks->next;

		free(rows->chunks);
		rows->chunks = next;
	}
}

void
ush_rows_free(struct ush_rows *rows)
{
	if (rows == NULL)
		return;
	free_chunks(rows);
	free(rows->places);
	free(rows);
}

/* Memory from a chunk; a row is much smaller than one. */
static void *
take(struct ush_rows *rows, size_t size)
{
	struct chunk *chunk = rows->chunks;
	void *taken;

	size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	if (chunk == NULL || sizeof(chunk->bytes) - chunk->used < size) {
		chunk = malloc(sizeof(*chunk));
		if (chunk == NULL)
			return NULL;
		chunk->next = rows->chunks;
		chunk->used = 0;
		rows->chunks = chunk;
	}
	taken = chunk->bytes + chunk->used;
	chunk->used += size;
	rows->bytes += size + 2 * sizeof(struct row *);
	return taken;
}

static const uint8_t *
key_of(const struct ush_rows *rows, const struct row *row)
{
	return row->value + rows->value_size;
}

/* The place of the row, or the free one where it belongs. */
static struct row **
find(const struct ush_rows *rows, uint64_t hash, const struct ush_row_key *key)
{
	size_t at = hash & (rows->place_count - 1);

	for (;; at = (at + 1) & (rows->place_count - 1)) {
		const struct row *row = rows->places[at];

		if (row == NULL || (row->hash == hash && row->key_len == key->len &&
		                       memcmp(key_of(rows, row), key->bytes, key->len) == 0))
			return &rows->places[at];
	}
}

/* Twice as many places. */
static int
grow(struct ush_rows *rows)
{
	struct row **before = rows->places;
	size_t count = rows->place_count;
	struct row **places = calloc(count * 2, sizeof(struct row *));

	if (places == NULL)
		return -1;
	rows->places = places;
	rows->place_count = count * 2;
	for (size_t i = 0; i < count; i++) {
		size_t at;

		if (before[i] == NULL)
			continue;
		at = before[i]->hash & (rows->place_count - 1);
		while (places[at] != NULL)
			at = (at + 1) & (rows->place_count - 1);
		places[at] = before[i];
	}
	free(before);
	return 0;
}

void *
ush_rows_at(struct ush_rows *rows, const struct ush_row_key *key)
{
	uint64_t hash = XXH3_64bits_withSeed(key->bytes, key->len, rows->seed);
	struct row **place = find(rows, hash, key);
	struct row *row = *place;

	if (row != NULL)
		return row->value;
	if (rows->count >= rows->place_count / 2) {
		if (grow(rows) != 0)
			return NULL;
		place = find(rows, hash, key);
	}
	row = take(rows, sizeof(*row) + rows->value_size + key->len);
	if (row == NULL)
		return NULL;
	row->hash = hash;
	row->key_len = key->len;
	memset(row->value, 0, rows->value_size);
	memcpy(row->value + rows->value_size, key->bytes, key->len);
	*place = row;
	rows->count++;
	return row->value;
}

size_t
ush_rows_bytes(const struct ush_rows *rows)
{
	return rows->bytes;
}

/* A key in a list to be sorted. */
struct listed {
	const uint8_t *key;
	size_t len;
	const void *value;
};

static int
by_key(const void *a, const void *b)
{
	const struct listed *x = a;
	const struct listed *y = b;
	int order = memcmp(x->key, y->key, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

int
ush_rows_each(const struct ush_rows *rows, ush_row_fn *fn, void *arg)
{
	struct listed *list = reallocarray(NULL, rows->count + 1, sizeof(*list));
	size_t count = 0;
	int rc = 0;

	if (list == NULL)
		return -1;
	for (size_t i = 0; i < rows->place_count; i++) {
		const struct row *row = rows->places[i];

		if (row != NULL)
			list[count++] =
			    (struct listed){key_of(rows, row), row->key_len, row->value};
	}
	qsort(list, count, sizeof(*list), by_key);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = fn(arg, list[i].key, list[i].value);
	free(list);
	return rc;
}

void
ush_rows_clear(struct ush_rows *rows)
{
	free_chunks(rows);
	memset(rows->places, 0, rows->place_count * sizeof(struct row *));
	rows->count = 0;
	rows->bytes = 0;
}
