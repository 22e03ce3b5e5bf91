/* SPDX-License-Identifier: BSD-3-Clause */
/* Files and questions are both in the order of hashes: each file is passed through once, whatever the
 * number of questions. */
#include "sinkhole/store/passive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/passive_file.h"

#define HOUR_MS (USH_HOUR_S * 1000ull)

struct question {
	uint64_t hash;
	uint32_t number;
	bool below;
};

struct ush_passive_search {
	char *directory;
	struct ush_passive_key key;
	struct question *questions;
	size_t question_count;
	size_t question_room;
	struct ush_passive_found *found;
	size_t found_count;
	size_t found_room;
	/* Of the run. */
	const struct ush_address *client;
	uint64_t since_ms;
	uint64_t until_ms;
};

int
ush_passive_search_new(
    struct ush_passive_search **out, const char *directory, struct ush_error *err)
{
	struct ush_passive_search *search = calloc(1, sizeof(*search));

	*out = NULL;
	if (search == NULL || (search->directory = strdup(directory)) == NULL) {
		free(search);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	if (ush_passive_key_load(&search->key, directory, err) != 0) {
		ush_passive_search_free(search);
		return -1;
	}
	*out = search;
	return 0;
}

void
ush_passive_search_free(struct ush_passive_search *search)
{
	if (search == NULL)
		return;
	free(search->directory);
	free(search->questions);
	free(search->found);
	free(search);
}

/* Room for one more. */
static int
grow(void **items, size_t *room, size_t count, size_t size, struct ush_error *err)
{
	void *more;

	if (count < *room)
		return 0;
	more = reallocarray(*items, *room * 2 + 64, size);
	if (more == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	*items = more;
	*room = *room * 2 + 64;
	return 0;
}

static int
add_question(struct ush_passive_search *search, uint32_t number, const struct ush_name *name,
    enum ush_passive_kind kind, struct ush_error *err)
{
	if (grow((void **)&search->questions, &search->question_room, search->question_count,
	        sizeof(search->questions[0]), err) != 0)
		return -1;
	search->questions[search->question_count++] = (struct question){
	    .hash = ush_passive_hash(&search->key, name, 0, kind),
	    .number = number,
	    .below = kind == USH_PASSIVE_BELOW,
	};
	return 0;
}

int
ush_passive_search_add(struct ush_passive_search *search, uint32_t number,
    const struct ush_name *name, bool itself, bool below, struct ush_error *err)
{
	if (itself && add_question(search, number, name, USH_PASSIVE_ITSELF, err) != 0)
		return -1;
	return below ? add_question(search, number, name, USH_PASSIVE_BELOW, err) : 0;
}

static int
compare_questions(const void *a, const void *b)
{
	const struct question *x = a;
	const struct question *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int
compare_clients(const struct ush_address *a, const struct ush_address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->octets, b->octets, sizeof(a->octets));
}

static int
compare_identity(const void *a, const void *b)
{
	const struct ush_passive_found *x = a;
	const struct ush_passive_found *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return compare_clients(&x->client, &y->client);
}

static int
compare_found(const void *a, const void *b)
{
	const struct ush_passive_found *x = a;
	const struct ush_passive_found *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->first_ms != y->first_ms)
		return x->first_ms < y->first_ms ? -1 : 1;
	return compare_clients(&x->client, &y->client);
}

static void
merge(struct ush_passive_found *into, const struct ush_passive_found *more)
{
	if (more->first_ms < into->first_ms)
		into->first_ms = more->first_ms;
	if (more->last_ms > into->last_ms)
		into->last_ms = more->last_ms;
	into->itself |= more->itself;
	into->below |= more->below;
	into->is_real |= more->is_real;
}

/* One entry for each client and number. */
static void
fold(struct ush_passive_search *search)
{
	size_t count = 0;

	if (search->found_count == 0)
		return;
	qsort(search->found, search->found_count, sizeof(search->found[0]), compare_identity);
	for (size_t i = 1; i < search->found_count; i++) {
		if (compare_identity(&search->found[count], &search->found[i]) == 0)
			merge(&search->found[count], &search->found[i]);
		else
			search->found[++count] = search->found[i];
	}
	search->found_count = count + 1;
}

/* More than what can be merged has to be there before it grows. */
static int
make_room(struct ush_passive_search *search, struct ush_error *err)
{
	if (search->found_count < search->found_room)
		return 0;
	fold(search);
	if (search->found_count < search->found_room / 2)
		return 0;
	return grow((void **)&search->found, &search->found_room, search->found_room,
	    sizeof(search->found[0]), err);
}

static int
add_found(struct ush_passive_search *search, const struct ush_passive_file *file,
    const struct ush_passive_pair *pair, const struct question *question, struct ush_error *err)
{
	struct ush_passive_found found = {
	    .number = question->number,
	    .client = ush_passive_address(&file->clients[pair->client]),
	    .first_ms = file->begin_ms + pair->first * HOUR_MS,
	    .last_ms = file->begin_ms + pair->last * HOUR_MS,
	    .itself = !question->below,
	    .below = question->below,
	    .is_real = (pair->flags & USH_PASSIVE_REAL) != 0,
	};

	if ((search->client != NULL && !ush_address_equal(search->client, &found.client)) ||
	    found.last_ms + HOUR_MS <= search->since_ms ||
	    (search->until_ms != 0 && found.first_ms >= search->until_ms))
		return 0;
	if (make_room(search, err) != 0)
		return -1;
	search->found[search->found_count++] = found;
	return 0;
}

static int
search_file(
    struct ush_passive_search *search, const struct ush_passive_file *file, struct ush_error *err)
{
	size_t q = 0;
	int rc = 0;

