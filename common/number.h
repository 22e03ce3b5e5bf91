/* SPDX-License-Identifier: BSD-3-Clause */
/* number.h - numbers as digits, without the C library's printf(): for what is written of every
 * event and answer; and the value of a digit. Pure, any thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define USH_DIGITS_MAX 20

/* Writes at most USH_DIGITS_MAX digits, no NUL. Returns where they end. */
static inline char *
ush_put_number(char *to, uint64_t value)
{
	char digits[USH_DIGITS_MAX];
	size_t start = sizeof(digits);

	do {
		digits[--start] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(to, digits + start, sizeof(digits) - start);
	return to + sizeof(digits) - start;
}

/* 0 to 15; -1: no hexadecimal digit. */
static inline int
ush_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
