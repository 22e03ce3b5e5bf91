/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/event_read.h"

#include <stdio.h>
#include <string.h>
#include "sinkhole/evidence/words.h"
#include "sinkhole/store/instant.h"

/* Longest texts kept, in bytes. A name or address always fits. */
#define REPEAT_MAX (UINT64_C(1) << 40) /* of one line: sums of them must fit into the store */
#define WORD_MAX 128
#define TEXT_MAX 1024
#define LIST_MAX 32 /* items of a list that are looked at */
#define DETAILS_MAX 16
#define COUNTERS_MAX 40
#define COUNTER_NAME_MAX 40

/* The value at "source.ip"; NULL if there is none. */
static json_t *
dig(json_t *object, const char *path)
{
	while (object != NULL) {
		const char *dot = strchr(path, '.');

		if (dot == NULL)
			return json_object_get(object, path);
		object = json_object_getn(object, path, (size_t)(dot - path));
		path = dot + 1;
	}
	return NULL;
}

/* At most max bytes, not ending inside a character. */
static size_t
cut_length(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* Puts the cleaned text in the place of the string's value. NUL is legal in JSON and would end a C
 * string early, so that two different texts would look the same. */
static const char *
clean(json_t *string, size_t len)
{
	char buf[TEXT_MAX];

	memcpy(buf, json_string_value(string), len);
	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\0')
			buf[i] = '?';
	}
	return json_string_setn(string, buf, len) == 0 ? json_string_value(string) : "";
}

static const char *
string_value(json_t *string, size_t max)
{
	const char *text = json_string_value(string);
	size_t len;

	if (text == NULL)
		return "";
	len = cut_length(text, json_string_length(string), max);
	if (len == json_string_length(string) && strlen(text) == len)
		return text;
	return clean(string, len);
}

static const char *
text_at(json_t *object, const char *path, size_t max)
{
	return string_value(dig(object, path), max);
}

/* Negative numbers and other types are 0: no field of ours is negative but the clock's offset. */
static uint64_t
uint_at(json_t *object, const char *path)
{
	json_int_t value = json_integer_value(dig(object, path));

	return value > 0 ? (uint64_t)value : 0;
}

static bool
true_at(json_t *object, const char *path)
{
	return json_is_true(dig(object, path));
}

/* The time at `path` as text or as ms since 1970; `fallback` if there is none. */
static uint64_t
instant_at(json_t *object, const char *path, uint64_t fallback)
{
	json_t *value = dig(object, path);
	uint64_t ms;

	if (json_is_integer(value))
		return uint_at(object, path);
	if (ush_instant_from_text(&ms, string_value(value, WORD_MAX)) == 0)
		return ms;
	return fallback;
}

/* The strings of a list (or one string) with blanks between them; kept alive in event->root under
 * `key`. */
static const char *
join_list(struct ush_event *event, json_t *list, const char *key)
{
	char buf[TEXT_MAX];
	size_t used = 0;

	if (json_is_string(list))
		return string_value(list, WORD_MAX);
	for (size_t i = 0; i < json_array_size(list) && i < LIST_MAX; i++) {
		const char *word = string_value(json_array_get(list, i), WORD_MAX);
		size_t len = strlen(word);

		if (len == 0 || used + len + 1 > sizeof(buf))
			continue;
		if (used > 0)
			buf[used++] = ' ';
		memcpy(buf + used, word, len);
		used += len;
	}
	if (used == 0 || json_object_set_new(event->root, key, json_stringn(buf, used)) != 0)
		return "";
	return json_string_value(json_object_get(event->root, key));
}

static int
read_head(struct ush_event *event)
{
	static const char *const names[] = {
	    [USH_IN_DNS] = USH_DATASET_DNS,
	    [USH_IN_CONTACTS] = USH_DATASET_CONTACT,
	    [USH_IN_STATE] = USH_DATASET_STATE,
	};
	json_t *root = event->root;
	const char *dataset = text_at(root, "event.dataset", WORD_MAX);
	size_t i = 0;

	while (i < sizeof(names) / sizeof(names[0]) && strcmp(names[i], dataset) != 0)
		i++;
	if (i == sizeof(names) / sizeof(names[0]))
		return -1;
	event->dataset = (enum ush_dataset)i;
	event->action = text_at(root, "event.action", WORD_MAX);
	event->id = text_at(root, "event.id", WORD_MAX);
	event->observer = text_at(root, "observer.name", USH_OBSERVER_MAX);
	event->drill = true_at(root, "sinkhole.drill");
	if (event->action[0] == '\0')
		return -1;
	return ush_instant_from_text(&event->time_ms, text_at(root, "@timestamp", WORD_MAX));
}

/* A key as our writers make them; what else stands there is not ours. */
static bool
is_word(const char *key)
{
	size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz_");

	return len > 0 && key[len] == '\0' && len < COUNTER_NAME_MAX;
}

static bool
is_counter(const char *key, json_t *value)
{
	return is_word(key) && json_is_integer(value) && json_integer_value(value) >= 0;
}

