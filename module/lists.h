/* SPDX-License-Identifier: BSD-3-Clause */
/* lists.h - the generation in force and the one that is about to be, and which threads still read them.
 *
 * Readers are worker threads: each claims a reader once, enters it around one callback, uses the
 * view it got and leaves. Entering and leaving is wait-free and holds no lock; nothing seen in a
 * view may be kept after leaving. One writer thread publishes: first as pending (every reader from
 * then on acts on both), then, when the caches are clean, in force. The writer waits for readers,
 * never the reverse; a generation that publishing hands back has no reader left and may be freed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"

struct ush_generation;

/* What a reader may look at between enter and leave. Both may be NULL. */
struct ush_view {
	const struct ush_generation *pending;
	const struct ush_generation *current;
	const struct ush_network *dns64; /* of the lists; NULL: none */
};

/* One thread's mark, apart from those of other threads in memory. */
struct ush_reader {
	_Alignas(64) _Atomic uint64_t epoch; /* 0: outside */
};

/* Set by ush_lists_init. */
struct ush_lists {
	_Atomic(const struct ush_generation *) pending;
	_Atomic(const struct ush_generation *) current;
	_Alignas(64) _Atomic uint64_t epoch;
	_Atomic unsigned claimed;
	/* Where the host puts IPv4 addresses into IPv6 ones, besides the well-known prefix; set
	 * before the first reader. 0 bits: nowhere. */
	struct ush_network dns64;
	unsigned places; /* readers there are */
	struct ush_reader *readers;
};

/* For `places` readers. 0, or -1 without memory. */
USH_MUST_CHECK int ush_lists_init(struct ush_lists *lists, unsigned places);
/* No reader may be inside, and no generation be published. */
void ush_lists_fini(struct ush_lists *lists);

/* A reader for the calling thread; NULL when all are taken. They are not given back. */
struct ush_reader *ush_lists_claim(struct ush_lists *lists);

void ush_lists_enter(struct ush_lists *lists, struct ush_reader *reader, struct ush_view *view);
void ush_lists_leave(struct ush_reader *reader);

/* A number for what readers see, which no lists of this host had before. A reader that takes it
 * before entering sees that or something newer; once it has changed, no reader sees the same
 * again. */
uint64_t ush_lists_number(const struct ush_lists *lists);

/* The writer's side. publish: `generation` becomes pending (NULL: none is) and every reader that is
 * inside now or later sees it; returns the one that was pending. commit: what is pending comes in
 * force; returns the one that was in force. Both return when no thread reads the returned one
 * any more. */
const struct ush_generation *ush_lists_publish(
    struct ush_lists *lists, const struct ush_generation *generation);
const struct ush_generation *ush_lists_commit(struct ush_lists *lists);

/* What the writer itself may look at without entering. */
const struct ush_generation *ush_lists_current(const struct ush_lists *lists);
const struct ush_generation *ush_lists_pending(const struct ush_lists *lists);
