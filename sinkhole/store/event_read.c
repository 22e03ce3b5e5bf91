/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/event_read.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/evidence/words.h"
#include "sinkhole/store/instant.h"
#include "sinkhole/store/json_line.h"

/* Longest texts kept, in bytes. A name or address always fits. */
#define REPEAT_MAX (UINT64_C(1) << 40) /* of one line: sums of them must fit into the store */
#define WORD_MAX 128
#define TEXT_MAX 1024
#define LIST_MAX 32 /* items of a list that are looked at */
#define DETAILS_MAX 16
#define COUNTERS_MAX 40
#define COUNTER_NAME_MAX 40

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

/* At most max bytes. NUL is legal in JSON and would end a C string early, so that two different
 * texts would look the same. */
static const char *
string_value(const struct ush_value *value, size_t max)
{
	size_t len;

	if (!ush_value_is(value, USH_VALUE_STRING))
		return "";
	len = cut_length(value->text, value->len, max);
	value->text[len] = '\0';
	for (char *nul = value->text; (nul = memchr(nul, '\0', len - (size_t)(nul - value->text)));)
		*nul = '?';
	return value->text;
}

static const char *
text_at(const struct ush_value *object, const char *path, size_t max)
{
	return string_value(ush_value_at(object, path), max);
}

/* Negative numbers and other types are 0: no field of ours is negative but the clock's offset. */
static uint64_t
uint_at(const struct ush_value *object, const char *path)
{
	const struct ush_value *value = ush_value_at(object, path);

	return ush_value_is(value, USH_VALUE_INTEGER) && value->number > 0 ? (uint64_t)value->number
	                                                                   : 0;
}

static bool
true_at(const struct ush_value *object, const char *path)
{
	return ush_value_is(ush_value_at(object, path), USH_VALUE_TRUE);
}

/* The time at `path` as text or as ms since 1970; `fallback` if there is none. */
static uint64_t
instant_at(const struct ush_value *object, const char *path, uint64_t fallback)
{
	const struct ush_value *value = ush_value_at(object, path);
	uint64_t ms;

	if (ush_value_is(value, USH_VALUE_INTEGER))
		return uint_at(object, path);
	if (ush_instant_from_text(&ms, string_value(value, WORD_MAX)) == 0)
		return ms;
	return fallback;
}

/* The strings of a list (or one string) with blanks between them. */
static const char *
join_list(struct ush_json_line *line, const struct ush_value *list)
{
	const struct ush_value *value = NULL;
	const char *joined;
	char buf[TEXT_MAX];
	size_t used = 0;

	if (!ush_value_is(list, USH_VALUE_ARRAY))
		return string_value(list, WORD_MAX);
	for (size_t i = 0; i < LIST_MAX && (value = ush_value_next(list, value)) != NULL; i++) {
		const char *word = string_value(value, WORD_MAX);
		size_t len = strlen(word);

		if (len == 0 || used + len + 1 > sizeof(buf))
			continue;
		if (used > 0)
			buf[used++] = ' ';
		memcpy(buf + used, word, len);
		used += len;
	}
	joined = used > 0 ? ush_json_line_put(line, buf, used) : NULL;
	return joined != NULL ? joined : "";
}

static int
read_head(struct ush_event *event, const struct ush_value *root)
{
	static const char *const names[] = {
	    [USH_IN_DNS] = USH_DATASET_DNS,
	    [USH_IN_CONTACTS] = USH_DATASET_CONTACT,
	    [USH_IN_STATE] = USH_DATASET_STATE,
	};
	const struct ush_value *head = ush_value_at(root, "event");
	const char *dataset = text_at(head, "dataset", WORD_MAX);
	size_t i = 0;

	while (i < sizeof(names) / sizeof(names[0]) && strcmp(names[i], dataset) != 0)
		i++;
	if (i == sizeof(names) / sizeof(names[0]))
		return -1;
	event->dataset = (enum ush_dataset)i;
	event->action = text_at(head, "action", WORD_MAX);
	event->id = text_at(head, "id", WORD_MAX);
	event->observer = text_at(root, "observer.name", USH_OBSERVER_MAX);
	event->drill = true_at(root, "sinkhole.drill");
	if (event->action[0] == '\0')
		return -1;
	if (ush_instant_from_text(&event->time_ms, text_at(root, "@timestamp", WORD_MAX)) != 0)
		return -1;
	event->first_ms = event->last_ms = event->time_ms;
	return 0;
}

/* A key as our writers make them; what else stands there is not ours. */
static bool
is_word(const char *key)
{
	size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz_");

	return len > 0 && key[len] == '\0' && len < COUNTER_NAME_MAX;
}

