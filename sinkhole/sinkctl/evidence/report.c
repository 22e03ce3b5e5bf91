/* SPDX-License-Identifier: BSD-3-Clause */
/* The page for people: one HTML file without scripts and without anything from elsewhere. */
#include <stdlib.h>
#include "common/html.h"
#include "common/terminal.h"
#include "sinkhole/sinkctl/evidence/parts.h"

#define ROWS_MAX 500 /* of the timeline; the files have all */

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<title>Evidence</title>\n<style>\n"
    "body{font:10.5pt/1.45 sans-serif;color:#111;max-width:19cm;margin:1.2cm auto;padding:0 .5cm}\n"
    "h1{font-size:17pt;margin:0 0 .2em}h2{font-size:12pt;margin:1.4em 0 .3em;border-bottom:1px solid "
    "#999;break-after:avoid}\n"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.15em "
    ".6em .15em 0;overflow-wrap:anywhere}\n"
    "th{font-weight:600;white-space:nowrap;width:9em}tr{break-inside:avoid}\n"
    ".call{border-left:4px solid #b00;padding-left:.8em;margin:.8em 0;break-inside:avoid}\n"
    ".call b{font-size:12pt}.quiet{color:#444}td.n{text-align:right}\n"
    "@page{size:A4;margin:1.5cm}@media print{body{margin:0;max-width:none}}\n"
    "</style></head><body>\n";

/* Text as text: markup has no meaning in it, and what turns the direction of writing is shown. */
static void
put(FILE *to, const char *text)
{
	char *escaped = ush_html_escape(text != NULL ? text : "");

	if (escaped != NULL)
		fputs(escaped, to);
	free(escaped);
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static long long
number_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

/* One line of a table, if there is a value. */
static void
put_row(FILE *to, const char *title, const char *value)
{
	if (value[0] == '\0')
		return;
	fprintf(to, "<tr><th>%s</th><td>", title);
	put(to, value);
	fputs("</td></tr>\n", to);
}

static void
put_count(FILE *to, const char *title, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	put_row(to, title, text);
}

static void
put_title(FILE *to, const json_t *answer, const json_t *about)
{
	fputs("<h1>Evidence: ", to);
	put(to, text_of(answer, "host"));
	fputs("</h1>\n<table>\n", to);
	if (json_is_true(json_object_get(answer, "drill")))
		put_row(to, "Drill",
		    "This installation is an exercise; nothing here is a real infection.");
	put_row(to, "Machine", text_of(answer, "name"));
	put_row(to, "Hardware", text_of(answer, "hardware"));
	put_row(to, "Owner", text_of(answer, "owner"));
	put_row(to, "Place", text_of(answer, "place"));
	put_row(to, "Asset", text_of(answer, "asset"));
	put_row(to, "Made", text_of(about, "made"));
	put_row(to, "Made by", text_of(about, "by"));
	put_row(to, "Made on", text_of(about, "on"));
	put_row(to, "From", text_of(about, "since"));
	put_row(to, "Until", text_of(about, "until"));
	fputs(
	    "</table>\n<p class=\"quiet\">Times are UTC. This page is a reading of the files beside it; "
	    "they are the evidence.</p>\n",
	    to);
}

static void
put_machines(FILE *to, const json_t *answer)
{
	const json_t *machines = json_object_get(answer, "machines");
	const json_t *machine;
	size_t i;

	if (json_array_size(machines) == 0)
		return;
	fputs("<h2>Machines that had this address</h2>\n<table>\n", to);
	json_array_foreach(machines, i, machine)
	{
		fputs("<tr><th>", to);
		put(to, text_of(machine, "name"));
		fputs("</th><td>", to);
		put(to, text_of(machine, "hardware"));
		fputs("</td><td>", to);
		put(to, text_of(machine, "first"));
		fputs(" to ", to);
		put(to, text_of(machine, "last"));
		fputs("</td></tr>\n", to);
	}
	fputs("</table>\n", to);
}

static void
put_facts(FILE *to, const json_t *call)
{
	const json_t *fact;
	size_t i;

	json_array_foreach(json_object_get(call, "facts"), i, fact)
	{
		fputs("<tr><th>", to);
		put(to, text_of(fact, "fact"));
		fprintf(to, "</th><td class=\"n\">%lld</td><td>", number_of(fact, "count"));
		put(to, text_of(fact, "first"));
		fputs(" to ", to);
		put(to, text_of(fact, "last"));
		fputs("</td></tr>\n", to);
	}
}

/* "<title> a, b." if there is something in the list. */
static void
put_list(FILE *to, const char *title, const json_t *array)
{
	const json_t *text;
	size_t i;

	if (json_array_size(array) == 0)
		return;
	fprintf(to, "<br>%s ", title);
	json_array_foreach(array, i, text)
	{
		fputs(i > 0 ? ", " : "", to);
		put(to, json_string_value(text));
	}
	fputs(".", to);
}

/* Without it a call would read as if it were proved, or were of the host itself. */
static void
put_others(FILE *to, const json_t *call)
{
	const json_t *behind = json_object_get(call, "behind");

	if (behind != NULL) {
		fputs("<br>A machine behind it, it does not say which, is <b>", to);
		put(to, text_of(behind, "call"));
		fputs("</b>: ", to);
		put(to, text_of(behind, "reason"));
		fputs(".", to);
	}
	if (json_is_true(json_object_get(call, "claimed")))
		put_list(to, "Claimed, not proved; so says", json_object_get(call, "claimed_by"));
	put_list(to, "It names", json_object_get(call, "names"));
	put_list(to, "Sent by a web page, origin", json_object_get(call, "pages"));
	if (text_of(call, "role")[0] != '\0') {
		fputs("<br>Role in the settings: ", to);
		put(to, text_of(call, "role"));
		fputs(".", to);
	}
}

static void
put_call(FILE *to, const json_t *call)
{
	const json_t *also;
	size_t i;

	fputs("<div class=\"call\"><b>", to);
	put(to, text_of(call, "call"));
	fputs("</b> (", to);
	put(to, text_of(call, "why"));
	fputs(") ", to);
	put(to, text_of(call, "campaign"));
	fputs("<br>", to);
	put(to, text_of(call, "reason"));
	fputs(".", to);
	json_array_foreach(json_object_get(call, "also"), i, also)
	{
		fputs("<br>Also ", to);
		put(to, text_of(also, "call"));
		fputs(": ", to);
		put(to, text_of(also, "reason"));
		fputs(".", to);
	}
	put_others(to, call);
	if (json_is_integer(json_object_get(call, "real"))) {
		fprintf(to, "<br>Was given the real address of a listed name %lld times.",
		    number_of(call, "real"));
		put_list(to, "These were", json_object_get(call, "real_addresses"));
	} else {
		fputs(
		    "<br>Whether it was ever given the real address of a listed name is not on record.",
		    to);
	}
	fputs("<table>\n", to);
	put_facts(to, call);
	fputs("</table></div>\n", to);
}

/* Every member of each object that is a text or a number. */
static void
put_objects(FILE *to, const char *title, const json_t *array)
{
	const json_t *object;
	size_t i;

	if (json_array_size(array) == 0)
		return;
	fprintf(to, "<h2>%s</h2>\n", title);
	json_array_foreach(array, i, object)
	{
		void *at = json_object_iter((json_t *)(uintptr_t)object);

		fputs("<table style=\"margin-bottom:.6em\">\n", to);
		for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
			const json_t *value = json_object_iter_value(at);

			if (json_is_string(value))
				put_row(to, json_object_iter_key(at), json_string_value(value));
			else if (json_is_integer(value))
				put_count(to, json_object_iter_key(at),
				    (long long)json_integer_value(value));
		}
		fputs("</table>\n", to);
	}
}

