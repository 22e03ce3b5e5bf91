/* SPDX-License-Identifier: BSD-3-Clause */
/* reply.c - Unbound's callbacks: replies to clients become events, responses from servers are
 * checked before they are stored. Callbacks observe; what they return is ignored. */
#include "module/reply.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "module/answer.h"
#include "module/cache.h"
#include "module/chain.h"
#include "module/generation.h"
#include "module/inspected.h"
#include "module/remember.h"

/* A reply on its way to a client. */
struct outgoing {
	enum ush_reply_kind kind;
	const struct query_info *qinfo;
	struct reply_info *rep; /* may be NULL */
	int rcode;
	const struct edns_data *edns;
	struct edns_option **options;
	const struct comm_reply *to;
	struct regional *region;
	bool cached;
	bool withheld;                /* rep is bogus: the client gets a failure in its place */
	const struct ush_name *qname; /* that was resolved */
	/* What the client asked for: that, or what the operator's zones made it of. */
	const struct ush_name *asked;
	bool is_alias; /* the latter */
	struct ush_address client;
	uint16_t port;
};

/* Room for its names: not inside, because most replies are not recorded and clearing it costs. */
struct event_names {
	struct ush_name qname;
	struct ush_name owner;
};

/* The thread's ring in the newest event log; false if there is none. */
static bool
find_sink(struct ush_worker *worker, const struct ush_shared_log *log, struct ush_sink *to)
{
	if (!log)
		return false;
	if (worker->ring_number != log->number) {
		worker->ring = ush_eventlog_claim(log->log);
		worker->ring_number = log->number;
	}
	*to =
	    (struct ush_sink){.ring = worker->ring, .observer = log->observer, .drill = log->drill};
	return to->ring != NULL;
}

static void
write_event(struct ush_worker *worker, const struct ush_view *view, struct ush_dns_event *event)
{
	const struct ush_generation *newest = view->pending ? view->pending : view->current;
	enum ush_recording recording = event->decision->recording;
	struct ush_sink to;
	bool counted;

	if (!newest || !find_sink(worker, newest->log, &to))
		return;
	event->time_ms = ush_time_now_ms();
	if (recording == USH_RECORD_FIRST &&
	    !ush_firsts_add(worker->firsts, event, ush_ring_has_room(to.ring, USH_DNS_EVENT_MAX))) {
		ush_count(&worker->counters, USH_COUNT_OMITTED, 1);
		return;
	}
	if (recording == USH_RECORD_COUNT)
		counted = ush_repeats_write(worker->hours, &to, event, 1);
	else
		counted = ush_repeats_write(
		    worker->repeats, &to, event, newest->settings->module.max_repeats);
	if (counted)
		ush_count(&worker->counters, USH_COUNT_FOLDED, 1);
}

static bool
has_repeats(const struct ush_worker *worker)
{
	return ush_repeats_are_waiting(worker->repeats) || ush_repeats_are_waiting(worker->hours);
}

/* What `worker` has counted only, in seconds and hours that are over by `now_ms`; written by
 * `writer`. */
static void
write_repeats(struct ush_module *module, struct ush_worker *writer, const struct ush_worker *worker,
    uint64_t now_ms)
{
	const struct ush_generation *newest;
	struct ush_view view;
	struct ush_sink to;

	ush_lists_enter(&module->lists, writer->reader, &view);
	newest = view.pending ? view.pending : view.current;
	if (newest && find_sink(writer, newest->log, &to)) {
		ush_repeats_flush(worker->repeats, &to, now_ms);
		ush_repeats_flush(worker->hours, &to, now_ms);
	}
	ush_lists_leave(writer->reader);
}

void
ush_record_repeats(struct ush_module *module)
{
	struct ush_worker *self = ush_worker_self(module);
	uint64_t now_ms = ush_time_now_ms();

	for (unsigned i = 0; self && i < module->places; i++) {
		if (has_repeats(&module->workers[i]))
			write_repeats(module, self, &module->workers[i], now_ms);
	}
}

