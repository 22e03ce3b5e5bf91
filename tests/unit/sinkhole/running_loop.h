/* SPDX-License-Identifier: BSD-3-Clause */
/* running_loop.h - the loop as it runs in the daemon, on loopback sockets, with a real event log:
 * one a test program, started and stopped by each test. */
#pragma once

#include "sinkhole/server/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "sinkhole/server/connection.h"
#include "sinkhole/server/inherited.h"
#include "sinkhole/server/sources.h"
#include "tests/unit/sinkhole/sensor.h"

static struct sensor sensor;
static struct ush_sources sources;
static struct ush_listeners listeners;
static struct ush_inherited inherited; /* none */
static struct ush_eventlog *event_log;
static struct ush_loop *loop;
static struct ush_loop_counters loop_counters; /* when it stopped */
static struct ush_error err;
static uint16_t port;

/* Below the range that the kernel gives to clients; another test may have it all the same. */
static inline uint16_t
some_port(void)
{
	return (uint16_t)(12000 + arc4random_uniform(20000));
}

/* Settings and sockets for a port that was free. */
static inline void
open_listeners(const char *more)
{
	char text[512];
	int opened = -1;

	for (unsigned i = 0; i < 50 && opened != 0; i++) {
		ush_listeners_fini(&listeners);
		port = some_port();
		snprintf(text, sizeof(text),
		    "  listen:\n    - {address: 127.83.0.0/24, tcp: [%u], udp: [%u]}\n%s", port,
		    port, more);
		sensor_settings(&sensor, text);
		ck_assert_msg(ush_sources_load_settings(&sources, sensor.settings, &err) == 0, "%s",
		    err.text);
		ck_assert_int_eq(ush_listeners_plan(&listeners,
		                     &sources.snapshot->settings->sinkhole, sensor.settings, &err),
		    0);
		opened = ush_listeners_open(&listeners, 0, 1, &inherited, sensor.settings, &err);
	}
	ck_assert_msg(opened == 0, "%s", err.text);
}

static inline void
start(const char *more)
{
	struct ush_eventlog_options options = {.path = sensor.log,
	    .writer = "contacts",
	    .observer = "sensor",
	    .rings = 1,
	    .ring_bytes = 4u << 20};

	open_listeners(more);
	ck_assert_int_eq(ush_eventlog_open(&event_log, &options, &err), 0);
	ck_assert_int_eq(ush_loop_new(&loop, sources.snapshot, &listeners, 1, 1000000, &err), 0);
	loop->ring = ush_eventlog_claim(event_log);
}

/* Ends the loop as the daemon does, and hands over the lines of the log. */
static inline size_t
stop(json_t *lines[], size_t max)
{
	static char line[USH_EVENT_MAX + 1];
	size_t count = 0;
	FILE *file;

	ush_loop_drain(loop);
	loop_counters = loop->counters;
	ush_eventlog_close(event_log, 5000);
	ush_loop_free(loop);
	ush_listeners_fini(&listeners);
	file = fopen(sensor.log, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		json_t *json = json_loads(line, 0, NULL);
		const char *dataset;

		ck_assert_ptr_nonnull(json);
		ck_assert_int_eq(json_unpack(json, "{s:{s:s}}", "event", "dataset", &dataset), 0);
		if (strcmp(dataset, USH_DATASET_CONTACT) == 0 && count < max)
			lines[count++] = json;
		else
			json_decref(json);
	}
	fclose(file);
	return count;
}

static inline void
setup(void)
{
	sensor_init(&sensor);
}

static inline void
teardown(void)
{
	ush_sources_fini(&sources);
	sensor_fini(&sensor);
}

/* Lets the loop work for a while. */
static inline void
pump(unsigned ms)
{
	for (unsigned i = 0; i < ms; i++) {
		event_base_loop(loop->base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
}

static inline void
reach(int fd, const char *destination)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, destination, &address.sin_addr);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static inline int
call(const char *destination)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	reach(fd, destination);
	return fd;
}

/* All that has been answered; *closed says whether the server has ended the connection. */
static inline const char *
answers_on(int fd, bool *closed)
{
	static char text[1u << 16];
	size_t used = 0;
	ssize_t got;

	*closed = false;
	while ((got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	if (got == 0)
		*closed = true;
	else
		ck_assert_msg(errno == EAGAIN, "%s", strerror(errno));
	text[used] = '\0';
	return text;
}

/* "action malformed body-bytes raw-bytes" of each event. */
static inline void
describe(json_t *lines[], size_t count, char out[1024])
{
	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const char *action = "", *malformed = "-";
		json_int_t body = 0, raw = 0;
		json_error_t error;

		json_unpack_ex(lines[i], &error, 0, "{s:{s:s}, s?{s?{s?{s:I}}}, s:{s?s, s?{s:I}}}",
		    "event", "action", &action, "http", "request", "body", "bytes", &body,
		    "sinkhole", "malformed", &malformed, "raw", "bytes", &raw);
		snprintf(out + strlen(out), 1024 - strlen(out), "%s%s %s %d %d", i > 0 ? "; " : "",
		    action, malformed, (int)body, (int)raw);
		json_decref(lines[i]);
	}
}

#define GET "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
