/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/remember.h"

#include "module/chain.h"

static unsigned
place_of(const struct ush_module *module, const struct ush_worker *worker)
{
	return (unsigned)(worker - module->workers);
}

void
ush_remember_ask(struct ush_module *module, const struct ush_worker *worker,
    const struct ush_name *name, uint16_t qtype, const struct reply_info *rep,
    const struct comm_reply *to, struct ush_passive_question *question)
{
	bool has_address =
	    rep->an_numrrsets > 0 && (qtype == LDNS_RR_TYPE_A || qtype == LDNS_RR_TYPE_AAAA);
	struct ush_address client;
	uint16_t port;

	client = ush_client_address(to, &port);
	ush_passive_ask(
	    module->passive, place_of(module, worker), name, &client, has_address, question);
}

void
ush_remember(struct ush_module *module, struct ush_worker *worker,
    const struct ush_passive_question *question, const struct ush_name *name,
    const struct reply_info *rep, const struct comm_reply *to)
{
	struct ush_address resolved[USH_RESOLVED_MAX] = {0};
	struct ush_address client;
	struct ush_view view;
	bool is_active, is_exempt;
	uint16_t port;

	client = ush_client_address(to, &port);
	ush_lists_enter(&module->lists, worker->reader, &view);
	is_active = ush_view_active(&view);
	is_exempt = ush_client_of(&view, &client) == USH_CLIENT_EXEMPT;
	ush_lists_leave(worker->reader);
	if (is_active && is_exempt)
		ush_passive_remember(question); /* not asked again in this hour */
	if (!is_active || is_exempt)
		return;
	ush_addresses_of(rep, resolved);
	ush_passive_record(module->passive, place_of(module, worker), question, name, &client,
	    resolved[0].family != 0);
}
