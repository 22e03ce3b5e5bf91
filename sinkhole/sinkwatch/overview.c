/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/overview.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/machine_row.h"
#include "sinkhole/store/host_reader.h"
#include "sinkhole/store/news.h"

void
ush_row_borrow(struct ush_row *row, const struct ush_host *host, const struct ush_command *command)
{
	*row = (struct ush_row){
	    .campaign = host->campaign,
	    .name = ush_host_name(command, host),
	    .verdicts = &host->verdicts,
	    .names = host->names,
	    .claimed_by = host->claimed,
	    .pages = host->pages,
	    .role = host->known.role,
	    .is_claimed = host->known.claimed,
	    .names_others = host->known.names_others,
	    .has_words_of_proxy = !host->known.claimed &&
	                          ush_tally_of(&host->known.facts, USH_FACT_BEACON_VIA)->count > 0,
	    .profiles = host->profiles,
	    .dns = host->dns,
	    .hits = host->hits,
	    .real = host->real,
	    .status = ush_case_of(&command->marks, command->identities, host),
	    .first_ms = host->first_ms,
	    .last_ms = host->last_ms,
	};
	memcpy(row->address, host->address, sizeof(row->address));
}

/* An overview whose rows are being made. */
struct fill {
	struct ush_overview *overview;
	struct ush_command command;
	size_t room;
};

/* A place for one more row; NULL without memory. */
static struct ush_row *
next_row(struct fill *fill)
{
	struct ush_overview *overview = fill->overview;

	if (overview->count == fill->room) {
		size_t room = fill->room == 0 ? 256 : fill->room + fill->room / 2;
		struct ush_row *rows = reallocarray(overview->rows, room, sizeof(*rows));

		if (rows == NULL)
			return NULL;
		overview->rows = rows;
		fill->room = room;
	}
	return &overview->rows[overview->count];
}

/* What the row shares with others becomes the pool's, and the row one of the overview's. */
static int
add_row(struct fill *fill, struct ush_row *row)
{
	struct ush_overview *overview = fill->overview;

	row->campaign = ush_pool_text(&overview->pool, row->campaign);
	row->verdicts = ush_pool_verdicts(&overview->pool, row->verdicts);
	if (row->campaign == NULL || row->verdicts == NULL)
		return -1;
	for (size_t i = 0; i < row->verdicts->count; i++)
		overview->calls[row->verdicts->items[i].call]++;
	overview->count++;
	return 0;
}

/* Takes the lists out of the host. */
static int
take_host(struct fill *fill, struct ush_host *host)
{
	struct ush_row *row = next_row(fill);

	if (row == NULL)
		return -1;
	ush_row_borrow(row, host, &fill->command);
	if (add_row(fill, row) != 0)
		return -1;
	host->names = (struct ush_few){0};
	host->claimed = (struct ush_few){0};
	host->pages = (struct ush_few){0};
	return 0;
}

static int
take_machine(void *arg, struct ush_host *hosts, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			rc = take_host(arg, &hosts[i]);
		ush_host_fini(&hosts[i]);
	}
	return rc;
}

static void
free_lists(struct ush_row *row)
{
	ush_few_fini(&row->names);
	ush_few_fini(&row->claimed_by);
	ush_few_fini(&row->pages);
}

/* What is known of the machine and its case besides the store: it may have changed. */
static void
look_again(struct ush_row *row, const struct ush_command *command)
{
	struct ush_host host = {.campaign = (char *)(uintptr_t)row->campaign,
	    .known.claimed = row->is_claimed,
	    .verdicts = *row->verdicts,
	    .first_ms = row->first_ms,
	    .last_ms = row->last_ms};

	memcpy(host.address, row->address, sizeof(host.address));
	row->name = ush_host_name(command, &host);
	row->status = ush_case_of(&command->marks, command->identities, &host);
}

/* A row of another overview, as it is now. */
static int
copy_row(struct fill *fill, const struct ush_row *from)
{
	struct ush_row *row = next_row(fill);

	if (row == NULL)
		return -1;
	*row = *from;
	row->names = row->claimed_by = row->pages = (struct ush_few){0};
	look_again(row, &fill->command);
	if (ush_few_copy(&row->names, &from->names) == 0 &&
	    ush_few_copy(&row->claimed_by, &from->claimed_by) == 0 &&
	    ush_few_copy(&row->pages, &from->pages) == 0 && add_row(fill, row) == 0)
		return 0;
	free_lists(row);
	return -1;
}

