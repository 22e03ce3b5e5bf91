/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/loaded.h"

#include <dlfcn.h>
#include <stddef.h>

void
ush_stay_loaded(void)
{
	Dl_info info;

	/* Found by the name that it was loaded by: no file is opened, and none need be there. The
	 * handle is never closed. */
	if (dladdr((const void *)ush_stay_loaded, &info) != 0)
		(void)dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}
