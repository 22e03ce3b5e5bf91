/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/compiler.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "zones/compile/builder.h"
#include "zones/compile/guard.h"
#include "zones/compile/keep.h"
#include "zones/compile/lock.h"
#include "zones/compile/popular.h"
#include "zones/compile/url.h"
#include "zones/database/format.h"
#include "zones/database/urlpath.h"
#include "zones/idn.h"
#include "zones/replace.h"

#define PROGRESS_EVERY 8192 /* entries */
#define SHOWN_VALUE 200     /* bytes of a refused value that messages show */

struct compiler {
	const struct ush_compile_options *options;
	struct ush_compile_result *result;
	struct ush_builder *builder;
	struct ush_guard *guard;
	struct ush_popular *popular;
	struct ush_lock *lock;
	struct ush_blocklist *previous;
	struct ush_blocklist *rules; /* the same with its rules, when they are needed */
	char today[sizeof("YYYY-MM-DD")];
	/* The feed being read. */
	struct ush_feed *feed;
	struct ush_feed_result *counts;
	uint16_t classes[USH_ACTION_OFF]; /* class id + 1 of each action; 0: not made yet */
	uint64_t said;
	size_t saved_before;
	bool is_saved;         /* the rule that was built last */
	uint64_t entries;      /* of all feeds, good or not */
	struct ush_error *err; /* why `take` stopped */
};

static void
say(const struct compiler *compiler, uint64_t number, unsigned line, const char *value, size_t len,
    const char *why)
{
	char text[PATH_MAX + SHOWN_VALUE + 512];
	size_t shown = len < SHOWN_VALUE ? len : SHOWN_VALUE;

	if (compiler->options->say == NULL || number > compiler->options->say_at_most)
		return;
	snprintf(text, sizeof(text), "%s:%u: %.*s%s: %s", ush_feed_path(compiler->feed), line,
	    (int)shown, value, shown < len ? "..." : "", why);
	compiler->options->say(compiler->options->arg, text);
}

/* Of what a reader hands over; feeds can be long. */
static void
count_entry(struct compiler *compiler)
{
	if (++compiler->entries % PROGRESS_EVERY == 0 && compiler->options->progress != NULL)
		compiler->options->progress(
		    compiler->options->arg, ush_feed_head(compiler->feed)->name, compiler->entries);
}

static void
refuse(
    struct compiler *compiler, unsigned line, const char *value, size_t len, enum ush_refusal why)
{
	compiler->counts->refused[why]++;
	say(compiler, ++compiler->said, line, value, len, ush_refusal_text(why));
}

static void
warn(struct compiler *compiler, const struct ush_indicator *indicator, const char *why)
{
	char text[128];

	snprintf(text, sizeof(text), "taken, but is %s", why);
	say(compiler, ++compiler->counts->warned, indicator->origin.line, indicator->value,
	    indicator->len, text);
}

static enum ush_action
action_of(const struct compiler *compiler, const struct ush_indicator *indicator)
{
	return indicator->action != USH_ACTION_NONE ? indicator->action
	                                            : ush_feed_head(compiler->feed)->action;
}

static int
class_for(struct compiler *compiler, const struct ush_indicator *indicator, uint16_t *class_id)
{
	const struct ush_feed_head *head = ush_feed_head(compiler->feed);
	enum ush_action action = action_of(compiler, indicator);

	if (compiler->classes[action] == 0) {
		if (ush_builder_class(compiler->builder, head->campaign, head->software, action,
		        class_id, compiler->err) != 0)
			return -1;
		compiler->classes[action] = (uint16_t)(*class_id + 1);
	}
	*class_id = (uint16_t)(compiler->classes[action] - 1);
	return 0;
}

static bool
blocks(const struct compiler *compiler, const struct ush_indicator *indicator)
{
	enum ush_action action = action_of(compiler, indicator);

	return !compiler->counts->never_block && action != USH_ACTION_MONITOR &&
	       action != USH_ACTION_PASSTHRU;
}

/* Some feeds list what they found in a report, and some reports link to news pages. */
static void
warn_if_popular(struct compiler *compiler, unsigned line, const struct ush_name *name,
    const char *text, unsigned scope)
{
	char why[USH_NAME_TEXT_MAX + 128];
	const char *covered;
	bool own;

	if ((covered = ush_popular_covered(compiler->popular, name, scope, &own)) == NULL)
		return;
	compiler->counts->popular++;
	snprintf(why, sizeof(why),
	    own ? "warning: touches your own domain %s"
	        : "warning: covers %s, which very many people use",
	    covered);
	/* Counted apart: what is refused must not crowd it out. */
	say(compiler, compiler->counts->popular, line, text, strlen(text), why);
}

