/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules for Suricata 6 or later: for each name one for DNS and one for the name in TLS, for each URL
 * one for HTTP, for each network one for any packet. A rule alerts; it changes nothing. */
#include <stdlib.h>
#include <string.h>
#include "common/xxhash_inline.h"
#include "zones/compile/rules.h"
#include "zones/export/format.h"

#define SID_BITS 30
#define REFERENCE_MAX 200
#define WORD_MAX 64

/* Numbers that are taken. A rule's comes from what it looks for, so that it is the same in the next
 * export, and what is suppressed by its number stays so. */
struct numbers {
	struct ush_name_set taken;
};

static int
suricata_begin(struct ush_export *export, struct ush_error *err)
{
	export->state = calloc(1, sizeof(struct numbers));
	return export->state != NULL ? 0 : ush_fail(err, NULL, 0, "no memory");
}

static int
suricata_end(struct ush_export *export, struct ush_error *err)
{
	struct numbers *numbers = export->state;

	(void)err;
	ush_name_set_fini(&numbers->taken);
	free(numbers);
	return 0;
}

static int
number_for(struct ush_export *export, const char *kind, const char *host, const char *path,
    uint32_t *sid, struct ush_error *err)
{
	struct numbers *numbers = export->state;
	uint64_t hash = XXH3_64bits_withSeed(
	    path, strlen(path), XXH3_64bits_withSeed(host, strlen(host), (uint8_t)kind[0]));

	for (;; hash++) {
		uint64_t number = hash & ((UINT64_C(1) << SID_BITS) - 1);
		struct ush_db_fingerprint print = {.high = number};
		size_t before = numbers->taken.count;

		if (ush_name_set_add(&numbers->taken, print, 1, 1, 0) != 0)
			return ush_fail(err, NULL, 0, "no memory");
		*sid = export->options->first_sid + (uint32_t)number;
		if (numbers->taken.count > before)
			return 0;
	}
}

/* In quotes; what means something there, in a rule or to a terminal as octets in hexadecimal. */
static void
put_content(FILE *to, const char *text)
{
	fputs("content:\"", to);
	for (; *text != '\0'; text++) {
		if (strchr("\"\\;:|", *text) != NULL || *text < ' ' || *text > '~')
			fprintf(to, "|%02x|", (unsigned char)*text);
		else
			fputc(*text, to);
	}
	fputc('"', to);
}

/* A name that a feed gave itself, as one word. */
static void
put_word(FILE *to, const char *text)
{
	for (size_t i = 0; text[i] != '\0' && i < WORD_MAX; i++) {
		char c = text[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		                (c >= '0' && c <= '9') || strchr("-_.", c) != NULL;

		fputc(is_plain ? c : '_', to);
	}
}

/* A link of plain characters, without its scheme. */
static void
put_reference(FILE *to, const char *reference)
{
	const char *at = strstr(reference, "://");

	if (at == NULL || strncmp(reference, "http", 4) != 0 || strlen(at) > REFERENCE_MAX)
		return;
	for (const char *c = at; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~' || strchr("\";,|\\()", *c) != NULL)
			return;
	}
	fprintf(to, " reference:url,%s;", at + strlen("://"));
}

/* Where a rule comes from. */
struct origin {
	const char *campaign; /* of an address with a port: the feed */
	struct ush_source source;
};

static int
origin_of(const struct ush_export *export, const struct ush_effect *effect, struct origin *out,
    struct ush_error *err)
{
	struct ush_class class;

	if (ush_blocklist_source(export->options->list, effect->rule, &out->source) != 0)
		return ush_fail(err, NULL, 0, "rule %u has no source", effect->rule);
	ush_blocklist_class(export->options->list, effect->class_id, &class);
	out->campaign = class.campaign;
	return 0;
}

/* What comes behind the options that match. `kind`: what it looks at. */
static int
put_tail(struct ush_export *export, const char *kind, const char *host, const char *path,
    const struct origin *origin, struct ush_error *err)
{
	FILE *to = export->options->to;
	uint32_t sid;

	if (number_for(export, kind, host, path, &sid, err) != 0)
		return -1;
	put_reference(to, origin->source.reference);
	fputs(" metadata:campaign ", to);
	put_word(to, origin->campaign);
	fputs(", feed ", to);
	put_word(to, origin->source.feed);
	if (origin->source.confidence[0] != '\0') {
		fputs(", confidence ", to);
		put_word(to, origin->source.confidence);
	}
	if (origin->source.added[0] != '\0') {
		fputs(", created_at ", to);
		put_word(to, origin->source.added);
	}
	fprintf(to, "; classtype:trojan-activity; sid:%u; rev:1;)\n", sid);
	return 0;
}

static void
put_head(const struct ush_export *export, const char *what, const char *where,
    const struct origin *origin, const char *seen_in)
{
	FILE *to = export->options->to;

	fprintf(to, "alert %s $HOME_NET any -> %s (msg:\"sinkhole list ", what, where);
	put_word(to, origin->campaign);
	fprintf(to, " %s\";", seen_in);
}

/* One rule for a name, and what is below it. dotprefix makes "x.jp" of the buffer ".x.jp". */
static int
put_name(struct ush_export *export, const struct ush_owner *owner, const char *what,
    const char *buffer, const char *seen_in, struct ush_error *err)
{
	bool self = owner->self.kind == USH_EFFECT_ACT;
	bool below = owner->below.kind == USH_EFFECT_ACT;
	FILE *to = export->options->to;
	char dotted[USH_NAME_TEXT_MAX + 1];
	struct origin origin;

	if (origin_of(export, self ? &owner->self : &owner->below, &origin, err) != 0)
		return -1;

	snprintf(dotted, sizeof(dotted), ".%s", owner->text);
	put_head(export, what, "any any", &origin, seen_in);
	fprintf(to, " %s; %s", buffer, self && below ? "dotprefix; " : "");
	put_content(to, below ? dotted : owner->text);
	fprintf(to, "; nocase; %sendswith;", below ? "" : "startswith; ");
	return put_tail(export, what, owner->text, "", &origin, err);
}

static int
suricata_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	if (owner->self.kind == USH_EFFECT_PASS || owner->below.kind == USH_EFFECT_PASS)
		export->result->inexact++; /* the rule for the name above it alerts */
	if (owner->self.kind != USH_EFFECT_ACT && owner->below.kind != USH_EFFECT_ACT)
		return 0;
	if (put_name(export, owner, "dns", "dns.query", "name in DNS", err) != 0)
		return -1;
	return put_name(export, owner, "tls", "tls.sni", "name in TLS", err);
}

