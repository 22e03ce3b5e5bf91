/* SPDX-License-Identifier: BSD-3-Clause */
/* The columns of Shadowserver's sinkhole reports (schema of 2026-03-24), for programs that read these:
 * one line for each contact of a row that is wanted, from the logs. What we do not know stays empty. */
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/csv.h"
#include "sinkhole/sinkctl/export/format.h"
#include "sinkhole/sinkctl/log_walk.h"

static const char *const begin[] = {"timestamp", "protocol", "src_ip", "src_port", "src_asn",
    "src_geo", "src_region", "src_city", "src_hostname", "src_naics", "src_sector", "device_vendor",
    "device_type", "device_model", "severity", "dst_ip", "dst_port", "dst_asn", "dst_geo",
    "dst_region", "dst_city", "dst_hostname", "dst_naics", "dst_sector", "public_source",
    "infection", "family", "tag", "application", "version", "event_id"};
static const char *const http_end[] = {"http_url", "http_host", "http_agent", "forwarded_by",
    "ssl_cipher", "http_referer", "ssl_servername", "machine_name"};
static const char *const other_end[] = {"ssl_cipher", "ssl_servername"};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct report {
	struct ush_csv csv;
	bool is_http;
	const struct ush_export *export;
	const struct ush_host **rows; /* those that are wanted, by address and campaign */
	size_t row_count;
};

static int
compare_rows(const void *a, const void *b)
{
	const struct ush_host *x = *(const struct ush_host *const *)a;
	const struct ush_host *y = *(const struct ush_host *const *)b;
	int order = strcmp(x->address, y->address);

	return order != 0 ? order : strcmp(x->campaign, y->campaign);
}