static void
pick_counters(json_t *from, json_t *out)
{
	const char *key;
	json_t *value;

	json_object_foreach(from, key, value)
	{
		if (is_counter(key, value) && json_object_size(out) < COUNTERS_MAX)
			json_object_set(out, key, value);
	}
}

/* All that the writer counted, whatever its version: "counters" and what stands beside it. Kept
 * alive in event->root. */
static const char *
figures_of(struct ush_event *event, json_t *own)
{
	json_t *memory = dig(own, "list.memory");
	json_t *figures = json_object();
	char buf[COUNTERS_MAX * (COUNTER_NAME_MAX + 24)];
	size_t len;

	pick_counters(json_object_get(own, "counters"), figures);
	pick_counters(own, figures);
	if (json_is_integer(memory))
		json_object_set(figures, "list_memory", memory);
	json_object_del(figures, "clock_offset_ms");
	len = json_dumpb(figures, buf, sizeof(buf), JSON_COMPACT);
	json_decref(figures);
	if (len > sizeof(buf) ||
	    json_object_set_new(event->root, " figures", json_stringn(buf, len)) != 0)
		return "{}";
	return json_string_value(json_object_get(event->root, " figures"));
}

static void
read_state(struct ush_event *event)
{
	json_t *own = json_object_get(event->root, "sinkhole");
	json_t *list = json_object_get(own, "list");

	event->state = (struct ush_state){
	    .writer = text_at(own, "writer", WORD_MAX),
	    .reason = text_at(own, "reason", WORD_MAX),
	    .version = text_at(own, "version", WORD_MAX),
	    .boot_id = text_at(own, "boot_id", WORD_MAX),
	    .mode = text_at(own, "mode", WORD_MAX),
	    .list_state = text_at(list, "state", WORD_MAX),
	    .list_reason = text_at(list, "reason", TEXT_MAX),
	    .settings_reason = text_at(own, "settings.reason", TEXT_MAX),
	    .figures = figures_of(event, own),
	    .written = uint_at(own, "written"),
	    .lost = uint_at(own, "lost"),
	    .list_serial = uint_at(list, "serial"),
	    .list_built_ms = instant_at(list, "built", 0),
	    .list_rules = uint_at(list, "rules"),
	    .clock_offset_ms = json_integer_value(json_object_get(own, "clock_offset_ms")),
	    .is_heartbeat = strcmp(text_at(own, "reason", WORD_MAX), "heartbeat") == 0,
	    .has_list = json_is_object(list),
	    .clock_known = json_is_boolean(json_object_get(own, "clock_synchronised")),
	    .clock_synchronised = true_at(own, "clock_synchronised"),
	};
}

/* All strings of the beacon that this part need not know, sorted by key; kept alive in
 * event->root. A key is what a decoder of ours can write. */
static const char *
details_of(struct ush_event *event, json_t *beacon)
{
	static const char *const known[] = {"family", "channel", "profile", NULL};
	json_t *details = json_object();
	char buf[TEXT_MAX * 2];
	const char *key;
	json_t *value;
	size_t len;

	json_object_foreach(beacon, key, value)
	{
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] == NULL && json_is_string(value) &&
		    json_object_size(details) < DETAILS_MAX && is_word(key))
			json_object_set_new(
			    details, key, json_string(string_value(value, WORD_MAX)));
	}
	len = json_dumpb(details, buf, sizeof(buf), JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(details);
	if (len > sizeof(buf) ||
	    json_object_set_new(event->root, " details", json_stringn(buf, len)) != 0)
		return "{}";
	return json_string_value(json_object_get(event->root, " details"));
}

static void
read_beacon(struct ush_event *event)
{
	json_t *beacon = dig(event->root, "sinkhole.beacon");

	event->has_beacon = json_is_object(beacon);
	event->beacon = (struct ush_profile){
	    .family = text_at(beacon, "family", WORD_MAX),
	    .channel = text_at(beacon, "channel", WORD_MAX),
	    .details = event->has_beacon ? details_of(event, beacon) : "",
	    .fields = join_list(event, json_object_get(beacon, "fields"), " fields"),
	    .text = text_at(beacon, "profile", TEXT_MAX),
	};
}

