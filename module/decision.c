/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/decision.h"

#include <string.h>
#include "module/generation.h"

const char *
ush_trigger_text(enum ush_trigger trigger)
{
	static const char *const texts[] = {
	    [USH_TRIGGER_QNAME] = "qname",
	    [USH_TRIGGER_CNAME] = "cname",
	    [USH_TRIGGER_RESPONSE_IP] = "response-ip",
	    [USH_TRIGGER_CANARY] = "canary",
	};

	return texts[trigger];
}

static bool
is_active(const struct ush_generation *generation)
{
	return generation && generation->settings->mode != USH_MODE_OFF;
}

static bool
enforces(const struct ush_generation *generation)
{
	/* The canary is answered in monitor mode as well. */
	return is_active(generation) &&
	       (generation->settings->mode == USH_MODE_ENFORCE || generation->has_canary);
}

bool
ush_view_active(const struct ush_view *view)
{
	return is_active(view->current) || is_active(view->pending);
}

bool
ush_view_enforces(const struct ush_view *view)
{
	return enforces(view->current) || enforces(view->pending);
}

bool
ush_view_has_networks(const struct ush_view *view)
{
	return (is_active(view->current) && view->current->has_networks) ||
	       (is_active(view->pending) && view->pending->has_networks);
}

/* The operator's newest word about clients: settings need no eviction to be true. */
static const struct ush_module_settings *
newest_settings(const struct ush_view *view)
{
	const struct ush_generation *generation = view->pending ? view->pending : view->current;

	return generation ? &generation->settings->module : NULL;
}

enum ush_client
ush_client_of(const struct ush_view *view, const struct ush_address *address)
{
	const struct ush_module_settings *settings = newest_settings(view);

	if (!settings)
		return USH_CLIENT_NORMAL;
	if (settings->exempt.count && ush_networks_contain(&settings->exempt, address))
		return USH_CLIENT_EXEMPT;
	if (settings->monitor_only.count && ush_networks_contain(&settings->monitor_only, address))
		return USH_CLIENT_MONITOR;
	return USH_CLIENT_NORMAL;
}

bool
ush_client_is_forwarder(const struct ush_view *view, const struct ush_address *address)
{
	const struct ush_module_settings *settings = newest_settings(view);

	return settings && settings->trusted_forwarders.count &&
	       ush_networks_contain(&settings->trusted_forwarders, address);
}

static enum ush_action
by_mode(const struct ush_generation *generation, enum ush_action action)
{
	if (generation->settings->mode == USH_MODE_MONITOR && action != USH_ACTION_PASSTHRU)
		return USH_ACTION_MONITOR;
	return action;
}

static bool
find_name_in(const struct ush_generation *generation, const struct ush_name *name, bool is_qname,
    struct ush_hit *hit)
{
	if (!is_active(generation))
		return false;
	hit->generation = generation;
	if (generation->has_canary && ush_name_equal(name, &generation->canary)) {
		hit->trigger = USH_TRIGGER_CANARY;
		hit->action = USH_ACTION_SINKHOLE;
		return true;
	}
	if (!generation->list || !ush_blocklist_match_name(generation->list->blocklist,
	                             generation->actions, name, &hit->match))
		return false;
	hit->trigger = is_qname ? USH_TRIGGER_QNAME : USH_TRIGGER_CNAME;
	hit->action = by_mode(generation, hit->match.action);
	return true;
}

bool
ush_is_for_validators(uint16_t qtype)
{
	switch (qtype) {
	case USH_TYPE_DS:
	case USH_TYPE_DNSKEY:
	case USH_TYPE_NS:
	case USH_TYPE_SOA:
	case USH_TYPE_RRSIG:
	case USH_TYPE_NSEC:
	case USH_TYPE_NSEC3:
	case USH_TYPE_NSEC3PARAM:
		return true;
	default:
		return false;
	}
}

static bool
find_name(
    const struct ush_view *view, const struct ush_name *name, bool is_qname, struct ush_hit *hit)
{
	return find_name_in(view->pending, name, is_qname, hit) ||
	       find_name_in(view->current, name, is_qname, hit);
}

