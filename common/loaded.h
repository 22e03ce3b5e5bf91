/* SPDX-License-Identifier: BSD-3-Clause */
/* loaded.h - keeps a shared object in memory for a thread that is left behind in it. */
#pragma once

/* Keep the shared object that this function is in loaded until the process ends, even if it is
 * closed. A thread that hangs in a system call will return into its code. In a program: does
 * nothing. */
void ush_stay_loaded(void);
