/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/rules.h"

#include <string.h>
#include "tests/unit/unit.h"

/* How many values each field takes: few make many equal ones. */
static const struct {
	size_t count;
	uint64_t high;
	uint32_t low;
	uint16_t classes;
	uint32_t lines;
} tables[] = {
    {0, 1, 1, 1, 1}, {1, 1, 1, 1, 1}, {2, 2, 2, 2, 2}, {31, UINT64_MAX, UINT32_MAX, 5, 1000},
    {33, UINT64_MAX, UINT32_MAX, 5, 1000}, {1000, UINT64_MAX, UINT32_MAX, 5, 1000},
    {200000, UINT64_MAX, UINT32_MAX, 5, 1000},
    {50000, 3, 2, 2, 100000},        /* the same few names, again and again */
    {50000, 1, 1, 1, 100000},        /* one name */
    {50000, 300, UINT32_MAX, 5, 10}, /* only the last digits differ */
};

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int
compare(const struct ush_name_rule *a, const struct ush_name_rule *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->class_id != b->class_id)
		return a->class_id < b->class_id ? -1 : 1;
	return a->source.line < b->source.line ? -1 : a->source.line > b->source.line;
}

START_TEST(test_sorts_rules_of_any_distribution)
{
	struct ush_name_rules rules = {0};
	uint64_t state = 88172645463325252u;
	uint64_t sum = 0;

	for (size_t i = 0; i < tables[_i].count; i++) {
		const struct ush_name_rule rule = {
		    .high = next_random(&state) % tables[_i].high,
		    .low = (uint32_t)(next_random(&state) % tables[_i].low),
		    .class_id = (uint16_t)(next_random(&state) % tables[_i].classes),
		    .source = {.line = (uint32_t)(next_random(&state) % tables[_i].lines)},
		    .labels = (uint32_t)i,
		};

		sum += rule.high * 31 + rule.low * 17 + rule.source.line;
		ck_assert_int_eq(ush_name_rules_add(&rules, &rule), 0);
	}
	ush_name_rules_sort(&rules);
	ck_assert_uint_eq(rules.count, tables[_i].count);
	for (size_t i = 0; i < rules.count; i++) {
		sum -=
		    rules.items[i].high * 31 + rules.items[i].low * 17 + rules.items[i].source.line;
		ck_assert(i == 0 || compare(&rules.items[i - 1], &rules.items[i]) <= 0);
	}
	ck_assert_uint_eq(sum, 0);
	ush_name_rules_fini(&rules);
}
END_TEST

static void
count_merged(void *arg, const struct ush_name_rule *rule)
{
	(void)rule;
	++*(size_t *)arg;
}

START_TEST(test_merges_the_scopes_of_a_name_in_a_class)
{
	static const struct ush_name_rule added[] = {
	    {.high = 7, .low = 1, .class_id = 1, .scope = 1, .source = {.line = 9}},
	    {.high = 7, .low = 1, .class_id = 2, .scope = 1, .source = {.line = 2}},
	    {.high = 7, .low = 1, .class_id = 1, .scope = 2, .source = {.line = 3}},
	    {.high = 7, .low = 2, .class_id = 1, .scope = 1, .source = {.line = 1}},
	};
	struct ush_name_rules rules = {0};
	size_t merged = 0;

	for (int i = 0; i < USH_COUNT(added); i++)
		ck_assert_int_eq(ush_name_rules_add(&rules, &added[i]), 0);
	ush_name_rules_sort(&rules);
	ush_name_rules_merge(&rules, count_merged, &merged);
	ck_assert_uint_eq(rules.count, 3);
	ck_assert_uint_eq(merged, 1);
	ck_assert_uint_eq(rules.items[0].scope, 3);
	ck_assert_uint_eq(rules.items[0].source.line, 3);
	ck_assert_uint_eq(rules.items[1].class_id, 2);
	ck_assert_uint_eq(rules.items[2].low, 2);
	ush_name_rules_fini(&rules);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/rules");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_sorts_rules_of_any_distribution, 0, USH_COUNT(tables));
	tcase_add_test(tcase, test_merges_the_scopes_of_a_name_in_a_class);
	return ush_unit_run(suite);
}
