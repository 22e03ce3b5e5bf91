/* SPDX-License-Identifier: BSD-3-Clause */
/* Lookup of URLs: the rules of one path lie together, those of one host within. An index made at
 * load finds planted paths without their host. */
#include "zones/blocklist.h"

#include <stdlib.h>
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

/* The best rule for this path on this host. */
static const struct ush_db_url *
best_on_host(const struct ush_blocklist *list, const uint8_t *actions,
    struct ush_db_fingerprint path, struct ush_db_fingerprint host)
{
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);
	uint32_t i = lower_bound(list, path, host);

	/* Class ids are in order of precedence. */
	for (; i < ush_list_count(list, USH_DB_URLS); i++) {
		const struct ush_db_url *url = &urls[i];

		if (url->path != path.high || url->path_low != path.low || url->host != host.high ||
		    url->host_low != host.low)
			break;
		if (ush_list_action(list, actions, url->class_id) != USH_ACTION_NONE)
			return url;
	}
	return NULL;
}

static int
compare_planted(const void *a, const void *b, void *arg)
{
	const struct ush_db_url *urls = arg;
	const struct ush_db_url *x = &urls[*(const uint32_t *)a];
	const struct ush_db_url *y = &urls[*(const uint32_t *)b];

	if (x->path != y->path)
		return x->path < y->path ? -1 : 1;
	if (x->path_low != y->path_low)
		return x->path_low < y->path_low ? -1 : 1;
	if (x->class_id != y->class_id)
		return x->class_id < y->class_id ? -1 : 1;
	return x < y ? -1 : x > y;
}

static bool
same_path_and_class(const struct ush_db_url *x, const struct ush_db_url *y)
{
	return x->path == y->path && x->path_low == y->path_low && x->class_id == y->class_id;
}

/* In the file a path's rules are sorted by host, and "/" is on a hundred thousand hosts of a long
 * list: a query for a path without a known host must not search them all. */
int
ush_list_index_planted(struct ush_blocklist *list)
{
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);
	uint32_t count = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ush_list_count(list, USH_DB_URLS); i++)
		count += (urls[i].flags & USH_DB_URL_PLANTED) != 0;
	if (count == 0)
		return 0;
	if ((list->planted = calloc(count, sizeof(*list->planted))) == NULL)
		return -1;
	list->memory_bytes += count * sizeof(*list->planted);
	for (uint32_t i = 0, k = 0; i < ush_list_count(list, USH_DB_URLS); i++) {
		if ((urls[i].flags & USH_DB_URL_PLANTED) != 0)
			list->planted[k++] = i;
	}
	qsort_r(list->planted, count, sizeof(*list->planted), compare_planted, (void *)urls);
	for (uint32_t i = 1; i < count; i++) {
		if (!same_path_and_class(&urls[list->planted[kept]], &urls[list->planted[i]]))
			list->planted[++kept] = list->planted[i];
	}
	list->planted_count = kept + 1;
	return 0;
}

/* The best rule for this path on whatever host, if it is planted. */
static const struct ush_db_url *
best_planted(
    const struct ush_blocklist *list, const uint8_t *actions, struct ush_db_fingerprint path)
{
	static const struct ush_db_fingerprint none = {0};
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);
	uint32_t first = 0;
	uint32_t end = list->planted_count;

	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (is_below(&urls[list->planted[middle]], path, none))
			first = middle + 1;
		else
			end = middle;
	}
	for (; first < list->planted_count; first++) {
		const struct ush_db_url *url = &urls[list->planted[first]];

		if (url->path != path.high || url->path_low != path.low)
			break;
		if (ush_list_action(list, actions, url->class_id) != USH_ACTION_NONE)
			return url;
	}
	return NULL;
}

bool
ush_blocklist_match_url(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *host, const char *path, size_t path_len, struct ush_url_match *out)
{
	char normal[USH_URL_PATH_MAX];
	size_t len = ush_url_path_normalise(path, path_len, normal);
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);
	const struct ush_db_url *best = NULL;
	struct ush_db_fingerprint path_print;
	bool host_known;

	if (len == 0 || ush_list_count(list, USH_DB_URLS) == 0)
		return false;
	path_print = ush_db_fingerprint(&list->header, normal, len);
	if (host != NULL)
		best = best_on_host(list, actions, path_print,
		    ush_db_fingerprint(&list->header, host->wire, host->len - 1u));
	host_known = best != NULL && (best->flags & USH_DB_URL_HOST_GUESSED) == 0;
	if (best == NULL)
		best = best_planted(list, actions, path_print);
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
