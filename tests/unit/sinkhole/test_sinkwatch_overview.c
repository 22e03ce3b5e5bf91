/* SPDX-License-Identifier: BSD-3-Clause */
/* An overview that takes over what is not news is the one that is made as a whole. */
#include "sinkhole/sinkwatch/overview.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/records.h"
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

#define HOSTS 40

static struct site site;
static uint64_t random_state;

static uint64_t
next_random(uint64_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x2545f4914f6cdd1du >> 16) % below;
}

static void
begin(void)
{
	site_begin(&site, "roles:\n  - {networks: [10.0.0.1/32], role: proxy}\n"
	                  "  - {networks: [10.0.0.2/32], role: forwarder}\n");
}

static void
end(void)
{
	site_end(&site);
}

static const char *
pick(const char *const *texts, size_t count)
{
	return texts[next_random(count)];
}
#define PICK(...)                                \
	pick((const char *const[]){__VA_ARGS__}, \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* One of all kinds of events, of a few hosts more often than of the others. */
static void
put_event(uint64_t time_ms, bool with_contacts)
{
	uint64_t number = next_random(3) == 0 ? next_random(HOSTS) : next_random(5);
	char host[16], name[32];

	snprintf(host, sizeof(host), "10.0.0.%u", (unsigned)number);
	snprintf(name, sizeof(name), "c%u.example", (unsigned)next_random(12));
	if (!with_contacts || next_random(2) == 0) {
		site_dns(&site, (struct site_dns){.time_ms = time_ms,
		                    .host = host,
		                    .name = name,
		                    .type = PICK("A", "AAAA", "MX"),
		                    .action = PICK("dns-sinkhole", "dns-sinkhole", "dns-monitor"),
		                    .resolved = PICK("192.0.2.7", "192.0.2.8"),
		                    .campaign = PICK("emdivi", "emdivi", "other"),
		                    .claimed = PICK(NULL, NULL, "10.0.0.30"),
		                    .drill = next_random(20) == 0});
		return;
	}
	site_contact(&site,
	    (struct site_contact){.time_ms = time_ms,
	        .host = host,
	        .evidence = PICK("listed-host automation", "c2-url listed-host browser",
	            "decoded c2-url listed-host automation", "decoded c2-url listed-host browser",
	            "scanner", "listed-host automation upload", "c2-url listed-host"),
	        .path_kind = PICK(NULL, "planted", "plausible"),
	        .domain = name,
	        .campaign = PICK("emdivi", "emdivi", "other", ""),
	        .version = PICK(NULL, "t17", "t20"),
	        .page = PICK(NULL, NULL, "http://page.example"),
	        .claimed = PICK(NULL, NULL, NULL, "10.0.0.31", "10.0.0.32"),
	        .via = PICK(NULL, NULL, NULL, "1.1 proxy"),
	        .drill = next_random(20) == 0});
}

static void
put_few(FILE *out, const char *what, const struct ush_few *few)
{
	fprintf(out, " %s %llu:", what, (unsigned long long)few->total);
	for (size_t i = 0; i < few->count; i++)
		fprintf(out, " %s", few->items[i]);
}

static void
put_row(FILE *out, const struct ush_row *row)
{
	fprintf(out, "%s %s %s %d %d%d%d %llu %llu %llu %llu %llu %llu", row->address,
	    row->campaign, row->name, row->role, row->is_claimed, row->names_others,
	    row->has_words_of_proxy, (unsigned long long)row->profiles,
	    (unsigned long long)row->dns, (unsigned long long)row->hits,
	    (unsigned long long)row->real, (unsigned long long)row->first_ms,
	    (unsigned long long)row->last_ms);
	for (size_t i = 0; i < row->verdicts->count; i++)
		fprintf(out, " %s %s", ush_call_text(row->verdicts->items[i].call),
		    row->verdicts->items[i].why);
	fprintf(out, " %d behind %s", row->verdicts->urgency,
	    row->verdicts->behind.why != NULL ? row->verdicts->behind.why : "-");
	fprintf(out, " case %d %d %s", row->status.is_open, row->status.is_settled,
	    row->status.reopened != NULL ? row->status.reopened : "-");
	put_few(out, "names", &row->names);
	put_few(out, "claimed by", &row->claimed_by);
	put_few(out, "pages", &row->pages);
	fprintf(out, "\n");
}

/* All that an overview says of hosts; owned by the caller. */
static char *
text_of(const struct ush_overview *overview)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < USH_CALLS; i++)
		fprintf(out, "%zu ", overview->calls[i]);
	fprintf(out, "%s\n", overview->failed.text);
	for (size_t i = 0; i < overview->count; i++)
		put_row(out, &overview->rows[i]);
	fclose(out);
	return text;
}

