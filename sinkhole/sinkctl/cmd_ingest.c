/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl ingest: reads what is new in the logs into the store and shows nothing of it: for a timer,
 * so that rotated logs are read before they are removed. */
#include <stdio.h>
#include "sinkhole/sinkctl/command.h"

int
ush_cmd_ingest(struct ush_command *command)
{
	const struct ush_update *update = &command->update;
	int rc = ush_command_unread(&update->unread);

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
