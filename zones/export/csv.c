/* SPDX-License-Identifier: BSD-3-Clause */
/* What is blocked as a table (RFC 4180), a row for each name, what is below a name, network and URL;
 * what is let through inside of it is passthru. */
#include <string.h>
#include "zones/export/format.h"

/* Always in quotes: a feed may call itself what it likes. What a spreadsheet takes for a formula gets
 * an apostrophe in front, and no text has more than one line. */
static void
put_text(FILE *to, const char *text)
{
	fputc('"', to);
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		fputc('\'', to);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, to);
	}
	fputc('"', to);
}

static void
put_row(const struct ush_export *export, const char *kind, const char *indicator, const char *path,
    const struct ush_effect *effect)
{
	const struct ush_address *addresses[2];
	char text[USH_ADDRESS_TEXT_MAX];
	size_t count = ush_export_addresses(export, effect, addresses);
	FILE *to = export->options->to;
	struct ush_class class;

	if (effect->kind == USH_EFFECT_NOTHING)
		return;
	ush_blocklist_class(export->options->list, effect->class_id, &class);
	fprintf(to, "%s,\"%s%s\",%s,", kind, indicator, path,
	    ush_action_text(
	        effect->kind == USH_EFFECT_PASS ? USH_ACTION_PASSTHRU : effect->action));
	put_text(to, class.campaign);
	fputc(',', to);
	put_text(to, class.feed);
	fputc(',', to);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "%s%s", i > 0 ? " " : "", ush_address_to_text(addresses[i], text));
	fputs("\r\n", to);
}

static int
csv_begin(struct ush_export *export, struct ush_error *err)
{
	(void)err;
	fputs("kind,indicator,action,campaign,feed,addresses\r\n", export->options->to);
	return 0;
}

static int
csv_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	(void)err;
	put_row(export, "name", owner->text, "", &owner->self);
	put_row(export, "below", owner->text, "", &owner->below);
	return 0;
}

static int
csv_network(struct ush_export *export, const struct ush_network *network,
    const struct ush_effect *effect, struct ush_error *err)
{
	char text[USH_NETWORK_TEXT_MAX];

	(void)err;
	put_row(export, "network", ush_network_to_text(network, text), "", effect);
	return 0;
}

static int
csv_url(struct ush_export *export, const struct ush_export_url *url, struct ush_error *err)
{
	(void)err;
	put_row(export, url->planted ? "planted-url" : "url", url->host, url->path, &url->effect);
	return 0;
}

const struct ush_export_format ush_export_csv = {
    .name = "csv",
    .begin = csv_begin,
    .owner = csv_owner,
    .network = csv_network,
    .url = csv_url,
};