static int
add_name(struct compiler *compiler, const struct ush_indicator *indicator,
    const struct ush_name *name, unsigned scope)
{
	char text[USH_NAME_TEXT_MAX];
	size_t len = ush_name_to_text(name, text);
	uint16_t class_id;

	if (class_for(compiler, indicator, &class_id) != 0)
		return -1;
	compiler->is_saved = false;
	if (ush_builder_name(
	        compiler->builder, class_id, name, text, len, scope, &indicator->origin) != 0)
		return ush_fail(compiler->err, NULL, 0, "no memory for more names");
	if (!compiler->is_saved && blocks(compiler, indicator))
		warn_if_popular(compiler, indicator->origin.line, name, text, scope);
	return 0;
}

static unsigned
scope_of(const struct compiler *compiler, const struct ush_indicator *indicator)
{
	unsigned wanted = ush_feed_head(compiler->feed)->scope;

	if (indicator->scope != 0)
		return indicator->scope;
	return wanted != 0 ? wanted : ush_feed_scope(compiler->feed);
}

/* To let a whole top-level domain pass is a site's good right; to block one is not. */
static enum ush_refusal
judge(const struct compiler *compiler, const char *text, size_t len, unsigned scope,
    struct ush_name *out)
{
	enum ush_refusal why = ush_guard_name(compiler->guard, text, len, scope, out);

	if (compiler->counts->never_block && (why == USH_REFUSED_TLD || why == USH_REFUSED_SUFFIX))
		why = USH_REFUSED_NOT;
	return why;
}

static int
take_name(struct compiler *compiler, const struct ush_indicator *indicator)
{
	unsigned scope = scope_of(compiler, indicator);
	struct ush_name name;
	enum ush_refusal why = judge(compiler, indicator->value, indicator->len, scope, &name);

	if (why != USH_REFUSED_NOT) {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len, why);
		return 0;
	}
	compiler->counts->indicators++;
	return add_name(compiler, indicator, &name, scope);
}

static int
add_url(struct compiler *compiler, const struct ush_indicator *indicator,
    const struct ush_name *host, const char *path, size_t path_len, bool host_guessed)
{
	uint16_t class_id;

	if (class_for(compiler, indicator, &class_id) != 0)
		return -1;
	if (ush_builder_url(compiler->builder, class_id, host, path, path_len, indicator->planted,
	        host_guessed, &indicator->origin) != 0)
		return ush_fail(compiler->err, NULL, 0, "no memory for more URLs");
	return 0;
}

static enum ush_refusal
judge_url(const struct compiler *compiler, const struct ush_indicator *indicator, unsigned scope,
    struct ush_url_parts *parts, struct ush_name *host)
{
	enum ush_refusal why;

	if (ush_url_split(indicator->value, indicator->len, parts) != 0)
		return USH_REFUSED_MALFORMED;
	why = judge(compiler, parts->host, parts->host_len, scope, host);
	if (why == USH_REFUSED_NOT && ush_is_redacted(parts->path, parts->path_len))
		why = USH_REFUSED_REDACTED;
	return why;
}

static int
take_url(struct compiler *compiler, const struct ush_indicator *indicator)
{
	char path[USH_URL_PATH_MAX];
	unsigned scope = scope_of(compiler, indicator);
	struct ush_url_parts parts;
	struct ush_name host;
	enum ush_refusal why;
	size_t path_len;

	why = judge_url(compiler, indicator, scope, &parts, &host);
	path_len =
	    why == USH_REFUSED_NOT ? ush_url_path_normalise(parts.path, parts.path_len, path) : 0;
	if (why == USH_REFUSED_NOT && path_len == 0)
		why = USH_REFUSED_LENGTH;
	if (why != USH_REFUSED_NOT) {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len, why);
		return 0;
	}
	compiler->counts->indicators++;
	if (add_name(compiler, indicator, &host, scope) != 0)
		return -1;
	return add_url(compiler, indicator, &host, path, path_len, false);
}

/* A path whose host the report does not give: a URL rule on each host it may belong to, and no name
 * rule. */
