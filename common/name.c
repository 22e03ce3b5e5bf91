/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/name.h"

#include <string.h>
#include "common/octets.h"

#define LABEL_MAX 63

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read the escape whose backslash is text[*i]; leave *i on its last character. */
static int
read_escape(const char *text, size_t len, size_t *i, uint8_t *octet)
{
	unsigned value;

	if (*i + 1 >= len)
		return -1;
	if (!is_digit(text[*i + 1])) {
		*i += 1;
		*octet = (uint8_t)text[*i];
		return 0;
	}
	if (*i + 3 >= len || !is_digit(text[*i + 2]) || !is_digit(text[*i + 3]))
		return -1;
	value = (unsigned)(text[*i + 1] - '0') * 100 + (unsigned)(text[*i + 2] - '0') * 10 +
	        (unsigned)(text[*i + 3] - '0');
	if (value > 255)
		return -1;
	*i += 3;
	*octet = (uint8_t)value;
	return 0;
}

int
ush_name_from_text(struct ush_name *out, const char *text, size_t len)
{
	size_t label = 0; /* where the length octet of the label being read goes */
	size_t used = 1;
	bool is_root = len == 1 && text[0] == '.';

	if (len == 0)
		return -1;
	for (size_t i = 0; i < len && !is_root; i++) {
		uint8_t octet = (uint8_t)text[i];

		if (octet == '.') {
			if (used == label + 1)
				return -1;
			out->wire[label] = (uint8_t)(used - label - 1);
			label = used++;
			continue;
		}
		if (octet == '\\' && read_escape(text, len, &i, &octet) != 0)
			return -1;
		if (used - label > LABEL_MAX || used >= USH_NAME_MAX - 1)
			return -1;
		out->wire[used++] = lower(octet);
	}
	if (used > label + 1) { /* no trailing dot: the root label is still missing */
		out->wire[label] = (uint8_t)(used - label - 1);
		label = used++;
	}
	out->wire[label] = 0;
	out->len = (uint8_t)used;
	return 0;
}

typedef uint8_t eight_octets __attribute__((vector_size(8)));

static void
copy_eight_lower(uint8_t *to, const uint8_t *from)
{
	eight_octets octets;

	memcpy(&octets, from, sizeof(octets));
	octets |= (eight_octets)(octets - 'A' < 26) & 0x20;
	memcpy(to, &octets, sizeof(octets));
}

/* Eight octets at once, the last ones with some of those before: this is done for every query. */
static void
copy_lower(uint8_t *to, const uint8_t *from, size_t len)
{
	if (len < 8) {
		for (size_t i = 0; i < len; i++)
			to[i] = lower(from[i]);
		return;
	}
	for (size_t i = 0; i < len - 8; i += 8)
		copy_eight_lower(to + i, from + i);
	copy_eight_lower(to + len - 8, from + len - 8);
}

int
ush_name_from_wire(struct ush_name *out, const uint8_t *wire, size_t len)
{
	size_t most = len < USH_NAME_MAX ? len : USH_NAME_MAX;
	size_t end = 0;

	for (;;) {
		size_t label;

		if (end >= most)
			return -1;
		label = wire[end++];
		if (label == 0)
			break;
		if (label > LABEL_MAX)
			return -1;
		end += label;
	}
	copy_lower(out->wire, wire, end); /* the length of a label is no letter */
	out->len = (uint8_t)end;
	return 0;
}

static char *
write_octet(char *to, uint8_t octet)
{
	if (octet == '.' || octet == '\\') {
		*to++ = '\\';
		*to++ = (char)octet;
	} else if (octet > 0x20 && octet < 0x7f) {
		*to++ = (char)octet;
	} else {
		*to++ = '\\';
		*to++ = (char)('0' + octet / 100);
		*to++ = (char)('0' + octet / 10 % 10);
		*to++ = (char)('0' + octet % 10);
	}
	return to;
}

static ush_octets
plain(ush_octets text)
{
	return (text > 0x20) & (text != 0x7f) & (text != '.') & (text != '\\');
}

size_t
ush_name_to_text(const struct ush_name *name, char buf[USH_NAME_TEXT_MAX])
{
	char *to = buf;

	for (const uint8_t *label = name->wire; *label != 0; label += 1 + *label) {
		const char *text = (const char *)label + 1;

		if (to != buf)
			*to++ = '.';
		if (ush_octets_copy(to, text, *label, plain)) {
			to += *label;
			continue;
		}
		for (size_t i = 0; i < *label; i++)
			to = write_octet(to, label[1 + i]);
	}
	if (to == buf)
		*to++ = '.';
	*to = '\0';
	return (size_t)(to - buf);
}

unsigned
ush_name_labels(const struct ush_name *name)
{
	unsigned labels = 0;

	for (size_t i = 0; name->wire[i] != 0; i += name->wire[i] + 1u)
		labels++;
	return labels;
}

void
ush_name_suffix(const struct ush_name *name, unsigned labels, struct ush_name *out)
{
	size_t start = 0;

	for (; labels > 0 && name->wire[start] != 0; labels--)
		start += name->wire[start] + 1u;
	out->len = (uint8_t)(name->len - start);
	memmove(out->wire, name->wire + start, out->len); /* out may be name itself */
}

int
ush_name_below(const struct ush_name *name, struct ush_name *out)
{
	if (name->len > USH_NAME_MAX - 2)
		return -1;
	out->len = (uint8_t)(name->len + 2);
	out->wire[0] = 1;
	out->wire[1] = 0xff;
	memcpy(out->wire + 2, name->wire, name->len);
	return 0;
}

bool
ush_name_is_under(const struct ush_name *name, const struct ush_name *parent)
{
	size_t start = 0;

	while ((size_t)name->len - start > parent->len)
		start += name->wire[start] + 1u;
	return (size_t)name->len - start == parent->len &&
	       memcmp(name->wire + start, parent->wire, parent->len) == 0;
}

bool
ush_name_equal(const struct ush_name *a, const struct ush_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}
