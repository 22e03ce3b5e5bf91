/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/probe.h"

#include <stdio.h>
#include <stdlib.h>

#include "sinkhole/server/limits.h"
#include "sinkhole/server/tls.h"

#define PIECE 4096

struct ush_probe {
	struct ush_loop *loop;
	struct ush_host_entry *host;
	struct ush_tls *tls;
	struct ush_contact_tls said;
	bool failed;
	uint64_t
	    deadline_ms; /* monotonic: a record that has begun must be whole by then; 0: none */
	char server_name[256];
};

struct ush_probe *
ush_probe_new(struct ush_loop *loop, struct ush_host_entry *host, const char *server_name)
{
	const struct ush_snapshot *snapshot = loop->snapshot;
	struct ush_probe *probe;

	if (snapshot->settings->sinkhole.tls != USH_TLS_PROBE || snapshot->identity == NULL)
		return NULL;
	if (!ush_limits_handshake(loop, host)) {
		atomic_fetch_add_explicit(&loop->counters.unprobed, 1, memory_order_relaxed);
		return NULL;
	}
	if ((probe = calloc(1, sizeof(*probe))) == NULL)
		return NULL;
	probe->tls = ush_tls_new(snapshot->identity);
	if (probe->tls == NULL) {
		free(probe);
		return NULL;
	}
	snprintf(probe->server_name, sizeof(probe->server_name), "%s", server_name);
	probe->said.server_name = probe->server_name;
	probe->loop = loop;
	probe->host = host;
	loop->probe_count++;
	host->probes++;
	atomic_fetch_add_explicit(&loop->counters.probed, 1, memory_order_relaxed);
	return probe;
}

void
ush_probe_free(struct ush_probe *probe)
{
	if (probe == NULL)
		return;
	probe->loop->probe_count--;
	probe->host->probes--;
	ush_tls_free(probe->tls);
	free(probe);
}

size_t
ush_probe_feed(struct ush_probe *probe, const uint8_t *data, size_t len)
{
	const struct ush_sinkhole_settings *settings = &probe->loop->snapshot->settings->sinkhole;

	len = len < PIECE ? len : PIECE;
	probe->failed = ush_tls_feed(probe->tls, data, len) != 0;
	/* A slow sender does not get a record's time for each byte. */
	if (probe->deadline_ms == 0)
		probe->deadline_ms =
		    ush_monotonic_ms() + (uint64_t)settings->request_timeout * 1000;
	return len;
}

size_t
ush_probe_read(struct ush_probe *probe, uint8_t plain[USH_PROBE_PLAIN_MAX])
{
	size_t got = probe->failed ? 0 : ush_tls_read(probe->tls, plain, USH_PROBE_PLAIN_MAX);

	if (got > 0)
		probe->deadline_ms = 0;
	return got;
}

void
ush_probe_write(struct ush_probe *probe, const void *data, size_t len)
{
	ush_tls_write(probe->tls, data, len);
}

void
ush_probe_close(struct ush_probe *probe)
{
	ush_tls_close(probe->tls);
}

size_t
ush_probe_output(struct ush_probe *probe, uint8_t *sealed, size_t size)
{
	return ush_tls_output(probe->tls, sealed, size);
}

bool
ush_probe_is_over(const struct ush_probe *probe)
{
	return probe->failed || ush_tls_outcome(probe->tls)->over;
}

uint64_t
ush_probe_deadline(const struct ush_probe *probe)
{
	return probe->deadline_ms;
}

const struct ush_contact_tls *
ush_probe_tls(struct ush_probe *probe)
{
	const struct ush_tls_outcome *outcome = ush_tls_outcome(probe->tls);

	probe->said.established = outcome->established;
	probe->said.alert = outcome->alert;
	return &probe->said;
}
