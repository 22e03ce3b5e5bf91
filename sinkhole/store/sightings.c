/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/sightings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/facts.h"
#include "sinkhole/store/internal.h"
#include "sinkhole/store/pending.h"

/* Whether a sighting was a test. */
enum drill {
	DRILL_NO = 0,
	/* the event says drill: of the canary, unless the installation is a drill */
	DRILL_SAID = 1,
	DRILL_CANARY = 2, /* the canary for certain */
};

enum statement { PUT_PROFILE, GET_PROFILE, PUT_SHOWN, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [PUT_PROFILE] = "INSERT OR IGNORE INTO profile (family, channel, details, fields, text)"
                    " VALUES (?1,?2,?3,?4,?5)",
    [GET_PROFILE] = "SELECT id FROM profile WHERE family = ?1 AND channel = ?2 AND details = ?3"
                    " AND fields = ?4 AND text = ?5",
    [PUT_SHOWN] =
        "INSERT INTO shown (host, place, reference, time, changed)"
        " VALUES (?1,?2,?3,?4,next_change())"
        " ON CONFLICT DO UPDATE SET reference = excluded.reference, time = excluded.time,"
        " changed = excluded.changed"
        " WHERE excluded.time > time OR (excluded.time = time AND excluded.reference > reference)",
};

struct ush_sightings {
	struct ush_store *store;
	const struct ush_settings *settings;
	struct ush_pending *pending;
	struct ush_address canaries[2]; /* the pool's, by family; family 0: none */
	sqlite3_stmt *statements[STATEMENTS];
};

static void
find_canaries(struct ush_sightings *sightings, const struct ush_settings *settings)
{
	const struct ush_networks *pool = &settings->module.pool;

	for (size_t i = 0; i < pool->count && i < 2; i++) {
		if (ush_network_nth(&pool->items[i], 1, &sightings->canaries[i]) != 0)
			sightings->canaries[i].family = 0;
	}
}

