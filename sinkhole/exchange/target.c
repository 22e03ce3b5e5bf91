/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/exchange/target.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/* A socket's path or a loopback address; not a name that only begins like one. */
static bool
is_here(const char *host, size_t len)
{
	static const char digits[] = "0123456789.";

	return host[0] == '/' || (len == 3 && strncmp(host, "::1", len) == 0) ||
	       (len == 9 && strncmp(host, "localhost", len) == 0) ||
	       (len > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, digits) == len);
}

static bool
is_local(const char *hosts)
{
	for (const char *at = hosts; *at != '\0';) {
		size_t len = strcspn(at, ",");

		if (!is_here(at, len))
			return false;
		at += len;
		at += strspn(at, ",");
	}
	return true;
}

static void
read_option(struct ush_pg_target *target, const PQconninfoOption *option)
{
	const char *value = option->val;

	if (strcmp(option->keyword, "sslmode") == 0 && value != NULL) {
		target->has_mode = true;
		target->is_weak = strncmp(value, "verify-", 7) != 0;
	}
	if (value == NULL && option->envvar != NULL)
		value = getenv(option->envvar); /* as libpq does */
	if (value == NULL)
		return;
	if (strcmp(option->keyword, "host") == 0 || strcmp(option->keyword, "hostaddr") == 0)
		target->is_local = target->is_local && is_local(value);
	if (strcmp(option->keyword, "service") == 0)
		target->is_local = false; /* whatever it says */
}

int
ush_pg_target_read(struct ush_pg_target *target, const char *uri, struct ush_error *err)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(uri, &message);

	*target = (struct ush_pg_target){.is_local = true};
	if (options == NULL) {
		ush_fail(err, NULL, 0, "the URI of PostgreSQL: %.*s",
		    message != NULL ? (int)strcspn(message, "\n") : 13,
		    message != NULL ? message : "out of memory");
		PQfreemem(message);
		return -1;
	}
	for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
		read_option(target, option);
	PQconninfoFree(options);
	if (!target->is_local && target->is_weak)
		return ush_fail(err, NULL, 0,
		    "the URI of PostgreSQL: sslmode must be verify-full or verify-ca for another "
		    "machine");
	return 0;
}
