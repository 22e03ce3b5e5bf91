/* SPDX-License-Identifier: BSD-3-Clause */
/* Trouble with the sinkhole itself: "not looking" must not read as "nothing seen". It is said when it has
 * lasted, once, and again when it is over. */
#include <string.h>
#include "sinkhole/alerts/compose.h"
#include "sinkhole/alerts/look.h"
#include "sinkhole/sinkctl/troubles.h"

/* Losses of one sensor are said so often at most. */
#define LOST_EVERY_MS (3600ull * 1000)
#define LOST_KEY "lost "

struct round {
	struct ush_alert_look *look;
	json_t *present; /* the keys that are there now */
	json_t *begun;   /* sentences */
	json_t *over;
	struct ush_error *err;
	int rc;
};

static const char *const kinds[USH_TROUBLES] = {
    [USH_TROUBLE_BLIND] = "blind ",
    [USH_TROUBLE_LIST] = "list ",
    [USH_TROUBLE_OLD] = "old ",
    [USH_TROUBLE_SETTINGS] = "settings ",
    [USH_TROUBLE_LOST] = LOST_KEY,
    [USH_TROUBLE_DISK] = "disk ",
    [USH_TROUBLE_UNREAD] = "unread ",
};

/* Events that were lost before the first look are no news. */
static bool
is_new_loss(
    const struct round *round, const struct ush_alert_trouble *kept, bool is_kept, uint64_t count)
{
	uint64_t now_ms = round->look->now_ms;

	if (!is_kept)
		return round->look->state.begun_ms != 0;
	return count > kept->count && now_ms - kept->since_ms >= LOST_EVERY_MS;
}

static bool
has_lasted(const struct round *round, const struct ush_alert_trouble *kept)
{
	return !kept->is_said && round->look->now_ms - kept->since_ms >=
	                             (uint64_t)round->look->settings->patience * 1000;
}

static int
note(struct round *round, const char *key, const char *text, uint64_t count)
{
	struct ush_alert_trouble kept = {.key = key, .text = text};
	int is_kept = ush_alert_trouble_read(round->look->file, &kept, round->err);
	bool is_loss = strncmp(key, LOST_KEY, strlen(LOST_KEY)) == 0;
	bool is_begun;
	bool is_news;

	if (is_kept < 0)
		return -1;
	/* A clock that was put back must not keep it from being said until it is where it was. */
	is_begun = !is_kept || kept.since_ms > round->look->now_ms;
	if (is_begun)
		kept.since_ms = round->look->now_ms;
	is_news = is_loss ? is_new_loss(round, &kept, is_kept, count) : has_lasted(round, &kept);
	if (is_news)
		json_array_append_new(round->begun, json_string(text));
	if (is_news && is_loss)
		kept.since_ms = round->look->now_ms;
	kept.is_said = kept.is_said || is_news;
	if (is_news || !is_kept)
		kept.count = count;
	if (is_news || is_begun)
		return ush_alert_trouble_write(round->look->file, &kept, round->err);
	return 0;
}

static void
on_trouble(void *arg, const struct ush_trouble *trouble)
{
	struct round *round = arg;
	char key[512];

	if (kinds[trouble->kind] == NULL)
		return; /* as it was set */
	snprintf(key, sizeof(key), "%s%s", kinds[trouble->kind], trouble->about);
	json_object_set_new(round->present, key, json_true());
	if (round->rc == 0)
		round->rc = note(round, key, trouble->text, trouble->count);
}

static int
is_present(void *arg, const struct ush_alert_trouble *trouble)
{
	struct round *round = arg;

	if (json_object_get(round->present, trouble->key) != NULL)
		return 1;
	if (trouble->is_said && strncmp(trouble->key, LOST_KEY, strlen(LOST_KEY)) != 0)
		json_array_append_new(round->over, json_string(trouble->text));
	return 0;
}

/* What is wrong here, with sinkwatch itself. */
static int
note_error(struct round *round, const char *key, const char *what, const struct ush_error *error)
{
	char text[sizeof(error->file) + sizeof(error->text) + 64];
	char reason[sizeof(error->file) + sizeof(error->text) + 16];

	if (error->text[0] == '\0')
		return 0;
	snprintf(
	    text, sizeof(text), "%s: %s.", what, ush_error_format(error, reason, sizeof(reason)));
	json_object_set_new(round->present, key, json_true());
	return note(round, key, text, 0);
}

static int
note_sensors(struct round *round)
{
	const struct ush_overview *overview = round->look->overview;
	const struct ush_command command = {.now_ms = round->look->now_ms,
	    .settings = overview->settings,
	    .update = overview->update};
	struct ush_sensors sensors;

	if (ush_sensors_find(&sensors, round->look->store, overview->settings, round->look->now_ms,
	        round->err) != 0)
		return -1;
	ush_troubles_each(&command, &sensors, on_trouble, round);
	ush_sensors_fini(&sensors);
	return round->rc;
}

/* While the store cannot be used, nothing is known of the sensors: what was there is not over. */
static int
note_all(struct round *round)
{
	const struct ush_overview *overview = round->look->overview;

	if (note_error(round, "store", "STORE", &overview->failed) != 0 ||
	    note_error(round, "mistake", "SETTINGS", &overview->mistake) != 0)
		return -1;
	if (overview->failed.text[0] != '\0')
		return 0;
	if (note_sensors(round) != 0)
		return -1;
	return ush_alert_troubles_keep(round->look->file, is_present, round, round->err);
}

int
ush_alert_look_at_sinkhole(struct ush_alert_look *look, struct ush_error *err)
{
	struct round round = {.look = look,
	    .present = json_object(),
	    .begun = json_array(),
	    .over = json_array(),
	    .err = err};
	int rc = 0;

	if ((look->settings->about & USH_ALERT_SINKHOLE) == 0)
		goto out;
	rc = note_all(&round);
	if (rc == 0 && json_array_size(round.begun) + json_array_size(round.over) > 0) {
		json_t *message = ush_compose_troubles(look->overview, round.begun, round.over);

		rc = ush_alert_may_go(look, USH_ALERT_SINKHOLE)
		         ? ush_alert_send(look, message, err)
		         : ush_alert_keep(look, USH_ALERT_SINKHOLE, message, err);
	}
out:
	json_decref(round.present);
	json_decref(round.begun);
	json_decref(round.over);
	return rc;
}