int
ush_sightings_open(struct ush_sightings **out, struct ush_store *store,
    const struct ush_settings *settings, struct ush_error *err)
{
	struct ush_sightings *sightings = calloc(1, sizeof(*sightings));

	*out = NULL;
	if (sightings == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	sightings->store = store;
	sightings->settings = settings;
	find_canaries(sightings, settings);
	if (ush_pending_open(&sightings->pending, store, err) != 0) {
		ush_sightings_close(sightings);
		return -1;
	}
	for (unsigned i = 0; i < STATEMENTS; i++) {
		if (ush_store_prepare(store, &sightings->statements[i], sql[i], err) != 0) {
			ush_sightings_close(sightings);
			return -1;
		}
	}
	*out = sightings;
	return 0;
}

void
ush_sightings_close(struct ush_sightings *sightings)
{
	if (sightings == NULL)
		return;
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(sightings->statements[i]);
	ush_pending_close(sightings->pending);
	free(sightings);
}

/* Runs a statement whose values are bound. */
static int
run(struct ush_sightings *sightings, enum statement which, struct ush_error *err)
{
	sqlite3_stmt *stmt = sightings->statements[which];
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	if (rc != SQLITE_DONE)
		return ush_store_fail(sightings->store, err, "the store cannot be written");
	return 0;
}

static int
put_profile(struct ush_sightings *sightings, const struct ush_profile *profile, uint64_t *id,
    struct ush_error *err)
{
	const char *const values[] = {
	    profile->family, profile->channel, profile->details, profile->fields, profile->text};
	sqlite3_stmt *get = sightings->statements[GET_PROFILE];
	int rc;

	for (int i = 0; i < (int)(sizeof(values) / sizeof(values[0])); i++) {
		ush_bind_text(sightings->statements[PUT_PROFILE], i + 1, values[i]);
		ush_bind_text(get, i + 1, values[i]);
	}
	if (run(sightings, PUT_PROFILE, err) != 0)
		return -1;
	rc = sqlite3_step(get);
	*id = rc == SQLITE_ROW ? ush_column_uint(get, 0) : 0;
	sqlite3_reset(get);
	return rc == SQLITE_ROW
	           ? 0
	           : ush_store_fail(sightings->store, err, "a profile cannot be stored");
}

static bool
is_canary_address(const struct ush_sightings *sightings, const char *text)
{
	struct ush_address address;

	if (ush_address_from_text(&address, text) != 0)
		return false;
	return ush_address_equal(&sightings->canaries[0], &address) ||
	       ush_address_equal(&sightings->canaries[1], &address);
}

static enum drill
drill_of(const struct ush_sightings *sightings, const struct ush_event *event)
{
	if (event->dataset == USH_IN_DNS ? strcmp(event->trigger, "canary") == 0
	                                 : is_canary_address(sightings, event->destination))
		return DRILL_CANARY;
	return event->drill ? DRILL_SAID : DRILL_NO;
}

/* A decoded beacon says of which family it is, even where no address or URL names the campaign. */
static const char *
campaign_of(const struct ush_event *event, char buf[64])
{
	size_t i = 0;

	if (event->campaign[0] != '\0' || !event->has_beacon)
		return event->campaign;
	for (; event->beacon.family[i] != '\0' && i < 63; i++)
		buf[i] = (char)tolower((unsigned char)event->beacon.family[i]);
	buf[i] = '\0';
	return buf;
}

/* One row for each address in event->claimed. */
static int
put_claims(struct ush_sightings *sightings, const struct ush_event *event, const char *campaign,
    struct ush_error *err)
{
	const char *at = event->claimed;

	while (*at != '\0') {
		size_t len = strcspn(at, " ");

		if (ush_pending_claim(sightings->pending, event, at, len, campaign, err) != 0)
			return -1;
		at += len;
		at += strspn(at, " ");
	}
	return 0;
}

/* The number on the page that a person was shown. */
static int
put_shown(struct ush_sightings *sightings, const struct ush_event *event, struct ush_error *err)
{
	sqlite3_stmt *stmt = sightings->statements[PUT_SHOWN];
	uint64_t hash = 0;

	for (const char *at = event->reference; *at != '\0'; at++)
		hash = hash * 31 + (unsigned char)*at;
	ush_bind_text(stmt, 1, event->host);
	ush_bind_uint(stmt, 2, hash % USH_SHOWN_PLACES);
	ush_bind_text(stmt, 3, event->reference);
	ush_bind_uint(stmt, 4, event->time_ms);
	return run(sightings, PUT_SHOWN, err);
}

/* Whether the addresses in the answer are those that the name really has. */
static bool
is_given_real(const struct ush_event *event)
{
	return event->dataset == USH_IN_DNS && event->resolved[0] != '\0' &&
	       (strcmp(event->action, "dns-monitor") == 0 ||
	           strcmp(event->action, "dns-leaked") == 0);
}

/* Addresses that a host may name and that can be none of another host. */
static bool
is_of_a_host(const struct ush_address *address)
{
	const uint8_t *at = address->octets;

	if (ush_address_is_loopback(address))
		return false;
	if (address->family == AF_INET)
		return at[0] != 0 && at[0] < 224 && (at[0] != 169 || at[1] != 254);
	return at[0] != 0xff && !(at[0] == 0xfe && (at[1] & 0xc0) == 0x80) &&
	       memcmp(at, (const uint8_t[16]){0}, 16) != 0;
}

/* Whether what a request says of a proxy may be a proxy's own words. At a port to which proxies
 * tunnel, inside a tunnel or TLS, and behind a proxy that is trusted they are the client's. A
 * forwarder's words are only recorded if it is trusted. */
static bool
may_be_passed_on(const struct ush_sightings *sightings, const struct ush_event *event)
{
	const struct ush_sinkhole_settings *settings = &sightings->settings->sinkhole;
	struct ush_address peer;

	if (event->dataset == USH_IN_DNS)
		return true;
	return strcmp(event->action, "http-request") == 0 && event->tunnel[0] == '\0' &&
	       !event->in_tls && event->proxy[0] == '\0' &&
	       ush_ports_contain(&settings->forwarded_ports, (uint16_t)event->port) &&
	       ush_address_from_text(&peer, event->host) == 0 &&
	       !ush_networks_contain(&settings->trusted_proxies, &peer);
}

/* The host that the sender says it speaks for: the last one it names. False if it names none. */
static bool
named_host(const struct ush_event *event, char out[USH_ADDRESS_TEXT_MAX])
{
	const char *last = strrchr(event->claimed, ' ');
	struct ush_address address;

	last = last != NULL ? last + 1 : event->claimed;
	if (*last == '\0' || ush_address_from_text(&address, last) != 0 || !is_of_a_host(&address))
		return false;
	return strcmp(ush_address_to_text(&address, out), event->host) != 0;
}

/* The event as the sender's and, if it names another host, beside it as that one's: what a program
 * writes of others excuses it from nothing, and proves nothing of them. */
static int
put_seen(struct ush_sightings *sightings, const struct ush_event *event, const char *campaign,
    uint64_t profile, struct ush_error *err)
{
	bool is_dns = event->dataset == USH_IN_DNS;
	bool passed_on = may_be_passed_on(sightings, event);
	char named[USH_ADDRESS_TEXT_MAX];
	bool names = passed_on && named_host(event, named);
	bool via = !is_dns && passed_on && (names || event->via[0] != '\0');
	struct ush_subject of = {.host = event->host,
	    .campaign = campaign,
	    .other = names ? named : "",
	    .fact = is_dns ? ush_fact_of_dns(event->action)
	                   : ush_fact_of_contact(event->marks, event->action, via),
	    .drill = drill_of(sightings, event)};

	if (ush_pending_sighting(sightings->pending, event, &of, profile, err) != 0)
		return -1;
	if (!names)
		return 0;
	of.host = named;
	of.other = event->host;
	of.claimed = true;
	return ush_pending_sighting(sightings->pending, event, &of, profile, err);
}

int
ush_sightings_put(
    struct ush_sightings *sightings, const struct ush_event *event, struct ush_error *err)
{
	char campaign_text[64];
	const char *campaign = campaign_of(event, campaign_text);
	uint64_t profile = 0;

	if (event->host[0] == '\0')
		return 0;
	if (event->has_beacon && put_profile(sightings, &event->beacon, &profile, err) != 0)
		return -1;
	if (put_seen(sightings, event, campaign, profile, err) != 0 ||
	    put_claims(sightings, event, campaign, err) != 0)
		return -1;
	if (event->dataset == USH_IN_CONTACTS && event->reference[0] != '\0')
		return put_shown(sightings, event, err);
	if (is_given_real(event))
		return ush_pending_real(sightings->pending, event, campaign, err);
	return 0;
}

int
ush_sightings_finish(struct ush_sightings *sightings, struct ush_error *err)
{
	return ush_pending_write(sightings->pending, err);
}
