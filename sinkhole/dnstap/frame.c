/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/dnstap/frame.h"

#include <jansson.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/address.h"
#include "dnstap.pb-c.h"

#define POLICY_TYPE "unbound-sinkhole"
#define ADDRESSES_MAX 8
#define EXTRA_MAX 512

/* Everything that the message points to. */
struct frame {
	const struct ush_event *event;
	json_t *line; /* the same, whole; owned */
	struct ush_address client;
	struct ush_address server;
	uint8_t *wire; /* of the DNS message; allocated by ldns */
	size_t wire_len;
	char extra[EXTRA_MAX];
};

/* What the resolver did, as the policy's action, and whether the answer can be made of the event. An
 * answer that is not ours is not in the log. */
static const struct outcome {
	const char *action; /* event.action */
	Dnstap__Policy__Action policy;
	bool is_answer;
} outcomes[] = {
    {"dns-sinkhole", DNSTAP__POLICY__ACTION__LOCAL_DATA, true},
    {"dns-nxdomain", DNSTAP__POLICY__ACTION__NXDOMAIN, true},
    {"dns-nodata", DNSTAP__POLICY__ACTION__NODATA, true},
    {"dns-drop", DNSTAP__POLICY__ACTION__DROP, false},
    {"dns-monitor", DNSTAP__POLICY__ACTION__PASS, false},
    {"dns-shadowed", DNSTAP__POLICY__ACTION__PASS, false},
    {"dns-leaked", DNSTAP__POLICY__ACTION__PASS, false},
};

static const struct outcome *
outcome_of(const struct ush_event *event)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		if (strcmp(outcomes[i].action, event->action) == 0)
			return &outcomes[i];
	}
	return NULL;
}

/* The member "a"."b" of the line; "" and 0 where it is not there. */
static const char *
text_of(json_t *line, const char *a, const char *b)
{
	const char *text = json_string_value(json_object_get(json_object_get(line, a), b));

	return text != NULL ? text : "";
}

static uint32_t
port_of(json_t *line, const char *end)
{
	json_int_t port = json_integer_value(json_object_get(json_object_get(line, end), "port"));

	return port > 0 && port <= UINT16_MAX ? (uint32_t)port : 0;
}

static json_t *
resolved(json_t *line)
{
	return json_object_get(json_object_get(line, "dns"), "resolved_ip");
}

static int
push_question(ldns_pkt *packet, const struct ush_event *event, json_t *line)
{
	json_t *dns = json_object_get(line, "dns");
	const char *class_text =
	    json_string_value(json_object_get(json_object_get(dns, "question"), "class"));
	ldns_rr_class class = ldns_get_rr_class_by_name(class_text != NULL ? class_text : "IN");
	ldns_rdf *owner = ldns_dname_new_frm_str(event->qname);
	ldns_rr *question = owner != NULL ? ldns_rr_new() : NULL;

	if (question == NULL) {
		ldns_rdf_deep_free(owner);
		return -1;
	}
	ldns_rr_set_question(question, true);
	ldns_rr_set_owner(question, owner);
	ldns_rr_set_type(question, ldns_get_rr_type_by_name(event->qtype));
	ldns_rr_set_class(question, class != 0 ? class : LDNS_RR_CLASS_IN);
	if (ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, question))
		return 0;
	ldns_rr_free(question);
	return -1;
}

static int
push_address(ldns_pkt *packet, const struct ush_event *event, const char *text, uint32_t ttl)
{
	bool is_ipv6 = strchr(text, ':') != NULL;
	ldns_rr *rr = ldns_rr_new();
	ldns_rdf *rdf = ldns_rdf_new_frm_str(is_ipv6 ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A, text);
	ldns_rdf *owner = ldns_dname_new_frm_str(event->qname);

	if (rr == NULL || rdf == NULL || owner == NULL) {
		ldns_rr_free(rr);
		ldns_rdf_deep_free(rdf);
		ldns_rdf_deep_free(owner);
		return -1;
	}
	ldns_rr_set_owner(rr, owner);
	ldns_rr_set_type(rr, is_ipv6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A);
	ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
	ldns_rr_set_ttl(rr, ttl);
	ldns_rr_push_rdf(rr, rdf);
	if (ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, rr))
		return 0;
	ldns_rr_free(rr);
	return -1;
}

