/* SPDX-License-Identifier: BSD-3-Clause */
/* feeds.h - how the feeds are that the list on this machine is made of, as sinkzone update left word.
 * Nothing is said if the settings name none. One thread. */
#pragma once

#include <jansson.h>
#include <stdio.h>
#include "sinkhole/sinkctl/command.h"
#include "zones/update/state.h"

/* For each feed of the settings, in their order. */
typedef void ush_feed_fn(const struct ush_command *command, const struct ush_feed_state *state,
    enum ush_feed_health health, void *arg);
void ush_feeds_each(const struct ush_command *command, ush_feed_fn *fn, void *arg);

/* A warning for each feed that is stale, failed or absent. */
void ush_feeds_print(const struct ush_command *command);

/* Two families of metrics: whether each is good, and when it last changed. */
void ush_feeds_put_metrics(FILE *to, const struct ush_command *command);

/* Adds the list "feeds" to an answer. */
void ush_feeds_put(json_t *answer, const struct ush_command *command);
