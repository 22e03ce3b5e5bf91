/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static unsigned
octet_count(uint8_t family)
{
	return family == AF_INET6 ? 16 : family == AF_INET ? 4 : 0;
}

static unsigned
bit_count(uint8_t family)
{
	return octet_count(family) * 8;
}

static void
set(struct ush_address *out, uint8_t family, const void *octets)
{
	if (family == AF_INET6 && memcmp(octets, mapped_prefix, sizeof(mapped_prefix)) == 0) {
		family = AF_INET;
		octets = (const uint8_t *)octets + sizeof(mapped_prefix);
	}
	*out = (struct ush_address){.family = family};
	memcpy(out->octets, octets, octet_count(family));
}

int
ush_address_from_text(struct ush_address *out, const char *text)
{
	uint8_t octets[16];

	if (inet_pton(AF_INET, text, octets) == 1)
		set(out, AF_INET, octets);
	else if (inet_pton(AF_INET6, text, octets) == 1)
		set(out, AF_INET6, octets);
	else
		return -1;
	return 0;
}

int
ush_address_from_sockaddr(struct ush_address *out, uint16_t *port, const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	uint16_t number;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		set(out, AF_INET, &in.sin_addr);
		number = in.sin_port;
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		set(out, AF_INET6, &in6.sin6_addr);
		number = in6.sin6_port;
	} else {
		return -1;
	}
	if (port != NULL)
		*port = ntohs(number);
	return 0;
}

socklen_t
ush_address_to_sockaddr(
    const struct ush_address *address, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memset(out, 0, sizeof(*out));
	if (address->family == AF_INET) {
		memcpy(&in.sin_addr, address->octets, sizeof(in.sin_addr));
		memcpy(out, &in, sizeof(in));
		return sizeof(in);
	}
	if (address->family == AF_INET6) {
		memcpy(&in6.sin6_addr, address->octets, sizeof(in6.sin6_addr));
		memcpy(out, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return 0;
}

/* Called for every event, several times: inet_ntop() prints by sprintf(). */
static void
put_ipv4(const uint8_t octets[4], char *to)
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			*to++ = '.';
		if (octets[i] >= 100)
			*to++ = (char)('0' + octets[i] / 100);
		if (octets[i] >= 10)
			*to++ = (char)('0' + octets[i] / 10 % 10);
		*to++ = (char)('0' + octets[i] % 10);
	}
	*to = '\0';
}

const char *
ush_address_to_text(const struct ush_address *address, char buf[USH_ADDRESS_TEXT_MAX])
{
	if (address->family == AF_INET)
		put_ipv4(address->octets, buf);
	else if (octet_count(address->family) == 0 ||
	         inet_ntop(address->family, address->octets, buf, USH_ADDRESS_TEXT_MAX) == NULL)
		buf[0] = '\0';
	return buf;
}

bool
ush_address_equal(const struct ush_address *a, const struct ush_address *b)
{
	return a->family == b->family && memcmp(a->octets, b->octets, octet_count(a->family)) == 0;
}

bool
ush_address_is_loopback(const struct ush_address *address)
{
	static const uint8_t one[16] = {[15] = 1};

	if (address->family == AF_INET)
		return address->octets[0] == 127;
	return address->family == AF_INET6 && memcmp(address->octets, one, sizeof(one)) == 0;
}

/* Digits only, no sign, no blank, no leading zero: "08" is a typing error, not a network. */
static int
read_bits(const char *text, unsigned max, uint8_t *bits)
{
	unsigned value = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > max)
			return -1;
	}
	*bits = (uint8_t)value;
	return 0;
}

static uint8_t
octet_mask(unsigned bits, unsigned octet)
{
	unsigned before = octet * 8;

	if (bits >= before + 8)
		return 0xff;
	if (bits <= before)
		return 0;
	return (uint8_t)(0xffu << (8 - (bits - before)) & 0xffu);
}

