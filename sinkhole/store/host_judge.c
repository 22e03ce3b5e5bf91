/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/host_judge.h"

/* What each row must know of the others, and the calls. What others said of the machine is apart. */
static void
judge(struct ush_host *items, size_t count)
{
	uint64_t names[2] = {0};
	uint64_t contacts[2] = {0};
	bool browses[2] = {false};
	bool scans[2] = {false};

	for (size_t i = 0; i < count; i++) {
		const struct ush_tallies *facts = &items[i].known.facts;
		bool claimed = items[i].known.claimed;

		names[claimed] += ush_tally_of(facts, USH_FACT_DNS)->distinct;
		scans[claimed] = scans[claimed] || ush_tally_of(facts, USH_FACT_SCANNER)->count > 0;
		contacts[claimed] +=
		    items[i].hits - ush_tally_of(facts, USH_FACT_CANARY_HIT)->count;
		browses[claimed] = browses[claimed] ||
		                   ush_tally_of(facts, USH_FACT_BROWSER)->count > 0 ||
		                   ush_tally_of(facts, USH_FACT_BROWSER_PLANTED)->count > 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct ush_case *known = &items[i].known;

		known->host_names = names[known->claimed];
		known->host_contacts = contacts[known->claimed];
		known->host_scans = scans[known->claimed];
		known->host_browses = browses[known->claimed];
		ush_call_make(known, &items[i].verdicts);
	}
}

/* A browser opens spare connections that it may never use. At an address that stands for no
 * campaign they say nothing beside what the host did with its browser. */
static bool
is_spare(const struct ush_host *host)
{
	return host->known.host_browses && host->campaign[0] == '\0' && host->dns == 0 &&
	       host->hits == ush_tally_of(&host->known.facts, USH_FACT_SILENT)->count;
}

/* Only facts that a newer version of the programs knows, on another machine. */
static bool
is_unknown(const struct ush_host *host)
{
	return host->known.facts.seen == 0;
}

size_t
ush_hosts_judge(struct ush_host *rows, size_t count)
{
	size_t kept = 0;

	judge(rows, count);
	for (size_t i = 0; i < count; i++) {
		if (is_unknown(&rows[i]) || is_spare(&rows[i]))
			ush_host_fini(&rows[i]);
		else
			rows[kept++] = rows[i];
	}
	return kept;
}
