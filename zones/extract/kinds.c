/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/kinds.h"

#include <ctype.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "zones/compile/builder.h"
#include "zones/compile/guard.h"
#include "zones/compile/url.h"
#include "zones/extract/files.h"

struct ush_kinds {
	struct ush_guard *guard;
	const psl_ctx_t *suffixes; /* libpsl's own */
};

int
ush_kinds_new(struct ush_kinds **out)
{
	struct ush_kinds *kinds = *out = calloc(1, sizeof(*kinds));

	if (kinds == NULL)
		return -1;
	kinds->suffixes = psl_builtin();
	return ush_guard_new(&kinds->guard);
}

void
ush_kinds_free(struct ush_kinds *kinds)
{
	if (kinds == NULL)
		return;
	ush_guard_free(kinds->guard);
	free(kinds);
}

const char *
ush_kind_text(enum ush_kind kind)
{
	static const char *const texts[] = {
	    [USH_KIND_NONE] = "",
	    [USH_KIND_NAME] = "domain",
	    [USH_KIND_URL] = "url",
	    [USH_KIND_PATH] = "url-path",
	    [USH_KIND_IP] = "ip",
	    [USH_KIND_IP_PORT] = "ip-port",
	    [USH_KIND_SHA256] = "sha256",
	    [USH_KIND_SHA1] = "sha1",
	    [USH_KIND_MD5] = "md5",
	    [USH_KIND_FILE] = "filename",
	    [USH_KIND_DETECTION] = "detection-name",
	    [USH_KIND_MAIL] = "email-address",
	};

	return texts[kind];
}

/* A top-level domain that exists, in lower case. */
static bool
is_known_end(const struct ush_kinds *kinds, const char *text, size_t len)
{
	const char *dot = memrchr(text, '.', len);
	char end[64];

	if (dot == NULL || (size_t)(text + len - dot) > sizeof(end))
		return false;
	snprintf(end, sizeof(end), "%.*s", (int)(text + len - dot - 1), dot + 1);
	return psl_is_public_suffix2(kinds->suffixes, end, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) ==
	       1;
}

static bool
has_known_end(const struct ush_kinds *kinds, const struct ush_name *name)
{
	char text[USH_NAME_TEXT_MAX];

	return is_known_end(kinds, text, ush_name_to_text(name, text));
}

/* "xxx.example.com", "203.0.113.xx", "www.sakura***.com": a part is blacked out. */
static bool
is_redacted(const char *text, size_t len)
{
	size_t label = 0;
	size_t crosses = 0;
	bool is_address = isdigit((unsigned char)text[0]) != 0;
	size_t least = is_address ? 1 : 2;
	bool any = false;

	if (ush_is_redacted(text, len))
		return true;
	for (size_t i = 0; i < len && text[i] != '/'; i++) {
		if (text[i] == '.') {
			any = any || (crosses == label && label >= least);
			label = crosses = 0;
			continue;
		}
		label++;
		crosses += text[i] == 'x' || text[i] == 'X';
		if ((unsigned char)text[i] == 0xe2 && i + 2 < len &&
		    ((unsigned char)text[i + 1] == 0x96 || (unsigned char)text[i + 1] == 0x97))
			return true; /* U+2580 to U+25FF: blocks and shapes */
	}
	return any || (is_address && label > 0 && crosses == label);
}

static bool
is_hexadecimal(const char *text, size_t len)
{
	bool has_digit = false;
	bool has_letter = false;

	for (size_t i = 0; i < len; i++) {
		if (isxdigit((unsigned char)text[i]) == 0)
			return false;
		has_digit = has_digit || isdigit((unsigned char)text[i]) != 0;
		has_letter = has_letter || isalpha((unsigned char)text[i]) != 0;
	}
	return has_digit && has_letter;
}

static enum ush_kind
hash_kind(const char *text, size_t len)
{
	if (!is_hexadecimal(text, len))
		return USH_KIND_NONE;
	return len == 64   ? USH_KIND_SHA256
	       : len == 40 ? USH_KIND_SHA1
	       : len == 32 ? USH_KIND_MD5
	                   : USH_KIND_NONE;
}

