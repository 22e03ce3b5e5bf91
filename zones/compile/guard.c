/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/guard.h"

#include <stdlib.h>
#include <string.h>
#include "common/address.h"
#include "zones/compile/builder.h"
#include "zones/compile/suffixes.h"
#include "zones/idn.h"

struct ush_guard {
	struct ush_suffixes *suffixes;
};

const char *
ush_refusal_text(enum ush_refusal refusal)
{
	static const char *const texts[USH_REFUSALS] = {
	    [USH_REFUSED_NOT] = "good",
	    [USH_REFUSED_MALFORMED] = "no indicator",
	    [USH_REFUSED_PARENTHESIS] = "a parenthesis without its other half",
	    [USH_REFUSED_CUT] = "a line of more than 64 KiB: split it",
	    [USH_REFUSED_CSV] = "CSV, which is not read: give the one column as a list",
	    [USH_REFUSED_JSON] = "JSON, which is not read: give the one field as a list (jq -r)",
	    [USH_REFUSED_REDACTED] = "redacted, so it names nothing",
	    [USH_REFUSED_PATTERN] =
	        "a pattern: a star stands for names in DNS only as the whole first label",
	    [USH_REFUSED_ADDRESS] = "an address where a name belongs",
	    [USH_REFUSED_CHARACTERS] = "characters that no host name has, written as escapes",
	    [USH_REFUSED_LABEL] = "a label has more than 63 bytes",
	    [USH_REFUSED_LENGTH] = "more than 253 bytes",
	    [USH_REFUSED_ROOT] = "the root: it would block everything",
	    [USH_REFUSED_TLD] = "a top-level domain: it would block all below it",
	    [USH_REFUSED_SUFFIX] = "a public suffix: it would block unrelated owners",
	    [USH_REFUSED_WIDE] = "so large a network: it would block unrelated owners",
	    [USH_REFUSED_SHARED] = "an address that very many unrelated names share",
	    [USH_REFUSED_LOCAL] =
	        "loopback, link-local or unspecified: no server has such an address",
	    [USH_REFUSED_IDN] = "no valid internationalised name",
	    [USH_REFUSED_EXPIRED] = "expired",
	    [USH_REFUSED_AGED] = "expired: last seen longer ago than its feed's expires-after",
	    [USH_REFUSED_MAPPING] =
	        "says where the name is; in lists it is at 0.0.0.0 or 127.0.0.1",
	    [USH_REFUSED_UNSUPPORTED] = "lists nothing that a resolver can act on",
	    [USH_REFUSED_RPZ_CLIENT_IP] = "an rpz-client-ip trigger, which is not supported",
	    [USH_REFUSED_RPZ_NSIP] = "an rpz-nsip trigger, which is not supported",
	    [USH_REFUSED_RPZ_NSDNAME] = "an rpz-nsdname trigger, which is not supported",
	    [USH_REFUSED_RPZ_TCP_ONLY] = "rpz-tcp-only, which is not supported",
	    [USH_REFUSED_RPZ_OTHER] = "no trigger or data of response policy zones",
	    [USH_REFUSED_RPZ_EXPLANATION] =
	        "its TXT, which is no explanation as sinkzone export writes it; the rule is taken",
	    [USH_REFUSED_OUTSIDE] = "outside the zone, which begins with its SOA",
	    [USH_REFUSED_TAKEN_BACK] = "taken back by the same rule with $badfilter",
	    [USH_REFUSED_NEVER_BLOCK] =
	        ("counts only in feeds given with --never-block; what this one names is passed "
	         "at its place among the feeds"),
	};

	return texts[refusal];
}

int
ush_guard_new(struct ush_guard **out)
{
	struct ush_guard *guard = calloc(1, sizeof(*guard));

	*out = NULL;
	if (guard == NULL)
		return -1;
	if (ush_suffixes_new(&guard->suffixes) != 0) {
		free(guard);
		return -1;
	}
	*out = guard;
	return 0;
}

void
ush_guard_free(struct ush_guard *guard)
{
	if (guard == NULL)
		return;
	ush_suffixes_free(guard->suffixes);
	free(guard);
}

static bool
contains(const char *text, size_t len, const char *part)
{
	return memmem(text, len, part, strlen(part)) != NULL;
}

/* Nearly no name has an octet that could black something out: look for one before looking closely.
 */
static bool
may_be_redacted(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '*' || c == '(' || c >= 0x80 || (c == '.' && i > 0 && text[i - 1] == '.'))
			return true;
	}
	return false;
}

/* A wildcard is a whole first label; any other star blacks something out, or is a pattern. */
static void
skip_wildcard(const char **text, size_t *len)
{
	if (*len > 2 && (*text)[0] == '*' && (*text)[1] == '.') {
		*text += 2;
		*len -= 2;
	}
}

static bool
has_redaction_mark(const char *text, size_t len)
{
	return contains(text, len, "**") || contains(text, len, "...") ||
	       contains(text, len, "\xe2\x80\xa6") ||                       /* ellipsis */
	       contains(text, len, "(\xe7\x95\xa5)") ||                     /* (omitted) */
	       contains(text, len, "\xef\xbc\x88\xe7\x95\xa5\xef\xbc\x89"); /* in wide brackets */
}

bool
ush_is_redacted(const char *text, size_t len)
{
	if (!may_be_redacted(text, len))
		return false;
	skip_wildcard(&text, &len);
	return memchr(text, '*', len) != NULL || has_redaction_mark(text, len);
}

/* Why a name with something of the kind is refused: reports write several stars, lists of patterns
 * one at a time. */
static enum ush_refusal
why_redacted(const char *text, size_t len)
{
	return has_redaction_mark(text, len) ? USH_REFUSED_REDACTED : USH_REFUSED_PATTERN;
}

