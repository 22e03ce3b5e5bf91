/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/export/serial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERIAL_BEHIND_SOA 3 /* words: name server, mailbox, serial */

/* The next word of a zone that is no comment and no bracket. */
static bool
next_word(FILE *zone, char word[1024])
{
	while (fscanf(zone, "%1023s", word) == 1) {
		size_t brackets = strspn(word, "(");

		if (word[0] == ';')
			(void)!fscanf(zone, "%*[^\n]");
		else if (word[brackets] != '\0') {
			memmove(word, word + brackets, strlen(word + brackets) + 1);
			return true;
		}
	}
	return false;
}

static bool
read_serial(FILE *zone, uint32_t *serial)
{
	unsigned behind = 0;
	char word[1024];
	char *end;

	while (next_word(zone, word)) {
		if (behind == 0 && strcasecmp(word, "SOA") != 0)
			continue;
		if (behind++ < SERIAL_BEHIND_SOA)
			continue;
		*serial = (uint32_t)strtoul(word, &end, 10);
		return end != word && *end == '\0';
	}
	return false;
}

int
ush_zone_serial(const char *path, uint32_t *serial, bool *found, struct ush_error *err)
{
	FILE *zone = fopen(path, "re");
	bool bad;

	*found = false;
	if (zone == NULL)
		return errno == ENOENT ? 0
		                       : ush_fail_errno(err, path,
		                             "cannot read the zone there, whose serial must not go "
		                             "back");
	*found = read_serial(zone, serial);
	bad = ferror(zone);
	if (bad)
		ush_fail_errno(err, path, "cannot read the zone there");
	fclose(zone);
	return bad ? -1 : 0;
}

uint32_t
ush_serial_after(uint32_t old, uint32_t wanted)
{
	uint32_t next = old + 1 != 0 ? old + 1 : 1; /* 0 means none in too many heads */

	return (int32_t)(wanted - next) > 0 ? wanted : next;
}

/* Of "...\tSOA\tserver mailbox serial ..." */
static void
cut_serial(char *line)
{
	char *at = strstr(line, "\tSOA\t");
	size_t digits;

	for (unsigned word = 1; at != NULL && word < SERIAL_BEHIND_SOA; word++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		return;
	digits = strspn(++at, "0123456789");
	memmove(at, at + digits, strlen(at + digits) + 1);
}

struct zone_lines {
	FILE *zone;
	char *line;
	size_t size;
};

/* Comments tell of the list that the zone was made from. */
static bool
next_record(struct zone_lines *records)
{
	while (getline(&records->line, &records->size, records->zone) > 0) {
		if (records->line[0] == ';')
			continue;
		cut_serial(records->line);
		return true;
	}
	return false;
}

static bool
are_equal(struct zone_lines *x, struct zone_lines *y)
{
	for (;;) {
		bool more = next_record(x);

		if (next_record(y) != more)
			return false;
		if (!more)
			return !ferror(x->zone) && !ferror(y->zone);
		if (strcmp(x->line, y->line) != 0)
			return false;
	}
}

bool
ush_zones_equal(const char *a, const char *b)
{
	struct zone_lines x = {.zone = fopen(a, "re")};
	struct zone_lines y = {.zone = fopen(b, "re")};
	bool equal = x.zone != NULL && y.zone != NULL && are_equal(&x, &y);

	if (x.zone != NULL)
		fclose(x.zone);
	if (y.zone != NULL)
		fclose(y.zone);
	free(x.line);
	free(y.line);
	return equal;
}
