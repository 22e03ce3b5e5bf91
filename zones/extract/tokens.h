/* SPDX-License-Identifier: BSD-3-Clause */
/* tokens.h - what in a line may be an indicator: runs of the characters that names, URLs, addresses
 * and hashes have. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A run inside a line (plain.h), borrowed from it. */
struct ush_token {
	const char *text;
	size_t len;
	bool in_parentheses;
	bool
	    starts_cell; /* of a table, list or line: nothing but a bullet, number or label before it */
	bool is_parenthesis; /* it stands right behind the opening one */
	bool after_comma;    /* what begins is behind a comma and a blank, as in a sentence */
	bool ends_line;      /* so that it may go on on the next one */
	bool is_typed;       /* "value": "...", domain-name:value = '...' */
	bool is_cut_off;     /* a part of it stands in brackets: "[redacted].example.com" */
};

/* The token at or behind `at`. Returns where to go on; NULL: there is none. `line` is where the line
 * begins. */
const char *ush_token_next(const char *line, const char *at, struct ush_token *out);