static void
put_rules(FILE *to, const json_t *rules)
{
	const json_t *rule;
	size_t i;

	if (json_array_size(rules) == 0)
		return;
	fputs("<h2>Rules that it met, with their source</h2>\n", to);
	json_array_foreach(rules, i, rule)
	{
		const json_t *listed = json_object_get(rule, "listed");

		fputs("<table style=\"margin-bottom:.6em\">\n", to);
		put_row(to, "Rule", text_of(rule, "rule"));
		put_row(to, "Campaign", text_of(rule, "campaign"));
		put_count(to, "Times", number_of(rule, "count"));
		put_row(to, "Feed file", text_of(listed, "file"));
		if (number_of(listed, "line") != 0)
			put_count(to, "Line", number_of(listed, "line"));
		put_row(to, "Listed since", text_of(listed, "added"));
		put_row(to, "Written as", text_of(listed, "raw"));
		put_row(to, "Remark", text_of(listed, "remark"));
		put_row(to, "Report", text_of(listed, "reference"));
		if (number_of(listed, "report_line") != 0)
			put_count(to, "Line of the report", number_of(listed, "report_line"));
		fputs("</table>\n", to);
	}
}

static void
put_timeline(FILE *to, const json_t *timeline)
{
	const json_t *seen;
	size_t i;

	fputs(
	    "<h2>Timeline</h2>\n<table>\n<tr><th>First</th><th>Times</th><th>What</th></tr>\n", to);
	json_array_foreach(timeline, i, seen)
	{
		if (i == ROWS_MAX)
			break;
		fputs("<tr><td style=\"white-space:nowrap\">", to);
		put(to, text_of(seen, "first"));
		fprintf(to, "</td><td class=\"n\">%lld</td><td>", number_of(seen, "count"));
		put(to, text_of(seen, "action"));
		fputs(": ", to);
		put(to, text_of(seen, "what"));
		if (text_of(seen, "user_agent")[0] != '\0') {
			fputs("<br><span class=\"quiet\">", to);
			put(to, text_of(seen, "user_agent"));
			fputs("</span>", to);
		}
		fputs("</td></tr>\n", to);
	}
	fputs("</table>\n", to);
	if (json_array_size(timeline) > ROWS_MAX)
		fprintf(to, "<p>The first %d of %zu; host.json has all.</p>\n", ROWS_MAX,
		    json_array_size(timeline));
}

