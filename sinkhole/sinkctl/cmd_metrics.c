/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl metrics: the figures of all sensors, module and sinkholed, for Prometheus; as a file for
 * the textfile collector of its node_exporter. They come from the state lines in the logs, so that
 * nothing has to listen inside the resolver. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "common/version.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/families.h"
#include "sinkhole/sinkctl/feeds.h"
#include "sinkhole/sinkctl/outputs.h"
#include "sinkhole/store/hosts.h"
#include "zones/replace.h"

static void
put_hosts(FILE *to, const struct ush_hosts *hosts)
{
	static const char name[] = USH_METRIC_PREFIX "hosts";
	size_t counts[USH_CALLS] = {0};

	for (size_t i = 0; i < hosts->count; i++)
		counts[hosts->items[i].verdicts.items[0].call]++;
	ush_family_begin(to, name, "gauge", "Hosts by their worst call, once for each campaign.");
	for (enum ush_call call = 0; call < USH_CALLS; call++)
		fprintf(to, "%s{call=\"%s\"} %zu\n", name, ush_call_text(call), counts[call]);
}

static void
put_reading(FILE *to, const struct ush_command *command)
{
	static const char info[] = USH_METRIC_PREFIX "sinkctl_info";
	static const char unread[] = USH_METRIC_PREFIX "unread_logs";
	static const char time[] = USH_METRIC_PREFIX "sinkctl_timestamp_seconds";

	ush_family_begin(to, info, "gauge", "Which program this is.");
	fprintf(to, "%s{version=\"%s\"} 1\n", info, USH_VERSION);
	ush_family_begin(to, time, "gauge", "When the logs were last read.");
	fprintf(to, "%s %.3f\n", time, (double)command->now_ms / 1000);
	ush_family_begin(to, unread, "gauge", "Log files that could not be read to their end.");
	fprintf(to, "%s %zu\n", unread, command->update.unread.count);
}

/* Everything; 0, or -1 if the store cannot be read. */
static int
put_all(FILE *to, const struct ush_command *command, struct ush_error *err)
{
	struct ush_sensors sensors = {0};
	struct ush_hosts hosts = {0};
	int rc = -1;

	if (ush_sensors_find(&sensors, command->store, command->settings, command->now_ms, err) ==
	        0 &&
	    ush_hosts_find(&hosts, command->store, command->settings, NULL, err) == 0) {
		put_reading(to, command);
		ush_families_put(to, &sensors);
		ush_feeds_put_metrics(to, command);
		ush_outputs_put_metrics(to, command);
		put_hosts(to, &hosts);
		rc = 0;
	}
	ush_hosts_fini(&hosts);
	ush_sensors_fini(&sensors);
	return rc;
}

/* A reader finds the old file or the new one, whole. */
static int
write_file(const char *path, const char *text, size_t len, struct ush_error *err)
{
	struct ush_replacement file;
	int rc = ush_replacement_open(&file, path, err);

	if (rc == 0 && write(file.fd, text, len) != (ssize_t)len)
		rc = ush_fail_errno(err, path, "cannot be written");
	if (rc == 0)
		rc = ush_replacement_commit(&file, err);
	ush_replacement_close(&file);
	return rc;
}

int
ush_cmd_metrics(struct ush_command *command)
{
	struct ush_error err = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	int rc = to != NULL ? put_all(to, command, &err) : -1;

	if (to == NULL || fclose(to) != 0)
		rc = ush_fail(&err, NULL, 0, "out of memory");
	else if (rc == 0 && command->output != NULL)
		rc = write_file(command->output, text, len, &err);
	else if (rc == 0 && (fwrite(text, 1, len, stdout) != len || fflush(stdout) != 0))
		rc = ush_fail(&err, NULL, 0, "the answer could not be written");
	free(text);
	return rc == 0 ? USH_EXIT_DONE : ush_command_fail(&err);
}
