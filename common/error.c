/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static void
copy_truncated(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

/* Messages quote input; one message stays one line whatever was in it. */
static void
blank_controls(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
	}
}

static void fill(struct ush_error *err, const char *file, unsigned line, const char *fmt,
    va_list args) USH_PRINTF(4, 0);

static void
fill(struct ush_error *err, const char *file, unsigned line, const char *fmt, va_list args)
{
	copy_truncated(err->file, sizeof(err->file), file != NULL ? file : "");
	err->line = line;
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	blank_controls(err->file);
	blank_controls(err->text);
}

int
ush_fail(struct ush_error *err, const char *file, unsigned line, const char *fmt, ...)
{
	va_list args;

	if (err == NULL)
		return -1;
	va_start(args, fmt);
	fill(err, file, line, fmt, args);
	va_end(args);
	return -1;
}

int
ush_fail_errno(struct ush_error *err, const char *file, const char *fmt, ...)
{
	int saved = errno;
	char reason[128];
	size_t used;
	va_list args;

	if (err == NULL)
		return -1;
	va_start(args, fmt);
	fill(err, file, 0, fmt, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s",
	    strerror_r(saved, reason, sizeof(reason)));
	errno = saved;
	return -1;
}

const char *
ush_error_format(const struct ush_error *err, char *buf, size_t size)
{
	if (err->file[0] == '\0')
		snprintf(buf, size, "%s", err->text);
	else if (err->line == 0)
		snprintf(buf, size, "%s: %s", err->file, err->text);
	else
		snprintf(buf, size, "%s:%u: %s", err->file, err->line, err->text);
	return buf;
}

void
ush_error_print(FILE *to, const char *program, const struct ush_error *err)
{
	char buf[sizeof(err->file) + sizeof(err->text) + 16];

	fprintf(to, "%s: %s\n", program, ush_error_format(err, buf, sizeof(buf)));
}
