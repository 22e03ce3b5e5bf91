/* SPDX-License-Identifier: BSD-3-Clause */
/* Readers of the values that are more than one word: lists, networks, names, paths. */
#include "common/settings_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/name.h"

#define ITEMS_MAX 65536 /* entries of any one list */
#define PORTS_MAX 4096

static int
check_list(const struct ush_yaml *yaml, const struct ush_yaml_node *node, size_t max,
    const char *of_what, struct ush_error *err)
{
	if (!ush_yaml_is_list(node))
		return ush_yaml_fail(yaml, node, err, "expected a list of %s", of_what);
	if (ush_yaml_count(node) > max)
		return ush_yaml_fail(yaml, node, err, "more than %zu %s", max, of_what);
	return 0;
}

static int
read_network(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *text = ush_yaml_text(node);

	if (text == NULL || ush_network_from_text(member, text) != 0)
		return ush_yaml_fail(yaml, node, err,
		    "\"%s\" is no address or network (10.0.0.0/8; bits behind the prefix must be "
		    "0)",
		    text != NULL ? text : "");
	return 0;
}

int
ush_read_networks(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_networks *list = member;

	if (check_list(yaml, node, ITEMS_MAX, "networks", err) != 0)
		return -1;
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		struct ush_network network;

		if (read_network(yaml, ush_yaml_item(node, i), &network, err) != 0)
			return -1;
		if (ush_networks_add(list, &network) != 0)
			return ush_yaml_fail(yaml, node, err, "out of memory");
	}
	return 0;
}

int
ush_read_pool(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const struct ush_networks *pool = member;

	if (ush_read_networks(yaml, node, member, err) != 0)
		return -1;
	if (pool->count > 2 ||
	    (pool->count == 2 && pool->items[0].base.family == pool->items[1].base.family))
		return ush_yaml_fail(yaml, node, err,
		    "sinkhole-addresses takes at most one IPv4 and one IPv6 network");
	return 0;
}

/* "127.0.0.1:9153" or "[::1]:9153". */
int
ush_read_service(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_local_service *service = member;
	const char *text = ush_yaml_text(node);
	const char *colon = text != NULL ? strrchr(text, ':') : NULL;
	char address[USH_ADDRESS_TEXT_MAX];
	unsigned long port = 0;
	size_t len;
	char *end;

	if (colon != NULL && colon[1] >= '0' && colon[1] <= '9') {
		port = strtoul(colon + 1, &end, 10);
		port = *end == '\0' && port <= 65535 ? port : 0;
	}
	if (port == 0)
		return ush_yaml_fail(
		    yaml, node, err, "expected an address and a port: 127.0.0.1:9153");
	len = (size_t)(colon - text);
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	snprintf(address, sizeof(address), "%.*s", (int)len, text);
	if (len >= sizeof(address) || ush_address_from_text(&service->address, address) != 0)
		return ush_yaml_fail(yaml, node, err, "\"%s\" is no address", address);
	service->port = (uint16_t)port;
	service->line = ush_yaml_line(node);
	return 0;
}

/* Loopback alone: there is no login. */
int
ush_read_local(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const struct ush_local_service *service = member;
	char text[USH_ADDRESS_TEXT_MAX];

	if (ush_read_service(yaml, node, member, err) != 0)
		return -1;
	if (!ush_address_is_loopback(&service->address))
		return ush_yaml_fail(yaml, node, err,
		    "%s is no loopback address; there is no login, so this is for this machine only",
		    ush_address_to_text(&service->address, text));
	return 0;
}

static int
read_role_networks(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	if (ush_read_networks(yaml, node, member, err) != 0)
		return -1;
	if (ush_yaml_count(node) == 0)
		return ush_yaml_fail(yaml, node, err, "a role needs at least one network");
	return 0;
}

