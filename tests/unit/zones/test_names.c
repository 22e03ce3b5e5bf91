/* SPDX-License-Identifier: BSD-3-Clause */
/* The lookup against a naive one that compares names with every rule, over random and hostile
 * names. */
#include "support.h"

#include <string.h>
#include "zones/compile/builder.h"
#include "tests/unit/unit.h"

#define RULES 400
#define QUERIES 20000

/* A rule as the naive reference has it. */
struct rule {
	struct ush_name name;
	unsigned scope;
	unsigned rank; /* 0: never-block */
	uint16_t class_id;
	enum ush_action action;
};

static struct rule rules[RULES];
static unsigned seed;

static unsigned
draw(unsigned count)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % count;
}

/* Few and short labels, so that names meet; some of odd octets, of upper case before, of full
 * length; and names of up to 127 labels, more than the list tells apart by their number. */
static void
random_name(struct ush_name *out)
{
	static const char *const labels[] = {"a", "b", "aa", "com", "\\000", "\\.", "\\255", "x-y",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	char text[USH_NAME_TEXT_MAX] = "";
	bool deep = draw(16) == 0;
	unsigned count = deep ? 58 + draw(70) : 2 + draw(draw(10) == 0 ? 20 : 3);

	for (unsigned i = 0; i < count; i++) {
		struct ush_name longer;
		char next[USH_NAME_TEXT_MAX * 2];

		snprintf(next, sizeof(next), "%s%s%s", labels[draw(deep ? 2 : 9)], i > 0 ? "." : "",
		    text);
		if (ush_name_from_text(&longer, next, strlen(next)) == 0) {
			*out = longer;
			ush_name_to_text(out, text);
		}
	}
}

/* Rules of one name and class are one rule. */
static bool
covers_below(const struct rule *rule)
{
	unsigned scope = 0;

	for (unsigned i = 0; i < RULES; i++) {
		if (rules[i].class_id == rule->class_id &&
		    ush_name_equal(&rules[i].name, &rule->name))
			scope |= rules[i].scope;
	}
	return (scope & USH_SCOPE_BELOW) != 0;
}

static bool
is_better(const struct rule *a, const struct rule *b, const struct ush_name *query)
{
	bool a_exact = ush_name_equal(&a->name, query);
	bool b_exact = ush_name_equal(&b->name, query);

	if (a->rank != b->rank)
		return a->rank < b->rank;
	if (a_exact != b_exact)
		return a_exact;
	if (a->name.len != b->name.len)
		return a->name.len > b->name.len;
	if (covers_below(a) != covers_below(b))
		return covers_below(b);
	return a->class_id < b->class_id;
}

static const struct rule *
naive_match(const struct ush_name *query, const uint8_t *actions)
{
	const struct rule *best = NULL;

	for (unsigned i = 0; i < RULES; i++) {
		const struct rule *rule = &rules[i];
		bool exact = ush_name_equal(query, &rule->name);
		bool covers = exact ? (rule->scope & USH_SCOPE_EXACT) != 0
		                    : (rule->scope & USH_SCOPE_BELOW) != 0 &&
		                          ush_name_is_under(query, &rule->name);

		if (covers && (rule->rank == 0 || actions[rule->class_id] != USH_ACTION_OFF) &&
		    (best == NULL || is_better(rule, best, query)))
			best = rule;
	}
	return best;
}

/* Feed 0 is never-block and small, or little else would fire. */
static unsigned
feed_of(unsigned rule)
{
	return rule < 10 ? 0 : rule < RULES / 2 ? 1 : 2;
}

/* Feeds 0, 1 and 2; the last two with two classes each. */
static struct ush_blocklist *
random_list(void)
{
	static const enum ush_action actions[2] = {USH_ACTION_SINKHOLE, USH_ACTION_NXDOMAIN};
	struct ush_build_options options = {
	    .path = test_path("random.db"), .now_ms = TEST_NOW_MS, .last_slot = 254};
	struct ush_build_result result;
	struct ush_builder *builder;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_builder_new(&builder, &err), 0);
	for (unsigned i = 0; i < RULES; i++) {
		struct ush_origin origin = {.line = i + 1};
		char text[USH_NAME_TEXT_MAX];
		unsigned feed = feed_of(i);
		uint16_t class_id;

		if (i == 0 || feed != feed_of(i - 1)) {
			static const char *const names[] = {"never", "first", "second"};

			ck_assert_int_eq(
			    ush_builder_feed(builder,
			        &(struct ush_feed_info){.name = names[feed], .file = names[feed]},
			        feed == 0, &err),
			    0);
		}
		random_name(&rules[i].name);
		rules[i].scope = 1 + draw(3);
		rules[i].rank = feed;
		rules[i].action = feed == 0 ? USH_ACTION_PASSTHRU : actions[draw(2)];
		ck_assert_int_eq(
		    ush_builder_class(builder, "c", NULL, rules[i].action, &class_id, &err), 0);
		rules[i].class_id = class_id;
		ush_name_to_text(&rules[i].name, text);
		ck_assert_int_eq(ush_builder_name(builder, class_id, &rules[i].name, text,
		                     strlen(text), rules[i].scope, &origin),
		    0);
	}
	if (ush_builder_write(builder, &options, &result, &err) != 0)
		ck_abort_msg("%s", err.text);
	ush_builder_free(builder);
	return test_open(options.path, USH_PART_ALL);
}

