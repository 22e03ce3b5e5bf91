/* SPDX-License-Identifier: BSD-3-Clause */
/* The page for people: one HTML file without scripts and without anything from elsewhere, in each
 * language. */
#include "common/terminal.h"
#include "sinkhole/sinkctl/evidence/concluded.h"
#include "sinkhole/sinkctl/evidence/parts.h"
#include "sinkhole/sinkctl/evidence/writing.h"

#define ROWS_MAX 500   /* of the timeline; the files have all */
#define CUSTODY_ROWS 5 /* that can be filled in */

static const char style[] =
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<style>\n"
    "body{font:10.5pt/1.45 sans-serif;color:#111;max-width:19cm;margin:1.2cm auto;padding:0 .5cm}\n"
    "h1{font-size:17pt;margin:0 0 .2em}h2{font-size:12pt;margin:1.4em 0 .3em;border-bottom:1px solid "
    "#999;break-after:avoid}\n"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.15em "
    ".6em .15em 0;overflow-wrap:anywhere}\n"
    "th{font-weight:600;white-space:nowrap;width:9em}tr{break-inside:avoid}\n"
    "table.one{margin-bottom:.6em}.list th{width:auto}.list th:last-child{width:100%}\n"
    ".call{border-left:4px solid #b00;padding-left:.8em;margin:.8em 0;break-inside:avoid}\n"
    ".call b{font-size:12pt}.quiet{color:#444}td.n{text-align:right}td.t{white-space:nowrap}\n"
    ".form th,.form td{border:1px solid #999;padding:.3em .5em;width:auto}.form td{height:1.8em}\n"
    "@page{size:A4;margin:1.5cm}@media print{body{margin:0;max-width:none}}\n"
    "</style></head><body>\n";

static void
write_title(const struct ush_writing *writing, const json_t *answer, const json_t *about)
{
	static const struct ush_member of_host[] = {{USH_LABEL_MACHINE, "name"},
	    {USH_LABEL_HARDWARE, "hardware"}, {USH_LABEL_OWNER, "owner"},
	    {USH_LABEL_PLACE, "place"}, {USH_LABEL_ASSET, "asset"}};
	static const struct ush_member of_this[] = {{USH_LABEL_MADE, "made"},
	    {USH_LABEL_MADE_BY, "by"}, {USH_LABEL_MADE_ON, "on"}, {USH_LABEL_FROM, "since"},
	    {USH_LABEL_UNTIL, "until"}};

	ush_write_raw(writing, "<h1>");
	ush_write_label(writing, USH_LABEL_TITLE);
	ush_write_raw(writing, ": ");
	ush_write_text(writing, ush_member_text(answer, "host"));
	ush_write_raw(writing, "</h1>\n<table>\n");
	if (json_is_true(json_object_get(answer, "drill")))
		ush_write_row(
		    writing, USH_LABEL_DRILL, ush_label(writing->language, USH_LABEL_DRILL_WHAT));
	USH_WRITE_MEMBERS(writing, answer, of_host);
	USH_WRITE_MEMBERS(writing, about, of_this);
	ush_write_raw(writing, "</table>\n<p class=\"quiet\">");
	ush_write_label(writing, USH_LABEL_UTC);
	ush_write_raw(writing, "</p>\n");
}

static void
write_machines(const struct ush_writing *writing, const json_t *machines)
{
	const json_t *machine;
	size_t i;

	if (json_array_size(machines) == 0)
		return;
	ush_write_heading(writing, USH_LABEL_MACHINES);
	ush_write_raw(writing, "<table>\n");
	json_array_foreach(machines, i, machine)
	{
		ush_write_raw(writing, "<tr><th>");
		ush_write_text(writing, ush_member_text(machine, "name"));
		ush_write_raw(writing, "</th><td>");
		ush_write_text(writing, ush_member_text(machine, "hardware"));
		ush_write_raw(writing, "</td><td>");
		ush_write_span(writing, machine);
		ush_write_raw(writing, "</td></tr>\n");
	}
	ush_write_raw(writing, "</table>\n");
}