static int
push_answer(ldns_pkt *packet, const struct ush_event *event, json_t *line, uint32_t ttl)
{
	const ldns_lookup_table *rcode =
	    ldns_lookup_by_name(ldns_rcodes, text_of(line, "dns", "response_code"));
	json_t *addresses = resolved(line);

	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_ra(packet, true);
	ldns_pkt_set_rcode(packet, rcode != NULL ? (uint8_t)rcode->id : 0);
	for (size_t i = 0; i < json_array_size(addresses) && i < ADDRESSES_MAX; i++) {
		const char *text = json_string_value(json_array_get(addresses, i));

		if (text == NULL || push_address(packet, event, text, ttl) != 0)
			return -1;
	}
	return 0;
}

static int
make_wire(struct frame *frame, bool is_answer, uint32_t ttl)
{
	ldns_pkt *packet = ldns_pkt_new();
	int rc = -1;

	if (packet == NULL)
		return -1;
	ldns_pkt_set_rd(packet, true);
	if (push_question(packet, frame->event, frame->line) == 0 &&
	    (!is_answer || push_answer(packet, frame->event, frame->line, ttl) == 0) &&
	    ldns_pkt2wire(&frame->wire, packet, &frame->wire_len) == LDNS_STATUS_OK)
		rc = 0;
	ldns_pkt_free(packet);
	return rc;
}

static ProtobufCBinaryData
bytes_of_text(const char *text)
{
	return (ProtobufCBinaryData){.len = strlen(text), .data = (uint8_t *)(uintptr_t)text};
}

static ProtobufCBinaryData
bytes_of_address(struct ush_address *address)
{
	return (ProtobufCBinaryData){
	    .len = address->family == AF_INET ? 4 : 16, .data = address->octets};
}

static Dnstap__SocketProtocol
protocol_of(json_t *line)
{
	const char *over = text_of(line, "sinkhole", "over");

	if (strcmp(over, "tls") == 0)
		return DNSTAP__SOCKET_PROTOCOL__DOT;
	if (strcmp(over, "https") == 0)
		return DNSTAP__SOCKET_PROTOCOL__DOH;
	if (strcmp(over, "quic") == 0)
		return DNSTAP__SOCKET_PROTOCOL__DOQ;
	return strcmp(text_of(line, "network", "transport"), "tcp") == 0
	           ? DNSTAP__SOCKET_PROTOCOL__TCP
	           : DNSTAP__SOCKET_PROTOCOL__UDP;
}

/* By what the event can be found again, and what dnstap has no field for. */
static void
write_extra(struct frame *frame)
{
	const struct ush_event *event = frame->event;

	snprintf(frame->extra, sizeof(frame->extra), "id=%s action=%s campaign=%s repeat=%llu%s",
	    event->id, event->action, event->campaign, (unsigned long long)event->repeat,
	    event->drill ? " drill" : "");
}

static void
set_ends(Dnstap__Message *message, struct frame *frame)
{
	message->has_socket_family = message->has_query_address = true;
	message->socket_family = frame->client.family == AF_INET ? DNSTAP__SOCKET_FAMILY__INET
	                                                         : DNSTAP__SOCKET_FAMILY__INET6;
	message->query_address = bytes_of_address(&frame->client);
	message->query_port = port_of(frame->line, "source");
	message->has_query_port = message->query_port != 0;
	message->has_socket_protocol = true;
	message->socket_protocol = protocol_of(frame->line);
	if (frame->server.family != frame->client.family)
		return;
	message->has_response_address = true;
	message->response_address = bytes_of_address(&frame->server);
	message->response_port = port_of(frame->line, "destination");
	message->has_response_port = message->response_port != 0;
}

