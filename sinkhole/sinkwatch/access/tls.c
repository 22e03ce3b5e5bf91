/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/access/tls.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include "common/watched.h"

/* One connection. OpenSSL says when it is freed; evhttp says of few connections that they end. */
struct session {
	LIST_ENTRY(session) next;
	struct sessions *of;
	SSL *ssl;
	uint64_t asked_ms; /* its last request, or when it began */
};

/* Lives as long as tls or a session. */
struct sessions {
	LIST_HEAD(, session) items;
	size_t count;
	bool has_owner;
	ush_page_room_fn *room;
	void *arg;
};

struct ush_page_tls {
	const char *certificate;
	const char *key;
	SSL_CTX *context;
	struct sessions *sessions;
	int index; /* of the sessions in SSL's own data */
	struct ush_watched certificate_file;
	struct ush_watched key_file;
};

/* The reason that OpenSSL gives. */
static int
fail(const char *path, const char *what, struct ush_error *err)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return ush_fail(err, path, 0, "%s: %s", what, reason != NULL ? reason : "out of memory");
}

static int
load(SSL_CTX **out, const char *certificate, const char *key, struct ush_error *err)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	int rc = 0;

	ERR_clear_error();
	if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
		rc = fail(NULL, "TLS cannot be prepared", err);
	else if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		rc = fail(certificate, "the certificate cannot be used", err);
	else if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
	         SSL_CTX_check_private_key(context) != 1)
		rc = fail(key, "the key cannot be used with the certificate", err);
	if (rc != 0) {
		SSL_CTX_free(context);
		return -1;
	}
	SSL_CTX_set_options(context,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	*out = context;
	return 0;
}

static void
free_unused(struct sessions *sessions)
{
	if (sessions->count == 0 && !sessions->has_owner)
		free(sessions);
}

static void
on_session_freed(void *ssl, void *data, CRYPTO_EX_DATA *all, int index, long number, void *arg)
{
	struct session *session = data;
	struct sessions *sessions;

	(void)ssl, (void)all, (void)index, (void)number, (void)arg;
	if (session == NULL)
		return;
	sessions = session->of;
	LIST_REMOVE(session, next);
	free(session);
	if (sessions->count-- == USH_PAGE_SESSIONS_MAX && sessions->has_owner)
		sessions->room(sessions->arg, true);
	free_unused(sessions);
}

/* Both files, as they are now. */
static int
take(struct ush_page_tls *tls, struct ush_error *err)
{
	struct ush_error reason = {0};
	SSL_CTX *context;
	bool is_news;

	if (load(&context, tls->certificate, tls->key, &reason) == 0) {
		ush_watched_taken(&tls->certificate_file);
		ush_watched_taken(&tls->key_file);
		SSL_CTX_free(tls->context); /* connections hold it as long as they need it */
		tls->context = context;
		return 0;
	}
	is_news = ush_watched_refused(&tls->certificate_file, reason.text);
	is_news = ush_watched_refused(&tls->key_file, reason.text) || is_news;
	if (!is_news)
		return 0;
	if (err != NULL)
		*err = reason;
	return -1;
}

int
ush_page_tls_open(struct ush_page_tls **out, const char *certificate, const char *key,
    ush_page_room_fn *room, void *arg, struct ush_error *err)
{
	struct ush_page_tls *tls = calloc(1, sizeof(*tls));
	struct sessions *sessions = calloc(1, sizeof(*sessions));

	*out = NULL;
	if (tls == NULL || sessions == NULL) {
		free(tls);
		free(sessions);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	*sessions = (struct sessions){.has_owner = true, .room = room, .arg = arg};
	tls->sessions = sessions;
	tls->index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_session_freed);
	tls->certificate = certificate;
	tls->key = key;
	ush_watched_init(&tls->certificate_file, 1);
	ush_watched_init(&tls->key_file, 1);
	(void)ush_watched_is_due(&tls->certificate_file, certificate);
	(void)ush_watched_is_due(&tls->key_file, key);
	if (load(&tls->context, certificate, key, err) != 0) {
		ush_page_tls_close(tls);
		return -1;
	}
	ush_watched_taken(&tls->certificate_file);
	ush_watched_taken(&tls->key_file);
	*out = tls;
	return 0;
}

void
ush_page_tls_close(struct ush_page_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->context);
	tls->sessions->has_owner = false;
	free_unused(tls->sessions);
	free(tls);
}

/* evhttp ends those that are silent. One that sends a byte now and then would stay for ever, and a few
 * hundred of them would leave no room. */
static void
end_slow_ones(const struct sessions *sessions, uint64_t now_ms)
{
	struct session *session;

	LIST_FOREACH(session, &sessions->items, next)
	{
		if (now_ms - session->asked_ms >= USH_PAGE_SESSION_MS)
			(void)shutdown(SSL_get_fd(session->ssl), SHUT_RDWR); /* then it is freed */
	}
}

int
ush_page_tls_look(struct ush_page_tls *tls, uint64_t now_ms, struct ush_error *err)
{
	bool is_due = ush_watched_is_due(&tls->certificate_file, tls->certificate);

	end_slow_ones(tls->sessions, now_ms);
	is_due = ush_watched_is_due(&tls->key_file, tls->key) || is_due;
	return is_due ? take(tls, err) : 0;
}

SSL *
ush_page_tls_session(struct ush_page_tls *tls, uint64_t now_ms)
{
	struct session *session = calloc(1, sizeof(*session));
	SSL *ssl = SSL_new(tls->context);

	if (session == NULL || ssl == NULL || SSL_set_ex_data(ssl, tls->index, session) != 1) {
		SSL_free(ssl);
		free(session);
		return NULL;
	}
	*session = (struct session){.of = tls->sessions, .ssl = ssl, .asked_ms = now_ms};
	LIST_INSERT_HEAD(&tls->sessions->items, session, next);
	if (++tls->sessions->count == USH_PAGE_SESSIONS_MAX)
		tls->sessions->room(tls->sessions->arg, false);
	return ssl;
}

void
ush_page_tls_asked(const struct ush_page_tls *tls, const SSL *ssl, uint64_t now_ms)
{
	struct session *session = SSL_get_ex_data(ssl, tls->index);

	session->asked_ms = now_ms;
}
