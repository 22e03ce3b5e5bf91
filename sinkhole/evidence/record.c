/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/record.h"

#include <stdio.h>
#include <string.h>

#include "common/event.h"
#include "sinkhole/protocol/ja4.h"

/* Longer ones are cut; the bytes themselves are in sinkhole.raw. */
#define METHOD_MAX 32
#define VERSION_MAX 16
#define HOST_MAX 255
#define PATH_MAX_BYTES 2048
#define QUERY_MAX 2048
#define AGENT_MAX 512
#define REFERRER_MAX 512
#define VIA_MAX 256
#define NAME_MAX_BYTES 512 /* of a feed, a campaign, a sensor */

/* Keys, numbers, addresses, marks and claimed addresses: below 3 KiB with everything there is. */
#define FIXED_ROOM 4096
/* A byte becomes at most \u00XX. */
#define TEXT_ROOM(len) (6 * (len))

/* What is no path may be the rest of a form that looks like a request, and the target of a CONNECT
 * may carry a login before its host or a query behind it. */
static struct ush_text
clean_path(const struct ush_http_head *head, bool is_private)
{
	struct ush_text path = head->path;
	bool ordinary = path.len > 0 && path.at[0] == '/';
	bool tunnel = ush_text_is_nocase(head->method, "CONNECT") && head->malformed == NULL &&
	              ush_text_find(path, '@') == path.len;

	if (is_private && !ordinary && !tunnel && !ush_text_is(path, "*"))
		return (struct ush_text){0};
	if (is_private && tunnel)
		path = ush_text_clip(path, ush_text_find(path, '?'));
	return ush_text_clip(path, PATH_MAX_BYTES);
}

/* How the request says that a proxy passed it on: its last Via, which the nearest proxy wrote, or the
 * name of another header that only proxies write. */
static struct ush_text
via_of(const struct ush_http_head *head)
{
	if (ush_http_has(head, USH_HTTP_VIA)) {
		for (size_t i = head->header_count; i-- > 0;) {
			if (ush_text_is_nocase(head->headers[i].name, "via") &&
			    head->headers[i].value.len > 0)
				return ush_text_clip(head->headers[i].value, VIA_MAX);
		}
		return ush_text("via");
	}
	if (ush_http_has(head, USH_HTTP_X_FORWARDED_FOR))
		return ush_text("x-forwarded-for");
	return ush_http_has(head, USH_HTTP_FORWARDED) ? ush_text("forwarded")
	                                              : (struct ush_text){0};
}

static void
prepare_request(struct ush_record *out, const struct ush_http_head *head)
{
	bool is_private = out->finding->is_private;
	struct ush_text referer = ush_http_header(head, USH_HTTP_REFERER);

	out->method = ush_text_clip(head->method, METHOD_MAX);
	out->version = ush_text_clip(head->version, VERSION_MAX);
	out->path = clean_path(head, is_private);
	out->query = is_private ? (struct ush_text){0} : ush_text_clip(head->query, QUERY_MAX);
	out->agent = ush_text_clip(ush_http_header(head, USH_HTTP_USER_AGENT), AGENT_MAX);
	out->referrer = is_private ? ush_origin_of(referer) : referer;
	out->page = ush_text_clip(ush_marks_page(head), REFERRER_MAX);
	out->referrer = ush_text_clip(out->referrer, REFERRER_MAX);
	out->via = is_private ? (struct ush_text){0} : via_of(head);
}

/* Of a ClientHello there is the SNI. */
static void
prepare_host(struct ush_record *out)
{
	const struct ush_hello *hello = out->contact->hello;

	if (hello != NULL && hello->server_name[0] != '\0')
		return;
	if (out->finding->named)
		out->host = ush_text_of(
		    out->host_text, ush_name_to_text(&out->finding->host, out->host_text));
	else
		out->host = ush_text_clip(ush_contact_host(out->contact), HOST_MAX);
}

/* How many of the raw bytes are no stolen data. None of a body that came in chunks count as such. */
static size_t
harmless_bytes(const struct ush_received *raw, struct ush_text rest)
{
	uintptr_t at = (uintptr_t)rest.at - (uintptr_t)raw->data;

	if (rest.len == 0)
		return raw->used;
	return at < raw->used ? at : 0;
}