void
ush_record_last_repeats(struct ush_module *module)
{
	for (unsigned i = 0; i < module->places; i++) {
		if (has_repeats(&module->workers[i]))
			write_repeats(module, &module->workers[i], &module->workers[i], UINT64_MAX);
	}
}

/* What forwarders call their client, as dnsmasq sends it: a MAC address in six octets (add-mac), or
 * a text (add-mac=text and base64, add-cpe-id). */
static void
read_claimed_id(const struct edns_data *edns, char id[USH_CLAIMED_ID_MAX])
{
	enum { MAC = 65001, DEVICE_ID = 65073, CPE_ID = 65074 };
	static const uint16_t texts[] = {DEVICE_ID, CPE_ID};
	const struct edns_option *option = edns_opt_list_find(edns->opt_list_in, MAC);

	if (option && option->opt_len == 6) {
		const uint8_t *mac = option->opt_data;

		(void)snprintf(id, USH_CLAIMED_ID_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		    mac[1], mac[2], mac[3], mac[4], mac[5]);
		return;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		option = edns_opt_list_find(edns->opt_list_in, texts[i]);
		if (option && option->opt_len > 0 && option->opt_len < USH_CLAIMED_ID_MAX) {
			memcpy(id, option->opt_data, option->opt_len);
			return;
		}
	}
}

/* ECS (RFC 7871) of a forwarder that we trust: family, source bits, scope bits, address. */
static void
read_claim(const struct ush_view *view, const struct outgoing *out, struct ush_dns_event *event)
{
	struct ush_network *claimed = &event->claimed;
	const struct edns_option *option;
	struct ush_address address = {0};
	size_t len;

	if (!out->edns || !ush_client_is_forwarder(view, &out->client))
		return;
	read_claimed_id(out->edns, event->claimed_id);
	option = edns_opt_list_find(out->edns->opt_list_in, LDNS_EDNS_CLIENT_SUBNET);
	if (!option || option->opt_len < 4 || option->opt_data[0] != 0)
		return;
	len = option->opt_len - 4;
	address.family = option->opt_data[1] == 1 ? AF_INET : AF_INET6;
	if ((option->opt_data[1] != 1 && option->opt_data[1] != 2) ||
	    len > (address.family == AF_INET ? 4u : 16u) || option->opt_data[2] > len * 8)
		return;
	memcpy(address.octets, option->opt_data + 4, len);
	claimed->base = address;
	claimed->bits = option->opt_data[2];
}

static bool
is_wildcard(const struct ush_address *address)
{
	static const uint8_t zeros[sizeof(address->octets)];

	return memcmp(address->octets, zeros, sizeof(zeros)) == 0;
}

/* Which of the resolver's addresses was asked, as far as Unbound knows without asking the kernel.
 * Behind a proxy it is the proxy that called this one. */
static struct ush_address
server_address(const struct comm_reply *to, uint16_t *port)
{
	const struct sockaddr *listening = ush_listening_address(to->c);
	struct ush_address address = {0};

	*port = 0;
	if (to->is_proxied || !listening ||
	    ush_address_from_sockaddr(&address, port, listening) != 0)
		return (struct ush_address){0};
	if (to->srctype == 4) {
		address = (struct ush_address){.family = AF_INET};
		memcpy(address.octets, &to->pktinfo.v4info.ipi_addr, 4);
	} else if (to->srctype == 6) {
		address = (struct ush_address){.family = AF_INET6};
		memcpy(address.octets, &to->pktinfo.v6info.ipi6_addr, 16);
	}
	if (is_wildcard(&address))
		return (struct ush_address){0};
	return address;
}

static enum ush_carrier
carrier_of(const struct comm_point *point)
{
	if (point->type == comm_udp)
		return USH_CARRIER_UDP;
	if (ush_is_quic(point))
		return USH_CARRIER_QUIC;
	if (point->type == comm_http)
		return USH_CARRIER_HTTPS;
	return point->ssl != NULL ? USH_CARRIER_TLS : USH_CARRIER_TCP;
}

