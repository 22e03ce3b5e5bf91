/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/event_read.h"

#include <stdio.h>
#include <string.h>

/* Texts one after the other, as far as there is room. Called for each event: snprintf() takes longer
 * than all the rest. */
static void
join(char detail[USH_DETAIL_MAX], const char *const texts[], size_t count)
{
	char *to = detail;
	char *end = detail + USH_DETAIL_MAX - 1;

	for (size_t i = 0; i < count; i++) {
		size_t len = strnlen(texts[i], (size_t)(end - to));

		memcpy(to, texts[i], len);
		to += len;
	}
	*to = '\0';
}

#define JOIN(detail, ...)                                  \
	join((detail), (const char *const[]){__VA_ARGS__}, \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static const char *
describe_contact(const struct ush_event *event, char detail[USH_DETAIL_MAX])
{
	const char *host = event->domain[0] != '\0' ? event->domain : event->destination;
	char port[16] = "";

	if (event->port != 0 && event->port <= 65535)
		snprintf(port, sizeof(port), ":%u", (unsigned)event->port);
	if (strncmp(event->action, "http-", 5) == 0) {
		JOIN(detail, event->method, " ", host, strcmp(port, ":80") == 0 ? "" : port,
		    event->path);
		return host;
	}
	if (event->server_name[0] != '\0') {
		JOIN(detail, "TLS ", event->server_name, port);
		return event->server_name;
	}
	JOIN(detail, event->transport, " ", event->destination, port);
	return event->destination;
}

const char *
ush_event_describe(const struct ush_event *event, char detail[USH_DETAIL_MAX])
{
	if (event->dataset == USH_IN_STATE) {
		JOIN(detail, event->state.writer, " ", event->state.reason);
		return event->state.writer;
	}
	if (event->dataset == USH_IN_DNS) {
		JOIN(detail, event->qname, " ", event->qtype);
		return event->rule_name[0] != '\0' ? event->rule_name : event->qname;
	}
	return describe_contact(event, detail);
}