/* Rather less of the raw bytes than no event. */
static void
prepare_raw(struct ush_record *out)
{
	const struct ush_received *raw = out->contact->raw;
	enum ush_capture capture = out->context->capture;
	size_t wanted;
	size_t room;

	if (raw == NULL || raw->total == 0 ||
	    (out->finding->is_private && capture != USH_CAPTURE_ALL))
		return;
	out->with_raw = true;
	if (capture == USH_CAPTURE_OFF || out->room >= USH_EVENT_MAX)
		return;
	wanted =
	    capture == USH_CAPTURE_ALL ? raw->used : harmless_bytes(raw, out->finding->beacon.rest);
	room = (USH_EVENT_MAX - out->room) / 4 * 3;
	out->raw_kept = wanted < room ? wanted : room;
	out->room += (out->raw_kept + 2) / 3 * 4;
}

static size_t
length(const char *text)
{
	return text != NULL ? strnlen(text, NAME_MAX_BYTES) : 0;
}

void
ush_record_prepare(struct ush_record *out, const struct ush_contact *contact,
    const struct ush_finding *finding, const struct ush_record_context *context)
{
	memset(out, 0, offsetof(struct ush_record, host_text));
	out->contact = contact;
	out->finding = finding;
	out->context = context;
	out->room = FIXED_ROOM + TEXT_ROOM(2 * (strlen(finding->rule) + length(finding->feed)) +
	                                   length(finding->campaign) + length(finding->software) +
	                                   length(context->observer));
	prepare_host(out);
	out->room += TEXT_ROOM(out->host.len + length(contact->tunnel));
	if (contact->head != NULL) {
		prepare_request(out, contact->head);
		out->room +=
		    TEXT_ROOM(out->method.len + out->version.len + out->path.len + out->query.len +
		              out->agent.len + out->referrer.len + out->page.len + out->via.len);
	}
	if (contact->hello != NULL)
		out->room +=
		    TEXT_ROOM(sizeof(contact->hello->server_name) + sizeof(contact->hello->alpn));
	else if (contact->tls != NULL)
		out->room += TEXT_ROOM(strlen(contact->tls->server_name));
	if (finding->beacon.family != NULL)
		out->room += TEXT_ROOM(finding->beacon.profile_len +
		                       (finding->beacon.value_count + finding->beacon.field_count) *
		                           USH_BEACON_WORD_MAX);
	if (out->room > USH_EVENT_MAX)
		out->room = USH_EVENT_MAX;
	prepare_raw(out);
}

static void
put_text(struct ush_json *json, const char *key, struct ush_text text)
{
	if (text.len > 0)
		ush_json_text(json, key, text.at, text.len);
}

static void
put_address(struct ush_json *json, const char *key, const struct ush_address *address)
{
	char text[USH_ADDRESS_TEXT_MAX];

	if (address->family != 0)
		ush_json_string(json, key, ush_address_to_text(address, text));
}

static void
write_network(struct ush_json *json, const struct ush_contact *contact)
{
	if (contact->from.source.family != 0)
		ush_event_endpoint(json, "source", &contact->from.source,
		    contact->from.proxied ? 0 : contact->peer_port);
	if (contact->destination.family != 0)
		ush_event_endpoint(
		    json, "destination", &contact->destination, contact->destination_port);
	ush_json_object(json, "network");
	ush_json_string(json, "transport", ush_contact_is_udp(contact) ? "udp" : "tcp");
	if (contact->kind == USH_CONTACT_HTTP)
		ush_json_string(json, "protocol", "http");
	else if (contact->kind == USH_CONTACT_TLS)
		ush_json_string(json, "protocol", "tls");
	if (contact->community != NULL && contact->community[0] != '\0')
		ush_json_string(json, "community_id", contact->community);
	ush_json_end(json);
}

static void
write_http(struct ush_json *json, const struct ush_record *record)
{
	ush_json_object(json, "http");
	put_text(json, "version", record->version);
	ush_json_object(json, "request");
	put_text(json, "method", record->method);
	put_text(json, "referrer", record->referrer);
	ush_json_object(json, "body");
	ush_json_uint(json, "bytes", record->contact->body_bytes);
	ush_json_end(json);
	ush_json_end(json);
	if (record->contact->status != 0) {
		ush_json_object(json, "response");
		ush_json_uint(json, "status_code", record->contact->status);
		ush_json_end(json);
	}
	ush_json_end(json);
	if (record->agent.len > 0) {
		ush_json_object(json, "user_agent");
		put_text(json, "original", record->agent);
		ush_json_end(json);
	}
}

static void
write_url(struct ush_json *json, const struct ush_record *record)
{
	if (record->contact->head == NULL && record->host.len == 0)
		return;
	ush_json_object(json, "url");
	put_text(json, "domain", record->host);
	put_text(json, "path", record->path);
	put_text(json, "query", record->query);
	ush_json_end(json);
}