static int
read_network(struct ush_network *out, const char *text, bool take_host_bits)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char host[USH_ADDRESS_TEXT_MAX];
	uint8_t octets[16];
	uint8_t family = AF_INET;
	uint8_t bits;

	if (len >= sizeof(host))
		return -1;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, octets) != 1) {
		family = AF_INET6;
		if (inet_pton(AF_INET6, host, octets) != 1)
			return -1;
	}
	bits = (uint8_t)bit_count(family);
	if (slash != NULL && read_bits(slash + 1, bits, &bits) != 0)
		return -1;
	for (unsigned i = 0; i < octet_count(family); i++) {
		if ((octets[i] & ~octet_mask(bits, i)) != 0 && !take_host_bits)
			return -1;
		octets[i] &= octet_mask(bits, i);
	}
	set(&out->base, family, octets);
	if (family == AF_INET6 && out->base.family == AF_INET) {
		/* ::ffff:192.0.2.0/120 is 192.0.2.0/24. Below /96 host bits would have been
		 * set, or are gone. */
		bits = (uint8_t)(bits - 96);
	}
	out->bits = bits;
	return 0;
}

int
ush_network_from_text(struct ush_network *out, const char *text)
{
	return read_network(out, text, false);
}

int
ush_network_around(struct ush_network *out, const char *text)
{
	return read_network(out, text, true);
}

const char *
ush_network_to_text(const struct ush_network *network, char buf[USH_NETWORK_TEXT_MAX])
{
	size_t used = strlen(ush_address_to_text(&network->base, buf));
	char digits[4];
	unsigned bits = network->bits;
	size_t count = 0;

	if (used == 0)
		return buf;
	do {
		digits[count++] = (char)('0' + bits % 10);
		bits /= 10;
	} while (bits > 0);
	buf[used++] = '/';
	while (count > 0)
		buf[used++] = digits[--count];
	buf[used] = '\0';
	return buf;
}

bool
ush_network_contains(const struct ush_network *network, const struct ush_address *address)
{
	unsigned whole = network->bits / 8;

	if (address->family != network->base.family || octet_count(address->family) == 0)
		return false;
	if (memcmp(network->base.octets, address->octets, whole) != 0)
		return false;
	return network->bits % 8 == 0 || ((network->base.octets[whole] ^ address->octets[whole]) &
	                                     octet_mask(network->bits, whole)) == 0;
}

int
ush_network_nth(const struct ush_network *network, uint32_t n, struct ush_address *out)
{
	unsigned count = octet_count(network->base.family);
	unsigned host_bits = bit_count(network->base.family) - network->bits;

	if (count == 0 || (host_bits < 32 && n >> host_bits != 0))
		return -1;
	*out = network->base;
	for (unsigned i = 0; i < 4; i++)
		out->octets[count - 1 - i] |= (uint8_t)(n >> (8 * i));
	return 0;
}

int
ush_network_index(const struct ush_network *network, const struct ush_address *address, uint32_t *n)
{
	unsigned count = octet_count(address->family);
	uint32_t index = 0;

	if (!ush_network_contains(network, address))
		return -1;
	for (unsigned i = 0; i < count; i++) {
		uint8_t host = address->octets[i] & (uint8_t)~octet_mask(network->bits, i);

		if (i + 4 < count && host != 0)
			return -1;
		index = index << 8 | host;
	}
	*n = index;
	return 0;
}

int
ush_networks_add(struct ush_networks *list, const struct ush_network *network)
{
	struct ush_network *items =
	    reallocarray(list->items, list->count + 1, sizeof(*list->items));

	if (items == NULL)
		return -1;
	list->items = items;
	list->items[list->count++] = *network;
	return 0;
}

bool
ush_networks_contain(const struct ush_networks *list, const struct ush_address *address)
{
	for (size_t i = 0; i < list->count; i++) {
		if (ush_network_contains(&list->items[i], address))
			return true;
	}
	return false;
}

void
ush_networks_fini(struct ush_networks *list)
{
	free(list->items);
	*list = (struct ush_networks){0};
}
