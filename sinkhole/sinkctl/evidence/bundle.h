/* SPDX-License-Identifier: BSD-3-Clause */
/* bundle.h - a folder of files that are handed on, with SHA256SUMS over all of them. It is made under
 * another name and gets its own when it is whole. One thread. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include "common/attr.h"
#include "common/error.h"

#define USH_SUM_TEXT_MAX 65 /* SHA-256 in hexadecimal digits */
#define USH_BUNDLE_SUMS "SHA256SUMS"

struct ush_bundle;

/* `path`: the folder that it will be, or a file that ends in ".tar", which tar(1) then makes of it.
 * It must not be there yet. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_bundle_open(
    struct ush_bundle **out, const char *path, struct ush_error *err);
/* Throws away what is not finished. NULL is allowed. */
void ush_bundle_close(struct ush_bundle *bundle);

/* A file that is written from now on, and ended with ush_bundle_end(); one at a time. `name`: a word,
 * or a folder of one level and a word. NULL with the reason. */
FILE *ush_bundle_begin(struct ush_bundle *bundle, const char *name, struct ush_error *err);
/* -1 if something could not be written. */
USH_MUST_CHECK int ush_bundle_end(struct ush_bundle *bundle, struct ush_error *err);
/* A whole file. */
USH_MUST_CHECK int ush_bundle_put(struct ush_bundle *bundle, const char *name, const void *data,
    size_t len, struct ush_error *err);

/* Writes SHA256SUMS and gives the bundle its name. `seal`: the sum of SHA256SUMS itself. */
USH_MUST_CHECK int ush_bundle_finish(
    struct ush_bundle *bundle, char seal[USH_SUM_TEXT_MAX], struct ush_error *err);

/* A digest as text, in out. */
const char *ush_sum_text(const unsigned char digest[32], char out[USH_SUM_TEXT_MAX]);
/* The SHA-256 of a file. -1 if it cannot be read, or is no regular file. */
USH_MUST_CHECK int ush_sum_file(
    const char *path, char out[USH_SUM_TEXT_MAX], struct ush_error *err);
/* -1: no memory. */
USH_MUST_CHECK int ush_sum_bytes(const void *data, size_t len, char out[USH_SUM_TEXT_MAX]);

/* Runs tar(1) with these words behind "tar"; NULL ends them. `input`: its stdin, from which it expands
 * nothing that is compressed; -1: ours. -1 if it fails. */
USH_MUST_CHECK int ush_tar(const char *const *words, int input, struct ush_error *err);
/* Removes a folder with all in it. */
void ush_remove_tree(const char *path);
