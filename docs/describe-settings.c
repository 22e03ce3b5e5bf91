/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints the table of settings for the manual; run by the build, not installed. */
#include <stdio.h>
#include <stdlib.h>
#include "common/settings.h"

int
main(void)
{
	ush_settings_describe(stdout);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
