/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PROGRAM "sinkholed"
#define LINE_MAX_BYTES 1024

void
ush_say(enum ush_level level, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (getenv("JOURNAL_STREAM") != NULL)
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