static int
suricata_network(struct ush_export *export, const struct ush_network *network,
    const struct ush_effect *effect, struct ush_error *err)
{
	char text[USH_NETWORK_TEXT_MAX];
	char where[USH_NETWORK_TEXT_MAX + 8];
	struct origin origin;

	if (effect->kind == USH_EFFECT_PASS)
		export->result->inexact++;
	if (effect->kind != USH_EFFECT_ACT)
		return 0;
	if (origin_of(export, effect, &origin, err) != 0)
		return -1;
	ush_network_to_text(network, text);
	snprintf(where, sizeof(where), "%s any", text);
	put_head(export, "ip", where, &origin, "address");
	return put_tail(export, "ip", text, "", &origin, err);
}

/* As a regular expression that ends with the path. */
static void
put_path(FILE *to, const char *path)
{
	fputs("pcre:\"/^", to);
	for (; *path != '\0'; path++) {
		bool is_plain = (*path >= 'a' && *path <= 'z') || (*path >= 'A' && *path <= 'Z') ||
		                (*path >= '0' && *path <= '9') || strchr("-_~%", *path) != NULL;

		if (is_plain)
			fputc(*path, to);
		else
			fprintf(to, "\\x%02x", (unsigned char)*path);
	}
	fputs("(?:\\?|$)/\"", to);
}

static int
suricata_url(struct ush_export *export, const struct ush_export_url *url, struct ush_error *err)
{
	FILE *to = export->options->to;
	struct origin origin;

	if (url->effect.kind != USH_EFFECT_ACT)
		return 0;
	if (origin_of(export, &url->effect, &origin, err) != 0)
		return -1;
	put_head(export, "http", "any any", &origin, "URL");
	fputs(" http.host; ", to);
	put_content(to, url->host);
	fputs("; startswith; endswith; http.uri; ", to);
	put_content(to, url->path);
	fputs("; startswith; ", to);
	put_path(to, url->path);
	fputc(';', to);
	return put_tail(export, "http", url->host, url->path, &origin, err);
}

/* Of both protocols if the feed does not say which it is. */
static int
suricata_port(struct ush_export *export, const struct ush_export_port *port, struct ush_error *err)
{
	static const char *const protocols[] = {"tcp", "udp"};
	struct origin origin = {.campaign = port->source->feed, .source = *port->source};
	char text[USH_ADDRESS_TEXT_MAX];
	char where[USH_ADDRESS_TEXT_MAX + 8];

	ush_address_to_text(&port->endpoint->address, text);
	snprintf(where, sizeof(where), "%s %u", text, port->endpoint->port);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (port->protocol[0] != '\0' && strcmp(port->protocol, protocols[i]) != 0)
			continue;
		put_head(export, protocols[i], where, &origin, "address and port");
		if (put_tail(export, protocols[i], where, "", &origin, err) != 0)
			return -1;
	}
	return 0;
}

const struct ush_export_format ush_export_suricata = {
    .name = "suricata",
    .comment = "#",
    .begin = suricata_begin,
    .owner = suricata_owner,
    .network = suricata_network,
    .url = suricata_url,
    .port = suricata_port,
    .end = suricata_end,
};