static int
take_over(struct fill *fill, const struct ush_overview *base, const struct ush_news *news)
{
	for (size_t i = 0; i < base->count; i++) {
		if (!ush_news_are_of(news, base->rows[i].address) &&
		    copy_row(fill, &base->rows[i]) != 0)
			return ush_fail(&fill->overview->failed, NULL, 0, "out of memory");
	}
	return 0;
}

static int
read_rows(struct fill *fill, struct ush_store *store, const struct ush_overview *base,
    const struct ush_news *news)
{
	struct ush_overview *overview = fill->overview;
	bool is_all = base == NULL || news->is_all;
	struct ush_host_reader *reader;
	int rc = is_all ? 0 : take_over(fill, base, news);

	if (rc != 0 || ush_host_reader_open(&reader, store, overview->settings,
	                   is_all ? USH_READ_ALL : USH_READ_ONE, &overview->failed) != 0)
		return -1;
	if (is_all)
		rc = ush_host_reader_read(reader, NULL, take_machine, fill, &overview->failed);
	for (size_t i = 0; !is_all && i < news->count && rc == 0; i++)
		rc = ush_host_reader_read(
		    reader, news->hosts[i], take_machine, fill, &overview->failed);
	ush_host_reader_close(reader);
	return rc;
}

/* Those that are cleaned or false alarms behind the others, each in the order of `sinkctl hosts`. */
static int
in_order(const void *a, const void *b)
{
	const struct ush_row *x = a;
	const struct ush_row *y = b;

	if (x->status.is_settled != y->status.is_settled)
		return x->status.is_settled ? 1 : -1;
	return ush_host_key_compare(
	    &(struct ush_host_key){x->verdicts, x->last_ms, x->address, x->campaign, x->is_claimed},
	    &(struct ush_host_key){
	        y->verdicts, y->last_ms, y->address, y->campaign, y->is_claimed});
}

static void
free_rows(struct ush_overview *overview)
{
	for (size_t i = 0; i < overview->count; i++)
		free_lists(&overview->rows[i]);
	free(overview->rows);
	overview->rows = NULL;
	overview->count = 0;
	memset(overview->calls, 0, sizeof(overview->calls));
	ush_pool_fini(&overview->pool);
}

/* Those of the base as long as they will do. */
static int
find_sums(struct ush_overview *overview, struct ush_store *store, const struct ush_overview *base,
    const struct ush_news *news)
{
	bool is_old = base == NULL || base->has_old_sums || news->is_all || news->count > 0;

	if (base != NULL && base->sums != NULL && (!is_old || ush_sums_are_good(base->sums))) {
		overview->sums = ush_sums_share(base->sums);
		overview->has_old_sums = is_old;
		return 0;
	}
	return ush_sums_make(&overview->sums, store, overview->settings, &overview->failed);
}

void
ush_overview_fill(
    struct ush_overview *overview, struct ush_store *store, const struct ush_overview *base)
{
	struct fill fill = {.overview = overview,
	    .command = {.identities = overview->identities, .marks = overview->marks}};
	struct ush_news news;
	int rc;

	if (ush_news_begin(&news, store, &overview->failed) != 0)
		return;
	rc = read_rows(&fill, store, base, &news);
	if (rc == 0)
		rc = find_sums(overview, store, base, &news);
	ush_news_end(&news, store, rc == 0);
	if (rc != 0)
		free_rows(overview);
	else if (overview->count > 1)
		qsort(overview->rows, overview->count, sizeof(*overview->rows), in_order);
}

const struct ush_sums *
ush_overview_sums(const struct ush_overview *overview)
{
	static const struct ush_sums none;

	return overview->sums != NULL ? overview->sums : &none;
}

struct ush_overview *
ush_overview_share(struct ush_overview *overview)
{
	atomic_fetch_add(&overview->references, 1);
	return overview;
}

void
ush_overview_free(struct ush_overview *overview)
{
	if (overview == NULL || atomic_fetch_sub(&overview->references, 1) > 1)
		return;
	free_rows(overview);
	ush_sums_free(overview->sums);
	ush_blocklist_close(overview->list);
	ush_marks_fini(&overview->marks);
	ush_identities_free(overview->identities);
	ush_outputs_fini(&overview->outputs);
	ush_settings_free(overview->settings);
	free(overview);
}
