/* SPDX-License-Identifier: BSD-3-Clause */
/* support.h - what the tests of zones/ have in common: a directory that goes away, feeds and lists
 * made of texts. Every function fails the running test if it cannot do its work. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "zones/blocklist.h"
#include "zones/compile/compiler.h"
#include "zones/export/export.h"

#define TEST_NOW_MS UINT64_C(1800000000000) /* 2027-01-15 */

/* A directory of the running test; the same one until test_directory_remove(). */
const char *test_directory(void);
void test_directory_remove(void);

/* "<directory>/<name>"; good until 8 calls later. */
const char *test_path(const char *name);

/* Write a text there; returns its path. */
const char *test_write(const char *name, const char *text);

/* The shipped feeds. */
const char *test_feed(const char *name);

/* Compile feeds into "list.db" of the directory. The paths end with NULL; the one after
 * TEST_NEVER_BLOCK is a never-block feed. */
#define TEST_NEVER_BLOCK "--never-block"
int test_compile(
    const char *const *paths, struct ush_compile_result *result, struct ush_error *err);

/* The same with one feed given as text, as a never-block feed if it says that it is one; must work.
 * Returns the open list. */
struct ush_blocklist *test_list(const char *name, const char *text);
struct ush_blocklist *test_open(const char *path, unsigned parts);

/* What an export writes; for the caller to free. The options' own stream is set. */
char *test_export(
    const char *format, struct ush_export_options *options, struct ush_export_result *result);

/* The effective action, NONE if no rule fires. */
enum ush_action test_action(const struct ush_blocklist *list, const char *name);
