/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/beacon.h"

#include <string.h>

static ush_family_fn *const families[] = {
    ush_emdivi_read,
};

static bool
read_place(struct ush_beacon *out, const char *channel, struct ush_text text)
{
	for (size_t i = 0; text.len > 0 && i < sizeof(families) / sizeof(families[0]); i++) {
		memset(out, 0, sizeof(*out));
		if (families[i](out, text)) {
			out->channel = channel;
			return true;
		}
	}
	out->family = NULL;
	return false;
}

bool
ush_beacon_read(struct ush_beacon *out, const struct ush_http_head *head, struct ush_text body)
{
	if (read_place(out, "body", body))
		return true;
	for (size_t i = 0; i < head->header_count; i++) {
		if (ush_text_is_nocase(head->headers[i].name, "cookie") &&
		    read_place(out, "cookie", head->headers[i].value))
			return true;
	}
	return false;
}
