/* SPDX-License-Identifier: BSD-3-Clause */
/* passwords.h - a file of lines "user:hash" (htpasswd -B, mkpasswd), with hashes of crypt(5) that are
 * made to be slow: yescrypt, bcrypt, SHA-512 and the like. Loaded whole, then immutable but for a short
 * memory of the pairs that were right, since a browser sends its pair with each request. One thread. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"

#define USH_USER_MAX 128 /* with NUL */

struct ush_passwords;

/* Returns 0 and *out owned by the caller, or -1 with file and line: a file that everyone may read, a
 * line that is none, a hash that is too quick to try out, the same user twice. */
USH_MUST_CHECK int ush_passwords_load(
    struct ush_passwords **out, const char *path, struct ush_error *err);
void ush_passwords_free(struct ush_passwords *passwords); /* NULL is allowed */

/* Whether the pair is one that was right before: costs nothing. */
bool ush_passwords_remember(
    const struct ush_passwords *passwords, const char *user, const char *password);
/* Whether the pair is right. Takes as long for a user that does not exist, usually a tenth of a second. */
bool ush_passwords_check(struct ush_passwords *passwords, const char *user, const char *password);
