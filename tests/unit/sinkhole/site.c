/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/sinkhole/site.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/event.h"
#include "sinkhole/store/timeline.h"
#include "tests/unit/unit.h"

static void
write_settings(const struct site *site, const char *more)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/sinkhole.yaml", site->directory);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file,
	    "module:\n  event-log: dns.jsonl\n  sinkhole-addresses: [\"198.51.100.0/24\"]\n"
	    "sinkhole:\n  event-log: contacts.jsonl\n"
	    "  listen:\n    - {address: 198.51.100.0/24, tcp: [80]}\n"
	    "store:\n  path: store.db\n%s",
	    more != NULL ? more : "");
	fclose(file);
}

void
site_begin(struct site *site, const char *more)
{
	struct ush_error err = {0};
	char path[96];

	*site = (struct site){0};
	strcpy(site->directory, "/tmp/ush-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(site->directory));
	snprintf(site->dns_log, sizeof(site->dns_log), "%s/dns.jsonl", site->directory);
	snprintf(
	    site->contact_log, sizeof(site->contact_log), "%s/contacts.jsonl", site->directory);
	snprintf(site->store_path, sizeof(site->store_path), "%s/store.db", site->directory);
	write_settings(site, more);
	snprintf(path, sizeof(path), "%s/sinkhole.yaml", site->directory);
	ck_assert_msg(ush_settings_load(&site->settings, path, &err) == 0, "%s", err.text);
	site_reopen(site);
}

void
site_reopen(struct site *site)
{
	struct ush_error err = {0};

	ush_store_close(site->store);
	ck_assert_msg(ush_store_open(&site->store, site->store_path, &err) == 0, "%s", err.text);
}

void
site_end(struct site *site)
{
	char command[128];

	ush_store_close(site->store);
	ush_settings_free(site->settings);
	snprintf(command, sizeof(command), "rm -r '%s'", site->directory);
	ck_assert_int_eq(system(command), 0);
}

struct ush_update
site_update(struct site *site)
{
	struct ush_update update;
	struct ush_error err = {0};

	ck_assert_msg(ush_store_update(site->store, site->settings, &update, &err) == 0, "%s: %s",
	    err.file, err.text);
	return update;
}

struct ush_hosts
site_hosts(struct site *site)
{
	struct ush_hosts hosts;
	struct ush_error err = {0};

	site_update(site);
	ck_assert_msg(
	    ush_hosts_find(&hosts, site->store, site->settings, NULL, &err) == 0, "%s", err.text);
	return hosts;
}

const char *
site_call(struct site *site, const char *host, const char *campaign)
{
	static char text[64];
	struct ush_hosts hosts = site_hosts(site);

	text[0] = '\0';
	for (size_t i = 0; i < hosts.count; i++) {
		const struct ush_host *row = &hosts.items[i];

		if (strcmp(row->address, host) == 0 && strcmp(row->campaign, campaign) == 0)
			snprintf(text, sizeof(text), "%s %s",
			    ush_call_text(row->verdicts.items[0].call), row->verdicts.items[0].why);
	}
	ush_hosts_fini(&hosts);
	return text;
}

static int
print_sighting(void *arg, const struct ush_sighting *sighting)
{
	fprintf(arg, " %s %s %u %llu %llu %llu [%s] [%s]\n", sighting->action, sighting->detail,
	    sighting->marks, (unsigned long long)sighting->span.first_ms,
	    (unsigned long long)sighting->span.last_ms, (unsigned long long)sighting->span.count,
	    sighting->mark_words, sighting->rule);
	return 0;
}

static int
print_profile(
    void *arg, uint64_t id, const struct ush_profile *profile, const struct ush_span *span)
{
	(void)id;
	fprintf(arg, " profile %s %s %llu\n", profile->details, profile->text,
	    (unsigned long long)span->count);
	return 0;
}

char *
site_conclusions(struct site *site)
{
	struct ush_hosts hosts = site_hosts(site);
	struct ush_error err = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < hosts.count; i++) {
		const struct ush_host *host = &hosts.items[i];

		fprintf(out, "%s %s %s %s %llu %llu %llu %llu\n",
		    ush_call_text(host->verdicts.items[0].call), host->verdicts.items[0].why,
		    host->address, host->campaign, (unsigned long long)host->dns,
		    (unsigned long long)host->hits, (unsigned long long)host->first_ms,
		    (unsigned long long)host->last_ms);
		for (unsigned fact = 0; fact < USH_FACTS; fact++) {
			const struct ush_rhythm *rhythm =
			    &ush_tally_of(&host->known.facts, (enum ush_fact)fact)->rhythm;

			fprintf(out, " %u:%llu/%llu", fact, (unsigned long long)rhythm->visits,
			    (unsigned long long)rhythm->period_ms);
		}
		ck_assert_int_eq(
		    ush_sightings_each(site->store, host->address, print_sighting, out, &err), 0);
		ck_assert_int_eq(
		    ush_profiles_each(site->store, host->address, print_profile, out, &err), 0);
	}
	fclose(out);
	ush_hosts_fini(&hosts);
	return text;
}

