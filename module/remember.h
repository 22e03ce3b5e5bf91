/* SPDX-License-Identifier: BSD-3-Clause */
/* remember.h - replies about names that are not listed, for the passive record (passive.h). On a
 * worker, in a reply callback. */
#pragma once

#include "module/passive.h"
#include "module/state.h"

/* Asks the worker's table about an answer (`rep`) that goes to a client. */
void ush_remember_ask(struct ush_module *module, const struct ush_worker *worker,
    const struct ush_name *name, uint16_t qtype, const struct reply_info *rep,
    const struct comm_reply *to, struct ush_passive_question *question);

/* Records a new one, unless the mode or the client forbid it. Outside of the lists. */
void ush_remember(struct ush_module *module, struct ush_worker *worker,
    const struct ush_passive_question *question, const struct ush_name *name,
    const struct reply_info *rep, const struct comm_reply *to);
