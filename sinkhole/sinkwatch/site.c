/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/site.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "sinkhole/exchange/engine.h"
#include "sinkhole/sinkwatch/pages.h"
#include "sinkhole/sinkwatch/reply.h"
#include "sinkhole/sinkwatch/style.h"

struct ush_site {
	struct ush_follower *follower;
	struct ush_access *access;
	struct ush_overview *overview; /* the newest so far; NULL: none yet */
	struct ush_store *store;       /* its own connection; NULL: not open */
	char *store_path;
};

/* Which hosts a place shows, for the access log. */
enum shown { SHOWS_NONE, SHOWS_LIST, SHOWS_HOST };

/* One place of the site. A path that ends in '/' (but not "/") has a subject behind it. */
static const struct place {
	const char *path;
	const char *type;
	ush_page_fn *write;
	enum shown shown;
} places[] = {
    {"/", USH_HTML, ush_page_hosts, SHOWS_LIST},
    {"/hosts.json", USH_JSON, ush_json_hosts, SHOWS_LIST},
    {"/changes", USH_HTML, ush_page_changes, SHOWS_LIST},
    {"/sensors", USH_HTML, ush_page_sensors, SHOWS_NONE},
    {"/status.json", USH_JSON, ush_json_status, SHOWS_NONE},
    {"/campaign/", USH_HTML, ush_page_campaign, SHOWS_LIST},
    {"/host/", USH_JSON, ush_json_host, SHOWS_HOST}, /* with .json behind the address */
    {"/host/", USH_HTML, ush_page_host, SHOWS_HOST},
};

struct ush_site *
ush_site_new(struct ush_follower *follower, struct ush_access *access)
{
	struct ush_site *site = calloc(1, sizeof(*site));

	if (site == NULL)
		return NULL;
	site->follower = follower;
	site->access = access;
	return site;
}

void
ush_site_free(struct ush_site *site)
{
	if (site == NULL)
		return;
	ush_overview_free(site->overview);
	ush_store_close(site->store);
	free(site->store_path);
	free(site);
}

