/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/suffixes.h"

#include <libpsl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/xxhash_inline.h"
#include "zones/idn.h"

#define LIST_FILE "/usr/share/publicsuffix/public_suffix_list.dat"

/* Of the ten thousand rules one bit is set each, so that one name in 14 is asked for in vain. The
 * whole filter stays in the processor's first cache. */
#define FILTER_BITS (1u << 17)

struct ush_suffixes {
	psl_ctx_t *list;
	bool filtered;
	uint64_t rules[FILTER_BITS / 64]; /* each rule's name, without its star */
	uint64_t
	    stars[FILTER_BITS / 64]; /* what has a star below it: all names there are suffixes */
};

static size_t
place_of(const uint8_t *wire, size_t len)
{
	return XXH3_64bits(wire, len) % FILTER_BITS;
}

static void
set(uint64_t *bits, const struct ush_name *name)
{
	size_t place = place_of(name->wire, name->len);

	bits[place / 64] |= UINT64_C(1) << (place % 64);
}

static bool
is_set(const uint64_t *bits, const uint8_t *wire, size_t len)
{
	size_t place = place_of(wire, len);

	return (bits[place / 64] >> (place % 64) & 1) != 0;
}

/* A rule ends at the first blank; "!" marks an exception. Returns -1 if it is no name. */
static int
add_rule(struct ush_suffixes *suffixes, const char *line)
{
	size_t len = strcspn(line, " \t\r\n");
	bool star = len > 2 && line[0] == '*' && line[1] == '.';
	size_t skipped = star ? 2 : len > 1 && line[0] == '!' ? 1 : 0;
	struct ush_name name;

	if (len == 0 || (line[0] == '/' && line[1] == '/'))
		return 0;
	if (ush_name_from_user(&name, line + skipped, len - skipped) != 0)
		return -1;
	set(suffixes->rules, &name);
	if (star)
		set(suffixes->stars, &name);
	return 0;
}

static int
fill_filter(struct ush_suffixes *suffixes, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	while (rc == 0 && getline(&line, &size, file) > 0)
		rc = add_rule(suffixes, line);
	free(line);
	return rc == 0 && !ferror(file) ? 0 : -1;
}

/* Filter and libpsl read one file, so that they cannot differ. */
static void
load_file(struct ush_suffixes *suffixes)
{
	FILE *file = fopen(LIST_FILE, "re");

	if (file == NULL)
		return;
	if ((suffixes->list = psl_load_fp(file)) != NULL) {
		rewind(file);
		suffixes->filtered = fill_filter(suffixes, file) == 0;
	}
	fclose(file);
}

int
ush_suffixes_new(struct ush_suffixes **out)
{
	struct ush_suffixes *suffixes = calloc(1, sizeof(*suffixes));

	*out = NULL;
	if (suffixes == NULL)
		return -1;
	load_file(suffixes);
	if (suffixes->list == NULL && (suffixes->list = psl_latest(NULL)) == NULL) {
		free(suffixes);
		return -1;
	}
	*out = suffixes;
	return 0;
}

void
ush_suffixes_free(struct ush_suffixes *suffixes)
{
	if (suffixes == NULL)
		return;
	psl_free(suffixes->list);
	free(suffixes);
}

static bool
may_be_suffix(const struct ush_suffixes *suffixes, const struct ush_name *name)
{
	size_t first = 1u + name->wire[0];

	return !suffixes->filtered || name->len <= first + 1 ||
	       is_set(suffixes->rules, name->wire, name->len) ||
	       is_set(suffixes->stars, name->wire + first, name->len - first);
}

bool
ush_suffixes_has(const struct ush_suffixes *suffixes, const struct ush_name *name, bool companies)
{
	char text[USH_NAME_TEXT_MAX];

	if (!may_be_suffix(suffixes, name))
		return false;
	ush_name_to_text(name, text);
	return psl_is_public_suffix2(
	           suffixes->list, text, companies ? PSL_TYPE_ANY : PSL_TYPE_ICANN) != 0;
}
