/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/take.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "zones/compile/expiry.h"
#include "zones/compile/guard.h"
#include "zones/compile/popular.h"
#include "zones/compile/shared_networks.h"
#include "zones/compile/url.h"
#include "zones/database/format.h"
#include "zones/database/urlpath.h"
#include "zones/idn.h"

#define PROGRESS_EVERY 8192 /* entries */
#define SHOWN_VALUE 200     /* bytes of a refused value that messages show */

static void
say(const struct ush_compiling *compiler, uint64_t number, unsigned line, const char *value,
    size_t len, const char *why)
{
	char text[PATH_MAX + SHOWN_VALUE + 512];
	size_t shown = len < SHOWN_VALUE ? len : SHOWN_VALUE;

	if (compiler->options->say == NULL || number > compiler->options->say_at_most)
		return;
	snprintf(text, sizeof(text), "%s:%u: %.*s%s: %s", ush_feed_path(compiler->feed), line,
	    (int)shown, value, shown < len ? "..." : "", why);
	compiler->options->say(compiler->options->arg, text);
}

/* Of what a reader hands over; feeds can be long. */
static void
count_entry(struct ush_compiling *compiler)
{
	if (++compiler->entries % PROGRESS_EVERY == 0 && compiler->options->progress != NULL)
		compiler->options->progress(
		    compiler->options->arg, ush_feed_head(compiler->feed)->name, compiler->entries);
}

static void
refuse(struct ush_compiling *compiler, unsigned line, const char *value, size_t len,
    enum ush_refusal why)
{
	compiler->counts->refused[why]++;
	say(compiler, ++compiler->said, line, value, len, ush_refusal_text(why));
}

static void
warn(struct ush_compiling *compiler, const struct ush_indicator *indicator, const char *why)
{
	char text[128];

	snprintf(text, sizeof(text), "taken, but is %s", why);
	say(compiler, ++compiler->counts->warned, indicator->origin.line, indicator->value,
	    indicator->len, text);
}

static enum ush_action
action_of(const struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	return indicator->action != USH_ACTION_NONE ? indicator->action
	                                            : ush_feed_head(compiler->feed)->action;
}

static int
class_for(struct ush_compiling *compiler, const struct ush_indicator *indicator, uint16_t *class_id)
{
	const struct ush_feed_head *head = ush_feed_head(compiler->feed);
	enum ush_action action = action_of(compiler, indicator);

	if (indicator->campaign != NULL)
		return ush_builder_class(
		    compiler->builder, indicator->campaign, NULL, action, class_id, compiler->err);
	if (compiler->classes[action] == 0) {
		if (ush_builder_class(compiler->builder, head->campaign, head->software, action,
		        class_id, compiler->err) != 0)
			return -1;
		compiler->classes[action] = (uint16_t)(*class_id + 1);
	}
	*class_id = (uint16_t)(compiler->classes[action] - 1);
	return 0;
}

static bool
blocks(const struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	enum ush_action action = action_of(compiler, indicator);

	return !compiler->counts->never_block && action != USH_ACTION_MONITOR &&
	       action != USH_ACTION_PASSTHRU;
}

/* Some feeds list what they found in a report, and some reports link to news pages. */
static void
warn_if_popular(struct ush_compiling *compiler, unsigned line, const struct ush_name *name,
    const char *text, unsigned scope)
{
	char why[USH_NAME_TEXT_MAX + 128];
	const char *covered;
	bool own;

	if ((covered = ush_popular_covered(compiler->popular, name, scope, &own)) == NULL)
		return;
	compiler->counts->popular++;
	snprintf(why, sizeof(why),
	    own ? "warning: touches your own domain %s"
	        : "warning: covers %s, which very many people use",
	    covered);
	/* Counted apart: what is refused must not take its place. */
	say(compiler, compiler->counts->popular, line, text, strlen(text), why);
}