/* Whether `hit`, which is for this name, leaves alone what validators ask for. If not it becomes
 * the rule that covers the names below: one for this name alone may stand in front of it. */
static bool
is_left_alone(const struct ush_view *view, const struct ush_name *name, uint16_t qtype,
    bool is_qname, struct ush_hit *hit)
{
	struct ush_name below;

	if (hit->action == USH_ACTION_PASSTHRU)
		return false;
	if ((hit->trigger == USH_TRIGGER_CANARY || !hit->match.subdomains) &&
	    (ush_name_below(name, &below) != 0 || !find_name(view, &below, is_qname, hit) ||
	        hit->action == USH_ACTION_PASSTHRU))
		return true;
	/* The parent zone's word about the listed name: with it a validator accepts our answers for
	 * a zone that is not signed. */
	return qtype == USH_TYPE_DS && ush_name_labels(name) == hit->match.labels;
}

bool
ush_find_name(const struct ush_view *view, const struct ush_name *name, uint16_t qtype,
    bool is_qname, struct ush_hit *hit)
{
	return find_name(view, name, is_qname, hit) &&
	       (!ush_is_for_validators(qtype) || !is_left_alone(view, name, qtype, is_qname, hit));
}

bool
ush_is_never_blocked(const struct ush_view *view, const struct ush_name *name)
{
	const struct ush_generation *generation = view->pending ? view->pending : view->current;

	return generation && generation->list &&
	       ush_blocklist_never_blocks(generation->list->blocklist, name);
}

static bool
find_address_in(
    const struct ush_generation *generation, const struct ush_address *address, struct ush_hit *hit)
{
	if (!is_active(generation) || !generation->has_networks)
		return false;
	if (!ush_blocklist_match_address(
	        generation->list->blocklist, generation->actions, address, &hit->match))
		return false;
	hit->generation = generation;
	hit->trigger = USH_TRIGGER_RESPONSE_IP;
	hit->action = by_mode(generation, hit->match.action);
	return true;
}

bool
ush_find_address(
    const struct ush_view *view, const struct ush_address *address, struct ush_hit *hit)
{
	return find_address_in(view->pending, address, hit) ||
	       find_address_in(view->current, address, hit);
}

/* RFC 6052: right behind the prefix, but that octet 8 is left out. */
static bool
is_behind(
    const struct ush_network *prefix, const struct ush_address *address, struct ush_address *behind)
{
	unsigned at = prefix->bits / 8;

	if (prefix->bits == 0 || !ush_network_contains(prefix, address))
		return false;
	*behind = (struct ush_address){.family = AF_INET};
	for (unsigned i = 0; i < 4; i++) {
		at += at == 8;
		behind->octets[i] = address->octets[at++];
	}
	return true;
}

bool
ush_address_behind_dns64(
    const struct ush_view *view, const struct ush_address *address, struct ush_address *behind)
{
	static const struct ush_network well_known = {
	    .base = {.family = AF_INET6, .octets = {0x00, 0x64, 0xff, 0x9b}}, .bits = 96};

	return is_behind(&well_known, address, behind) ||
	       (view->dns64 && is_behind(view->dns64, address, behind));
}

bool
ush_hit_forbids(const struct ush_hit *hit)
{
	return hit->action != USH_ACTION_PASSTHRU && hit->action != USH_ACTION_MONITOR;
}

bool
ush_hit_precedes(
    const struct ush_view *view, const struct ush_hit *hit, const struct ush_hit *other)
{
	struct ush_class here, there;

	if (hit->generation != other->generation)
		return hit->generation == view->pending;
	if (hit->trigger == USH_TRIGGER_CANARY || other->trigger == USH_TRIGGER_CANARY ||
	    hit->match.class_id >= other->match.class_id)
		return false;
	/* Classes of one feed have an order too, but within it QNAME comes first. */
	ush_blocklist_class(hit->generation->list->blocklist, hit->match.class_id, &here);
	ush_blocklist_class(other->generation->list->blocklist, other->match.class_id, &there);
	return strcmp(here.feed, there.feed) != 0;
}

static struct ush_address
address_of(const struct ush_generation *generation, uint32_t class_id, int family)
{
	const struct ush_address *address =
	    ush_policy_address(generation->policy, class_id, family);

	return address ? *address : (struct ush_address){0};
}