/* What others said of a host is no contact of its own. */
static int
sort_rows(struct report *report, struct ush_error *err)
{
	const struct ush_hosts *hosts = report->export->hosts;

	report->rows = calloc(hosts->count + 1, sizeof(const struct ush_host *));
	if (report->rows == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	for (size_t i = 0; i < hosts->count; i++) {
		if (!hosts->items[i].known.claimed &&
		    ush_host_is_wanted(report->export->command, &hosts->items[i]))
			report->rows[report->row_count++] = &hosts->items[i];
	}
	qsort((void *)report->rows, report->row_count, sizeof(*report->rows), compare_rows);
	return 0;
}

/* NULL: not wanted. */
static const struct ush_host *
row_of(const struct report *report, const struct ush_event *event)
{
	struct ush_host wanted = {.campaign = (char *)(uintptr_t)event->campaign};
	const struct ush_host *key = &wanted;
	const struct ush_host **row;

	snprintf(wanted.address, sizeof(wanted.address), "%s", event->host);
	row = bsearch(&key, (const void *)report->rows, report->row_count, sizeof(*report->rows),
	    compare_rows);
	return row != NULL ? *row : NULL;
}

/* As Shadowserver grades: from what may happen to what did. */
static const char *
severity_of(const struct report *report, const struct ush_host *host)
{
	static const char *const words[USH_CALLS] = {
	    [USH_CALL_INFECTED] = "critical",
	    [USH_CALL_LIKELY] = "high",
	    [USH_CALL_POSSIBLE] = "medium",
	    [USH_CALL_PERSON] = "info",
	    [USH_CALL_RELAY] = "info",
	    [USH_CALL_SCANNER] = "info",
	    [USH_CALL_DRILL] = "info",
	};
	struct ush_standing standing = ush_export_standing(report->export->command, host);

	return standing.is_settled ? "info" : words[standing.call];
}

/* "source.port" */
static const json_t *
dig(const json_t *object, const char *path)
{
	while (object != NULL) {
		const char *dot = strchr(path, '.');

		if (dot == NULL)
			return json_object_get(object, path);
		object = json_object_getn(object, path, (size_t)(dot - path));
		path = dot + 1;
	}
	return NULL;
}

static void
put_value(struct report *report, const json_t *root, const char *path)
{
	const json_t *value = dig(root, path);

	if (json_is_integer(value))
		ush_csv_uint(&report->csv, (uint64_t)json_integer_value(value));
	else
		ush_csv_text(&report->csv, json_is_string(value) ? json_string_value(value) : "");
}

static void
put_empty(struct report *report, unsigned count)
{
	while (count-- > 0)
		ush_csv_text(&report->csv, "");
}

/* "2026-11-20 14:02:33" in UTC */
static void
put_time(struct report *report, uint64_t ms)
{
	char text[USH_TIME_TEXT_MAX];

	ush_time_to_text(ms, text);
	text[10] = ' ';
	text[19] = '\0';
	ush_csv_text(&report->csv, text);
}

/* The evidence, as one word. */
static void
put_tag(struct report *report, const json_t *root)
{
	const json_t *word;
	char text[512] = "";
	size_t i;

	json_array_foreach(dig(root, "sinkhole.evidence"), i, word)
	{
		size_t used = strlen(text);

		if (json_is_string(word))
			snprintf(text + used, sizeof(text) - used, "%s%s", used > 0 ? ";" : "",
			    json_string_value(word));
	}
	ush_csv_text(&report->csv, text);
}

static void
put_url(struct report *report, const json_t *root)
{
	const char *path = json_string_value(dig(root, "url.path"));
	const char *query = json_string_value(dig(root, "url.query"));
	char text[2304];

	snprintf(text, sizeof(text), "%s%s%s", path != NULL ? path : "", query != NULL ? "?" : "",
	    query != NULL ? query : "");
	ush_csv_text(&report->csv, text);
}

static void
put_begin(struct report *report, const json_t *root, const struct ush_event *event,
    const struct ush_host *row)
{
	put_time(report, event->time_ms);
	ush_csv_text(&report->csv, event->transport);
	ush_csv_text(&report->csv, event->host);
	put_value(report, root, "source.port");
	put_empty(report, 10);
	ush_csv_text(&report->csv, severity_of(report, row));
	ush_csv_text(&report->csv, event->destination);
	ush_csv_uint(&report->csv, event->port);
	put_empty(report, 4);
	ush_csv_text(&report->csv, report->is_http ? event->domain : event->server_name);
	put_empty(report, 3);
	ush_csv_text(&report->csv, event->campaign);
	ush_csv_text(&report->csv, event->software);
	put_tag(report, root);
	ush_csv_text(&report->csv, event->protocol);
	put_value(report, root, "sinkhole.beacon.version");
	ush_csv_text(&report->csv, event->id);
}

static int
put_contact(void *arg, const struct ush_log_line *line, struct ush_error *err)
{
	struct report *report = arg;
	const struct ush_event *event = line->event;
	const struct ush_host *row;
	json_t *root;

	(void)err;
	if (event->dataset != USH_IN_CONTACTS || event->host[0] == '\0' ||
	    event->campaign[0] == '\0' || event->drill ||
	    (strncmp(event->action, "http-", 5) == 0) != report->is_http)
		return 0;
	row = row_of(report, event);
	if (row == NULL)
		return 0;
	root = json_loadb(line->text, line->len, JSON_ALLOW_NUL, NULL);
	put_begin(report, root, event, row);
	if (report->is_http) {
		put_url(report, root);
		ush_csv_text(&report->csv, event->domain);
		ush_csv_text(&report->csv, event->agent);
		ush_csv_text(&report->csv, event->proxy);
		put_empty(report, 1);
		put_value(report, root, "http.request.referrer");
		ush_csv_text(&report->csv, event->server_name);
		put_empty(report, 1);
	} else {
		put_empty(report, 1);
		ush_csv_text(&report->csv, event->server_name);
	}
	ush_csv_end(&report->csv);
	json_decref(root);
	return 0;
}

static void
put_titles(struct report *report)
{
	const char *const *end = report->is_http ? http_end : other_end;
	size_t count = report->is_http ? COUNT(http_end) : COUNT(other_end);

	for (size_t i = 0; i < COUNT(begin); i++)
		ush_csv_text(&report->csv, begin[i]);
	for (size_t i = 0; i < count; i++)
		ush_csv_text(&report->csv, end[i]);
	ush_csv_end(&report->csv);
}

static int
write_report(FILE *to, const struct ush_export *export, bool is_http, struct ush_error *err)
{
	const struct ush_store_settings *store = &export->command->settings->store;
	struct report report = {.csv = {.to = to}, .is_http = is_http, .export = export};
	int rc = sort_rows(&report, err);

	if (rc == 0)
		put_titles(&report);
	for (size_t i = 0; i < store->log_count && rc == 0; i++) {
		if (store->logs[i].writer == USH_LOG_CONTACTS)
			rc = ush_log_walk(
			    export->command, &store->logs[i], put_contact, &report, err);
	}
	free((void *)report.rows);
	return rc;
}

static int
write_http(FILE *to, const struct ush_export *export, struct ush_error *err)
{
	return write_report(to, export, true, err);
}

static int
write_other(FILE *to, const struct ush_export *export, struct ush_error *err)
{
	return write_report(to, export, false, err);
}

const struct ush_export_format ush_export_shadowserver_http = {
    .name = "shadowserver-http", .write = write_http, .has_hosts = true};
const struct ush_export_format ush_export_shadowserver = {
    .name = "shadowserver", .write = write_other, .has_hosts = true};