static void
fill_event(const struct ush_view *view, const struct outgoing *out,
    const struct ush_decision *decision, enum ush_dns_outcome outcome, struct ush_dns_event *event)
{
	*event = (struct ush_dns_event){
	    .outcome = outcome,
	    .decision = decision,
	    .client = out->client,
	    .client_port = out->port,
	    .carrier = carrier_of(out->to->c),
	    .qname = out->asked,
	    .qtype = out->qinfo->qtype,
	    .qclass = out->qinfo->qclass,
	    .rcode = out->rcode,
	    .cached = out->cached,
	};
	event->server = server_address(out->to, &event->server_port);
	if (event->rcode == 0 && out->rep)
		event->rcode = (int)FLAGS_GET_RCODE(out->rep->flags);
	read_claim(view, out, event);
}

static enum ush_counter
counter_of(enum ush_action action)
{
	switch (action) {
	case USH_ACTION_SINKHOLE:
		return USH_COUNT_SINKHOLE;
	case USH_ACTION_NXDOMAIN:
		return USH_COUNT_NXDOMAIN;
	case USH_ACTION_NODATA:
		return USH_COUNT_NODATA;
	case USH_ACTION_DROP:
		return USH_COUNT_DROP;
	default:
		return USH_COUNT_MONITOR;
	}
}

/* Where the operator's own zones name an alias Unbound resolves its target as if that had been
 * asked for. */
static int
set_names(struct outgoing *out, const struct local_rrset *alias, struct event_names *names)
{
	const struct query_info *qinfo = out->qinfo;

	if (ush_name_from_wire(&names->qname, qinfo->qname, qinfo->qname_len) != 0)
		return -1;
	out->is_alias = alias && ush_name_from_wire(&names->owner, alias->rrset->rk.dname,
	                             alias->rrset->rk.dname_len) == 0;
	out->qname = &names->qname;
	out->asked = out->is_alias ? &names->owner : &names->qname;
	return 0;
}

/* Only where something is recorded: for most replies the address is not needed. */
static void
set_client(struct outgoing *out)
{
	out->client = ush_client_address(out->to, &out->port);
}

static void
set_trigger(const struct outgoing *out, struct ush_decision *decision)
{
	if (out->is_alias && decision->trigger == USH_TRIGGER_QNAME)
		decision->trigger = USH_TRIGGER_CNAME;
}

/* A reply that we made. */
static void
record_answered(struct ush_worker *worker, const struct ush_view *view, const struct outgoing *out,
    const struct ush_query *query)
{
	struct ush_decision decision = *query->decision;
	struct ush_dns_event event;

	set_trigger(out, &decision);
	fill_event(view, out, &decision, USH_DNS_ACTED, &event);
	if (event.rcode == USH_RCODE_NOERROR) {
		event.resolved[0] = query->plan.address4;
		event.resolved[event.resolved[0].family != 0] = query->plan.address6;
	}
	ush_count(&worker->counters, counter_of(decision.action), 1);
	write_event(worker, view, &event);
}

static bool
is_error(const struct outgoing *out)
{
	uint16_t rcode = FLAGS_GET_RCODE(out->rep->flags);

	return out->rcode != LDNS_RCODE_NOERROR ||
	       (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN);
}

/* Whether the reply hands out what the lists forbid, an answer or a denial, or comes from the cache
 * in the place of ours: an error. Not one that was just met, and not the bare delegation that a
 * query without RD gets. */
static bool
tells_something(const struct outgoing *out)
{
	const struct reply_info *rep = out->rep;

	if (!rep)
		return false;
	if (is_error(out))
		return out->cached;
	if (FLAGS_GET_RCODE(rep->flags) == LDNS_RCODE_NXDOMAIN || rep->an_numrrsets > 0)
		return true;
	return !(rep->ns_numrrsets > 0 && ush_rrset_type(rep->rrsets[0]) == LDNS_RR_TYPE_NS);
}