static struct ush_network
network_around(const struct ush_address *address, uint8_t bits)
{
	struct ush_network network = {.base = *address, .bits = bits};

	for (unsigned i = 0; i < sizeof(network.base.octets); i++) {
		unsigned left = bits > i * 8 ? bits - i * 8 : 0;

		if (left < 8)
			network.base.octets[i] &= (uint8_t)(0xff00u >> left);
	}
	return network;
}

void
ush_decision_of(const struct ush_hit *hit, const struct ush_name *met,
    const struct ush_address *address, struct ush_decision *decision)
{
	const struct ush_generation *generation = hit->generation;
	struct ush_campaign campaign;
	struct ush_class class;

	decision->trigger = hit->trigger;
	decision->action = hit->action;
	decision->ttl = generation->settings->module.ttl;
	decision->serial = ush_generation_serial(generation);
	decision->recording = USH_RECORD_ALL;
	if (hit->trigger == USH_TRIGGER_CANARY) {
		decision->drill = true;
		decision->subdomains = false;
		decision->rule_name = *met;
		decision->feed = "canary";
		decision->campaign = decision->software = "";
		decision->address4 = generation->canary4;
		decision->address6 = generation->canary6;
		return;
	}
	ush_blocklist_class(generation->list->blocklist, hit->match.class_id, &class);
	ush_blocklist_campaign(generation->list->blocklist, class.campaign_id, &campaign);
	decision->drill = generation->settings->drill;
	decision->subdomains = hit->match.subdomains;
	decision->feed = class.feed;
	decision->campaign = class.campaign;
	decision->software = campaign.software;
	decision->recording = ush_policy_recording(generation->policy, hit->match.class_id);
	decision->address4 = address_of(generation, hit->match.class_id, AF_INET);
	decision->address6 = address_of(generation, hit->match.class_id, AF_INET6);
	if (hit->trigger == USH_TRIGGER_RESPONSE_IP)
		decision->rule_network = network_around(address, hit->match.bits);
	else
		ush_name_suffix(
		    met, ush_name_labels(met) - hit->match.labels, &decision->rule_name);
}

/* An address on loopback means the client itself: only a client on loopback may be directed
 * there. */
static struct ush_address
for_client(const struct ush_address *address, const struct ush_address *client, bool *withheld)
{
	if (address->family != 0 && ush_address_is_loopback(address) && client &&
	    !ush_address_is_loopback(client)) {
		*withheld = true;
		return (struct ush_address){0};
	}
	return *address;
}

void
ush_plan_answer(const struct ush_decision *decision, const struct ush_name *qname, uint16_t qtype,
    const struct ush_address *client, struct ush_plan *plan)
{
	bool by_name =
	    decision->trigger == USH_TRIGGER_QNAME || decision->trigger == USH_TRIGGER_CANARY;

	memset(plan, 0, sizeof(*plan));
	plan->ttl = decision->ttl;
	plan->serial = decision->serial;
	plan->owner_labels = ush_name_labels(by_name ? &decision->rule_name : qname);
	/* NXDOMAIN denies every name below (RFC 8020): only true where the rule covers them. */
	if (decision->action == USH_ACTION_NXDOMAIN && by_name && decision->subdomains)
		plan->rcode = USH_RCODE_NXDOMAIN;
	if (decision->action != USH_ACTION_SINKHOLE)
		return;
	if (qtype == USH_TYPE_A || qtype == USH_TYPE_ANY)
		plan->address4 = for_client(&decision->address4, client, &plan->loopback_withheld);
	if (qtype == USH_TYPE_AAAA || qtype == USH_TYPE_ANY)
		plan->address6 = for_client(&decision->address6, client, &plan->loopback_withheld);
}

enum ush_settlement
ush_settle(const struct ush_waiting *waiting)
{
	if (waiting->normal == 0)
		return USH_SETTLE_LEAVE;
	if (waiting->inside)
		return USH_SETTLE_DEFER;
	if (waiting->special == 0)
		return USH_SETTLE_ANSWER;
	return waiting->same_for_all ? USH_SETTLE_DEFER : USH_SETTLE_SPLIT;
}
