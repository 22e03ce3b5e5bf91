/* SPDX-License-Identifier: BSD-3-Clause */
/* metrics.h - the state of the daemon for monitoring: GET /metrics in the text format of
 * Prometheus, GET /health with 200 or, and why, 503. On a loopback address, in the main thread. */
#pragma once

#include "common/attr.h"
#include "common/error.h"

struct ush_metrics;
struct ush_server;

/* Listens as `sinkhole.metrics` says; *out is NULL if that is not set. The server is borrowed and
 * must live longer. -1 with file and line. */
USH_MUST_CHECK int ush_metrics_open(
    struct ush_metrics **out, const struct ush_server *server, struct ush_error *err);
void ush_metrics_free(struct ush_metrics *metrics); /* NULL is allowed */
