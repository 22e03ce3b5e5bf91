/* SPDX-License-Identifier: BSD-3-Clause */
/* kinds.h - what a token is: by its form alone, whatever stands around it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/name.h"

enum ush_kind {
	USH_KIND_NONE,
	USH_KIND_NAME,
	USH_KIND_URL,
	USH_KIND_PATH, /* "/wp-content/x.php" */
	USH_KIND_IP,   /* or a network */
	USH_KIND_IP_PORT,
	USH_KIND_SHA256,
	USH_KIND_SHA1,
	USH_KIND_MD5,
	USH_KIND_FILE,
	USH_KIND_DETECTION, /* what a virus scanner calls it */
	USH_KIND_MAIL,
};

struct ush_identified {
	enum ush_kind kind;
	const char *why_not; /* it has the form, but cannot be one: "redacted", ...; NULL: it can */
	bool below;          /* "*.example.com" */
	bool may_be_file;    /* "setup.sh": names and file names both end so */
	bool is_plain_host;  /* NAME, URL: `name` is its host, not an address */
	struct ush_name name;
	struct ush_network network; /* IP */
	const char *value;          /* inside the text */
	size_t len;
};

struct ush_kinds; /* what is known of names: immutable */

USH_MUST_CHECK int ush_kinds_new(struct ush_kinds **out);
void ush_kinds_free(struct ush_kinds *kinds); /* NULL is allowed */

/* What the refanged text is. `defanged`: its author has marked it. */
void ush_identify(const struct ush_kinds *kinds, const char *text, size_t len, bool defanged,
    struct ush_identified *out);

/* "domain", "url-path", ..., as our own feeds have it; "email-address", which they do not. */
const char *ush_kind_text(enum ush_kind kind);
