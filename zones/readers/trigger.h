/* SPDX-License-Identifier: BSD-3-Clause */
/* trigger.h - what owners and data of a response policy zone mean. A trigger is an owner without the
 * zone's name. Private to zones/readers. Values only, any thread. */
#pragma once

#include <stdbool.h> /* before ldns, which else has a bool of its own */
#include <ldns/ldns.h>
#include "common/address.h"
#include "common/name.h"
#include "zones/readers/reader.h"

/* A name or a network; else why it is none for us. */
enum ush_refusal ush_rpz_kind(const struct ush_name *trigger, enum ush_indicator_kind *kind);

/* What a record wants; else why it is nothing for us. */
enum ush_refusal ush_rpz_action(
    const ldns_rr *rr, const struct ush_name *trigger, enum ush_action *action);

/* The network of an rpz-ip trigger. -1: it is none. */
USH_MUST_CHECK int ush_rpz_network(const struct ush_name *trigger, char out[USH_NETWORK_TEXT_MAX]);
