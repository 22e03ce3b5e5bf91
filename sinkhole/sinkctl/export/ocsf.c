/* SPDX-License-Identifier: BSD-3-Clause */
/* OCSF 1.3 Detection Finding (class 2004): one JSON object a line for each row. */
#include <string.h>
#include "common/version.h"
#include "common/uuid.h"
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/export/format.h"
#include "sinkhole/sinkctl/machine_row.h"

static const struct {
	int severity_id;
	const char *severity;
	int confidence_id;
} levels[USH_CALLS] = {
    [USH_CALL_INFECTED] = {5, "Critical", 3},
    [USH_CALL_LIKELY] = {4, "High", 2},
    [USH_CALL_POSSIBLE] = {3, "Medium", 1},
    [USH_CALL_PERSON] = {1, "Informational", 1},
    [USH_CALL_RELAY] = {1, "Informational", 1},
    [USH_CALL_SCANNER] = {1, "Informational", 1},
    [USH_CALL_DRILL] = {1, "Informational", 1},
};

static const struct {
	int id;
	const char *word;
} statuses[USH_CASE_STATES] = {
    [USH_CASE_OPEN] = {1, "New"},
    [USH_CASE_ACKNOWLEDGED] = {2, "In Progress"},
    [USH_CASE_CLEANED] = {4, "Resolved"},
    [USH_CASE_FALSE_ALARM] = {3, "Suppressed"},
};

static void
put_class(json_t *object)
{
	ush_put_uint(object, "category_uid", 2);
	ush_put_text(object, "category_name", "Findings");
	ush_put_uint(object, "class_uid", 2004);
	ush_put_text(object, "class_name", "Detection Finding");
	ush_put_uint(object, "activity_id", 1);
	ush_put_text(object, "activity_name", "Create");
	ush_put_uint(object, "type_uid", 200401);
	json_object_set_new(object, "metadata",
	    json_pack("{s:s, s:{s:s, s:s, s:s}}", "version", "1.3.0", "product", "name",
	        "unbound-sinkhole", "vendor_name", "unbound-sinkhole", "version", USH_VERSION));
}

static void
put_finding(json_t *object, const struct ush_host *host)
{
	const struct ush_verdict *verdict = &host->verdicts.items[0];
	json_t *finding = json_object();
	char text[256];
	char uuid[USH_UUID_TEXT_MAX];

	snprintf(
	    text, sizeof(text), "%s %s %d", host->address, host->campaign, host->known.claimed);
	ush_put_text(finding, "uid", ush_uuid(uuid, "row", text));
	snprintf(text, sizeof(text), "%s (%s)%s%s", ush_call_text(verdict->call), verdict->why,
	    host->campaign[0] != '\0' ? ": " : "", host->campaign);
	ush_put_text(finding, "title", text);
	ush_put_text(finding, "desc", verdict->reason);
	ush_put_uint(finding, "first_seen_time", host->first_ms);
	ush_put_uint(finding, "last_seen_time", host->last_ms);
	json_object_set_new(finding, "types", json_pack("[s]", verdict->why));
	json_object_set_new(finding, "analytic",
	    json_pack("{s:i, s:s, s:s}", "type_id", 1, "type", "Rule", "name", verdict->why));
	json_object_set_new(object, "finding_info", finding);
}

static void
put_evidence(json_t *object, const struct ush_command *command, const struct ush_host *host)
{
	json_t *endpoint = json_object();
	struct ush_machine machine;

	ush_put_text(endpoint, "ip", host->address);
	if (ush_host_machine(command, host, &machine)) {
		ush_put_text(endpoint, "hostname", machine.name);
		if (strlen(machine.hardware) == 17)
			ush_put_text(endpoint, "mac", machine.hardware);
		if (machine.owner[0] != '\0')
			json_object_set_new(
			    endpoint, "owner", json_pack("{s:s}", "name", machine.owner));
	}
	json_object_set_new(object, "evidences", json_pack("[{s:o}]", "src_endpoint", endpoint));
	json_object_set_new(object, "observables",
	    json_pack("[{s:s, s:i, s:s, s:s}]", "name", "evidences.src_endpoint.ip", "type_id", 2,
	        "type", "IP Address", "value", host->address));
	if (host->campaign[0] != '\0')
		json_object_set_new(object, "malware",
		    json_pack("[{s:s, s:[i]}]", "name", host->campaign, "classification_ids", 0));
}

static void
put_unmapped(json_t *object, const struct ush_host *host)
{
	const struct ush_verdict *behind = &host->verdicts.behind;
	json_t *unmapped = json_object();
	json_t *names = json_array();

	ush_put_uint(unmapped, "dns", host->dns);
	ush_put_uint(unmapped, "hit", host->hits);
	json_object_set_new(
	    unmapped, "real", host->real > 0 ? json_integer((json_int_t)host->real) : json_null());
	if (behind->why != NULL)
		json_object_set_new(unmapped, "behind",
		    json_pack("{s:s, s:s, s:s}", "call", ush_call_text(behind->call), "why",
		        behind->why, "reason", behind->reason));
	for (size_t i = 0; i < host->names.count; i++)
		json_array_append_new(names, json_string(host->names.items[i]));
	if (host->names.count > 0)
		json_object_set(unmapped, "names", names);
	json_decref(names);
	json_object_set_new(object, "unmapped", unmapped);
}

static json_t *
finding_of(const struct ush_command *command, const struct ush_host *host)
{
	const struct ush_verdict *verdict = &host->verdicts.items[0];
	struct ush_standing standing = ush_export_standing(command, host);
	json_t *object = json_object();

	put_class(object);
	ush_put_uint(object, "time", host->last_ms);
	ush_put_uint(object, "start_time", host->first_ms);
	ush_put_uint(object, "end_time", host->last_ms);
	ush_put_uint(object, "count", host->dns + host->hits);
	ush_put_uint(object, "severity_id", (uint64_t)levels[standing.call].severity_id);
	ush_put_text(object, "severity", levels[standing.call].severity);
	ush_put_uint(object, "confidence_id", (uint64_t)levels[standing.call].confidence_id);
	ush_put_uint(object, "status_id", (uint64_t)statuses[standing.state].id);
	ush_put_text(object, "status", statuses[standing.state].word);
	ush_put_text(object, "message", verdict->reason);
	put_finding(object, host);
	put_evidence(object, command, host);
	put_unmapped(object, host);
	return object;
}

static int
write_ocsf(FILE *to, const struct ush_export *export, struct ush_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < export->hosts->count && rc == 0; i++) {
		json_t *finding;

		if (!ush_host_is_wanted(export->command, &export->hosts->items[i]))
			continue;
		finding = finding_of(export->command, &export->hosts->items[i]);
		if (json_dumpf(finding, to, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
			rc = ush_fail(err, NULL, 0, "the answer could not be written");
		fputc('\n', to);
		json_decref(finding);
	}
	return rc;
}

const struct ush_export_format ush_export_ocsf = {
    .name = "ocsf", .write = write_ocsf, .has_hosts = true};
