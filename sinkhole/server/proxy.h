/* SPDX-License-Identifier: BSD-3-Clause */
/* proxy.h - the PROXY header before the first message of a connection, on listeners that have one:
 * only that of a trusted proxy counts, and then the connection is the named host's. On the
 * loop's thread. */
#pragma once

#include <stdbool.h>
#include "sinkhole/protocol/proxy.h"
#include "sinkhole/server/loop.h"
#include "sinkhole/server/message.h"
#include "sinkhole/server/respond.h"

/* Gathers the header as a message of its own and takes it off. Returns how many bytes were used; in
 * what follows DONE and NONE the first message begins. BROKEN: the message holds what was received,
 * and why it is malformed. */
size_t ush_proxy_feed(struct ush_message *message, struct ush_proxy_header *header,
    const uint8_t *data, size_t len, enum ush_proxy_result *result);

/* What a header, or its absence (NULL), says of the other end. *host is the one that the connection
 * counts for, and is changed with it. False if that host may have no further connection: it is
 * counted then, and nothing more is to be read. */
bool ush_proxy_apply(struct ush_loop *loop, struct ush_party *party, struct ush_host_entry **host,
    const struct ush_proxy_header *header);
