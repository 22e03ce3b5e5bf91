/* SPDX-License-Identifier: BSD-3-Clause */
/* asked.h - which host a person means: an address, a name, a hardware address, or a reference number.
 * One thread. */
#pragma once

#include "sinkhole/sinkctl/command.h"

/* Sets command->host from command->asked, once; and the window, if the machine had the address for
 * some time only and none is given. buf must live as long as it. -1 if
 * nothing, or several machines, are called that. */
USH_MUST_CHECK int ush_asked_find(
    struct ush_command *command, char buf[USH_ADDRESS_TEXT_MAX], struct ush_error *err);
