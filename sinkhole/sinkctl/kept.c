/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/become.h"
#include "common/terminal.h"
#include "common/yaml.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/when.h"

/* Where the settings of this store are kept; owned by the caller, NULL without memory. */
static char *
kept_path(const struct ush_settings *settings)
{
	char *path;

	return asprintf(&path, "%s.settings", settings->store.path) == -1 ? NULL : path;
}

static bool
is_kept(const char *path, const char *text, size_t len)
{
	size_t old_len = 0;
	char *old = access(path, F_OK) == 0 ? ush_yaml_text_of(path, &old_len, NULL) : NULL;
	bool is_same = old != NULL && old_len == len && memcmp(old, text, len) == 0;

	free(old);
	return is_same;
}

static void
replace(const char *path, const char *text, size_t len)
{
	char *temporary;
	bool is_whole;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) == -1)
		return;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd != -1) {
		ush_give_to_owner(fd, path);
		is_whole =
		    write(fd, text, len) == (ssize_t)len && fchmod(fd, 0640) == 0 && fsync(fd) == 0;
		is_whole = close(fd) == 0 && is_whole;
		if (!is_whole || rename(temporary, path) != 0)
			(void)unlink(temporary);
	}
	free(temporary);
}

void
ush_kept_save(const struct ush_settings *settings)
{
	char *path = kept_path(settings);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc = -1;

	if (out != NULL) {
		rc = ush_settings_print(out, settings->path, USH_SECRETS_SHOWN, NULL);
		rc = fclose(out) == 0 ? rc : -1;
	}
	if (rc == 0 && path != NULL && !is_kept(path, text, len))
		replace(path, text, len);
	free(text);
	free(path);
}

/* Several mistakes of one file; the first one has been said already. */
struct mistakes {
	FILE *to;
	unsigned count;
};

static void
say_mistake(void *arg, const struct ush_error *mistake)
{
	struct mistakes *mistakes = arg;

	if (++mistakes->count > 1 && mistakes->to != NULL)
		ush_error_print(mistakes->to, USH_PROGRAM, mistake);
}

static void
say_kept(FILE *to, const char *path)
{
	char *safe = ush_terminal_text(path);
	char when[USH_WHEN_MAX] = "an unknown time";
	struct stat st;

	if (stat(path, &st) == 0)
		ush_when_long(when, (uint64_t)st.st_mtim.tv_sec * 1000, 0);
	fprintf(to, USH_PROGRAM ": going on with the last good settings, of %s (%s)\n", when,
	    safe != NULL ? safe : "");
	free(safe);
}

static void
pass_over(void *arg, const struct ush_error *mistake)
{
	(void)arg;
	(void)mistake;
}

int
ush_kept_load_whole(struct ush_settings **out, const char *path)
{
	struct ush_settings *parts;
	char *kept;
	int rc = -1;

	*out = NULL;
	if (ush_settings_load_parts(&parts, path, pass_over, NULL, NULL) != 0)
		return -1;
	kept = kept_path(parts);
	ush_settings_free(parts);
	if (kept != NULL)
		rc = ush_settings_load(out, kept, NULL);
	free(kept);
	return rc;
}

int
ush_kept_load(struct ush_settings **out, const char **which, const char *path, FILE *to)
{
	struct ush_settings *parts;
	struct ush_error err = {0};
	struct mistakes mistakes = {.to = to};
	char *kept;

	*out = NULL;
	if (ush_settings_load_parts(&parts, path, say_mistake, &mistakes, &err) != 0)
		return -1;
	kept = kept_path(parts);
	if (kept != NULL && access(kept, F_OK) == 0 && ush_settings_load(out, kept, &err) == 0) {
		if (to != NULL)
			say_kept(to, kept);
		*which = "the last good ones";
		ush_settings_free(parts);
	} else {
		if (to != NULL)
			fputs(USH_PROGRAM
			    ": going on with what can be read of them; each part with a mistake "
			    "has its defaults\n",
			    to);
		*which = "what can be read of them";
		*out = parts;
	}
	free(kept);
	return 0;
}
