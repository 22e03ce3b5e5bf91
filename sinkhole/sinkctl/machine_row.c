/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/machine_row.h"

#include <stdio.h>
#include <string.h>
#include "common/event.h"
#include "sinkhole/sinkctl/when.h"

#define SHOWN 4
#define MACHINES_MAX 64

/* Programs that load no identities have the hosts file alone. */
static bool
named_machine(const struct ush_command *command, const char *address, struct ush_machine *out)
{
	const char *name = ush_command_name(command, address);

	*out = (struct ush_machine){"", name != NULL ? name : "", "", "", ""};
	return name != NULL;
}

bool
ush_host_machine(
    const struct ush_command *command, const struct ush_host *host, struct ush_machine *out)
{
	if (command->identities == NULL)
		return named_machine(command, host->address, out);
	return ush_identity_of(
	    command->identities, host->address, host->first_ms, host->last_ms, out);
}

struct ush_host
ush_hosts_together(const struct ush_hosts *hosts, const char *address)
{
	struct ush_host all = {.first_ms = UINT64_MAX};

	snprintf(all.address, sizeof(all.address), "%s", address);
	for (size_t i = 0; i < hosts->count; i++) {
		const struct ush_host *host = &hosts->items[i];

		all.first_ms = host->first_ms < all.first_ms ? host->first_ms : all.first_ms;
		all.last_ms = host->last_ms > all.last_ms ? host->last_ms : all.last_ms;
	}
	if (hosts->count == 0)
		all.first_ms = all.last_ms = ush_time_now_ms();
	return all;
}

const char *
ush_host_name(const struct ush_command *command, const struct ush_host *host)
{
	struct ush_holding any;
	struct ush_machine machine;

	if (!ush_host_machine(command, host, &machine))
		return ush_identity_holdings(
		           command->identities, host->address, 0, UINT64_MAX, &any, 1) > 0
		           ? "?"
		           : "-";
	if (machine.name[0] != '\0')
		return machine.name;
	return machine.hardware[0] != '\0' ? machine.hardware : "-";
}

static const char *
called(const struct ush_machine *machine)
{
	return machine->name[0] != '\0' ? machine->name : machine->hardware;
}

const char *
ush_machines_text(char buf[USH_MACHINES_TEXT_MAX], const struct ush_command *command,
    const char *address, uint64_t first_ms, uint64_t last_ms)
{
	struct ush_holding holdings[SHOWN];
	struct ush_machine only;
	size_t count;

	buf[0] = '\0';
	if (ush_identity_of(command->identities, address, first_ms, last_ms, &only))
		return buf;
	count =
	    ush_identity_holdings(command->identities, address, first_ms, last_ms, holdings, SHOWN);
	for (size_t i = 0; i < count && i < SHOWN; i++) {
		size_t used = strlen(buf);
		char first[USH_WHEN_MAX];
		char last[USH_WHEN_MAX];

		snprintf(buf + used, USH_MACHINES_TEXT_MAX - used, "%s%s %s to %s",
		    i == 0 ? "had by " : ", ", called(&holdings[i].machine),
		    ush_when_long(first, holdings[i].first_ms, command->now_ms),
		    ush_when_long(last, holdings[i].last_ms, command->now_ms));
	}
	if (count > SHOWN)
		snprintf(buf + strlen(buf), USH_MACHINES_TEXT_MAX - strlen(buf), " and %zu more",
		    count - SHOWN);
	return buf;
}

static void
put_machine(json_t *object, const struct ush_machine *machine)
{
	ush_put_text(object, "name", machine->name);
	ush_put_text(object, "hardware", machine->hardware);
	ush_put_text(object, "owner", machine->owner);
	ush_put_text(object, "place", machine->place);
	ush_put_text(object, "asset", machine->asset);
}

void
ush_host_put_machine(json_t *object, const struct ush_command *command, const struct ush_host *host)
{
	struct ush_holding holdings[MACHINES_MAX];
	struct ush_machine machine;
	json_t *array;
	size_t count;

	if (ush_host_machine(command, host, &machine)) {
		put_machine(object, &machine);
		return;
	}
	count = ush_identity_holdings(command->identities, host->address, host->first_ms,
	    host->last_ms, holdings, MACHINES_MAX);
	array = json_array();
	for (size_t i = 0; i < count && i < MACHINES_MAX; i++) {
		json_t *item = json_object();

		put_machine(item, &holdings[i].machine);
		ush_put_time(item, "first", holdings[i].first_ms);
		ush_put_time(item, "last", holdings[i].last_ms);
		json_array_append_new(array, item);
	}
	if (count > 0)
		json_object_set(object, "machines", array);
	json_decref(array);
}