void
site_append(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "a");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

/* Opens the line; ring 1 of the start "abc" unless a state line says otherwise. */
static void
begin(struct site *site, struct ush_json *json, char *buf, size_t size, uint64_t time_ms,
    const char *action, const char *dataset, const char *start)
{
	char id[USH_EVENT_ID_MAX];
	struct ush_event_head head = {
	    .time_ms = time_ms != 0 ? time_ms : SITE_START,
	    .kind = "alert",
	    .category = "network",
	    .type = "denied",
	    .action = action,
	    .dataset = dataset,
	    .id = id,
	    .sequence = ++site->sequence,
	    .observer = site->observer != NULL ? site->observer : "ns1.example",
	};

	snprintf(id, sizeof(id), "%s-1-%llu", start, (unsigned long long)head.sequence);
	ush_json_init(json, buf, size);
	ush_event_begin(json, &head);
}

static void
end(struct ush_json *json, const char *path)
{
	size_t len = ush_event_end(json);

	ck_assert_uint_gt(len, 0);
	site_append(path, json->buf, len);
}

static void
put_object(struct ush_json *json, const char *object, const char *key, const char *value)
{
	ush_json_object(json, object);
	ush_json_string(json, key, value);
	ush_json_end(json);
}

static void
put_rule(struct ush_json *json, const char *listed)
{
	char id[1024];

	snprintf(id, sizeof(id), "emdivi/%s", listed);
	ush_json_object(json, "rule");
	ush_json_string(json, "id", id);
	ush_json_string(json, "name", listed);
	ush_json_string(json, "ruleset", "emdivi");
	ush_json_end(json);
}

static void
put_words(struct ush_json *json, const char *key, const char *words)
{
	if (words == NULL)
		return;
	ush_json_array(json, key);
	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		ush_json_text(json, NULL, words, len);
		words += len;
		words += strspn(words, " ");
	}
	ush_json_end(json);
}

void
site_dns(struct site *site, struct site_dns dns)
{
	char buf[USH_EVENT_MAX];
	struct ush_json json;
	const char *name = dns.name != NULL ? dns.name : "www.example.jp";

	begin(site, &json, buf, sizeof(buf), dns.time_ms,
	    dns.action != NULL ? dns.action : "dns-sinkhole", USH_DATASET_DNS, "dns");
	put_object(&json, "source", "ip", dns.host);
	ush_json_object(&json, "dns");
	ush_json_object(&json, "question");
	ush_json_string(&json, "name", name);
	ush_json_string(&json, "type", dns.type != NULL ? dns.type : "A");
	ush_json_end(&json);
	if (dns.resolved != NULL) {
		ush_json_array(&json, "resolved_ip");
		ush_json_string(&json, NULL, dns.resolved);
		ush_json_end(&json);
	}
	ush_json_end(&json);
	put_rule(&json, name);
	ush_json_object(&json, "sinkhole");
	ush_json_string(&json, "trigger", dns.trigger != NULL ? dns.trigger : "qname");
	ush_json_string(&json, "recording", dns.recording);
	ush_json_string(&json, "campaign", dns.campaign != NULL ? dns.campaign : "emdivi");
	ush_json_string(&json, "claimed_ip", dns.claimed);
	if (dns.drill)
		ush_json_bool(&json, "drill", true);
	ush_json_end(&json);
	end(&json, site->dns_log);
}

static void
put_beacon(struct ush_json *json, const char *version)
{
	if (version == NULL)
		return;
	ush_json_object(json, "beacon");
	ush_json_string(json, "family", "Emdivi");
	ush_json_string(json, "version", version);
	ush_json_string(json, "locale", "ja-JP");
	ush_json_string(json, "profile", version);
	put_words(json, "fields", "HOST01");
	ush_json_end(json);
}

