/* SPDX-License-Identifier: BSD-3-Clause */
/* compiling.h - what the tests of whole compiles have in common: the options of the next one, its
 * result, and questions about the list that it made. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"
#include "zones/blocklist.h"
#include "zones/compile/compiler.h"

static struct ush_compile_options options;
static struct ush_feed_options feeds[300];
static struct ush_compile_result result;
static struct ush_error err;

static inline void
set_up(void)
{
	options = (struct ush_compile_options){
	    .path = strdup(test_path("list.db")),
	    .feeds = feeds,
	    .now_ms = TEST_NOW_MS,
	    .last_slot = 254,
	    .shrink_percent = 50,
	};
	err = (struct ush_error){0};
}

static inline void
tear_down(void)
{
	free((char *)options.path);
	test_directory_remove();
}

static inline int
compile(void)
{
	int rc;

	ush_compile_result_fini(&result);
	rc = ush_compile(&options, &result, &err);
	return rc;
}

static inline void
must_compile(void)
{
	if (compile() != 0)
		ck_abort_msg("%s: %s", err.file, err.text);
}

/* A domain list of n names as the only feed. */
static inline void
use_names(unsigned n)
{
	FILE *file = fopen(test_path("names.txt"), "w");

	for (unsigned i = 0; i < n; i++)
		fprintf(file, "n%u.example.jp\n", i);
	fclose(file);
	feeds[0] = (struct ush_feed_options){.path = test_path("names.txt")};
	options.feed_count = 1;
}

static inline struct ush_blocklist_info
info(void)
{
	struct ush_blocklist *list = test_open(options.path, 0);
	struct ush_blocklist_info out;

	ush_blocklist_info(list, &out);
	ush_blocklist_close(list);
	return out;
}

static inline uint32_t
slot_of(const char *campaign_name)
{
	struct ush_blocklist *list = test_open(options.path, 0);
	struct ush_blocklist_info all;
	uint32_t slot = 9999; /* no such campaign */

	ush_blocklist_info(list, &all);
	for (uint32_t i = 0; i < all.campaigns; i++) {
		struct ush_campaign campaign;

		ush_blocklist_campaign(list, i, &campaign);
		if (strcmp(campaign.name, campaign_name) == 0)
			slot = campaign.slot;
	}
	ush_blocklist_close(list);
	return slot;
}

/* What the compile has said: for options.say. */
struct said {
	char text[1024];
	unsigned count;
};

static inline void
say(void *arg, const char *text)
{
	struct said *said = arg;

	snprintf(said->text, sizeof(said->text), "%s", text);
	said->count++;
}
