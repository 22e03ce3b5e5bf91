/* SPDX-License-Identifier: BSD-3-Clause */
/* terminal.h - texts that came from the network, made safe and measured for a terminal. Nothing
 * that moves the cursor, changes direction or cannot be seen gets through: it is written as \xNN or
 * \uNNNN. Depends on the locale (ush_terminal_init); one thread. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Takes the character set, and no more, from the environment. Outside UTF-8 everything but ASCII is
 * escaped. */
void ush_terminal_init(void);

/* For output that is UTF-8 whatever the environment says. */
void ush_terminal_init_utf8(void);

/* Safe form of text; NULL if there is no memory. Owned by the caller: free(). */
char *ush_terminal_text(const char *text);

/* Writes the safe form; nothing if there is no memory. */
void ush_terminal_put(FILE *to, const char *text);

/* Columns that a safe text takes. */
size_t ush_terminal_width(const char *safe);

enum ush_elide {
	USH_ELIDE_NEVER,
	USH_ELIDE_END,    /* "www.example…" */
	USH_ELIDE_MIDDLE, /* "2001:db8:…:4455" */
};

/* At most `width` columns of a safe text, with a mark where something was left out. Owned by the
 * caller. */
char *ush_terminal_fit(const char *safe, size_t width, enum ush_elide elide);

/* Bytes of a safe text that stand on the first line of `width` columns (at least 2): up to a blank
 * if there is one. */
size_t ush_terminal_break(const char *safe, size_t width);
