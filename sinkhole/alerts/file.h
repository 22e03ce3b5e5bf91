/* SPDX-License-Identifier: BSD-3-Clause */
/* file.h - for the two files that keep something in alerts.db. */
#pragma once

#include "sinkhole/alerts/memory.h"
#include "sinkhole/store/own_file.h"

struct ush_alert_file {
	struct ush_store base;
};

/* A statement with values for ?1, ?2, ...: "t" a text, "u" a number, in the order of `kinds`. */
USH_MUST_CHECK int ush_alert_run(
    struct ush_alert_file *file, struct ush_error *err, const char *sql, const char *kinds, ...);
/* The same, prepared; NULL on failure. To be ended with sqlite3_finalize(). Texts are borrowed. */
sqlite3_stmt *ush_alert_ask(
    struct ush_alert_file *file, struct ush_error *err, const char *sql, const char *kinds, ...);
/* Ends the statement; `rc`: of its last step. 0 if it came to its end. */
USH_MUST_CHECK int ush_alert_end(
    struct ush_alert_file *file, sqlite3_stmt *stmt, int rc, struct ush_error *err);
