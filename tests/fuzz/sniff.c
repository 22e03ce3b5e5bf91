/* SPDX-License-Identifier: BSD-3-Clause */
/* Once the first bytes have said which protocol it is, more of them do not change it. */
#include "sinkhole/protocol/sniff.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum ush_sniff whole;

	/* Beyond the limit the answer may depend on how the bytes came in. */
	if (size >= USH_SNIFF_MAX) {
		USH_HOLDS(ush_sniff(data, size) != USH_SNIFF_MORE);
		return 0;
	}
	whole = ush_sniff(data, size);
	for (size_t len = 0; len < size && len < 128; len++) {
		enum ush_sniff early = ush_sniff(data, len);

		USH_HOLDS(early == USH_SNIFF_MORE || early == whole);
	}
	return 0;
}
