/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/forwarded.h"

/* Further entries are some game; the right-most ones are those that proxies of ours wrote. */
#define ENTRIES_MAX 64

/* "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711", each perhaps in quotes. */
static int
read_entry(struct ush_address *out, struct ush_text entry)
{
	size_t colon;

	entry = ush_text_trim(entry);
	if (entry.len >= 2 && entry.at[0] == '"' && entry.at[entry.len - 1] == '"')
		entry = ush_text_of(entry.at + 1, entry.len - 2);
	colon = ush_text_find(entry, ':');
	if (entry.len > 0 && entry.at[0] == '[') {
		size_t bracket = ush_text_find(entry, ']');

		if (bracket == entry.len)
			return -1;
		entry = ush_text_of(entry.at + 1, bracket - 1);
	} else if (colon < entry.len &&
	           ush_text_find(ush_text_from(entry, colon + 1), ':') == entry.len - colon - 1) {
		entry = ush_text_clip(entry, colon);
	}
	return ush_text_to_address(entry, out);
}

/* A quote that a backslash stands before is a part of the text. */
static bool
is_quote(struct ush_text text, size_t at)
{
	size_t backslashes = 0;

	if (text.at[at] != '"')
		return false;
	while (backslashes < at && text.at[at - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 0;
}

/* Takes what follows the last separator outside of quotes off *rest. From right to left, so that
 * what a proxy wrote is found whatever stands before it: a stranger's lone quote hides nothing. */
static bool
split_last(struct ush_text *rest, char separator, struct ush_text *part)
{
	bool quoted = false;
	size_t at = rest->len;

	if (rest->at == NULL)
		return false;
	for (; at > 0; at--) {
		if (is_quote(*rest, at - 1))
			quoted = !quoted;
		else if (rest->at[at - 1] == separator && !quoted)
			break;
	}
	*part = ush_text_from(*rest, at);
	*rest = at > 0 ? ush_text_clip(*rest, at - 1) : (struct ush_text){0};
	return true;
}

/* The value of "for" in "for=192.0.2.1;proto=http"; nothing if there is none, or more than one. */
static struct ush_text
read_element(struct ush_text element)
{
	struct ush_text found = {0};
	struct ush_text pair;

	while (split_last(&element, ';', &pair)) {
		size_t equals = ush_text_find(pair, '=');

		if (equals == pair.len ||
		    !ush_text_is_nocase(ush_text_trim(ush_text_clip(pair, equals)), "for"))
			continue;
		if (found.at != NULL)
			return (struct ush_text){0};
		found = ush_text_from(pair, equals + 1);
	}
	return found;
}

/* The entries of all headers of this kind, the last one first; family 0: not an address. */
static size_t
read_entries(struct ush_address entries[ENTRIES_MAX], const struct ush_http_head *head,
    enum ush_forwarded_header kind)
{
	bool forwarded = kind == USH_FORWARDED_RFC7239;
	size_t count = 0;
	struct ush_text part;

	if (!ush_http_has(head, forwarded ? USH_HTTP_FORWARDED : USH_HTTP_X_FORWARDED_FOR))
		return 0;
	for (size_t i = head->header_count; i-- > 0;) {
		struct ush_text rest = head->headers[i].value;

		if (!ush_text_is_nocase(
		        head->headers[i].name, forwarded ? "forwarded" : "x-forwarded-for"))
			continue;
		while (count < ENTRIES_MAX && split_last(&rest, ',', &part)) {
			entries[count] = (struct ush_address){0};
			if (read_entry(&entries[count], forwarded ? read_element(part) : part) != 0)
				entries[count].family = 0;
			count++;
		}
	}
	return count;
}

/* Claims are gathered from right to left. */
static void
claim(struct ush_forwarded *from, const struct ush_address *address)
{
	if (address->family == 0 || from->claimed_count == USH_FORWARDED_CLAIMED_MAX ||
	    ush_address_equal(address, &from->source))
		return;
	for (size_t i = 0; i < from->claimed_count; i++) {
		if (ush_address_equal(address, &from->claimed[i]))
			return;
	}
	from->claimed[from->claimed_count++] = *address;
}

static void
reverse(struct ush_address *items, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct ush_address item = items[i];

		items[i] = items[count - 1 - i];
		items[count - 1 - i] = item;
	}
}

/* Goes from proxy to proxy; an entry that is no address ends the chain that can be trusted.
 * Returns how many entries were trusted. */
static size_t
follow_chain(struct ush_forwarded *from, const struct ush_address *entries, size_t count,
    const struct ush_networks *trusted)
{
	size_t at = 0;

	while (
	    at < count && entries[at].family != 0 && ush_networks_contain(trusted, &from->source)) {
		from->source = entries[at++];
		from->proxied = true;
	}
	return at;
}

void
ush_forwarded_read(struct ush_forwarded *from, const struct ush_http_head *head,
    const struct ush_networks *trusted, enum ush_forwarded_header header)
{
	struct ush_address entries[ENTRIES_MAX];
	bool proxy = trusted != NULL && ush_networks_contain(trusted, &from->source);
	size_t count = read_entries(entries, head, header);
	size_t at = 0;

	if (proxy && head->strict)
		at = follow_chain(from, entries, count, trusted);
	reverse(from->claimed, from->claimed_count);
	for (; at < count; at++)
		claim(from, &entries[at]);
	count = read_entries(entries, head,
	    header == USH_FORWARDED_RFC7239 ? USH_FORWARDED_X : USH_FORWARDED_RFC7239);
	for (at = 0; at < count; at++) {
		/* A proxy that writes both headers names itself in both. */
		if (!proxy || !ush_networks_contain(trusted, &entries[at]))
			claim(from, &entries[at]);
	}
	reverse(from->claimed, from->claimed_count);
}
