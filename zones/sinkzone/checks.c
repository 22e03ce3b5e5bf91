/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/checks.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* systemd takes a line's priority from its beginning. */
static const char *
priority(const char *prefix)
{
	return getenv("JOURNAL_STREAM") != NULL ? prefix : "";
}

void
ush_report(struct ush_checks *checks, enum ush_check_result verdict, const char *fmt, ...)
{
	static const char *const prefixes[] = {"<6>", "<4>", "<3>"};
	static const char *const words[] = {"ok", "warn", "FAIL"};
	char text[sizeof(checks->why)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (verdict != USH_CHECK_OK || !checks->quiet)
		printf("%s%-4s  %s\n", priority(prefixes[verdict]), words[verdict], text);
	if (verdict == USH_CHECK_FAIL && !checks->failed) {
		checks->failed = true;
		memcpy(checks->why, text, sizeof(text));
	}
}

void
ush_report_error(
    struct ush_checks *checks, enum ush_check_result verdict, const struct ush_error *err)
{
	char text[sizeof(err->file) + sizeof(err->text) + 16];

	ush_report(checks, verdict, "%s", ush_error_format(err, text, sizeof(text)));
}

void
ush_alarm(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%ssinkzone: ALARM: ", priority("<2>"));
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

/* In the order of Unbound: the account is looked up outside the chroot. */
static bool
enter(struct ush_checks *checks, const struct passwd *account)
{
	const char *directory = checks->conf.chroot;

	if (directory[0] != '\0' && (chroot(directory) != 0 || chdir("/") != 0)) {
		ush_report(checks, USH_CHECK_FAIL, "cannot look inside chroot %s: %s", directory,
		    strerror(errno));
		return false;
	}
	if (account != NULL && (setgid(account->pw_gid) != 0 || setuid(account->pw_uid) != 0)) {
		ush_report(checks, USH_CHECK_FAIL, "cannot try as user %s: %s", checks->user,
		    strerror(errno));
		return false;
	}
	return true;
}

bool
ush_become_resolver(struct ush_checks *checks)
{
	const struct passwd *self = getpwuid(geteuid());
	const char *wanted = checks->user != NULL ? checks->user : checks->conf.username;
	const struct passwd *account;

	if (checks->user == NULL && (geteuid() != 0 || wanted[0] == '\0')) {
		checks->user = self != NULL ? self->pw_name : "this user";
		return enter(checks, NULL);
	}
	checks->user = wanted;
	if ((account = getpwnam(wanted)) == NULL) {
		ush_report(checks, USH_CHECK_FAIL, "there is no user %s for the resolver to become",
		    wanted);
		return false;
	}
	if (initgroups(wanted, account->pw_gid) != 0) {
		ush_report(
		    checks, USH_CHECK_FAIL, "cannot try as user %s: %s", wanted, strerror(errno));
		return false;
	}
	return enter(checks, account);
}
