/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/finding.h"

#include <stdio.h>
#include <string.h>

/* The host that the bytes name, if it is a name at all. */
static void
find_host(struct ush_finding *out, const struct ush_contact *contact)
{
	struct ush_text host = ush_contact_host(contact);
	struct ush_address literal;
	char text[USH_NAME_TEXT_MAX];

	if (host.len == 0 || host.len >= sizeof(text) || memchr(host.at, '\0', host.len) != NULL)
		return;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	if (ush_address_from_text(&literal, text) != 0)
		out->named = ush_name_from_text(&out->host, text, host.len) == 0 &&
		             ush_name_labels(&out->host) > 0;
}

static void
set_rule(struct ush_finding *out, const struct ush_watchlist *watchlist, uint32_t rule,
    uint32_t class_id, enum ush_action action)
{
	struct ush_source source;
	struct ush_class class;
	struct ush_campaign campaign;

	ush_blocklist_class(watchlist->list, class_id, &class);
	ush_blocklist_campaign(watchlist->list, class.campaign_id, &campaign);
	out->feed = class.feed;
	out->campaign = class.campaign;
	out->software = campaign.software;
	out->monitored = action == USH_ACTION_MONITOR;
	if (ush_blocklist_source(watchlist->list, rule, &source) == 0)
		*stpncpy(out->rule, source.trigger, sizeof(out->rule) - 1) = '\0';
}

static void
match_host(struct ush_finding *out, const struct ush_watchlist *watchlist, const uint8_t *actions)
{
	struct ush_match match;
	struct ush_name listed;

	if (!out->named ||
	    !ush_blocklist_match_name(watchlist->list, actions, &out->host, &match) ||
	    match.action == USH_ACTION_PASSTHRU)
		return;
	out->host_listed = true;
	out->evidence |= USH_EVIDENCE_LISTED_HOST;
	set_rule(out, watchlist, match.rule, match.class_id, match.action);
	if (out->rule[0] == '\0') {
		ush_name_suffix(&out->host, ush_name_labels(&out->host) - match.labels, &listed);
		ush_name_to_text(&listed, out->rule);
	}
}

/* A listed URL says more than a listed host, so its rule is the one that is named. */
static void
match_url(struct ush_finding *out, const struct ush_contact *contact,
    const struct ush_watchlist *watchlist, const uint8_t *actions)
{
	const struct ush_http_head *head = contact->head;
	struct ush_url_match match;

	if (head == NULL || head->path.len == 0 ||
	    !ush_blocklist_match_url(watchlist->list, actions, out->named ? &out->host : NULL,
	        head->path.at, head->path.len, &match) ||
	    match.action == USH_ACTION_PASSTHRU)
		return;
	out->url_listed = true;
	out->planted = match.planted;
	out->feed_line = match.line;
	out->evidence |= match.host_known ? USH_EVIDENCE_C2_URL : USH_EVIDENCE_C2_PATH;
	set_rule(out, watchlist, match.rule, match.class_id, match.action);
}

/* What was called by its address: the one that a request names as its host, else the one that the
 * connection was made to, where addresses of others are routed here. */
static void
match_endpoint(struct ush_finding *out, const struct ush_contact *contact,
    const struct ush_watchlist *watchlist, const uint8_t *actions)
{
	struct ush_text host = ush_contact_host(contact);
	struct ush_endpoint called = {contact->destination, contact->destination_port};
	struct ush_endpoint_match match;
	struct ush_address literal;
	char text[USH_ADDRESS_TEXT_MAX];

	if (out->campaign != NULL || out->named)
		return;
	if (host.len > 0 && host.len < sizeof(text)) {
		memcpy(text, host.at, host.len);
		text[host.len] = '\0';
		if (ush_address_from_text(&literal, text) == 0)
			called.address = literal;
	}
	if (!ush_blocklist_match_endpoint(watchlist->list, actions, &called, &match))
		return;
	out->host_listed = true;
	out->evidence |= USH_EVIDENCE_LISTED_HOST;
	out->feed = match.note.source.feed;
	out->campaign = match.campaign;
	out->software = match.software;
	out->monitored = match.monitored;
	out->feed_line = match.note.source.line;
	*stpncpy(out->rule, match.note.source.trigger, sizeof(out->rule) - 1) = '\0';
}

