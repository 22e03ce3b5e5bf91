/* SPDX-License-Identifier: BSD-3-Clause */
/* Once the first bytes have said which protocol it is, more of them do not change it. */
#include "sinkhole/protocol/sniff.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum ush_sniff whole = ush_sniff(data, size);

	USH_HOLDS(whole != USH_SNIFF_MORE || size < USH_SNIFF_MAX);
	for (size_t len = 0; len < size && len <= USH_SNIFF_MAX; len++) {
		enum ush_sniff early = ush_sniff(data, len);

		USH_HOLDS(early == USH_SNIFF_MORE || early == whole);
	}
	return 0;
}