static void
put_sensors(FILE *to, const json_t *answer)
{
	const json_t *sensor;
	size_t i;

	fputs("<h2>Sensors when this was made</h2>\n", to);
	if (!json_is_true(json_object_get(answer, "looking")))
		fputs(
		    "<p><b>Not all sensors looked, or not all logs could be read: what is missing here may "
		    "have happened all the same.</b></p>\n",
		    to);
	json_array_foreach(json_object_get(answer, "sensors"), i, sensor)
	{
		const json_t *list = json_object_get(sensor, "list");

		fputs("<table style=\"margin-bottom:.6em\">\n", to);
		put_row(to, "Sensor", text_of(sensor, "writer"));
		put_row(to, "At", text_of(sensor, "observer"));
		put_row(to, "State", text_of(sensor, "health"));
		put_row(to, "Last line", text_of(sensor, "last"));
		put_row(to, "Version", text_of(sensor, "version"));
		put_row(to, "Mode", text_of(sensor, "mode"));
		if (list != NULL)
			put_count(to, "List", number_of(list, "serial"));
		put_count(to, "Lost events", number_of(sensor, "lost"));
		if (json_is_boolean(json_object_get(sensor, "clock_synchronised")))
			put_row(to, "Clock",
			    json_is_true(json_object_get(sensor, "clock_synchronised"))
			        ? "synchronised"
			        : "not synchronised");
		fputs("</table>\n", to);
	}
}

static void
put_files(FILE *to, const json_t *about, const struct ush_evidence_count *count)
{
	const json_t *list = json_object_get(about, "list");

	fputs("<h2>Files</h2>\n<table>\n", to);
	fprintf(to,
	    "<tr><th>events/</th><td>%llu lines of the logs, as they stand there; events.csv says where "
	    "each one stands</td></tr>\n<tr><th>raw/</th><td>%llu files with bytes that the host sent, "
	    "named by the event. <b>They may be malware.</b>",
	    (unsigned long long)count->lines, (unsigned long long)count->raw);
	if (count->raw_left > 0)
		fprintf(
		    to, " %llu more are in the events alone.", (unsigned long long)count->raw_left);
	fputs("</td></tr>\n", to);
	put_row(to, "host.json", "what this page was made of");
	put_row(to, "settings.yaml", "the settings of this machine as they are understood");
	put_row(to, "about.json", "when, where and with what this was made");
	put_row(to, "SHA256SUMS", "the sums of all files: sinkctl verify, or sha256sum --check");
	put_row(to, "List here", text_of(list, "path"));
	put_row(to, "Its SHA-256", text_of(list, "sha256"));
	put_row(to, "sinkctl", text_of(about, "sinkctl"));
	fputs("</table>\n", to);
}

int
ush_evidence_report(struct ush_bundle *bundle, const json_t *answer, const json_t *about,
    const struct ush_evidence_count *count, struct ush_error *err)
{
	FILE *to = ush_bundle_begin(bundle, "report.html", err);
	const json_t *call;
	size_t i;

	if (to == NULL)
		return -1;
	ush_terminal_init_utf8();
	fputs(head, to);
	put_title(to, answer, about);
	put_machines(to, answer);
	fputs("<h2>What is concluded</h2>\n", to);
	json_array_foreach(json_object_get(answer, "calls"), i, call) put_call(to, call);
	put_objects(to, "What was said of it", json_object_get(answer, "marks"));
	put_objects(to, "Decoded profile of the machine, as the malware reports it",
	    json_object_get(answer, "profiles"));
	put_rules(to, json_object_get(answer, "rules"));
	put_objects(to, "Real addresses of listed names that it was given",
	    json_object_get(answer, "real"));
	put_timeline(to, json_object_get(answer, "timeline"));
	put_sensors(to, answer);
	put_files(to, about, count);
	fputs("</body></html>\n", to);
	ush_terminal_init(); /* of the answer on the terminal */
	return ush_bundle_end(bundle, err);
}
