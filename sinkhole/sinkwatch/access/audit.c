/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/access/audit.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/json.h"
#include "common/logfile.h"

#define DATASET "sinkhole.access"
#define LINE_MAX_BYTES 8192
/* A path and a query may each be as long as a head; escaped they may be six times that. */
#define TEXT_MAX 512

struct ush_audit {
	struct ush_logfile file;
	char *observer;
	uint64_t random;
	uint64_t sequence;
};

int
ush_audit_open(
    struct ush_audit **out, const char *path, const char *observer, struct ush_error *err)
{
	struct ush_audit *audit = calloc(1, sizeof(*audit));

	*out = NULL;
	if (audit == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	audit->observer = strdup(observer);
	if (ush_logfile_init(&audit->file, path) != 0 || audit->observer == NULL ||
	    RAND_bytes((unsigned char *)&audit->random, sizeof(audit->random)) != 1) {
		ush_audit_close(audit);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	if (ush_logfile_follow(&audit->file, err) != 0) {
		ush_audit_close(audit);
		return -1;
	}
	*out = audit;
	return 0;
}

void
ush_audit_close(struct ush_audit *audit)
{
	if (audit == NULL)
		return;
	ush_logfile_fini(&audit->file);
	free(audit->observer);
	free(audit);
}

/* Nothing for "" and NULL. */
static void
put_text(struct ush_json *json, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		ush_json_text(json, key, text, strnlen(text, TEXT_MAX));
}

static void
put_entry(struct ush_json *json, const struct ush_access_entry *entry)
{
	ush_json_object(json, "user");
	put_text(json, "name", entry->user);
	ush_json_end(json);
	ush_json_object(json, "source");
	put_text(json, "ip", entry->from);
	ush_json_end(json);
	ush_json_object(json, "url");
	put_text(json, "path", entry->path);
	put_text(json, "query", entry->query);
	ush_json_end(json);
	if (entry->host != NULL && entry->host[0] != '\0') {
		ush_json_object(json, "sinkhole");
		put_text(json, "opened", entry->host);
		ush_json_end(json);
	}
}

int
ush_audit_write(
    struct ush_audit *audit, const struct ush_access_entry *entry, struct ush_error *err)
{
	char id[USH_EVENT_ID_MAX];
	char line[LINE_MAX_BYTES];
	const struct ush_event_head head = {
	    .time_ms = entry->time_ms,
	    .kind = "event",
	    .category = entry->category,
	    .type = entry->type,
	    .action = entry->action,
	    .dataset = DATASET,
	    .id = ush_event_id(id, audit->random, 1, audit->sequence),
	    .sequence = audit->sequence,
	    .observer = audit->observer,
	};
	struct ush_json json;
	size_t done = 0;
	size_t len;

	ush_json_init(&json, line, sizeof(line));
	ush_event_begin(&json, &head);
	put_entry(&json, entry);
	len = ush_event_end(&json);
	if (len == 0)
		return ush_fail(err, NULL, 0, "the access log takes no line of this length");
	if (ush_logfile_follow(&audit->file, err) != 0)
		return -1;
	audit->sequence++;
	if (ush_logfile_append(&audit->file, line, len, &done, err) != 0) {
		ush_logfile_abandon(&audit->file);
		return -1;
	}
	return 0;
}
