/* SPDX-License-Identifier: BSD-3-Clause */
/* runes.h - the characters of a text in UTF-8. Values only, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The character at *at, which moves behind it; at < end. A byte that begins none counts alone. */
uint32_t ush_rune_next(const char **at, const char *end);

/* The character that ends at `at`; begin < at. *begins_at is where it begins. */
uint32_t ush_rune_before(const char *begin, const char *at, const char **begins_at);

/* Letters of scripts that write words with blanks between, beyond ASCII: Latin, Greek, Cyrillic. */
bool ush_rune_is_spaced_letter(uint32_t c);
/* Kana, ideographs, hangul. */
bool ush_rune_is_cjk(uint32_t c);
