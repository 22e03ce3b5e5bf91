/* SPDX-License-Identifier: BSD-3-Clause */
/* hold.h - answers that are kept back for a while: as long as a program waits for its answer it has the
 * connection open, and a program on the host (osquery, Velociraptor, ss) that is told of it can see
 * which process that is. Belongs to the loop's thread. */
#pragma once

#include <stdint.h>
#include "sinkhole/evidence/contact.h"
#include "sinkhole/server/loop.h"
#include "sinkhole/server/respond.h"

/* For how many seconds the answer to this request, judged in loop->finding, is to be kept back; 0: not
 * at all. That of a suspect that was not held within the last hour, of nobody else: no person, test,
 * scanner, nor what a proxy passed on. */
uint32_t ush_hold_seconds(struct ush_loop *loop, const struct ush_contact *contact);
/* The host of the contact is held: its event is written, so that somebody can look. */
void ush_hold_begin(struct ush_loop *loop, const struct ush_contact *contact);

/* An answer that is kept back. */
struct ush_held {
	struct ush_response response;
	char answer[]; /* response.len bytes */
};

/* Copies the response with its answer, which is in loop->output. NULL if there is no memory. Owned by
 * the caller. */
struct ush_held *ush_held_new(struct ush_loop *loop, const struct ush_response *response);
void ush_held_free(struct ush_loop *loop, struct ush_held *held); /* NULL is allowed */