static void
write_seen(const struct ush_writing *writing, const json_t *seen)
{
	char number[32];

	ush_write_raw(writing, "<tr><td class=\"t\">");
	ush_write_text(writing, ush_member_text(seen, "first"));
	ush_write_raw(writing, "</td><td class=\"n\">");
	ush_write_text(writing, ush_number_text(number, ush_member_number(seen, "count")));
	ush_write_raw(writing, "</td><td>");
	ush_write_text(writing, ush_member_text(seen, "action"));
	ush_write_raw(writing, ": ");
	ush_write_text(writing, ush_member_text(seen, "what"));
	if (ush_member_text(seen, "user_agent")[0] != '\0') {
		ush_write_raw(writing, "<br><span class=\"quiet\">");
		ush_write_text(writing, ush_member_text(seen, "user_agent"));
		ush_write_raw(writing, "</span>");
	}
	ush_write_raw(writing, "</td></tr>\n");
}

static void
write_timeline(const struct ush_writing *writing, const json_t *timeline)
{
	static const enum ush_label titles[] = {USH_LABEL_FIRST, USH_LABEL_TIMES, USH_LABEL_WHAT};
	size_t count = json_array_size(timeline);
	char shown[32];
	char all[32];

	ush_write_heading(writing, USH_LABEL_TIMELINE);
	ush_write_raw(writing, "<table class=\"list\">\n");
	ush_write_titles(writing, titles, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < count && i < ROWS_MAX; i++)
		write_seen(writing, json_array_get(timeline, i));
	ush_write_raw(writing, "</table>\n");
	if (count <= ROWS_MAX)
		return;
	ush_write_raw(writing, "<p>");
	ush_write_label(writing, USH_LABEL_FIRST_OF, ush_number_text(shown, ROWS_MAX),
	    ush_number_text(all, (long long)count));
	ush_write_raw(writing, "</p>\n");
}

static void
write_sensor(const struct ush_writing *writing, const json_t *sensor)
{
	static const struct ush_member of_sensor[] = {{USH_LABEL_SENSOR, "writer"},
	    {USH_LABEL_AT, "observer"}, {USH_LABEL_STATE, "health"}, {USH_LABEL_LAST_LINE, "last"},
	    {USH_LABEL_VERSION, "version"}, {USH_LABEL_MODE, "mode"}};
	static const struct ush_member of_list[] = {{USH_LABEL_LIST, "serial"}};
	const json_t *clock = json_object_get(sensor, "clock_synchronised");

	ush_write_raw(writing, "<table class=\"one\">\n");
	USH_WRITE_MEMBERS(writing, sensor, of_sensor);
	USH_WRITE_MEMBERS(writing, json_object_get(sensor, "list"), of_list);
	ush_write_count(writing, USH_LABEL_LOST, ush_member_number(sensor, "lost"));
	if (json_is_boolean(clock))
		ush_write_row(writing, USH_LABEL_CLOCK,
		    ush_label(writing->language,
		        json_is_true(clock) ? USH_LABEL_SYNCHRONISED : USH_LABEL_NOT_SYNCHRONISED));
	ush_write_raw(writing, "</table>\n");
}

static void
write_sensors(const struct ush_writing *writing, const json_t *answer)
{
	const json_t *sensor;
	size_t i;

	ush_write_heading(writing, USH_LABEL_SENSORS);
	if (!json_is_true(json_object_get(answer, "looking"))) {
		ush_write_raw(writing, "<p><b>");
		ush_write_label(writing, USH_LABEL_BLIND);
		ush_write_raw(writing, "</b></p>\n");
	}
	json_array_foreach(json_object_get(answer, "sensors"), i, sensor)
	    write_sensor(writing, sensor);
}

