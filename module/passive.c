/* SPDX-License-Identifier: BSD-3-Clause */
/* What workers do, and how the thread begins and ends. */
#include "module/passive.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/eventlog.h"
#include "common/loaded.h"
#include "common/xxhash_inline.h"
#include "module/passive_writer.h"

#define STOP_PATIENCE_MS 3000

bool
ush_passive_is_on(const struct ush_passive *passive)
{
	return passive && atomic_load_explicit(&passive->hour, memory_order_relaxed) != 0;
}

/* Names of addresses are never listed, and there are many of them. */
static bool
is_in_arpa(const struct ush_name *name)
{
	static const uint8_t arpa[] = {4, 'a', 'r', 'p', 'a', 0};

	return name->len >= sizeof(arpa) &&
	       memcmp(name->wire + name->len - sizeof(arpa), arpa, sizeof(arpa)) == 0;
}

/* Of one hour, client and kind, as a seed for the name. No client knows the seed in it. */
static uint64_t
mix_client(const struct ush_passive *passive, uint32_t hour, const struct ush_address *client,
    bool has_address)
{
	const uint64_t odd = 0x9e3779b97f4a7c15;
	uint64_t parts[2], mixed;

	memcpy(parts, client->octets, sizeof(parts));
	mixed = (atomic_load_explicit(&passive->seed, memory_order_relaxed) ^ hour ^
	            (uint64_t)has_address << 32) *
	        odd;
	mixed = (mixed ^ mixed >> 32 ^ parts[0]) * odd;
	return (mixed ^ mixed >> 32 ^ parts[1]) * odd;
}

void
ush_passive_ask(struct ush_passive *passive, unsigned place, const struct ush_name *name,
    const struct ush_address *client, bool has_address, struct ush_passive_question *out)
{
	uint32_t hour = passive ? atomic_load_explicit(&passive->hour, memory_order_acquire) : 0;
	struct ush_passive_tags *tags;
	uint64_t hash;

	out->tag = 0;
	if (hour == 0 || client->family == 0 || is_in_arpa(name))
		return;
	tags = atomic_load_explicit(&passive->places[place].tags, memory_order_acquire);
	hash = XXH3_64bits_withSeed(
	    name->wire, name->len, mix_client(passive, hour, client, has_address));
	out->set = tags->tags[hash >> 32 & (tags->sets - 1)];
	out->tag = (uint32_t)hash != 0 ? (uint32_t)hash : 1;
	__builtin_prefetch(out->set);
}

bool
ush_passive_is_new(const struct ush_passive_question *question)
{
	uint32_t is_known = 0;

	if (question->tag == 0)
		return false;
	for (size_t i = 0; i < USH_PASSIVE_WAYS; i++)
		is_known |= question->set[i] == question->tag;
	return !is_known;
}

/* The newest stands first: the oldest makes room. */
void
ush_passive_remember(const struct ush_passive_question *question)
{
	memmove(
	    question->set + 1, question->set, (USH_PASSIVE_WAYS - 1) * sizeof(question->set[0]));
	question->set[0] = question->tag;
}

void
ush_passive_record(struct ush_passive *passive, unsigned place,
    const struct ush_passive_question *question, const struct ush_name *name,
    const struct ush_address *client, bool is_real)
{
	struct ush_passive_place *self = &passive->places[place];
	struct ush_ring *ring = &self->ring;
	struct ush_passive_record record = {
	    .client = ush_passive_client(client),
	    .flags = is_real ? USH_PASSIVE_REAL : 0,
	    .name_len = name->len,
	};
	char *room = ush_ring_reserve(ring, sizeof(record) + name->len + 1);

	if (!room)
		return;
	memcpy(room, &record, sizeof(record));
	memcpy(room + sizeof(record), name->wire, name->len);
	room[sizeof(record) + name->len] = '\n';
	ush_ring_commit(ring, sizeof(record) + name->len + 1);
	ush_passive_remember(question);
	atomic_store_explicit(&self->recorded,
	    atomic_load_explicit(&self->recorded, memory_order_relaxed) + 1, memory_order_relaxed);
}

void
ush_passive_write_soon(struct ush_passive *passive)
{
	if (passive)
		atomic_store(&passive->write_soon, true);
}

uint64_t
ush_passive_lost(struct ush_passive *passive)
{
	uint64_t lost;

	if (!passive)
		return 0;
	lost = atomic_load_explicit(&passive->lost, memory_order_relaxed);
	for (unsigned i = 0; i < passive->place_count; i++)
		lost += atomic_load_explicit(&passive->places[i].ring.lost, memory_order_relaxed);
	return lost;
}

static void
free_tags(struct ush_passive_tags *tags)
{
	while (tags) {
		struct ush_passive_tags *older = tags->older;

		free(tags->tags);
		free(tags);
		tags = older;
	}
}

static void
free_passive(struct ush_passive *passive)
{
	for (unsigned i = 0; passive->places && i < passive->place_count; i++) {
		ush_ring_fini(&passive->places[i].ring);
		free_tags(atomic_load(&passive->places[i].tags));
	}
	free(passive->places);
	free(passive->batch);
	ush_passive_table_free(passive->table);
	free(passive->now.directory);
	free(passive->wanted.directory);
	(void)pthread_cond_destroy(&passive->wake);
	(void)pthread_mutex_destroy(&passive->lock);
	free(passive);
}

