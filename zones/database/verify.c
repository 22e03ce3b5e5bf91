/* SPDX-License-Identifier: BSD-3-Clause */
/* Every number that a lookup uses as an index or an offset is checked here, once, so that nothing
 * on the query path has to. A checksum is no proof of good faith: the file may come from elsewhere.
 */
#include "zones/database/list.h"

#include <stdlib.h>
#include <string.h>

static bool
strings_are_good(const struct ush_blocklist *list, enum ush_db_section_id id)
{
	const char *text = list->sections[id].data;
	uint64_t count = list->sections[id].count;

	return count > 0 && text[0] == '\0' && text[count - 1] == '\0';
}

/* Whether the string at this offset is there and short enough for events. */
static bool
name_is_good(const struct ush_blocklist *list, uint32_t offset)
{
	return offset < ush_list_count(list, USH_DB_STRINGS) &&
	       strlen(ush_list_text(list, USH_DB_STRINGS, offset)) <= USH_LIST_NAME_MAX;
}

static bool
feeds_are_good(const struct ush_blocklist *list)
{
	const struct ush_db_feed *feeds = ush_list_records(list, USH_DB_FEEDS);
	uint32_t strings = ush_list_count(list, USH_DB_STRINGS);

	for (uint32_t i = 0; i < ush_list_count(list, USH_DB_FEEDS); i++) {
		if (!name_is_good(list, feeds[i].name) || feeds[i].file >= strings ||
		    feeds[i].date >= strings || feeds[i].reference >= strings)
			return false;
	}
	return true;
}

static bool
campaigns_are_good(const struct ush_blocklist *list)
{
	const struct ush_db_campaign *campaigns = ush_list_records(list, USH_DB_CAMPAIGNS);

	for (uint32_t i = 0; i < ush_list_count(list, USH_DB_CAMPAIGNS); i++) {
		if (!name_is_good(list, campaigns[i].name) ||
		    !name_is_good(list, campaigns[i].software) ||
		    campaigns[i].slot > USH_DB_SLOT_LAST)
			return false;
	}
	return true;
}

static bool
class_is_good(const struct ush_blocklist *list, const struct ush_db_class *class)
{
	return class->feed < ush_list_count(list, USH_DB_FEEDS) &&
	       class->campaign < ush_list_count(list, USH_DB_CAMPAIGNS) &&
	       class->action > USH_ACTION_NONE && class->action < USH_ACTION_OFF &&
	       class->flags <= USH_DB_CLASS_NEVER_BLOCK;
}

static int
make_classes(struct ush_blocklist *list)
{
	const struct ush_db_class *classes = ush_list_records(list, USH_DB_CLASSES);
	uint32_t count = ush_list_count(list, USH_DB_CLASSES);

	if (count > USH_DB_CLASSES_MAX)
		return -1;
	if ((list->classes = calloc(count > 0 ? count : 1, sizeof(*list->classes))) == NULL)
		return -1;
	list->memory_bytes += count * sizeof(*list->classes);
	for (uint32_t i = 0; i < count; i++) {
		if (!class_is_good(list, &classes[i]))
			return -1;
		list->classes[i].never_block = classes[i].flags != 0;
		list->classes[i].rank = classes[i].flags != 0 ? 0 : classes[i].feed + 1;
		list->classes[i].action = classes[i].action;
	}
	return 0;
}

static bool
filter_is_good(const struct ush_blocklist *list)
{
	uint64_t names = list->header.names;

	return ush_list_count(list, USH_DB_FILTER) ==
	       (uint64_t)ush_db_near_words(names) + ush_db_far_words(names);
}

static bool
names_are_good(const struct ush_blocklist *list)
{
	const struct ush_db_bucket *buckets = ush_list_records(list, USH_DB_NAMES);
	uint32_t classes = ush_list_count(list, USH_DB_CLASSES);
	uint32_t count = ush_list_count(list, USH_DB_NAMES);
	uint32_t home_buckets = list->header.home_buckets;
	bool good = home_buckets > 0 && home_buckets <= count && buckets[count - 1].spills == 0 &&
	            filter_is_good(list);

	for (uint32_t i = 0; good && i < count; i++) {
		unsigned top = 0;
		unsigned any = 0;

		for (unsigned k = 0; k < USH_DB_BUCKET_RULES; k++) {
			unsigned class_id = buckets[i].rule[k] & USH_DB_CLASS_MASK;

			top = class_id > top ? class_id : top;
			any |= buckets[i].rule[k];
		}
		/* Free places say class 0, which an empty list does not have. */
		good = (top < classes || any == 0) && buckets[i].spills <= 1;
	}
	return good && (classes > 0 || list->header.names == 0);
}

static bool
network_is_good(
    const struct ush_blocklist *list, const struct ush_db_network *network, unsigned range)
{
	unsigned family = range <= 32 ? 4 : 6;
	unsigned bits = range <= 32 ? range : range - 33;

	return network->family == family && network->bits == bits &&
	       network->class_id < ush_list_count(list, USH_DB_CLASSES);
}

