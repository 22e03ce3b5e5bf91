/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/say.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM "sinkholed"
#define LINE_MAX_BYTES 1024

/* The journal names the device and inode of the stream that it reads. */
static bool
is_journal(void)
{
	const char *named = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat st;

	if (named == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(named, ours) == 0;
}

void
ush_say(enum ush_level level, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (is_journal())
		fprintf(stderr, "<%d>" PROGRAM ": %s\n", (int)level, text);
	else
		fprintf(stderr, PROGRAM ": %s\n", text);
}

void
ush_say_error(const struct ush_error *err)
{
	char text[LINE_MAX_BYTES];

	ush_say(USH_LEVEL_ERROR, "%s", ush_error_format(err, text, sizeof(text)));
}
