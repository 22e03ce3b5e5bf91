/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/families.h"

#include <string.h>
#include <jansson.h>

#define SENSOR_PREFIX USH_METRIC_PREFIX "sensor_"

/* What the store knows of each sensor. */
struct property {
	const char *name;
	const char *type;
	const char *help;
	/* False: not known. */
	bool (*read)(const struct ush_sensor *sensor, double *value);
};

/* One of the figures of its state lines. Rows of one name stand together, and differ by writer or by
 * action. */
struct figure {
	const char *name;
	const char *type;
	const char *help;
	const char *key;
	const char *writer; /* NULL: either */
	const char *action; /* label; NULL: none */
};

static bool
set(double *value, uint64_t number, bool is_known)
{
	*value = (double)number;
	return is_known;
}

static bool
set_time(double *value, uint64_t ms)
{
	*value = (double)ms / 1000;
	return ms != 0;
}

static bool
read_looking(const struct ush_sensor *sensor, double *value)
{
	return set(value, ush_sensor_is_looking(sensor), true);
}

static bool
read_last(const struct ush_sensor *sensor, double *value)
{
	return set_time(value, sensor->last_ms);
}

static bool
read_last_event(const struct ush_sensor *sensor, double *value)
{
	return set_time(value, sensor->last_event_ms);
}

static bool
read_start(const struct ush_sensor *sensor, double *value)
{
	return set_time(value, sensor->start_ms);
}

static bool
read_state(const struct ush_sensor *sensor, double *value)
{
	return set_time(value, sensor->state_ms);
}

static bool
read_events(const struct ush_sensor *sensor, double *value)
{
	return set(value, sensor->events, sensor->last_ms != 0);
}

static bool
read_missing(const struct ush_sensor *sensor, double *value)
{
	return set(value, sensor->lost, sensor->last_ms != 0);
}

static bool
read_list_in_force(const struct ush_sensor *sensor, double *value)
{
	return set(value, strcmp(sensor->list_state, "in-force") == 0, sensor->has_list);
}

static bool
read_list_refused(const struct ush_sensor *sensor, double *value)
{
	return set(value, sensor->list_reason[0] != '\0', sensor->has_state);
}

static bool
read_settings_refused(const struct ush_sensor *sensor, double *value)
{
	return set(value, sensor->settings_reason[0] != '\0', sensor->has_state);
}

static bool
read_list_serial(const struct ush_sensor *sensor, double *value)
{
	return set(value, sensor->list_serial, sensor->has_list);
}

static bool
read_list_built(const struct ush_sensor *sensor, double *value)
{
	return set_time(value, sensor->list_built_ms);
}

static bool
read_list_rules(const struct ush_sensor *sensor, double *value)
{
	return set(value, sensor->list_rules, sensor->has_list);
}

static bool
read_clock_synchronised(const struct ush_sensor *sensor, double *value)
{
	return set(value, sensor->clock_synchronised, sensor->clock_known);
}

static bool
read_clock_offset(const struct ush_sensor *sensor, double *value)
{
	*value = (double)sensor->clock_offset_ms / 1000;
	return sensor->clock_known;
}

static const struct property properties[] = {
    {"looking", "gauge", "1 if it is alive with a list in force and not switched off.",
        read_looking},
    {"last_timestamp_seconds", "gauge", "Time of its last line of any kind.", read_last},
    {"last_event_timestamp_seconds", "gauge", "Time of its last event.", read_last_event},
    {"start_timestamp_seconds", "gauge", "When it was started.", read_start},
    {"state_timestamp_seconds", "gauge", "Time of the state line that has its counters.",
        read_state},
    {"events_total", "counter", "Events in its logs, as far back as the store knows them.",
        read_events},
    {"missing_events_total", "counter",
        "Events that it lost or that are missing in its logs, as far back as the store knows them.",
        read_missing},
    {"list_in_force", "gauge", "1 if no answer of before the list can be given any more.",
        read_list_in_force},
    {"list_refused", "gauge", "1 if the newest file of the list is not in use.", read_list_refused},
    {"settings_refused", "gauge", "1 if the newest settings are not in use.",
        read_settings_refused},
    {"list_serial", "gauge", "Serial of its list.", read_list_serial},
    {"list_built_timestamp_seconds", "gauge", "When its list was compiled.", read_list_built},
    {"list_rules", "gauge", "Rules of its list.", read_list_rules},
    {"clock_synchronised", "gauge", "1 if its clock is synchronised.", read_clock_synchronised},
    {"clock_offset_seconds", "gauge", "How far its clock is off, as the kernel estimates.",
        read_clock_offset},
};

#define REPLIES "Replies to queries for listed names, by what was done."

