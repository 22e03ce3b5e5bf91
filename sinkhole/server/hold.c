/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/hold.h"

#include <stdlib.h>
#include <string.h>

#include "sinkhole/evidence/words.h"
#include "sinkhole/server/limits.h"

/* What only a program sends that has no business here. */
#define OF_SUSPECTS                                                               \
	(USH_EVIDENCE_DECODED | USH_EVIDENCE_C2_URL | USH_EVIDENCE_FAMILY_AGENT | \
	    USH_EVIDENCE_AUTOMATION)
/* Beside which it is no suspect's, or may be a person's. */
#define OF_OTHERS                                                           \
	(USH_EVIDENCE_BROWSER | USH_EVIDENCE_HINT | USH_EVIDENCE_PREFETCH | \
	    USH_EVIDENCE_EMBEDDED | USH_EVIDENCE_PAGE | USH_EVIDENCE_SCANNER)

static bool
is_suspect(const struct ush_finding *finding)
{
	return (finding->host_listed || finding->url_listed || finding->beacon.family != NULL) &&
	       (finding->evidence & OF_SUSPECTS) != 0 && (finding->evidence & OF_OTHERS) == 0 &&
	       !finding->is_private && !finding->drill;
}

uint32_t
ush_hold_seconds(struct ush_loop *loop, const struct ush_contact *contact)
{
	uint32_t seconds = loop->snapshot->settings->sinkhole.hold;

	if (seconds == 0 || contact->from.proxied || !is_suspect(&loop->finding) ||
	    !ush_limits_hold(loop, ush_limits_host(loop, &contact->from.source)))
		return 0;
	return seconds;
}

void
ush_hold_begin(struct ush_loop *loop, const struct ush_contact *contact)
{
	ush_limits_host(loop, &contact->from.source)->held_ms = ush_time_now_ms();
}

struct ush_held *
ush_held_new(struct ush_loop *loop, const struct ush_response *response)
{
	struct ush_held *held = malloc(sizeof(*held) + response->len);

	if (held == NULL)
		return NULL;
	held->response = *response;
	memcpy(held->answer, loop->output, response->len);
	loop->held_count++;
	return held;
}

void
ush_held_free(struct ush_loop *loop, struct ush_held *held)
{
	if (held == NULL)
		return;
	loop->held_count--;
	free(held);
}
