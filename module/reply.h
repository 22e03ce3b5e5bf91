/* SPDX-License-Identifier: BSD-3-Clause */
/* reply.h - replies to clients become events. */
#pragma once

#include "common/attr.h"
#include "module/state.h"

/* Unbound's callbacks for replies. 0, or -1 without memory. */
USH_MUST_CHECK int ush_reply_register(struct ush_module *module);
void ush_reply_unregister(struct ush_module *module);
/* An event for a client that gets no answer. */
void ush_record_drop(struct ush_module *module, struct ush_worker *worker,
    const struct ush_view *view, const struct ush_decision *decision,
    const struct module_qstate *qstate, const struct mesh_reply *reply);
/* On the module's thread: what workers have counted only in seconds that are over. */
void ush_record_repeats(struct ush_module *module);
/* The rest, when no other thread runs any more. */
void ush_record_last_repeats(struct ush_module *module);
