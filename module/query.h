/* SPDX-License-Identifier: BSD-3-Clause */
/* query.h - what happens when a query begins and when its answer is there. Runs in the Unbound
 * thread that works on the query; module and qstate are borrowed for the call. */
#pragma once

#include "module/state.h"

void ush_query_operate(
    struct ush_module *module, struct module_qstate *qstate, enum module_ev event);
