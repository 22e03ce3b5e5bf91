/* SPDX-License-Identifier: BSD-3-Clause */
/* Only a trusted peer is trusted, only the right-most stranger is the source; each line of the
 * input is one header, of both kinds in turn. */
#include "sinkhole/protocol/forwarded.h"
#include "tests/fuzz/fuzz.h"

static void
read_lines(struct ush_forwarded *out, struct ush_text lines, const struct ush_address *peer,
    const struct ush_networks *trusted, enum ush_forwarded_header kind)
{
	struct ush_http_head head;
	struct ush_text line;
	size_t len;
	char *text;
	FILE *to = open_memstream(&text, &len);

	fputs("GET / HTTP/1.1\r\n", to);
	while (ush_text_split(&lines, '\n', &line)) {
		fputs(kind == USH_FORWARDED_RFC7239 ? "Forwarded: " : "X-Forwarded-For: ", to);
		fwrite(line.at, 1, line.len, to);
		fputs("\r\n", to);
	}
	fputs("\r\n", to);
	fclose(to);
	ush_http_head_read(&head, (uint8_t *)text, len, true);
	*out = (struct ush_forwarded){.source = *peer};
	ush_forwarded_read(out, &head, trusted, kind);
	free(text);
}

/* What was understood, as a proxy would write it, is understood the same. */
static void
check_again(const struct ush_forwarded *from, const struct ush_address *peer,
    const struct ush_networks *trusted, enum ush_forwarded_header kind)
{
	const char *key = kind == USH_FORWARDED_RFC7239 ? "proto=http;For=" : "";
	char text[USH_ADDRESS_TEXT_MAX];
	char line[(USH_FORWARDED_CLAIMED_MAX + 1) * (USH_ADDRESS_TEXT_MAX + 24)] = "";
	struct ush_forwarded again;
	size_t used = 0;

	for (size_t i = 0; i < from->claimed_count; i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s\"[%s]:80\", ", key,
		    ush_address_to_text(&from->claimed[i], text));
	snprintf(line + used, sizeof(line) - used, "%s\"[%s]\"", key,
	    ush_address_to_text(&from->source, text));
	read_lines(&again, ush_text(line), peer, trusted, kind);
	USH_HOLDS(again.proxied && ush_address_equal(&again.source, &from->source));
	USH_HOLDS(again.claimed_count == from->claimed_count);
	for (size_t i = 0; i < from->claimed_count; i++)
		USH_HOLDS(ush_address_equal(&again.claimed[i], &from->claimed[i]));
}

static void
check_claims(const struct ush_forwarded *from)
{
	USH_HOLDS(from->claimed_count <= USH_FORWARDED_CLAIMED_MAX);
	for (size_t i = 0; i < from->claimed_count; i++) {
		USH_HOLDS(from->claimed[i].family != 0);
		USH_HOLDS(!ush_address_equal(&from->claimed[i], &from->source));
		for (size_t j = 0; j < i; j++)
			USH_HOLDS(!ush_address_equal(&from->claimed[i], &from->claimed[j]));
	}
}

static void
check(struct ush_text lines, enum ush_forwarded_header kind)
{
	struct ush_network networks[2];
	struct ush_networks trusted = {.items = networks, .count = 2};
	struct ush_address proxy, stranger;
	struct ush_forwarded from;

	USH_HOLDS(ush_network_from_text(&networks[0], "10.0.0.0/8") == 0 &&
	          ush_network_from_text(&networks[1], "2001:db8::/32") == 0 &&
	          ush_address_from_text(&proxy, "10.0.0.1") == 0 &&
	          ush_address_from_text(&stranger, "192.0.2.1") == 0);
	read_lines(&from, lines, &stranger, &trusted, kind);
	USH_HOLDS(!from.proxied && ush_address_equal(&from.source, &stranger));
	check_claims(&from);
	read_lines(&from, lines, &proxy, &trusted, kind);
	USH_HOLDS(from.source.family != 0);
	check_claims(&from);
	if (!from.proxied)
		USH_HOLDS(ush_address_equal(&from.source, &proxy));
	else if (!ush_networks_contain(&trusted, &from.source))
		check_again(&from, &proxy, &trusted, kind);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ush_text lines = {(const char *)data, size};

	check(lines, USH_FORWARDED_X);
	check(lines, USH_FORWARDED_RFC7239);
	return 0;
}
