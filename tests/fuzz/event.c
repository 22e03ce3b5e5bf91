/* SPDX-License-Identifier: BSD-3-Clause */
/* Whatever stands in a log line, an event that is read has texts that are whole UTF-8 and bounded,
 * and says the same when its line is written out and read again. */
#include "sinkhole/store/event_read.h"

#include <jansson.h>
#include <stdlib.h>
#include "common/json.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX 1024 /* as in event_read.c */

#define AT(member) offsetof(struct ush_event, member)
static const size_t texts[] = {AT(action), AT(id), AT(observer), AT(campaign), AT(software),
    AT(rule), AT(rule_name), AT(claimed), AT(proxy), AT(qname), AT(qtype), AT(trigger),
    AT(mark_words), AT(transport), AT(protocol), AT(destination), AT(method), AT(domain), AT(path),
    AT(agent), AT(server_name), AT(beacon.family), AT(beacon.channel), AT(page), AT(via),
    AT(tunnel), AT(reference), AT(beacon.fields), AT(beacon.text), AT(state.writer),
    AT(state.reason), AT(state.version), AT(state.boot_id), AT(state.mode), AT(state.list_state)};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

/* NULL in events of another kind. */
static const char *
text_of(const struct ush_event *event, size_t i)
{
	return *(const char *const *)((const char *)event + texts[i]);
}

static void
check_event(const struct ush_event *event, json_t *root)
{
	char detail[USH_DETAIL_MAX];
	struct ush_address host;
	const char *agent;
	size_t len;

	for (size_t i = 0; i < TEXTS; i++) {
		const char *text = text_of(event, i);

		if (text != NULL)
			USH_HOLDS(
			    strlen(text) <= TEXT_MAX && ush_utf8_is_valid(text, strlen(text)));
	}
	USH_HOLDS(event->action[0] != '\0');
	USH_HOLDS(event->dataset == USH_IN_STATE || event->repeat >= 1);
	/* Only state lines and contacts that were folded over many hosts have no host. */
	USH_HOLDS(event->host[0] == '\0' ? event->dataset != USH_IN_DNS
	                                 : ush_address_from_text(&host, event->host) == 0);
	if (event->dataset == USH_IN_CONTACTS &&
	    json_unpack(root, "{s:{s:s%}}", "user_agent", "original", &agent, &len) == 0)
		USH_HOLDS((len == 0) == (event->agent[0] == '\0')); /* cut, not lost */
	USH_HOLDS(ush_event_describe(event, detail) != NULL);
	USH_HOLDS(ush_utf8_is_valid(detail, strlen(detail)));
}

static void
check_same(const struct ush_event *a, const struct ush_event *b)
{
	USH_HOLDS(a->dataset == b->dataset && a->time_ms == b->time_ms && a->repeat == b->repeat);
	USH_HOLDS(a->first_ms == b->first_ms && a->last_ms == b->last_ms);
	USH_HOLDS(a->marks == b->marks && a->port == b->port && strcmp(a->host, b->host) == 0);
	for (size_t i = 0; i < TEXTS; i++) {
		const char *text = text_of(a, i);

		USH_HOLDS((text == NULL) == (text_of(b, i) == NULL));
		USH_HOLDS(text == NULL || strcmp(text, text_of(b, i)) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ush_event event, again;
	json_t *root;
	char *line;

	if (ush_event_read(&event, (const char *)data, size) != 0)
		return 0;
	root = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
	USH_HOLDS(root != NULL);
	check_event(&event, root);
	line = json_dumps(root, JSON_COMPACT);
	if (strlen(line) <= USH_EVENT_MAX) {
		USH_HOLDS(ush_event_read(&again, line, strlen(line)) == 0);
		check_same(&event, &again);
		ush_event_fini(&again);
	}
	free(line);
	json_decref(root);
	ush_event_fini(&event);
	return 0;
}