	for (size_t i = 0; i < file->pair_count && rc == 0; i++) {
		const struct ush_passive_pair *pair = &file->pairs[i];

		while (q < search->question_count && search->questions[q].hash < pair->hash)
			q++;
		/* Several questions may be about one name. */
		for (size_t s = q; s < search->question_count && rc == 0 &&
		                   search->questions[s].hash == pair->hash;
		     s++)
			rc = add_found(search, file, pair, &search->questions[s], err);
	}
	return rc;
}

static int
search_entry(struct ush_passive_search *search, const struct ush_passive_entry *entry,
    struct ush_unread *unread, struct ush_error *err)
{
	struct ush_error trouble = {0};
	struct ush_passive_file file;
	int rc = 0;

	if (ush_passive_file_read(&file, search->directory, entry->name, &trouble) != 0) {
		ush_unread_add(unread, &trouble);
		return 0;
	}
	if (file.key_check == ush_passive_key_check(&search->key)) {
		rc = search_file(search, &file, err);
	} else {
		(void)ush_fail(&trouble, search->directory, 0,
		    "%s was written under another key: nothing can be found in it", entry->name);
		ush_unread_add(unread, &trouble);
	}
	ush_passive_file_fini(&file);
	return rc;
}

/* A file may be of a day. */
static bool
may_have(const struct ush_passive_search *search, const struct ush_passive_entry *entry)
{
	return entry->begin_ms + USH_DAY_S * 1000ull > search->since_ms &&
	       (search->until_ms == 0 || entry->begin_ms < search->until_ms);
}

int
ush_passive_search_run(struct ush_passive_search *search, const struct ush_address *client,
    uint64_t since_ms, uint64_t until_ms, struct ush_passive_answer *answer,
    struct ush_unread *unread, struct ush_error *err)
{
	struct ush_passive_entries entries;
	int rc = 0;

	*answer = (struct ush_passive_answer){0};
	search->client = client;
	search->since_ms = since_ms;
	search->until_ms = until_ms;
	search->found_count = 0;
	if (ush_passive_entries_find(&entries, search->directory, err) != 0)
		return -1;
	if (search->question_count > 0)
		qsort(search->questions, search->question_count, sizeof(search->questions[0]),
		    compare_questions);
	for (size_t i = 0; i < entries.count && rc == 0; i++) {
		if (may_have(search, &entries.items[i]))
			rc = search_entry(search, &entries.items[i], unread, err);
	}
	answer->files = entries.count;
	answer->begin_ms = entries.count > 0 ? entries.items[0].begin_ms : 0;
	ush_passive_entries_fini(&entries);
	fold(search);
	if (search->found_count > 0)
		qsort(search->found, search->found_count, sizeof(search->found[0]), compare_found);
	answer->items = search->found;
	answer->count = search->found_count;
	return rc;
}
