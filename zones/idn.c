/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/idn.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return false;
	}
	return true;
}

int
ush_name_from_user(struct ush_name *out, const char *text, size_t len)
{
	char copy[USH_NAME_TEXT_MAX];
	uint8_t *ascii = NULL;
	int rc;

	if (is_ascii(text, len))
		return ush_name_from_text(out, text, len);
	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (idn2_lookup_u8((const uint8_t *)copy, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
	    IDN2_OK)
		return -1;
	rc = ush_name_from_text(out, (const char *)ascii, strlen((const char *)ascii));
	idn2_free(ascii);
	return rc;
}
