/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/question.h"

#include <stdlib.h>
#include <string.h>
#include "zones/idn.h"
#include "zones/readers/refang.h"

#define BLANKS " \t\r\n\f\v"
#define DIGITS "0123456789"
#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "-_."

/* What goes for a host name: letters, digits, hyphen, underscore, escapes, UTF-8. */
static bool
has_host_characters(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		else if ((unsigned char)*text < 0x80 && strchr(HOST_CHARACTERS, *text) == NULL)
			return false;
	}
	return true;
}

/* 192.0.2 or 10.0.0.1.5: nothing in DNS is called so. */
static bool
ends_in_number(const char *text)
{
	size_t end = strlen(text);
	size_t start;

	while (end > 0 && text[end - 1] == '.')
		end--;
	for (start = end; start > 0 && text[start - 1] != '.'; start--)
		;
	return end > start && strspn(text + start, DIGITS) >= end - start;
}

static void
read_host(struct ush_question *out, const char *host)
{
	if (ush_address_from_text(&out->address, host) == 0)
		out->kind = USH_QUESTION_ADDRESS;
	else if (has_host_characters(host) && !ends_in_number(host) &&
	         ush_name_from_user(&out->name, host, strlen(host)) == 0)
		out->kind = USH_QUESTION_NAME;
}

/* What stands behind the host is a port or nothing: "mailto:x" has no host. */
static bool
has_good_port(const struct ush_url_parts *url)
{
	const char *rest = url->host + url->host_len;
	size_t digits;

	if (*rest == ']')
		rest++;
	if (*rest != ':')
		return true;
	digits = strspn(++rest, DIGITS);
	return digits <= 5 && strchr("/?#", rest[digits]) != NULL; /* or the end */
}

/* 192.0.2.0/33 */
static bool
is_impossible_prefix(const struct ush_question *question)
{
	const char *path = strchr(question->text, '/');

	return question->kind == USH_QUESTION_ADDRESS && path != NULL && path[1] != '\0' &&
	       path[1 + strspn(path + 1, DIGITS)] == '\0';
}

static void
read_url(struct ush_question *out)
{
	char host[USH_NAME_TEXT_MAX];

	out->is_url = strpbrk(out->text, "/?#") != NULL;
	if (ush_url_split(out->text, strlen(out->text), &out->url) != 0)
		return;
	if (out->url.host_len == 0 && out->text[0] == '/')
		out->kind = USH_QUESTION_PATH;
	if (out->url.host_len == 0 || out->url.host_len >= sizeof(host) ||
	    !has_good_port(&out->url))
		return;
	memcpy(host, out->url.host, out->url.host_len);
	host[out->url.host_len] = '\0';
	read_host(out, host);
	if (is_impossible_prefix(out))
		out->kind = USH_QUESTION_UNCLEAR;
}

static bool
is_hash(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

int
ush_question_read(struct ush_question *out, const char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len > 0 && strchr(BLANKS, text[len - 1]) != NULL; len--)
		;
	*out = (struct ush_question){.text = malloc(len + 1)};
	if (out->text == NULL)
		return -1;
	out->text[ush_refang(text, len, false, out->text)] = '\0';
	if (is_hash(out->text))
		out->kind = USH_QUESTION_FILE;
	else if (ush_address_from_text(&out->address, out->text) == 0)
		out->kind = USH_QUESTION_ADDRESS;
	else if (ush_network_around(&out->network, out->text) == 0)
		out->kind = USH_QUESTION_NETWORK;
	else if (strpbrk(out->text, "/?#:") != NULL)
		read_url(out);
	else
		read_host(out, out->text);
	return 0;
}

void
ush_question_fini(struct ush_question *question)
{
	free(question->text);
	*question = (struct ush_question){0};
}
