/* SPDX-License-Identifier: BSD-3-Clause */
/* attr.h - the compiler attributes that the project's headers use. */
#pragma once

#define USH_MUST_CHECK __attribute__((warn_unused_result))
#define USH_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define USH_EXPORT __attribute__((visibility("default")))