/* Ports of one transport: a list, or a lone number. */
static int
read_ports(const struct ush_yaml *yaml, const struct ush_yaml_node *node, uint16_t **ports,
    size_t *count, struct ush_error *err)
{
	size_t wanted = ush_yaml_text(node) != NULL ? 1 : ush_yaml_count(node);

	if (ush_yaml_text(node) == NULL && check_list(yaml, node, PORTS_MAX, "ports", err) != 0)
		return -1;
	if (wanted == 0)
		return 0;
	*ports = calloc(wanted, sizeof(**ports));
	if (*ports == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	for (size_t i = 0; i < wanted; i++) {
		const struct ush_yaml_node *item =
		    ush_yaml_text(node) != NULL ? node : ush_yaml_item(node, i);
		uint32_t port;

		if (ush_yaml_uint(item, 1, 65535, &port) != 0)
			return ush_yaml_fail(yaml, item, err, "a port is a number from 1 to 65535");
		(*ports)[(*count)++] = (uint16_t)port;
	}
	return 0;
}

/* To 443 every proxy tunnels: what comes there is the client's own word. */
int
ush_read_forwarded_ports(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    void *member, struct ush_error *err)
{
	struct ush_ports *ports = member;

	if (read_ports(yaml, node, &ports->items, &ports->count, err) != 0)
		return -1;
	if (ush_ports_contain(ports, 443))
		return ush_yaml_fail(yaml, node, err,
		    "443 cannot be a forwarded port: proxies open tunnels to it (CONNECT), so any "
		    "client can write any address into the headers that arrive there");
	return 0;
}

static int
read_tcp(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_listen *listen = member;

	return read_ports(yaml, node, &listen->tcp, &listen->tcp_count, err);
}

static int
read_udp(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_listen *listen = member;

	return read_ports(yaml, node, &listen->udp, &listen->udp_count, err);
}

const struct ush_field ush_listen_fields[] = {
    {.key = "address",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_listen, address),
        .required = true,
        .read = read_network,
        .help = "An address, or a network that is routed to this machine (AnyIP)."},
    {.key = "tcp",
        .kind = USH_FIELD_CUSTOM,
        .read = read_tcp,
        .help = "TCP ports; HTTP and TLS are recognised on each of them."},
    {.key = "udp", .kind = USH_FIELD_CUSTOM, .read = read_udp, .help = "UDP ports."},
    {.key = "proxy-protocol",
        .kind = USH_FIELD_BOOL,
        .offset = offsetof(struct ush_listen, proxy_protocol),
        .fallback = "no",
        .help = "Connections from trusted-proxies begin with a PROXY header (version 1 or 2)."},
    {0},
};

int
ush_read_user(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_sinkhole_settings *sinkhole = member;
	const char *name = ush_yaml_text(node);

	if (name == NULL || name[0] == '\0')
		return ush_yaml_fail(yaml, node, err, "expected the name of a user");
	sinkhole->user = strdup(name);
	sinkhole->user_line = ush_yaml_line(node);
	return sinkhole->user != NULL ? 0 : ush_yaml_fail(yaml, node, err, "out of memory");
}

int
ush_check_listen_entry(const struct ush_yaml *yaml, const struct ush_yaml_node *item,
    const void *entries, size_t count, struct ush_error *err)
{
	const struct ush_listen *listen = (const struct ush_listen *)entries + count - 1;

	if (listen->tcp_count + listen->udp_count == 0)
		return ush_yaml_fail(yaml, item, err, "this entry has neither tcp nor udp ports");
	if (listen->proxy_protocol && listen->udp_count > 0)
		return ush_yaml_fail(yaml, item, err,
		    "proxy-protocol is for tcp; give the udp ports an entry of their own");
	return 0;
}

static const struct ush_choice writer_choices[] = {
    {"dns", USH_LOG_DNS},
    {"contacts", USH_LOG_CONTACTS},
    {NULL, 0},
};

const struct ush_field ush_log_source_fields[] = {
    {.key = "path",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_log_source, path),
        .required = true,
        .read = ush_read_path,
        .help = "The log; the rotated ones beside it are read, too."},
    {.key = "writer",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct ush_log_source, writer),
        .required = true,
        .choices = writer_choices,
        .help = "The program that wrote it: the module (dns) or sinkholed (contacts)."},
    {.key = "observer",
        .kind = USH_FIELD_STRING,
        .offset = offsetof(struct ush_log_source, observer),
        .min = 1,
        .max = USH_OBSERVER_MAX,
        .help = "The observer of that sensor's settings (default there: the host name). It is "
                "missed when it says nothing. Default: any. Required from the second entry of a "
                "writer on."},
    {.key = "delay",
        .kind = USH_FIELD_UINT,
        .offset = offsetof(struct ush_log_source, delay),
        .fallback = "0",
        .min = 0,
        .max = 86400,
        .help = "Seconds that lines may come later than they were written, for a log that is "
                "copied from another machine."},
    {0},
};

/* Two sensors of one kind differ by their names alone. */
int
ush_check_log_entry(const struct ush_yaml *yaml, const struct ush_yaml_node *item,
    const void *entries, size_t count, struct ush_error *err)
{
	const struct ush_log_source *other = entries, *log = other + count - 1;

	for (; other < log; other++) {
		if (other->writer != log->writer)
			continue;
		if (log->observer == NULL)
			return ush_yaml_fail(yaml, item, err,
			    "\"observer\" is missing: the entry in line %u has the same writer",
			    other->line);
		if (other->observer != NULL && strcmp(other->observer, log->observer) == 0)
			return ush_yaml_fail(yaml, item, err,
			    "the entry in line %u has the same writer and observer", other->line);
	}
	return 0;
}

