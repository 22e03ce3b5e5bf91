/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/events.h"

#include <stdio.h>
#include <string.h>

/* Nothing else but IN has events. */
#define CLASS_ANY 255

static const char *const type_names[] = {
    [1] = "A",
    [2] = "NS",
    [5] = "CNAME",
    [6] = "SOA",
    [12] = "PTR",
    [13] = "HINFO",
    [15] = "MX",
    [16] = "TXT",
    [17] = "RP",
    [18] = "AFSDB",
    [25] = "KEY",
    [28] = "AAAA",
    [29] = "LOC",
    [33] = "SRV",
    [35] = "NAPTR",
    [36] = "KX",
    [37] = "CERT",
    [39] = "DNAME",
    [43] = "DS",
    [44] = "SSHFP",
    [45] = "IPSECKEY",
    [46] = "RRSIG",
    [47] = "NSEC",
    [48] = "DNSKEY",
    [50] = "NSEC3",
    [51] = "NSEC3PARAM",
    [52] = "TLSA",
    [53] = "SMIMEA",
    [59] = "CDS",
    [60] = "CDNSKEY",
    [61] = "OPENPGPKEY",
    [62] = "CSYNC",
    [63] = "ZONEMD",
    [64] = "SVCB",
    [65] = "HTTPS",
    [99] = "SPF",
    [255] = "ANY",
    [256] = "URI",
    [257] = "CAA",
};

const char *
ush_type_text(uint16_t type, char buf[USH_TYPE_TEXT_MAX])
{
	if (type < sizeof(type_names) / sizeof(type_names[0]) && type_names[type])
		return type_names[type];
	(void)snprintf(buf, USH_TYPE_TEXT_MAX, "TYPE%u", (unsigned)type);
	return buf;
}

const char *
ush_rcode_text(int rcode)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
	    "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};

	if (rcode < 0 || (size_t)rcode >= sizeof(names) / sizeof(names[0]))
		return NULL;
	return names[rcode];
}

/* What has no room is cut off. Returns the end. Each event joins words, and snprintf() would take
 * several times as long. */
static char *
append(char *to, const char *end, const char *text)
{
	size_t len = strnlen(text, (size_t)(end - to) - 1);

	memcpy(to, text, len);
	to[len] = '\0';
	return to + len;
}

#define ACTION_MAX 32

static const char *
event_action(const struct ush_dns_event *event, char buf[ACTION_MAX])
{
	switch (event->outcome) {
	case USH_DNS_MONITOR:
		return "dns-monitor";
	case USH_DNS_SHADOWED:
		return "dns-shadowed";
	case USH_DNS_LEAKED:
		return "dns-leaked";
	case USH_DNS_ACTED:
		break;
	}
	(void)append(append(buf, buf + ACTION_MAX, "dns-"), buf + ACTION_MAX,
	    ush_action_text(event->decision->action));
	return buf;
}

static void
write_ip(struct ush_json *json, const char *key, const struct ush_address *address)
{
	char text[USH_ADDRESS_TEXT_MAX];

	if (address->family != 0)
		ush_json_string(json, key, ush_address_to_text(address, text));
}

static const struct {
	const char *transport;
	const char *over; /* NULL: plain DNS */
} carriers[] = {
    [USH_CARRIER_UDP] = {"udp", NULL},
    [USH_CARRIER_TCP] = {"tcp", NULL},
    [USH_CARRIER_TLS] = {"tcp", "tls"},
    [USH_CARRIER_HTTPS] = {"tcp", "https"},
    [USH_CARRIER_QUIC] = {"udp", "quic"},
};

static bool
is_before(const struct ush_address *a, const struct ush_address *b)
{
	if (a->family != b->family)
		return a->family == AF_INET;
	return memcmp(a->octets, b->octets, sizeof(a->octets)) < 0;
}

void
ush_resolved_add(struct ush_address resolved[USH_RESOLVED_MAX], const struct ush_address *address)
{
	struct ush_address moved = *address;

	for (size_t i = 0; i < USH_RESOLVED_MAX && moved.family != 0; i++) {
		struct ush_address held = resolved[i];

		if (held.family == 0 || is_before(&moved, &held)) {
			resolved[i] = moved;
			moved = held;
		}
	}
}

static void
write_question(struct ush_json *json, const struct ush_dns_event *event)
{
	char name[USH_NAME_TEXT_MAX], type[USH_TYPE_TEXT_MAX];

	(void)ush_name_to_text(event->qname, name);
	ush_json_object(json, "network");
	ush_json_string(json, "transport", carriers[event->carrier].transport);
	ush_json_string(json, "protocol", "dns");
	ush_json_end(json);
	ush_json_object(json, "dns");
	ush_json_object(json, "question");
	ush_json_string(json, "name", name);
	ush_json_string(json, "type", ush_type_text(event->qtype, type));
	ush_json_string(json, "class", event->qclass == CLASS_ANY ? "ANY" : "IN");
	ush_json_end(json);
	ush_json_string(json, "response_code", ush_rcode_text(event->rcode));
	if (event->resolved[0].family != 0) {
		ush_json_array(json, "resolved_ip");
		for (size_t i = 0; i < USH_RESOLVED_MAX; i++)
			write_ip(json, NULL, &event->resolved[i]);
		ush_json_end(json);
	}
	ush_json_end(json);
}

