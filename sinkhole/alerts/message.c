/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/message.h"

#include <stdio.h>
#include <sys/random.h>
#include "common/event.h"

json_t *
ush_message_new(
    const char *kind, const char *title, const char *text, const char *url, uint64_t now_ms)
{
	char time[USH_TIME_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", kind, "time",
	    ush_time_to_text(now_ms, time), "title", title, "text", text, "url", url);
}

char *
ush_message_dump(json_t *message)
{
	unsigned char random[16];
	char id[2 * sizeof(random) + 1];

	if (message == NULL || getrandom(random, sizeof(random), 0) != sizeof(random))
		return NULL;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(id + 2 * i, 3, "%02x", random[i]);
	json_object_set_new(message, "id", json_string(id));
	return json_dumps(message, JSON_COMPACT);
}
