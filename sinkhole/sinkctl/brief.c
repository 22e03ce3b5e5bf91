/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/brief.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/header.h"
#include "sinkhole/sinkctl/when.h"

#define LINES 24
#define OTHER_LINES 12 /* beside the rows, with a trouble or two */
#define LEAST_ROWS 5
#define DAY_MS UINT64_C(86400000)
#define HOUR_MS UINT64_C(3600000)

size_t
ush_brief_rows(const struct ush_command *command)
{
	struct winsize size;
	size_t lines = LINES;

	if (command->screen && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
		lines = size.ws_row;
	return lines >= OTHER_LINES + LEAST_ROWS ? lines - OTHER_LINES : LEAST_ROWS;
}

static void
print_sensors(const struct ush_command *command, const struct ush_sensors *sensors)
{
	char now[USH_WHEN_MAX];
	char zone[USH_WHEN_MAX];
	size_t looking = 0;

	for (size_t i = 0; i < sensors->count; i++)
		looking += ush_sensor_is_looking(&sensors->items[i]);
	printf("%s %s. %zu of %zu sensors look.\n",
	    ush_when_long(now, command->now_ms, command->now_ms),
	    ush_when_zone(zone, command->now_ms), looking, sensors->count);
}

static void
print_calls(const struct ush_command *command, const struct ush_hosts *hosts)
{
	size_t calls[USH_CALLS] = {0};
	size_t fresh = 0;
	size_t active = 0;

	for (size_t i = 0; i < hosts->count; i++) {
		const struct ush_host *host = &hosts->items[i];

		if (!ush_host_is_wanted(command, host))
			continue;
		for (size_t j = 0; j < host->verdicts.count; j++)
			calls[host->verdicts.items[j].call]++;
		fresh += host->first_ms + DAY_MS > command->now_ms;
		active += host->last_ms + HOUR_MS > command->now_ms;
	}
	for (unsigned i = 0; i < USH_CALLS; i++)
		printf("%s%s %zu", i > 0 ? "  " : "", ush_call_text((enum ush_call)i), calls[i]);
	printf("\nNew in the last 24 hours: %zu. Seen in the last hour: %zu.\n", fresh, active);
}

void
ush_brief_print_head(const struct ush_command *command, const struct ush_hosts *hosts,
    const struct ush_sensors *sensors)
{
	print_sensors(command, sensors);
	ush_header_print_troubles(command, sensors);
	print_calls(command, hosts);
}

void
ush_brief_print_foot(const struct ush_command *command, const struct ush_hosts *hosts, size_t rows)
{
	size_t shown = ush_brief_rows(command);
	size_t first = 0;

	printf("\n");
	if (rows > shown)
		printf("and %zu more: sinkctl hosts\n", rows - shown);
	while (!ush_host_is_wanted(command, &hosts->items[first]))
		first++;
	printf("Why, what speaks against it, and the timeline: sinkctl host %s\n",
	    hosts->items[first].address);
}
