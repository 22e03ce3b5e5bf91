/* SPDX-License-Identifier: BSD-3-Clause */
/* records_internal.h - for the files that keep something in the records: they use the store's
 * functions for statements on `base`. */
#pragma once

#include "sinkhole/store/internal.h"
#include "sinkhole/store/records.h"

struct ush_records {
	struct ush_store base;
};
