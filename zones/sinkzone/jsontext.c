/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/jsontext.h"

#include <stdlib.h>
#include <string.h>
#include "common/json.h"

json_t *
ush_json_from_text(const char *text)
{
	size_t len = strlen(text);
	char *valid = malloc(USH_UTF8_REPAIRED_MAX(len));
	json_t *string = NULL;

	if (valid != NULL)
		string = json_stringn(valid, ush_utf8_repair(text, len, valid));
	free(valid);
	return string;
}
