/* SPDX-License-Identifier: BSD-3-Clause */
/* ArcSight's Common Event Format (CEF:0): one line for each row. */
#include <string.h>
#include "common/version.h"
#include "common/uuid.h"
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/export/format.h"
#include "sinkhole/sinkctl/machine_row.h"

static const unsigned severities[USH_CALLS] = {10, 8, 5, 2, 2, 2, 0};
#define SETTLED 0 /* the severity of a case that is cleaned or a false alarm */

/* In the head a bar would begin the next field, in a value "=" the next key. */
static void
put_escaped(FILE *to, const char *text, char special)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n' || *text == '\r')
			fputs(special == '=' ? "\\n" : " ", to);
		else if (*text == '\\' || *text == special)
			fprintf(to, "\\%c", *text);
		else
			fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, to);
	}
}

static void
put_pair(FILE *to, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	fprintf(to, " %s=", key);
	put_escaped(to, value, '=');
}

static void
put_uint(FILE *to, const char *key, uint64_t value)
{
	fprintf(to, " %s=%llu", key, (unsigned long long)value);
}

/* One of the numbered strings, with its label. */
static void
put_string(FILE *to, unsigned number, const char *label, const char *value)
{
	char key[16];

	if (value[0] == '\0')
		return;
	fprintf(to, " cs%uLabel=%s", number, label);
	snprintf(key, sizeof(key), "cs%u", number);
	put_pair(to, key, value);
}

static void
put_strings(FILE *to, const struct ush_host *host, const struct ush_standing *standing)
{
	char behind[USH_BEHIND_TEXT_MAX];
	char few[USH_FEW_TEXT_MAX];

	put_string(to, 1, "campaign", host->campaign);
	put_string(to, 2, "case", ush_case_state_text(standing->state));
	put_string(to, 3, "realAddresses", ush_export_few(few, &host->real_addresses));
	put_string(to, 4, "behind", ush_export_behind(behind, host));
	put_string(to, 5, "names", ush_export_few(few, &host->names));
}

static void
put_host(FILE *to, const struct ush_command *command, const struct ush_host *host)
{
	const struct ush_verdict *verdict = &host->verdicts.items[0];
	struct ush_standing standing = ush_export_standing(command, host);
	struct ush_machine machine;
	char key[256];
	char uuid[USH_UUID_TEXT_MAX];

	fputs("CEF:0|unbound-sinkhole|sinkctl|" USH_VERSION "|", to);
	put_escaped(to, verdict->why, '|');
	fprintf(to, "|%s: ", ush_call_text(verdict->call));
	put_escaped(to, verdict->reason, '|');
	fprintf(to, "|%u|start=%llu", standing.is_settled ? SETTLED : severities[standing.call],
	    (unsigned long long)host->first_ms);
	put_uint(to, "end", host->last_ms);
	put_uint(to, "cnt", host->dns + host->hits);
	if (strchr(host->address, ':') == NULL) {
		put_pair(to, "src", host->address);
	} else {
		fputs(" c6a2Label=Source IPv6 Address", to);
		put_pair(to, "c6a2", host->address);
	}
	if (ush_host_machine(command, host, &machine)) {
		put_pair(to, "shost", machine.name);
		if (strlen(machine.hardware) == 17)
			put_pair(to, "smac", machine.hardware);
	}
	snprintf(key, sizeof(key), "%s %s %d", host->address, host->campaign, host->known.claimed);
	put_pair(to, "externalId", ush_uuid(uuid, "row", key));
	put_pair(to, "cat", ush_call_text(verdict->call));
	put_strings(to, host, &standing);
	fputs(" cn1Label=dnsQueries", to);
	put_uint(to, "cn1", host->dns);
	fputs(" cn2Label=contacts", to);
	put_uint(to, "cn2", host->hits);
	if (host->real > 0) {
		fputs(" cn3Label=realAnswers", to);
		put_uint(to, "cn3", host->real);
	}
	put_pair(to, "msg", verdict->reason);
	fputc('\n', to);
}

static int
write_cef(FILE *to, const struct ush_export *export, struct ush_error *err)
{
	(void)err;
	for (size_t i = 0; i < export->hosts->count; i++) {
		if (ush_host_is_wanted(export->command, &export->hosts->items[i]))
			put_host(to, export->command, &export->hosts->items[i]);
	}
	return 0;
}

const struct ush_export_format ush_export_cef = {
    .name = "cef", .write = write_cef, .has_hosts = true};
