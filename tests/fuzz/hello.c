/* SPDX-License-Identifier: BSD-3-Clause */
/* A ClientHello reads the same as soon as it is all there, and is never broken before. */
#include "sinkhole/protocol/hello.h"
#include "tests/fuzz/fuzz.h"

static void
check_hello(const struct ush_hello *hello)
{
	USH_HOLDS(memchr(hello->server_name, '\0', sizeof(hello->server_name)) != NULL);
	USH_HOLDS(hello->alpn_count <= USH_HELLO_LISTED_MAX);
	for (size_t i = 0; i < hello->alpn_count; i++)
		USH_HOLDS(memchr(hello->alpn[i], '\0', USH_HELLO_WORD_MAX) != NULL);
	USH_HOLDS(hello->version_count >= 1 && hello->version_count <= USH_HELLO_LISTED_MAX);
	USH_HOLDS(hello->version_count == 1 || ush_tls_version_text(hello->versions[1]) != NULL);
}

/* More bytes never take back a result. A copy has the exact size, so that sanitizers see reads
 * beyond it. */
static void
check_prefix(
    const uint8_t *data, size_t len, const struct ush_hello *whole, enum ush_hello_result result)
{
	uint8_t *part = malloc(len + 1);
	struct ush_hello hello;
	enum ush_hello_result early;

	memcpy(part + 1, data, len);
	early = ush_hello_read(&hello, part + 1, len);
	USH_HOLDS(early == USH_HELLO_MORE || early == result);
	if (early == USH_HELLO_DONE)
		USH_HOLDS(memcmp(&hello, whole, sizeof(hello)) == 0);
	free(part);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ush_hello hello;
	enum ush_hello_result result;

	if (size > USH_HELLO_MAX)
		return 0;
	result = ush_hello_read(&hello, data, size);
	if (result == USH_HELLO_DONE)
		check_hello(&hello);
	for (size_t cut = 1; cut <= size && cut < 64; cut++)
		check_prefix(data, size - cut, &hello, result);
	for (size_t len = 0; len < size && len < 64; len++)
		check_prefix(data, len, &hello, result);
	return 0;
}
