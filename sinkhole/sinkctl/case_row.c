/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/case_row.h"

#include <stdio.h>
#include "sinkhole/sinkctl/when.h"

const char *
ush_case_text(char buf[USH_CASE_TEXT_MAX], const struct ush_command *command,
    const struct ush_case_status *status)
{
	const struct ush_mark *mark = status->mark;
	char when[USH_WHEN_MAX];

	buf[0] = '\0';
	if (mark == NULL ||
	    (mark->state == USH_CASE_OPEN && mark->number[0] == '\0' && mark->note[0] == '\0'))
		return buf;
	snprintf(buf, USH_CASE_TEXT_MAX, "case%s%s: %s%s%s, as of %s, by %s%s%s%s",
	    mark->number[0] != '\0' ? " " : "", mark->number,
	    status->reopened != NULL ? "OPEN AGAIN, " : "",
	    status->reopened != NULL ? status->reopened : ush_case_state_text(mark->state),
	    status->reopened != NULL ? "; it was marked so" : "",
	    ush_when_long(when, mark->as_of_ms, command->now_ms), mark->author,
	    mark->note[0] != '\0' ? " (" : "", mark->note, mark->note[0] != '\0' ? ")" : "");
	return buf;
}

const char *
ush_mark_text(
    char buf[USH_CASE_TEXT_MAX], const struct ush_command *command, const struct ush_mark *mark)
{
	char made[USH_WHEN_MAX];
	char as_of[USH_WHEN_MAX];

	snprintf(buf, USH_CASE_TEXT_MAX, "%s  %s as of %s, by %s, then %s%s%s%s%s%s%s",
	    ush_when_long(made, mark->made_ms, command->now_ms), ush_case_state_text(mark->state),
	    ush_when_long(as_of, mark->as_of_ms, command->now_ms), mark->author,
	    ush_call_text(ush_mark_call(mark)), mark->campaign[0] != '\0' ? ", campaign " : "",
	    mark->campaign, mark->number[0] != '\0' ? ", case " : "", mark->number,
	    mark->note[0] != '\0' ? ": " : "", mark->note);
	return buf;
}

json_t *
ush_mark_json(const struct ush_mark *mark)
{
	json_t *object = json_object();

	ush_put_text(object, "state", ush_case_state_text(mark->state));
	ush_put_time(object, "as_of", mark->as_of_ms);
	ush_put_time(object, "made", mark->made_ms);
	ush_put_text(object, "by", mark->author);
	ush_put_text(object, "number", mark->number);
	ush_put_text(object, "note", mark->note);
	ush_put_text(object, "campaign", mark->campaign);
	ush_put_text(object, "call", ush_call_text(ush_mark_call(mark)));
	return object;
}

void
ush_case_put(json_t *object, const struct ush_case_status *status)
{
	json_t *answer;

	json_object_set_new(object, "open", json_boolean(status->is_open));
	if (status->mark == NULL)
		return;
	answer = ush_mark_json(status->mark);
	ush_put_text(answer, "reopened", status->reopened);
	json_object_set_new(object, "case", answer);
}
