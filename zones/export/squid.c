/* SPDX-License-Identifier: BSD-3-Clause */
/* Regular expressions for Squid's url_regex, a URL each: on a web site that was broken into, they
 * block the planted page alone. */
#include <string.h>
#include "zones/export/format.h"

static void
put_literally(FILE *to, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr(".[]{}()*+?^$|\\/", *text) != NULL && *text != '/')
			fputc('\\', to);
		fputc(*text, to);
	}
}

static int
squid_url(struct ush_export *export, const struct ush_export_url *url, struct ush_error *err)
{
	FILE *to = export->options->to;

	(void)err;
	if (url->effect.kind != USH_EFFECT_ACT)
		return 0;
	fputs("^https?://([^/?#]*@)?", to);
	put_literally(to, url->host);
	fputs("\\.?(:[0-9]+)?", to);
	put_literally(to, url->path);
	fputs("([?#]|$)\n", to);
	return 0;
}

const struct ush_export_format ush_export_squid = {
    .name = "squid",
    .comment = "#",
    .url = squid_url,
};
