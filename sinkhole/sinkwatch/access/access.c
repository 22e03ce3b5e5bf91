/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/access/access.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/watched.h"
#include "sinkhole/sinkwatch/access/attempts.h"

#define PAIR_MAX 1024 /* bytes of user:password */

struct ush_access {
	const struct ush_settings *settings;
	struct ush_aliases *aliases;
	struct ush_audit *audit;
	struct ush_passwords *passwords;
	struct ush_watched password_file;
	struct ush_attempts attempts;
};

static int
open_passwords(struct ush_access *access, struct ush_error *err)
{
	const char *path = access->settings->watch.password_file;

	if (access->settings->watch.login != USH_LOGIN_PASSWORD)
		return 0;
	ush_watched_init(&access->password_file, 1);
	(void)ush_watched_is_due(&access->password_file, path);
	if (ush_passwords_load(&access->passwords, path, err) != 0)
		return -1;
	ush_watched_taken(&access->password_file);
	return 0;
}

int
ush_access_open(struct ush_access **out, const struct ush_settings *settings, struct ush_error *err)
{
	const struct ush_watch_settings *watch = &settings->watch;
	struct ush_access *access = calloc(1, sizeof(*access));

	*out = NULL;
	if (access == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	access->settings = settings;
	if (watch->login != USH_LOGIN_NONE &&
	    (ush_aliases_open(&access->aliases, watch->pseudonym_key, err) != 0 ||
	        ush_audit_open(&access->audit, watch->access_log, settings->observer, err) != 0 ||
	        open_passwords(access, err) != 0)) {
		ush_access_close(access);
		return -1;
	}
	*out = access;
	return 0;
}

void
ush_access_close(struct ush_access *access)
{
	if (access == NULL)
		return;
	ush_passwords_free(access->passwords);
	ush_audit_close(access->audit);
	ush_aliases_close(access->aliases);
	free(access);
}

const struct ush_aliases *
ush_access_aliases(const struct ush_access *access)
{
	return access->aliases;
}

struct ush_audit *
ush_access_audit(const struct ush_access *access)
{
	return access->audit;
}

int
ush_access_look(struct ush_access *access, struct ush_error *err)
{
	struct ush_passwords *passwords;
	struct ush_error reason = {0};

	if (access->passwords == NULL ||
	    !ush_watched_is_due(&access->password_file, access->settings->watch.password_file))
		return 0;
	if (ush_passwords_load(&passwords, access->settings->watch.password_file, &reason) == 0) {
		ush_watched_taken(&access->password_file);
		ush_passwords_free(access->passwords);
		access->passwords = passwords;
		return 0;
	}
	if (!ush_watched_refused(&access->password_file, reason.text))
		return 0;
	if (err != NULL)
		*err = reason;
	return -1;
}

static bool
has_name(const struct ush_names *names, const char *text, size_t len)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strlen(names->items[i]) == len && memcmp(names->items[i], text, len) == 0)
			return true;
	}
	return false;
}

/* Whether one of the groups ("a, b; c") is one of the names. */
static bool
has_one_of(const struct ush_names *names, const char *groups)
{
	while (*groups != '\0') {
		size_t len = strcspn(groups, ",;");
		size_t blanks = strspn(groups, " \t");
		size_t end = len;

		while (end > blanks && (groups[end - 1] == ' ' || groups[end - 1] == '\t'))
			end--;
		if (end > blanks && has_name(names, groups + blanks, end - blanks))
			return true;
		groups += len + (groups[len] != '\0');
	}
	return false;
}

static enum ush_group
group_of(const struct ush_watch_settings *watch, const char *groups)
{
	if (has_one_of(&watch->responders, groups))
		return USH_GROUP_RESPONDER;
	if (watch->viewers.count == 0 || has_one_of(&watch->viewers, groups))
		return USH_GROUP_VIEWER;
	return USH_GROUP_NONE;
}

/* By the headers of a proxy, if it is one that wrote them. */
static enum ush_access_answer
ask_proxy(struct ush_access *access, const struct ush_credentials *credentials,
    const struct ush_address *peer, struct ush_visitor *visitor)
{
	const struct ush_watch_settings *watch = &access->settings->watch;
	const char *user = credentials->user;

	if (!ush_networks_contain(&watch->proxies, peer) || credentials->is_doubled ||
	    user == NULL || user[0] == '\0' || strlen(user) >= USH_USER_MAX)
		return USH_ACCESS_REFUSED;
	memcpy(visitor->user, user, strlen(user) + 1);
	visitor->group = group_of(watch, credentials->groups != NULL ? credentials->groups : "");
	return visitor->group != USH_GROUP_NONE ? USH_ACCESS_GRANTED : USH_ACCESS_REFUSED;
}

