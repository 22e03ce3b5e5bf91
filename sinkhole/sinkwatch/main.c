/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkwatch - follows the logs of all sensors, keeps the store, serves the page. */
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/notify.h"
#include "common/options.h"
#include "common/settings.h"
#include "common/terminal.h"
#include "common/version.h"
#include "sinkhole/alerts/sender.h"
#include "sinkhole/sinkctl/kept.h"
#include "sinkhole/sinkwatch/follower.h"
#include "sinkhole/sinkwatch/sender.h"
#include "sinkhole/sinkwatch/web.h"

#define PROGRAM "sinkwatch"

struct arguments {
	const char *settings;
	bool version;
};

static const struct ush_option options[] = {
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct arguments, settings),
        .help = "settings (default: $" USH_SETTINGS_ENV ", else " USH_SETTINGS_PATH ")"},
    {USH_OPTION_FLAG, "version", 'V', .offset = offsetof(struct arguments, version),
        .help = "print the version"},
    {.kind = USH_OPTION_END},
};

static void
print_help(void)
{
	puts("Usage: " PROGRAM " [-c FILE]\n"
	     "Follows the event logs of all sensors, keeps the store, serves the page of\n"
	     "infected hosts (settings: watch), and sends alerts (settings: alerts).\n");
	ush_options_print(stdout, options);
	puts("\nIt stays in the foreground. SIGTERM stops it.");
}

static int
take_nothing(void *arg, const char *text, struct ush_error *err)
{
	(void)arg;
	return ush_fail(err, NULL, 0, "unexpected '%.200s'", text);
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	event_base_loopbreak(arg);
}

/* Half of the time after which systemd ends a program that says nothing. */
static uint64_t
patience_ms(void)
{
	const char *watchdog = getenv("WATCHDOG_USEC");
	uint64_t usec = watchdog != NULL ? strtoull(watchdog, NULL, 10) : 0;

	return usec > 0 ? usec / 2000 : UINT64_MAX;
}

/* Once a second: the loop is alive, and so is the thread that follows the logs. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct ush_follower *const *follower = arg;

	(void)fd;
	(void)what;
	if (ush_follower_is_alive(*follower, patience_ms()))
		ush_notify("WATCHDOG=1");
}

static void
say_where(const struct ush_settings *settings)
{
	const struct ush_local_service *listen = &settings->watch.listen;
	char address[USH_ADDRESS_TEXT_MAX];
	bool is_six = listen->address.family == AF_INET6;

	fprintf(stderr, PROGRAM ": the page is at %s://%s%s%s:%u/\n",
	    settings->watch.certificate != NULL ? "https" : "http", is_six ? "[" : "",
	    ush_address_to_text(&listen->address, address), is_six ? "]" : "", listen->port);
}

/* Runs until a signal stops it. */
static int
run(struct event_base *base, const char *path, const struct ush_settings *settings,
    struct ush_error *err)
{
	const struct timeval second = {.tv_sec = 1};
	struct event *term = evsignal_new(base, SIGTERM, on_stop, base);
	struct event *interrupt = evsignal_new(base, SIGINT, on_stop, base);
	struct ush_follower *follower = NULL;
	struct ush_alert_sender *sender = NULL;
	struct ush_sending *sending = NULL;
	struct event *tick = event_new(base, -1, EV_PERSIST, on_tick, &follower);
	struct ush_web *web = NULL;
	int rc = -1;

	if (term == NULL || interrupt == NULL || tick == NULL || event_add(term, NULL) != 0 ||
	    event_add(interrupt, NULL) != 0 || event_add(tick, &second) != 0)
		ush_fail(err, NULL, 0, "cannot start an event loop");
	else if (ush_alert_sender_start(&sender, path, err) == 0 &&
	         ush_follower_start(&follower, path, err) == 0 &&
	         ush_sending_start(&sending, path, err) == 0 &&
	         ush_web_open(&web, base, follower, settings, err) == 0) {
		say_where(settings);
		ush_notify("READY=1");
		event_base_dispatch(base);
		ush_notify("STOPPING=1");
		rc = 0;
	}
	ush_web_close(web);
	ush_sending_stop(sending);
	ush_follower_stop(follower);
	ush_alert_sender_stop(sender);
	if (tick != NULL)
		event_free(tick);
	if (interrupt != NULL)
		event_free(interrupt);
	if (term != NULL)
		event_free(term);
	return rc;
}

/* The settings, or after a mistake the last good ones; the page says then what is wrong. Not those
 * without a login if the file may want one: everyone would see clear names. */
static int
load(struct ush_settings **out, const char *path, struct ush_error *err)
{
	if (ush_settings_load(out, path, err) == 0)
		return 0;
	if (ush_kept_load_whole(out, path) != 0)
		return -1;
	if ((*out)->watch.login == USH_LOGIN_NONE && !ush_settings_have_no_login(path)) {
		ush_settings_free(*out);
		*out = NULL;
		return -1;
	}
	ush_error_print(stderr, PROGRAM, err);
	fputs(PROGRAM ": going on with the last good settings\n", stderr);
	return 0;
}

static int
start(const char *path, struct ush_error *err)
{
	struct event_base *base = event_base_new();
	struct ush_settings *settings = NULL;
	int rc = -1;

	if (base == NULL)
		ush_fail(err, NULL, 0, "cannot start an event loop");
	else if (load(&settings, path, err) == 0)
		rc = run(base, path, settings, err);
	ush_settings_free(settings);
	if (base != NULL)
		event_base_free(base);
	return rc;
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct ush_error err = {0};
	int rc = ush_options_read(options, take_nothing, &arguments, argc, argv, &err);

	if (rc < 0) {
		if (err.text[0] != '\0')
			fprintf(stderr, PROGRAM ": %s\n", err.text);
		fputs("Try '" PROGRAM " --help'.\n", stderr);
		return USH_EXIT_USAGE;
	}
	if (rc > 0 || arguments.version) {
		if (rc > 0)
			print_help();
		else
			puts(PROGRAM " " USH_VERSION);
		return EXIT_SUCCESS;
	}
	ush_terminal_init_utf8();
	signal(SIGPIPE, SIG_IGN); /* of a client that has gone */
	umask(027);               /* the store is confidential */
	if (start(ush_settings_path(arguments.settings), &err) == 0)
		return EXIT_SUCCESS;
	ush_error_print(stderr, PROGRAM, &err);
	return USH_EXIT_BAD;
}
