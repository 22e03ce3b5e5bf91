/* SPDX-License-Identifier: BSD-3-Clause */
/* A blocklist file that opens is safe to use, wherever it is from. The input is a list of edits of a
 * real list that the build compiled from database.yaml. With an even first byte the edited file
 * gets good checksums, so that what is behind them is tried; with an odd one they must catch every
 * change. */
#include "zones/blocklist.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/image.h"

/* The rule that was explained first, and how many were. */
struct explained {
	const struct ush_blocklist *list;
	struct ush_match first;
	size_t count;
};

static void
check_class(const struct ush_blocklist *list, uint32_t class_id)
{
	struct ush_blocklist_info info;
	struct ush_class class;
	struct ush_campaign campaign;

	ush_blocklist_info(list, &info);
	USH_HOLDS(class_id < info.classes);
	ush_blocklist_class(list, class_id, &class);
	USH_HOLDS(class.campaign_id < info.campaigns);
	ush_blocklist_campaign(list, class.campaign_id, &campaign);
	USH_HOLDS(
	    strcmp(class.campaign, campaign.name) == 0 && strlen(class.feed) < USH_IMAGE_ROOM);
	USH_HOLDS(campaign.slot <= 254 && strlen(campaign.software) < USH_IMAGE_ROOM);
	USH_HOLDS(class.action > USH_ACTION_NONE && class.action < USH_ACTION_OFF);
}

static void
check_source(const struct ush_source *source)
{
	const char *const texts[] = {source->trigger, source->feed, source->file, source->added,
	    source->expires, source->confidence, source->raw, source->remark, source->reference};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		USH_HOLDS(strlen(texts[i]) < USH_IMAGE_ROOM);
}

static void
check_all(const struct ush_blocklist *list)
{
	struct ush_blocklist_info info;
	struct ush_source source;
	struct ush_feed_info feed;
	struct ush_note note;
	struct ush_rule rule;

	ush_blocklist_info(list, &info);
	for (uint32_t i = 0; i < info.classes; i++)
		check_class(list, i);
	for (uint32_t i = 0; i < info.feeds; i++) {
		ush_blocklist_feed(list, i, &feed);
		USH_HOLDS(strlen(feed.name) + strlen(feed.file) < 2 * USH_IMAGE_ROOM);
	}
	for (uint32_t i = 0; i < info.rules; i++) {
		ush_blocklist_rule(list, i, &rule);
		if (rule.kind == USH_RULE_NONE)
			continue;
		check_class(list, rule.class_id);
		USH_HOLDS(ush_blocklist_source(list, i, &source) == 0);
		check_source(&source);
	}
	for (uint32_t i = 0; i < info.notes; i++) {
		USH_HOLDS(ush_blocklist_note(list, i, &note) == 0);
		check_source(&note.source);
	}
}

static void
on_match(void *arg, const struct ush_match *match, bool fires)
{
	struct explained *explained = arg;

	USH_HOLDS(fires == (explained->count == 0));
	check_class(explained->list, match->class_id);
	if (explained->count++ == 0)
		explained->first = *match;
}

/* What fires is what is explained first, with any parts loaded; and nothing of a list whose classes
 * are all off fires. */
static void
check_name(const struct ush_blocklist *list, const struct ush_blocklist *part, const uint8_t *off,
    const char *text)
{
	struct explained explained = {.list = list};
	struct ush_match match, again;
	struct ush_name name;
	bool found;

	USH_HOLDS(ush_name_from_text(&name, text, strlen(text)) == 0);
	found = ush_blocklist_match_name(list, NULL, &name, &match);
	USH_HOLDS(
	    ush_blocklist_explain(list, NULL, &name, on_match, &explained) == explained.count);
	USH_HOLDS(!found || (explained.count > 0 && explained.first.rule == match.rule));
	USH_HOLDS(ush_blocklist_match_name(part, NULL, &name, &again) == found);
	USH_HOLDS(!found || (again.rule == match.rule && match.labels <= ush_name_labels(&name)));
	USH_HOLDS(!ush_blocklist_match_name(list, off, &name, &match));
}

static void
check_address(const struct ush_blocklist *list, const uint8_t *off, const char *text)
{
	struct explained explained = {.list = list};
	struct ush_address address;
	struct ush_match match;
	bool found;

	USH_HOLDS(ush_address_from_text(&address, text) == 0);
	found = ush_blocklist_match_address(list, NULL, &address, &match);
	USH_HOLDS(ush_blocklist_explain_address(list, NULL, &address, on_match, &explained) ==
	          explained.count);
	USH_HOLDS(!found || (explained.count > 0 && explained.first.rule == match.rule));
	USH_HOLDS(!ush_blocklist_match_address(list, off, &address, &match));
}

static void
check_url(const struct ush_blocklist *list, const uint8_t *off, const char *host, const char *path)
{
	struct ush_url_match match;
	struct ush_name name;

	USH_HOLDS(ush_name_from_text(&name, host, strlen(host)) == 0);
	if (ush_blocklist_match_url(list, NULL, &name, path, strlen(path), &match))
		check_class(list, match.class_id);
	(void)ush_blocklist_match_url(list, NULL, NULL, path, strlen(path), &match);
	USH_HOLDS(!ush_blocklist_match_url(list, off, &name, path, strlen(path), &match));
}

/* The names and addresses are those of database.yaml, or near them. */
static void
check_lookups(const struct ush_blocklist *list, const struct ush_blocklist *part)
{
	struct ush_blocklist_info info;
	uint8_t *off;

	ush_blocklist_info(list, &info);
	off = malloc(info.classes + 1);
	memset(off, USH_ACTION_OFF, info.classes + 1);
	check_name(list, part, off, "exact.example.jp");
	check_name(list, part, off, "a.b.whole.example.jp");
	check_name(list, part, off, "a.exact.example.jp");
	check_name(list, part, off, "unlisted.test");
	check_name(list, part, off, ".");
	check_address(list, off, "192.0.2.77");
	check_address(list, off, "2001:db8:1::1");
	check_address(list, off, "0.0.0.0");
	check_url(list, off, "url.example.jp", "/planted/%69ndex.php?x");
	check_url(list, off, "unlisted.test", "/blog/");
	free(off);
}

static bool
check_file(const char *path)
{
	struct ush_blocklist *list;
	struct ush_blocklist *part;
	struct ush_error err = {0};

	if (ush_blocklist_open(&list, path, USH_PART_ALL, &err) != 0) {
		ush_fuzz_error(&err, 0);
		return false;
	}
	USH_HOLDS(ush_blocklist_open(&part, path, USH_PART_NAMES, &err) == 0);
	check_all(list);
	check_lookups(list, part);
	ush_blocklist_close(part);
	ush_blocklist_close(list);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ush_image real, image;
	bool sealed = size > 0 && data[0] % 2 == 0;
	struct ush_fuzz_file file;
	size_t real_len, len;
	uint8_t *before, *after;
	bool opens;

	if (real.header.version == 0)
		ush_image_read(&real);
	image = real;
	if (size > 0)
		ush_image_edit(&image, data + 1, size - 1);
	if (sealed)
		ush_image_seal(&image);
	before = ush_image_file(&real, &real_len);
	after = ush_image_file(&image, &len);
	file = ush_fuzz_file(after, len);
	opens = check_file(file.path);
	if (!sealed)
		USH_HOLDS(opens == (len == real_len && memcmp(before, after, len) == 0));
	close(file.fd);
	free(before);
	free(after);
	return 0;
}