static void
read_contact(struct ush_event *event)
{
	json_t *root = event->root;
	json_t *evidence = dig(root, "sinkhole.evidence");

	for (size_t i = 0; i < json_array_size(evidence) && i < LIST_MAX; i++)
		event->marks |=
		    ush_evidence_from_text(string_value(json_array_get(evidence, i), WORD_MAX));
	event->marks |= ush_evidence_from_text(text_at(root, "sinkhole.path_kind", WORD_MAX));
	event->mark_words = join_list(event, dig(root, "sinkhole.marks"), " marks");
	event->proxy = text_at(root, "sinkhole.proxy_ip", WORD_MAX);
	event->transport = text_at(root, "network.transport", WORD_MAX);
	event->protocol = text_at(root, "network.protocol", WORD_MAX);
	event->destination = text_at(root, "destination.ip", WORD_MAX);
	event->port = uint_at(root, "destination.port");
	event->method = text_at(root, "http.request.method", WORD_MAX);
	event->domain = text_at(root, "url.domain", TEXT_MAX);
	event->path = text_at(root, "url.path", TEXT_MAX);
	event->agent = text_at(root, "user_agent.original", TEXT_MAX);
	event->page = text_at(root, "sinkhole.page", TEXT_MAX);
	event->via = text_at(root, "sinkhole.via", TEXT_MAX);
	event->tunnel = text_at(root, "sinkhole.tunnel", TEXT_MAX);
	event->reference = text_at(root, "sinkhole.reference", WORD_MAX);
	event->in_tls = true_at(root, "tls.established");
	event->server_name = text_at(root, "tls.client.server_name", TEXT_MAX);
	event->feed_line = uint_at(root, "sinkhole.feed_line");
	read_beacon(event);
}

/* Contacts that were counted together because there were too many hosts to keep apart: they have no
 * host. */
static bool
is_crowd(const struct ush_event *event)
{
	size_t len = strlen(event->action);

	return event->dataset == USH_IN_CONTACTS && len > 7 &&
	       strcmp(event->action + len - 7, "-folded") == 0;
}

/* What DNS events and contacts share. */
static int
read_seen(struct ush_event *event)
{
	json_t *root = event->root;
	struct ush_address address;

	if (ush_address_from_text(&address, text_at(root, "source.ip", WORD_MAX)) == 0)
		ush_address_to_text(&address, event->host);
	else if (!is_crowd(event))
		return -1;
	event->campaign = text_at(root, "sinkhole.campaign", WORD_MAX);
	event->software = text_at(root, "threat.software.name", WORD_MAX);
	event->rule = text_at(root, "rule.id", TEXT_MAX);
	event->rule_name = text_at(root, "rule.name", TEXT_MAX);
	event->claimed = join_list(event, dig(root, "sinkhole.claimed_ip"), " claimed");
	event->repeat = uint_at(root, "sinkhole.repeat");
	if (event->repeat == 0)
		event->repeat = 1;
	if (event->repeat > REPEAT_MAX)
		event->repeat = REPEAT_MAX;
	event->first_ms = instant_at(root, "sinkhole.first", event->time_ms);
	event->last_ms = instant_at(root, "sinkhole.last", event->time_ms);
	return 0;
}

static int
read_fields(struct ush_event *event)
{
	if (read_head(event) != 0)
		return -1;
	if (event->dataset == USH_IN_STATE) {
		read_state(event);
		return 0;
	}
	if (read_seen(event) != 0)
		return -1;
	if (event->dataset == USH_IN_CONTACTS) {
		read_contact(event);
		return 0;
	}
	event->qname = text_at(event->root, "dns.question.name", TEXT_MAX);
	event->qtype = text_at(event->root, "dns.question.type", WORD_MAX);
	event->trigger = text_at(event->root, "sinkhole.trigger", WORD_MAX);
	event->resolved = join_list(event, dig(event->root, "dns.resolved_ip"), " resolved");
	return 0;
}

int
ush_event_read(struct ush_event *out, const char *line, size_t len)
{
	*out = (struct ush_event){0};
	if (len > USH_EVENT_MAX)
		return -1;
	/* Writers escape NUL like any other control character: it must not cost the event. */
	out->root = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	if (json_is_object(out->root) && read_fields(out) == 0)
		return 0;
	ush_event_fini(out);
	return -1;
}

void
ush_event_fini(struct ush_event *event)
{
	json_decref(event->root);
	event->root = NULL;
}

const char *
ush_event_describe(const struct ush_event *event, char detail[USH_DETAIL_MAX])
{
	char port[16] = "";

	if (event->dataset == USH_IN_STATE) {
		snprintf(detail, USH_DETAIL_MAX, "%s %s", event->state.writer, event->state.reason);
		return event->state.writer;
	}
	if (event->dataset == USH_IN_DNS) {
		snprintf(detail, USH_DETAIL_MAX, "%s %s", event->qname, event->qtype);
		return event->rule_name[0] != '\0' ? event->rule_name : event->qname;
	}
	if (event->port != 0 && event->port <= 65535)
		snprintf(port, sizeof(port), ":%u", (unsigned)event->port);
	if (strncmp(event->action, "http-", 5) == 0) {
		const char *host = event->domain[0] != '\0' ? event->domain : event->destination;

		snprintf(detail, USH_DETAIL_MAX, "%s %s%s%s", event->method, host,
		    strcmp(port, ":80") == 0 ? "" : port, event->path);
		return host;
	}
	if (event->server_name[0] != '\0') {
		snprintf(detail, USH_DETAIL_MAX, "TLS %s%s", event->server_name, port);
		return event->server_name;
	}
	snprintf(detail, USH_DETAIL_MAX, "%s %s%s", event->transport, event->destination, port);
	return event->destination;
}