static bool
find_in_reply(const struct ush_view *view, const struct outgoing *out,
    const struct module_qstate *qstate, struct ush_hit *hit, struct ush_met *met)
{
	if (out->withheld)
		return ush_find_in_answer(view, out->qname, out->qinfo->qtype, NULL, hit, met);
	return ush_find_in_outcome(
	           view, out->qname, out->qinfo->qtype, out->rep, qstate, hit, met) ||
	       (out->cached && ush_inspects_additional(out->qinfo->qtype) &&
	           ush_find_in_additional(view, out->rep, hit, met));
}

/* Whether the list in force forbids it, or only the one that is still pending. */
static bool
is_in_force(const struct ush_view *view, const struct outgoing *out)
{
	struct ush_view current = {.current = view->current, .dns64 = view->dns64};
	struct ush_met met;
	struct ush_hit hit;

	return find_in_reply(&current, out, NULL, &hit, &met) && ush_hit_forbids(&hit);
}

/* A reply that Unbound made: record it if it has to do with the lists, and as a leak if it should
 * not have been given. False if there is nothing to record. */
static bool
record_observed(struct ush_module *module, struct ush_worker *worker, const struct ush_view *view,
    struct outgoing *out, const struct module_qstate *qstate)
{
	enum ush_dns_outcome outcome = USH_DNS_MONITOR;
	enum ush_client class;
	struct ush_decision decision;
	struct ush_dns_event event;
	struct ush_met met;
	struct ush_hit hit;

	if (!find_in_reply(view, out, qstate, &hit, &met))
		return false;
	if (hit.action == USH_ACTION_PASSTHRU)
		return true;
	/* A delegation without an answer (for clients that may ask without RD) comes from the cache each
	 * time. */
	if (ush_hit_forbids(&hit) && out->cached && tells_something(out))
		ush_cache_leaked(module, out->qinfo);
	set_client(out);
	class = ush_client_of(view, &out->client);
	if (class == USH_CLIENT_EXEMPT)
		return true;
	if (ush_hit_forbids(&hit) && class == USH_CLIENT_NORMAL && tells_something(out) &&
	    is_in_force(view, out))
		outcome = USH_DNS_LEAKED;
	ush_decision_of_met(&hit, &met, &decision);
	set_trigger(out, &decision);
	fill_event(view, out, &decision, outcome, &event);
	if (out->rep && !out->withheld && out->rcode == LDNS_RCODE_NOERROR)
		ush_addresses_of(out->rep, event.resolved);
	ush_count(
	    &worker->counters, outcome == USH_DNS_LEAKED ? USH_COUNT_LEAKED : USH_COUNT_MONITOR, 1);
	write_event(worker, view, &event);
	return true;
}

/* The key (inspected.h) of this reply if it comes from the cache and holds nothing listed. */
static uint32_t
inspection_key(const struct ush_module *module, const struct outgoing *out)
{
	if (!out->cached || !out->rep || out->is_alias || out->withheld)
		return 0;
	return ush_inspection_key(&module->lists, out->qinfo, out->rep);
}

/* The operator's own zones came first. False if there was nothing to shadow. */
static bool
record_shadowed(struct ush_worker *worker, const struct ush_view *view, struct outgoing *out)
{
	struct ush_decision decision;
	struct ush_dns_event event;
	struct ush_hit hit;

	if (!ush_find_name(view, out->asked, out->qinfo->qtype, true, &hit) ||
	    hit.action == USH_ACTION_PASSTHRU)
		return false;
	set_client(out);
	if (ush_client_of(view, &out->client) == USH_CLIENT_EXEMPT)
		return false;
	ush_decision_of(&hit, out->asked, NULL, &decision);
	fill_event(view, out, &decision, USH_DNS_SHADOWED, &event);
	ush_count(&worker->counters, USH_COUNT_SHADOWED, 1);
	write_event(worker, view, &event);
	return true;
}

