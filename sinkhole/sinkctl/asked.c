/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/asked.h"

#include <stdio.h>
#include <string.h>
#include "sinkhole/store/timeline.h"

#define SEVERAL 8

/* A name that stands for several machines is for the person to decide. */
static int
fail_several(struct ush_error *err, const char *name, const char *const *addresses, size_t count)
{
	char text[SEVERAL * (USH_ADDRESS_TEXT_MAX + 2)] = "";

	for (size_t i = 0; i < count && i < SEVERAL; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
		    i > 0 ? ", " : "", addresses[i]);
	return ush_fail(err, name, 0, "several machines have this name: %s%s", text,
	    count > SEVERAL ? ", …" : "");
}

int
ush_asked_find(struct ush_command *command, char buf[USH_ADDRESS_TEXT_MAX], struct ush_error *err)
{
	const char *addresses[SEVERAL];
	size_t count;

	if (command->asked == NULL)
		return 0;
	count = ush_host_names_addresses(command->names, command->asked, addresses, SEVERAL);
	if (count > 1)
		return fail_several(err, command->asked, addresses, count);
	if (count == 1) {
		command->host = addresses[0];
		return 0;
	}
	if (ush_shown_to(command->store, command->asked, buf, err) != 0)
		return -1;
	if (buf[0] == '\0')
		return ush_fail(err, command->asked, 0,
		    "is no IP address, no name in store: host-names, and no reference number of "
		    "the explanation page");
	command->host = buf;
	return 0;
}
