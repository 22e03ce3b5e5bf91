/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/endpoint.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int
read_port(uint16_t *out, const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || port == 0 || port > UINT16_MAX)
		return -1;
	*out = (uint16_t)port;
	return 0;
}

int
ush_endpoint_from_text(struct ush_endpoint *out, const char *text, uint16_t default_port)
{
	const char *colon = strrchr(text, ':');
	bool is_bracketed = text[0] == '[';
	char address[USH_ADDRESS_TEXT_MAX];
	size_t len;

	out->port = default_port;
	if (ush_address_from_text(&out->address, text) == 0)
		return 0;
	if (colon == NULL || read_port(&out->port, colon + 1) != 0)
		return -1;
	len = (size_t)(colon - text) - (is_bracketed ? 2u : 0u);
	if (len >= sizeof(address) || (is_bracketed && (colon == text + 1 || colon[-1] != ']')))
		return -1;
	memcpy(address, text + is_bracketed, len);
	address[len] = '\0';
	return ush_address_from_text(&out->address, address);
}
