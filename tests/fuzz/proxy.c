/* SPDX-License-Identifier: BSD-3-Clause */
/* A PROXY header reads the same as soon as it is all there, whatever follows it, and names no
 * host before. */
#include "sinkhole/protocol/proxy.h"
#include "tests/fuzz/fuzz.h"

/* A copy has the exact size, so that sanitizers see reads beyond it. */
static enum ush_proxy_result
read_copy(struct ush_proxy_header *out, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len + 1);
	enum ush_proxy_result result;

	memcpy(copy + 1, data, len);
	result = ush_proxy_read(out, copy + 1, len);
	free(copy);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ush_proxy_header whole, part;
	enum ush_proxy_result result = read_copy(&whole, data, size);

	USH_HOLDS(whole.bytes <= size);
	USH_HOLDS((whole.bytes > 0) == (result == USH_PROXY_DONE || result == USH_PROXY_BROKEN));
	USH_HOLDS(whole.source.family == 0 || result == USH_PROXY_DONE);
	USH_HOLDS((whole.source.family == 0) == (whole.destination.family == 0));
	for (size_t len = 0; len < size && len < 160; len++) {
		enum ush_proxy_result early = read_copy(&part, data, len);

		USH_HOLDS(early == USH_PROXY_MORE || early == result);
		if (early == USH_PROXY_DONE)
			USH_HOLDS(memcmp(&part, &whole, sizeof(part)) == 0);
	}
	if (result == USH_PROXY_DONE) {
		USH_HOLDS(read_copy(&part, data, whole.bytes) == USH_PROXY_DONE);
		USH_HOLDS(part.bytes == whole.bytes);
	}
	return 0;
}
