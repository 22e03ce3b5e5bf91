/* SPDX-License-Identifier: BSD-3-Clause */
/* case_row.h - what people have said of a host, as text and as JSON. Everything is borrowed for the
 * call; one thread. */
#pragma once

#include <jansson.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/cases.h"

#define USH_CASE_TEXT_MAX 1536

/* "case 4711: cleaned 14:02 by yoshida (reimaged); open again: it acted after it was cleaned"; "" if
 * nothing was said. Returns buf. */
const char *ush_case_text(char buf[USH_CASE_TEXT_MAX], const struct ush_command *command,
    const struct ush_case_status *status);

/* "2026-11-20 14:02 cleaned, as of …, by yoshida, case 4711, campaign emdivi: reimaged". Returns
 * buf. */
const char *ush_mark_text(
    char buf[USH_CASE_TEXT_MAX], const struct ush_command *command, const struct ush_mark *mark);

/* Owned by the caller. */
json_t *ush_mark_json(const struct ush_mark *mark);
/* Puts "case" into a row, if something was said. */
void ush_case_put(json_t *object, const struct ush_case_status *status);