static bool
networks_are_good(const struct ush_blocklist *list)
{
	const struct ush_db_network *networks = ush_list_records(list, USH_DB_NETWORKS);
	const uint32_t *starts = list->header.network_starts;
	uint32_t next = 0;

	for (unsigned range = 0; range < USH_DB_NETWORK_RANGES; range++) {
		if (starts[range] != next || starts[range + 1] < next ||
		    starts[range + 1] > ush_list_count(list, USH_DB_NETWORKS))
			return false;
		for (; next < starts[range + 1]; next++) {
			if (!network_is_good(list, &networks[next], range))
				return false;
		}
	}
	return next == ush_list_count(list, USH_DB_NETWORKS);
}

/* With what lookups make of them. */
static bool
networks_are_ready(struct ush_blocklist *list)
{
	if (!networks_are_good(list))
		return false;
	ush_list_index_lengths(list);
	return true;
}

static bool
urls_are_good(const struct ush_blocklist *list)
{
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);

	for (uint32_t i = 0; i < ush_list_count(list, USH_DB_URLS); i++) {
		if (urls[i].class_id >= ush_list_count(list, USH_DB_CLASSES))
			return false;
	}
	return true;
}

static bool
urls_are_ready(struct ush_blocklist *list)
{
	return urls_are_good(list) && ush_list_index_planted(list) == 0;
}

static bool
source_is_good(const struct ush_blocklist *list, const struct ush_db_source *source)
{
	return source->trigger < ush_list_count(list, USH_DB_TEXTS) &&
	       source->meta < ush_list_count(list, USH_DB_METAS);
}

static bool
sources_are_good(const struct ush_blocklist *list)
{
	const struct ush_db_source *sources = ush_list_records(list, USH_DB_SOURCES);
	const struct ush_db_meta *metas = ush_list_records(list, USH_DB_METAS);
	const struct ush_db_note *notes = ush_list_records(list, USH_DB_NOTES);
	uint32_t texts = ush_list_count(list, USH_DB_TEXTS);

	if (ush_list_count(list, USH_DB_SOURCES) != list->rules)
		return false;
	for (uint32_t i = 0; i < ush_list_count(list, USH_DB_SOURCES); i++) {
		if (!source_is_good(list, &sources[i]))
			return false;
	}
	for (uint32_t i = 0; i < ush_list_count(list, USH_DB_METAS); i++) {
		if (metas[i].added >= texts || metas[i].expires >= texts ||
		    metas[i].confidence >= texts || metas[i].raw >= texts ||
		    metas[i].remark >= texts)
			return false;
	}
	for (uint32_t i = 0; i < ush_list_count(list, USH_DB_NOTES); i++) {
		if (notes[i].type >= texts || notes[i].feed >= ush_list_count(list, USH_DB_FEEDS) ||
		    !source_is_good(list, &notes[i].source))
			return false;
	}
	return true;
}

/* Numbers of rules, from the header alone: the same whatever parts are loaded. */
static bool
number_rules(struct ush_blocklist *list)
{
	const struct ush_db_section *sections = list->header.sections;
	uint64_t names = sections[USH_DB_NAMES].count * USH_DB_BUCKET_RULES;
	uint64_t networks = names + sections[USH_DB_NETWORKS].count;
	uint64_t rules = networks + sections[USH_DB_URLS].count;

	if (rules > UINT32_MAX || list->header.names > names)
		return false;
	list->first_network_rule = (uint32_t)names;
	list->first_url_rule = (uint32_t)networks;
	list->rules = (uint32_t)rules;
	return true;
}

int
ush_list_verify(struct ush_blocklist *list, const char *path, struct ush_error *err)
{
	const char *bad = NULL;

	if (!number_rules(list))
		bad = "rule numbers";
	else if (!strings_are_good(list, USH_DB_STRINGS))
		bad = "strings";
	else if (!feeds_are_good(list))
		bad = "feeds";
	else if (!campaigns_are_good(list))
		bad = "campaigns";
	else if (make_classes(list) != 0)
		bad = "classes";
	else if ((list->parts & USH_PART_NAMES) != 0 && !names_are_good(list))
		bad = "names";
	else if ((list->parts & USH_PART_NETWORKS) != 0 && !networks_are_ready(list))
		bad = "networks";
	else if ((list->parts & USH_PART_URLS) != 0 && !urls_are_ready(list))
		bad = "URLs";
	else if ((list->parts & USH_PART_SOURCES) != 0 &&
	         (!strings_are_good(list, USH_DB_TEXTS) || !sources_are_good(list)))
		bad = "sources";
	if (bad == NULL)
		return 0;
	return ush_fail(
	    err, path, 0, "is malformed: its %s make no sense; compile the list anew", bad);
}