static const struct figure figures[] = {
    {"replies_total", "counter", REPLIES, "sinkhole", "dns", "sinkhole"},
    {"replies_total", "counter", REPLIES, "nxdomain", "dns", "nxdomain"},
    {"replies_total", "counter", REPLIES, "nodata", "dns", "nodata"},
    {"replies_total", "counter", REPLIES, "drop", "dns", "drop"},
    {"replies_total", "counter", REPLIES, "monitor", "dns", "monitor"},
    {"replies_total", "counter", REPLIES, "shadowed", "dns", "shadowed"},
    {"replies_total", "counter", REPLIES, "leaked", "dns", "leaked"},
    {"deferred_total", "counter",
        "Queries dropped because the clients that waited for one answer must get different ones.",
        "deferred", "dns", NULL},
    {"folded_total", "counter", "Events that are counted in another one's line.", "folded", "dns",
        NULL},
    {"folded_total", "counter", "", "folded", "contacts", NULL},
    {"omitted_total", "counter", "Events that are not written (campaigns: events: first).",
        "omitted", "dns", NULL},
    {"passive_lost_total", "counter", "Pairs that the passive record had no room for.",
        "passive_lost", "dns", NULL},
    {"cache_kept_out_total", "counter", "Genuine answers kept out of the cache.", "kept_out", "dns",
        NULL},
    {"cache_evicted_total", "counter", "Genuine answers taken out of the cache.", "evicted", "dns",
        NULL},
    {"swaps_total", "counter", "Lists and settings that came in force.", "swaps", "dns", NULL},
    {"refused_files_total", "counter", "Files of lists and settings that were not taken.",
        "refused", "dns", NULL},
    {"list_memory_bytes", "gauge", "Memory that its list takes.", "list_memory", NULL, NULL},
    {"listening_sockets", "gauge", "Sockets that it listens on.", "listening", "contacts", NULL},
    {"connections_total", "counter", "TCP connections accepted.", "connections", "contacts", NULL},
    {"connections_open", "gauge", "TCP connections open.", "connections_open", "contacts", NULL},
    {"connections_evicted_total", "counter", "Connections ended because new ones came.", "evicted",
        "contacts", NULL},
    {"tls_probed_total", "counter", "ClientHellos that were answered.", "tls_probed", "contacts",
        NULL},
    {"tls_untrusted_accepted_total", "counter",
        "Clients that went on with a certificate they had no reason to trust.",
        "tls_untrusted_accepted", "contacts", NULL},
    {"datagrams_total", "counter", "UDP datagrams read.", "datagrams", "contacts", NULL},
    {"contacts_total", "counter", "Contacts with an event of their own.", "events", "contacts",
        NULL},
    {"fold_events_total", "counter", "Events that count several contacts.", "fold_events",
        "contacts", NULL},
    {"kernel_listen_overflows_total", "counter",
        "Connections that the kernel of its machine dropped before a listener took them.",
        "kernel_listen_overflows", "contacts", NULL},
    {"kernel_datagrams_dropped_total", "counter",
        "Datagrams that the kernel dropped before they were read.", "kernel_datagrams_dropped",
        "contacts", NULL},
    {"log_events_total", "counter", "Events written to its log since it was started.", "written",
        NULL, NULL},
    {"log_lost_total", "counter", "Events for which its log had no room since it was started.",
        "lost", NULL, NULL},
    {"log_ring_high_water_bytes", "gauge", "Most bytes that ever waited in one ring.",
        "ring_high_water", NULL, NULL},
    {"log_disk_free_bytes", "gauge", "Bytes that may still be written to its log's disk.",
        "disk_free", NULL, NULL},
};

void
ush_family_begin(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
ush_label_put(FILE *to, const char *value)
{
	fputc('"', to);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", to);
		else if (*value == '"' || *value == '\\')
			fprintf(to, "\\%c", *value);
		else
			fputc(*value, to);
	}
	fputc('"', to);
}

static void
put_sensor(FILE *to, const char *name, const struct ush_sensor *sensor)
{
	fprintf(to, SENSOR_PREFIX "%s{observer=", name);
	ush_label_put(to, sensor->observer);
	fputs(",writer=", to);
	ush_label_put(to, sensor->writer);
}

static void
put_info(FILE *to, const struct ush_sensors *sensors)
{
	ush_family_begin(
	    to, SENSOR_PREFIX "info", "gauge", "Version, mode and health of each sensor.");
	for (size_t i = 0; i < sensors->count; i++) {
		const struct ush_sensor *sensor = &sensors->items[i];

		put_sensor(to, "info", sensor);
		fputs(",version=", to);
		ush_label_put(to, sensor->version);
		fputs(",mode=", to);
		ush_label_put(to, sensor->mode);
		fprintf(to, ",health=\"%s\"} 1\n", ush_health_text(sensor->health));
	}
}

static void
put_property(FILE *to, const struct property *property, const struct ush_sensors *sensors)
{
	char name[128];
	double value;

	snprintf(name, sizeof(name), SENSOR_PREFIX "%s", property->name);
	ush_family_begin(to, name, property->type, property->help);
	for (size_t i = 0; i < sensors->count; i++) {
		if (!property->read(&sensors->items[i], &value))
			continue;
		put_sensor(to, property->name, &sensors->items[i]);
		fprintf(to, "} %.15g\n", value);
	}
}

static void
put_figure(FILE *to, const struct figure *figure, const struct ush_sensors *sensors)
{
	for (size_t i = 0; i < sensors->count; i++) {
		const struct ush_sensor *sensor = &sensors->items[i];
		uint64_t value = ush_sensor_figure(sensor, figure->key, UINT64_MAX);

		if (value == UINT64_MAX ||
		    (figure->writer != NULL && strcmp(figure->writer, sensor->writer) != 0))
			continue;
		put_sensor(to, figure->name, sensor);
		if (figure->action != NULL)
			fprintf(to, ",action=\"%s\"", figure->action);
		fprintf(to, "} %llu\n", (unsigned long long)value);
	}
}

void
ush_families_put(FILE *to, const struct ush_sensors *sensors)
{
	const char *before = "";
	char name[128];

	put_info(to, sensors);
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		put_property(to, &properties[i], sensors);
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		snprintf(name, sizeof(name), SENSOR_PREFIX "%s", figures[i].name);
		if (strcmp(before, figures[i].name) != 0)
			ush_family_begin(to, name, figures[i].type, figures[i].help);
		before = figures[i].name;
		put_figure(to, &figures[i], sensors);
	}
}
