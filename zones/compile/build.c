/* SPDX-License-Identifier: BSD-3-Clause */
/* From rules to the file: sort, drop duplicates, lay out, write. */
#include "zones/compile/inside.h"

#include <stdlib.h>
#include <string.h>
#include "zones/compile/writer.h"
#include "zones/database/hash.h"

static const char *
trigger_of(const struct ush_builder *builder, const struct ush_db_source *source)
{
	return builder->texts.data + source->trigger;
}

/* Two names with one fingerprint would be one name to a reader. One in 2^48 lists of 16 million
 * names has such a pair. */
static int
check_collisions(const struct ush_builder *builder, struct ush_error *err)
{
	const struct ush_name_rule *rules = builder->names.items;

	for (size_t i = 1; i < builder->names.count; i++) {
		const char *a = trigger_of(builder, &rules[i - 1].source);
		const char *b = trigger_of(builder, &rules[i].source);

		if (rules[i].high == rules[i - 1].high && rules[i].low == rules[i - 1].low &&
		    strcmp(a, b) != 0)
			return ush_fail(err, NULL, 0,
			    "%s and %s happen to have the same fingerprint; run again, the next "
			    "list gets another key",
			    a, b);
	}
	return 0;
}

static unsigned
range_of(const struct ush_db_network *network)
{
	return network->family == 4 ? network->bits : 33u + network->bits;
}

static int
compare_networks(const void *a, const void *b)
{
	const struct ush_db_network *x = &((const struct ush_network_rule *)a)->network;
	const struct ush_db_network *y = &((const struct ush_network_rule *)b)->network;
	int order;

	if (range_of(x) != range_of(y))
		return range_of(x) < range_of(y) ? -1 : 1;
	if ((order = memcmp(x->octets, y->octets, sizeof(x->octets))) != 0)
		return order;
	return x->class_id < y->class_id ? -1 : x->class_id > y->class_id;
}

static int
compare_urls(const struct ush_db_url *x, const struct ush_db_url *y)
{
	if (x->path != y->path)
		return x->path < y->path ? -1 : 1;
	if (x->path_low != y->path_low)
		return x->path_low < y->path_low ? -1 : 1;
	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	if (x->host_low != y->host_low)
		return x->host_low < y->host_low ? -1 : 1;
	return x->class_id < y->class_id ? -1 : x->class_id > y->class_id;
}

