/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/exception.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/event.h"
#include "common/terminal.h"
#include "sinkhole/store/timeline.h"

/* A YAML text in quotes. */
static void
put_quoted(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			fprintf(to, "\\x%02x", c);
		else
			fprintf(to, c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	fputc('"', to);
}

/* `rule`: "<feed>/<listed name, network or host/path>". */
static int
put_indicator(void *arg, const char *rule, const char *campaign, uint64_t feed_line,
    const struct ush_span *span)
{
	const char *listed = strchr(rule, '/');
	struct ush_network network;
	FILE *to = arg;

	(void)campaign, (void)feed_line, (void)span;
	if (listed == NULL)
		return 0;
	listed++;
	fputs("  - {type: ", to);
	if (ush_network_from_text(&network, listed) == 0) {
		fputs("ip, value: ", to);
		put_quoted(to, listed);
	} else if (strchr(listed, '/') != NULL) {
		char *url;

		if (asprintf(&url, "http://%s", listed) == -1)
			return -1;
		fputs("url, value: ", to);
		put_quoted(to, url);
		free(url);
	} else {
		fputs("domain, value: ", to);
		put_quoted(to, listed);
	}
	fputs("}\n", to);
	return 0;
}

/* Its date is that of the day. Owned by the caller; NULL with the reason. */
static char *
never_block(const struct ush_command *command, struct ush_error *err)
{
	char time[USH_TIME_TEXT_MAX];
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (to == NULL) {
		ush_fail(err, NULL, 0, "out of memory");
		return NULL;
	}
	fprintf(to,
	    "feed: our-exceptions\ndate: %.10s\nnever-block: true\nscope: exact\nindicators:\n",
	    ush_time_to_text(command->now_ms, time));
	if (ush_rules_each(command->store, command->host, put_indicator, to, err) != 0) {
		fclose(to);
		free(text);
		return NULL;
	}
	if (fclose(to) == 0)
		return text;
	free(text);
	ush_fail(err, NULL, 0, "out of memory");
	return NULL;
}

int
ush_exception_make(
    struct ush_exception *out, const struct ush_command *command, struct ush_error *err)
{
	/* The role that is left to be chosen is for what only asks, or for what calls as well. */
	snprintf(out->role, sizeof(out->role),
	    "roles:\n  - {networks: [\"%s/%d\"], role: scanner}\n", command->host,
	    strchr(command->host, ':') != NULL ? 128 : 32);
	out->never_block = never_block(command, err);
	return out->never_block != NULL ? 0 : -1;
}

void
ush_exception_fini(struct ush_exception *exception)
{
	free(exception->never_block);
}

static void
put_indented(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		fputs("    ", stdout);
		if (line != NULL)
			ush_terminal_put(stdout, line);
		putchar('\n');
		free(line);
		text += len + (text[len] == '\n');
	}
}

int
ush_exception_print(const struct ush_command *command, struct ush_error *err)
{
	struct ush_exception exception;

	if (ush_exception_make(&exception, command, err) != 0)
		return -1;
	printf("\nIf that is this machine's task, give it its role in the settings (scanner, "
	       "sandbox,\nmail-gateway, proxy or forwarder):\n\n");
	put_indented(exception.role);
	printf(
	    "\nIf what is listed is wrong, keep of these what is harmless in a feed of your own, "
	    "and\ncompile with --never-block FEED:\n\n");
	put_indented(exception.never_block);
	ush_exception_fini(&exception);
	return 0;
}

int
ush_exception_put(json_t *object, const struct ush_command *command, struct ush_error *err)
{
	struct ush_exception exception;
	json_t *texts;

	if (ush_exception_make(&exception, command, err) != 0)
		return -1;
	texts = json_object();
	ush_put_text(texts, "role", exception.role);
	ush_put_text(texts, "never_block", exception.never_block);
	json_object_set_new(object, "exception", texts);
	ush_exception_fini(&exception);
	return 0;
}
