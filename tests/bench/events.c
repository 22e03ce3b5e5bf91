/* SPDX-License-Identifier: BSD-3-Clause */
/* bench-events - writes the logs of a day as the sensors write them: dns.jsonl with the module's own
 * writer, contacts.jsonl with sinkholed's.
 *
 *   bench-events DIRECTORY EVENTS [HOSTS [DAYS]]
 *
 * Nine of ten events are questions. HOSTS hosts (2,000) have one or two of 20 campaigns of 25 names,
 * and ask for four names of it; few of them do most. The day ends now or DAYS days ago; the same numbers in every run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/eventlog.h"
#include "module/events.h"
#include "sinkhole/evidence/record.h"

#define DAY_MS 86400000u
#define CAMPAIGNS 20u
#define NAMES 25u /* of a campaign */
#define SEED 20261122

static uint64_t random_state = SEED;

/* xorshift64* */
static uint64_t
next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1du >> 16;
}

_Noreturn static void
fail(const char *what)
{
	fprintf(stderr, "bench-events: %s\n", what);
	exit(1);
}

static struct ush_address
address(const char *text)
{
	struct ush_address out;

	if (ush_address_from_text(&out, text) != 0)
		fail(text);
	return out;
}

/* What one event is of. */
struct act {
	uint64_t time_ms;
	struct ush_address host;
	unsigned campaign;
	unsigned name;
	unsigned agent;
};

static struct act
next_act(uint64_t time_ms, unsigned hosts)
{
	double spread = (double)(next_random() % 65536) / 65536;
	unsigned host = (unsigned)(spread * spread * hosts); /* low numbers are busy */
	unsigned campaign = (host + (next_random() % 8 == 0 ? host / 7 : 0)) % CAMPAIGNS;
	char text[USH_ADDRESS_TEXT_MAX];

	snprintf(
	    text, sizeof(text), "10.%u.%u.%u", 20 + host / 65536, host / 256 % 256, host % 256);
	return (struct act){.time_ms = time_ms,
	    .host = address(text),
	    .campaign = campaign,
	    .name = (unsigned)(host * 7 + next_random() % 4 * 3) % NAMES,
	    .agent = host % 3};
}

static void
set_name(struct ush_name *out, const char *prefix, const struct act *act)
{
	char text[64];

	snprintf(
	    text, sizeof(text), "%supdate%u.campaign-%u.example", prefix, act->name, act->campaign);
	if (ush_name_from_text(out, text, strlen(text)) != 0)
		fail(text);
}

static void
write_question(struct ush_ring *ring, const struct act *act)
{
	static const uint16_t types[] = {1, 1, 1, 28, 28, 65};
	char campaign[32], listed[32];
	struct ush_name qname;
	struct ush_decision decision = {
	    .trigger = USH_TRIGGER_QNAME,
	    .action = USH_ACTION_SINKHOLE,
	    .subdomains = true,
	    .feed = "feed-of-the-bench",
	    .campaign = campaign,
	    .software = "Family",
	    .serial = 2026112200,
	};
	struct ush_dns_event event = {
	    .time_ms = act->time_ms,
	    .decision = &decision,
	    .client = act->host,
	    .client_port = (uint16_t)(1024 + next_random() % 60000),
	    .server = address("192.0.2.53"),
	    .server_port = 53,
	    .qname = &qname,
	    .qtype = types[next_random() % (sizeof(types) / sizeof(types[0]))],
	    .qclass = 1,
	};

	snprintf(campaign, sizeof(campaign), "campaign-%u", act->campaign);
	snprintf(listed, sizeof(listed), "198.51.100.%u", act->campaign + 2);
	decision.address4 = address(listed);
	set_name(&decision.rule_name, "", act);
	set_name(&qname, act->name % 2 == 0 ? "www." : "", act);
	if (event.qtype == 1)
		event.resolved[0] = decision.address4;
	while (!ush_ring_has_room(ring, USH_DNS_EVENT_MAX))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	if (!ush_dns_event_write(ring, &event, "ns1.example", false))
		fail("an event did not fit");
}

