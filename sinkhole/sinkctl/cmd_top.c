/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl top: hosts --brief on the whole terminal; main() repeats it. */
#include <stdio.h>
#include <unistd.h>
#include "sinkhole/sinkctl/command.h"

int
ush_cmd_top(struct ush_command *command)
{
	command->brief = true;
	command->screen = isatty(STDOUT_FILENO) == 1;
	if (command->screen)
		fputs("\033[H\033[2J", stdout); /* to the upper left corner, clear */
	return ush_cmd_hosts(command);
}
