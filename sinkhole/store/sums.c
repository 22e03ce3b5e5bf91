/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/sums.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONG_MS 200 /* what takes less is made each time */
#define REST 20     /* as many times as long as they took */

static uint64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The list grows at 1, 2, 4, ... */
static struct ush_hits *
next_rule(struct ush_sums *sums)
{
	size_t count = sums->rule_count;
	struct ush_hits *rules;

	if ((count & (count - 1)) != 0)
		return &sums->rules[count];
	rules = reallocarray(sums->rules, count == 0 ? 1 : count * 2, sizeof(*rules));
	if (rules == NULL)
		return NULL;
	sums->rules = rules;
	return &rules[count];
}

static void
free_rule(struct ush_hits *rule)
{
	free((char *)(uintptr_t)rule->rule);
	free((char *)(uintptr_t)rule->campaign);
}

/* A walk that is ended has fewer rules than it saw. */
static int
add_rule(void *arg, const struct ush_hits *hits)
{
	struct ush_sums *sums = arg;
	struct ush_hits *rule = next_rule(sums);

	if (rule == NULL)
		return -1;
	*rule = *hits;
	rule->rule = strdup(hits->rule);
	rule->campaign = strdup(hits->campaign);
	if (rule->rule == NULL || rule->campaign == NULL) {
		free_rule(rule);
		return -1;
	}
	sums->rule_count++;
	return 0;
}

int
ush_sums_make(struct ush_sums **out, struct ush_store *store, const struct ush_settings *settings,
    struct ush_error *err)
{
	struct ush_sums *sums = calloc(1, sizeof(*sums));
	uint64_t begin_ms = monotonic_ms();

	*out = NULL;
	if (sums == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	ush_sums_share(sums);
	if (ush_reaches_find(&sums->reaches, store, settings, err) != 0 ||
	    ush_store_size(store, &sums->size, err) != 0 ||
	    ush_hits_each(store, add_rule, sums, err) != 0) {
		ush_sums_free(sums);
		return -1;
	}
	sums->made_ms = monotonic_ms();
	sums->made_in_ms = sums->made_ms - begin_ms;
	*out = sums;
	return 0;
}

bool
ush_sums_are_good(const struct ush_sums *sums)
{
	return sums->made_in_ms >= LONG_MS &&
	       monotonic_ms() - sums->made_ms < sums->made_in_ms * REST;
}

struct ush_sums *
ush_sums_share(struct ush_sums *sums)
{
	atomic_fetch_add(&sums->references, 1);
	return sums;
}

void
ush_sums_free(struct ush_sums *sums)
{
	if (sums == NULL || atomic_fetch_sub(&sums->references, 1) > 1)
		return;
	for (size_t i = 0; i < sums->rule_count; i++)
		free_rule(&sums->rules[i]);
	free(sums->rules);
	ush_reaches_fini(&sums->reaches);
	free(sums);
}
