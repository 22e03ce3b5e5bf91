/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5424, one datagram, to the socket of the machine's syslog. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "common/event.h"
#include "sinkhole/alerts/draft.h"
#include "sinkhole/alerts/output.h"
#include "sinkhole/sinkctl/export/syslog_line.h"

/* As `sinkctl export --format syslog` calls them, and where they stand in the message. */
static const struct {
	const char *name;
	const char *key;
	bool is_of_row;
} params[] = {
    {"id", "id", false},
    {"kind", "kind", false},
    {"reason", "reason", false},
    {"call", "call", true},
    {"why", "why", true},
    {"host", "host", true},
    {"name", "name", true},
    {"hardware", "hardware", true},
    {"owner", "owner", true},
    {"campaign", "campaign", true},
    {"dns", "dns", true},
    {"hit", "hit", true},
    {"real", "real", true},
    {"first", "first", true},
    {"last", "last", true},
    {"url", "url", false},
};

static void
put_params(FILE *to, const json_t *message)
{
	const json_t *row = json_object_get(message, "row");

	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		const json_t *value =
		    json_object_get(params[i].is_of_row ? row : message, params[i].key);

		if (json_is_string(value))
			ush_syslog_param(to, params[i].name, json_string_value(value));
		else if (json_is_integer(value))
			ush_syslog_number(to, params[i].name, (uint64_t)json_integer_value(value));
	}
}

static unsigned
severity_of(const struct ush_outgoing *outgoing)
{
	enum ush_call call;

	if (ush_call_from_text(&call, ush_outgoing_text(outgoing, "call")) == 0)
		return ush_syslog_severity(call);
	return strcmp(ush_outgoing_text(outgoing, "kind"), "test") == 0 ? 5 : 4;
}

static void
put_line(FILE *to, const struct ush_outgoing *outgoing)
{
	char name[USH_SYSLOG_NAME_MAX];
	char time[USH_TIME_TEXT_MAX];

	ush_syslog_head(to, severity_of(outgoing), ush_time_to_text(outgoing->now_ms, time),
	    ush_syslog_own_name(name), "sinkwatch", "alert");
	put_params(to, outgoing->message);
	fprintf(to, "] %s", ush_outgoing_text(outgoing, "title"));
}

static int
send_line(const char *path, const char *line, size_t len, struct ush_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = 0;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || strlen(path) >= sizeof(address.sun_path) ||
	    sendto(fd, line, len, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof(address)) < 0)
		rc = ush_fail_errno(err, path, "the line cannot be sent");
	if (fd >= 0)
		close(fd);
	return rc;
}

int
ush_output_syslog(const struct ush_alert_output *output, const struct ush_outgoing *outgoing,
    struct ush_error *err)
{
	struct ush_draft draft;
	int rc;

	if (ush_draft_begin(&draft) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	put_line(draft.to, outgoing);
	ush_draft_end(&draft);
	rc = send_line(output->syslog, draft.text, draft.len, err);
	ush_draft_fini(&draft);
	return rc;
}
