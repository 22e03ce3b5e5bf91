/* SPDX-License-Identifier: BSD-3-Clause */
/* host_parts.h - the larger parts of a host's page. They write nothing if there is nothing; those
 * that return an int return -1 with the reason if the store cannot be read. */
#pragma once

#include "common/attr.h"
#include "sinkhole/sinkwatch/view.h"

/* When the host came, as a picture (plot.c). */
USH_MUST_CHECK int ush_view_plot(struct ush_view *view, const char *host, struct ush_error *err);
/* What it did, page by page (timeline.c). */
USH_MUST_CHECK int ush_view_timeline(
    struct ush_view *view, const char *host, struct ush_error *err);
/* The bytes it sent, from the end of the logs (bytes.c). */
void ush_view_bytes(struct ush_view *view, const char *host);
