/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/findings.h"

#include <stdlib.h>
#include <string.h>

#define STEP 256

struct ush_finding *
ush_findings_add(struct ush_findings *findings)
{
	struct ush_finding *items = findings->items;

	if (findings->count % STEP == 0) {
		items = reallocarray(items, findings->count + STEP, sizeof(*items));
		if (items == NULL)
			return NULL;
		findings->items = items;
	}
	items[findings->count] = (struct ush_finding){0};
	return &items[findings->count++];
}

static void
free_finding(struct ush_finding *finding)
{
	free(finding->value);
	free(finding->raw);
	free(finding->words);
	free(finding->remark);
	free(finding->hosts);
}

void
ush_findings_fini(struct ush_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free_finding(&findings->items[i]);
	free(findings->items);
	*findings = (struct ush_findings){0};
}

/* By value, entries first, then in the order of the report. */
static int
compare(const void *a, const void *b)
{
	const struct ush_finding *x = *(const struct ush_finding *const *)a;
	const struct ush_finding *y = *(const struct ush_finding *const *)b;
	int order = strcmp(x->value, y->value);

	if (order == 0)
		order = (int)x->kind - (int)y->kind;
	if (order == 0)
		order = (x->why_not != NULL) - (y->why_not != NULL);
	return order != 0 ? order : (x > y) - (x < y);
}

void
ush_findings_unite(struct ush_findings *findings)
{
	struct ush_finding **sorted = calloc(findings->count + 1, sizeof(struct ush_finding *));
	size_t kept = 0;

	if (sorted == NULL)
		return; /* a draft with repetitions is a good draft */
	for (size_t i = 0; i < findings->count; i++)
		sorted[i] = &findings->items[i];
	qsort(sorted, findings->count, sizeof(struct ush_finding *), compare);
	for (size_t i = findings->count; i > 1; i--) {
		const struct ush_finding *before = sorted[i - 2];

		if (strcmp(before->value, sorted[i - 1]->value) == 0 &&
		    before->kind == sorted[i - 1]->kind) {
			free_finding(sorted[i - 1]);
			sorted[i - 1]->kind = USH_KIND_NONE;
		}
	}
	free(sorted);
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].kind != USH_KIND_NONE)
			findings->items[kept++] = findings->items[i];
	}
	findings->count = kept;
}
