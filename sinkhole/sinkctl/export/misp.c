/* SPDX-License-Identifier: BSD-3-Clause */
/* Sightings for MISP's /sightings/add, one for each listed thing, with nothing of the hosts. The UUID
 * makes a second delivery of the same one no second sighting. */
#include <string.h>
#include "common/event.h"
#include "common/uuid.h"
#include "sinkhole/sinkctl/export/format.h"
#include "sinkhole/store/statistics.h"

struct misp {
	const struct ush_export *export;
	json_t *sightings;
};

static int
put_hits(void *arg, const struct ush_hits *hits)
{
	struct misp *misp = arg;
	const char *wanted = misp->export->command->campaign;
	struct ush_listed listed = ush_listed_of(hits->rule);
	json_t *sighting;
	json_t *values;
	char key[1200];
	char uuid[USH_UUID_TEXT_MAX];
	char seconds[32];

	if (wanted != NULL && strcmp(hits->campaign, wanted) != 0)
		return 0;
	sighting = json_object();
	values = json_array();
	snprintf(key, sizeof(key), "%s %llu", listed.text, (unsigned long long)hits->span.last_ms);
	snprintf(seconds, sizeof(seconds), "%llu", (unsigned long long)(hits->span.last_ms / 1000));
	ush_put_text(sighting, "uuid", ush_uuid(uuid, "misp", key));
	ush_put_text(sighting, "type", "0");
	snprintf(
	    key, sizeof(key), "%s%s", listed.kind == USH_LISTED_URL ? "http://" : "", listed.text);
	json_array_append_new(values, json_string(key));
	json_object_set_new(sighting, "values", values);
	ush_put_text(sighting, "timestamp", seconds);
	ush_put_text(sighting, "source", ush_export_organisation(misp->export));
	return json_array_append_new(misp->sightings, sighting);
}

static int
write_misp(FILE *to, const struct ush_export *export, struct ush_error *err)
{
	struct misp misp = {.export = export, .sightings = json_array()};
	int rc = ush_hits_each(ush_command_within(export->command), put_hits, &misp, err);

	if (rc == 0 && json_dumpf(misp.sightings, to, JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0)
		rc = ush_fail(err, NULL, 0, "the answer could not be written");
	fputc('\n', to);
	json_decref(misp.sightings);
	return rc;
}

const struct ush_export_format ush_export_misp = {.name = "misp", .write = write_misp};
