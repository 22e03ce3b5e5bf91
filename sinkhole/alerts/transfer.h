/* SPDX-License-Identifier: BSD-3-Clause */
/* transfer.h - libcurl with the limits of an output: its time, and an end when sinkwatch stops. What the
 * other side answers is thrown away. Any thread. */
#pragma once

#include <curl/curl.h>
#include "sinkhole/alerts/output.h"

/* NULL without memory. To be ended with curl_easy_cleanup(). `is_stopping` is borrowed as long. */
CURL *ush_transfer_new(const char *url, uint32_t timeout_s, const atomic_bool *is_stopping);
/* Returns 0, or -1 with the reason. */
USH_MUST_CHECK int ush_transfer_run(CURL *transfer, struct ush_error *err);