static void
write_questions(const char *directory, uint64_t events, unsigned hosts, uint64_t start_ms)
{
	char path[4096];
	struct ush_eventlog_options options = {
	    .path = path, .writer = "dns", .observer = "ns1.example", .rings = 1};
	struct ush_error err = {0};
	struct ush_eventlog *log;
	struct ush_ring *ring;

	snprintf(path, sizeof(path), "%s/dns.jsonl", directory);
	if (ush_eventlog_open(&log, &options, &err) != 0)
		fail(err.text);
	ring = ush_eventlog_claim(log);
	for (uint64_t i = 0; i < events; i++) {
		struct act act = next_act(start_ms + i * DAY_MS / events, hosts);

		write_question(ring, &act);
	}
	ush_eventlog_close(log, 60000);
}

static size_t
write_contact(
    char line[USH_EVENT_MAX], const struct act *act, uint64_t sequence, struct ush_digests *digests)
{
	static const char *const agents[] = {"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)",
	    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "WinHTTP/1.0"};
	static const struct ush_record_context context = {.observer = "sink1.example",
	    .capture = USH_CAPTURE_EVIDENCE,
	    .list_serial = 2026112200};
	static const struct ush_watchlist no_list;
	static struct ush_finding finding;
	static struct ush_record record;
	struct ush_http_head head;
	struct ush_received raw;
	char request[1024], listed[32], id[USH_EVENT_ID_MAX];
	struct ush_contact contact = {.kind = USH_CONTACT_HTTP,
	    .time_ms = act->time_ms,
	    .peer = act->host,
	    .peer_port = (uint16_t)(1024 + next_random() % 60000),
	    .destination_port = 80,
	    .community = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
	    .head = &head,
	    .raw = &raw,
	    .status = 200};
	size_t len;

	snprintf(request, sizeof(request),
	    "GET /images/%u/index.php?id=%" PRIu64
	    " HTTP/1.1\r\nHost: update%u.campaign-%u.example\r\n"
	    "User-Agent: %s\r\nAccept: */*\r\nConnection: close\r\n\r\n",
	    act->campaign, next_random(), act->name, act->campaign, agents[act->agent]);
	snprintf(listed, sizeof(listed), "198.51.100.%u", act->campaign + 2);
	contact.destination = address(listed);
	contact.from.source = contact.peer;
	len = strlen(request);
	ush_received_init(&raw, 65536);
	ush_received_add(&raw, (const uint8_t *)request, len);
	ush_http_head_read(&head, raw.data, len, true);
	ush_finding_make(&finding, &contact, &no_list);
	record.digests = digests;
	ush_record_prepare(&record, &contact, &finding, &context);
	len = ush_record_write(
	    &record, line, ush_event_id(id, SEED + act->time_ms / DAY_MS, 1, sequence), sequence);
	ush_received_fini(&raw);
	if (len == 0)
		fail("a contact did not fit");
	return len;
}

static void
write_contacts(const char *directory, uint64_t events, unsigned hosts, uint64_t start_ms)
{
	static char line[USH_EVENT_MAX];
	struct ush_digests *digests = ush_digests_new();
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/contacts.jsonl", directory);
	file = fopen(path, "w");
	if (file == NULL || digests == NULL)
		fail(path);
	for (uint64_t i = 0; i < events; i++) {
		struct act act = next_act(start_ms + i * DAY_MS / events, hosts);

		(void)fwrite(line, 1, write_contact(line, &act, i + 1, digests), file);
	}
	if (fclose(file) != 0)
		fail(path);
	ush_digests_free(digests);
}

int
main(int argc, char **argv)
{
	uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	unsigned hosts = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 2000;
	uint64_t days = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	uint64_t start_ms = ush_time_now_ms() - (days + 1) * DAY_MS;

	if (events < 10 || hosts == 0) {
		fprintf(stderr, "usage: bench-events DIRECTORY EVENTS [HOSTS [DAYS]]\n");
		return 2;
	}
	random_state += days;
	write_questions(argv[1], events - events / 10, hosts, start_ms);
	write_contacts(argv[1], events / 10, hosts, start_ms);
	return 0;
}