/* Of those that are equal the one first that says most, then the one that stands first. */
static int
compare_url_rules(const void *a, const void *b)
{
	const struct ush_db_url *x = &((const struct ush_url_rule *)a)->url;
	const struct ush_db_url *y = &((const struct ush_url_rule *)b)->url;
	int order = compare_urls(x, y);

	if (order != 0)
		return order;
	if (((x->flags ^ y->flags) & USH_DB_URL_PLANTED) != 0)
		return (x->flags & USH_DB_URL_PLANTED) != 0 ? -1 : 1;
	if (((x->flags ^ y->flags) & USH_DB_URL_HOST_GUESSED) != 0)
		return (x->flags & USH_DB_URL_HOST_GUESSED) != 0 ? 1 : -1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* What a class says of one URL in several places adds up: planted is more than plausible, and a
 * host that is known somewhere is no guess. */
static void
sort_and_merge_urls(struct ush_rows *table)
{
	struct ush_url_rule *rules = table->items;
	size_t kept = 0;

	if (table->count == 0)
		return;
	qsort(rules, table->count, sizeof(*rules), compare_url_rules);
	for (size_t i = 1; i < table->count; i++) {
		if (compare_urls(&rules[kept].url, &rules[i].url) != 0)
			rules[++kept] = rules[i];
		else if ((rules[i].url.flags & USH_DB_URL_HOST_GUESSED) == 0)
			rules[kept].url.flags &= (uint16_t)~USH_DB_URL_HOST_GUESSED;
	}
	table->count = kept + 1;
}

/* Sort a table and keep the first of equal records. */
static void
sort_unique(struct ush_rows *table, size_t size, int (*compare)(const void *, const void *))
{
	char *items = table->items;
	size_t kept = 0;

	if (table->count == 0)
		return;
	qsort(items, table->count, size, compare);
	for (size_t i = 1; i < table->count; i++) {
		if (compare(items + kept * size, items + i * size) != 0)
			memmove(items + ++kept * size, items + i * size, size);
	}
	table->count = kept + 1;
}

static int
sort_all(struct ush_builder *builder, struct ush_build_result *result, struct ush_error *err)
{
	size_t before = builder->names.count + builder->networks.count + builder->urls.count;

	ush_name_rules_sort(&builder->names);
	if (check_collisions(builder, err) != 0)
		return -1;
	ush_name_rules_merge(&builder->names, NULL, NULL);
	sort_unique(&builder->networks, sizeof(struct ush_network_rule), compare_networks);
	sort_and_merge_urls(&builder->urls);
	result->names = builder->names.count;
	result->networks = builder->networks.count;
	result->urls = builder->urls.count;
	result->duplicates = before - result->names - result->networks - result->urls;
	return 0;
}

/* Where each name goes: in its home bucket, or after the names placed before. Both passes (rules,
 * then their sources) walk the same way. */
struct placement {
	uint64_t next; /* first free place */
	uint32_t home_buckets;
};

static uint64_t
place(struct placement *placement, const struct ush_name_rule *rule)
{
	uint64_t home =
	    (uint64_t)ush_db_home(rule->high, placement->home_buckets) * USH_DB_BUCKET_RULES;
	uint64_t at = home > placement->next ? home : placement->next;

	placement->next = at + 1;
	return at;
}

static void
put_buckets(
    struct ush_writer *writer, const struct ush_db_bucket *bucket, uint64_t from, uint64_t to)
{
	static const struct ush_db_bucket empty;

	ush_writer_put(writer, bucket, sizeof(*bucket));
	for (from++; from < to; from++)
		ush_writer_put(writer, &empty, sizeof(empty));
}

/* Returns the number of buckets. */
static uint64_t
write_names(const struct ush_builder *builder, struct ush_writer *writer)
{
	struct placement placement = {.home_buckets = builder->header.home_buckets};
	struct ush_db_bucket bucket = {0};
	uint64_t current = 0;
	uint64_t end;

	ush_writer_begin(writer, USH_DB_NAMES);
	for (size_t i = 0; i < builder->names.count; i++) {
		const struct ush_name_rule *rule = &builder->names.items[i];
		uint64_t at = place(&placement, rule);
		unsigned k = (unsigned)(at % USH_DB_BUCKET_RULES);

		if (at / USH_DB_BUCKET_RULES != current) {
			/* A rule that opens a bucket away from its home found the one before
			 * full. */
			bucket.spills = ush_db_home(rule->high, placement.home_buckets) <
			                at / USH_DB_BUCKET_RULES;
			put_buckets(writer, &bucket, current, at / USH_DB_BUCKET_RULES);
			current = at / USH_DB_BUCKET_RULES;
			bucket = (struct ush_db_bucket){0};
		}
		bucket.tag[k] = (uint16_t)rule->high;
		bucket.low[k] = (uint16_t)rule->low;
		bucket.middle[k] = ush_db_middle(
		    (struct ush_db_fingerprint){.high = rule->high, .low = rule->low});
		bucket.rule[k] = (uint16_t)(rule->scope | rule->class_id);
	}
	end = current + 1 > placement.home_buckets ? current + 1 : placement.home_buckets;
	put_buckets(writer, &bucket, current, end);
	ush_writer_end(writer, end);
	return end;
}

struct filter {
	uint64_t *words; /* near, then far */
	uint32_t near_words;
	uint32_t far_words;
};

/* The last two labels of a rule, and the last three (or these two again). */
static void
add_ends(const struct filter *filter, uint64_t two, uint64_t three)
{
	uint64_t *far = filter->words + filter->near_words;

	filter->words[ush_db_filter_word(two, filter->near_words)] |= ush_db_near_bits(two);
	far[ush_db_filter_word(three, filter->far_words)] |= ush_db_far_bits(three);
}

static int
write_filter(const struct ush_builder *builder, struct ush_writer *writer, struct ush_error *err)
{
	struct filter filter = {
	    .near_words = ush_db_near_words(builder->names.count),
	    .far_words = ush_db_far_words(builder->names.count),
	};
	uint32_t count = filter.near_words + filter.far_words;
	const struct ush_name_rule *names = builder->names.items;
	const struct ush_name_ends *ends = builder->ends.items;

	if ((filter.words = calloc(count, sizeof(*filter.words))) == NULL)
		return ush_fail(err, NULL, 0, "no memory");
	for (size_t i = 0; i < builder->names.count; i++) {
		if (names[i].labels == 2)
			add_ends(&filter, names[i].high, names[i].high);
	}
	for (size_t i = 0; i < builder->ends.count; i++)
		add_ends(&filter, ends[i].two, ends[i].three);
	ush_writer_begin(writer, USH_DB_FILTER);
	ush_writer_put(writer, filter.words, count * sizeof(*filter.words));
	ush_writer_end(writer, count);
	free(filter.words);
	return 0;
}

static void
write_sources(const struct ush_builder *builder, struct ush_writer *writer, uint64_t buckets)
{
	static const struct ush_db_source none;
	struct placement placement = {.home_buckets = builder->header.home_buckets};
	const struct ush_network_rule *networks = builder->networks.items;
	const struct ush_url_rule *urls = builder->urls.items;
	uint64_t at = 0;

	ush_writer_begin(writer, USH_DB_SOURCES);
	for (size_t i = 0; i < builder->names.count; i++) {
		uint64_t to = place(&placement, &builder->names.items[i]);

		for (; at < to; at++)
			ush_writer_put(writer, &none, sizeof(none));
		ush_writer_put(writer, &builder->names.items[i].source, sizeof(none));
		at++;
	}
	for (; at < buckets * USH_DB_BUCKET_RULES; at++)
		ush_writer_put(writer, &none, sizeof(none));
	for (size_t i = 0; i < builder->networks.count; i++)
		ush_writer_put(writer, &networks[i].source, sizeof(none));
	for (size_t i = 0; i < builder->urls.count; i++)
		ush_writer_put(writer, &urls[i].source, sizeof(none));
	ush_writer_end(writer, at + builder->networks.count + builder->urls.count);
}

static void
write_networks(struct ush_builder *builder, struct ush_writer *writer)
{
	const struct ush_network_rule *rules = builder->networks.items;
	uint32_t *starts = builder->header.network_starts;

	ush_writer_begin(writer, USH_DB_NETWORKS);
	for (size_t i = 0; i < builder->networks.count; i++) {
		ush_writer_put(writer, &rules[i].network, sizeof(rules[i].network));
		starts[range_of(&rules[i].network) + 1]++;
	}
	for (unsigned i = 0; i < USH_DB_NETWORK_RANGES; i++)
		starts[i + 1] += starts[i];
	ush_writer_end(writer, builder->networks.count);
}

static void
write_urls(const struct ush_builder *builder, struct ush_writer *writer)
{
	const struct ush_url_rule *rules = builder->urls.items;

	ush_writer_begin(writer, USH_DB_URLS);
	for (size_t i = 0; i < builder->urls.count; i++)
		ush_writer_put(writer, &rules[i].url, sizeof(rules[i].url));
	ush_writer_end(writer, builder->urls.count);
}

static void
write_table(struct ush_writer *writer, enum ush_db_section_id id, const void *items, size_t count,
    size_t size)
{
	ush_writer_begin(writer, id);
	ush_writer_put(writer, items, count * size);
	ush_writer_end(writer, count);
}

static int
write_all(struct ush_builder *builder, struct ush_writer *writer, struct ush_error *err)
{
	uint64_t buckets;

	write_table(writer, USH_DB_STRINGS, builder->strings.data, builder->strings.used, 1);
	write_table(writer, USH_DB_FEEDS, builder->feeds.items, builder->feeds.count,
	    sizeof(struct ush_db_feed));
	write_table(writer, USH_DB_CAMPAIGNS, builder->campaigns.items, builder->campaigns.count,
	    sizeof(struct ush_db_campaign));
	write_table(writer, USH_DB_CLASSES, builder->classes.items, builder->classes.count,
	    sizeof(struct ush_db_class));
	buckets = write_names(builder, writer);
	if (write_filter(builder, writer, err) != 0)
		return -1;
	write_networks(builder, writer);
	write_urls(builder, writer);
	write_sources(builder, writer, buckets);
	write_table(writer, USH_DB_METAS, builder->metas.items, builder->metas.count,
	    sizeof(struct ush_db_meta));
	write_table(writer, USH_DB_NOTES, builder->notes.items, builder->notes.count,
	    sizeof(struct ush_db_note));
	write_table(writer, USH_DB_TEXTS, builder->texts.data, builder->texts.used, 1);
	return 0;
}

/* Only increases, whatever the clock says, and never overflows (so no RFC 1982 arithmetic). */
static uint32_t
next_serial(const struct ush_build_options *options)
{
	struct ush_blocklist_info info = {0};
	uint32_t now = (uint32_t)(options->now_ms / 1000);

	if (options->previous != NULL)
		ush_blocklist_info(options->previous, &info);
	return info.serial >= now ? info.serial + 1 : now;
}

int
ush_builder_write(struct ush_builder *builder, const struct ush_build_options *options,
    struct ush_build_result *result, struct ush_error *err)
{
	struct ush_db_header *header = &builder->header;
	struct ush_writer *writer = NULL;
	uint64_t homes;
	int rc = -1;

	*result = (struct ush_build_result){0};
	if (ush_builder_slots(builder, options, result, err) != 0 ||
	    sort_all(builder, result, err) != 0)
		goto out;
	homes = (builder->names.count + USH_DB_BUCKET_MEAN - 1) / USH_DB_BUCKET_MEAN;
	if (homes > UINT32_MAX / USH_DB_BUCKET_RULES / 2) {
		ush_fail(err, options->path, 0, "too many names for one list");
		goto out;
	}
	header->home_buckets = homes > 0 ? (uint32_t)homes : 1;
	header->names = builder->names.count;
	header->built_ms = options->now_ms;
	header->serial = result->serial = next_serial(options);
	if (ush_writer_open(&writer, options->path, err) != 0)
		goto out;
	if (write_all(builder, writer, err) != 0 || ush_writer_commit(writer, header, err) != 0)
		goto out;
	result->file_bytes = header->file_bytes;
	result->group_lost = ush_writer_lost_group(writer);
	rc = 0;
out:
	ush_writer_close(writer);
	return rc;
}