static void
set_message(Dnstap__Message *message, struct frame *frame, bool is_answer)
{
	const ProtobufCBinaryData wire = {.len = frame->wire_len, .data = frame->wire};
	uint64_t seconds = frame->event->time_ms / 1000;
	uint32_t nanoseconds = (uint32_t)(frame->event->time_ms % 1000) * 1000000;

	message->type = is_answer ? DNSTAP__MESSAGE__TYPE__CLIENT_RESPONSE
	                          : DNSTAP__MESSAGE__TYPE__CLIENT_QUERY;
	message->has_query_time_sec = message->has_query_time_nsec = true;
	message->query_time_sec = seconds;
	message->query_time_nsec = nanoseconds;
	if (!is_answer) {
		message->has_query_message = true;
		message->query_message = wire;
		return;
	}
	message->has_response_time_sec = message->has_response_time_nsec = true;
	message->response_time_sec = seconds;
	message->response_time_nsec = nanoseconds;
	message->has_response_message = true;
	message->response_message = wire;
}

static void
set_policy(Dnstap__Policy *policy, const struct frame *frame, const struct outcome *outcome)
{
	const struct ush_event *event = frame->event;
	bool by_address = strcmp(event->trigger, "response-ip") == 0;
	bool has_address = json_array_size(resolved(frame->line)) > 0;

	policy->type = (char *)(uintptr_t)POLICY_TYPE;
	policy->has_rule = policy->has_value = true;
	policy->rule = bytes_of_text(event->rule);
	policy->value = bytes_of_text(event->rule_name);
	policy->has_action = policy->has_match = true;
	policy->action = outcome->policy == DNSTAP__POLICY__ACTION__LOCAL_DATA && !has_address
	                     ? DNSTAP__POLICY__ACTION__NODATA
	                     : outcome->policy;
	policy->match =
	    by_address ? DNSTAP__POLICY__MATCH__RESPONSE_IP : DNSTAP__POLICY__MATCH__QNAME;
}

/* The finished message as bytes. */
static int
pack(uint8_t **out, size_t *len, struct frame *frame, const struct outcome *outcome)
{
	Dnstap__Dnstap dnstap = DNSTAP__DNSTAP__INIT;
	Dnstap__Message message = DNSTAP__MESSAGE__INIT;
	Dnstap__Policy policy = DNSTAP__POLICY__INIT;

	set_ends(&message, frame);
	set_message(&message, frame, outcome->is_answer);
	set_policy(&policy, frame, outcome);
	message.policy = &policy;
	dnstap.type = DNSTAP__DNSTAP__TYPE__MESSAGE;
	dnstap.message = &message;
	dnstap.has_identity = dnstap.has_extra = true;
	dnstap.identity = bytes_of_text(frame->event->observer);
	write_extra(frame);
	dnstap.extra = bytes_of_text(frame->extra);
	*len = dnstap__dnstap__get_packed_size(&dnstap);
	*out = malloc(*len);
	if (*out == NULL)
		return -1;
	dnstap__dnstap__pack(&dnstap, *out);
	return 0;
}

static int
make(uint8_t **out, size_t *len, struct frame *frame, uint32_t ttl)
{
	const struct outcome *outcome = outcome_of(frame->event);

	if (frame->line == NULL || outcome == NULL ||
	    ush_address_from_text(&frame->client, frame->event->host) != 0)
		return -1;
	if (ush_address_from_text(&frame->server, text_of(frame->line, "destination", "ip")) != 0)
		frame->server.family = 0;
	if (make_wire(frame, outcome->is_answer, ttl) != 0)
		return -1;
	return pack(out, len, frame, outcome);
}

int
ush_frame_of_line(uint8_t **frame, size_t *len, const struct ush_event *event, const char *line,
    size_t line_len, uint32_t ttl)
{
	struct frame made = {.event = event, .line = json_loadb(line, line_len, 0, NULL)};
	int rc = make(frame, len, &made, ttl);

	free(made.wire);
	json_decref(made.line);
	return rc;
}