static const struct ush_choice identity_choices[] = {
    {"dnsmasq", USH_IDENTITY_DNSMASQ},
    {"dhcpd", USH_IDENTITY_DHCPD},
    {"kea", USH_IDENTITY_KEA},
    {"neigh", USH_IDENTITY_NEIGH},
    {"inventory", USH_IDENTITY_INVENTORY},
    {"hosts", USH_IDENTITY_HOSTS},
    {NULL, 0},
};

const struct ush_field ush_identity_source_fields[] = {
    {.key = "path",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_identity_source, path),
        .required = true,
        .read = ush_read_path,
        .help = "The file, as it is or as it was copied here."},
    {.key = "format",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct ush_identity_source, format),
        .required = true,
        .choices = identity_choices,
        .help =
            "Lease file of dnsmasq, of ISC dhcpd or of Kea (CSV), output of ip neigh, inventory "
            "(CSV with the columns mac or address, name, owner, place, asset), or hosts(5)."},
    {.key = "valid",
        .kind = USH_FIELD_UINT,
        .offset = offsetof(struct ush_identity_source, valid),
        .fallback = "600",
        .min = 1,
        .max = 86400,
        .help = "Seconds that output of ip neigh stays true: a little more than the time between "
                "two of them."},
    {0},
};

static const struct ush_choice role_choices[] = {
    {"forwarder", USH_ROLE_FORWARDER},
    {"proxy", USH_ROLE_PROXY},
    {"mail-gateway", USH_ROLE_MAIL_GATEWAY},
    {"scanner", USH_ROLE_SCANNER},
    {"sandbox", USH_ROLE_SANDBOX},
    {"drill", USH_ROLE_DRILL},
    {NULL, 0},
};

const struct ush_field ush_role_fields[] = {
    {.key = "networks",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_role, networks),
        .required = true,
        .read = read_role_networks,
        .help = "The hosts' addresses or networks."},
    {.key = "role",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct ush_role, kind),
        .required = true,
        .choices = role_choices,
        .help = "What these hosts are."},
    {0},
};

static int
read_one_address(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    struct ush_override *override, struct ush_error *err)
{
	const char *text = ush_yaml_text(node);
	struct ush_address address;
	struct ush_address *member;

	if (text == NULL || ush_address_from_text(&address, text) != 0)
		return ush_yaml_fail(
		    yaml, node, err, "\"%s\" is no IP address", text != NULL ? text : "");
	member = address.family == AF_INET ? &override->address4 : &override->address6;
	if (member->family != 0)
		return ush_yaml_fail(
		    yaml, node, err, "a campaign has at most one IPv4 and one IPv6 address");
	*member = address;
	return 0;
}

static int
read_override_address(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	if (!ush_yaml_is_list(node))
		return read_one_address(yaml, node, member, err);
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		if (read_one_address(yaml, ush_yaml_item(node, i), member, err) != 0)
			return -1;
	}
	return 0;
}

static const struct ush_choice override_choices[] = {
    {"sinkhole", USH_ACTION_SINKHOLE},
    {"monitor", USH_ACTION_MONITOR},
    {"nxdomain", USH_ACTION_NXDOMAIN},
    {"nodata", USH_ACTION_NODATA},
    {"drop", USH_ACTION_DROP},
    {"off", USH_ACTION_OFF},
    {NULL, 0},
};

#define OVERRIDE_ACTION                                                                       \
	{                                                                                     \
		.key = "action", .kind = USH_FIELD_ENUM,                                      \
		.offset = offsetof(struct ush_override, action), .choices = override_choices, \
		.help = "Overrides the action that was compiled; off ignores the rules."      \
	}

static const struct ush_choice recording_choices[] = {
    {"all", USH_RECORD_ALL},
    {"first", USH_RECORD_FIRST},
    {"count", USH_RECORD_COUNT},
    {NULL, 0},
};

const struct ush_field ush_campaign_fields[] = {
    OVERRIDE_ACTION,
    {.key = "address",
        .kind = USH_FIELD_CUSTOM,
        .read = read_override_address,
        .help = "The sinkhole address instead of the one from the pool: one, or a list of one "
                "IPv4 and one IPv6."},
    {.key = "events",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct ush_override, recording),
        .choices = recording_choices,
        .help = "Which DNS events the module writes: all; first: the first of each host and name "
                "in an hour; count: the first, and the others in one line with their number."},
    {0},
};

