/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "zones/compile/fit.h"
#include "zones/compile/guard.h"
#include "zones/compile/keep.h"
#include "zones/compile/lock.h"
#include "zones/compile/popular.h"
#include "zones/compile/shared_networks.h"
#include "zones/compile/take.h"
#include "zones/database/format.h"
#include "zones/database/hash.h"
#include "zones/replace.h"

/* Read the header as it is. The bytes of it that are there; -1 if nobody can say. */
static ssize_t
read_header(const char *path, struct ush_db_header *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = -1;
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		got = pread(fd, out, sizeof(*out), 0);
	close(fd);
	return got;
}

/* Version 0 never existed: these bytes were overwritten. */
static bool
is_of_another_version(const struct ush_db_header *header)
{
	return memcmp(header->magic, USH_DB_MAGIC, sizeof(header->magic)) == 0 &&
	       header->version != USH_DB_VERSION && header->version != 0;
}

/* 0 if the header is damaged, too. */
static uint32_t
serial_in_header(const char *path)
{
	struct ush_db_header header;

	if (read_header(path, &header) != sizeof(header) || header.version != USH_DB_VERSION ||
	    !ush_db_checksum_equal(header.checksum, ush_db_checksum_of(XXH3_128bits(&header,
	                                                offsetof(struct ush_db_header, checksum)))))
		return 0;
	return header.serial;
}

enum ush_list_health
ush_list_look(const char *path, struct ush_error *err)
{
	struct ush_error why = {0};
	struct ush_blocklist *list;
	struct ush_db_header header;

	if (access(path, F_OK) == -1 && errno == ENOENT) {
		ush_fail(err, path, 0, "there is no list");
		return USH_LIST_ABSENT;
	}
	if (ush_blocklist_open(&list, path, USH_PART_ALL, &why) == 0) {
		ush_blocklist_close(list);
		return USH_LIST_GOOD;
	}
	*err = why;
	/* Nothing is wrong with the file if memory is short. */
	if (strncmp(why.text, "no memory", strlen("no memory")) == 0 ||
	    read_header(path, &header) == -1 || is_of_another_version(&header))
		return USH_LIST_UNKNOWN;
	err->text[strcspn(err->text, ";")] = '\0'; /* what to do is for the caller to say */
	return USH_LIST_DAMAGED;
}

static bool
is_damaged(const struct ush_compile_result *result)
{
	return result->damage.text[0] != '\0';
}

static uint64_t
previous_count(const struct ush_blocklist *previous, const char *name)
{
	struct ush_blocklist_info info;
	struct ush_feed_info feed;

	if (previous == NULL)
		return 0;
	ush_blocklist_info(previous, &info);
	for (uint32_t i = 0; i < info.feeds; i++) {
		ush_blocklist_feed(previous, i, &feed);
		if (strcmp(feed.name, name) == 0)
			return feed.indicators;
	}
	return 0;
}

static int
begin_feed(struct ush_compiling *compiler, struct ush_feed *feed, struct ush_error *err)
{
	const struct ush_feed_head *head = ush_feed_head(feed);
	struct ush_feed_result *counts = &compiler->result->feeds[compiler->result->feed_count++];

	*counts = (struct ush_feed_result){
	    .name = strdup(head->name),
	    .path = strdup(ush_feed_path(feed)),
	    .format = ush_feed_format(feed),
	    .never_block = head->never_block,
	    .previous = previous_count(compiler->previous, head->name),
	};
	if (counts->name == NULL || counts->path == NULL)
		return ush_fail(err, NULL, 0, "no memory");
	compiler->feed = feed;
	compiler->counts = counts;
	compiler->said = 0;
	compiler->saved_before = compiler->result->saved_count;
	compiler->err = err;
	memset(compiler->classes, 0, sizeof(compiler->classes));
	return ush_builder_feed(compiler->builder,
	    &(struct ush_feed_info){
	        .name = head->name,
	        .file = ush_feed_file(feed),
	        .date = head->date,
	        .reference = head->reference,
	    },
	    head->never_block, err);
}

