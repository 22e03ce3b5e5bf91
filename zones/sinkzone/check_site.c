/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of check-module about the machine: sinkhole addresses, event log, disk. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "zones/pool.h"
#include "zones/sinkzone/checks.h"

#define FREE_MIN (UINT64_C(1) << 30) /* bytes; a flood writes some hundred MB a minute */
#define GUIDE "docs/sinkhole-network.md"

static bool
is_heard(const struct ush_settings *settings, const struct ush_network *pool)
{
	for (size_t i = 0; i < settings->sinkhole.listen_count; i++) {
		const struct ush_network *listen = &settings->sinkhole.listen[i].address;

		if (ush_network_contains(listen, &pool->base) ||
		    ush_network_contains(pool, &listen->base))
			return true;
	}
	return false;
}

/* sinkholed runs here as well if the settings have its part. */
static void
check_network(struct ush_checks *checks, const struct ush_network *pool)
{
	bool has_sinkhole = checks->settings->sinkhole.listen_count > 0;
	static const char *const says[] = {[USH_POOL_HERE] = ": addresses of this machine",
	    [USH_POOL_ROUTED] = ": routed to elsewhere",
	    [USH_POOL_NOWHERE] = "",
	    [USH_POOL_UNKNOWN] = ""};
	enum ush_pool_place place = ush_pool_place(pool);
	char text[USH_NETWORK_TEXT_MAX];

	ush_network_to_text(pool, text);
	if (has_sinkhole && !is_heard(checks->settings, pool))
		ush_report(checks, USH_CHECK_WARN,
		    "sinkhole-addresses %s: no entry of listen is in this network, so sinkholed does "
		    "not see what calls there",
		    text);
	if (ush_address_is_loopback(&pool->base))
		ush_report(checks, USH_CHECK_WARN,
		    "sinkhole-addresses %s is loopback: only for trials on one machine", text);
	else if (place == USH_POOL_NOWHERE)
		ush_report(checks, USH_CHECK_WARN,
		    "sinkhole-addresses %s: this machine has no route there (" GUIDE ")", text);
	else if (has_sinkhole && place == USH_POOL_ROUTED)
		ush_report(checks, USH_CHECK_WARN,
		    "sinkhole-addresses %s: the settings let sinkholed listen on this machine, but "
		    "the addresses are not its own: ip route add local %s dev lo (" GUIDE ")",
		    text, text);
	else
		ush_report(checks, USH_CHECK_OK, "sinkhole-addresses %s%s", text, says[place]);
}

void
ush_check_pool(struct ush_checks *checks)
{
	const struct ush_networks *pool = &checks->settings->module.pool;
	const struct ush_sinkhole_settings *sinkhole = &checks->settings->sinkhole;

	if (pool->count == 0)
		ush_report(checks, USH_CHECK_WARN,
		    "no sinkhole-addresses: listed names get answers without an address");
	for (size_t i = 0; i < pool->count; i++)
		check_network(checks, &pool->items[i]);
	for (size_t i = 0; i < sinkhole->listen_count; i++) {
		char text[USH_NETWORK_TEXT_MAX];

		if (ush_pool_is_outside(checks->settings, &sinkhole->listen[i]))
			ush_report(checks, USH_CHECK_WARN,
			    "%s:%u: listen address %s is outside sinkhole-addresses: no answer for a "
			    "listed name leads there",
			    checks->settings->path, sinkhole->listen[i].line,
			    ush_network_to_text(&sinkhole->listen[i].address, text));
	}
}

/* Nothing is created here: a log that root made would shut out the resolver's own user. */
static int
try_log(const char *path, const char *directory)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd != -1) {
		close(fd);
		return 0;
	}
	if (errno != ENOENT)
		return errno;
	return access(directory, W_OK | X_OK) == 0 ? 0 : errno;
}

static void
check_space(struct ush_checks *checks, const char *directory)
{
	struct statvfs disk;
	uint64_t left;

	if (statvfs(directory, &disk) != 0)
		return; /* try_log() has said why */
	left = (uint64_t)disk.f_bavail * disk.f_frsize;
	ush_report(checks, left < FREE_MIN ? USH_CHECK_WARN : USH_CHECK_OK,
	    "%s has %llu MB of free space%s", directory, (unsigned long long)(left / 1000000),
	    left < FREE_MIN ? ": events are lost when it is full" : "");
}

void
ush_check_log(struct ush_checks *checks)
{
	const char *path = checks->settings->module.event_log;
	char *copy = strdup(path);
	const char *directory = copy != NULL ? dirname(copy) : "/";
	int rc = try_log(path, directory);

	if (rc != 0)
		ush_report(checks, USH_CHECK_FAIL, "%s cannot be written by %s: %s", path,
		    checks->user, strerror(rc));
	else
		ush_report(checks, USH_CHECK_OK, "%s can be written by %s", path, checks->user);
	check_space(checks, directory);
	free(copy);
}
