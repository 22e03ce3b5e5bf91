/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/feed.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/expand.h"

/* The formats, a row each, in the order of --help. */
static const struct ush_format *const formats[] = {
    &ush_format_yaml,
    &ush_format_domains,
    &ush_format_hosts,
    &ush_format_urls,
    &ush_format_adblock,
    &ush_format_wildcards,
    &ush_format_networks,
    &ush_format_rpz,
    &ush_format_unbound,
    &ush_format_dnsmasq,
    &ush_format_abusech,
    &ush_format_certpl,
    &ush_format_misp,
    &ush_format_stix,
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const char *
ush_feed_format_name(size_t i)
{
	return i < FORMATS ? formats[i]->name : NULL;
}

static int
choose_format(struct ush_feed *feed, const char *wanted, struct ush_error *err)
{
	size_t len;
	const char *text = ush_input_peek(feed->input, &len);

	if (wanted == NULL) {
		feed->format = ush_format_guess(feed->path, text, len);
		return 0;
	}
	for (size_t i = 0; i < FORMATS; i++) {
		if (strcmp(formats[i]->name, wanted) == 0) {
			feed->format = formats[i];
			return 0;
		}
	}
	return ush_fail(err, feed->path, 0, "there is no feed format \"%s\"", wanted);
}

/* What a server says instead of giving the list. Addresses in it, such as that of the page's own
 * document type, must never be taken for indicators, in whatever format the feed should be. */
static bool
is_markup(const struct ush_feed *feed)
{
	static const char *const starts[] = {"<!doctype", "<html", "<!--", "<?xml"};
	size_t len;
	const char *text = ush_input_peek(feed->input, &len);

	while (len > 0 && strchr(" \t\r\n", *text) != NULL) {
		text++;
		len--;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (len >= strlen(starts[i]) &&
		    strncasecmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	}
	return false;
}

/* A page instead of a list has nothing to begin with; ush_feed_read() says so. */
static int
begin_format(struct ush_feed *feed, struct ush_error *err)
{
	feed->is_markup = is_markup(feed);
	if (feed->is_markup || feed->format->open == NULL)
		return 0;
	return feed->format->open(feed, err);
}

/* "/x/urlhaus.txt.gz" is the feed urlhaus unless it has another name. */
static char *
name_from(const char *file)
{
	size_t len = ush_expanded_name(file);
	const char *dot = memrchr(file, '.', len);

	return strndup(file, dot != NULL && dot != file ? (size_t)(dot - file) : len);
}

/* The command line has the last word. */
static void
apply_options(struct ush_feed *feed, const struct ush_feed_options *options)
{
	struct ush_feed_head *head = &feed->head;

	if (options->name != NULL)
		head->name = options->name;
	if (options->campaign != NULL)
		head->campaign = options->campaign;
	feed->names_campaigns = options->explained && options->campaign == NULL;
	if (options->action != USH_ACTION_NONE) {
		head->action = options->action;
		feed->action_is_set = true;
	}
	if (options->scope != 0)
		head->scope = options->scope;
	if (options->expires_after != 0)
		head->expires_after = options->expires_after;
	head->never_block = options->never_block;
	head->may_be_empty = options->may_be_empty;
	if (head->campaign == NULL)
		head->campaign = head->name;
}

/* A file's name may be longer than a feed's. */
static int
check_names(const struct ush_feed *feed, struct ush_error *err)
{
	if (strlen(feed->head.name) > USH_LIST_NAME_MAX ||
	    strlen(feed->head.campaign) > USH_LIST_NAME_MAX)
		return ush_fail(err, feed->path, 0,
		    "the name of its feed or campaign has more than %d bytes; give shorter ones with "
		    "--name and --campaign",
		    USH_LIST_NAME_MAX);
	return 0;
}

/* Where a feed says something, an option that says something else is a mistake. */
static int
check_options(
    const struct ush_feed *feed, const struct ush_feed_options *options, struct ush_error *err)
{
	if (options->explained && strcmp(feed->format->name, "rpz") != 0)
		return ush_fail(err, feed->path, 0,
		    "is %s: only a response policy zone can be explained (--explained, explained: yes)",
		    feed->format->name);
	if (options->scope == 0 || !feed->format->says_scope)
		return 0;
	return ush_fail(err, feed->path, 0,
	    "says itself how far its names go, as %s does; --scope is not for it (--scope auto "
	    "ends what an earlier one began)",
	    feed->format->name);
}

int
ush_feed_open(struct ush_feed **out, const struct ush_feed_options *options, struct ush_error *err)
{
	struct ush_feed *feed = calloc(1, sizeof(*feed));
	const char *path = strcmp(options->path, "-") == 0 ? "stdin" : options->path;
	char *slash;

	*out = NULL;
	if (feed == NULL || (feed->path = strdup(path)) == NULL)
		goto no_memory;
	slash = strrchr(feed->path, '/');
	feed->file = slash != NULL ? slash + 1 : feed->path;
	if ((feed->default_name = name_from(feed->file)) == NULL)
		goto no_memory;
	feed->head = (struct ush_feed_head){
	    .name = feed->default_name,
	    .software = "",
	    .date = "",
	    .reference = "",
	    .confidence = "",
	    .action = USH_ACTION_SINKHOLE,
	};
	if (ush_input_open(&feed->input, options->path, err) != 0 ||
	    choose_format(feed, options->format, err) != 0 ||
	    check_options(feed, options, err) != 0 || begin_format(feed, err) != 0) {
		ush_feed_close(feed);
		return -1;
	}
	apply_options(feed, options);
	if (check_names(feed, err) != 0) {
		ush_feed_close(feed);
		return -1;
	}
	*out = feed;
	return 0;
no_memory:
	ush_feed_close(feed);
	return ush_fail(err, options->path, 0, "no memory");
}

void
ush_feed_close(struct ush_feed *feed)
{
	if (feed == NULL)
		return;
	ush_yaml_feed_free(feed->document);
	ush_yaml_free(feed->yaml);
	ush_input_close(feed->input);
	free(feed->default_name);
	free(feed->path);
	free(feed);
}

const struct ush_feed_head *
ush_feed_head(const struct ush_feed *feed)
{
	return &feed->head;
}

const char *
ush_feed_format(const struct ush_feed *feed)
{
	return feed->format->name;
}

const char *
ush_feed_path(const struct ush_feed *feed)
{
	return feed->path;
}

const char *
ush_feed_file(const struct ush_feed *feed)
{
	return feed->file;
}

unsigned
ush_feed_scope(const struct ush_feed *feed)
{
	return feed->format->scope;
}

int
ush_feed_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	if (feed->is_markup)
		return ush_fail(err, feed->path, 0,
		    "is a web page, probably an error page instead of the list; fetch it again");
	return feed->format->read(feed, sink, err);
}

void
ush_refusal_ignore(void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why)
{
	(void)arg;
	(void)line;
	(void)value;
	(void)len;
	(void)why;
}
