/* SPDX-License-Identifier: BSD-3-Clause */
/* A report: whatever stands in it, the draft is a feed that can be read, that says that it is a draft, and
 * that has the entries that were found and no other. */
#include "zones/extract/extract.h"

#include "tests/fuzz/fuzz.h"
#include "zones/readers/reader.h"

static int
take(void *arg, const struct ush_indicator *indicator)
{
	USH_HOLDS(indicator->origin.report_line > 0);
	++*(size_t *)arg;
	return 0;
}

static void
refuse(void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why)
{
	(void)arg;
	(void)line;
	(void)value;
	(void)len;
	(void)why;
	USH_HOLDS(false);
}

static void
check_draft(const char *draft, size_t len, size_t entries)
{
	struct ush_fuzz_file file = ush_fuzz_file(draft, len);
	struct ush_feed_options options = {.path = file.path, .format = "yaml"};
	size_t count = 0;
	struct ush_feed_sink sink = {.arg = &count, .take = take, .refuse = refuse};
	struct ush_error err = {0};
	struct ush_feed *feed;

	USH_HOLDS(ush_feed_open(&feed, &options, &err) == 0);
	USH_HOLDS(ush_feed_head(feed)->draft);
	USH_HOLDS(ush_feed_read(feed, &sink, &err) == 0);
	USH_HOLDS(count == entries);
	ush_feed_close(feed);
	close(file.fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const none[] = {NULL};
	struct ush_fuzz_file file = ush_fuzz_file(data, size);
	struct ush_extract_options options = {.report = file.path, .never_block = none};
	struct ush_findings findings;
	struct ush_error err = {0};

	if (ush_extract(&findings, &options, &err) != 0) {
		ush_fuzz_error(&err, size + 1);
	} else {
		char *draft = NULL;
		size_t len = 0;
		FILE *to = open_memstream(&draft, &len);

		USH_HOLDS(to != NULL);
		ush_draft_write(to, &findings, "report");
		USH_HOLDS(fclose(to) == 0);
		check_draft(draft, len, ush_draft_count(&findings).entries);
		free(draft);
	}
	ush_findings_fini(&findings);
	close(file.fd);
	return 0;
}
