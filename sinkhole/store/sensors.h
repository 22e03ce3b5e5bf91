/* SPDX-License-Identifier: BSD-3-Clause */
/* sensors.h - whether the sensors look: what the writers of the logs said of themselves.
 * "Nothing seen" means something only if each of them is alive and acts on a list. Used by the
 * store's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/event.h"
#include "common/settings.h"
#include "sinkhole/store/store.h"

/* A writer's own lines are at most a minute apart. Three that are missing: silent. A clock that is
 * ahead by more than that would hide the silence for as long as it is ahead. */
#define USH_SENSOR_SILENT_MS (3u * 60 * 1000)
_Static_assert(USH_HEARTBEAT_S <= 60, "three heartbeats fit into the time");

enum ush_health {
	USH_HEALTH_ALIVE,
	USH_HEALTH_SILENT,  /* no word for three heartbeats */
	USH_HEALTH_STOPPED, /* it said that it stops */
	USH_HEALTH_NEVER,   /* no word, ever */
	USH_HEALTH_AHEAD,   /* its last line lies in the future: its death would not show */
};
const char *ush_health_text(enum ush_health health); /* "alive", ... */

/* The latest life of one writer on one machine, and what was lost in all its lives. */
struct ush_sensor {
	char writer[16];                     /* "dns" or "contacts" */
	char observer[USH_OBSERVER_MAX + 1]; /* its machine; "" if unknown */
	const struct ush_log_source *source; /* where it is expected; borrowed from the settings */
	enum ush_health health;
	uint64_t last_ms;       /* its last word of any kind; 0: none */
	uint64_t last_event_ms; /* 0: none */
	uint64_t start_ms;      /* the first word of this life */
	uint64_t events;
	uint64_t lost; /* it said so, or numbers are missing */
	bool has_state;
	uint64_t state_ms;
	char reason[32];
	char version[32];
	char mode[16];
	bool clock_known;
	bool clock_synchronised;
	int64_t clock_offset_ms;
	bool drill;
	bool has_list;
	uint64_t list_serial;
	uint64_t list_built_ms;
	uint64_t list_rules;
	char list_state[16];
	char list_reason[640];     /* why the newest list file is not in use; "": it is */
	char settings_reason[640]; /* the same of the settings */
	char figures[2560];        /* what it counted in this life, a JSON object of numbers */
};

/* items is malloced and owned by the list. */
struct ush_sensors {
	struct ush_sensor *items;
	size_t count;
};

/* The sensors that settings->store.logs name, each at least once; one that is not named there any
 * more is left out. On success *out is to be ended with ush_sensors_fini(), before the settings. */
USH_MUST_CHECK int ush_sensors_find(struct ush_sensors *out, struct ush_store *store,
    const struct ush_settings *settings, uint64_t now_ms, struct ush_error *err);
void ush_sensors_fini(struct ush_sensors *sensors);

/* Why a sensor does not look; the first reason that applies. */
enum ush_blindness {
	USH_SENSOR_LOOKS, /* alive, with a list in force, and not switched off */
	USH_BLIND_NEVER,
	USH_BLIND_STOPPED,
	USH_BLIND_SILENT,
	USH_BLIND_AHEAD,
	USH_BLIND_OFF,     /* mode off */
	USH_BLIND_NO_LIST, /* list_reason may say why */
	USH_BLIND_PENDING, /* its list is not in force yet */
};
enum ush_blindness ush_sensor_blindness(const struct ush_sensor *sensor);
bool ush_sensor_is_looking(const struct ush_sensor *sensor);
/* True if all of them are. */
bool ush_sensors_are_looking(const struct ush_sensors *sensors);

/* A time in which a sensor did not run, between two of its lives. */
struct ush_gap {
	char writer[16];
	char observer[USH_OBSERVER_MAX + 1];
	uint64_t first_ms;
	uint64_t last_ms; /* 0: there is no gap */
};

/* The longest one in a window, cut to it. What is before the first life of a sensor is none, nor is its silence now. */
USH_MUST_CHECK int ush_sensors_gap(struct ush_gap *out, struct ush_store *store,
    const struct ush_settings *settings, uint64_t since_ms, uint64_t until_ms,
    struct ush_error *err);

/* One of its figures, by name; `fallback` if it did not say. */
uint64_t ush_sensor_figure(const struct ush_sensor *sensor, const char *name, uint64_t fallback);
