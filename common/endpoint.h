/* SPDX-License-Identifier: BSD-3-Clause */
/* endpoint.h - an IP address with a port, as people write it. Values only, any thread may call. */
#pragma once

#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"

struct ush_endpoint {
	struct ush_address address;
	uint16_t port;
};

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353". -1 if it is none of these. */
USH_MUST_CHECK int ush_endpoint_from_text(
    struct ush_endpoint *out, const char *text, uint16_t default_port);