void
site_contact(struct site *site, struct site_contact contact)
{
	char buf[USH_EVENT_MAX];
	struct ush_json json;
	const char *action = contact.action != NULL ? contact.action : "http-request";
	const char *domain = contact.domain != NULL ? contact.domain : "www.example.jp";
	const char *path = contact.path != NULL ? contact.path : "/";

	begin(site, &json, buf, sizeof(buf), contact.time_ms, action, USH_DATASET_CONTACT, "con");
	put_object(&json, "source", "ip", contact.host);
	ush_json_object(&json, "destination");
	ush_json_string(
	    &json, "ip", contact.destination != NULL ? contact.destination : "198.51.100.7");
	ush_json_uint(&json, "port", contact.port != 0 ? contact.port : 80);
	ush_json_end(&json);
	put_object(&json, "network", "transport", "tcp");
	if (strncmp(action, "http-", 5) == 0) {
		ush_json_object(&json, "http");
		put_object(&json, "request", "method", "GET");
		ush_json_end(&json);
		ush_json_object(&json, "url");
		ush_json_string(&json, "domain", domain);
		ush_json_string(&json, "path", path);
		ush_json_end(&json);
		put_rule(&json, domain);
	}
	if (contact.agent != NULL)
		put_object(&json, "user_agent", "original", contact.agent);
	if (contact.server_name != NULL) {
		ush_json_object(&json, "tls");
		put_object(&json, "client", "server_name", contact.server_name);
		ush_json_end(&json);
	}
	ush_json_object(&json, "sinkhole");
	ush_json_string(&json, "campaign", contact.campaign != NULL ? contact.campaign : "emdivi");
	put_words(&json, "evidence", contact.evidence != NULL ? contact.evidence : "");
	ush_json_string(&json, "path_kind", contact.path_kind);
	put_words(&json, "marks", contact.marks);
	put_beacon(&json, contact.version);
	ush_json_string(&json, "proxy_ip", contact.proxy);
	put_words(&json, "claimed_ip", contact.claimed);
	ush_json_string(&json, "via", contact.via);
	ush_json_string(&json, "tunnel", contact.tunnel);
	ush_json_string(&json, "page", contact.page);
	ush_json_string(&json, "reference", contact.reference);
	if (contact.repeat > 0)
		ush_json_uint(&json, "repeat", contact.repeat);
	if (contact.drill)
		ush_json_bool(&json, "drill", true);
	ush_json_end(&json);
	end(&json, site->contact_log);
}

void
site_state(struct site *site, struct site_state state)
{
	char buf[USH_EVENT_MAX];
	struct ush_json json;
	bool is_dns = strcmp(state.writer, "dns") == 0;

	site->observer = state.observer;
	begin(site, &json, buf, sizeof(buf), state.time_ms, "state", USH_DATASET_STATE,
	    state.start != NULL ? state.start
	    : is_dns            ? "dns"
	                        : "con");
	ush_json_object(&json, "sinkhole");
	ush_json_string(&json, "writer", state.writer);
	ush_json_string(&json, "reason", state.reason != NULL ? state.reason : "start");
	ush_json_uint(&json, "written", 1);
	ush_json_uint(&json, "lost", state.lost);
	if (is_dns) {
		ush_json_object(&json, "counters");
		ush_json_uint(&json, "leaked", 3);
		ush_json_string(&json, "no_number", "4");
		ush_json_uint(&json, "Not ours", 5);
		ush_json_end(&json);
	}
	ush_json_string(&json, "mode", state.mode);
	if (state.disk_free != 0)
		ush_json_uint(&json, "disk_free", state.disk_free);
	if (state.serial != 0 || state.list_state != NULL) {
		ush_json_object(&json, "list");
		if (state.serial != 0) {
			ush_json_uint(&json, "serial", state.serial);
			ush_json_string(&json, "built", "2026-11-15T00:00:00.000Z");
		}
		ush_json_string(
		    &json, "state", state.list_state != NULL ? state.list_state : "in-force");
		ush_json_string(&json, "reason", state.list_reason);
		ush_json_end(&json);
	}
	if (state.settings_reason != NULL)
		put_object(&json, "settings", "reason", state.settings_reason);
	ush_json_end(&json);
	site->observer = NULL;
	end(&json, is_dns ? site->dns_log : site->contact_log);
}