static void
pick_counters(const struct ush_value *from, json_t *out)
{
	const struct ush_value *value = NULL;

	if (!ush_value_is(from, USH_VALUE_OBJECT))
		return;
	while ((value = ush_value_next(from, value)) != NULL) {
		if (is_word(value->key) && value->kind == USH_VALUE_INTEGER && value->number >= 0 &&
		    json_object_size(out) < COUNTERS_MAX)
			json_object_set_new(out, value->key, json_integer(value->number));
	}
}

/* An object as text, to live as long as the line. Takes the object. */
static const char *
dump(struct ush_json_line *line, json_t *object, size_t flags)
{
	char buf[COUNTERS_MAX * (COUNTER_NAME_MAX + 24)];
	size_t len = json_dumpb(object, buf, sizeof(buf), JSON_COMPACT | flags);
	const char *text = len <= sizeof(buf) ? ush_json_line_put(line, buf, len) : NULL;

	json_decref(object);
	return text != NULL ? text : "{}";
}

/* All that the writer counted, whatever its version: "counters" and what stands beside it. */
static const char *
figures_of(struct ush_json_line *line, const struct ush_value *own)
{
	const struct ush_value *memory = ush_value_at(own, "list.memory");
	json_t *figures = json_object();

	pick_counters(ush_value_at(own, "counters"), figures);
	pick_counters(own, figures);
	if (ush_value_is(memory, USH_VALUE_INTEGER))
		json_object_set_new(figures, "list_memory", json_integer(memory->number));
	json_object_del(figures, "clock_offset_ms");
	return dump(line, figures, 0);
}

static void
read_state(struct ush_event *event, struct ush_json_line *line)
{
	const struct ush_value *own = ush_value_at(line->values, "sinkhole");
	const struct ush_value *list = ush_value_at(own, "list");
	const struct ush_value *offset = ush_value_at(own, "clock_offset_ms");
	const struct ush_value *synchronised = ush_value_at(own, "clock_synchronised");

	event->state = (struct ush_state){
	    .writer = text_at(own, "writer", WORD_MAX),
	    .reason = text_at(own, "reason", WORD_MAX),
	    .version = text_at(own, "version", WORD_MAX),
	    .boot_id = text_at(own, "boot_id", WORD_MAX),
	    .mode = text_at(own, "mode", WORD_MAX),
	    .list_state = text_at(list, "state", WORD_MAX),
	    .list_reason = text_at(list, "reason", TEXT_MAX),
	    .settings_reason = text_at(own, "settings.reason", TEXT_MAX),
	    .figures = figures_of(line, own),
	    .written = uint_at(own, "written"),
	    .lost = uint_at(own, "lost"),
	    .list_serial = uint_at(list, "serial"),
	    .list_built_ms = instant_at(list, "built", 0),
	    .list_rules = uint_at(list, "rules"),
	    .clock_offset_ms = ush_value_is(offset, USH_VALUE_INTEGER) ? offset->number : 0,
	    .is_heartbeat = strcmp(text_at(own, "reason", WORD_MAX), "heartbeat") == 0,
	    .has_list = ush_value_is(list, USH_VALUE_OBJECT),
	    .clock_known = ush_value_is(synchronised, USH_VALUE_TRUE) ||
	                   ush_value_is(synchronised, USH_VALUE_FALSE),
	    .clock_synchronised = ush_value_is(synchronised, USH_VALUE_TRUE),
	};
}

/* All strings of the beacon that this part need not know, sorted by key. A key is what a decoder of
 * ours can write. */
static const char *
details_of(struct ush_json_line *line, const struct ush_value *beacon)
{
	static const char *const known[] = {"family", "channel", "profile", NULL};
	json_t *details = json_object();
	const struct ush_value *value = NULL;

	while ((value = ush_value_next(beacon, value)) != NULL) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], value->key) != 0)
			i++;
		if (known[i] == NULL && value->kind == USH_VALUE_STRING &&
		    json_object_size(details) < DETAILS_MAX && is_word(value->key))
			json_object_set_new(
			    details, value->key, json_string(string_value(value, WORD_MAX)));
	}
	return dump(line, details, JSON_SORT_KEYS);
}

static void
read_beacon(struct ush_event *event, struct ush_json_line *line, const struct ush_value *beacon)
{
	event->has_beacon = ush_value_is(beacon, USH_VALUE_OBJECT);
	event->beacon = (struct ush_profile){
	    .family = text_at(beacon, "family", WORD_MAX),
	    .channel = text_at(beacon, "channel", WORD_MAX),
	    .details = event->has_beacon ? details_of(line, beacon) : "",
	    .fields = join_list(line, ush_value_at(beacon, "fields")),
	    .text = text_at(beacon, "profile", TEXT_MAX),
	};
}

/* The words of a list of evidence; a single word is none. */
static unsigned
read_evidence(const struct ush_value *list)
{
	const struct ush_value *value = NULL;
	unsigned marks = 0;

	if (!ush_value_is(list, USH_VALUE_ARRAY))
		return 0;
	for (size_t i = 0; i < LIST_MAX && (value = ush_value_next(list, value)) != NULL; i++)
		marks |= ush_evidence_from_text(string_value(value, WORD_MAX));
	return marks;
}

