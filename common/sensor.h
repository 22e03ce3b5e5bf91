/* SPDX-License-Identifier: BSD-3-Clause */
/* sensor.h - what a state line says of the machine: which boot, and how far its clock is to be
 * trusted. Makes system calls; any thread. */
#pragma once

#include "common/json.h"

/* Writes boot_id, clock_synchronised and clock_offset_ms into the open object; what cannot be found
 * out (boot_id without /proc in a chroot, the clock under a system call filter) is left out. So
 * many filters are the program's own, which let adjtimex() pass. */
void ush_sensor_describe(struct ush_json *json, unsigned own_filters);