static void
say_how_many_more(const struct ush_compiling *compiler)
{
	char text[PATH_MAX + 64];

	if (compiler->said <= compiler->options->say_at_most || compiler->options->say == NULL)
		return;
	snprintf(text, sizeof(text), "%s: and %llu more", compiler->counts->path,
	    (unsigned long long)(compiler->said - compiler->options->say_at_most));
	compiler->options->say(compiler->options->arg, text);
}

/* 0 if the feed is fit; 1 with the reason if it is not; -1 if all is lost. */
static int
try_feed(struct ush_compiling *compiler, struct ush_feed *feed, struct ush_error *err)
{
	struct ush_feed_sink sink = {.arg = compiler, .take = ush_take, .refuse = ush_take_refused};
	struct ush_error why = {0};

	if (begin_feed(compiler, feed, err) != 0)
		return -1;
	compiler->err = &why;
	if (ush_feed_read(feed, &sink, err) != 0) {
		compiler->counts->unreadable = true;
		if (why.text[0] == '\0')
			return 1;
		*err = why; /* the compiler knows better than the reader */
		return -1;
	}
	ush_builder_feed_count(compiler->builder, compiler->counts->indicators);
	say_how_many_more(compiler);
	return ush_check_fit(compiler, err) == 0 ? 0 : 1;
}

/* Rules are only read when they are needed: that takes memory. */
static int
load_previous(struct ush_compiling *compiler, struct ush_error *err)
{
	if (compiler->rules != NULL || compiler->previous == NULL)
		return 0;
	return ush_blocklist_open(&compiler->rules, compiler->options->path, USH_PART_ALL, err);
}

static void
note_saved(void *arg, const struct ush_saved_rule *rule)
{
	struct ush_compiling *compiler = arg;
	struct ush_compile_result *result = compiler->result;
	struct ush_saved *saved = &result->saved[result->saved_count];

	compiler->counts->saved++;
	compiler->is_saved = !rule->in_part;
	if (result->saved_count == USH_SAVED_SHOWN)
		return;
	*saved = (struct ush_saved){
	    .value = strdup(rule->value),
	    .file = strdup(rule->file),
	    .line = rule->line,
	    .in_part = rule->in_part,
	};
	result->saved_count++;
}

static void
free_saved(struct ush_saved *saved)
{
	free(saved->value);
	free(saved->file);
	*saved = (struct ush_saved){0};
}

/* Of the feed whose rules are taken back. */
static void
forget_saved(struct ush_compiling *compiler)
{
	struct ush_compile_result *result = compiler->result;

	compiler->counts->saved = 0;
	while (result->saved_count > compiler->saved_before)
		free_saved(&result->saved[--result->saved_count]);
}

static void
say_list_stays(const struct ush_feed_result *counts, struct ush_error *err)
{
	size_t used = strlen(err->text);

	if (!counts->unreadable)
		snprintf(err->text + used, sizeof(err->text) - used,
		    "; the list stays as it is (--force=%.100s takes it anyway)", counts->name);
}

/* One bad download must not keep the other feeds from the list, nor take its own rules out of
 * it. This does not hold for a feed that is not in the list yet: the user who adds it sees the
 * error. */
static int
keep_feed(struct ush_compiling *compiler, struct ush_builder_mark *mark, struct ush_error *err)
{
	struct ush_feed_result *counts = compiler->counts;
	struct ush_error why = *err;
	struct ush_kept kept;
	int64_t feed = -1;

	if (!is_damaged(compiler->result) && load_previous(compiler, err) != 0)
		return -1;
	if (compiler->rules != NULL)
		feed = ush_keep_find(compiler->rules, counts->name, counts->never_block);
	if (feed == -1) {
		say_list_stays(counts, err);
		return -1;
	}
	ush_builder_rewind(compiler->builder, mark);
	forget_saved(compiler);
	if (ush_keep_feed(compiler->builder, compiler->rules, (uint32_t)feed, counts->never_block,
	        counts->faded ? NULL : compiler->today, &kept, err) != 0)
		return -1;
	counts->kept = true;
	counts->kept_rules = kept.rules;
	counts->popular = 0;
	counts->url_alone = 0;
	counts->why = why;
	return 0;
}

