/* SPDX-License-Identifier: BSD-3-Clause */
/* unit.h - what every unit test program ends with. */
#pragma once

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define USH_COUNT(array) \
	((int)(sizeof(array) / sizeof((array)[0]))) /* of a table, for loop tests */

/* Runs the suite as the environment says (CK_RUN_CASE, CK_FORK, …), frees it; main's exit status.
 */
static inline int
ush_unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