static void
write_tls(struct ush_json *json, const struct ush_contact *contact)
{
	const char *name = contact->hello != NULL ? contact->hello->server_name
	                   : contact->tls != NULL ? contact->tls->server_name
	                                          : "";

	if (name[0] == '\0' && contact->tls == NULL)
		return;
	ush_json_object(json, "tls");
	if (name[0] != '\0') {
		ush_json_object(json, "client");
		ush_json_string(json, "server_name", name);
		ush_json_end(json);
	}
	if (contact->tls != NULL)
		ush_json_bool(json, "established", contact->tls->established);
	ush_json_end(json);
}

static void
write_rule(struct ush_json *json, const struct ush_finding *finding)
{
	char id[NAME_MAX_BYTES + 1 + USH_NAME_TEXT_MAX + 1];

	if (finding->feed != NULL) {
		*stpncpy(stpcpy(stpncpy(id, finding->feed, NAME_MAX_BYTES), "/"), finding->rule,
		    USH_NAME_TEXT_MAX) = '\0';
		ush_json_object(json, "rule");
		ush_json_string(json, "id", id);
		ush_json_string(json, "name", finding->rule);
		ush_json_string(json, "ruleset", finding->feed);
		ush_json_end(json);
	}
	if (finding->beacon.family != NULL ||
	    (finding->software != NULL && finding->software[0] != '\0')) {
		ush_json_object(json, "threat");
		ush_json_object(json, "software");
		ush_json_string(json, "name",
		    finding->beacon.family != NULL ? finding->beacon.family : finding->software);
		ush_json_end(json);
		ush_json_end(json);
	}
}

/* Of a beacon that a page planted the other fields may be the person's own cookies. */
static void
write_beacon(struct ush_json *json, const struct ush_beacon *beacon, bool is_private)
{
	if (beacon->family == NULL)
		return;
	ush_json_object(json, "beacon");
	ush_json_string(json, "family", beacon->family);
	for (size_t i = 0; i < beacon->value_count; i++)
		ush_json_string(json, beacon->values[i].key, beacon->values[i].text);
	ush_json_string(json, "channel", beacon->channel);
	ush_json_text(json, "profile", beacon->profile, beacon->profile_len);
	if (beacon->field_count > 0 && !is_private) {
		ush_json_array(json, "fields");
		for (size_t i = 0; i < beacon->field_count; i++)
			ush_json_string(json, NULL, beacon->fields[i]);
		ush_json_end(json);
	}
	ush_json_end(json);
}

static void
write_hello(struct ush_json *json, const struct ush_hello *hello, struct ush_digests *digests)
{
	char ja4[USH_JA4_MAX];

	if (ush_ja4_make(ja4, hello, digests) == 0)
		ush_json_string(json, "ja4", ja4);
	ush_json_array(json, "tls_versions");
	for (size_t i = 0; i < hello->version_count; i++)
		ush_json_string(json, NULL, ush_tls_version_text(hello->versions[i]));
	ush_json_end(json);
	if (hello->alpn_count == 0)
		return;
	ush_json_array(json, "alpn");
	for (size_t i = 0; i < hello->alpn_count; i++)
		ush_json_string(json, NULL, hello->alpn[i]);
	ush_json_end(json);
}

static void
write_raw(struct ush_json *json, const struct ush_record *record)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[USH_SHA256_BYTES];
	char hex[2 * USH_SHA256_BYTES + 1];

	if (!record->with_raw)
		return;
	ush_json_object(json, "raw");
	if (record->raw_kept > 0)
		ush_json_base64(json, "data", record->contact->raw->data, record->raw_kept);
	ush_json_uint(json, "bytes", record->contact->raw->total);
	ush_json_uint(json, "kept", record->raw_kept);
	if (ush_received_sha256(record->contact->raw, record->digests, hash)) {
		for (size_t i = 0; i < sizeof(hash); i++) {
			hex[2 * i] = digits[hash[i] >> 4];
			hex[2 * i + 1] = digits[hash[i] & 15];
		}
		hex[sizeof(hex) - 1] = '\0';
		ush_json_string(json, "sha256", hex);
	}
	ush_json_end(json);
}