static int
read_feed(struct ush_compiling *compiler, struct ush_feed *feed, struct ush_error *err)
{
	struct ush_builder_mark *mark = NULL;
	int rc = ush_builder_mark(compiler->builder, ush_feed_head(feed)->never_block, &mark, err);

	if (rc == 0)
		rc = try_feed(compiler, feed, err);
	if (rc == 1)
		rc = keep_feed(compiler, mark, err);
	ush_builder_mark_free(mark);
	return rc;
}

static void
look_for_damage(const struct ush_compiling *compiler)
{
	struct ush_error why = {0};

	if (compiler->options->mend &&
	    ush_list_look(compiler->options->path, &why) == USH_LIST_DAMAGED)
		compiler->result->damage = why;
}

/* A list that is missing is no error; one that is broken must not take its slots with it unasked.
 * Of a damaged one they may still be good. */
static int
open_previous(struct ush_compiling *compiler, struct ush_error *err)
{
	const struct ush_compile_options *options = compiler->options;

	if (options->path == NULL || (access(options->path, F_OK) == -1 && errno == ENOENT))
		return 0;
	look_for_damage(compiler);
	if (ush_blocklist_open(&compiler->previous, options->path, 0, err) == 0 || options->force)
		return 0;
	compiler->result->slots_lost = is_damaged(compiler->result);
	if (compiler->result->slots_lost)
		return 0;
	snprintf(err->text + strlen(err->text), sizeof(err->text) - strlen(err->text),
	    "; it is not replaced, as its slots and serial would be lost (%s)",
	    options->mend ? "move it away to have a new one made" : "--force does");
	return -1;
}

static int
open_feeds(
    const struct ush_compile_options *options, struct ush_feed **feeds, struct ush_error *err)
{
	for (size_t i = 0; i < options->feed_count; i++) {
		if (ush_feed_open(&feeds[i], &options->feeds[i], err) != 0)
			return -1;
		for (size_t k = 0; k < i; k++) {
			if (strcmp(ush_feed_head(feeds[k])->name, ush_feed_head(feeds[i])->name) ==
			    0)
				return ush_fail(err, options->feeds[i].path, 0,
				    "is the second feed named %s; give it another name with "
				    "--name",
				    ush_feed_head(feeds[i])->name);
		}
	}
	return 0;
}

static bool
is_given(const struct ush_compiling *compiler, struct ush_feed **feeds, const char *name)
{
	for (size_t i = 0; i < compiler->options->feed_count; i++) {
		if (strcmp(ush_feed_head(feeds[i])->name, name) == 0)
			return true;
	}
	return false;
}

static int
check_forced(const struct ush_compiling *compiler, struct ush_feed **feeds, struct ush_error *err)
{
	const char *const *name = compiler->options->forced;

	for (; name != NULL && *name != NULL; name++) {
		if (!is_given(compiler, feeds, *name))
			return ush_fail(
			    err, NULL, 0, "--force=%.100s: none of the feeds has this name", *name);
	}
	return 0;
}

/* A renamed file or a pattern that matched less takes rules away without anybody wanting it. */
static int
find_gone(struct ush_compiling *compiler, struct ush_feed **feeds, struct ush_error *err)
{
	struct ush_compile_result *result = compiler->result;
	struct ush_blocklist_info info = {0};

	if (compiler->previous != NULL)
		ush_blocklist_info(compiler->previous, &info);
	if ((result->gone = calloc(info.feeds + 1u, sizeof(*result->gone))) == NULL)
		return ush_fail(err, NULL, 0, "no memory");
	for (uint32_t i = 0; i < info.feeds; i++) {
		struct ush_gone_feed *gone = &result->gone[result->gone_count];
		struct ush_feed_info feed;

		ush_blocklist_feed(compiler->previous, i, &feed);
		if (feed.indicators == 0 || is_given(compiler, feeds, feed.name))
			continue;
		if ((gone->name = strdup(feed.name)) == NULL)
			return ush_fail(err, NULL, 0, "no memory");
		gone->indicators = feed.indicators;
		result->gone_count++;
	}
	return 0;
}

