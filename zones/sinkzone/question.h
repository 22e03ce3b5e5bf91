/* SPDX-License-Identifier: BSD-3-Clause */
/* question.h - what kind of indicator a text of the user is. People paste from reports, logs and
 * browsers: defanged, with a port, with blanks around. One owner, any thread. */
#pragma once

#include <stdbool.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/name.h"
#include "zones/compile/url.h"

enum ush_question_kind {
	USH_QUESTION_UNCLEAR, /* nothing that a rule can be about */
	USH_QUESTION_NAME,
	USH_QUESTION_ADDRESS,
	USH_QUESTION_NETWORK,
	USH_QUESTION_PATH, /* "/x.php", of any host */
	USH_QUESTION_FILE, /* a SHA-256, which only notes know */
};

struct ush_question {
	enum ush_question_kind kind;
	char *text; /* refanged and without blanks around */
	struct ush_name name;
	struct ush_address address;
	struct ush_network network;
	bool is_url; /* NAME, ADDRESS, PATH: `url` has more to ask about */
	struct ush_url_parts url;
};

/* -1 if there is no memory. Wants its fini. */
USH_MUST_CHECK int ush_question_read(struct ush_question *out, const char *text);
void ush_question_fini(struct ush_question *question);
