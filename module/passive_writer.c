/* SPDX-License-Identifier: BSD-3-Clause */
/* Out of the rings, into the table, onto the disk. */
#include "module/passive_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "common/event.h"

#define BATCH_BYTES (256u << 10)
#define SLEEP_MS 20
#define IDLE_MS 1000
/* Of tags of a worker at first: 64 KB. */
#define FIRST_SETS 1024
/* Between two writes of a file that is not complete: this, and so much longer than one takes that
 * writing costs half a percent of a core. */
#define WRITE_MS 60000
#define WRITE_PART 200
#define SWEEP_MS 60000
#define HOUR_MS (USH_HOUR_S * 1000ull)
/* Ancestors of a name that are recorded, the shortest first: rules are short. */
#define LEVELS_MAX 16

static void
lose(struct ush_passive *passive, uint64_t count)
{
	uint64_t lost = atomic_load_explicit(&passive->lost, memory_order_relaxed);

	atomic_store_explicit(&passive->lost, lost + count, memory_order_relaxed);
}

/* Says when it begins to fail. */
static void
set_failing(struct ush_passive *passive, const struct ush_error *err)
{
	char text[sizeof(err->file) + sizeof(err->text) + 64];
	char reason[sizeof(err->file) + sizeof(err->text) + 16];

	if (err && !passive->is_failing) {
		(void)snprintf(text, sizeof(text), "passive record: %s",
		    ush_error_format(err, reason, sizeof(reason)));
		ush_passive_note(passive, text);
	}
	passive->is_failing = err != NULL;
}

static uint32_t
period_s(const struct ush_passive *passive)
{
	return passive->now.mode == USH_PASSIVE_HOURS ? USH_HOUR_S : USH_DAY_S;
}

/* Removes what is too old, and the oldest files of a directory that has become too large. Those of a
 * period that is not over too: better new ones than old ones. */
static void
sweep(struct ush_passive *passive)
{
	uint64_t keep_ms = passive->now.keep_days * (uint64_t)USH_DAY_S * 1000;
	uint64_t most = (uint64_t)passive->now.disk_mib << 20;
	struct ush_passive_entries entries;
	uint64_t total = 0;

	passive->sweep_due_ms = ush_monotonic_ms() + SWEEP_MS;
	if (ush_passive_entries_find(&entries, passive->now.directory, NULL) != 0)
		return;
	for (size_t i = 0; i < entries.count; i++)
		total += entries.items[i].bytes;
	for (size_t i = 0; i < entries.count; i++) {
		const struct ush_passive_entry *entry = &entries.items[i];
		char *path;

		/* All that is in it is older than its period's end. */
		if (total <= most &&
		    entry->begin_ms + period_s(passive) * 1000ull + keep_ms > passive->now_ms)
			continue;
		if (asprintf(&path, "%s/%s", passive->now.directory, entry->name) == -1)
			break;
		(void)unlink(path);
		free(path);
		total -= entry->bytes;
	}
	ush_passive_entries_fini(&entries);
}

/* The first part of this period that is not on disk: an earlier life of this thread may have left
 * some. */
static unsigned
next_part(const struct ush_passive *passive)
{
	struct ush_passive_entries entries;
	unsigned part = 0;

	if (ush_passive_entries_find(&entries, passive->now.directory, NULL) != 0)
		return 0;
	for (size_t i = 0; i < entries.count; i++) {
		if (entries.items[i].begin_ms == passive->begin_ms)
			part = entries.items[i].part + 1;
	}
	ush_passive_entries_fini(&entries);
	return part;
}

static int
write_file(struct ush_passive *passive)
{
	struct ush_passive_file file = {.begin_ms = passive->begin_ms,
	    .period_s = period_s(passive),
	    .key_check = ush_passive_key_check(&passive->key)};
	char name[USH_PASSIVE_NAME_MAX];
	struct ush_error err = {0};
	uint64_t bytes;
	int rc;

	ush_passive_file_name(name, passive->begin_ms, passive->part);
	if (ush_passive_table_list(passive->table, &file) != 0)
		return -1;
	rc = ush_passive_file_write(passive->now.directory, name, &file, &bytes, &err);
	ush_passive_file_fini(&file);
	set_failing(passive, rc != 0 ? &err : NULL);
	return rc;
}

/* Nothing is recorded until it has been started again. */
static void
forget(struct ush_passive *passive)
{
	atomic_store(&passive->hour, 0);
	lose(passive, ush_passive_table_count(passive->table));
	ush_passive_table_clear(passive->table);
	passive->has_changed = false;
	passive->begin_ms = 0;
	passive->is_started = false;
}

/* Whoever removes the key, or all of the directory, wants the record forgotten. Not so one that cannot be
 * read at the moment (no descriptor is free). */
