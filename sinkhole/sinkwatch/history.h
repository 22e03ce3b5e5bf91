/* SPDX-License-Identifier: BSD-3-Clause */
/* history.h - keeps which calls the rows of an overview had before (store/risen.h). The follower's
 * thread. */
#pragma once

#include "sinkhole/sinkwatch/overview.h"
#include "sinkhole/store/risen.h"

/* Notes the calls of the overview; opens *history (owned by the caller) if it is NULL. What fails is
 * added to overview->beside. */
void ush_history_note(struct ush_risen **history, struct ush_overview *overview);

/* The call of a row that changes are told by: of a proxy, that of the worst machine behind it. */
enum ush_call ush_history_call(const struct ush_row *row);
uint64_t ush_history_key(const struct ush_row *row);
