/* SPDX-License-Identifier: BSD-3-Clause */
/* CERT Polska's list of warnings: a list of {"DomainAddress":, "InsertDate":, "DeleteDate":}. What has
 * a DeleteDate is no longer listed. */
#include "zones/readers/jsonfeed.h"

#include <string.h>

static int
take(const struct ush_feed_sink *sink, const json_t *item, unsigned number)
{
	const char *name = ush_json_text(item, "DomainAddress");
	struct ush_json_entry entry = {
	    .number = number,
	    .added = ush_json_text(item, "InsertDate"),
	    .expires = "",
	    .confidence = -1,
	    .remark = "",
	};
	struct ush_indicator indicator = {.kind = USH_INDICATOR_NAME};
	const json_t *deleted = json_object_get(item, "DeleteDate");

	if (deleted != NULL && !json_is_null(deleted)) {
		sink->refuse(sink->arg, number, name, strlen(name), USH_REFUSED_EXPIRED);
		return 0;
	}
	return ush_json_give(sink, &entry, &indicator, name);
}

static int
certpl_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	json_t *root = ush_json_feed_load(feed, err);
	json_t *item;
	size_t i;
	int rc = 0;

	if (root == NULL)
		return -1;
	if (!json_is_array(root))
		rc = ush_fail(err, feed->path, 0, "is no list of domains");
	json_array_foreach(root, i, item)
	{
		if (take(sink, item, (unsigned)i + 1) != 0) {
			rc = ush_json_stopped(feed, err);
			break;
		}
	}
	json_decref(root);
	return rc;
}

const struct ush_format ush_format_certpl = {
    .name = "certpl",
    .scope = USH_SCOPE_SUBDOMAINS,
    .read = certpl_read,
};
