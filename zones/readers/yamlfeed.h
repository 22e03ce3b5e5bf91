/* SPDX-License-Identifier: BSD-3-Clause */
/* yamlfeed.h - a feed of our own format as its file says it: what the tables of yamlfields.c fill in
 * and yaml.c hands over. Private to zones/readers. A document owns its strings. */
#pragma once

#include <stddef.h>
#include "common/yaml.h"
#include "zones/readers/reader.h"

enum confidence { CONFIDENCE_NONE, CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

/* Types that make rules; all others are notes. */
enum indicator_type {
	TYPE_DOMAIN = 1,
	TYPE_URL,
	TYPE_URL_PATH,
	TYPE_IP,
	TYPE_IP_PORT,
	TYPE_SHA256,
	TYPE_SHA1,
	TYPE_MD5,
	TYPE_FILENAME,
	TYPE_EMAIL_SUBJECT,
	TYPE_EMAIL_DISPLAY_NAME,
	TYPE_EMAIL_BODY,
	TYPE_DOCUMENT_AUTHOR,
	TYPE_DOCUMENT_CREATED,
	TYPE_DETECTION_NAME,
};

enum path_kind { PATH_NONE, PATH_PLANTED, PATH_PLAUSIBLE };

struct strings {
	char **items;
	size_t count;
};

struct yaml_entry {
	int type;
	char *value;
	char *raw;
	int scope;
	int action;
	int path;
	struct strings hosts;
	char *added;
	char *seen;
	char *expires;
	int confidence;
	uint32_t source_line;
	char *remark;
	char *derived_from;
	bool context;
	bool redacted;
	unsigned line;
};

struct entries {
	struct yaml_entry *items;
	size_t count;
};

struct ush_yaml_feed {
	char *name;
	char *campaign;
	char *software;
	char *date;
	int confidence;
	char *reference;
	char *remark;
	int scope;
	int action;
	bool never_block;
	bool draft;
	uint32_t expires_after;
	struct entries indicators;
};

/* The keys of a feed. */
extern const struct ush_field ush_yaml_feed_fields[];

/* "domain"; "high", "" for none. */
const char *ush_yaml_type_text(int type);
const char *ush_yaml_confidence_text(int confidence);