static int
take_path(struct compiler *compiler, const struct ush_indicator *indicator)
{
	char path[USH_URL_PATH_MAX];
	size_t path_len = ush_url_path_normalise(indicator->value, indicator->len, path);
	bool any = false;

	if (path_len == 0 || indicator->value[0] != '/') {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len,
		    USH_REFUSED_MALFORMED);
		return 0;
	}
	for (size_t i = 0; i < indicator->host_count; i++) {
		struct ush_name host;

		if (ush_name_from_user(&host, indicator->hosts[i], strlen(indicator->hosts[i])) !=
		    0) {
			refuse(compiler, indicator->origin.line, indicator->hosts[i],
			    strlen(indicator->hosts[i]), USH_REFUSED_MALFORMED);
			continue;
		}
		if (add_url(compiler, indicator, &host, path, path_len, true) != 0)
			return -1;
		any = true;
	}
	compiler->counts->indicators += any ? 1 : 0;
	return 0;
}

/* To let any network but the whole Internet pass is a site's good right, as with names. */
static enum ush_refusal
judge_network(const struct compiler *compiler, const struct ush_indicator *indicator,
    struct ush_network *out, const char **warning)
{
	char text[USH_NETWORK_TEXT_MAX];
	enum ush_refusal why;

	if (indicator->len >= sizeof(text))
		return USH_REFUSED_MALFORMED;
	memcpy(text, indicator->value, indicator->len);
	text[indicator->len] = '\0';
	if (ush_network_from_text(out, text) != 0)
		return USH_REFUSED_MALFORMED;
	why = ush_guard_network(out, warning);
	if (compiler->counts->never_block && out->bits > 0) {
		why = USH_REFUSED_NOT;
		*warning = NULL;
	}
	return why;
}

static int
take_network(struct compiler *compiler, const struct ush_indicator *indicator)
{
	struct ush_network network;
	const char *warning;
	enum ush_refusal why = judge_network(compiler, indicator, &network, &warning);
	uint16_t class_id;

	if (why != USH_REFUSED_NOT) {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len, why);
		return 0;
	}
	if (warning != NULL)
		warn(compiler, indicator, warning);
	if (class_for(compiler, indicator, &class_id) != 0)
		return -1;
	compiler->counts->indicators++;
	if (ush_builder_network(compiler->builder, class_id, &network, &indicator->origin) != 0)
		return ush_fail(compiler->err, NULL, 0, "no memory for more networks");
	return 0;
}

static int
take_note(struct compiler *compiler, const struct ush_indicator *indicator)
{
	compiler->counts->notes++;
	if (indicator->redacted)
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len,
		    USH_REFUSED_REDACTED);
	if (ush_builder_note(
	        compiler->builder, indicator->type, indicator->value, &indicator->origin) != 0)
		return ush_fail(compiler->err, NULL, 0, "no memory for more notes");
	return 0;
}

static int
take(void *arg, const struct ush_indicator *indicator)
{
	struct compiler *compiler = arg;

	count_entry(compiler);
	if (indicator->origin.expires != NULL &&
	    strcmp(indicator->origin.expires, compiler->today) <= 0) {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len,
		    USH_REFUSED_EXPIRED);
		return 0;
	}
	switch (indicator->kind) {
	case USH_INDICATOR_NAME:
		return take_name(compiler, indicator);
	case USH_INDICATOR_URL:
		return take_url(compiler, indicator);
	case USH_INDICATOR_PATH:
		return take_path(compiler, indicator);
	case USH_INDICATOR_NETWORK:
		return take_network(compiler, indicator);
	default:
		return take_note(compiler, indicator);
	}
}

static void
take_refused(void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why)
{
	count_entry(arg);
	refuse(arg, line, value, len, why);
}

static bool
is_forced(const struct compiler *compiler)
{
	const char *const *name = compiler->options->forced;

	while (name != NULL && *name != NULL && strcmp(*name, compiler->counts->name) != 0)
		name++;
	return compiler->options->force || (name != NULL && *name != NULL);
}

/* A download that went wrong must not empty the list: no indicators, an error page, or far fewer
 * than before. */