const struct ush_settings *
ush_site_settings(struct ush_site *site)
{
	struct ush_overview *newest = ush_follower_take(site->follower);

	if (newest != NULL) {
		ush_overview_free(site->overview);
		site->overview = newest;
	}
	return site->overview != NULL ? site->overview->settings : NULL;
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
		if (strcmp(place->type, USH_JSON) == 0) {
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

/* The page's own connection to the store of these settings. */
static int
open_store(struct ush_site *site, struct ush_error *err)
{
	char path[PATH_MAX];

	ush_engine_store_path(site->overview->settings, path);
	if (site->store != NULL && strcmp(site->store_path, path) == 0)
		return 0;
	ush_store_close(site->store);
	site->store = NULL;
	free(site->store_path);
	site->store_path = strdup(path);
	if (site->store_path == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	return ush_store_open(&site->store, path, err);
}

/* All that is served rests on the overview, and on the store for details. */
static int
write_place(struct ush_site *site, struct ush_view *view, const struct place *place,
    struct ush_command *command, const char *subject, struct ush_error *err)
{
	struct ush_sensors sensors = {0};
	int rc;

	if (open_store(site, err) != 0)
		return -1;
	command->store = site->store;
	if (ush_sensors_find(&sensors, site->store, command->settings, command->now_ms, err) != 0)
		return -1;
	view->sensors = &sensors;
	rc = place->write(view, subject, err);
	ush_sensors_fini(&sensors);
	if (rc == 0 && view->html.has_failed)
		rc = ush_fail(err, NULL, 0, "out of memory");
	return rc;
}

/* The host that is asked for: by its pseudonym, or by its address if that may be seen. Whether there is
 * a host at an address must not show, either. */
static bool
find_host(const struct ush_view *view, const char *subject, char host[USH_ADDRESS_TEXT_MAX])
{
	struct ush_address address;

	if (view->aliases != NULL && ush_alias_is(USH_ALIAS_HOST, subject))
		return ush_view_host_of(view, subject, host);
	if (view->html.is_covered || ush_address_from_text(&address, subject) != 0)
		return false;
	ush_address_to_text(&address, host);
	return true;
}

/* Clear names are shown only if that is on record. */
static int
log_access(struct ush_site *site, const struct ush_visitor *visitor, const struct ush_view *view,
    const struct place *place, const char *query, struct ush_error *err)
{
	const struct ush_access_entry entry = {
	    .time_ms = view->command->now_ms,
	    .category = "web",
	    .type = "access",
	    .action = place->shown == SHOWS_HOST ? "host-opened" : "hosts-listed",
	    .user = visitor->user,
	    .from = visitor->address,
	    .host = view->command->host,
	    .path = view->path,
	    .query = query,
	};

	if (view->aliases == NULL || view->html.is_covered || place->shown == SHOWS_NONE)
		return 0;
	return ush_audit_write(ush_access_audit(site->access), &entry, err);
}

static void
answer(struct ush_site *site, struct evhttp_request *request, struct ush_view *view,
    const struct ush_visitor *visitor, const struct place *place, const char *query_text,
    struct ush_command *command, const char *subject)
{
	char host[USH_ADDRESS_TEXT_MAX];
	struct ush_error err = {0};

	if (place->shown == SHOWS_HOST) {
		if (!find_host(view, subject, host)) {
			ush_reply_text(request, HTTP_NOTFOUND, "There is no such host.");
			return;
		}
		command->host = host;
	}
	if (write_place(site, view, place, command, subject, &err) == 0 &&
	    log_access(site, visitor, view, place, query_text, &err) == 0)
		ush_reply(request, HTTP_OK, place->type, view->html.out);
	else
		ush_reply_text(request, HTTP_SERVUNAVAIL,
		    view->html.is_covered ? "The answer could not be made." : err.text);
	command->host = NULL; /* it ends here */
}

static void
serve(struct ush_site *site, struct evhttp_request *request, const struct ush_visitor *visitor,
    const struct place *place, const struct ush_query *query, const char *subject)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const struct ush_overview *overview = site->overview;
	struct ush_command command = {
	    .now_ms = ush_time_now_ms(),
	    .settings = overview->settings,
	    .mistake = overview->mistake,
	    .used_settings = overview->used_settings,
	    .identities = overview->identities,
	    .marks = overview->marks,
	    .update = overview->update,
	    .outputs = &overview->outputs,
	};
	struct ush_view view = {.html.out = evbuffer_new(),
	    .html.is_covered = visitor->group != USH_GROUP_RESPONDER,
	    .language = language_of(request, query, overview->settings),
	    .path = evhttp_uri_get_path(uri),
	    .query = query,
	    .visitor = visitor,
	    .aliases = ush_access_aliases(site->access),
	    .overview = overview,
	    .command = &command};

	if (view.html.out == NULL) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	/* What was not read into the store is not known, whatever the sensors did. */
	if (overview->failed.text[0] != '\0')
		ush_unread_add(&command.update.unread, &overview->failed);
	answer(site, request, &view, visitor, place, evhttp_uri_get_query(uri), &command, subject);
	evbuffer_free(view.html.out);
}

void
ush_site_serve(
    struct ush_site *site, struct evhttp_request *request, const struct ush_visitor *visitor)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	char subject[USH_QUERY_TEXT_MAX];
	const struct place *place;
	struct ush_query query;
	struct ush_error err = {0};

	if (path == NULL)
		ush_reply_text(request, HTTP_BADREQUEST, "This is no path.");
	else if (strcmp(path, "/style.css") == 0)
		ush_reply_constant(request, "text/css; charset=utf-8", ush_style_css);
	else if (strcmp(path, "/icon.svg") == 0)
		ush_reply_constant(request, "image/svg+xml", ush_icon_svg);
	else if ((place = find_place(path, subject)) == NULL)
		ush_reply_text(request, HTTP_NOTFOUND, "There is no such page.");
	else if (ush_query_parse(&query, evhttp_uri_get_query(uri), &err) != 0)
		ush_reply_text(request, HTTP_BADREQUEST, err.text);
	else
		serve(site, request, visitor, place, &query, subject);
}
