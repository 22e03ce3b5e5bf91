/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5424: one line for each row, all of it as structured data. */
#include <string.h>
#include <unistd.h>
#include "common/event.h"
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/export/format.h"
#include "sinkhole/sinkctl/machine_row.h"

/* local0; critical, error, notice, informational */
#define FACILITY 16
static const unsigned severities[USH_CALLS] = {2, 3, 5, 6, 6, 6, 6};
#define SETTLED 6 /* the severity of a case that is cleaned or a false alarm */

static void
put_param(FILE *to, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	fprintf(to, " %s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\' || *value == ']')
			fputc('\\', to);
		fputc((unsigned char)*value < 0x20 || *value == 0x7f ? ' ' : *value, to);
	}
	fputc('"', to);
}

static void
put_uint(FILE *to, const char *name, uint64_t value)
{
	fprintf(to, " %s=\"%llu\"", name, (unsigned long long)value);
}

static void
put_host(FILE *to, const struct ush_command *command, const char *machine_name,
    const struct ush_host *host)
{
	const struct ush_verdict *verdict = &host->verdicts.items[0];
	struct ush_standing standing = ush_export_standing(command, host);
	struct ush_machine machine;
	char behind[USH_BEHIND_TEXT_MAX];
	char few[USH_FEW_TEXT_MAX];
	char time[USH_TIME_TEXT_MAX];

	fprintf(to, "<%u>1 %s %s sinkctl %d row [sinkhole@32473",
	    FACILITY * 8 + (standing.is_settled ? SETTLED : severities[standing.call]),
	    ush_time_to_text(host->last_ms, time), machine_name, (int)getpid());
	put_param(to, "call", ush_call_text(verdict->call));
	put_param(to, "why", verdict->why);
	put_param(to, "host", host->address);
	if (ush_host_machine(command, host, &machine)) {
		put_param(to, "name", machine.name);
		put_param(to, "hardware", machine.hardware);
		put_param(to, "owner", machine.owner);
	}
	put_param(to, "campaign", host->campaign);
	put_param(to, "case", ush_case_state_text(standing.state));
	put_param(to, "behind", ush_export_behind(behind, host));
	put_param(to, "names", ush_export_few(few, &host->names));
	put_uint(to, "dns", host->dns);
	put_uint(to, "hit", host->hits);
	if (host->real > 0) {
		put_uint(to, "real", host->real);
		put_param(to, "realAddresses", ush_export_few(few, &host->real_addresses));
	}
	put_param(to, "first", ush_time_to_text(host->first_ms, time));
	put_param(to, "last", ush_time_to_text(host->last_ms, time));
	fprintf(to, "] %s (%s): %s\n", ush_call_text(verdict->call), verdict->why, verdict->reason);
}

/* The name of this machine as the standard allows it. */
static void
own_name(char out[256])
{
	if (gethostname(out, 255) != 0)
		out[0] = '\0';
	out[255] = '\0';
	for (char *at = out; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~')
			*at = '_';
	}
	if (out[0] == '\0')
		strcpy(out, "-");
}

static int
write_syslog(FILE *to, const struct ush_export *export, struct ush_error *err)
{
	char name[256];

	(void)err;
	own_name(name);
	for (size_t i = 0; i < export->hosts->count; i++) {
		if (ush_host_is_wanted(export->command, &export->hosts->items[i]))
			put_host(to, export->command, name, &export->hosts->items[i]);
	}
	return 0;
}

const struct ush_export_format ush_export_syslog = {
    .name = "syslog", .write = write_syslog, .has_hosts = true};