/* "Basic dXNlcjpwYXNz": the user into visitor->user, the password into pair behind its NUL. NULL if it is
 * none. */
static const char *
read_pair(const char *authorization, struct ush_visitor *visitor, char pair[PAIR_MAX])
{
	static const char scheme[] = "Basic ";
	size_t len;
	char *colon;
	int decoded;

	if (authorization == NULL || strncasecmp(authorization, scheme, strlen(scheme)) != 0)
		return NULL;
	authorization += strlen(scheme);
	authorization += strspn(authorization, " ");
	len = strlen(authorization);
	if (len == 0 || len % 4 != 0 || len / 4 * 3 >= PAIR_MAX)
		return NULL;
	decoded =
	    EVP_DecodeBlock((unsigned char *)pair, (const unsigned char *)authorization, (int)len);
	if (decoded < 0)
		return NULL;
	pair[decoded] = '\0'; /* padding was decoded to zeros before it */
	colon = strchr(pair, ':');
	if (colon == NULL || colon == pair || colon - pair >= USH_USER_MAX)
		return NULL;
	*colon = '\0';
	memcpy(visitor->user, pair, (size_t)(colon - pair) + 1);
	return colon + 1;
}

static enum ush_access_answer
ask_password(struct ush_access *access, const struct ush_credentials *credentials,
    const struct ush_address *peer, uint64_t now_ms, struct ush_visitor *visitor)
{
	char pair[PAIR_MAX];
	const char *password =
	    credentials->is_doubled ? NULL : read_pair(credentials->authorization, visitor, pair);
	enum ush_access_answer answer = USH_ACCESS_ASK;

	if (password == NULL)
		return USH_ACCESS_ASK;
	if (ush_passwords_remember(access->passwords, visitor->user, password)) {
		answer = USH_ACCESS_GRANTED;
	} else if (!ush_attempts_allow(&access->attempts, peer, visitor->user, now_ms)) {
		answer = USH_ACCESS_WAIT;
	} else if (ush_passwords_check(access->passwords, visitor->user, password)) {
		answer = USH_ACCESS_GRANTED;
	} else {
		ush_attempts_failed(&access->attempts, peer, visitor->user, now_ms);
	}
	explicit_bzero(pair, sizeof(pair));
	if (answer != USH_ACCESS_GRANTED)
		return answer;
	visitor->group = group_of(&access->settings->watch, visitor->user);
	return visitor->group != USH_GROUP_NONE ? USH_ACCESS_GRANTED : USH_ACCESS_REFUSED;
}

/* A browser's first request, which has no password yet, is no attempt. Those that come in masses are
 * logged a few times a second. */
static void
log_refusal(struct ush_access *access, const struct ush_address *peer,
    const struct ush_visitor *visitor, uint64_t now_ms)
{
	bool is_by_proxy = access->settings->watch.login == USH_LOGIN_PROXY;
	const struct ush_access_entry entry = {.time_ms = now_ms,
	    .category = "authentication",
	    .type = "denied",
	    .action = "login-refused",
	    .user = visitor->user,
	    .from = visitor->address};

	bool is_wanted = is_by_proxy
	                     ? ush_attempts_allow(&access->attempts, peer, visitor->user, now_ms)
	                     : visitor->user[0] != '\0';

	if (is_wanted && ush_audit_write(access->audit, &entry, NULL) != 0)
		return; /* it is refused all the same */
}

enum ush_access_answer
ush_access_ask(struct ush_access *access, const struct ush_credentials *credentials,
    uint64_t now_ms, struct ush_visitor *visitor)
{
	enum ush_access_answer answer;
	struct ush_address peer;

	*visitor = (struct ush_visitor){.group = USH_GROUP_NONE};
	if (access->settings->watch.login == USH_LOGIN_NONE) {
		visitor->group = USH_GROUP_RESPONDER;
		return USH_ACCESS_GRANTED;
	}
	if (ush_address_from_text(&peer, credentials->peer) != 0)
		return USH_ACCESS_REFUSED;
	ush_address_to_text(&peer, visitor->address);
	answer = access->settings->watch.login == USH_LOGIN_PROXY
	             ? ask_proxy(access, credentials, &peer, visitor)
	             : ask_password(access, credentials, &peer, now_ms, visitor);
	if (answer == USH_ACCESS_ASK || answer == USH_ACCESS_REFUSED)
		log_refusal(access, &peer, visitor, now_ms);
	if (answer != USH_ACCESS_GRANTED)
		visitor->group = USH_GROUP_NONE;
	return answer;
}
