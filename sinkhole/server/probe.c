/* SPDX-License-Identifier: BSD-3-Clause */
/* probe.c - goes on with a TLS client past its ClientHello (tls: probe). The ClientHello stays the
 * connection's message until it shows what came of it: the first sealed byte, an alert, silence.
 * What those say who go on is heard like any other bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "sinkhole/server/clock.h"
#include "sinkhole/server/connection.h"
#include "sinkhole/server/limits.h"
#include "sinkhole/server/loop.h"
#include "sinkhole/server/tls.h"

#define RECORD_MAX 16384
#define PIECE 4096

struct ush_probe {
	struct ush_tls *tls;
	struct ush_contact_tls said;
	uint64_t
	    deadline_ms; /* monotonic: a record that has begun must be whole by then; 0: none */
	char server_name[256];
};

static bool
is_wanted(const struct ush_connection *connection)
{
	const struct ush_view *view = connection->loop->view;
	const struct ush_received *raw = &connection->message.raw;

	return view->settings->sinkhole.tls == USH_TLS_PROBE && view->identity != NULL &&
	       connection->probe == NULL && raw->total == raw->used && !raw->failed;
}

/* What is ready for the client. */
static void
send_output(struct ush_connection *connection)
{
	uint8_t sealed[4096];
	size_t len;

	while ((len = ush_tls_output(connection->probe->tls, sealed, sizeof(sealed))) > 0)
		ush_connection_send(connection, sealed, len);
}

bool
ush_probe_begin(struct ush_connection *connection, const char *server_name)
{
	struct ush_loop *loop = connection->loop;
	struct ush_probe *probe;

	if (!is_wanted(connection))
		return false;
	if (!ush_limits_handshake(loop, connection->host)) {
		atomic_fetch_add_explicit(&loop->counters.unprobed, 1, memory_order_relaxed);
		return false;
	}
	if ((probe = calloc(1, sizeof(*probe))) == NULL)
		return false;
	probe->tls = ush_tls_new(loop->view->identity);
	if (probe->tls == NULL) {
		free(probe);
		return false;
	}
	snprintf(probe->server_name, sizeof(probe->server_name), "%s", server_name);
	probe->said.server_name = probe->server_name;
	connection->probe = probe;
	connection->phase = USH_PHASE_PROBE;
	loop->probe_count++;
	connection->host->probes++;
	atomic_fetch_add_explicit(&loop->counters.probed, 1, memory_order_relaxed);
	ush_probe_feed(connection, connection->message.raw.data, connection->message.raw.used);
	return true;
}

/* The message is what was said before, so it ends before the bytes are heard. */
static void
hear(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	if (connection->phase == USH_PHASE_PROBE) {
		atomic_fetch_add_explicit(
		    &connection->loop->counters.believed, 1, memory_order_relaxed);
		ush_message_done(connection, NULL);
	}
	ush_connection_feed(connection, data, len);
}

/* Slow senders do not get a record's time byte by byte. */
static void
set_deadline(struct ush_connection *connection, bool heard)
{
	const struct ush_sinkhole_settings *settings = &connection->loop->view->settings->sinkhole;

	if (heard)
		connection->probe->deadline_ms = 0;
	else if (connection->probe->deadline_ms == 0)
		connection->probe->deadline_ms =
		    ush_monotonic_ms() + (uint64_t)settings->request_timeout * 1000;
}

uint64_t
ush_probe_deadline(const struct ush_connection *connection)
{
	return connection->probe != NULL ? connection->probe->deadline_ms : 0;
}

/* Decrypts what has come. False if nothing came of it. */
static bool
read_plain(struct ush_connection *connection)
{
	uint8_t plain[RECORD_MAX];
	bool heard = false;
	size_t got;

	while ((got = ush_tls_read(connection->probe->tls, plain, sizeof(plain))) > 0) {
		hear(connection, plain, got);
		heard = true;
	}
	return heard;
}

void
ush_probe_feed(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_tls *tls = connection->probe->tls;
	bool failed = false;

	/* In pieces, because what the library has once taken for a buffer it keeps. What is not
	 * listened to any more need not be decrypted. */
	while (len > 0 && !failed && connection->phase < USH_PHASE_CLOSING) {
		size_t piece = len < PIECE ? len : PIECE;

		failed = ush_tls_feed(tls, data, piece) != 0;
		set_deadline(connection, !failed && read_plain(connection));
		data += piece;
		len -= piece;
	}
	connection->unheard = connection->unheard || len > 0;
	send_output(connection);
	if (failed || ush_tls_outcome(tls)->over)
		ush_message_end(connection);
}

void
ush_probe_send(struct ush_connection *connection, const void *data, size_t len)
{
	ush_tls_write(connection->probe->tls, data, len);
	send_output(connection);
}

void
ush_probe_close(struct ush_connection *connection)
{
	if (connection->probe == NULL)
		return;
	ush_tls_close(connection->probe->tls);
	send_output(connection);
	/* The client says good-bye, too; to a closed socket that would be an error. */
	connection->unheard = true;
}

void
ush_probe_free(struct ush_connection *connection)
{
	if (connection->probe == NULL)
		return;
	ush_tls_free(connection->probe->tls);
	free(connection->probe);
	connection->probe = NULL;
	connection->loop->probe_count--;
	connection->host->probes--;
}

const struct ush_contact_tls *
ush_probe_tls(const struct ush_connection *connection)
{
	struct ush_probe *probe = connection->probe;
	const struct ush_tls_outcome *outcome;

	if (probe == NULL)
		return NULL;
	outcome = ush_tls_outcome(probe->tls);
	probe->said.established = outcome->established;
	probe->said.alert = outcome->alert;
	return &probe->said;
}