static int
check_feed(const struct compiler *compiler, struct ush_error *err)
{
	const struct ush_feed_result *counts = compiler->counts;
	uint64_t left = 100 - compiler->options->shrink_percent;

	if (is_forced(compiler))
		return 0;
	if (counts->indicators == 0)
		return ush_fail(err, counts->path, 0,
		    "read as %s (--format says otherwise), it has no good indicator",
		    counts->format);
	if (counts->refused[USH_REFUSED_MALFORMED] + counts->refused[USH_REFUSED_CSV] >
	    counts->indicators)
		return ush_fail(err, counts->path, 0,
		    "read as %s (--format says otherwise), it is mostly lines that are no "
		    "indicators (an error page?)",
		    counts->format);
	if (counts->indicators < counts->previous * left / 100)
		return ush_fail(err, counts->path, 0,
		    "read as %s (--format says otherwise), it has %llu indicators where it had "
		    "%llu",
		    counts->format, (unsigned long long)counts->indicators,
		    (unsigned long long)counts->previous);
	return 0;
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
begin_feed(struct compiler *compiler, struct ush_feed *feed, struct ush_error *err)
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
say_how_many_more(const struct compiler *compiler)
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
try_feed(struct compiler *compiler, struct ush_feed *feed, struct ush_error *err)
{
	struct ush_sink sink = {.arg = compiler, .take = take, .refuse = take_refused};
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
	return check_feed(compiler, err) == 0 ? 0 : 1;
}

/* Rules are only read when they are needed: that takes memory. */
static int
load_previous(struct compiler *compiler, struct ush_error *err)
{
	if (compiler->rules != NULL || compiler->previous == NULL)
		return 0;
	return ush_blocklist_open(&compiler->rules, compiler->options->path, USH_PART_ALL, err);
}

static void
note_saved(void *arg, const struct ush_saved_rule *rule)
{
	struct compiler *compiler = arg;
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
forget_saved(struct compiler *compiler)
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

/* One bad download must not keep the other feeds from the list, nor take its own rules out of it. A
 * feed that the list does not have yet is no such case: whoever adds it is looking. */
static int
keep_feed(struct compiler *compiler, struct ush_builder_mark *mark, struct ush_error *err)
{
	struct ush_feed_result *counts = compiler->counts;
	struct ush_error why = *err;
	struct ush_kept kept;
	int64_t feed = -1;

	if (load_previous(compiler, err) != 0)
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
	        compiler->today, &kept, err) != 0)
		return -1;
	counts->kept = true;
	counts->kept_rules = kept.rules;
	counts->popular = 0;
	counts->why = why;
	return 0;
}

static int
read_feed(struct compiler *compiler, struct ush_feed *feed, struct ush_error *err)
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

/* A list that is missing is no error; one that is broken must not take its slots with it unasked.
 */
static int
open_previous(struct compiler *compiler, struct ush_error *err)
{
	const struct ush_compile_options *options = compiler->options;

	if (options->path == NULL || (access(options->path, F_OK) == -1 && errno == ENOENT) ||
	    ush_blocklist_open(&compiler->previous, options->path, 0, err) == 0)
		return 0;
	if (options->force)
		return 0;
	snprintf(err->text + strlen(err->text), sizeof(err->text) - strlen(err->text),
	    "; it is not replaced, as its slots and serial would be lost (--force does)");
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
is_given(const struct compiler *compiler, struct ush_feed **feeds, const char *name)
{
	for (size_t i = 0; i < compiler->options->feed_count; i++) {
		if (strcmp(ush_feed_head(feeds[i])->name, name) == 0)
			return true;
	}
	return false;
}

static int
check_forced(const struct compiler *compiler, struct ush_feed **feeds, struct ush_error *err)
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
find_gone(struct compiler *compiler, struct ush_feed **feeds, struct ush_error *err)
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
check_feeds(const struct compiler *compiler, struct ush_error *err)
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
read_feeds(struct compiler *compiler, struct ush_feed **feeds, struct ush_error *err)
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
lock_list(struct compiler *compiler, struct ush_error *err)
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

static int
compile(struct compiler *compiler, struct ush_feed **feeds, struct ush_error *err)
{
	const struct ush_compile_options *options = compiler->options;
	struct ush_build_options build = {
	    .path = options->path,
	    .now_ms = options->now_ms,
	    .last_slot = options->last_slot,
	    .campaigns = options->settings != NULL ? &options->settings->campaigns : NULL,
	    .feeds = options->settings != NULL ? &options->settings->feeds : NULL,
	};

	if (ush_guard_new(&compiler->guard) != 0)
		return ush_fail(err, NULL, 0, "cannot load the public suffix list");
	if (ush_popular_new(&compiler->popular,
	        options->settings != NULL ? &options->settings->own_domains : NULL) != 0)
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
	build.previous = compiler->previous;
	return ush_builder_write(compiler->builder, &build, &compiler->result->build, err);
}

int
ush_compile(const struct ush_compile_options *options, struct ush_compile_result *result,
    struct ush_error *err)
{
	struct compiler compiler = {.options = options, .result = result};
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
