/* SPDX-License-Identifier: BSD-3-Clause */
/* address.h - IP addresses and networks as values. Any thread may call; only ush_networks owns
 * memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "common/attr.h"

#define USH_ADDRESS_TEXT_MAX 46 /* INET6_ADDRSTRLEN */
#define USH_NETWORK_TEXT_MAX 50

/* An address. family is AF_INET (4 octets of `octets` count) or AF_INET6, or 0: none.
 * IPv4-mapped IPv6 addresses are always turned into plain IPv4. */
struct ush_address {
	uint8_t family;
	uint8_t octets[16];
};

/* A network: host bits are zero, bits is 0-32 or 0-128. */
struct ush_network {
	struct ush_address base;
	uint8_t bits;
};

/* A list of networks; items is malloced and owned by the struct. Zeroed: the empty list. */
struct ush_networks {
	struct ush_network *items;
	size_t count;
};

USH_MUST_CHECK int ush_address_from_text(struct ush_address *out, const char *text);
/* Returns -1 for other families than AF_INET and AF_INET6. *port (may be NULL) in host order. */
USH_MUST_CHECK int ush_address_from_sockaddr(
    struct ush_address *out, uint16_t *port, const struct sockaddr *sa);
/* Returns the length to hand to bind()/connect(). */
socklen_t ush_address_to_sockaddr(
    const struct ush_address *address, uint16_t port, struct sockaddr_storage *out);
/* RFC 5952 text into buf; returns buf. "" for family 0. */
const char *ush_address_to_text(const struct ush_address *address, char buf[USH_ADDRESS_TEXT_MAX]);
bool ush_address_equal(const struct ush_address *a, const struct ush_address *b);
bool ush_address_is_loopback(const struct ush_address *address);

/* "10.0.0.0/8" or a lone address (a network of one). -1 if malformed or if host bits are set. */
USH_MUST_CHECK int ush_network_from_text(struct ush_network *out, const char *text);
/* The same, but host bits may be set: the network around the address. */
USH_MUST_CHECK int ush_network_around(struct ush_network *out, const char *text);
const char *ush_network_to_text(const struct ush_network *network, char buf[USH_NETWORK_TEXT_MAX]);
bool ush_network_contains(const struct ush_network *network, const struct ush_address *address);
/* The network's n-th address (0: its base). -1 if it has no such address. n is at most 2^32-1. */
USH_MUST_CHECK int ush_network_nth(
    const struct ush_network *network, uint32_t n, struct ush_address *out);
/* The inverse: which one `address` is; -1 if outside or beyond 2^32-1. */
USH_MUST_CHECK int ush_network_index(
    const struct ush_network *network, const struct ush_address *address, uint32_t *n);

USH_MUST_CHECK int ush_networks_add(struct ush_networks *list, const struct ush_network *network);
bool ush_networks_contain(const struct ush_networks *list, const struct ush_address *address);
void ush_networks_fini(struct ush_networks *list);
