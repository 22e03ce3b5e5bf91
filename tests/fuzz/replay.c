/* SPDX-License-Identifier: BSD-3-Clause */
/* replay.c - runs one fuzz target over the files and directories named, so that a corpus is an
 * ordinary test under any compiler. Each input gets memory of exactly its size: sanitizers see the
 * first byte read beyond it. */
#include "tests/fuzz/fuzz.h"

#include <fts.h>
#include <sys/stat.h>

static void
replay(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size > 0 ? size : 1);

	/* The last name printed is the input that failed. */
	printf("%s\n", path);
	fflush(stdout);
	USH_HOLDS(file != NULL && data != NULL && fread(data, 1, size, file) == size);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

int
main(int argc, char **argv)
{
	FTS *tree = argc > 1 ? fts_open(argv + 1, FTS_LOGICAL | FTS_NOCHDIR, by_name) : NULL;
	unsigned count = 0;
	FTSENT *entry;

	if (tree == NULL) {
		fprintf(stderr, "usage: %s CORPUS...\n", argv[0]);
		return 2;
	}
	while ((entry = fts_read(tree)) != NULL) {
		if (entry->fts_info == FTS_F) {
			replay(entry->fts_path, (size_t)entry->fts_statp->st_size);
			count++;
		}
	}
	fts_close(tree);
	printf("%u inputs\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE; /* no corpus is no test */
}
