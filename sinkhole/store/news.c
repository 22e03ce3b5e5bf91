/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/news.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/internal.h"

/* More than that: reading all is quicker than asking for each. */
#define NEWS_MAX 5000

/* Whatever writes a row of a host through this connection, its name is noted. */
#define NOTE(name, event, table, row)                                               \
	"CREATE TEMP TRIGGER IF NOT EXISTS " name " AFTER " event " ON main." table \
	" BEGIN INSERT INTO news SELECT " row ".host"                               \
	"  WHERE NOT EXISTS (SELECT 1 FROM news WHERE host = " row ".host); END;"
#define NOTES(table)                                       \
	NOTE("news_insert_" table, "INSERT", table, "new") \
	NOTE("news_update_" table, "UPDATE", table, "new") \
	NOTE("news_delete_" table, "DELETE", table, "old")

static const char follow_sql[] =
    "CREATE TEMP TABLE IF NOT EXISTS news (host TEXT PRIMARY KEY) WITHOUT ROWID;"
    /* clang-format off */
    NOTES("sighting") NOTES("moment") NOTES("real");
/* clang-format on */

/* The first column of the one row. */
static int
read_number(struct ush_store *store, const char *sql, uint64_t *out, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt, sql, err) != 0)
		return -1;
	rc = sqlite3_step(stmt);
	*out = rc == SQLITE_ROW ? ush_column_uint(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : ush_store_fail(store, err, "the store cannot be read");
}

/* What the calls of all hosts rest on besides their rows: whether contacts arrive at all. */
static int
read_state(struct ush_store *store, struct ush_news_state *state, struct ush_error *err)
{
	uint64_t works;

	if (read_number(store,
	        "SELECT EXISTS (SELECT 1 FROM run WHERE writer = 'contacts' AND events > 0)",
	        &works, err) != 0)
		return -1;
	state->contacts_work = works != 0;
	/* One changes whenever another connection has written, the other when tables are made anew. */
	if (read_number(store, "PRAGMA data_version", &state->version, err) != 0)
		return -1;
	return read_number(store, "PRAGMA main.schema_version", &state->schema, err);
}

static int
read_hosts(struct ush_news *out, struct ush_store *store, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	out->hosts = calloc(NEWS_MAX, sizeof(*out->hosts));
	if (out->hosts == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	if (ush_store_prepare(store, &stmt, "SELECT host FROM temp.news ORDER BY host", err) != 0)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && out->count < NEWS_MAX) {
		const char *host = ush_column_text(stmt, 0);

		memcpy(out->hosts[out->count++], host, strnlen(host, USH_ADDRESS_TEXT_MAX - 1));
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0
		                         : ush_store_fail(store, err, "the store cannot be read");
	out->is_all = true; /* there are more */
	out->count = 0;
	return 0;
}

int
ush_news_begin(struct ush_news *out, struct ush_store *store, struct ush_error *err)
{
	const struct ush_news_state *before = &store->news;
	struct ush_news_state *now = &store->reading;

	*out = (struct ush_news){0};
	/* With a table, what notes its changes goes too. */
	if (ush_store_exec(store, follow_sql, err) != 0 || ush_store_exec(store, "BEGIN", err) != 0)
		return -1;
	*now = (struct ush_news_state){.is_known = true};
	if (read_state(store, now, err) == 0) {
		out->is_all = !before->is_known || before->version != now->version ||
		              before->schema != now->schema ||
		              before->contacts_work != now->contacts_work;
		if (out->is_all || read_hosts(out, store, err) == 0)
			return 0;
	}
	ush_news_end(out, store, false);
	return -1;
}

void
ush_news_end(struct ush_news *news, struct ush_store *store, bool is_done)
{
	if (is_done &&
	    sqlite3_exec(store->db, "DELETE FROM temp.news; COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		store->news = store->reading;
	else
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_db_release_memory(store->db); /* all of the store went through its cache */
	free(news->hosts);
	*news = (struct ush_news){0};
}

static int
by_host(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool
ush_news_are_of(const struct ush_news *news, const char *host)
{
	return news->is_all || (news->count > 0 && bsearch(host, news->hosts, news->count,
	                                               sizeof(news->hosts[0]), by_host) != NULL);
}