const struct ush_field ush_feed_fields[] = {
    OVERRIDE_ACTION,
    {0},
};

static int
read_overrides(const struct ush_yaml *yaml, const struct ush_yaml_node *node,
    const struct ush_field *fields, struct ush_overrides *overrides, struct ush_error *err)
{
	size_t count = ush_yaml_count(node);

	if (!ush_yaml_is_map(node))
		return ush_yaml_fail(yaml, node, err, "expected a map (lines of \"name: {...}\")");
	if (count > ITEMS_MAX)
		return ush_yaml_fail(yaml, node, err, "more than %d entries", ITEMS_MAX);
	if (count == 0)
		return 0;
	overrides->items = calloc(count, sizeof(*overrides->items));
	if (overrides->items == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct ush_override *override = &overrides->items[overrides->count++];
		const struct ush_yaml_node *value;

		override->name = strdup(ush_yaml_key(node, i, &value));
		if (override->name == NULL)
			return ush_yaml_fail(yaml, node, err, "out of memory");
		override->line = ush_yaml_key_line(value);
		if (ush_yaml_read(yaml, value, fields, override, err) != 0)
			return -1;
	}
	return 0;
}

int
ush_read_campaigns(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	return read_overrides(yaml, node, ush_campaign_fields, member, err);
}

int
ush_read_feeds(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	return read_overrides(yaml, node, ush_feed_fields, member, err);
}

/* So that a whole set-up can lie anywhere. */
char *
ush_settings_whole_path(const char *file, const char *path)
{
	const char *slash = path[0] != '/' ? strrchr(file, '/') : NULL;
	int directory = slash != NULL ? (int)(slash + 1 - file) : 0;
	char *whole;

	return asprintf(&whole, "%.*s%s", directory, file, path) == -1 ? NULL : whole;
}

int
ush_read_path(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *path = ush_yaml_text(node);
	char *whole;

	if (path == NULL || path[0] == '\0')
		return ush_yaml_fail(yaml, node, err, "expected the path of a file or directory");
	if ((whole = ush_settings_whole_path(ush_yaml_file(yaml), path)) == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	memcpy(member, &whole, sizeof(whole));
	return 0;
}

/* The password would stand in the settings, which many may read, and in messages. */
static bool
has_password(const char *uri)
{
	const char *user = strstr(uri, "://") + 3;
	const char *at = strchr(user, '@');
	const char *colon = strchr(user, ':');

	return (at != NULL && colon != NULL && colon < at && at < user + strcspn(user, "/?")) ||
	       strcasestr(uri, "password=") != NULL;
}

int
ush_read_engine(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *uri = ush_yaml_text(node);
	char *copy;

	if (uri == NULL ||
	    (strncmp(uri, "postgresql://", 13) != 0 && strncmp(uri, "postgres://", 11) != 0))
		return ush_yaml_fail(
		    yaml, node, err, "expected a URI as postgresql://ns2@db.example.net/sinkhole");
	if (has_password(uri))
		return ush_yaml_fail(yaml, node, err,
		    "without the password: put it into a file (passfile=, PGPASSFILE)");
	if ((copy = strdup(uri)) == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	memcpy(member, &copy, sizeof(copy));
	return 0;
}

/* A copy in the one text form; NULL with the reason. */
static char *
copy_name(const struct ush_yaml *yaml, const struct ush_yaml_node *node, struct ush_error *err)
{
	const char *text = ush_yaml_text(node);
	char buf[USH_NAME_TEXT_MAX];
	struct ush_name name;
	char *copy;

	if (text == NULL || ush_name_from_text(&name, text, strlen(text)) != 0 ||
	    ush_name_labels(&name) == 0) {
		ush_yaml_fail(yaml, node, err, "\"%s\" is no DNS name", text != NULL ? text : "");
		return NULL;
	}
	ush_name_to_text(&name, buf);
	if ((copy = strdup(buf)) == NULL)
		ush_yaml_fail(yaml, node, err, "out of memory");
	return copy;
}

int
ush_read_name(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	char *copy = copy_name(yaml, node, err);

	if (copy == NULL)
		return -1;
	memcpy(member, &copy, sizeof(copy));
	return 0;
}

int
ush_read_names(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_names *list = member;

	if (check_list(yaml, node, ITEMS_MAX, "names", err) != 0)
		return -1;
	if ((list->items = calloc(ush_yaml_count(node) + 1, sizeof(*list->items))) == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		if ((list->items[i] = copy_name(yaml, ush_yaml_item(node, i), err)) == NULL)
			return -1;
		list->count++;
	}
	return 0;
}