/* Nothing new is no reason for a new list. */
static int
check_feeds(const struct ush_compiling *compiler, struct ush_error *err)
{
	const struct ush_compile_result *result = compiler->result;

	for (size_t i = 0; i < result->feed_count; i++) {
		if (!result->feeds[i].kept)
			return 0;
	}
	*err = result->feeds[0].why;
	say_list_stays(&result->feeds[0], err);
	return -1;
}

/* Never-block feeds first: they have precedence, and the others are counted against them. */
static int
read_feeds(struct ush_compiling *compiler, struct ush_feed **feeds, struct ush_error *err)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < compiler->options->feed_count; i++) {
			if (ush_feed_head(feeds[i])->never_block == (pass == 0) &&
			    read_feed(compiler, feeds[i], err) != 0)
				return -1;
		}
	}
	return check_feeds(compiler, err);
}

static int
lock_list(struct ush_compiling *compiler, struct ush_error *err)
{
	const struct ush_compile_options *options = compiler->options;
	char *path = ush_replacement_path(options->path, err);
	int rc = -1;

	if (path != NULL)
		rc = ush_lock_take(
		    &compiler->lock, path, options->wait_seconds, options->say, options->arg, err);
	free(path);
	return rc;
}

/* The builder takes the serial from the list before, and without one from the time. That is later then
 * by as much as the last serial was ahead of the clock. */
static uint64_t
time_of_build(const struct ush_compiling *compiler)
{
	const struct ush_compile_options *options = compiler->options;
	uint64_t last = options->last_serial;
	uint64_t earliest;
	uint32_t in_header;

	if (compiler->previous != NULL)
		return options->now_ms;
	if (is_damaged(compiler->result) && (in_header = serial_in_header(options->path)) > last)
		last = in_header;
	earliest = last < UINT32_MAX ? (last + 1) * 1000 : 0;
	return earliest > options->now_ms ? earliest : options->now_ms;
}

/* A second name for the damaged list, as the new one takes owner and rights from what is in its place.
 * The kernel may refuse that for a file of another user; a new name it does not. */
static int
set_aside(struct ush_compile_result *result, const char *real, struct ush_error *err)
{
	if (asprintf(&result->set_aside, "%s.damaged", real) == -1) {
		result->set_aside = NULL;
		return ush_fail(err, NULL, 0, "no memory");
	}
	(void)unlink(result->set_aside);
	if (link(real, result->set_aside) == 0 || rename(real, result->set_aside) == 0)
		return 0;
	return ush_fail_errno(err, real, "is damaged, and cannot be set aside as %s.damaged", real);
}

static void
put_back(struct ush_compile_result *result, const char *real)
{
	if (result->set_aside != NULL && access(real, F_OK) == -1)
		(void)rename(result->set_aside, real);
	else if (result->set_aside != NULL)
		(void)unlink(result->set_aside);
	free(result->set_aside);
	result->set_aside = NULL;
}

static int
write_list(struct ush_compiling *compiler, struct ush_error *err)
{
	const struct ush_compile_options *options = compiler->options;
	struct ush_compile_result *result = compiler->result;
	struct ush_build_options build = {
	    .path = options->path,
	    .previous = compiler->previous,
	    .now_ms = time_of_build(compiler),
	    .last_slot = options->last_slot,
	    .campaigns = options->settings != NULL ? &options->settings->campaigns : NULL,
	    .feeds = options->settings != NULL ? &options->settings->feeds : NULL,
	};
	char *real;
	int rc;

	if (!is_damaged(result))
		return ush_builder_write(compiler->builder, &build, &result->build, err);
	if ((real = ush_replacement_path(options->path, err)) == NULL)
		return -1;
	rc = set_aside(result, real, err);
	if (rc == 0)
		rc = ush_builder_write(compiler->builder, &build, &result->build, err);
	if (rc != 0)
		put_back(result, real);
	free(real);
	return rc;
}

