/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/known.h"

#include <stdlib.h>
#include <string.h>
#include "zones/compile/guard.h"
#include "zones/compile/popular.h"
#include "zones/extract/reference-names.h"
#include "zones/compile/shared_networks.h"
#include "zones/compile/url.h"
#include "zones/idn.h"
#include "zones/readers/reader.h"

struct passed_name {
	struct ush_name name;
	unsigned scope;
};

struct ush_known {
	struct ush_popular *popular;
	struct ush_shared_networks *shared;
	struct passed_name *names;
	size_t name_count;
	struct ush_network *networks;
	size_t network_count;
	unsigned scope; /* of names of the feed that is read, if they say none */
};

static int
add_name(struct ush_known *known, const char *text, size_t len, unsigned scope)
{
	struct passed_name *names;
	struct ush_name name;

	if (ush_name_from_user(&name, text, len) != 0)
		return 0;
	names = reallocarray(known->names, known->name_count + 1, sizeof(*names));
	if (names == NULL)
		return -1;
	known->names = names;
	names[known->name_count++] = (struct passed_name){.name = name, .scope = scope};
	return 0;
}

static int
add_network(struct ush_known *known, const char *text)
{
	struct ush_network *networks;
	struct ush_network network;

	if (ush_network_from_text(&network, text) != 0)
		return 0;
	networks = reallocarray(known->networks, known->network_count + 1, sizeof(*networks));
	if (networks == NULL)
		return -1;
	known->networks = networks;
	networks[known->network_count++] = network;
	return 0;
}

/* For struct ush_feed_sink. */
static int
take(void *arg, const struct ush_indicator *indicator)
{
	struct ush_known *known = arg;
	unsigned scope = indicator->scope != 0 ? indicator->scope : known->scope;
	struct ush_url_parts url;
	char text[USH_NETWORK_TEXT_MAX];

	if (indicator->kind == USH_INDICATOR_NAME)
		return add_name(known, indicator->value, indicator->len, scope);
	if (indicator->kind == USH_INDICATOR_URL &&
	    ush_url_split(indicator->value, indicator->len, &url) == 0)
		return add_name(known, url.host, url.host_len, scope);
	if (indicator->kind != USH_INDICATOR_NETWORK || indicator->len >= sizeof(text))
		return 0;
	memcpy(text, indicator->value, indicator->len);
	text[indicator->len] = '\0';
	return add_network(known, text);
}

static int
read_feed(struct ush_known *known, const char *path, struct ush_error *err)
{
	struct ush_feed_sink sink = {.arg = known, .take = take, .refuse = ush_refusal_ignore};
	struct ush_feed *feed;
	int rc = ush_feed_open(
	    &feed, &(struct ush_feed_options){.path = path, .never_block = true}, err);

	if (rc == 0) {
		unsigned said = ush_feed_head(feed)->scope;

		known->scope = said != 0 ? said : ush_feed_scope(feed);
		rc = ush_feed_read(feed, &sink, err);
	}
	ush_feed_close(feed);
	return rc;
}

int
ush_known_new(struct ush_known **out, const struct ush_names *own, const char *const *never_block,
    struct ush_error *err)
{
	struct ush_known *known = *out = calloc(1, sizeof(*known));

	if (known == NULL || ush_popular_new(&known->popular, own) != 0 ||
	    ush_shared_networks_new(&known->shared) != 0)
		return ush_fail(err, NULL, 0, "no memory");
	for (; *never_block != NULL; never_block++) {
		if (read_feed(known, *never_block, err) != 0)
			return -1;
	}
	return 0;
}

void
ush_known_free(struct ush_known *known)
{
	if (known == NULL)
		return;
	ush_popular_free(known->popular);
	ush_shared_networks_free(known->shared);
	free(known->names);
	free(known->networks);
	free(known);
}

static bool
is_passed(const struct ush_known *known, const struct ush_name *name)
{
	for (size_t i = 0; i < known->name_count; i++) {
		const struct passed_name *passed = &known->names[i];

		if (ush_name_equal(name, &passed->name)
		        ? (passed->scope & USH_SCOPE_EXACT) != 0
		        : (passed->scope & USH_SCOPE_BELOW) != 0 &&
		              ush_name_is_under(name, &passed->name))
			return true;
	}
	return false;
}

static bool
is_reference(const struct ush_name *name)
{
	for (size_t i = 0; i < sizeof(reference_names) / sizeof(reference_names[0]); i++) {
		struct ush_name reference;

		if (ush_name_from_text(
		        &reference, reference_names[i], strlen(reference_names[i])) == 0 &&
		    ush_name_is_under(name, &reference))
			return true;
	}
	return false;
}

enum ush_known_as
ush_known_name(const struct ush_known *known, const struct ush_name *name)
{
	bool own;

	if (is_passed(known, name))
		return USH_KNOWN_NEVER_BLOCK;
	if (ush_popular_covered(known->popular, name, USH_SCOPE_EXACT, &own) != NULL)
		return own ? USH_KNOWN_OWN : USH_KNOWN_POPULAR;
	return is_reference(name) ? USH_KNOWN_REFERENCE : USH_KNOWN_NOT;
}

enum ush_known_as
ush_known_network(const struct ush_known *known, const struct ush_network *network)
{
	const char *warning;

	for (size_t i = 0; i < known->network_count; i++) {
		if (known->networks[i].bits <= network->bits &&
		    ush_network_contains(&known->networks[i], &network->base))
			return USH_KNOWN_NEVER_BLOCK;
	}
	if (ush_guard_network(network, &warning) != USH_REFUSED_NOT || warning != NULL)
		return USH_KNOWN_LOCAL;
	return ush_shared_networks_owner(known->shared, network) != NULL ? USH_KNOWN_SHARED
	                                                                 : USH_KNOWN_NOT;
}

const char *
ush_known_text(enum ush_known_as known)
{
	static const char *const texts[] = {
	    [USH_KNOWN_NOT] = NULL,
	    [USH_KNOWN_NEVER_BLOCK] = "a never-block feed has it",
	    [USH_KNOWN_OWN] = "it touches a domain of your own",
	    [USH_KNOWN_POPULAR] = "very many people use it",
	    [USH_KNOWN_REFERENCE] = "a site that reports refer to, or harmless programs ask for",
	    [USH_KNOWN_SHARED] = "very many unrelated names share this address",
	    [USH_KNOWN_LOCAL] = "a local, private or very large network",
	};

	return texts[known];
}