static int
add_name(struct ush_compiling *compiler, const struct ush_indicator *indicator,
    const struct ush_name *name, unsigned scope)
{
	char text[USH_NAME_TEXT_MAX];
	size_t len = ush_name_to_text(name, text);
	uint16_t class_id;

	if (class_for(compiler, indicator, &class_id) != 0)
		return -1;
	compiler->is_saved = false;
	if (ush_builder_name(
	        compiler->builder, class_id, name, text, len, scope, &indicator->origin) != 0)
		return ush_fail(compiler->err, NULL, 0, "no memory for more names");
	if (!compiler->is_saved && blocks(compiler, indicator))
		warn_if_popular(compiler, indicator->origin.line, name, text, scope);
	return 0;
}

static unsigned
scope_of(const struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	unsigned wanted = ush_feed_head(compiler->feed)->scope;

	if (indicator->scope != 0)
		return indicator->scope;
	return wanted != 0 ? wanted : ush_feed_scope(compiler->feed);
}

/* To let a whole top-level domain pass is a site's good right; to block one is not. */
static enum ush_refusal
judge(const struct ush_compiling *compiler, const char *text, size_t len, unsigned scope,
    struct ush_name *out)
{
	enum ush_refusal why = ush_guard_name(compiler->guard, text, len, scope, out);

	if (compiler->counts->never_block && (why == USH_REFUSED_TLD || why == USH_REFUSED_SUFFIX))
		why = USH_REFUSED_NOT;
	return why;
}

/* What is kept for people and makes no rule. */
static int
add_note(struct ush_compiling *compiler, const char *type, const struct ush_indicator *indicator)
{
	char *value = strndup(indicator->value, indicator->len);
	int rc = value == NULL
	             ? -1
	             : ush_builder_note(compiler->builder, type, value, &indicator->origin);

	free(value);
	compiler->counts->notes++;
	return rc == 0 ? 0 : ush_fail(compiler->err, NULL, 0, "no memory for more notes");
}

/* "http://192.0.2.9:8080/x", "192.0.2.9:8080": a client that knows the address asks no resolver. */
static int
take_address(
    struct ush_compiling *compiler, const char *type, const struct ush_indicator *indicator)
{
	compiler->counts->addressed++;
	return add_note(compiler, type, indicator);
}

static int
take_name(struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	unsigned scope = scope_of(compiler, indicator);
	struct ush_name name;
	enum ush_refusal why = judge(compiler, indicator->value, indicator->len, scope, &name);

	if (why == USH_REFUSED_MALFORMED && ush_is_address_port(indicator->value, indicator->len))
		return take_address(compiler, "ip-port", indicator);
	if (why != USH_REFUSED_NOT) {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len, why);
		return 0;
	}
	compiler->counts->indicators++;
	return add_name(compiler, indicator, &name, scope);
}

static int
add_url(struct ush_compiling *compiler, const struct ush_indicator *indicator,
    const struct ush_name *host, const char *path, size_t path_len, bool host_guessed)
{
	uint16_t class_id;

	if (class_for(compiler, indicator, &class_id) != 0)
		return -1;
	if (ush_builder_url(compiler->builder, class_id, host, path, path_len, indicator->planted,
	        host_guessed, &indicator->origin) != 0)
		return ush_fail(compiler->err, NULL, 0, "no memory for more URLs");
	return 0;
}

/* A page on a host that very many people use, or on one of the site's own, says nothing against the
 * host: the URL alone is listed. */
static bool
is_url_alone(struct ush_compiling *compiler, const struct ush_indicator *indicator,
    const struct ush_name *host, unsigned scope)
{
	char text[USH_NAME_TEXT_MAX];
	char why[USH_NAME_TEXT_MAX + 128];
	const char *covered;
	bool own;

	if (indicator->planted || !blocks(compiler, indicator) ||
	    (covered = ush_popular_covered(compiler->popular, host, scope, &own)) == NULL)
		return false;
	ush_name_to_text(host, text);
	compiler->is_saved = false;
	ush_builder_report_saved_name(compiler->builder, host, text, scope);
	if (compiler->is_saved)
		return true;
	snprintf(why, sizeof(why),
	    own ? "warning: touches your own domain %s: the URL alone is listed"
	        : "warning: covers %s, which very many people use: the URL alone is listed",
	    covered);
	say(compiler, ++compiler->counts->url_alone, indicator->origin.line, indicator->value,
	    indicator->len, why);
	return true;
}