static struct ush_overview *
overview_of(struct ush_store *store, const struct ush_overview *base)
{
	struct ush_overview *overview = calloc(1, sizeof(*overview));
	struct ush_records *records;
	struct ush_error err = {0};

	ck_assert_ptr_nonnull(overview);
	ush_overview_share(overview);
	ck_assert_int_eq(ush_settings_load(&overview->settings, site.settings->path, &err), 0);
	ck_assert_int_eq(ush_records_open(&records, overview->settings, false, &err), 0);
	ck_assert_int_eq(ush_marks_load(&overview->marks, records, &err), 0);
	ush_records_close(records);
	ush_overview_fill(overview, store, base);
	return overview;
}

static void
mark(const char *host, enum ush_case_state state, uint64_t time_ms)
{
	struct ush_marked rows[] = {{"emdivi", false, USH_CALL_INFECTED}};
	struct ush_mark mark = {.host = host,
	    .campaign = "",
	    .state = state,
	    .as_of_ms = time_ms,
	    .made_ms = time_ms,
	    .author = "a",
	    .number = "",
	    .note = "",
	    .rows = rows,
	    .row_count = 1};
	struct ush_records *records;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_records_open(&records, site.settings, true, &err), 0);
	ck_assert_int_eq(ush_mark_add(records, &mark, &err), 0);
	ush_records_close(records);
}

/* The logs are read by the connection that follows the news or, sometimes, by another one or as a
 * whole. */
static void
read_logs(struct ush_store *other)
{
	struct ush_update update;
	struct ush_error err = {0};

	if (next_random(10) == 0)
		ck_assert_int_eq(ush_store_update(other, site.settings, &update, &err), 0);
	else if (next_random(10) == 0)
		ck_assert_int_eq(
		    ush_store_rebuild(site.store, site.settings, true, &update, &err), 0);
	else
		site_update(&site);
}

/* In a random order of everything that happens while sinkwatch runs. */
START_TEST(test_what_is_taken_over_is_what_it_would_be)
{
	struct ush_overview *base = NULL;
	struct ush_store *other;
	struct ush_error err = {0};
	unsigned taken_over = 0;

	random_state = 20261129 + (uint64_t)_i;
	ck_assert_int_eq(ush_store_open(&other, site.store_path, &err), 0);
	for (unsigned round = 0; round < 60; round++) {
		uint64_t time_ms = SITE_START + round * 7 * SITE_MINUTE;
		struct ush_overview *next, *whole;
		char *got, *want;

		for (uint64_t i = next_random(6); i > 0; i--)
			put_event(time_ms - next_random(500) * SITE_MINUTE, round > 20);
		if (next_random(12) == 0)
			mark("10.0.0.3", USH_CASE_CLEANED, time_ms);
		if (next_random(30) == 0) {
			ush_overview_free(base);
			base = NULL;
			site_reopen(&site);
		}
		read_logs(other);
		next = overview_of(site.store, base);
		whole = overview_of(other, NULL);
		taken_over += base != NULL && base->count > 0;
		got = text_of(next);
		want = text_of(whole);
		ck_assert_str_eq(got, want);
		free(got);
		free(want);
		ush_overview_free(whole);
		ush_overview_free(base);
		base = next;
	}
	ck_assert_uint_gt(base->count, HOSTS);
	ck_assert_uint_gt(taken_over, 40);
	ush_overview_free(base);
	ush_store_close(other);
}
END_TEST

/* Only hosts of which something was written are read again, and none twice. */
START_TEST(test_news_are_added_to_what_was_known)
{
	struct ush_overview *first, *second;
	char *text;

	site_dns(&site, (struct site_dns){.host = "10.0.0.5"});
	site_update(&site);
	first = overview_of(site.store, NULL);
	ck_assert_uint_eq(first->count, 1);
	site_dns(&site, (struct site_dns){.host = "10.0.0.6"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.5"});
	site_update(&site);
	second = overview_of(site.store, first);
	text = text_of(second);
	ck_assert_ptr_nonnull(strstr(text, "10.0.0.6 emdivi"));
	ck_assert_uint_eq(second->rows[0].dns + second->rows[1].dns, 3);
	free(text);
	ush_overview_free(first);
	ush_overview_free(second);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkwatch/overview");
	TCase *tcase = tcase_create("overview");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_what_is_taken_over_is_what_it_would_be, 0, 4);
	tcase_add_test(tcase, test_news_are_added_to_what_was_known);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
