/* SPDX-License-Identifier: BSD-3-Clause */
/* What a query names can be written as a URL of our own, which says the same again. */
#include "sinkhole/sinkwatch/query.h"

#include <event2/buffer.h>
#include "sinkhole/sinkwatch/html.h"
#include "tests/fuzz/fuzz.h"

static void
check_again(const struct ush_query *query)
{
	struct ush_html html = {.out = evbuffer_new()};
	struct ush_query again;
	struct ush_error err = {0};

	ush_html_raw(&html, "find=");
	ush_html_url(&html, query->find);
	ush_html_put(&html, "", 1);
	USH_HOLDS(!html.has_failed);
	USH_HOLDS(ush_query_parse(&again, (const char *)evbuffer_pullup(html.out, -1), &err) == 0);
	USH_HOLDS(strcmp(again.find, query->find) == 0);
	evbuffer_free(html.out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct ush_query query;
	struct ush_error err = {0};

	USH_HOLDS(text != NULL);
	if (ush_query_parse(&query, text, &err) == 0) {
		USH_HOLDS(query.from < 1000000000);
		USH_HOLDS(!query.has_call || query.call < USH_CALLS);
		check_again(&query);
	} else {
		ush_fuzz_error(&err, 0);
	}
	free(text);
	return 0;
}