/* A query that has a chance to match: near a rule, or random. */
static void
random_query(struct ush_name *out)
{
	char text[USH_NAME_TEXT_MAX];
	char longer[USH_NAME_TEXT_MAX * 2];
	struct ush_name found;

	*out = rules[draw(RULES)].name;
	switch (draw(5)) {
	case 0:
		random_name(out);
		break;
	case 1:
		ush_name_suffix(out, 1, out);
		break;
	case 2: /* below a rule */
		ush_name_to_text(out, text);
		snprintf(longer, sizeof(longer), "%s.%s", draw(2) ? "zz" : "a.b", text);
		if (ush_name_from_text(&found, longer, strlen(longer)) == 0)
			*out = found;
		break;
	case 3: /* a near miss */
		out->wire[1] ^= 1;
		break;
	default:
		break;
	}
}

START_TEST(agrees_with_the_naive_lookup)
{
	struct ush_blocklist *list;
	struct ush_blocklist_info info;
	unsigned matched = 0;

	seed = (unsigned)_i + 1;
	list = random_list();
	ush_blocklist_info(list, &info);
	for (unsigned i = 0; i < QUERIES; i++) {
		uint8_t actions[16];
		const struct rule *want;
		struct ush_match match;
		struct ush_name query;
		bool got;

		for (unsigned k = 0; k < info.classes; k++)
			actions[k] = draw(4) == 0 ? USH_ACTION_OFF : USH_ACTION_DROP;
		random_query(&query);
		want = naive_match(&query, actions);
		got = ush_blocklist_match_name(list, actions, &query, &match);
		ck_assert_int_eq(got, want != NULL && want->rank != 0);
		if (!got)
			continue;
		matched++;
		ck_assert_uint_eq(match.class_id, want->class_id);
		ck_assert_int_eq(match.action, USH_ACTION_DROP);
		ck_assert_uint_eq(match.labels, ush_name_labels(&want->name));
	}
	ck_assert_uint_gt(matched, QUERIES / 10);
	ush_blocklist_close(list);
}
END_TEST

struct explained {
	unsigned count;
	unsigned firing;
	struct ush_match last;
};

static void
on_match(void *arg, const struct ush_match *match, bool fires)
{
	struct explained *explained = arg;

	ck_assert_int_eq(fires, explained->count == 0);
	explained->count++;
	explained->firing += fires;
	explained->last = *match;
}

