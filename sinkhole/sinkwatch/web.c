/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/exchange/engine.h"
#include "sinkhole/sinkwatch/web.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/event.h"
#include "sinkhole/sinkwatch/pages.h"
#include "sinkhole/sinkwatch/style.h"

#define HEADERS_MAX 16384
#define TIMEOUT_S 30

#define HTML "text/html; charset=utf-8"
#define JSON "application/json"

struct ush_web {
	struct evhttp *http;
	struct ush_follower *follower;
	struct ush_overview *overview; /* the newest so far; NULL: none yet */
	struct ush_store *store;       /* its own connection; NULL: not open */
	char *store_path;
};

/* One place of the site. A path that ends in '/' (but not "/") has a subject behind it. */
static const struct place {
	const char *path;
	const char *type;
	ush_page_fn *write;
	bool about_host;
} places[] = {
    {"/", HTML, ush_page_hosts, false},
    {"/hosts.json", JSON, ush_json_hosts, false},
    {"/changes", HTML, ush_page_changes, false},
    {"/sensors", HTML, ush_page_sensors, false},
    {"/status.json", JSON, ush_json_status, false},
    {"/campaign/", HTML, ush_page_campaign, false},
    {"/host/", JSON, ush_json_host, true}, /* with .json behind the address */
    {"/host/", HTML, ush_page_host, true},
};

bool
ush_web_host_is_ours(const char *host, const struct ush_names *names)
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
		return ush_address_is_loopback(&address);
	for (size_t i = 0; i < names->count; i++) {
		if (strcasecmp(names->items[i], name) == 0)
			return true;
	}
	return strcasecmp(name, "localhost") == 0;
}

static void
send_reply(struct evhttp_request *request, int status, const char *type, struct evbuffer *body)
{
	static const char *const always[][2] = {
	    {"Cache-Control", "no-store"},
	    {"Content-Security-Policy",
	        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
	        "base-uri 'none'; frame-ancestors 'none'"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	    {"Referrer-Policy", "no-referrer"},
	    {"X-Content-Type-Options", "nosniff"},
	};
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		evhttp_add_header(headers, always[i][0], always[i][1]);
	evhttp_add_header(headers, "Content-Type", type);
	evhttp_send_reply(request, status, NULL, body);
}

/* A reason in plain text, of ours or escaped. */
static void
send_text(struct evhttp_request *request, int status, const char *text)
{
	struct evbuffer *body = evbuffer_new();
	struct ush_html html = {.out = body};

	if (body == NULL) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	ush_html_text(&html, text);
	ush_html_raw(&html, "\n");
	send_reply(request, status, "text/plain; charset=utf-8", body);
	evbuffer_free(body);
}

/* The place of the path, and what stands behind it. NULL: there is none. */
static const struct place *
find_place(const char *path, char subject[USH_QUERY_TEXT_MAX])
{
	static const char suffix[] = ".json";

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct place *place = &places[i];
		size_t len = strlen(place->path);
		size_t rest;

		subject[0] = '\0';
		if (strcmp(place->path, path) == 0 && (len == 1 || path[len - 1] != '/'))
			return place;
		if (len == 1 || place->path[len - 1] != '/' || strncmp(place->path, path, len) != 0)
			continue;
		rest = strlen(path + len);
		if (strcmp(place->type, JSON) == 0) {
			if (rest < sizeof(suffix) ||
			    strcmp(path + len + rest - strlen(suffix), suffix) != 0)
				continue;
			rest -= strlen(suffix);
		}
		if (rest == 0 || memchr(path + len, '/', rest) != NULL ||
		    ush_query_decode(subject, path + len, rest, false) != 0)
			continue;
		return place;
	}
	return NULL;
}

static enum ush_language
language_of(struct evhttp_request *request, const struct ush_query *query,
    const struct ush_settings *settings)
{
	const char *wish =
	    evhttp_find_header(evhttp_request_get_input_headers(request), "Accept-Language");

	if (query->has_language)
		return query->language;
	if (settings->watch.language == USH_WATCH_ENGLISH)
		return USH_LANGUAGE_ENGLISH;
	if (settings->watch.language == USH_WATCH_JAPANESE)
		return USH_LANGUAGE_JAPANESE;
	return wish != NULL ? ush_language_accepted(ush_text(wish)) : USH_LANGUAGE_ENGLISH;
}

static void
take_newest(struct ush_web *web)
{
	struct ush_overview *newest = ush_follower_take(web->follower);

	if (newest == NULL)
		return;
	ush_overview_free(web->overview);
	web->overview = newest;
}

