/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/popular.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "zones/compile/builder.h"
#include "zones/compile/popular-names.h"
#include "zones/compile/rules.h"
#include "zones/database/hash.h"

/* What a name in the set is. */
#define LISTED 1u /* one of the names itself */
#define ABOVE 2u  /* above one of them */

struct ush_popular {
	struct ush_db_header key; /* for the sets alone */
	const struct ush_names *own;
	struct ush_name_set popular;
	struct ush_name_set owned;
};

static struct ush_db_fingerprint
print_of(const struct ush_popular *popular, const struct ush_name *name)
{
	return ush_db_fingerprint(&popular->key, name->wire, name->len - 1u);
}

/* A name, or all above it, with the number of its text. */
static int
add(const struct ush_popular *popular, struct ush_name_set *set, uint16_t what, const char *text,
    size_t number)
{
	struct ush_name name;

	if (ush_name_from_text(&name, text, strlen(text)) != 0)
		return 0;
	if (what == LISTED)
		return ush_name_set_add(
		    set, print_of(popular, &name), ush_name_labels(&name), what, (uint32_t)number);
	for (unsigned labels = ush_name_labels(&name); labels > 1; labels--) {
		ush_name_suffix(&name, 1, &name);
		if (ush_name_set_add(
		        set, print_of(popular, &name), labels - 1, what, (uint32_t)number) != 0)
			return -1;
	}
	return 0;
}

/* The names themselves first: the first entry of a name decides its number. */
static int
fill(struct ush_popular *popular, uint16_t what)
{
	for (size_t i = 0; i < sizeof(popular_names) / sizeof(popular_names[0]); i++) {
		char www[USH_NAME_TEXT_MAX];

		snprintf(www, sizeof(www), "www.%s", popular_names[i]);
		if (add(popular, &popular->popular, what, popular_names[i], i) != 0 ||
		    add(popular, &popular->popular, what, www, i) != 0)
			return -1;
	}
	for (size_t i = 0; popular->own != NULL && i < popular->own->count; i++) {
		if (add(popular, &popular->owned, what, popular->own->items[i], i) != 0)
			return -1;
	}
	return 0;
}

int
ush_popular_new(struct ush_popular **out, const struct ush_names *own)
{
	struct ush_popular *popular = calloc(1, sizeof(*popular));

	*out = popular;
	if (popular == NULL || getrandom(popular->key.secret, sizeof(popular->key.secret), 0) !=
	                           (ssize_t)sizeof(popular->key.secret))
		return -1;
	popular->own = own;
	return fill(popular, LISTED) == 0 ? fill(popular, ABOVE) : -1;
}

void
ush_popular_free(struct ush_popular *popular)
{
	if (popular == NULL)
		return;
	ush_name_set_fini(&popular->popular);
	ush_name_set_fini(&popular->owned);
	free(popular);
}

static bool
covers(uint16_t what, unsigned scope)
{
	return ((what & LISTED) != 0 && (scope & USH_SCOPE_EXACT) != 0) ||
	       ((what & ABOVE) != 0 && (scope & USH_SCOPE_BELOW) != 0);
}

/* The own domain that the name is or is below. */
static const char *
owner_of(const struct ush_popular *popular, const struct ush_name *name)
{
	struct ush_name suffix = *name;

	for (unsigned labels = ush_name_labels(name); labels > 0; labels--) {
		uint32_t number;

		if ((ush_name_set_find(&popular->owned, print_of(popular, &suffix), &number) &
		        LISTED) != 0)
			return popular->own->items[number];
		ush_name_suffix(&suffix, 1, &suffix);
	}
	return NULL;
}

const char *
ush_popular_covered(
    const struct ush_popular *popular, const struct ush_name *name, unsigned scope, bool *own)
{
	struct ush_db_fingerprint print = print_of(popular, name);
	const char *owned = NULL;
	uint32_t number;

	*own = popular->owned.count > 0;
	if (*own) {
		if (covers(ush_name_set_find(&popular->owned, print, &number), scope))
			return popular->own->items[number];
		if ((owned = owner_of(popular, name)) != NULL)
			return owned;
	}
	*own = false;
	if (covers(ush_name_set_find(&popular->popular, print, &number), scope))
		return popular_names[number];
	return NULL;
}
