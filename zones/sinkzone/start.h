/* SPDX-License-Identifier: BSD-3-Clause */
/* start.h - would Unbound start with the module? The few things that could stop the whole resolver:
 * all else is taken by the module itself. And the file that switches it on, which says "no" in
 * time. One process, one thread. */
#pragma once

#include "zones/sinkzone/checks.h"

struct ush_start {
	bool loads; /* ush_start_write_include: the module will be loaded */
	bool stops; /* the same: it will not, but a line behind the include wants it */
	char build_id[USH_BUILD_ID_TEXT_MAX];
	char chain[sizeof((struct ush_unbound_conf){0}.module_config)]; /* behind dynlib */
	char module[4096];
};

/* Reads checks->unbound_conf into checks->conf, but not the file `without` (NULL: all of it). If
 * that fails it is reported, and checks->has_conf is false. */
void ush_start_read_conf(struct ush_checks *checks, const char *without);

/* What can be seen with root's eyes alone: the program and its configuration. False: Unbound must
 * start without the module. */
bool ush_start_check_program(struct ush_checks *checks, struct ush_start *start);

/* The module's file, with the eyes of the resolver; checks->settings may be NULL. */
bool ush_start_check_module(struct ush_checks *checks, struct ush_start *start);

/* Both, and the file that unbound.conf includes is written accordingly, in one step. Then
 * checks->conf is read again: it was without that file, and is with it. -1 if it could not be
 * written. The calling process keeps its user. */
USH_MUST_CHECK int ush_start_write_include(
    struct ush_checks *checks, struct ush_start *start, struct ush_error *err);
