/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/exchange/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/exchange/pg.h"
#include "sinkhole/exchange/pull.h"
#include "sinkhole/exchange/push.h"
#include "sinkhole/store/changes.h"
#include "sinkhole/store/merged.h"

const char *
ush_engine_store_path(const struct ush_settings *settings, char buf[PATH_MAX])
{
	snprintf(buf, PATH_MAX, "%s%s", settings->store.path,
	    settings->store.pull_from != NULL ? ".all" : "");
	return buf;
}

int
ush_engine_store_open(
    struct ush_store **out, const struct ush_settings *settings, struct ush_error *err)
{
	char path[PATH_MAX];
	int rc = ush_store_open(out, ush_engine_store_path(settings, path), err);

	if (rc != USH_STORE_OTHER || settings->store.pull_from == NULL)
		return rc;
	if (ush_store_remove(path, err) != 0)
		return -1;
	return ush_store_open(out, path, err);
}

/* Of a machine that has not sent all, or for whose rows there was no room, hosts and sensors may be
 * missing. */
static void
add_missing(struct ush_unread *unread, const struct ush_origin *origin)
{
	struct ush_error trouble = {0};

	if (!origin->complete) {
		ush_fail(&trouble, origin->name, 0,
		    "this machine has not sent all of its store to PostgreSQL yet");
		ush_unread_add(unread, &trouble);
	}
	if (origin->refused > 0) {
		ush_fail(&trouble, origin->name, 0,
		    "this machine has %" PRIu64 " rows in PostgreSQL, as many as it may: %" PRIu64
		    " were refused, and what it saw since may be missing",
		    origin->rows, origin->refused);
		ush_unread_add(unread, &trouble);
	}
}

static int
add_all_missing(struct ush_unread *unread, struct ush_store *store, struct ush_error *err)
{
	struct ush_origins origins;

	if (ush_origins_load(&origins, store, err) != 0)
		return -1;
	for (size_t i = 0; i < origins.count; i++)
		add_missing(unread, &origins.items[i]);
	ush_origins_fini(&origins);
	return 0;
}

/* The answer says what failed, also where it cannot be noted: another process may have the store. */
static void
pull(struct ush_store *store, const char *uri, struct ush_update *out)
{
	struct ush_error trouble = {0};
	struct ush_error beside = {0};
	struct ush_pg *pg;
	int rc = ush_pg_open(&pg, uri, &trouble);

	*out = (struct ush_update){0};
	if (rc == 0)
		rc = ush_pull_all(pg, store, &out->lines, &trouble);
	ush_pg_close(pg);
	if (rc == 0)
		rc = add_all_missing(&out->unread, store, &trouble);
	if (rc == 0)
		return;
	ush_unread_add(&out->unread, &trouble);
	if (ush_merged_failed(store, trouble.text, &beside) != 0)
		ush_unread_add(&out->unread, &beside);
}

int
ush_engine_update(struct ush_store *store, const struct ush_settings *settings,
    struct ush_update *out, struct ush_error *err)
{
	if (settings->store.pull_from == NULL)
		return ush_store_update(store, settings, out, err);
	pull(store, settings->store.pull_from, out);
	return 0;
}

struct ush_sender {
	struct ush_pg *pg;       /* NULL: not connected */
	struct ush_store *store; /* NULL: not open */
	char *uri;               /* of both */
	char *path;
};

struct ush_sender *
ush_sender_new(void)
{
	return calloc(1, sizeof(struct ush_sender));
}

static void
disconnect(struct ush_sender *sender)
{
	ush_pg_close(sender->pg);
	ush_store_close(sender->store);
	free(sender->uri);
	free(sender->path);
	*sender = (struct ush_sender){0};
}

void
ush_sender_free(struct ush_sender *sender)
{
	if (sender != NULL)
		disconnect(sender);
	free(sender);
}

/* The store and the place of these settings. */
static int
open_store(
    struct ush_sender *sender, const struct ush_store_settings *settings, struct ush_error *err)
{
	if (sender->store != NULL && strcmp(sender->path, settings->path) == 0 &&
	    strcmp(sender->uri, settings->push_to) == 0)
		return 0;
	disconnect(sender);
	sender->uri = strdup(settings->push_to);
	sender->path = strdup(settings->path);
	if (sender->uri == NULL || sender->path == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	return ush_store_open(&sender->store, settings->path, err);
}

static int
push(struct ush_sender *sender, struct ush_error *err)
{
	struct ush_error beside = {0};

	if ((sender->pg != NULL || ush_pg_open(&sender->pg, sender->uri, err) == 0) &&
	    ush_push_all(sender->pg, sender->store, err) == 0)
		return 0;
	if (ush_changes_failed(sender->store, err->text, &beside) != 0)
		*err = beside;
	return -1;
}

int
ush_sender_send(
    struct ush_sender *sender, const struct ush_settings *settings, struct ush_error *err)
{
	struct ush_update update;

	if (settings->store.push_to == NULL)
		return 0;
	if (open_store(sender, &settings->store, err) == 0 &&
	    ush_store_update(sender->store, settings, &update, err) == 0 && push(sender, err) == 0)
		return 0;
	disconnect(sender);
	return -1;
}
