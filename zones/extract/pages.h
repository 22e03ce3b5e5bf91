/* SPDX-License-Identifier: BSD-3-Clause */
/* pages.h - what stands at the top or the foot of each page of a report that was a PDF: the names there
 * are its author's. Values only. */
#pragma once

#include "common/attr.h"
#include "zones/extract/report.h"

/* Set is_on_each_page of the lines that come again and again. -1 without memory. */
USH_MUST_CHECK int ush_find_pages(struct ush_report *report);