static enum ush_refusal
judge_url(const struct ush_compiling *compiler, const struct ush_indicator *indicator,
    unsigned scope, struct ush_url_parts *parts, struct ush_name *host)
{
	enum ush_refusal why;

	if (ush_url_split(indicator->value, indicator->len, parts) != 0)
		return USH_REFUSED_MALFORMED;
	why = judge(compiler, parts->host, parts->host_len, scope, host);
	if (why == USH_REFUSED_NOT && ush_is_redacted(parts->path, parts->path_len))
		why = USH_REFUSED_REDACTED;
	return why;
}

static int
take_url(struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	char path[USH_URL_PATH_MAX];
	unsigned scope = scope_of(compiler, indicator);
	struct ush_url_parts parts;
	struct ush_name host;
	enum ush_refusal why;
	size_t path_len;

	why = judge_url(compiler, indicator, scope, &parts, &host);
	if (why == USH_REFUSED_ADDRESS)
		return take_address(compiler, "url", indicator);
	path_len =
	    why == USH_REFUSED_NOT ? ush_url_path_normalise(parts.path, parts.path_len, path) : 0;
	if (why == USH_REFUSED_NOT && path_len == 0)
		why = USH_REFUSED_LENGTH;
	if (why != USH_REFUSED_NOT) {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len, why);
		return 0;
	}
	compiler->counts->indicators++;
	if (!is_url_alone(compiler, indicator, &host, scope) &&
	    add_name(compiler, indicator, &host, scope) != 0)
		return -1;
	return add_url(compiler, indicator, &host, path, path_len, false);
}

/* A path whose host the report does not give: a URL rule on each host it may belong to, and no name
 * rule. */
static int
take_path(struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	char path[USH_URL_PATH_MAX];
	size_t path_len = ush_url_path_normalise(indicator->value, indicator->len, path);
	bool any = false;

	if (path_len == 0 || indicator->value[0] != '/') {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len,
		    USH_REFUSED_MALFORMED);
		return 0;
	}
	for (size_t i = 0; i < indicator->host_count; i++) {
		struct ush_name host;

		if (ush_name_from_user(&host, indicator->hosts[i], strlen(indicator->hosts[i])) !=
		    0) {
			refuse(compiler, indicator->origin.line, indicator->hosts[i],
			    strlen(indicator->hosts[i]), USH_REFUSED_MALFORMED);
			continue;
		}
		if (add_url(compiler, indicator, &host, path, path_len, true) != 0)
			return -1;
		any = true;
	}
	compiler->counts->indicators += any ? 1 : 0;
	return 0;
}

/* To let any network but the whole Internet pass is a site's good right, as with names. */
static enum ush_refusal
judge_network(const struct ush_compiling *compiler, const struct ush_indicator *indicator,
    struct ush_network *out, const char **warning)
{
	char text[USH_NETWORK_TEXT_MAX];
	enum ush_refusal why;

	if (indicator->len >= sizeof(text))
		return USH_REFUSED_MALFORMED;
	memcpy(text, indicator->value, indicator->len);
	text[indicator->len] = '\0';
	if (ush_network_from_text(out, text) != 0)
		return USH_REFUSED_MALFORMED;
	why = ush_guard_network(out, warning);
	if (compiler->counts->never_block && out->bits > 0) {
		why = USH_REFUSED_NOT;
		*warning = NULL;
	}
	return why;
}

