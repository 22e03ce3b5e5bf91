/* SPDX-License-Identifier: BSD-3-Clause */
/* fixture.h - real lists and settings for the module's unit tests, in a directory of their own. */
#pragma once

#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/event.h"
#include "module/generation.h"
#include "tests/unit/unit.h"
#include "zones/compile/builder.h"

/* One rule of a test list; campaign, action, value; scope 0: a network. */
struct fixture_rule {
	const char *campaign;
	enum ush_action action;
	unsigned scope;
	const char *value;
};

static char fixture_dir[64];

static inline void
fixture_path(char path[128], const char *name)
{
	(void)snprintf(path, 128, "%s/%s", fixture_dir, name);
}

static inline void
fixture_open(void)
{
	(void)snprintf(fixture_dir, sizeof(fixture_dir), "/tmp/ush-module-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fixture_dir));
}

static inline int
fixture_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline void
fixture_close(void)
{
	(void)nftw(fixture_dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Compile rules into `name`, with the serial after the file's that is there. */
static inline void
fixture_list(const char *name, const struct fixture_rule *rules, size_t count)
{
	struct ush_feed_info feed = {
	    .name = "test", .file = "test.yaml", .date = "", .reference = ""};
	struct ush_builder *builder;
	struct ush_build_result result;
	struct ush_build_options options = {.now_ms = 1600000000000, .last_slot = 254};
	struct ush_blocklist *previous = NULL;
	struct ush_error err = {0};
	char path[128];

	fixture_path(path, name);
	ck_assert_int_eq(ush_builder_new(&builder, &err), 0);
	ck_assert_int_eq(ush_builder_feed(builder, &feed, false, &err), 0);
	for (size_t i = 0; i < count; i++) {
		const struct fixture_rule *rule = &rules[i];
		struct ush_origin origin = {.line = (unsigned)i + 1};
		struct ush_network network;
		struct ush_name listed;
		uint16_t class_id;

		ck_assert_int_eq(ush_builder_class(builder, rule->campaign, "Emdivi", rule->action,
		                     &class_id, &err),
		    0);
		if (rule->scope == 0) {
			ck_assert_int_eq(ush_network_from_text(&network, rule->value), 0);
			ck_assert_int_eq(
			    ush_builder_network(builder, class_id, &network, &origin), 0);
			continue;
		}
		ck_assert_int_eq(ush_name_from_text(&listed, rule->value, strlen(rule->value)), 0);
		ck_assert_int_eq(ush_builder_name(builder, class_id, &listed, rule->value,
		                     strlen(rule->value), rule->scope, &origin),
		    0);
	}
	if (ush_blocklist_open(&previous, path, USH_PART_ALL, NULL) != 0)
		previous = NULL;
	options.path = path;
	options.previous = previous;
	ck_assert_msg(ush_builder_write(builder, &options, &result, &err) == 0, "%s", err.text);
	ush_builder_free(builder);
	ush_blocklist_close(previous);
}

/* Write a file as a whole: a reader sees the old one or the new one. */
static inline void
fixture_file(const char *name, const char *text)
{
	char path[128], temporary[128];
	FILE *file;

	fixture_path(path, name);
	fixture_path(temporary, "temporary");
	file = fopen(temporary, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(rename(temporary, path), 0);
}

#define FIXTURE_SETTINGS                                                      \
	"module:\n"                                                           \
	"  database: list.db\n"                                               \
	"  event-log: dns.jsonl\n"                                            \
	"  sinkhole-addresses: [\"198.51.100.0/24\", \"2001:db8:83::/64\"]\n" \
	"  exempt: [\"192.0.2.9/32\"]\n"                                      \
	"  monitor-only: [\"192.0.2.8/32\"]\n"                                \
	"  trusted-forwarders: [\"192.0.2.7/32\"]\n"                          \
	"  canary: canary.example\n"

/* A generation of the settings text and the list file `name` (NULL: none), without an event log. */
static inline const struct ush_generation *
fixture_generation(const char *settings_text, const char *name)
{
	struct ush_shared_settings *settings;
	struct ush_shared_list *list = NULL;
	struct ush_generation *generation;
	struct ush_error err = {0};
	char path[128];

	fixture_file("sinkhole.yaml", settings_text);
	fixture_path(path, "sinkhole.yaml");
	ck_assert_msg(ush_shared_settings_open(&settings, path, &err) == 0, "%s", err.text);
	if (name) {
		fixture_path(path, name);
		ck_assert_msg(ush_shared_list_open(
		                  &list, path, USH_PART_NAMES | USH_PART_NETWORKS, &err) == 0,
		    "%s", err.text);
	}
	ck_assert_msg(
	    ush_generation_new(&generation, settings, list, NULL, &err) == 0, "%s", err.text);
	ush_shared_settings_release(settings);
	ush_shared_list_release(list);
	return generation;
}

static inline struct ush_name
fixture_name(const char *text)
{
	struct ush_name name;

	ck_assert_int_eq(ush_name_from_text(&name, text, strlen(text)), 0);
	return name;
}

static inline struct ush_address
fixture_address(const char *text)
{
	struct ush_address address;

	ck_assert_int_eq(ush_address_from_text(&address, text), 0);
	return address;
}
