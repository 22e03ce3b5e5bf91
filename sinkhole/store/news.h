/* SPDX-License-Identifier: BSD-3-Clause */
/* news.h - which hosts something was written of since the store was last asked, so that only they need
 * to be judged again. Only what this connection writes is followed; after another one has written, all
 * may have changed. Used by the store's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/store.h"

struct ush_news {
	bool is_all;                         /* of any host: the list is empty */
	char (*hosts)[USH_ADDRESS_TEXT_MAX]; /* sorted as strcmp() does, malloced */
	size_t count;
};

/* Begins a reading of the store in which it stays as it is, and says what is new since the last
 * reading that was ended as done; in the first one of a connection everything is. On success the
 * reading is to be ended with ush_news_end(). */
USH_MUST_CHECK int ush_news_begin(
    struct ush_news *out, struct ush_store *store, struct ush_error *err);
/* `is_done`: the news were taken in; if they were not, they come again. */
void ush_news_end(struct ush_news *news, struct ush_store *store, bool is_done);

bool ush_news_are_of(const struct ush_news *news, const char *host);