static int
compile(struct ush_compiling *compiler, struct ush_feed **feeds, struct ush_error *err)
{
	const struct ush_compile_options *options = compiler->options;

	if (ush_guard_new(&compiler->guard) != 0)
		return ush_fail(err, NULL, 0, "cannot load the public suffix list");
	if (ush_popular_new(&compiler->popular,
	        options->settings != NULL ? &options->settings->own_domains : NULL) != 0)
		return ush_fail(err, NULL, 0, "no memory");
	if (ush_shared_networks_new(&compiler->shared) != 0)
		return ush_fail(err, NULL, 0, "no memory");
	if (options->path != NULL && lock_list(compiler, err) != 0)
		return -1;
	if (ush_builder_new(&compiler->builder, err) != 0)
		return -1;
	ush_builder_on_saved(compiler->builder, note_saved, compiler);
	if (open_previous(compiler, err) != 0 || open_feeds(options, feeds, err) != 0 ||
	    check_forced(compiler, feeds, err) != 0 || find_gone(compiler, feeds, err) != 0 ||
	    read_feeds(compiler, feeds, err) != 0)
		return -1;
	if (options->path == NULL)
		return 0;
	if (options->progress != NULL)
		options->progress(options->arg, NULL, compiler->entries);
	return write_list(compiler, err);
}

int
ush_compile(const struct ush_compile_options *options, struct ush_compile_result *result,
    struct ush_error *err)
{
	struct ush_compiling compiler = {.options = options, .result = result};
	struct ush_feed **feeds = calloc(options->feed_count + 1, sizeof(struct ush_feed *));
	time_t now = (time_t)(options->now_ms / 1000);
	struct timespec start;
	struct timespec end;
	struct tm day;
	int rc = -1;

	*result = (struct ush_compile_result){
	    .feeds = calloc(options->feed_count + 1, sizeof(*result->feeds)),
	};
	clock_gettime(CLOCK_MONOTONIC, &start);
	strftime(compiler.today, sizeof(compiler.today), "%Y-%m-%d", gmtime_r(&now, &day));
	if (feeds == NULL || result->feeds == NULL)
		ush_fail(err, NULL, 0, "no memory");
	else
		rc = compile(&compiler, feeds, err);
	for (size_t i = 0; feeds != NULL && i < options->feed_count; i++)
		ush_feed_close(feeds[i]);
	free(feeds);
	ush_blocklist_close(compiler.previous);
	ush_blocklist_close(compiler.rules);
	ush_lock_release(compiler.lock);
	ush_builder_free(compiler.builder);
	ush_guard_free(compiler.guard);
	ush_popular_free(compiler.popular);
	ush_shared_networks_free(compiler.shared);
	clock_gettime(CLOCK_MONOTONIC, &end);
	result->seconds =
	    (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	return rc;
}

void
ush_compile_result_fini(struct ush_compile_result *result)
{
	for (size_t i = 0; i < result->feed_count; i++) {
		free(result->feeds[i].name);
		free(result->feeds[i].path);
	}
	for (size_t i = 0; i < result->gone_count; i++)
		free(result->gone[i].name);
	for (size_t i = 0; i < result->saved_count; i++)
		free_saved(&result->saved[i]);
	free(result->gone);
	free(result->feeds);
	free(result->set_aside);
	*result = (struct ush_compile_result){0};
}

uint32_t
ush_pool_last_slot(const struct ush_networks *pool)
{
	uint32_t last = USH_DB_SLOT_LAST;

	for (size_t i = 0; pool != NULL && i < pool->count; i++) {
		unsigned width = pool->items[i].base.family == AF_INET ? 32 : 128;
		unsigned host_bits = width - pool->items[i].bits;
		uint32_t addresses = host_bits < 8 ? 1u << host_bits : 256;

		/* Not the last one: it may be the broadcast address. */
		if (addresses < last + 2)
			last = addresses >= 2 ? addresses - 2 : 0;
	}
	return last;
}
