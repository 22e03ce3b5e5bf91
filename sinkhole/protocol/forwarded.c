/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/forwarded.h"

#include <string.h>

/* Further entries are some game; the right-most ones are those that proxies of ours wrote. */
#define ENTRIES_MAX 64

/* "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711", each perhaps in quotes. */
static int
read_entry(struct ush_address *out, struct ush_text entry)
{
	char text[USH_ADDRESS_TEXT_MAX];
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
	if (entry.len >= sizeof(text) || memchr(entry.at, '\0', entry.len) != NULL)
		return -1;
	memcpy(text, entry.at, entry.len);
	text[entry.len] = '\0';
	return ush_address_from_text(out, text);
}

/* All entries of all such headers in order, the last ENTRIES_MAX of them; family 0: not an address.
 */
static size_t
read_entries(struct ush_address entries[ENTRIES_MAX], const struct ush_http_head *head)
{
	size_t count = 0;
	struct ush_text part;

	for (size_t i = 0; i < head->header_count; i++) {
		struct ush_text rest = head->headers[i].value;

		if (!ush_text_is_nocase(head->headers[i].name, "x-forwarded-for"))
			continue;
		while (ush_text_split(&rest, ',', &part)) {
			if (count == ENTRIES_MAX)
				memmove(entries, entries + 1, --count * sizeof(*entries));
			entries[count] = (struct ush_address){0};
			if (read_entry(&entries[count], part) != 0)
				entries[count].family = 0;
			count++;
		}
	}
	return count;
}

void
ush_forwarded_read(struct ush_forwarded *out, const struct ush_http_head *head,
    const struct ush_address *peer, const struct ush_networks *trusted)
{
	struct ush_address entries[ENTRIES_MAX];
	size_t count;

	*out = (struct ush_forwarded){.source = *peer};
	/* In a line that did not come or was not taken, the proxy may have said otherwise. */
	if (head == NULL || !head->whole || !ush_networks_contain(trusted, peer))
		return;
	count = read_entries(entries, head);
	/* From right to left; an entry that is no address ends the chain that can be trusted. */
	while (count > 0 && entries[count - 1].family != 0) {
		out->source = entries[--count];
		out->proxied = true;
		if (!ush_networks_contain(trusted, &out->source))
			break;
	}
	for (size_t i = count > USH_FORWARDED_CLAIMED_MAX ? count - USH_FORWARDED_CLAIMED_MAX : 0;
	     i < count; i++) {
		if (entries[i].family != 0)
			out->claimed[out->claimed_count++] = entries[i];
	}
}
