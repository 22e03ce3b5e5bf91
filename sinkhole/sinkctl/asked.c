/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/asked.h"

#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/store/timeline.h"

#define HOLDINGS 64
#define SEVERAL 8

/* " 10.0.0.5 (08:00:00 to 11:59:59)"; of an address that never changes the address alone. */
static void
append_holding(char text[320], const struct ush_command *command, const struct ush_holding *holding)
{
	size_t used = strlen(text);
	char first[USH_WHEN_MAX];
	char last[USH_WHEN_MAX];

	if (holding->last_ms == UINT64_MAX)
		snprintf(text + used, 320 - used, "%s%s", used > 0 ? ", " : "", holding->address);
	else
		snprintf(text + used, 320 - used, "%s%s (%s to %s)", used > 0 ? ", " : "",
		    holding->address, ush_when_long(first, holding->first_ms, command->now_ms),
		    ush_when_long(last, holding->last_ms, command->now_ms));
}

/* What stands for several addresses is for the person to decide. */
static int
fail_several(struct ush_error *err, const struct ush_command *command,
    const struct ush_holding *holdings, size_t count)
{
	char text[320] = "";

	for (size_t i = 0; i < count && i < SEVERAL; i++)
		append_holding(text, command, &holdings[i]);
	return ush_fail(err, command->asked, 0,
	    "several addresses have or had this name, say which (with --since and --until): %s%s",
	    text, count > SEVERAL ? ", …" : "");
}

/* An address that other machines had as well is asked about for the time in which this one had it. */
static void
limit_to(struct ush_command *command, const struct ush_holding *mine, size_t count)
{
	struct ush_holding all[HOLDINGS];
	const struct ush_holding *last = &mine[count - 1];
	size_t others =
	    ush_identity_holdings(command->identities, last->address, 0, UINT64_MAX, all, HOLDINGS);
	size_t i = count - 1;

	if (others <= count || last->last_ms == UINT64_MAX || command->since_ms != 0 ||
	    command->until_ms != 0)
		return;
	/* Back to where another machine had it. */
	while (i > 0) {
		struct ush_holding between[2];

		if (ush_identity_holdings(command->identities, last->address, mine[i - 1].first_ms,
		        mine[i].first_ms, between, 2) > 2)
			break;
		i--;
	}
	command->since_ms = mine[i].first_ms;
	command->until_ms = last->last_ms + 1;
}

/* 1: found, 0: there is no such machine, -1: several addresses. */
static int
find_machine(struct ush_command *command, char buf[USH_ADDRESS_TEXT_MAX], struct ush_error *err)
{
	struct ush_holding holdings[HOLDINGS];
	size_t count = ush_identity_find(command->identities, command->asked, holdings, HOLDINGS);

	if (count == 0)
		return 0;
	for (size_t i = 1; i < count && i < HOLDINGS; i++) {
		if (strcmp(holdings[i].address, holdings[0].address) != 0)
			return fail_several(err, command, holdings, count);
	}
	memcpy(buf, holdings[0].address, USH_ADDRESS_TEXT_MAX);
	limit_to(command, holdings, count < HOLDINGS ? count : HOLDINGS);
	return 1;
}

int
ush_asked_find(struct ush_command *command, char buf[USH_ADDRESS_TEXT_MAX], struct ush_error *err)
{
	int rc;

	if (command->asked == NULL)
		return 0;
	rc = find_machine(command, buf, err);
	if (rc == 0 && ush_shown_to(command->store, command->asked, buf, err) != 0)
		return -1;
	if (rc == -1)
		return -1;
	if (buf[0] == '\0')
		return ush_fail(err, command->asked, 0,
		    "is no IP address, no name or hardware address in store: identities, and no "
		    "reference number of the explanation page");
	command->host = buf;
	command->asked = NULL;
	return 0;
}