static bool
has_its_key(const struct ush_passive *passive)
{
	struct ush_passive_key key;

	if (ush_passive_key_load(&key, passive->now.directory, NULL) == 0)
		return memcmp(&key, &passive->key, sizeof(key)) == 0;
	return ush_passive_key_exists(passive->now.directory);
}

/* The file of this part as the table has it now. */
static void
write_table(struct ush_passive *passive)
{
	uint64_t begin_ms = ush_monotonic_ms();
	uint64_t took_ms;

	atomic_store(&passive->write_soon, false);
	if (passive->has_changed && !has_its_key(passive)) {
		forget(passive);
		return;
	}
	if (passive->has_changed && write_file(passive) == 0)
		passive->has_changed = false;
	took_ms = ush_monotonic_ms() - begin_ms;
	passive->write_due_ms =
	    begin_ms + (took_ms * WRITE_PART > WRITE_MS ? took_ms * WRITE_PART : WRITE_MS);
}

/* The file of this part is complete, or lost. */
static void
finish_part(struct ush_passive *passive)
{
	write_table(passive);
	if (passive->has_changed)
		lose(passive, ush_passive_table_count(passive->table));
	passive->has_changed = false;
	ush_passive_table_clear(passive->table);
	passive->part++;
	sweep(passive);
}

static void
add_pair(struct ush_passive *passive, uint64_t hash, const struct ush_passive_record *record,
    uint8_t hour)
{
	enum ush_passive_added added =
	    ush_passive_table_add(passive->table, hash, &record->client, hour, record->flags);

	if (added == USH_PASSIVE_FULL) {
		finish_part(passive);
		added = ush_passive_table_add(
		    passive->table, hash, &record->client, hour, record->flags);
	}
	if (added == USH_PASSIVE_ADDED)
		passive->has_changed = true;
	else
		lose(passive, 1);
}

/* The name itself, and each name above it that can be listed: from two labels on. */
static void
add_name(struct ush_passive *passive, const struct ush_passive_record *record,
    const struct ush_name *name, uint8_t hour)
{
	unsigned labels = ush_name_labels(name);
	unsigned highest = labels - 1 < LEVELS_MAX ? labels - 1 : LEVELS_MAX;

	if (labels < 2)
		return;
	add_pair(
	    passive, ush_passive_hash(&passive->key, name, 0, USH_PASSIVE_ITSELF), record, hour);
	for (unsigned left = 2; left <= highest; left++)
		add_pair(passive,
		    ush_passive_hash(&passive->key, name, labels - left, USH_PASSIVE_BELOW), record,
		    hour);
}

static void
add_records(struct ush_passive *passive, size_t len, uint8_t hour)
{
	const char *at = passive->batch, *end = at + len;

	while (at < end) {
		struct ush_passive_record record;
		struct ush_name name;

		memcpy(&record, at, sizeof(record));
		name.len = record.name_len;
		memcpy(name.wire, at + sizeof(record), name.len);
		add_name(passive, &record, &name, hour);
		at += sizeof(record) + name.len + 1;
	}
}

/* Whether a ring was filling up. */
static bool
drain(struct ush_passive *passive, uint8_t hour)
{
	bool is_busy = false;

	for (unsigned i = 0; i < passive->place_count; i++) {
		size_t waiting;
		size_t len =
		    ush_ring_take(&passive->places[i].ring, passive->batch, BATCH_BYTES, &waiting);

		add_records(passive, len, hour);
		is_busy |= waiting > USH_RING_MIN / 8;
	}
	return is_busy;
}

static uint8_t
hour_of(const struct ush_passive *passive)
{
	uint64_t hour = passive->now_ms > passive->begin_ms
	                    ? (passive->now_ms - passive->begin_ms) / HOUR_MS
	                    : 0;
	uint64_t last = period_s(passive) / USH_HOUR_S - 1;

	return (uint8_t)(hour < last ? hour : last);
}

static int
add_tags(struct ush_passive_place *place, size_t sets)
{
	struct ush_passive_tags *tags = calloc(1, sizeof(*tags));
	size_t bytes = sets * sizeof(tags->tags[0]);

	if (tags)
		tags->tags = aligned_alloc(sizeof(tags->tags[0]), bytes);
	if (!tags || !tags->tags) {
		free(tags);
		return -1;
	}
	memset(tags->tags, 0, bytes);
	tags->sets = sets;
	tags->older = atomic_load(&place->tags);
	atomic_store_explicit(&place->tags, tags, memory_order_release);
	return 0;
}

/* Twice as many tags where half of them were set in this hour: what is in the old ones will be recorded
 * once more. All of a worker's together have its share of half of the memory. */
