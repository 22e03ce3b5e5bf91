/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/unboundconf.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 10

struct reading {
	struct ush_unbound_conf *out;
	const char *without;
};

static int read_file(
    struct reading *reading, const char *path, unsigned depth, struct ush_error *err);

/* Cuts the next word off the line, without its quotes. NULL where the line or a comment ends it. */
static char *
next_word(char **line)
{
	char *word = *line + strspn(*line, " \t\r\n");
	char *end;

	if (*word == '\0' || *word == '#')
		return NULL;
	if (*word == '"' || *word == '\'') {
		const char closing[] = {*word++, '\n', '\0'};

		end = word + strcspn(word, closing);
	} else {
		end = word + strcspn(word, " \t\r\n");
	}
	*line = *end == '\0' ? end : end + 1;
	*end = '\0';
	return word;
}

/* Does the line go on with this keyword? Then it is cut off, and the value is the next word. */
static bool
keyword(char **line, const char *key)
{
	char *at = *line + strspn(*line, " \t\r\n");
	size_t len = strlen(key);

	if (strncmp(at, key, len) != 0 || at[len] != ':')
		return false;
	*line = at + len + 1;
	return true;
}

static int
read_includes(struct reading *reading, const char *pattern, unsigned depth, struct ush_error *err)
{
	glob_t files;
	int rc = 0;

	if (depth == DEPTH_MAX)
		return ush_fail(err, pattern, 0, "includes go too deep");
	if (glob(pattern, GLOB_BRACE | GLOB_TILDE, NULL, &files) != 0)
		return 0; /* no file: Unbound takes that for nothing too */
	for (size_t i = 0; rc == 0 && i < files.gl_pathc; i++)
		rc = read_file(reading, files.gl_pathv[i], depth + 1, err);
	globfree(&files);
	return rc;
}

/* dynlib-file is a list, of which the first dynlib module takes the first; else the last counts. */
static void
set(char *to, size_t size, const char *value, bool keep_first)
{
	if (!keep_first || to[0] == '\0')
		snprintf(to, size, "%s", value);
}

/* Unbound's parser ignores line ends, but in practice key and value are on one line. */
static int
read_line(struct reading *reading, char *line, unsigned depth, struct ush_error *err)
{
	struct ush_unbound_conf *out = reading->out;
	const struct {
		const char *key;
		char *to; /* NULL: an include */
		size_t size;
	} settings[] = {
	    {"module-config", out->module_config, sizeof(out->module_config)},
	    {"dynlib-file", out->dynlib_file, sizeof(out->dynlib_file)},
	    {"chroot", out->chroot, sizeof(out->chroot)},
	    {"username", out->username, sizeof(out->username)},
	    {"include", NULL, 0},
	    {"include-toplevel", NULL, 0},
	};
	const size_t count = sizeof(settings) / sizeof(settings[0]);
	const char *value;

	do {
		size_t i = 0;

		while (i < count && !keyword(&line, settings[i].key))
			i++;
		if ((value = next_word(&line)) == NULL || i == count)
			continue;
		if (settings[i].to != NULL)
			set(settings[i].to, settings[i].size, value,
			    settings[i].to == out->dynlib_file);
		else if (read_includes(reading, value, depth, err) != 0)
			return -1;
	} while (value != NULL);
	return 0;
}

static int
read_file(struct reading *reading, const char *path, unsigned depth, struct ush_error *err)
{
	FILE *file;
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	if (reading->without != NULL && strcmp(path, reading->without) == 0) {
		return 0;
	}
	if ((file = fopen(path, "re")) == NULL)
		return ush_fail_errno(err, path, "cannot read Unbound's configuration");
	while (rc == 0 && getline(&line, &size, file) != -1)
		rc = read_line(reading, line, depth, err);
	free(line);
	fclose(file);
	return rc;
}

int
ush_unbound_conf_read(
    struct ush_unbound_conf *out, const char *path, const char *without, struct ush_error *err)
{
	struct reading reading = {.out = out, .without = without};

	*out = (struct ush_unbound_conf){.username = "unbound"}; /* as Debian compiles it */
	return read_file(&reading, path, 0, err);
}