/* Some feeds list the address that a name had for a day at a content delivery network. */
static bool
is_shared(struct ush_compiling *compiler, const struct ush_indicator *indicator,
    const struct ush_network *network)
{
	const char *owner;
	char why[256];

	if (!blocks(compiler, indicator) ||
	    (owner = ush_shared_networks_owner(compiler->shared, network)) == NULL)
		return false;
	snprintf(why, sizeof(why),
	    "of %.100s: it would block very many unrelated names (monitor it, or list the names)",
	    owner);
	compiler->counts->refused[USH_REFUSED_SHARED]++;
	say(compiler, ++compiler->said, indicator->origin.line, indicator->value, indicator->len,
	    why);
	return true;
}

static int
take_network(struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	struct ush_network network;
	const char *warning;
	enum ush_refusal why = judge_network(compiler, indicator, &network, &warning);
	uint16_t class_id;

	if (why == USH_REFUSED_MALFORMED && ush_is_address_port(indicator->value, indicator->len))
		return take_address(compiler, "ip-port", indicator);
	if (why != USH_REFUSED_NOT) {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len, why);
		return 0;
	}
	if (is_shared(compiler, indicator, &network))
		return 0;
	if (warning != NULL)
		warn(compiler, indicator, warning);
	if (class_for(compiler, indicator, &class_id) != 0)
		return -1;
	compiler->counts->indicators++;
	if (ush_builder_network(compiler->builder, class_id, &network, &indicator->origin) != 0)
		return ush_fail(compiler->err, NULL, 0, "no memory for more networks");
	return 0;
}

static int
take_note(struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	compiler->counts->redacted += indicator->redacted;
	return add_note(compiler, indicator->type, indicator);
}

static int
take(struct ush_compiling *compiler, const struct ush_indicator *indicator)
{
	switch (indicator->kind) {
	case USH_INDICATOR_NAME:
		return take_name(compiler, indicator);
	case USH_INDICATOR_URL:
		return take_url(compiler, indicator);
	case USH_INDICATOR_PATH:
		return take_path(compiler, indicator);
	case USH_INDICATOR_NETWORK:
		return take_network(compiler, indicator);
	default:
		return take_note(compiler, indicator);
	}
}

/* The list has one remark a rule. */
static char *
join_remark(const struct ush_origin *origin)
{
	bool has_remark = origin->remark != NULL && origin->remark[0] != '\0';
	char *joined;

	if (asprintf(&joined, "last seen %s%s%s", origin->seen, has_remark ? "; " : "",
	        has_remark ? origin->remark : "") == -1)
		return NULL;
	return joined;
}

static int
take_dated(struct ush_compiling *compiler, const struct ush_indicator *given, const char *expires)
{
	struct ush_indicator indicator = *given;
	char *remark = NULL;
	int rc;

	indicator.origin.expires = expires;
	if (given->origin.seen != NULL) {
		if ((remark = join_remark(&given->origin)) == NULL)
			return ush_fail(compiler->err, NULL, 0, "no memory");
		indicator.origin.remark = remark;
	}
	rc = take(compiler, &indicator);
	free(remark);
	return rc;
}

int
ush_take(void *arg, const struct ush_indicator *indicator)
{
	struct ush_compiling *compiler = arg;
	struct ush_expiry expiry;

	count_entry(compiler);
	ush_expiry_of(&expiry, &indicator->origin, ush_feed_head(compiler->feed)->expires_after);
	if (ush_expiry_has_come(&expiry, compiler->today)) {
		refuse(compiler, indicator->origin.line, indicator->value, indicator->len,
		    expiry.by_age ? USH_REFUSED_AGED : USH_REFUSED_EXPIRED);
		return 0;
	}
	if (indicator->origin.seen == NULL && expiry.day == indicator->origin.expires)
		return take(compiler, indicator);
	return take_dated(compiler, indicator, expiry.day);
}

void
ush_take_refused(void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why)
{
	count_entry(arg);
	refuse(arg, line, value, len, why);
}
