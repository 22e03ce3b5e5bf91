/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/fit.h"

#include <inttypes.h>
#include <string.h>

static bool
is_among(const char *const *names, const char *name)
{
	while (names != NULL && *names != NULL && strcmp(*names, name) != 0)
		names++;
	return names != NULL && *names != NULL;
}

bool
ush_feed_has_shrunk(uint64_t before, uint64_t now, unsigned percent)
{
	return now + USH_SHRINK_FLOOR < before && now < before * (100 - percent) / 100;
}

/* A person confirms a draft by taking its mark away, and in no other way. */
static int
check_draft(const struct ush_compiling *compiler, struct ush_error *err)
{
	if (!ush_feed_head(compiler->feed)->draft || compiler->options->drafts)
		return 0;
	compiler->counts->unreadable = true;
	return ush_fail(err, compiler->counts->path, 0,
	    "is a draft: look at each of its entries, then remove the line \"draft: yes\"");
}

/* What expires by age goes a few at a time. Where it is more than a feed may lose at once, the source
 * has probably stopped to say what it still sees. */
static int
check_ages(struct ush_compiling *compiler, struct ush_error *err)
{
	const struct ush_compile_options *options = compiler->options;
	struct ush_feed_result *counts = compiler->counts;
	uint64_t aged = counts->refused[USH_REFUSED_AGED];
	uint64_t before = counts->previous;
	bool empty = counts->indicators == 0 && !ush_feed_head(compiler->feed)->may_be_empty;

	if (aged == 0 || before == 0 || options->force || is_among(options->may_fade, counts->name))
		return 0;
	if (!empty && !ush_feed_has_shrunk(before, counts->indicators, options->shrink_percent))
		return 0;
	if (ush_feed_has_shrunk(before, counts->indicators + aged, options->shrink_percent))
		return 0; /* it has lost them in another way, which is said below */
	counts->faded = true;
	return ush_fail(err, counts->path, 0,
	    "%" PRIu64 " of its indicators were last seen longer ago than its expires-after, which "
	    "leaves %" PRIu64 " of %" PRIu64,
	    aged, counts->indicators, before);
}

/* A download that went wrong must not empty the list: no indicators, an error page, or far fewer
 * than before. */
static int
check_counts(const struct ush_compiling *compiler, struct ush_error *err)
{
	const struct ush_feed_result *counts = compiler->counts;
	bool empty = counts->indicators == 0 && !ush_feed_head(compiler->feed)->may_be_empty;

	if (empty && counts->refused[USH_REFUSED_AGED] > 0)
		return ush_fail(err, counts->path, 0,
		    "all of its %" PRIu64
		    " indicators were last seen longer ago than its expires-after",
		    counts->refused[USH_REFUSED_AGED]);
	if (empty)
		return ush_fail(err, counts->path, 0,
		    "read as %s (--format says otherwise), it has no good indicator",
		    counts->format);
	if (counts->refused[USH_REFUSED_MALFORMED] + counts->refused[USH_REFUSED_CSV] +
	        counts->refused[USH_REFUSED_JSON] >
	    counts->indicators)
		return ush_fail(err, counts->path, 0,
		    "read as %s (--format says otherwise), it is mostly lines that are no "
		    "indicators (an error page?)",
		    counts->format);
	if (ush_feed_has_shrunk(
	        counts->previous, counts->indicators, compiler->options->shrink_percent))
		return ush_fail(err, counts->path, 0,
		    "read as %s (--format says otherwise), it has %" PRIu64
		    " indicators where it had %" PRIu64,
		    counts->format, counts->indicators, counts->previous);
	return 0;
}

int
ush_check_fit(struct ush_compiling *compiler, struct ush_error *err)
{
	const struct ush_compile_options *options = compiler->options;

	if (check_draft(compiler, err) != 0 || check_ages(compiler, err) != 0)
		return -1;
	if (options->force || is_among(options->forced, compiler->counts->name))
		return 0;
	return check_counts(compiler, err);
}
