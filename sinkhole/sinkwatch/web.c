/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/web.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include "common/event.h"
#include "sinkhole/sinkwatch/access/access.h"
#include "sinkhole/sinkwatch/access/tls.h"
#include "sinkhole/sinkwatch/reply.h"
#include "sinkhole/sinkwatch/site.h"

#define HEADERS_MAX 16384
#define TIMEOUT_S 30
#define RETRY_AFTER_S "60"

struct ush_web {
	const struct ush_settings *settings; /* of the start */
	struct evhttp *http;
	struct evhttp_bound_socket *socket;
	struct event *tick;
	struct ush_page_tls *tls; /* NULL: plain HTTP */
	struct ush_access *access;
	struct ush_site *site;
};

bool
ush_web_host_is_ours(const char *host, const struct ush_names *names, bool any_address)
{
	char name[256];
	size_t len = strlen(host);
	const char *port = strrchr(host, ':');
	struct ush_address address;

	/* "[::1]:8053", "[::1]", "127.0.0.1:8053", "localhost" */
	if (port != NULL && strspn(port + 1, "0123456789") == strlen(port + 1) &&
	    (host[0] != '[' || port[-1] == ']'))
		len = (size_t)(port - host);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(name))
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	if (ush_address_from_text(&address, name) == 0)
		return any_address || ush_address_is_loopback(&address);
	for (size_t i = 0; i < names->count; i++) {
		if (strcasecmp(names->items[i], name) == 0)
			return true;
	}
	return strcasecmp(name, "localhost") == 0;
}

/* The value of a header; *is_doubled becomes true if it is there twice: then nobody knows whose it is. */
static const char *
only_header(struct evhttp_request *request, const char *name, bool *is_doubled)
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	const struct evkeyval *header;
	const char *value = NULL;

	TAILQ_FOREACH(header, headers, next)
	{
		if (strcasecmp(header->key, name) != 0)
			continue;
		if (value != NULL)
			*is_doubled = true;
		value = header->value;
	}
	return value;
}

/* Who asks. False: the request has been answered. */
static bool
let_in(struct ush_web *web, struct evhttp_request *request, struct ush_visitor *visitor)
{
	const struct ush_watch_settings *watch = &web->settings->watch;
	struct ush_credentials credentials = {0};
	char *peer = NULL;
	ev_uint16_t port;

	evhttp_connection_get_peer(evhttp_request_get_connection(request), &peer, &port);
	credentials.peer = peer != NULL ? peer : "";
	credentials.authorization = only_header(request, "Authorization", &credentials.is_doubled);
	credentials.user = only_header(request, watch->user_header, &credentials.is_doubled);
	credentials.groups = only_header(request, watch->group_header, &credentials.is_doubled);
	switch (ush_access_ask(web->access, &credentials, ush_time_now_ms(), visitor)) {
	case USH_ACCESS_GRANTED:
		return true;
	case USH_ACCESS_ASK:
		ush_reply_header(request, "WWW-Authenticate",
		    "Basic realm=\"unbound-sinkhole\", charset=\"UTF-8\"");
		ush_reply_text(request, 401, "User and password, please.");
		break;
	case USH_ACCESS_WAIT:
		ush_reply_header(request, "Retry-After", RETRY_AFTER_S);
		ush_reply_text(request, 429, "Too many attempts: wait a minute.");
		break;
	case USH_ACCESS_REFUSED:
		ush_reply_text(request, 403, "You have no access to this page.");
		break;
	}
	return false;
}

/* evhttp does not read the body of HEAD, and would take it for the next request on this connection: with
 * headers that no proxy wrote. */
static bool
has_body(struct evhttp_request *request)
{
	static const char length[] = "Content-Length", encoding[] = "Transfer-Encoding";
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	const struct evkeyval *header;

	TAILQ_FOREACH(header, headers, next)
	{
		/* Also with a blank before the colon, which not every proxy refuses. */
		if (strncasecmp(header->key, encoding, strlen(encoding)) == 0 ||
		    (strncasecmp(header->key, length, strlen(length)) == 0 &&
		        strcmp(header->value, "0") != 0))
			return true;
	}
	return false;
}