static void
write_files(
    const struct ush_writing *writing, const json_t *about, const struct ush_evidence_count *count)
{
	static const struct {
		const char *name;
		enum ush_label label;
	} files[] = {{"logs.csv", USH_LABEL_LOGS}, {"host.json", USH_LABEL_HOST_JSON},
	    {"settings.yaml", USH_LABEL_SETTINGS}, {"about.json", USH_LABEL_ABOUT},
	    {USH_BUNDLE_SUMS, USH_LABEL_SUMS}};
	const json_t *list = json_object_get(about, "list");
	char number[32];

	ush_write_heading(writing, USH_LABEL_FILES);
	ush_write_raw(writing, "<table>\n<tr><th>events/</th><td>");
	ush_write_label(
	    writing, USH_LABEL_EVENTS, ush_number_text(number, (long long)count->lines));
	ush_write_raw(writing, "</td></tr>\n<tr><th>raw/</th><td>");
	ush_write_label(
	    writing, USH_LABEL_RAW_FILES, ush_number_text(number, (long long)count->raw));
	ush_write_raw(writing, " <b>");
	ush_write_label(writing, USH_LABEL_MALWARE);
	ush_write_raw(writing, "</b> ");
	if (count->raw_left > 0)
		ush_write_label(writing, USH_LABEL_RAW_LEFT,
		    ush_number_text(number, (long long)count->raw_left));
	ush_write_raw(writing, "</td></tr>\n");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ush_write_named(
		    writing, files[i].name, ush_label(writing->language, files[i].label));
	ush_write_row(writing, USH_LABEL_LIST_HERE, ush_member_text(list, "path"));
	ush_write_row(writing, USH_LABEL_LIST_SUM, ush_member_text(list, "sha256"));
	ush_write_named(writing, "sinkctl", ush_member_text(about, "sinkctl"));
	ush_write_raw(writing, "</table>\n");
}

/* A form to be printed: what is written into it later is not in the sums. */
static void
write_custody(const struct ush_writing *writing, const json_t *about)
{
	static const enum ush_label titles[] = {USH_LABEL_WHEN, USH_LABEL_GIVEN_BY,
	    USH_LABEL_TAKEN_BY, USH_LABEL_PURPOSE, USH_LABEL_SIGNATURE};

	ush_write_heading(writing, USH_LABEL_CUSTODY);
	ush_write_raw(writing, "<p>");
	ush_write_label(writing, USH_LABEL_CUSTODY_WHAT);
	ush_write_raw(writing, "</p>\n<p><b>");
	ush_write_label(writing, USH_LABEL_SEAL);
	ush_write_raw(writing,
	    "</b> "
	    "________________________________________________________________</p>"
	    "\n<table class=\"form\">\n");
	ush_write_titles(writing, titles, sizeof(titles) / sizeof(titles[0]));
	ush_write_raw(writing, "<tr><td>");
	ush_write_text(writing, ush_member_text(about, "made"));
	ush_write_raw(writing, "</td><td>");
	ush_write_text(writing, ush_member_text(about, "on"));
	ush_write_raw(writing, "</td><td>");
	ush_write_text(writing, ush_member_text(about, "by"));
	ush_write_raw(writing, "</td><td></td><td></td></tr>\n");
	for (unsigned i = 0; i < CUSTODY_ROWS; i++)
		ush_write_raw(writing, "<tr><td></td><td></td><td></td><td></td><td></td></tr>\n");
	ush_write_raw(writing, "</table>\n");
}

static void
write_page(const struct ush_writing *writing, const json_t *answer, const json_t *about,
    const struct ush_evidence_count *count)
{
	fprintf(writing->to, "<!DOCTYPE html>\n<html lang=\"%s\"><head><title>%s</title>\n",
	    ush_language_tag(writing->language), ush_label(writing->language, USH_LABEL_TITLE));
	fputs(style, writing->to);
	write_title(writing, answer, about);
	write_machines(writing, json_object_get(answer, "machines"));
	ush_write_concluded(writing, answer);
	write_timeline(writing, json_object_get(answer, "timeline"));
	write_sensors(writing, answer);
	write_files(writing, about, count);
	write_custody(writing, about);
	ush_write_raw(writing, "</body></html>\n");
}

int
ush_evidence_report(struct ush_bundle *bundle, const json_t *answer, const json_t *about,
    const struct ush_evidence_count *count, struct ush_error *err)
{
	static const char *const names[USH_LANGUAGES] = {"report.html", "report.ja.html"};
	int rc = 0;

	ush_terminal_init_utf8();
	for (unsigned i = 0; i < USH_LANGUAGES && rc == 0; i++) {
		struct ush_writing writing = {.language = (enum ush_language)i};

		writing.to = ush_bundle_begin(bundle, names[i], err);
		if (writing.to == NULL) {
			rc = -1;
		} else {
			write_page(&writing, answer, about, count);
			rc = ush_bundle_end(bundle, err);
		}
	}
	ush_terminal_init(); /* of the answer on the terminal */
	return rc;
}