START_TEST(explains_every_rule_in_order)
{
	struct ush_blocklist *list;
	unsigned total = 0;

	seed = 7;
	list = random_list();
	for (unsigned i = 0; i < 2000; i++) {
		struct explained explained = {0};
		struct ush_name query;
		unsigned want = 0;
		size_t got;

		random_query(&query);
		got = ush_blocklist_explain(list, NULL, &query, on_match, &explained);
		ck_assert_uint_eq(got, explained.count);
		/* Rules of one name and class are one rule: count those apart. */
		for (unsigned k = 0; k < RULES; k++) {
			bool exact = ush_name_equal(&query, &rules[k].name);
			unsigned scope = 0;
			bool first = true;

			for (unsigned m = 0; m < RULES; m++) {
				if (rules[m].class_id != rules[k].class_id ||
				    !ush_name_equal(&rules[m].name, &rules[k].name))
					continue;
				scope |= rules[m].scope;
				first = first && m >= k;
			}
			if (first && (exact || ush_name_is_under(&query, &rules[k].name)) &&
			    (scope & (exact ? USH_SCOPE_EXACT : USH_SCOPE_BELOW)) != 0)
				want++;
		}
		ck_assert_uint_eq(got, want);
		total += want;
	}
	ck_assert_uint_gt(total, 1000);
	ush_blocklist_close(list);
}
END_TEST

START_TEST(every_rule_has_its_source)
{
	struct ush_blocklist *list;
	struct ush_blocklist_info info;
	unsigned found = 0;

	seed = 11;
	list = random_list();
	ush_blocklist_info(list, &info);
	for (uint32_t i = 0; i < info.rules; i++) {
		struct ush_source source;
		struct ush_match match;
		struct ush_class class;
		struct ush_rule rule;
		struct ush_name name;

		ush_blocklist_rule(list, i, &rule);
		ck_assert_int_eq(
		    ush_blocklist_source(list, i, &source), rule.kind == USH_RULE_NONE ? -1 : 0);
		if (rule.kind == USH_RULE_NONE)
			continue;
		found++;
		ck_assert_int_eq(
		    ush_name_from_text(&name, source.trigger, strlen(source.trigger)), 0);
		ck_assert(ush_name_equal(&name, &rules[source.line - 1].name));
		ush_blocklist_class(list, rule.class_id, &class);
		ck_assert_str_eq(class.feed, source.feed);
		if (rule.exact && ush_blocklist_match_name(list, NULL, &name, &match) &&
		    match.class_id == rule.class_id)
			ck_assert_uint_eq(match.rule, i);
	}
	ck_assert_uint_eq(found, info.names);
	ush_blocklist_close(list);
}
END_TEST

START_TEST(an_empty_list_matches_nothing)
{
	struct ush_build_options options = {
	    .path = test_path("empty.db"), .now_ms = TEST_NOW_MS, .last_slot = 254};
	struct ush_build_result result;
	struct ush_builder *builder;
	struct ush_blocklist *list;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_builder_new(&builder, &err), 0);
	ck_assert_int_eq(ush_builder_write(builder, &options, &result, &err), 0);
	ush_builder_free(builder);
	list = test_open(options.path, USH_PART_ALL);
	ck_assert_int_eq(test_action(list, "www.example.jp"), USH_ACTION_NONE);
	ck_assert_int_eq(test_action(list, "."), USH_ACTION_NONE);
	ush_blocklist_close(list);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/names");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 100);
	tcase_add_checked_fixture(tcase, NULL, test_directory_remove);
	tcase_add_loop_test(tcase, agrees_with_the_naive_lookup, 0, 5);
	tcase_add_test(tcase, explains_every_rule_in_order);
	tcase_add_test(tcase, every_rule_has_its_source);
	tcase_add_test(tcase, an_empty_list_matches_nothing);
	return ush_unit_run(suite);
}
