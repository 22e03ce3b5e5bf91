/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/link.h"

#include <stdio.h>

/* With a name and no TLS of its own, there is a proxy before it. */
static const char *
put(char buf[USH_LINK_MAX], const struct ush_settings *settings, const char *path,
    const char *about)
{
	const struct ush_watch_settings *watch = &settings->watch;
	bool has_tls = watch->certificate != NULL;
	bool is_named = watch->names.count > 0;
	bool is_six = watch->listen.address.family == AF_INET6;
	char address[USH_ADDRESS_TEXT_MAX];
	char host[USH_ADDRESS_TEXT_MAX + 2];

	snprintf(host, sizeof(host), is_six ? "[%s]" : "%s",
	    ush_address_to_text(&watch->listen.address, address));
	if (settings->alerts.link != NULL)
		snprintf(buf, USH_LINK_MAX, "%s%s%s", settings->alerts.link, path, about);
	else if (is_named && !has_tls)
		snprintf(buf, USH_LINK_MAX, "https://%s%s%s", watch->names.items[0], path, about);
	else
		snprintf(buf, USH_LINK_MAX, "%s://%s:%u%s%s", has_tls ? "https" : "http",
		    is_named ? watch->names.items[0] : host, watch->listen.port, path, about);
	return buf;
}

const char *
ush_link_to_hosts(char buf[USH_LINK_MAX], const struct ush_settings *settings)
{
	return put(buf, settings, "/", "");
}

const char *
ush_link_to_host(char buf[USH_LINK_MAX], const struct ush_settings *settings, const char *address)
{
	return put(buf, settings, "/host/", address);
}

const char *
ush_link_to_sensors(char buf[USH_LINK_MAX], const struct ush_settings *settings)
{
	return put(buf, settings, "/sensors", "");
}
