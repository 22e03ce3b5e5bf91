/* SPDX-License-Identifier: BSD-3-Clause */
/* text.h - what the sinkhole's tests share: received bytes from string literals. */
#pragma once

#include <string.h>
#include "sinkhole/protocol/http.h"
#include "tests/unit/unit.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

/* Compares a piece of received text with a string; NULL: there must be none. */
#define ck_assert_text(text, string)                                                            \
	do {                                                                                    \
		struct ush_text text_ = (text);                                                 \
		const char *string_ = (string);                                                 \
		ck_assert_msg(string_ == NULL ? text_.at == NULL : ush_text_is(text_, string_), \
		    "%s is '%.*s', not '%s'", #text, (int)text_.len, text_.at, string_);        \
	} while (0)

/* The head of a whole request, blank line included. */
static inline struct ush_http_head
head_of(const char *request)
{
	struct ush_http_head head;

	ush_http_head_read(&head, (const uint8_t *)request, strlen(request), true);
	return head;
}
