/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/troubles.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/when.h"

/* Less room than this on a log's disk is worth a line. */
#define DISK_LOW (1ull << 30)
/* As `sinkctl check` warns. */
#define LIST_OLD_MS (7ull * 24 * 3600 * 1000)

/* Who is told, and of which sensor. */
struct teller {
	const struct ush_command *command;
	ush_trouble_fn *fn;
	void *arg;
	const char *about;
};

const char *
ush_trouble_sensor(const struct ush_sensors *sensors, size_t which, char buf[USH_TROUBLE_NAME_MAX])
{
	const struct ush_sensor *sensor = &sensors->items[which];
	bool is_alone = true;

	for (size_t i = 0; i < sensors->count && sensor->observer[0] != '\0'; i++) {
		if (i != which && strcmp(sensors->items[i].writer, sensor->writer) == 0)
			is_alone = false;
	}
	snprintf(buf, USH_TROUBLE_NAME_MAX, "%s%s%s", sensor->writer, is_alone ? "" : " at ",
	    is_alone ? "" : sensor->observer);
	return buf;
}

static void tell(const struct teller *teller, enum ush_trouble_kind kind, uint64_t count,
    const char *fmt, ...) USH_PRINTF(4, 5);

static void
tell(const struct teller *teller, enum ush_trouble_kind kind, uint64_t count, const char *fmt, ...)
{
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	teller->fn(teller->arg, &(struct ush_trouble){kind, teller->about, text, count});
}

static void
tell_blindness(const struct teller *teller, const struct ush_sensor *sensor)
{
	uint64_t now_ms = teller->command->now_ms;
	const char *name = teller->about;
	const char *reason = sensor->list_reason;
	char when[USH_WHEN_MAX];

	switch (ush_sensor_blindness(sensor)) {
	case USH_BLIND_NEVER:
		tell(teller, USH_TROUBLE_BLIND, 0,
		    "NOT LOOKING: %s has written nothing to %s so far.", name,
		    sensor->source->path);
		break;
	case USH_BLIND_STOPPED:
		tell(teller, USH_TROUBLE_BLIND, 0, "NOT LOOKING: %s was stopped, %s.", name,
		    ush_when_long(when, sensor->last_ms, now_ms));
		break;
	case USH_BLIND_SILENT:
		tell(teller, USH_TROUBLE_BLIND, 0, "NOT LOOKING: %s is silent since %s.", name,
		    ush_when_long(when, sensor->last_ms, now_ms));
		break;
	case USH_BLIND_AHEAD:
		tell(teller, USH_TROUBLE_BLIND, 0,
		    "NOT LOOKING: the clock of %s is %s ahead: whether it still writes is not "
		    "known.",
		    name, ush_when_age(when, now_ms, sensor->last_ms));
		break;
	case USH_BLIND_OFF:
		tell(teller, USH_TROUBLE_BLIND, 0,
		    "NOT LOOKING: %s is in mode off: it records nothing.", name);
		break;
	case USH_BLIND_NO_LIST:
		tell(teller, USH_TROUBLE_BLIND, 0, "NOT LOOKING: %s has no list%s%s.", name,
		    reason[0] != '\0' ? ": " : "", reason);
		break;
	case USH_BLIND_PENDING:
		tell(teller, USH_TROUBLE_BLIND, 0,
		    "NOT LOOKING: the list of %s is not in force yet.", name);
		break;
	case USH_SENSOR_LOOKS:
		break;
	}
}

static void
tell_sensor(const struct teller *teller, const struct ush_sensor *sensor)
{
	uint64_t disk_free = ush_sensor_figure(sensor, "disk_free", UINT64_MAX);
	uint64_t now_ms = teller->command->now_ms;
	const char *name = teller->about;
	char age[USH_WHEN_MAX];

	tell_blindness(teller, sensor);
	if (sensor->list_reason[0] != '\0' && sensor->list_serial != 0)
		tell(teller, USH_TROUBLE_LIST, 0, "LIST REFUSED: %s keeps list %llu: %s.", name,
		    (unsigned long long)sensor->list_serial, sensor->list_reason);
	if (sensor->list_built_ms != 0 && now_ms > sensor->list_built_ms + LIST_OLD_MS)
		tell(teller, USH_TROUBLE_OLD, 0, "LIST OLD: %s acts on list %llu, which is %s old.",
		    name, (unsigned long long)sensor->list_serial,
		    ush_when_age(age, sensor->list_built_ms, now_ms));
	if (sensor->settings_reason[0] != '\0')
		tell(teller, USH_TROUBLE_SETTINGS, 0,
		    "SETTINGS REFUSED: %s keeps those in force: %s.", name,
		    sensor->settings_reason);
	if (sensor->lost > 0)
		tell(teller, USH_TROUBLE_LOST, sensor->lost,
		    "LOST: %llu events of %s; its counts are too low.",
		    (unsigned long long)sensor->lost, name);
	if (disk_free < DISK_LOW)
		tell(teller, USH_TROUBLE_DISK, 0, "DISK: %llu MB are left for the log of %s.",
		    (unsigned long long)(disk_free >> 20), name);
	if (strcmp(sensor->mode, "monitor") == 0)
		tell(teller, USH_TROUBLE_MONITOR, 0,
		    "MODE: %s is in mode monitor: no host is sent to the sinkhole.", name);
}

static void
tell_unread(struct teller *teller, const struct ush_unread *unread)
{
	char text[sizeof(unread->items->file) + sizeof(unread->items->text) + 16];

	for (size_t i = 0; i < unread->count && i < USH_UNREAD_MAX; i++) {
		teller->about = unread->items[i].file;
		tell(teller, USH_TROUBLE_UNREAD, 0, "NOT READ: %s.",
		    ush_error_format(&unread->items[i], text, sizeof(text)));
	}
	teller->about = "more";
	if (unread->count > USH_UNREAD_MAX)
		tell(teller, USH_TROUBLE_UNREAD, unread->count - USH_UNREAD_MAX,
		    "NOT READ: %zu more.", unread->count - USH_UNREAD_MAX);
}

void
ush_troubles_each(const struct ush_command *command, const struct ush_sensors *sensors,
    ush_trouble_fn *fn, void *arg)
{
	struct teller teller = {.command = command, .fn = fn, .arg = arg};
	char name[USH_TROUBLE_NAME_MAX];

	for (size_t i = 0; i < sensors->count; i++) {
		teller.about = ush_trouble_sensor(sensors, i, name);
		tell_sensor(&teller, &sensors->items[i]);
	}
	tell_unread(&teller, &command->update.unread);
}
