/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64];

const char *
test_directory(void)
{
	if (directory[0] == '\0') {
		snprintf(directory, sizeof(directory), "/tmp/ush-zones-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(directory));
	}
	return directory;
}

void
test_directory_remove(void)
{
	struct dirent *entry;
	DIR *dir;

	if (directory[0] == '\0' || (dir = opendir(directory)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			unlink(test_path(entry->d_name));
	}
	closedir(dir);
	rmdir(directory);
	directory[0] = '\0';
}

const char *
test_path(const char *name)
{
	static char paths[8][512];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", test_directory(), name);
	return path;
}

const char *
test_write(const char *name, const char *text)
{
	const char *path = test_path(name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

const char *
test_feed(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/zones/feeds/%s", USH_SOURCE_DIR, name);
	return path;
}

int
test_compile(const char *const *paths, struct ush_compile_result *result, struct ush_error *err)
{
	struct ush_feed_options feeds[8] = {{0}};
	struct ush_compile_options options = {
	    .path = test_path("list.db"),
	    .feeds = feeds,
	    .now_ms = TEST_NOW_MS,
	    .last_slot = 254,
	    .shrink_percent = USH_SHRINK_PERCENT,
	};

	for (; *paths != NULL; paths++) {
		if (strcmp(*paths, TEST_NEVER_BLOCK) == 0)
			feeds[options.feed_count].never_block = true;
		else
			feeds[options.feed_count++].path = *paths;
	}
	return ush_compile(&options, result, err);
}

struct ush_blocklist *
test_open(const char *path, unsigned parts)
{
	struct ush_blocklist *list;
	struct ush_error err = {0};

	if (ush_blocklist_open(&list, path, parts, &err) != 0)
		ck_abort_msg("%s: %s", err.file, err.text);
	return list;
}

struct ush_blocklist *
test_list(const char *name, const char *text)
{
	struct ush_compile_result result;
	struct ush_error err = {0};

	const char *path = test_write(name, text);
	const char *const never[] = {TEST_NEVER_BLOCK, path, NULL};

	if (test_compile(never + (strstr(text, "never-block: true") == NULL), &result, &err) != 0)
		ck_abort_msg("%s: %s", err.file, err.text);
	ush_compile_result_fini(&result);
	return test_open(test_path("list.db"), USH_PART_ALL);
}

enum ush_action
test_action(const struct ush_blocklist *list, const char *text)
{
	struct ush_match match;
	struct ush_name name;

	ck_assert_int_eq(ush_name_from_text(&name, text, strlen(text)), 0);
	return ush_blocklist_match_name(list, NULL, &name, &match) ? match.action : USH_ACTION_NONE;
}

char *
test_export(
    const char *format, struct ush_export_options *options, struct ush_export_result *result)
{
	struct ush_error err = {0};
	size_t size;
	char *text;

	*result = (struct ush_export_result){0};
	ck_assert_ptr_nonnull(options->to = open_memstream(&text, &size));
	if (ush_export_run(ush_export_format_find(format), options, result, &err) != 0)
		ck_abort_msg("%s", err.text);
	fclose(options->to);
	return text;
}