void
ush_record_drop(struct ush_module *module, struct ush_worker *worker, const struct ush_view *view,
    const struct ush_decision *decision, const struct module_qstate *qstate,
    const struct mesh_reply *reply)
{
	struct outgoing out = {
	    .qinfo = &qstate->qinfo,
	    .edns = &reply->edns,
	    .to = &reply->query_reply,
	};
	struct ush_decision said = *decision;
	struct ush_dns_event event;
	struct event_names names;

	(void)module;
	if (set_names(&out, reply->local_alias, &names) != 0)
		return;
	set_client(&out);
	set_trigger(&out, &said);
	fill_event(view, &out, &said, USH_DNS_ACTED, &event);
	event.rcode = -1;
	ush_count(&worker->counters, USH_COUNT_DROP, 1);
	write_event(worker, view, &event);
}

/* Whether this reply carries our answer. If one query state serves clients of both kinds, this is
 * where each gets its own. */
static bool
is_ours(const struct ush_view *view, struct outgoing *out, struct ush_query *query)
{
	if (!query || !query->decision)
		return false;
	set_client(out);
	if (!query->shared)
		return true;
	if (out->rep != query->shared || ush_client_of(view, &out->client) != USH_CLIENT_NORMAL) {
		*query->shared = query->real;
		return false;
	}
	*query->shared = *query->forged;
	return true;
}

/* False if there is nothing to record. */
static bool
record_under(struct ush_module *module, struct ush_worker *worker, const struct ush_view *view,
    struct outgoing *out, struct module_qstate *qstate)
{
	struct ush_query *query = qstate ? qstate->minfo[module->id] : NULL;

	if (!ush_view_active(view) && (!query || !query->decision))
		return true; /* not inspected: to be inspected when the mode changes */
	if (is_ours(view, out, query)) {
		(void)ush_add_ede(out->options, query->ede_text, out->region);
		record_answered(worker, view, out, query);
		return true;
	}
	if ((out->kind == USH_REPLY_LOCAL || out->is_alias) && record_shadowed(worker, view, out))
		return true;
	return out->kind != USH_REPLY_LOCAL && record_observed(module, worker, view, out, qstate);
}

/* An answer, also that there is no such name. */
static void
ask_passive(struct ush_module *module, const struct ush_worker *worker, const struct outgoing *out,
    struct ush_passive_question *question)
{
	question->tag = 0;
	if (ush_passive_is_on(module->passive) && out->rep && !out->withheld && !is_error(out))
		ush_remember_ask(
		    module, worker, out->asked, out->qinfo->qtype, out->rep, out->to, question);
}

static void
record(struct ush_module *module, struct outgoing *out, struct module_qstate *qstate)
{
	struct ush_worker *worker;
	struct ush_view view;
	struct event_names names;
	struct ush_passive_question question;
	bool is_recorded = false;
	uint32_t key;

	/* Without a client it is for Unbound itself; answers of class CHAOS have no question here. */
	if (!out->to || !out->qinfo || !ush_is_internet(out->qinfo->qclass))
		return;
	worker = ush_worker_self(module);
	if (!worker || set_names(out, out->qinfo->local_alias, &names) != 0)
		return;
	/* Replies from the cache may be all that a worker ever sees. */
	if (!worker->anchored)
		ush_cache_anchor(module, worker, &((struct worker *)out->to->c->cb_arg)->env);
	out->cached = out->kind == USH_REPLY_CACHE;
	ask_passive(module, worker, out, &question);
	key = inspection_key(module, out);
	if (key == 0 || !ush_is_inspected(out->rep, key)) {
		ush_lists_enter(&module->lists, worker->reader, &view);
		is_recorded = record_under(module, worker, &view, out, qstate);
		if (!is_recorded && key != 0)
			ush_set_inspected(out->rep, key);
		ush_lists_leave(worker->reader);
	}
	if (!is_recorded && ush_passive_is_new(&question))
		ush_remember(module, worker, &question, out->asked, out->rep, out->to);
	out->qname = out->asked = NULL; /* `names` ends here */
}