static void
read_contact(struct ush_event *event, struct ush_json_line *line)
{
	const struct ush_value *root = line->values;
	const struct ush_value *own = ush_value_at(root, "sinkhole");
	const struct ush_value *url = ush_value_at(root, "url");

	event->marks = read_evidence(ush_value_at(own, "evidence")) |
	               ush_evidence_from_text(text_at(own, "path_kind", WORD_MAX));
	event->mark_words = join_list(line, ush_value_at(own, "marks"));
	event->proxy = text_at(own, "proxy_ip", WORD_MAX);
	event->transport = text_at(root, "network.transport", WORD_MAX);
	event->protocol = text_at(root, "network.protocol", WORD_MAX);
	event->destination = text_at(root, "destination.ip", WORD_MAX);
	event->port = uint_at(root, "destination.port");
	event->method = text_at(root, "http.request.method", WORD_MAX);
	event->domain = text_at(url, "domain", TEXT_MAX);
	event->path = text_at(url, "path", TEXT_MAX);
	event->agent = text_at(root, "user_agent.original", TEXT_MAX);
	event->page = text_at(own, "page", TEXT_MAX);
	event->via = text_at(own, "via", TEXT_MAX);
	event->tunnel = text_at(own, "tunnel", TEXT_MAX);
	event->reference = text_at(own, "reference", WORD_MAX);
	event->in_tls = true_at(root, "tls.established");
	event->server_name = text_at(root, "tls.client.server_name", TEXT_MAX);
	event->feed_line = uint_at(own, "feed_line");
	read_beacon(event, line, ush_value_at(own, "beacon"));
}

/* Contacts that were counted together because there were too many hosts to keep apart: they have no
 * host. */
static bool
is_of_several_hosts(const struct ush_event *event)
{
	size_t len = strlen(event->action);

	return event->dataset == USH_IN_CONTACTS && len > 7 &&
	       strcmp(event->action + len - 7, "-folded") == 0;
}

/* What DNS events and contacts share. */
static int
read_seen(struct ush_event *event, struct ush_json_line *line)
{
	const struct ush_value *root = line->values;
	const struct ush_value *own = ush_value_at(root, "sinkhole");
	const struct ush_value *rule = ush_value_at(root, "rule");
	struct ush_address address;

	if (ush_address_from_text(&address, text_at(root, "source.ip", WORD_MAX)) == 0)
		ush_address_to_text(&address, event->host);
	else if (!is_of_several_hosts(event))
		return -1;
	event->campaign = text_at(own, "campaign", WORD_MAX);
	event->software = text_at(root, "threat.software.name", WORD_MAX);
	event->rule = text_at(rule, "id", TEXT_MAX);
	event->rule_name = text_at(rule, "name", TEXT_MAX);
	event->claimed = join_list(line, ush_value_at(own, "claimed_ip"));
	event->repeat = uint_at(own, "repeat");
	if (event->repeat == 0)
		event->repeat = 1;
	if (event->repeat > REPEAT_MAX)
		event->repeat = REPEAT_MAX;
	event->first_ms = instant_at(own, "first", event->time_ms);
	event->last_ms = instant_at(own, "last", event->time_ms);
	return 0;
}

static int
read_fields(struct ush_event *event, struct ush_json_line *line)
{
	const struct ush_value *question = ush_value_at(line->values, "dns.question");

	if (read_head(event, line->values) != 0)
		return -1;
	if (event->dataset == USH_IN_STATE) {
		read_state(event, line);
		return 0;
	}
	if (read_seen(event, line) != 0)
		return -1;
	if (event->dataset == USH_IN_CONTACTS) {
		read_contact(event, line);
		return 0;
	}
	event->qname = text_at(question, "name", TEXT_MAX);
	event->qtype = text_at(question, "type", WORD_MAX);
	event->trigger = text_at(line->values, "sinkhole.trigger", WORD_MAX);
	event->is_selected = text_at(line->values, "sinkhole.recording", WORD_MAX)[0] != '\0';
	event->resolved = join_list(line, ush_value_at(line->values, "dns.resolved_ip"));
	return 0;
}

int
ush_event_read(struct ush_event *out, const char *line, size_t len)
{
	struct ush_json_line json;

	*out = (struct ush_event){0};
	if (len > USH_EVENT_MAX || ush_json_line_read(&json, line, len) != 0)
		return -1;
	if (read_fields(out, &json) != 0) {
		ush_json_line_fini(&json);
		return -1;
	}
	out->memory = ush_json_line_keep(&json);
	return 0;
}

void
ush_event_fini(struct ush_event *event)
{
	free(event->memory);
	event->memory = NULL;
}
