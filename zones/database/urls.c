/* SPDX-License-Identifier: BSD-3-Clause */
/* Lookup of URLs: the rules of one path lie together, those of one host within. */
#include "zones/blocklist.h"

#include "zones/database/hash.h"
#include "zones/database/list.h"
#include "zones/database/urlpath.h"

static bool
is_below(
    const struct ush_db_url *url, struct ush_db_fingerprint path, struct ush_db_fingerprint host)
{
	if (url->path != path.high)
		return url->path < path.high;
	if (url->path_low != path.low)
		return url->path_low < path.low;
	if (url->host != host.high)
		return url->host < host.high;
	return url->host_low < host.low;
}

static uint32_t
lower_bound(const struct ush_blocklist *list, struct ush_db_fingerprint path,
    struct ush_db_fingerprint host)
{
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);
	uint32_t first = 0;
	uint32_t end = ush_list_count(list, USH_DB_URLS);

	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (is_below(&urls[middle], path, host))
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* The best of the rules from `i` on that have this path and, if not NULL, this host. */
static const struct ush_db_url *
best_from(const struct ush_blocklist *list, const uint8_t *actions, uint32_t i,
    struct ush_db_fingerprint path, const struct ush_db_fingerprint *host)
{
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);
	const struct ush_db_url *best = NULL;

	for (; i < ush_list_count(list, USH_DB_URLS); i++) {
		const struct ush_db_url *url = &urls[i];

		if (url->path != path.high || url->path_low != path.low)
			break;
		if (host != NULL && (url->host != host->high || url->host_low != host->low))
			break;
		if (host == NULL && (url->flags & USH_DB_URL_PLANTED) == 0)
			continue;
		if (ush_list_action(list, actions, url->class_id) == USH_ACTION_NONE)
			continue;
		/* Class ids are in order of precedence. */
		if (best == NULL || url->class_id < best->class_id)
			best = url;
	}
	return best;
}

bool
ush_blocklist_match_url(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *host, const char *path, size_t path_len, struct ush_url_match *out)
{
	static const struct ush_db_fingerprint none = {0};
	char normal[USH_URL_PATH_MAX];
	size_t len = ush_url_path_normalise(path, path_len, normal);
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);
	const struct ush_db_url *best = NULL;
	struct ush_db_fingerprint path_print;
	bool host_known;

	if (len == 0 || ush_list_count(list, USH_DB_URLS) == 0)
		return false;
	path_print = ush_db_fingerprint(&list->header, normal, len);
	if (host != NULL) {
		struct ush_db_fingerprint host_print =
		    ush_db_fingerprint(&list->header, host->wire, host->len - 1u);

		best = best_from(list, actions, lower_bound(list, path_print, host_print),
		    path_print, &host_print);
	}
	host_known = best != NULL && (best->flags & USH_DB_URL_HOST_GUESSED) == 0;
	if (best == NULL)
		best =
		    best_from(list, actions, lower_bound(list, path_print, none), path_print, NULL);
	if (best == NULL || list->classes[best->class_id].never_block)
		return false;
	*out = (struct ush_url_match){
	    .rule = list->first_url_rule + (uint32_t)(best - urls),
	    .class_id = best->class_id,
	    .action = ush_list_action(list, actions, best->class_id),
	    .planted = (best->flags & USH_DB_URL_PLANTED) != 0,
	    .host_known = host_known,
	    .line = best->line,
	};
	return true;
}
