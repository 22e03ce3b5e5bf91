/* SPDX-License-Identifier: BSD-3-Clause */
/* pages.h - the pages, each a function that writes one whole page. `subject` is the last segment of
 * the path, decoded ("" for pages without one). 0; -1 and err if it cannot be made. */
#pragma once

#include "common/attr.h"
#include "sinkhole/sinkwatch/view.h"

USH_MUST_CHECK int ush_page_hosts(
    struct ush_view *view, const char *subject, struct ush_error *err);
USH_MUST_CHECK int ush_page_host(struct ush_view *view, const char *subject, struct ush_error *err);
USH_MUST_CHECK int ush_page_campaign(
    struct ush_view *view, const char *subject, struct ush_error *err);
USH_MUST_CHECK int ush_page_changes(
    struct ush_view *view, const char *subject, struct ush_error *err);
USH_MUST_CHECK int ush_page_sensors(
    struct ush_view *view, const char *subject, struct ush_error *err);

/* The same for programs: JSON into view->html.out. */
USH_MUST_CHECK int ush_json_hosts(
    struct ush_view *view, const char *subject, struct ush_error *err);
USH_MUST_CHECK int ush_json_host(struct ush_view *view, const char *subject, struct ush_error *err);
USH_MUST_CHECK int ush_json_status(
    struct ush_view *view, const char *subject, struct ush_error *err);
