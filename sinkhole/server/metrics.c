/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/metrics.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "common/version.h"
#include "sinkhole/server/kernel.h"
#include "sinkhole/server/server.h"

#define PREFIX "unbound_sinkhole_"
#define HEADERS_MAX 4096
#define TIMEOUT_S 5

struct ush_metrics {
	struct evhttp *http;
	const struct ush_server *server;
};

static void
add(struct evbuffer *out, const char *name, const char *type, const char *help, uint64_t value)
{
	evbuffer_add_printf(out,
	    "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n" PREFIX "%s %llu\n", name, help, name,
	    type, name, (unsigned long long)value);
}

static void
add_counter(struct evbuffer *out, const char *name, const char *help, uint64_t value)
{
	add(out, name, "counter", help, value);
}

static void
add_gauge(struct evbuffer *out, const char *name, const char *help, uint64_t value)
{
	add(out, name, "gauge", help, value);
}

static void
add_folded(struct evbuffer *out, const struct ush_totals *totals)
{
	static const char *const reasons[USH_LIMITS] = {
	    [USH_LIMIT_HOST_CONNECTIONS] = "host-connections",
	    [USH_LIMIT_FILES] = "files",
	    [USH_LIMIT_HOST_DATAGRAMS] = "host-datagrams",
	    [USH_LIMIT_HOST_EVENTS] = "host-events",
	    [USH_LIMIT_EVENTS] = "events",
	    [USH_LIMIT_HOST_BYTES] = "host-bytes",
	    [USH_LIMIT_BYTES] = "bytes",
	    [USH_LIMIT_LOG] = "log",
	};

	evbuffer_add_printf(out,
	    "# HELP " PREFIX
	    "folded_total Contacts beyond a limit, counted together.\n# TYPE " PREFIX
	    "folded_total counter\n");
	for (size_t i = 0; i < USH_LIMITS; i++)
		evbuffer_add_printf(out, PREFIX "folded_total{reason=\"%s\"} %llu\n", reasons[i],
		    (unsigned long long)totals->folded_by[i]);
}

static void
add_contacts(struct evbuffer *out, const struct ush_server *server)
{
	struct ush_totals totals = ush_workers_totals(&server->workers);
	struct ush_kernel_drops drops;

	ush_kernel_drops_read(&drops, &server->workers);
	add_counter(out, "connections_total", "TCP connections accepted.", totals.accepted);
	add_gauge(out, "connections_open", "TCP connections open now.", totals.open);
	add_counter(out, "tls_probed_total", "ClientHellos that were answered.", totals.probed);
	add_counter(out, "tls_unprobed_total",
	    "ClientHellos that were not answered because of a limit.", totals.unprobed);
	add_counter(out, "tls_untrusted_accepted_total",
	    "Clients that went on with a certificate they had no reason to trust.",
	    totals.untrusted_accepted);
	add_counter(out, "datagrams_total", "UDP datagrams read.", totals.datagrams);
	add_counter(out, "connections_evicted_total",
	    "Connections ended, the longest idle first, because new ones came.", totals.evicted);
	add_counter(out, "events_total", "Contacts with an event of their own.", totals.events);
	add_counter(
	    out, "fold_events_total", "Events that count several contacts.", totals.aggregates);
	add_folded(out, &totals);
	add_counter(out, "kernel_listen_overflows_total",
	    "Connections of this network namespace that the kernel dropped before a listener took "
	    "them.",
	    drops.listen_overflows);
	add_counter(out, "kernel_datagrams_dropped_total",
	    "Datagrams that the kernel dropped before they were read.", drops.datagrams);
}

static void
add_log(struct evbuffer *out, struct ush_eventlog *log)
{
	struct ush_eventlog_stats stats;

	ush_eventlog_stats(log, &stats);
	add_counter(out, "log_events_total", "Events written to the log.", stats.written);
	add_counter(out, "log_lost_total", "Events for which the log had no room.", stats.lost);
	add_counter(out, "log_bytes_total", "Bytes written to the log.", stats.bytes);
	add_gauge(out, "log_ring_high_water_bytes", "Most bytes that ever waited in one ring.",
	    stats.ring_high_water);
	if (stats.disk_free != UINT64_MAX)
		add_gauge(out, "log_disk_free_bytes",
		    "Bytes that may still be written to the log's disk.", stats.disk_free);
	add_gauge(
	    out, "log_failing", "1 if the log cannot be written at the moment.", stats.failing);
}