static void
write_rule(struct ush_json *json, const struct ush_decision *decision)
{
	char listed[USH_NAME_TEXT_MAX], id[USH_NAME_TEXT_MAX + 256], *to = id;
	const char *end = id + sizeof(id), *indicator = "domain-name";

	if (decision->trigger == USH_TRIGGER_RESPONSE_IP) {
		(void)ush_network_to_text(&decision->rule_network, listed);
		indicator =
		    decision->rule_network.base.family == AF_INET ? "ipv4-addr" : "ipv6-addr";
	} else {
		(void)ush_name_to_text(&decision->rule_name, listed);
	}
	to = append(to, end, decision->feed);
	to = append(to, end, "/");
	(void)append(to, end, listed);
	ush_json_object(json, "rule");
	ush_json_string(json, "id", id);
	ush_json_string(json, "name", listed);
	ush_json_string(json, "ruleset", decision->feed);
	ush_json_end(json);
	ush_json_object(json, "threat");
	ush_json_object(json, "indicator");
	ush_json_string(json, "type", indicator);
	ush_json_string(json, "name", listed);
	ush_json_end(json);
	if (decision->software[0]) {
		ush_json_object(json, "software");
		ush_json_string(json, "name", decision->software);
		ush_json_end(json);
	}
	ush_json_end(json);
}

/* The campaign's address of the family asked for, else the one it has. */
static const struct ush_address *
campaign_address(const struct ush_dns_event *event)
{
	const struct ush_decision *decision = event->decision;

	if (decision->address6.family != 0 &&
	    (event->qtype == USH_TYPE_AAAA || decision->address4.family == 0))
		return &decision->address6;
	return &decision->address4;
}

/* An address, or what a forwarder left of it. */
static void
write_claimed(struct ush_json *json, const struct ush_network *claimed)
{
	char text[USH_NETWORK_TEXT_MAX];
	bool whole = claimed->bits == (claimed->base.family == AF_INET ? 32 : 128);

	if (whole)
		write_ip(json, "claimed_ip", &claimed->base);
	else if (claimed->base.family != 0)
		ush_json_string(json, "claimed_ip", ush_network_to_text(claimed, text));
}

static void
write_repeat(struct ush_json *json, const struct ush_dns_event *event)
{
	char time[USH_TIME_TEXT_MAX];

	if (event->repeat == 0)
		return;
	ush_json_uint(json, "repeat", event->repeat);
	ush_json_string(json, "first", ush_time_to_text(event->time_ms, time));
	ush_json_string(json, "last", ush_time_to_text(event->last_ms, time));
}

/* NULL: all events are written. */
static const char *const recordings[] = {
    [USH_RECORD_ALL] = NULL,
    [USH_RECORD_FIRST] = "first",
    [USH_RECORD_COUNT] = "count",
};

static void
write_sinkhole(struct ush_json *json, const struct ush_dns_event *event, bool drill)
{
	const struct ush_decision *decision = event->decision;
	enum ush_action action =
	    event->outcome == USH_DNS_MONITOR ? USH_ACTION_MONITOR : decision->action;

	ush_json_object(json, "sinkhole");
	ush_json_string(json, "action", ush_action_text(action));
	ush_json_string(json, "trigger", ush_trigger_text(decision->trigger));
	if (decision->campaign[0])
		ush_json_string(json, "campaign", decision->campaign);
	write_ip(json, "campaign_address", campaign_address(event));
	ush_json_string(json, "over", carriers[event->carrier].over);
	if (event->cached)
		ush_json_bool(json, "cached", true);
	write_claimed(json, &event->claimed);
	if (event->claimed_id[0])
		ush_json_string(json, "claimed_id", event->claimed_id);
	write_repeat(json, event);
	ush_json_string(json, "recording", recordings[decision->recording]);
	ush_json_uint(json, "list_serial", decision->serial);
	if (drill || decision->drill)
		ush_json_bool(json, "drill", true);
	ush_json_end(json);
}

bool
ush_dns_event_write(
    struct ush_ring *ring, const struct ush_dns_event *event, const char *observer, bool drill)
{
	char *line = ush_ring_reserve(ring, USH_DNS_EVENT_MAX);
	char id[USH_EVENT_ID_MAX], action[ACTION_MAX];
	bool monitored = event->outcome == USH_DNS_MONITOR;
	bool resolved = event->outcome != USH_DNS_ACTED;
	struct ush_json json;
	size_t len;

	if (!line)
		return false;
	struct ush_event_head head = {
	    .time_ms = event->time_ms,
	    .kind = monitored ? "event" : "alert",
	    .category = "network",
	    .type = resolved ? "allowed" : "denied",
	    .action = event_action(event, action),
	    .dataset = USH_DATASET_DNS,
	    .id = id,
	    .sequence = ush_ring_event_id(ring, id),
	    .observer = observer,
	};
	ush_json_init(&json, line, USH_DNS_EVENT_MAX);
	ush_event_begin(&json, &head);
	ush_event_endpoint(&json, "source", &event->client, event->client_port);
	if (event->server.family != 0)
		ush_event_endpoint(&json, "destination", &event->server, event->server_port);
	write_question(&json, event);
	write_rule(&json, event->decision);
	write_sinkhole(&json, event, drill);
	len = ush_event_end(&json);
	ush_ring_commit(ring, len);
	return len > 0;
}
