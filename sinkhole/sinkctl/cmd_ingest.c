/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl ingest: reads what is new in the logs into the store, sends it on if the settings say so, and
 * shows nothing of it: for a timer, so that rotated logs are read before they are removed. */
#include <stdio.h>
#include "sinkhole/exchange/engine.h"
#include "sinkhole/sinkctl/command.h"

static int
send_on(const struct ush_settings *settings)
{
	struct ush_sender *sender = ush_sender_new();
	struct ush_error err = {0};
	int rc = sender != NULL ? ush_sender_send(sender, settings, &err)
	                        : ush_fail(&err, NULL, 0, "out of memory");

	ush_sender_free(sender);
	return rc == 0 ? USH_EXIT_DONE : ush_command_fail(&err);
}

int
ush_cmd_ingest(struct ush_command *command)
{
	const struct ush_update *update = &command->update;
	int rc = ush_command_unread(&update->unread);

	if (send_on(command->settings) != USH_EXIT_DONE)
		rc = USH_EXIT_BAD;

	if (command->json) {
		json_t *answer = json_object();

		ush_put_uint(answer, "lines", update->lines);
		ush_put_uint(answer, "broken", update->broken);
		ush_put_uint(answer, "files", update->files);
		ush_put_uint(answer, "unread", update->unread.count);
		return ush_print_json(answer) == USH_EXIT_DONE ? rc : USH_EXIT_BAD;
	}
	printf("Read %llu new lines in %u log files.\n", (unsigned long long)update->lines,
	    update->files);
	return rc;
}