/* NULL: it came without TLS. */
static SSL *
session_of(struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);

	return bufferevent_openssl_get_ssl(evhttp_connection_get_bufferevent(connection));
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct ush_web *web = arg;
	const char *host = evhttp_find_header(evhttp_request_get_input_headers(request), "Host");
	const struct ush_settings *settings = ush_site_settings(web->site);
	bool any_address = !ush_address_is_loopback(&web->settings->watch.listen.address);
	SSL *ssl = web->tls != NULL ? session_of(request) : NULL;
	struct ush_visitor visitor;

	if (ssl != NULL)
		ush_page_tls_asked(web->tls, ssl, ush_monotonic_ms());
	if (has_body(request)) {
		ush_reply_header(request, "Connection", "close");
		ush_reply_text(request, HTTP_BADREQUEST, "A request for the page has no body.");
		return;
	}
	/* Without memory evhttp makes a connection of its own, which has no TLS. */
	if (web->tls != NULL && ssl == NULL) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	if (settings == NULL) {
		ush_reply_text(request, HTTP_SERVUNAVAIL,
		    "The settings cannot be read, or the first answer is being made.");
		return;
	}
	/* Whoever sets up a login does not want what is shown until the restart, either. */
	if (web->settings->watch.login == USH_LOGIN_NONE &&
	    settings->watch.login != USH_LOGIN_NONE) {
		ush_reply_text(
		    request, HTTP_SERVUNAVAIL, "The settings have a login now: restart sinkwatch.");
		return;
	}
	if (host == NULL || !ush_web_host_is_ours(host, &settings->watch.names, any_address)) {
		ush_reply_text(request, 421,
		    "The page is not asked for by this name: take localhost, the address of the "
		    "machine, or a name in watch: names.");
		return;
	}
	if (let_in(web, request, &visitor))
		ush_site_serve(web->site, request, &visitor);
}

/* Who comes when all are taken waits: without descriptors the loop would turn in vain. */
static void
on_room(void *arg, bool has_room)
{
	struct ush_web *web = arg;
	struct evconnlistener *listener = evhttp_bound_socket_get_listener(web->socket);

	if (has_room)
		evconnlistener_enable(listener);
	else
		evconnlistener_disable(listener);
}

static struct bufferevent *
make_connection(struct event_base *base, void *arg)
{
	struct ush_web *web = arg;
	SSL *ssl = ush_page_tls_session(web->tls, ush_monotonic_ms());
	struct bufferevent *connection;

	if (ssl == NULL)
		return NULL;
	connection = bufferevent_openssl_socket_new(
	    base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (connection != NULL) /* else the session has been freed */
		bufferevent_openssl_set_allow_dirty_shutdown(connection, 1);
	return connection;
}

/* Once a second: new certificates and passwords. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct ush_web *web = arg;
	struct ush_error err = {0};

	(void)fd;
	(void)what;
	if (web->tls != NULL && ush_page_tls_look(web->tls, ush_monotonic_ms(), &err) != 0)
		ush_error_print(stderr, "sinkwatch", &err);
	if (ush_access_look(web->access, &err) != 0)
		ush_error_print(stderr, "sinkwatch", &err);
}

/* What is needed beside the listener. */
static int
prepare(struct ush_web *web, struct event_base *base, struct ush_follower *follower,
    struct ush_error *err)
{
	const struct ush_watch_settings *watch = &web->settings->watch;
	const struct timeval second = {.tv_sec = 1};

	if (ush_access_open(&web->access, web->settings, err) != 0)
		return -1;
	if (watch->certificate != NULL &&
	    ush_page_tls_open(&web->tls, watch->certificate, watch->key, on_room, web, err) != 0)
		return -1;
	web->site = ush_site_new(follower, web->access);
	web->http = evhttp_new(base);
	web->tick = event_new(base, -1, EV_PERSIST, on_tick, web);
	if (web->site == NULL || web->http == NULL || web->tick == NULL ||
	    event_add(web->tick, &second) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	return 0;
}

static int
listen_at(struct ush_web *web, struct ush_error *err)
{
	const struct ush_local_service *service = &web->settings->watch.listen;
	char address[USH_ADDRESS_TEXT_MAX];

	evhttp_set_allowed_methods(web->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(web->http, HEADERS_MAX);
	evhttp_set_max_body_size(web->http, 0);
	evhttp_set_timeout(web->http, TIMEOUT_S);
	evhttp_set_gencb(web->http, on_request, web);
	if (web->tls != NULL)
		evhttp_set_bevcb(web->http, make_connection, web);
	ush_address_to_text(&service->address, address);
	web->socket = evhttp_bind_socket_with_handle(web->http, address, service->port);
	if (web->socket == NULL)
		return ush_fail(err, web->settings->path, service->line,
		    "cannot listen on %s port %u: %s", address, service->port, strerror(errno));
	return 0;
}

int
ush_web_open(struct ush_web **out, struct event_base *base, struct ush_follower *follower,
    const struct ush_settings *settings, struct ush_error *err)
{
	struct ush_web *web = calloc(1, sizeof(*web));

	*out = NULL;
	if (web == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	web->settings = settings;
	if (prepare(web, base, follower, err) != 0 || listen_at(web, err) != 0) {
		ush_web_close(web);
		return -1;
	}
	*out = web;
	return 0;
}

void
ush_web_close(struct ush_web *web)
{
	if (web == NULL)
		return;
	ush_page_tls_close(web->tls);
	if (web->tick != NULL)
		event_free(web->tick);
	if (web->http != NULL)
		evhttp_free(web->http);
	ush_site_free(web->site);
	ush_access_close(web->access);
	free(web);
}
