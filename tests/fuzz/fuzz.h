/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz.h - what every fuzz target shares. A target is one file with one LLVMFuzzerTestOneInput();
 * libFuzzer calls it with USH_FUZZ, replay.c with the committed corpus otherwise. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "common/error.h"

/* A property that must hold for every input. */
#define USH_HOLDS(property)                                                                       \
	do {                                                                                      \
		if (!(property)) {                                                                \
			fprintf(                                                                  \
			    stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property); \
			abort();                                                                  \
		}                                                                                 \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Readers that take a path read the input from memory. */
struct ush_fuzz_file {
	int fd;
	char path[32];
};

static inline struct ush_fuzz_file
ush_fuzz_file(const void *data, size_t size)
{
	struct ush_fuzz_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};

	USH_HOLDS(file.fd != -1 && write(file.fd, data, size) == (ssize_t)size);
	USH_HOLDS(lseek(file.fd, 0, SEEK_SET) == 0);
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

/* An error is one printable line and points into the input. */
static inline void
ush_fuzz_error(const struct ush_error *err, size_t lines)
{
	USH_HOLDS(err->text[0] != '\0' && err->line <= lines);
	for (const char *c = err->text; *c != '\0'; c++)
		USH_HOLDS((unsigned char)*c >= 0x20 && *c != 0x7f);
}
