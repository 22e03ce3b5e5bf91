/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/statistics.h"

#include <stdio.h>
#include "sinkhole/sinkctl/table.h"
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/store/statistics.h"

/* Rows that fit on a screen with all the rest. */
#define ROWS 10

static const struct ush_column rule_columns[] = {
    {"RULE", false, USH_ELIDE_MIDDLE, 20},
    {"HITS", true, USH_ELIDE_NEVER, 0},
    {"HOSTS", true, USH_ELIDE_NEVER, 0},
    {"LAST", true, USH_ELIDE_NEVER, 0},
    {NULL, false, USH_ELIDE_NEVER, 0},
};

static const struct ush_column network_columns[] = {
    {"ASKED, AND NEVER ARRIVED", false, USH_ELIDE_MIDDLE, 20},
    {"TIMES", true, USH_ELIDE_NEVER, 0},
    {"HOSTS", true, USH_ELIDE_NEVER, 0},
    {"LAST", true, USH_ELIDE_NEVER, 0},
    {NULL, false, USH_ELIDE_NEVER, 0},
};

struct statistics_page {
	const struct ush_command *command;
	struct ush_table *table;
	uint64_t rows;
};

static int
add_row(struct statistics_page *page, const char *name, uint64_t count, uint64_t hosts,
    uint64_t last_ms)
{
	char count_text[24];
	char hosts_text[24];
	char last[USH_WHEN_MAX];
	const char *const cells[] = {name, count_text, hosts_text, last};

	if (++page->rows > ROWS && !page->command->wide)
		return 0;
	snprintf(count_text, sizeof(count_text), "%llu", (unsigned long long)count);
	snprintf(hosts_text, sizeof(hosts_text), "%llu", (unsigned long long)hosts);
	ush_when_short(last, last_ms, page->command->now_ms);
	return ush_table_add(page->table, cells);
}

static int
add_hits(void *arg, const struct ush_hits *hits)
{
	return add_row(arg, hits->rule, hits->span.count, hits->hosts, hits->span.last_ms);
}

static int
print_page(const struct statistics_page *page)
{
	if (page->rows == 0)
		return 0;
	printf("\n");
	if (ush_table_print(page->table, stdout, page->command->wide ? 0 : USH_TABLE_WIDTH) != 0)
		return -1;
	if (page->rows > ROWS && !page->command->wide)
		printf("and %llu more: --wide, --json\n", (unsigned long long)page->rows - ROWS);
	return 0;
}

static int
print_rules(const struct ush_command *command, struct ush_error *err)
{
	struct statistics_page page = {.command = command, .table = ush_table_new(rule_columns)};
	int rc = page.table == NULL ? ush_fail(err, NULL, 0, "out of memory") : 0;

	if (rc == 0)
		rc = ush_hits_each(command->store, add_hits, &page, err);
	if (rc == 0)
		rc = print_page(&page);
	ush_table_free(page.table);
	return rc;
}

/* Only networks from which no host connected: one that did shows that the way is open. */
static int
print_networks(const struct ush_command *command, struct ush_error *err)
{
	struct statistics_page page = {.command = command, .table = ush_table_new(network_columns)};
	struct ush_reaches reaches = {0};
	int rc = page.table == NULL ? ush_fail(err, NULL, 0, "out of memory") : 0;

	if (rc == 0)
		rc = ush_reaches_find(&reaches, command->store, command->settings, err);
	for (size_t i = 0; rc == 0 && i < reaches.count; i++) {
		const struct ush_reach *reach = &reaches.items[i];
		char text[USH_NETWORK_TEXT_MAX];

		if (reach->arrived == 0)
			rc = add_row(&page, ush_network_to_text(&reach->network, text),
			    reach->asked, reach->hosts, reach->last_ms);
	}
	if (rc == 0)
		rc = print_page(&page);
	ush_reaches_fini(&reaches);
	ush_table_free(page.table);
	return rc;
}

int
ush_statistics_print(const struct ush_command *command, struct ush_error *err)
{
	return print_rules(command, err) == 0 && print_networks(command, err) == 0 ? 0 : -1;
}

static json_t *
rule_json(const struct ush_hits *hits)
{
	json_t *object = json_object();

	ush_put_text(object, "rule", hits->rule);
	ush_put_text(object, "campaign", hits->campaign);
	ush_put_uint(object, "hits", hits->span.count);
	ush_put_uint(object, "hosts", hits->hosts);
	ush_put_time(object, "first", hits->span.first_ms);
	ush_put_time(object, "last", hits->span.last_ms);
	return object;
}

static json_t *
reach_json(const struct ush_reach *reach)
{
	json_t *object = json_object();
	char text[USH_NETWORK_TEXT_MAX];

	ush_put_text(object, "network", ush_network_to_text(&reach->network, text));
	ush_put_uint(object, "asked", reach->asked);
	ush_put_uint(object, "hosts", reach->hosts);
	ush_put_uint(object, "arrived", reach->arrived);
	ush_put_time(object, "last", reach->last_ms);
	return object;
}

void
ush_statistics_put(json_t *object, const struct ush_sums *sums)
{
	json_t *rules = json_array();
	json_t *networks = json_array();

	for (size_t i = 0; i < sums->rule_count; i++)
		json_array_append_new(rules, rule_json(&sums->rules[i]));
	for (size_t i = 0; i < sums->reaches.count; i++)
		json_array_append_new(networks, reach_json(&sums->reaches.items[i]));
	json_object_set_new(object, "rules", rules);
	json_object_set_new(object, "networks", networks);
}
