/* SPDX-License-Identifier: BSD-3-Clause */
/* message.h - a message: a JSON object for programs with a title and a text for people in it, which every
 * output is made from. What came from the network stands in title and text as visible characters alone.
 * Results belong to the caller (json_decref), NULL without memory. Any thread. */
#pragma once

#include <jansson.h>
#include <stdint.h>

/* `kind`: host, digest, sinkhole or test. `url`: where to read on. */
json_t *ush_message_new(
    const char *kind, const char *title, const char *text, const char *url, uint64_t now_ms);
/* Gives it an id of its own, by which a receiver that gets it twice knows it, and writes it: malloced. */
char *ush_message_dump(json_t *message);