/* The address that was called stands for a campaign even when the bytes say nothing. */
static void
match_destination(struct ush_finding *out, const struct ush_contact *contact,
    const struct ush_watchlist *watchlist)
{
	struct ush_address canary;
	struct ush_campaign campaign;
	uint32_t id;

	if (watchlist->pool != NULL &&
	    ush_pool_canary(watchlist->pool, contact->destination.family, &canary) == 0)
		out->drill = ush_address_equal(&canary, &contact->destination);
	if (watchlist->list == NULL || out->campaign != NULL ||
	    ush_policy_campaign_at(watchlist->policy, &contact->destination, &id) != 0)
		return;
	ush_blocklist_campaign(watchlist->list, id, &campaign);
	out->campaign = campaign.name;
	out->software = campaign.software;
}

/* Bytes that no head was read from may be a browser's all the same, behind a PROXY header that
 * was not expected or a word that broke them: what it says of a person stands in them. */
static bool
bytes_of_a_person(const struct ush_contact *contact)
{
	static const char *const words[] = {"cookie", "authorization", "accept-language",
	    "upgrade-insecure-requests", "mozilla/5.0 ("};
	struct ush_text bytes;

	if (contact->raw == NULL || contact->raw->used == 0)
		return false;
	bytes = ush_text_of((const char *)contact->raw->data, contact->raw->used);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (ush_text_has_nocase(bytes, words[i]))
			return true;
	}
	return false;
}

/* STUN (RFC 8489), which browsers send to whatever host and port a web page names, over TCP too. */
static bool
is_stun(const struct ush_contact *contact)
{
	static const uint8_t cookie[] = {0x21, 0x12, 0xa4, 0x42};
	const struct ush_received *raw = contact->raw;

	return raw != NULL && raw->used >= 20 && raw->data[0] < 0x40 &&
	       memcmp(raw->data + 4, cookie, sizeof(cookie)) == 0;
}

static void
read_bytes(struct ush_finding *out, const struct ush_contact *contact)
{
	out->is_private = contact->after_person || bytes_of_a_person(contact);
	out->evidence |= USH_EVIDENCE_RAW;
	if (is_stun(contact)) {
		out->evidence |= USH_EVIDENCE_HINT;
		ush_marks_add(&out->marks, "stun");
	}
}

/* A login is no evidence. */
static bool
is_careful(const struct ush_contact *contact)
{
	const struct ush_http_head *head = contact->head;

	return ush_http_has(head, USH_HTTP_AUTHORIZATION) ||
	       ush_http_has(head, USH_HTTP_PROXY_AUTHORIZATION) ||
	       (!head->whole && bytes_of_a_person(contact));
}

/* The client went on with a certificate that it has no reason to trust: a program that checks none,
 * or a person in spite of a warning. (A handshake alone says less: some check it afterwards.) */
static bool
went_on(const struct ush_contact *contact)
{
	return contact->hello == NULL && contact->tls != NULL && contact->tls->established;
}