static void
add_list(struct evbuffer *out, const struct ush_server_state *state)
{
	add_gauge(out, "list_loaded", "1 if a list is in force.", state->loaded);
	add_gauge(out, "list_refused", "1 if the list's file was refused.", state->refused);
	add_gauge(out, "list_serial", "Serial of the list in force.", state->serial);
	add_gauge(out, "list_built_timestamp_seconds", "When the list was compiled.",
	    state->built_ms / 1000);
	add_gauge(out, "list_rules", "Rules of the list in force.", state->rules);
}

static void
reply(struct evhttp_request *request, int status, const char *type, struct evbuffer *body)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_send_reply(request, status, status == HTTP_OK ? "OK" : "Service Unavailable", body);
}

static void
on_metrics(struct evhttp_request *request, void *arg)
{
	const struct ush_metrics *metrics = arg;
	struct evbuffer *body = evbuffer_new();

	if (body == NULL) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	evbuffer_add_printf(body,
	    "# HELP " PREFIX "build_info Which program this is.\n# TYPE " PREFIX
	    "build_info gauge\n" PREFIX "build_info{version=\"" USH_VERSION "\"} 1\n");
	add_contacts(body, metrics->server);
	add_log(body, metrics->server->log);
	add_list(body, &metrics->server->state);
	reply(request, HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", body);
	evbuffer_free(body);
}

/* What a person should look at now; NULL: nothing. */
static const char *
trouble(const struct ush_server *server)
{
	struct ush_eventlog_stats stats;

	ush_eventlog_stats(server->log, &stats);
	if (stats.failing)
		return "the event log cannot be written";
	if (ush_eventlog_disk_is_low(stats.disk_free))
		return "the disk of the event log is nearly full";
	if (!server->state.loaded)
		return "there is no list";
	return server->state.refused ? "the newest list was refused" : NULL;
}

static void
on_health(struct evhttp_request *request, void *arg)
{
	const struct ush_metrics *metrics = arg;
	const char *reason = trouble(metrics->server);
	struct evbuffer *body = evbuffer_new();

	if (body == NULL) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	evbuffer_add_printf(body, "%s\n", reason != NULL ? reason : "ok");
	reply(request, reason != NULL ? HTTP_SERVUNAVAIL : HTTP_OK, "text/plain; charset=utf-8",
	    body);
	evbuffer_free(body);
}

int
ush_metrics_open(struct ush_metrics **out, const struct ush_server *server, struct ush_error *err)
{
	const struct ush_local_service *service =
	    &server->sources.snapshot->settings->sinkhole.metrics;
	struct ush_metrics *metrics;
	char address[USH_ADDRESS_TEXT_MAX];

	*out = NULL;
	if (service->address.family == 0)
		return 0;
	if ((metrics = calloc(1, sizeof(*metrics))) == NULL ||
	    (metrics->http = evhttp_new(server->base)) == NULL) {
		free(metrics);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	metrics->server = server;
	evhttp_set_allowed_methods(metrics->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(metrics->http, HEADERS_MAX);
	evhttp_set_max_body_size(metrics->http, 0);
	evhttp_set_timeout(metrics->http, TIMEOUT_S);
	evhttp_set_cb(metrics->http, "/metrics", on_metrics, metrics);
	evhttp_set_cb(metrics->http, "/health", on_health, metrics);
	ush_address_to_text(&service->address, address);
	if (evhttp_bind_socket(metrics->http, address, service->port) != 0) {
		int saved = errno;

		ush_metrics_free(metrics);
		return ush_fail(err, server->path, service->line,
		    "cannot listen for metrics on %s port %u: %s", address, service->port,
		    strerror(saved));
	}
	*out = metrics;
	return 0;
}

void
ush_metrics_free(struct ush_metrics *metrics)
{
	if (metrics == NULL)
		return;
	evhttp_free(metrics->http);
	free(metrics);
}
