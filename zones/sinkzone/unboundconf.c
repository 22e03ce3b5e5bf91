/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/unboundconf.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 10

static int read_file(
    struct ush_unbound_conf *out, const char *path, unsigned depth, struct ush_error *err);

/* The value of `key` in the line, NUL-terminated, without quotes; NULL if the line is about
 * something else. */
static char *
value_of(char *line, const char *key)
{
	char *value = line + strspn(line, " \t");
	char quote;

	if (strncmp(value, key, strlen(key)) != 0 || value[strlen(key)] != ':')
		return NULL;
	value += strlen(key) + 1;
	value += strspn(value, " \t");
	quote = *value;
	if (quote == '"' || quote == '\'') {
		value++;
		value[strcspn(value, quote == '"' ? "\"\n" : "'\n")] = '\0';
	} else {
		value[strcspn(value, " \t\r\n#")] = '\0';
	}
	return value;
}

static int
read_includes(
    struct ush_unbound_conf *out, const char *pattern, unsigned depth, struct ush_error *err)
{
	glob_t files;
	int rc = 0;

	if (depth == DEPTH_MAX)
		return ush_fail(err, pattern, 0, "includes go too deep");
	if (glob(pattern, 0, NULL, &files) != 0)
		return 0; /* no file: Unbound takes that for nothing too */
	for (size_t i = 0; rc == 0 && i < files.gl_pathc; i++)
		rc = read_file(out, files.gl_pathv[i], depth + 1, err);
	globfree(&files);
	return rc;
}

static int
read_line(struct ush_unbound_conf *out, char *line, unsigned depth, struct ush_error *err)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} settings[] = {
	    {"module-config", out->module_config, sizeof(out->module_config)},
	    {"dynlib-file", out->dynlib_file, sizeof(out->dynlib_file)},
	    {"chroot", out->chroot, sizeof(out->chroot)},
	    {"username", out->username, sizeof(out->username)},
	};
	char *value;

	if ((value = value_of(line, "include")) != NULL ||
	    (value = value_of(line, "include-toplevel")) != NULL)
		return read_includes(out, value, depth, err);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if ((value = value_of(line, settings[i].key)) != NULL)
			snprintf(settings[i].to, settings[i].size, "%s", value);
	}
	return 0;
}

static int
read_file(struct ush_unbound_conf *out, const char *path, unsigned depth, struct ush_error *err)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	if (file == NULL)
		return ush_fail_errno(err, path, "cannot read Unbound's configuration");
	while (rc == 0 && getline(&line, &size, file) != -1)
		rc = read_line(out, line, depth, err);
	free(line);
	fclose(file);
	return rc;
}

int
ush_unbound_conf_read(struct ush_unbound_conf *out, const char *path, struct ush_error *err)
{
	*out = (struct ush_unbound_conf){.username = "unbound"}; /* as Debian compiles it */
	return read_file(out, path, 0, err);
}
