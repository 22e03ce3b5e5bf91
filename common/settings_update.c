/* SPDX-License-Identifier: BSD-3-Clause */
/* The part update: of the settings: where feeds come from. */
#include "common/settings_tables.h"

#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define DNS_PORT 53

static const struct ush_choice action_choices[] = {
    {"as-the-feed-says", USH_ACTION_NONE},
    {"sinkhole", USH_ACTION_SINKHOLE},
    {"nxdomain", USH_ACTION_NXDOMAIN},
    {"nodata", USH_ACTION_NODATA},
    {"drop", USH_ACTION_DROP},
    {"passthru", USH_ACTION_PASSTHRU},
    {"monitor", USH_ACTION_MONITOR},
    {NULL, 0},
};

static const struct ush_choice scope_choices[] = {
    {"auto", USH_SOURCE_SCOPE_AUTO},
    {"exact", USH_SOURCE_SCOPE_EXACT},
    {"subdomains", USH_SOURCE_SCOPE_SUBDOMAINS},
    {NULL, 0},
};

#define SOURCE(kind_, member_, key_, fallback_, help_, ...)                                 \
	{                                                                                   \
		.key = key_, .kind = USH_FIELD_##kind_,                                     \
		.offset = offsetof(struct ush_feed_source, member_), .fallback = fallback_, \
		.help = help_, ##__VA_ARGS__                                                \
	}

/* "192.0.2.1", "192.0.2.1@5300", and as everywhere "192.0.2.1:5300". */
static int
read_server(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *text = ush_yaml_text(node);
	const char *at = text != NULL ? strchr(text, '@') : NULL;
	char joined[USH_ADDRESS_TEXT_MAX + 16];

	if (at != NULL) {
		snprintf(joined, sizeof(joined), "[%.*s]:%s", (int)(at - text), text, at + 1);
		text = joined;
	}
	if (text == NULL || ush_endpoint_from_text(member, text, DNS_PORT) != 0)
		return ush_yaml_fail(
		    yaml, node, err, "must be the address of a name server, also with @PORT");
	return 0;
}

#define ZONE(member_, key_, help_, ...)                                                           \
	{                                                                                         \
		.key = key_, .kind = USH_FIELD_CUSTOM,                                            \
		.offset = offsetof(struct ush_zone_source, member_), .help = help_, ##__VA_ARGS__ \
	}

static const struct ush_field zone_fields[] = {
    ZONE(from, "from", "Address of the name server, with @PORT if that is not 53.",
        .read = read_server),
    ZONE(name, "name", "Name of the zone.", .read = ush_read_name),
    ZONE(key_file, "key-file",
        "File with the TSIG key, as tsig-keygen or NSD has it. Without one the transfer is not "
        "signed.",
        .read = ush_read_path),
    {0},
};

const struct ush_field ush_feed_source_fields[] = {
    SOURCE(STRING, name, "name", NULL,
        "Name of the feed: letters, digits, hyphens, underscores and dots.", .required = true,
        .min = 1, .max = 128),
    SOURCE(CUSTOM, file, "file", NULL, "The feed is this file, which something else keeps.",
        .read = ush_read_path),
    SOURCE(CUSTOM, directory, "directory", NULL,
        "The feed is all files in this directory together, in one format; what a file had leaves "
        "the list with it.",
        .read = ush_read_path),
    SOURCE(MAP, zone, "zone", NULL,
        "The feed is this response policy zone, transferred whole (AXFR) when its serial is another "
        "one.",
        .fields = zone_fields),
    SOURCE(STRING, command, "command", NULL,
        "A shell command that prints the feed. $FEED_COPY is the last good copy; a command that "
        "prints nothing and ends with 0 says that the feed is as it was.",
        .min = 1, .max = 4096),
    SOURCE(UINT, every, "every", "0",
        "Seconds in which the feed is expected to change; one that is older is stale. 0: it may "
        "stay as it is.",
        .min = 0, .max = 366 * DAY_S),
    SOURCE(UINT, timeout, "timeout", "120", "Seconds that the command or transfer may take.",
        .min = 1, .max = 3600),
    SOURCE(UINT, max_bytes, "max-bytes", "268435456", "Bytes that the feed may have.", .min = 1,
        .max = 4294967295),
    SOURCE(BOOL, never_block, "never-block", "no", "What this feed names wins over all others."),
    SOURCE(BOOL, may_be_empty, "may-be-empty", "no", "A feed without any indicator is good, too."),
    SOURCE(BOOL, explained, "explained", "no",
        "The feed is a zone of your own (sinkzone export --explain), which names the campaigns of its "
        "rules. Without it they have the campaign of the feed."),
    SOURCE(UINT, expires_after, "expires-after", "0",
        "Days after which an indicator that was not seen again leaves the list, unless its "
        "confidence is high. 0: as the feed says, else never.",
        .min = 0, .max = 36500),
    SOURCE(STRING, format, "format", NULL,
        "As sinkzone compile has it. Default: the first lines decide.", .min = 1, .max = 32),
    SOURCE(STRING, campaign, "campaign", NULL,
        "Campaign of its indicators. Default: its own, else its name.", .min = 1, .max = 128),
    SOURCE(ENUM, action, "action", "as-the-feed-says",
        "Action of its indicators. Default: its own, else sinkhole.", .choices = action_choices),
    SOURCE(ENUM, scope, "scope", "auto", "How far its names go. Default: as the format has it.",
        .choices = scope_choices),
    {0},
};

/* The name is a file's name, too. */
static bool
is_file_name(const char *name)
{
	return name[0] != '.' &&
	       name[strspn(name,
	           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] == '\0';
}

int
ush_check_feed_source(const struct ush_yaml *yaml, const struct ush_yaml_node *item,
    const void *entries, size_t count, struct ush_error *err)
{
	const struct ush_feed_source *other = entries, *source = other + count - 1;

	if (!is_file_name(source->name))
		return ush_yaml_fail(yaml, item, err,
		    "\"%s\" is no name for a feed here: letters, digits, hyphens, underscores and "
		    "dots, no dot first",
		    source->name);
	if ((source->file != NULL) + (source->directory != NULL) + (source->command != NULL) +
	        (source->zone.name != NULL) !=
	    1)
		return ush_yaml_fail(yaml, item, err,
		    "a feed has one of \"file\", \"directory\", \"command\" and \"zone\" (with its "
		    "\"name\")");
	if (source->zone.name != NULL && source->zone.from.address.family == 0)
		return ush_yaml_fail(
		    yaml, item, err, "\"zone\" needs \"from\": the address of the name server");
	if (source->zone.name == NULL &&
	    (source->zone.from.address.family != 0 || source->zone.key_file != NULL))
		return ush_yaml_fail(yaml, item, err, "\"zone\" needs its \"name\"");
	if (source->explained && source->format != NULL && strcmp(source->format, "rpz") != 0)
		return ush_yaml_fail(
		    yaml, item, err, "\"explained\" is only for feeds of the format rpz");
	for (; other < source; other++) {
		if (strcmp(other->name, source->name) == 0)
			return ush_yaml_fail(
			    yaml, item, err, "the feed in line %u has the same name", other->line);
	}
	return 0;
}