static int
make_places(struct ush_passive *passive, unsigned count)
{
	passive->places =
	    aligned_alloc(_Alignof(struct ush_passive_place), count * sizeof(*passive->places));
	if (!passive->places)
		return -1;
	memset(passive->places, 0, count * sizeof(*passive->places));
	passive->place_count = count;
	for (unsigned i = 0; i < count; i++) {
		if (ush_ring_init(&passive->places[i].ring, USH_RING_MIN, 0, i + 1) != 0)
			return -1;
	}
	return 0;
}

struct ush_passive *
ush_passive_new(unsigned places, ush_passive_note_fn *note, void *arg)
{
	struct ush_passive *passive = calloc(1, sizeof(*passive));
	pthread_condattr_t monotonic;

	if (!passive)
		return NULL;
	passive->note = note;
	passive->note_arg = arg;
	(void)pthread_mutex_init(&passive->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&passive->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (make_places(passive, places) == 0)
		return passive;
	free_passive(passive);
	return NULL;
}

void
ush_passive_note(struct ush_passive *passive, const char *text)
{
	(void)pthread_mutex_lock(&passive->lock);
	if (passive->note && !passive->is_abandoned)
		passive->note(passive->note_arg, text);
	(void)pthread_mutex_unlock(&passive->lock);
}

static struct timespec
after_ms(unsigned ms)
{
	uint64_t end_ms = ush_monotonic_ms() + ms;

	return (struct timespec){
	    .tv_sec = (time_t)(end_ms / 1000), .tv_nsec = (long)(end_ms % 1000) * 1000000};
}

/* Sleeps, and takes what is wanted now, if that is new. False at the end. */
static bool
rest(struct ush_passive *passive, unsigned ms, struct ush_passive_wanted *wanted, bool *is_new)
{
	struct timespec until = after_ms(ms);
	bool goes_on;
	int rc = 0;

	(void)pthread_mutex_lock(&passive->lock);
	while (!passive->stopping && !passive->is_wanted_new && rc == 0)
		rc = pthread_cond_timedwait(&passive->wake, &passive->lock, &until);
	*is_new = passive->is_wanted_new;
	if (*is_new) {
		*wanted = passive->wanted;
		passive->wanted.directory = NULL;
		passive->is_wanted_new = false;
	}
	goes_on = !passive->stopping;
	(void)pthread_mutex_unlock(&passive->lock);
	return goes_on;
}

static void
work(struct ush_passive *passive)
{
	struct ush_passive_wanted wanted;
	unsigned ms = 0;
	bool is_new;

	while (rest(passive, ms, &wanted, &is_new)) {
		if (is_new)
			ush_passive_begin(passive, &wanted);
		ms = ush_passive_turn(passive, ush_time_now_ms());
	}
	if (is_new)
		free(wanted.directory);
	ush_passive_end(passive);
}

static void *
run(void *arg)
{
	struct ush_passive *passive = arg;
	bool is_abandoned;

	work(passive);
	(void)pthread_mutex_lock(&passive->lock);
	passive->has_ended = true;
	is_abandoned = passive->is_abandoned;
	(void)pthread_cond_signal(&passive->wake);
	(void)pthread_mutex_unlock(&passive->lock);
	if (is_abandoned)
		free_passive(passive);
	return NULL;
}

/* Signals are the resolver's business. The caller holds the lock. */
static void
start_thread(struct ush_passive *passive)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	passive->has_thread = pthread_create(&passive->thread, NULL, run, passive) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (passive->has_thread)
		(void)pthread_setname_np(passive->thread, "ush-passive");
}

void
ush_passive_follow(struct ush_passive *passive, const struct ush_module_settings *settings)
{
	struct ush_passive_wanted wanted = {
	    .mode = settings->passive,
	    .directory = strdup(settings->passive_directory),
	    .keep_days = settings->passive_keep,
	    .disk_mib = settings->passive_disk,
	    .memory_mib = settings->passive_memory,
	};

	if (!wanted.directory)
		return;
	(void)pthread_mutex_lock(&passive->lock);
	free(passive->wanted.directory);
	passive->wanted = wanted;
	passive->is_wanted_new = true;
	if (!passive->has_thread && wanted.mode != USH_PASSIVE_OFF)
		start_thread(passive);
	(void)pthread_cond_signal(&passive->wake);
	(void)pthread_mutex_unlock(&passive->lock);
}

static void
leave_behind(struct ush_passive *passive)
{
	if (passive->note)
		passive->note(passive->note_arg,
		    "the file system of the passive record does not answer: the thread that writes "
		    "it is left behind, and what it had not written is lost");
	ush_stay_loaded();
	passive->is_abandoned = true;
	(void)pthread_detach(passive->thread);
}

void
ush_passive_close(struct ush_passive *passive)
{
	struct timespec until = after_ms(STOP_PATIENCE_MS);
	bool is_mine = true;
	int rc = 0;

	if (!passive)
		return;
	(void)pthread_mutex_lock(&passive->lock);
	passive->stopping = true;
	(void)pthread_cond_signal(&passive->wake);
	while (passive->has_thread && !passive->has_ended && rc == 0)
		rc = pthread_cond_timedwait(&passive->wake, &passive->lock, &until);
	if (passive->has_thread && !passive->has_ended) {
		leave_behind(passive);
		is_mine = false;
	}
	(void)pthread_mutex_unlock(&passive->lock);
	if (!is_mine)
		return;
	if (passive->has_thread)
		(void)pthread_join(passive->thread, NULL);
	free_passive(passive);
}
