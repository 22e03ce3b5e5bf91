/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5424: one line for each row, all of it as structured data. */
#include "common/event.h"
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/export/format.h"
#include "sinkhole/sinkctl/export/syslog_line.h"
#include "sinkhole/sinkctl/machine_row.h"

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

	ush_syslog_head(to,
	    standing.is_settled ? USH_SYSLOG_LEAST : ush_syslog_severity(standing.call),
	    ush_time_to_text(host->last_ms, time), machine_name, "sinkctl", "row");
	ush_syslog_param(to, "call", ush_call_text(verdict->call));
	ush_syslog_param(to, "why", verdict->why);
	ush_syslog_param(to, "host", host->address);
	if (ush_host_machine(command, host, &machine)) {
		ush_syslog_param(to, "name", machine.name);
		ush_syslog_param(to, "hardware", machine.hardware);
		ush_syslog_param(to, "owner", machine.owner);
	}
	ush_syslog_param(to, "campaign", host->campaign);
	ush_syslog_param(to, "case", ush_case_state_text(standing.state));
	ush_syslog_param(to, "behind", ush_export_behind(behind, host));
	ush_syslog_param(to, "names", ush_export_few(few, &host->names));
	ush_syslog_number(to, "dns", host->dns);
	ush_syslog_number(to, "hit", host->hits);
	if (host->real > 0) {
		ush_syslog_number(to, "real", host->real);
		ush_syslog_param(to, "realAddresses", ush_export_few(few, &host->real_addresses));
	}
	ush_syslog_param(to, "first", ush_time_to_text(host->first_ms, time));
	ush_syslog_param(to, "last", ush_time_to_text(host->last_ms, time));
	fprintf(to, "] %s (%s): %s\n", ush_call_text(verdict->call), verdict->why, verdict->reason);
}

static int
write_syslog(FILE *to, const struct ush_export *export, struct ush_error *err)
{
	char name[USH_SYSLOG_NAME_MAX];

	(void)err;
	ush_syslog_own_name(name);
	for (size_t i = 0; i < export->hosts->count; i++) {
		if (ush_host_is_wanted(export->command, &export->hosts->items[i]))
			put_host(to, export->command, name, &export->hosts->items[i]);
	}
	return 0;
}

const struct ush_export_format ush_export_syslog = {
    .name = "syslog", .write = write_syslog, .has_hosts = true};
