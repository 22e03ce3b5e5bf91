/* SPDX-License-Identifier: BSD-3-Clause */
/* sensor.h - a sensor for tests: a temporary directory with the shipped feeds compiled and settings
 * that use them, and contacts made from request texts. */
#pragma once

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sinkhole/evidence/contact.h"
#include "sinkhole/server/sources.h"
#include "tests/unit/sinkhole/text.h"
#include "zones/compile/compiler.h"

struct sensor {
	char directory[64];
	char settings[96];
	char list[96];
	char log[96];
};

static inline void
sensor_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* `more` stands below `sinkhole:`. */
static inline void
sensor_settings(struct sensor *sensor, const char *more)
{
	char text[4096];

	snprintf(text, sizeof(text),
	    "observer: sensor\n"
	    "module:\n  sinkhole-addresses: [\"127.83.0.0/24\", \"2001:db8:83::/64\"]\n"
	    "sinkhole:\n  database: blocklist.db\n  event-log: contacts.jsonl\n%s",
	    more);
	sensor_write(sensor->settings, text);
}

static inline void
sensor_compile(struct sensor *sensor)
{
	const struct ush_feed_options feeds[] = {
	    {.path = USH_SOURCE_DIR "/zones/feeds/never-block.yaml"},
	    {.path = USH_SOURCE_DIR "/zones/feeds/emdivi.yaml"},
	};
	const struct ush_compile_options options = {.path = sensor->list,
	    .feeds = feeds,
	    .feed_count = 2,
	    .now_ms = 1795000000000,
	    .last_slot = 254,
	    .shrink_percent = 50};
	struct ush_compile_result result = {0};
	struct ush_error err = {0};

	ck_assert_msg(ush_compile(&options, &result, &err) == 0, "%s", err.text);
	ush_compile_result_fini(&result);
}

static inline void
sensor_init(struct sensor *sensor)
{
	strcpy(sensor->directory, "/tmp/ush-sensor-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(sensor->directory));
	snprintf(sensor->settings, sizeof(sensor->settings), "%s/sinkhole.yaml", sensor->directory);
	snprintf(sensor->list, sizeof(sensor->list), "%s/blocklist.db", sensor->directory);
	snprintf(sensor->log, sizeof(sensor->log), "%s/contacts.jsonl", sensor->directory);
	sensor_settings(sensor, "");
}

static inline void
sensor_fini(struct sensor *sensor)
{
	unlink(sensor->settings);
	unlink(sensor->list);
	unlink(sensor->log);
	ck_assert_int_eq(rmdir(sensor->directory), 0);
}

/* A request as it would reach finding.h: keep the struct while the contact is used. */
struct asked {
	struct ush_http_head head;
	struct ush_received raw;
	struct ush_contact contact;
};

static inline struct ush_address
address_of(const char *text)
{
	struct ush_address address;

	ck_assert_int_eq(ush_address_from_text(&address, text), 0);
	return address;
}

static inline void
asked_init(struct asked *asked, const char *request)
{
	const uint8_t *bytes = (const uint8_t *)request;
	size_t len = strlen(request);
	size_t end = ush_http_head_end(bytes, len, 0);

	memset(asked, 0, sizeof(*asked));
	ush_received_init(&asked->raw, 65536);
	ush_received_add(&asked->raw, bytes, len);
	ush_http_head_read(&asked->head, asked->raw.data, end > 0 ? end : len, end > 0);
	asked->contact = (struct ush_contact){
	    .kind = USH_CONTACT_HTTP,
	    .time_ms = 1795000000123,
	    .peer = address_of("127.0.0.7"),
	    .peer_port = 4711,
	    .destination = address_of("127.83.0.77"),
	    .destination_port = 80,
	    .head = &asked->head,
	    .malformed = asked->head.malformed,
	    .raw = &asked->raw,
	};
	asked->contact.from.source = asked->contact.peer;
	if (end > 0 && end < len) {
		asked->contact.body = ush_text_of((const char *)asked->raw.data + end, len - end);
		asked->contact.body_bytes = len - end;
	}
}

static inline void
asked_fini(struct asked *asked)
{
	ush_received_fini(&asked->raw);
}