/* What Unbound's four callbacks for replies differ in. */
static void
describe(const struct ush_reply_callback *callback, const struct module_qstate *qstate,
    struct reply_info *rep, int rcode, struct outgoing *out)
{
	out->kind = callback->kind;
	out->rep = rep;
	out->rcode = rcode;
	switch (callback->kind) {
	case USH_REPLY_CACHE:
		/* rcode is that of the query's flags here, always 0: the answer's stands in rep. */
		out->rcode = LDNS_RCODE_NOERROR;
		break;
	case USH_REPLY_FAILURE:
		/* In place of an answer. Also comes for one of ours that could not be encoded, and
		 * without a query state for one in the cache that is bogus. */
		out->withheld = rep && ush_is_withheld(callback->module->env, rep,
		                           qstate ? qstate->query_flags : 0);
		out->kind = !qstate && rep ? USH_REPLY_CACHE : USH_REPLY_MESH;
		if (qstate)
			out->rep = NULL;
		break;
	default:
		break;
	}
}

static int
on_reply(struct query_info *qinfo, struct module_qstate *qstate, struct reply_info *rep, int rcode,
    struct edns_data *edns, struct edns_option **options, struct comm_reply *to,
    struct regional *region, struct timeval *start, int id, void *arg)
{
	const struct ush_reply_callback *callback = arg;
	struct outgoing out = {
	    .qinfo = qinfo, .edns = edns, .options = options, .to = to, .region = region};

	(void)start, (void)id;
	describe(callback, qstate, rep, rcode, &out);
	record(callback->module, &out, qstate);
	return 1;
}

/* Whether record() would find nothing to do: a reply from the cache that was inspected before. */
static bool
is_settled(const struct ush_module *module, const struct query_info *qinfo, struct reply_info *rep)
{
	uint32_t key;

	if (!qinfo || qinfo->local_alias || !rep || ush_passive_is_on(module->passive) ||
	    atomic_load_explicit(&module->anchors, memory_order_relaxed) == 0)
		return false;
	key = ush_inspection_key(&module->lists, qinfo, rep);
	return key != 0 && ush_is_inspected(rep, key);
}

/* Most replies by far: what they do not need costs nothing here. */
__attribute__((hot)) static int
on_cached_reply(struct query_info *qinfo, struct module_qstate *qstate, struct reply_info *rep,
    int rcode, struct edns_data *edns, struct edns_option **options, struct comm_reply *to,
    struct regional *region, struct timeval *start, int id, void *arg)
{
	const struct ush_reply_callback *callback = arg;

	if (is_settled(callback->module, qinfo, rep))
		return 1;
	return on_reply(qinfo, qstate, rep, rcode, edns, options, to, region, start, id, arg);
}

static const enum inplace_cb_list_type reply_lists[USH_REPLY_KINDS] = {
    [USH_REPLY_MESH] = inplace_cb_reply,
    [USH_REPLY_CACHE] = inplace_cb_reply_cache,
    [USH_REPLY_LOCAL] = inplace_cb_reply_local,
    [USH_REPLY_FAILURE] = inplace_cb_reply_servfail,
};

int
ush_reply_register(struct ush_module *module)
{
	const struct dynlibmod_env *dynlib = module->env->modinfo[module->id];

	for (enum ush_reply_kind kind = 0; kind < USH_REPLY_KINDS; kind++) {
		module->replies[kind] = (struct ush_reply_callback){module, kind};
		if (!dynlib->inplace_cb_register_wrapped(
		        kind == USH_REPLY_CACHE ? (void *)on_cached_reply : (void *)on_reply,
		        reply_lists[kind], &module->replies[kind], module->env, module->id))
			return -1;
	}
	return 0;
}

void
ush_reply_unregister(struct ush_module *module)
{
	const struct dynlibmod_env *dynlib = module->env->modinfo[module->id];

	for (enum ush_reply_kind kind = 0; kind < USH_REPLY_KINDS; kind++)
		dynlib->inplace_cb_delete_wrapped(module->env, reply_lists[kind], module->id);
}
