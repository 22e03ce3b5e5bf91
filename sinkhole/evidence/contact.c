/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/contact.h"

#include <stddef.h>

const char *
ush_contact_action(const struct ush_contact *contact)
{
	switch (contact->kind) {
	case USH_CONTACT_HTTP:
		return contact->malformed == NULL ? "http-request" : "http-malformed";
	case USH_CONTACT_TLS:
		return contact->malformed == NULL ? "tls-client-hello" : "tls-malformed";
	case USH_CONTACT_TCP:
		return "tcp-data";
	case USH_CONTACT_SILENT:
		return "tcp-silent";
	case USH_CONTACT_UDP:
		return "udp-datagram";
	case USH_CONTACT_TCP_FOLDED:
		return "tcp-folded";
	case USH_CONTACT_UDP_FOLDED:
		return "udp-folded";
	}
	return "unknown";
}

struct ush_text
ush_contact_host(const struct ush_contact *contact)
{
	if (contact->head != NULL && contact->head->host.len > 0)
		return contact->head->host;
	if (contact->hello != NULL && contact->hello->server_name[0] != '\0')
		return ush_text(contact->hello->server_name);
	if (contact->hello == NULL && contact->tls != NULL && contact->tls->server_name[0] != '\0')
		return ush_text(contact->tls->server_name);
	return contact->tunnel != NULL ? ush_http_authority_host(ush_text(contact->tunnel))
	                               : (struct ush_text){0};
}

bool
ush_contact_is_udp(const struct ush_contact *contact)
{
	return contact->kind == USH_CONTACT_UDP || contact->kind == USH_CONTACT_UDP_FOLDED;
}
