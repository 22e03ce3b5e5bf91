/* SPDX-License-Identifier: BSD-3-Clause */
/* link.h - where people open the page. Values only, any thread may call. */
#pragma once

#include "common/settings.h"

#define USH_LINK_MAX 1400

/* The pages of all hosts, of one (an address), and of the sensors. Return buf. */
const char *ush_link_to_hosts(char buf[USH_LINK_MAX], const struct ush_settings *settings);
const char *ush_link_to_host(
    char buf[USH_LINK_MAX], const struct ush_settings *settings, const char *address);
const char *ush_link_to_sensors(char buf[USH_LINK_MAX], const struct ush_settings *settings);
