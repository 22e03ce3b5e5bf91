/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/export/syslog_line.h"

#include <string.h>
#include <unistd.h>

#define FACILITY 16 /* local0 */

unsigned
ush_syslog_severity(enum ush_call call)
{
	static const unsigned severities[USH_CALLS] = {2, 3, 5, 6, 6, 6, 6};

	return severities[call];
}

const char *
ush_syslog_own_name(char buf[USH_SYSLOG_NAME_MAX])
{
	if (gethostname(buf, USH_SYSLOG_NAME_MAX - 1) != 0)
		buf[0] = '\0';
	buf[USH_SYSLOG_NAME_MAX - 1] = '\0';
	for (char *at = buf; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~')
			*at = '_';
	}
	return buf[0] != '\0' ? buf : strcpy(buf, "-");
}

void
ush_syslog_head(FILE *to, unsigned severity, const char *time, const char *machine,
    const char *program, const char *what)
{
	fprintf(to, "<%u>1 %s %s %s %d %s [sinkhole@32473", FACILITY * 8 + severity, time, machine,
	    program, (int)getpid(), what);
}

void
ush_syslog_param(FILE *to, const char *name, const char *value)
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

void
ush_syslog_number(FILE *to, const char *name, uint64_t value)
{
	fprintf(to, " %s=\"%llu\"", name, (unsigned long long)value);
}