/* The page's own connection to the store of these settings. */
static int
open_store(struct ush_web *web, struct ush_error *err)
{
	char path[PATH_MAX];

	ush_engine_store_path(web->overview->settings, path);
	if (web->store != NULL && strcmp(web->store_path, path) == 0)
		return 0;
	ush_store_close(web->store);
	web->store = NULL;
	free(web->store_path);
	web->store_path = strdup(path);
	if (web->store_path == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	return ush_store_open(&web->store, path, err);
}

/* All that is served rests on the overview, and on the store for details. */
static int
write_place(struct ush_web *web, struct ush_view *view, const struct place *place,
    struct ush_command *command, const char *subject, struct ush_error *err)
{
	struct ush_sensors sensors = {0};
	int rc;

	if (open_store(web, err) != 0)
		return -1;
	command->store = web->store;
	if (ush_sensors_find(&sensors, web->store, command->settings, command->now_ms, err) != 0)
		return -1;
	view->sensors = &sensors;
	rc = place->write(view, subject, err);
	ush_sensors_fini(&sensors);
	if (rc == 0 && view->html.has_failed)
		rc = ush_fail(err, NULL, 0, "out of memory");
	return rc;
}

static void
serve(struct ush_web *web, struct evhttp_request *request, const struct place *place,
    const struct ush_query *query, const char *path, const char *subject)
{
	const struct ush_overview *overview = web->overview;
	struct ush_command command = {
	    .now_ms = ush_time_now_ms(),
	    .settings = overview->settings,
	    .mistake = overview->mistake,
	    .used_settings = overview->used_settings,
	    .identities = overview->identities,
	    .marks = overview->marks,
	    .update = overview->update,
	};
	struct ush_view view = {.html.out = evbuffer_new(),
	    .language = language_of(request, query, overview->settings),
	    .path = path,
	    .query = query,
	    .overview = overview,
	    .command = &command};
	struct ush_error err = {0};
	struct ush_address address;
	char host[USH_ADDRESS_TEXT_MAX];

	if (view.html.out == NULL) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	/* What was not read into the store is not known, whatever the sensors did. */
	if (overview->failed.text[0] != '\0')
		ush_unread_add(&command.update.unread, &overview->failed);
	if (place->about_host) {
		if (ush_address_from_text(&address, subject) != 0) {
			evbuffer_free(view.html.out);
			send_text(request, HTTP_NOTFOUND, "There is no such host.");
			return;
		}
		command.host = ush_address_to_text(&address, host);
	}
	if (write_place(web, &view, place, &command, subject, &err) == 0)
		send_reply(request, HTTP_OK, place->type, view.html.out);
	else
		send_text(request, HTTP_SERVUNAVAIL, err.text);
	evbuffer_free(view.html.out);
}

static void
send_constant(struct evhttp_request *request, const char *type, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	if (body == NULL || evbuffer_add_reference(body, text, strlen(text), NULL, NULL) != 0)
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	else
		send_reply(request, HTTP_OK, type, body);
	if (body != NULL)
		evbuffer_free(body);
}

static void
on_page(struct ush_web *web, struct evhttp_request *request, const char *path, const char *rest)
{
	char subject[USH_QUERY_TEXT_MAX];
	const struct place *place = find_place(path, subject);
	struct ush_query query;
	struct ush_error err = {0};

	if (place == NULL)
		send_text(request, HTTP_NOTFOUND, "There is no such page.");
	else if (ush_query_parse(&query, rest, &err) != 0)
		send_text(request, HTTP_BADREQUEST, err.text);
	else
		serve(web, request, place, &query, path, subject);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct ush_web *web = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *host = evhttp_find_header(evhttp_request_get_input_headers(request), "Host");
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;

	take_newest(web);
	if (web->overview == NULL) {
		send_text(request, HTTP_SERVUNAVAIL,
		    "The settings cannot be read, or the first answer is being made.");
		return;
	}
	if (host == NULL || !ush_web_host_is_ours(host, &web->overview->settings->watch.names)) {
		send_text(request, 421,
		    "This page is for this machine alone: ask for it by localhost, its address, "
		    "or a name in watch: names.");
		return;
	}
	if (path == NULL)
		send_text(request, HTTP_BADREQUEST, "This is no path.");
	else if (strcmp(path, "/style.css") == 0)
		send_constant(request, "text/css; charset=utf-8", ush_style_css);
	else if (strcmp(path, "/icon.svg") == 0)
		send_constant(request, "image/svg+xml", ush_icon_svg);
	else
		on_page(web, request, path, evhttp_uri_get_query(uri));
}

int
ush_web_open(struct ush_web **out, struct event_base *base, struct ush_follower *follower,
    const struct ush_settings *settings, struct ush_error *err)
{
	const struct ush_local_service *service = &settings->watch.listen;
	struct ush_web *web = calloc(1, sizeof(*web));
	char address[USH_ADDRESS_TEXT_MAX];

	*out = NULL;
	if (web == NULL || (web->http = evhttp_new(base)) == NULL) {
		free(web);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	web->follower = follower;
	evhttp_set_allowed_methods(web->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(web->http, HEADERS_MAX);
	evhttp_set_max_body_size(web->http, 0);
	evhttp_set_timeout(web->http, TIMEOUT_S);
	evhttp_set_gencb(web->http, on_request, web);
	ush_address_to_text(&service->address, address);
	if (evhttp_bind_socket(web->http, address, service->port) != 0) {
		int saved = errno;

		ush_web_close(web);
		return ush_fail(err, settings->path, service->line,
		    "cannot listen on %s port %u: %s", address, service->port, strerror(saved));
	}
	*out = web;
	return 0;
}

void
ush_web_close(struct ush_web *web)
{
	if (web == NULL)
		return;
	evhttp_free(web->http);
	ush_overview_free(web->overview);
	ush_store_close(web->store);
	free(web->store_path);
	free(web);
}
