/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/history.h"

#include <stdlib.h>
#include "common/event.h"

enum ush_call
ush_history_call(const struct ush_row *row)
{
	return row->verdicts->urgency;
}

uint64_t
ush_history_key(const struct ush_row *row)
{
	return ush_row_key(row->address, row->campaign, row->is_claimed);
}

static int
note(struct ush_risen **history, const struct ush_overview *overview, struct ush_error *err)
{
	struct ush_row_call *rows = calloc(overview->count + 1, sizeof(*rows));
	int rc = 0;

	if (rows == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	if (*history == NULL)
		rc = ush_risen_open(history, overview->settings, true, err);
	for (size_t i = 0; i < overview->count; i++)
		rows[i] = (struct ush_row_call){
		    ush_history_key(&overview->rows[i]), ush_history_call(&overview->rows[i])};
	if (rc == 0)
		rc = ush_risen_note(*history, rows, overview->count, ush_time_now_ms(), err);
	free(rows);
	return rc;
}

void
ush_history_note(struct ush_risen **history, struct ush_overview *overview)
{
	struct ush_error err = {0};

	/* Without an answer there are no rows, which says nothing. */
	if (overview->failed.text[0] == '\0' && note(history, overview, &err) != 0)
		ush_unread_add(&overview->beside, &err);
}
