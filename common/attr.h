/* SPDX-License-Identifier: BSD-3-Clause */
/* attr.h - the compiler attributes that the project's headers use. */
#pragma once

#define USH_MUST_CHECK __attribute__((warn_unused_result))
#define USH_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
/* For functions that are a few instructions once a caller's constants are put in. */
#define USH_INLINE __attribute__((always_inline)) static inline
#define USH_EXPORT __attribute__((visibility("default")))