static void
write_evidence(struct ush_json *json, const struct ush_finding *finding)
{
	ush_json_array(json, "evidence");
	for (unsigned bit = 0; bit < USH_EVIDENCE_COUNT; bit++) {
		if ((finding->evidence & 1u << bit) != 0)
			ush_json_string(json, NULL, ush_evidence_word(bit));
	}
	ush_json_end(json);
	if (finding->url_listed) {
		ush_json_string(json, "path_kind", finding->planted ? "planted" : "plausible");
		if (finding->feed_line != 0)
			ush_json_uint(json, "feed_line", finding->feed_line);
	}
	if (finding->marks.count > 0) {
		ush_json_array(json, "marks");
		for (size_t i = 0; i < finding->marks.count; i++)
			ush_json_string(json, NULL, finding->marks.names[i]);
		ush_json_end(json);
	}
}

static void
write_proxy(struct ush_json *json, const struct ush_contact *contact)
{
	/* The nearest one to the host. */
	put_address(json, "proxy_ip", contact->from.proxied ? &contact->peer : &contact->proxy);
	if (contact->from.claimed_count == 0)
		return;
	ush_json_array(json, "claimed_ip");
	for (size_t i = 0; i < contact->from.claimed_count; i++)
		put_address(json, NULL, &contact->from.claimed[i]);
	ush_json_end(json);
}

static void
write_syn(struct ush_json *json, const struct ush_syn *syn)
{
	char options[USH_SYN_OPTIONS_TEXT];

	if (syn == NULL)
		return;
	ush_json_object(json, "syn");
	ush_json_uint(json, "ttl", syn->ttl);
	ush_json_uint(json, "window", syn->window);
	if (syn->mss != 0)
		ush_json_uint(json, "mss", syn->mss);
	if (syn->scale >= 0)
		ush_json_uint(json, "scale", (uint64_t)syn->scale);
	ush_json_string(json, "options", ush_syn_options_text(syn, options));
	ush_json_end(json);
}

static void
write_repeat(struct ush_json *json, const struct ush_contact *contact)
{
	char time[USH_TIME_TEXT_MAX];
	char network[USH_NETWORK_TEXT_MAX];

	if (contact->repeat == 0)
		return;
	if (contact->network.family != 0)
		ush_json_string(json, "source_network",
		    ush_network_to_text(&(struct ush_network){contact->network, 64}, network));
	ush_json_uint(json, "repeat", contact->repeat);
	ush_json_string(json, "first", ush_time_to_text(contact->time_ms, time));
	ush_json_string(json, "last", ush_time_to_text(contact->last_ms, time));
}

static void
write_own(struct ush_json *json, const struct ush_record *record)
{
	const struct ush_contact *contact = record->contact;
	const struct ush_finding *finding = record->finding;

	ush_json_object(json, "sinkhole");
	ush_json_string(json, "campaign", finding->campaign);
	put_address(json, "campaign_address", &contact->destination);
	write_evidence(json, finding);
	put_text(json, "page", record->page);
	ush_json_string(json, "malformed", contact->malformed);
	write_beacon(json, &finding->beacon, finding->is_private);
	if (contact->hello != NULL)
		write_hello(json, contact->hello, record->digests);
	if (contact->hello != NULL && contact->tls != NULL && contact->tls->alert[0] != '\0')
		ush_json_string(json, "tls_alert", contact->tls->alert);
	write_proxy(json, contact);
	put_text(json, "via", record->via);
	write_syn(json, contact->syn);
	ush_json_string(json, "tunnel", contact->tunnel);
	write_repeat(json, contact);
	ush_json_string(json, "reference", contact->reference);
	if (contact->held != 0)
		ush_json_uint(json, "held", contact->held);
	write_raw(json, record);
	if (record->context->list_serial != 0)
		ush_json_uint(json, "list_serial", record->context->list_serial);
	if (finding->drill || record->context->drill)
		ush_json_bool(json, "drill", true);
	ush_json_end(json);
}

size_t
ush_record_write(struct ush_record *record, char *buf, const char *event_id, uint64_t sequence)
{
	const struct ush_contact *contact = record->contact;
	const struct ush_event_head head = {
	    .time_ms = contact->time_ms,
	    .kind = record->finding->monitored ? "event" : "alert",
	    .category = "network",
	    .type = "connection",
	    .action = ush_contact_action(contact),
	    .dataset = USH_DATASET_CONTACT,
	    .id = event_id,
	    .sequence = sequence,
	    .observer = record->context->observer,
	};
	struct ush_json json;

	ush_json_init(&json, buf, record->room);
	ush_event_begin(&json, &head);
	write_network(&json, contact);
	if (contact->head != NULL)
		write_http(&json, record);
	write_url(&json, record);
	write_tls(&json, contact);
	write_rule(&json, record->finding);
	write_own(&json, record);
	return ush_event_end(&json);
}