static void
read_request(struct ush_finding *out, const struct ush_contact *contact)
{
	const struct ush_marks *marks = &out->marks;
	const struct ush_text method = contact->head->method;
	bool decoded = ush_beacon_read(&out->beacon, contact->head, contact->body);

	ush_marks_read(&out->marks, contact->head);
	/* Without Origin and Referer it may still be a browser's, for Internet Explorer mode sends
	 * neither. No browser has the user agent of a family's samples. */
	out->planted_beacon =
	    decoded && (marks->browser || marks->page || marks->prefetch || marks->embedded ||
	                   (marks->hint && !marks->family_agent));
	out->person = marks->browser;
	out->navigation = out->person && marks->navigation;
	/* A request that broke off may have been a person's before all its marks had come; what a
	 * person's connection goes on with may be the rest of a form. */
	out->is_private =
	    out->planted_beacon ||
	    (!decoded && (marks->browser || contact->after_person || is_careful(contact) ||
	                     (marks->hint && (contact->malformed != NULL || !marks->automation))));
	if (went_on(contact) && !marks->browser && !marks->hint)
		out->evidence |= USH_EVIDENCE_AUTOMATION;
	out->evidence |= (decoded ? USH_EVIDENCE_DECODED : 0) |
	                 (marks->automation ? USH_EVIDENCE_AUTOMATION : 0) |
	                 (marks->family_agent ? USH_EVIDENCE_FAMILY_AGENT : 0) |
	                 (marks->browser ? USH_EVIDENCE_BROWSER : 0) |
	                 (marks->hint && !marks->browser ? USH_EVIDENCE_HINT : 0) |
	                 (marks->page ? USH_EVIDENCE_PAGE : 0) |
	                 (marks->prefetch ? USH_EVIDENCE_PREFETCH : 0) |
	                 (marks->embedded ? USH_EVIDENCE_EMBEDDED : 0) |
	                 (marks->scanner ? USH_EVIDENCE_SCANNER : 0);
	if (ush_text_is(method, "POST") || ush_text_is(method, "PUT"))
		out->evidence |= USH_EVIDENCE_UPLOAD;
}

static void
read_hello(struct ush_finding *out, const struct ush_contact *contact)
{
	out->is_private =
	    contact->after_person || (contact->hello == NULL && bytes_of_a_person(contact));
	out->evidence |= USH_EVIDENCE_TLS_ONLY;
	if (contact->hello == NULL)
		return;
	ush_marks_read_hello(&out->marks, contact->hello);
	if (out->marks.browser)
		out->evidence |= USH_EVIDENCE_BROWSER;
}

static bool
uploads_as_program(const struct ush_finding *finding)
{
	unsigned both = USH_EVIDENCE_UPLOAD | USH_EVIDENCE_AUTOMATION;

	return (finding->evidence & both) == both;
}

void
ush_finding_make(struct ush_finding *out, const struct ush_contact *contact,
    const struct ush_watchlist *watchlist)
{
	memset(out, 0, sizeof(*out));
	switch (contact->kind) {
	case USH_CONTACT_HTTP:
		read_request(out, contact);
		break;
	case USH_CONTACT_TLS:
		read_hello(out, contact);
		break;
	case USH_CONTACT_SILENT:
		out->evidence |= USH_EVIDENCE_SILENT;
		break;
	case USH_CONTACT_TCP:
	case USH_CONTACT_UDP:
		read_bytes(out, contact);
		break;
	case USH_CONTACT_TCP_FOLDED:
	case USH_CONTACT_UDP_FOLDED:
		break;
	}
	if (went_on(contact))
		ush_marks_add(&out->marks, "tls:untrusted-accepted");
	find_host(out, contact);
	if (watchlist->list != NULL) {
		const uint8_t *actions = ush_policy_actions(watchlist->policy);

		match_host(out, watchlist, actions);
		match_url(out, contact, watchlist, actions);
		match_endpoint(out, contact, watchlist, actions);
		/* A request for a listed URL is no probe, nor is what a program uploads to a listed
		 * host: gates stand in /cgi-bin/ and in WordPress. What its user agent says of
		 * itself excuses nothing. */
		if (out->url_listed || (out->host_listed && uploads_as_program(out)))
			out->evidence &= ~(unsigned)USH_EVIDENCE_SCANNER;
		if (out->named && !out->host_listed && !out->url_listed)
			out->evidence |= USH_EVIDENCE_UNLISTED_HOST;
	}
	match_destination(out, contact, watchlist);
	/* After all else: no resolver hands these addresses out, whatever is asked for there. */
	if (watchlist->list != NULL && watchlist->pool != NULL &&
	    ush_policy_is_decoy(watchlist->policy, watchlist->pool, &contact->destination)) {
		out->evidence |= USH_EVIDENCE_SCANNER;
		ush_marks_add(&out->marks, "address:decoy");
	}
}
