/* SPDX-License-Identifier: BSD-3-Clause */
/* conversation.h - what is said on a connection: bytes that are read become messages, which are
 * answered. When that happens is connection.c's affair, for which alone this is. On the loop's thread. */
#pragma once

#include "sinkhole/server/connection.h"

static inline const struct ush_sinkhole_settings *
ush_connection_settings(const struct ush_connection *connection)
{
	return &connection->loop->snapshot->settings->sinkhole;
}

static inline int
ush_connection_fd(const struct ush_connection *connection)
{
	return event_get_fd(&connection->event);
}

/* One read. False when there is nothing more for now. */
bool ush_conversation_receive(struct ush_connection *connection);
/* Nothing more will come: whatever there is of a message is over. */
void ush_conversation_end_input(struct ush_connection *connection);
/* Sends the answer that was kept back, if any was. */
void ush_conversation_release(struct ush_connection *connection);
/* Sends what TLS has ready for the client. */
void ush_conversation_seal(struct ush_connection *connection);
/* More arrives than will be read. */
void ush_conversation_expect_more(struct ush_connection *connection);