static void
grow_tags(const struct ush_passive *passive, struct ush_passive_place *place)
{
	size_t share = ((size_t)passive->now.memory_mib << 20) / 2 / passive->place_count;
	const struct ush_passive_tags *tags = atomic_load(&place->tags);
	uint64_t recorded = atomic_load_explicit(&place->recorded, memory_order_relaxed);

	if (recorded - place->recorded_before < tags->sets * USH_PASSIVE_WAYS / 2 ||
	    tags->sets * 4 * sizeof(tags->tags[0]) > share)
		return;
	if (add_tags(place, tags->sets * 2) == 0)
		place->recorded_before = recorded;
}

static void
begin_hour(struct ush_passive *passive, uint32_t hour)
{
	for (unsigned i = 0; i < passive->place_count; i++)
		passive->places[i].recorded_before =
		    atomic_load_explicit(&passive->places[i].recorded, memory_order_relaxed);
	atomic_store_explicit(&passive->hour, hour, memory_order_release);
}

static void
begin_period(struct ush_passive *passive, uint64_t begin_ms)
{
	if (passive->begin_ms != 0)
		finish_part(passive);
	passive->begin_ms = begin_ms;
	passive->part = next_part(passive);
}

static unsigned
turn(struct ush_passive *passive)
{
	uint64_t period_ms = period_s(passive) * 1000ull;
	uint64_t begin_ms = passive->now_ms / period_ms * period_ms;
	bool is_busy = drain(passive, passive->hour_before);

	if (begin_ms != passive->begin_ms)
		begin_period(passive, begin_ms);
	if (!passive->is_started)
		return 0;
	passive->hour_before = hour_of(passive);
	if (passive->now_ms / HOUR_MS != atomic_load(&passive->hour))
		begin_hour(passive, (uint32_t)(passive->now_ms / HOUR_MS));
	for (unsigned i = 0; i < passive->place_count; i++)
		grow_tags(passive, &passive->places[i]);
	if (ush_monotonic_ms() >= passive->write_due_ms || atomic_load(&passive->write_soon))
		write_table(passive);
	if (ush_monotonic_ms() >= passive->sweep_due_ms)
		sweep(passive);
	return is_busy ? 0 : SLEEP_MS;
}

/* Up to half of the memory is for tags, a quarter for the table; another is taken while it is written.
 */
static int
take_memory(struct ush_passive *passive, struct ush_error *err)
{
	size_t bytes = (size_t)passive->now.memory_mib << 20;
	int rc = 0;

	for (unsigned i = 0; i < passive->place_count && rc == 0; i++)
		rc = atomic_load(&passive->places[i].tags)
		         ? 0
		         : add_tags(&passive->places[i], FIRST_SETS);
	ush_passive_table_free(passive->table);
	passive->table = ush_passive_table_new(bytes / 4);
	if (!passive->batch)
		passive->batch = malloc(BATCH_BYTES);
	if (rc != 0 || !passive->table || !passive->batch)
		return ush_fail(err, NULL, 0, "out of memory");
	return 0;
}

/* What workers recorded in this hour went elsewhere: into other files, or under another key. */
static void
forget_tags(struct ush_passive *passive)
{
	uint64_t seed = atomic_load_explicit(&passive->seed, memory_order_relaxed) + 1;

	(void)!getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
	atomic_store_explicit(&passive->seed, seed, memory_order_relaxed);
}

static bool
start(struct ush_passive *passive)
{
	struct ush_error err = {0};

	if (take_memory(passive, &err) != 0 ||
	    ush_passive_key_make(&passive->key, passive->now.directory, &err) != 0) {
		set_failing(passive, &err);
		return false;
	}
	set_failing(passive, NULL);
	ush_passive_remove_unfinished(passive->now.directory);
	forget_tags(passive);
	passive->is_started = true;
	return true;
}

unsigned
ush_passive_turn(struct ush_passive *passive, uint64_t now_ms)
{
	passive->now_ms = now_ms;
	if (passive->now.mode == USH_PASSIVE_OFF || (!passive->is_started && !start(passive)))
		return IDLE_MS;
	return turn(passive);
}

void
ush_passive_end(struct ush_passive *passive)
{
	atomic_store(&passive->hour, 0);
	if (!passive->is_started)
		return;
	(void)drain(passive, passive->hour_before);
	finish_part(passive);
	passive->begin_ms = 0;
	passive->is_started = false;
}

static bool
is_same(const struct ush_passive_wanted *a, const struct ush_passive_wanted *b)
{
	return a->mode == b->mode && a->keep_days == b->keep_days && a->disk_mib == b->disk_mib &&
	       a->memory_mib == b->memory_mib && a->directory &&
	       strcmp(a->directory, b->directory) == 0;
}

void
ush_passive_begin(struct ush_passive *passive, struct ush_passive_wanted *wanted)
{
	if (is_same(&passive->now, wanted)) {
		free(wanted->directory);
		return;
	}
	ush_passive_end(passive);
	free(passive->now.directory);
	passive->now = *wanted;
	passive->is_failing = false;
}
