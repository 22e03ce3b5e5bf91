/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/store/timeline.h"

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

/* All that the word stands for, in their order; owned by the caller. NULL without memory. */
static struct ush_holding *
find_holdings(const struct ush_command *command, size_t *count)
{
	struct ush_holding *holdings;

	*count = ush_identity_find(command->identities, command->asked, NULL, 0);
	holdings = calloc(*count + 1, sizeof(*holdings));
	if (holdings != NULL)
		ush_identity_find(command->identities, command->asked, holdings, *count);
	return holdings;
}

/* Whether another machine had the address at some time from the beginning of one holding to that of a later one. */
static bool
was_lent(
    const struct ush_command *command, const struct ush_holding *from, const struct ush_holding *to)
{
	struct ush_holding between[3];

	return ush_identity_holdings(command->identities, from->address, from->first_ms,
	           to->first_ms, between, 3) > 2;
}

/* Nothing that is left out may look as if it had not been. */
static void
name_earlier(const struct ush_command *command, const struct ush_holding *earlier,
    const struct ush_holding *first)
{
	char from[USH_WHEN_MAX];
	char to[USH_WHEN_MAX];
	char shown[USH_WHEN_MAX];

	fprintf(stderr,
	    USH_PROGRAM
	    ": shown from %s on; %s also had %s from %s to %s, and another machine since: see --since and "
	    "--until\n",
	    ush_when_long(shown, first->first_ms, command->now_ms), command->asked,
	    earlier->address, ush_when_long(from, earlier->first_ms, command->now_ms),
	    ush_when_long(to, earlier->last_ms, command->now_ms));
}

/* An address that other machines had as well is asked about for the time in which this one had it. */
static void
limit_to(struct ush_command *command, const struct ush_holding *mine, size_t count)
{
	const struct ush_holding *last = &mine[count - 1];
	size_t all =
	    ush_identity_holdings(command->identities, last->address, 0, UINT64_MAX, NULL, 0);
	size_t i = count - 1;

	if (all <= count || last->last_ms == UINT64_MAX || command->since_ms != 0 ||
	    command->until_ms != 0)
		return;
	while (i > 0 && !was_lent(command, &mine[i - 1], &mine[i]))
		i--;
	if (i > 0)
		name_earlier(command, &mine[i - 1], &mine[i]);
	command->since_ms = mine[i].first_ms;
	command->until_ms = last->last_ms + 1;
}

/* 1: found, 0: there is no such machine, -1: several addresses. */
static int
find_machine(struct ush_command *command, char buf[USH_ADDRESS_TEXT_MAX], struct ush_error *err)
{
	size_t count;
	struct ush_holding *holdings = find_holdings(command, &count);
	int rc = count > 0;

	if (holdings == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	for (size_t i = 1; i < count && rc > 0; i++) {
		if (strcmp(holdings[i].address, holdings[0].address) != 0)
			rc = fail_several(err, command, holdings, count);
	}
	if (rc > 0) {
		memcpy(buf, holdings[0].address, USH_ADDRESS_TEXT_MAX);
		limit_to(command, holdings, count);
	}
	free(holdings);
	return rc;
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