static bool
copy_text(const char *text, size_t len, char *out, size_t size)
{
	if (len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/* "192.0.2.1", "192.0.2.0/24", "[2001:db8::1]:443", "192.0.2.1:443" */
static enum ush_kind
address_kind(const char *text, size_t len, struct ush_identified *out)
{
	char copy[USH_NETWORK_TEXT_MAX];

	if (ush_is_address_port(text, len))
		return USH_KIND_IP_PORT;
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len < 7 && memchr(text, ':', len) == NULL)
		return USH_KIND_NONE; /* "1.2" */
	if (!copy_text(text, len, copy, sizeof(copy)) ||
	    (memchr(text, '.', len) == NULL && memchr(text, ':', len) == NULL) ||
	    ush_network_from_text(&out->network, copy) != 0)
		return USH_KIND_NONE;
	out->value = text;
	out->len = len;
	return USH_KIND_IP;
}

static bool
has_scheme(const char *text, size_t len)
{
	const char *sign = memmem(text, len, "://", 3);

	return sign != NULL && sign > text && memchr(text, '/', (size_t)(sign - text)) == NULL;
}

static const char *
why_no_host(enum ush_refusal why, bool defanged)
{
	switch (why) {
	case USH_REFUSED_NOT:
		return NULL;
	case USH_REFUSED_REDACTED:
	case USH_REFUSED_PATTERN:
		return "redacted";
	case USH_REFUSED_SUFFIX:
		return "a public suffix, which unrelated owners share";
	default:
		return defanged ? "malformed" : "";
	}
}

/* The host in front of the path. A name without a known end is one only if it was marked. */
static void
identify_host(const struct ush_kinds *kinds, const struct ush_url_parts *url, bool marked,
    struct ush_identified *out)
{
	struct ush_network network;
	char copy[USH_NETWORK_TEXT_MAX];
	enum ush_refusal why;

	if (copy_text(url->host, url->host_len, copy, sizeof(copy)) &&
	    ush_network_from_text(&network, copy) == 0) {
		out->network = network;
		return;
	}
	if (is_redacted(url->host, url->host_len)) {
		out->why_not = "redacted";
		if (!marked && isdigit((unsigned char)url->host[0]) == 0 &&
		    !is_known_end(kinds, url->host, url->host_len))
			out->kind = USH_KIND_NONE;
		return;
	}
	why = ush_guard_name(kinds->guard, url->host, url->host_len, USH_SCOPE_EXACT, &out->name);
	if ((out->why_not = why_no_host(why, marked)) != NULL) {
		if (out->why_not[0] == '\0')
			out->kind = USH_KIND_NONE;
		return;
	}
	if (!has_known_end(kinds, &out->name)) {
		out->why_not = "malformed: no top-level domain has that name";
		if (!marked)
			out->kind = USH_KIND_NONE;
		return;
	}
	out->is_plain_host = true;
}

/* "user@example.com" */
static bool
is_mail(const char *text, size_t len)
{
	const char *at = memchr(text, '@', len);

	return at != NULL && at > text && memchr(at, '.', (size_t)(text + len - at)) != NULL &&
	       memchr(text, '/', (size_t)(at - text)) == NULL;
}

/* A path that is part of a URL: folders of the machine itself are none. */
static bool
is_path(const char *text, size_t len)
{
	static const char *const local[] = {"/tmp/", "/usr/", "/etc/", "/var/", "/bin/", "/sbin/",
	    "/dev/", "/proc/", "/home/", "/opt/", "/root/", "/data/", "/sdcard/", "/Library/",
	    "/Users/", "/System/", "/Applications/", "/sys/", "/mnt/", "/private/", "/lib/"};

	if (text[0] != '/' || len < 4 || text[1] == '/' || memchr(text + 1, '/', len - 1) == NULL)
		return false;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		if (strncmp(text, local[i], strlen(local[i])) == 0)
			return false;
	}
	return true;
}

/* ".zip" ends names of hosts, too, but hardly any. */
static bool
ends_as_archive(const char *text, size_t len)
{
	return len > 4 && strncasecmp(text + len - 4, ".zip", 4) == 0;
}

/* "example.com", "example.com:8080", "example.com/x.php", each also with a scheme. */
static void
identify_url(const struct ush_kinds *kinds, const char *text, size_t len, bool defanged,
    struct ush_identified *out)
{
	bool scheme = has_scheme(text, len);
	struct ush_url_parts url;
	bool has_path;

	if (len > 2 && text[0] == '*' && text[1] == '.') {
		out->below = true;
		text += 2;
		len -= 2;
	}
	if (ush_url_split(text, len, &url) != 0 || url.host_len == 0 ||
	    (!scheme && memchr(url.host, '.', url.host_len) == NULL))
		return;
	has_path = url.path_len > 1 || (url.path_len == 1 && text[len - 1] == '/');
	out->kind = scheme || has_path ? USH_KIND_URL : USH_KIND_NAME;
	out->value = text;
	out->len = len;
	identify_host(kinds, &url, defanged || scheme, out);
	if (out->kind == USH_KIND_URL && out->why_not == NULL &&
	    is_redacted(url.path, url.path_len))
		out->why_not = "redacted";
	if (out->kind == USH_KIND_NAME && out->is_plain_host) {
		out->value = url.host;
		out->len = url.host_len;
		out->may_be_file =
		    !defanged && !out->below &&
		    (ush_name_labels(&out->name) == 2 || ends_as_archive(text, len)) &&
		    ush_is_file_name(text, len);
	}
}

void
ush_identify(const struct ush_kinds *kinds, const char *text, size_t len, bool defanged,
    struct ush_identified *out)
{
	*out = (struct ush_identified){.value = text, .len = len};
	if ((out->kind = hash_kind(text, len)) != USH_KIND_NONE ||
	    (out->kind = address_kind(text, len, out)) != USH_KIND_NONE)
		return;
	if (ush_is_detection_name(text, len)) {
		out->kind = USH_KIND_DETECTION;
		return;
	}
	if (!has_scheme(text, len) && is_mail(text, len)) {
		out->kind = USH_KIND_MAIL;
		return;
	}
	if (is_path(text, len)) {
		out->kind = USH_KIND_PATH;
		return;
	}
	identify_url(kinds, text, len, defanged, out);
	if (out->kind == USH_KIND_NONE && text[0] == '/') {
		out->value = (const char *)memrchr(text, '/', len) + 1; /* "/tmp/x.sh" */
		out->len = len - (size_t)(out->value - text);
		text = out->value;
		len = out->len;
	}
	if ((out->kind == USH_KIND_NONE || out->may_be_file) && !defanged &&
	    ush_is_file_name(text, len)) {
		out->kind = USH_KIND_FILE;
		out->why_not = NULL;
	}
}