/* What goes for a host name in lists: letters, digits, hyphen, underscore, escapes, UTF-8. */
static bool
has_name_characters(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\\' && i + 1 < len) {
			i++;
			continue;
		}
		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
		    c != '-' && c != '_' && c != '.' && c < 0x80)
			return false;
	}
	return true;
}

bool
ush_name_is_host(const struct ush_name *name)
{
	for (size_t i = 0; name->wire[i] != 0;) {
		size_t end = i + 1 + name->wire[i];

		for (i++; i < end; i++) {
			uint8_t c = name->wire[i];

			if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_')
				return false;
		}
	}
	return true;
}

static bool
is_address(const char *text, size_t len)
{
	struct ush_address address;
	char copy[USH_ADDRESS_TEXT_MAX];

	if (len >= sizeof(copy) ||
	    (memchr(text, ':', len) == NULL && (text[0] < '0' || text[0] > '9')))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return ush_address_from_text(&address, copy) == 0;
}

bool
ush_is_address_port(const char *text, size_t len)
{
	const char *colon = memrchr(text, ':', len);
	size_t digits = 0;

	while (colon != NULL && colon + 1 + digits < text + len && colon[1 + digits] >= '0' &&
	       colon[1 + digits] <= '9')
		digits++;
	if (digits == 0 || digits > 5 || colon + 1 + digits != text + len)
		return false;
	len = (size_t)(colon - text);
	if (len > 2 && text[0] == '[' && text[len - 1] == ']')
		return is_address(text + 1, len - 2);
	return memchr(text, ':', len) == NULL && is_address(text, len);
}

static bool
has_non_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return true;
	}
	return false;
}

/* Why the reader of names refused it. */
static enum ush_refusal
why_no_name(const char *text, size_t len)
{
	size_t label = 0;

	if (has_non_ascii(text, len))
		return USH_REFUSED_IDN;
	for (size_t i = 0; i < len; i++) {
		label = text[i] == '.' ? 0 : label + 1;
		if (label > 63 && memchr(text, '\\', len) == NULL)
			return USH_REFUSED_LABEL;
	}
	return len > 253 ? USH_REFUSED_LENGTH : USH_REFUSED_MALFORMED;
}

/* Suffixes of registries are refused always. Those of companies (github.io, blogspot.com) have a
 * web site of their own too: that host itself may be listed, the names of customers below it may
 * not. */
static bool
is_suffix(const struct ush_guard *guard, const struct ush_name *name, unsigned scope)
{
	return ush_suffixes_has(guard->suffixes, name, (scope & USH_SCOPE_BELOW) != 0);
}

static bool
last_label_is_number(const struct ush_name *name)
{
	unsigned last = 0;

	for (unsigned i = 0; name->wire[i] != 0; i += name->wire[i] + 1u)
		last = i;
	for (unsigned i = 1; i <= name->wire[last]; i++) {
		if (name->wire[last + i] < '0' || name->wire[last + i] > '9')
			return false;
	}
	return true;
}

enum ush_refusal
ush_guard_name(const struct ush_guard *guard, const char *text, size_t len, unsigned scope,
    struct ush_name *out)
{
	unsigned labels;

	if (len == 0)
		return USH_REFUSED_MALFORMED;
	if (ush_is_redacted(text, len))
		return why_redacted(text, len);
	if (is_address(text, len))
		return USH_REFUSED_ADDRESS;
	if (!has_name_characters(text, len))
		return USH_REFUSED_MALFORMED;
	if (ush_name_from_user(out, text, len) != 0)
		return why_no_name(text, len);
	if (memchr(text, '\\', len) != NULL && !ush_name_is_host(out))
		return USH_REFUSED_CHARACTERS;
	if ((labels = ush_name_labels(out)) == 0)
		return USH_REFUSED_ROOT;
	if (last_label_is_number(out)) /* 1.2.3.4. or 10.0.0.1.5: nothing in DNS is called so */
		return USH_REFUSED_ADDRESS;
	if (labels == 1)
		return USH_REFUSED_TLD;
	return is_suffix(guard, out, scope) ? USH_REFUSED_SUFFIX : USH_REFUSED_NOT;
}

static bool
overlap(const struct ush_network *a, const struct ush_network *b)
{
	return ush_network_contains(a, &b->base) || ush_network_contains(b, &a->base);
}

/* True if the network has addresses of one of these; NULL at the end. */
static bool
overlaps_any(const struct ush_network *network, const char *const *texts)
{
	for (; *texts != NULL; texts++) {
		struct ush_network other;

		if (ush_network_from_text(&other, *texts) == 0 && overlap(network, &other))
			return true;
	}
	return false;
}

/* The largest that registries give to anyone is about an IPv4 /8 and an IPv6 /19. Most lists have
 * nothing larger than a /16 and a /32, the usual size of a provider. */
enum ush_refusal
ush_guard_network(const struct ush_network *network, const char **warning)
{
	static const char *const local[] = {
	    "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::", "::1", "fe80::/10", NULL};
	static const char *const private[] = {
	    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", NULL};
	bool is_ipv4 = network->base.family == AF_INET;

	*warning = NULL;
	if (network->bits < (is_ipv4 ? 8 : 19))
		return USH_REFUSED_WIDE;
	if (overlaps_any(network, local))
		return USH_REFUSED_LOCAL;
	if (overlaps_any(network, private))
		*warning = "a private network: names of your own may be blocked";
	else if (network->bits < (is_ipv4 ? 16 : 32))
		*warning = "a large network: unrelated owners may be blocked";
	return USH_REFUSED_NOT;
}
