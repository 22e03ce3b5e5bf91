/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of alerts: and the readers of its values. */
#include <stdlib.h>
#include <string.h>
#include "common/settings_tables.h"

#define ITEMS_MAX 64 /* of any one list below */
#define TEXT_MAX 1024
#define MINUTES_OF_A_DAY (24u * 60)

static const char *const about_words[USH_ALERT_CALLS + 1] = {
    "INFECTED", "LIKELY", "POSSIBLE", "PERSON", "RELAY", "SCANNER", "DRILL", "sinkhole"};

static int
check_list(const struct ush_yaml *yaml, const struct ush_yaml_node *node, const char *of_what,
    struct ush_error *err)
{
	if (!ush_yaml_is_list(node))
		return ush_yaml_fail(yaml, node, err, "expected a list of %s", of_what);
	if (ush_yaml_count(node) > ITEMS_MAX)
		return ush_yaml_fail(yaml, node, err, "more than %d %s", ITEMS_MAX, of_what);
	return 0;
}

/* A list of words into a uint32_t of bits. */
static int
read_about(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	uint32_t bits = 0;

	if (check_list(yaml, node, "calls", err) != 0)
		return -1;
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		const struct ush_yaml_node *item = ush_yaml_item(node, i);
		const char *text = ush_yaml_text(item);
		size_t which = 0;

		while (which <= USH_ALERT_CALLS &&
		       (text == NULL || strcmp(text, about_words[which]) != 0))
			which++;
		if (which > USH_ALERT_CALLS)
			return ush_yaml_fail(yaml, item, err,
			    "expected a call (INFECTED, LIKELY, POSSIBLE, PERSON, RELAY, SCANNER, "
			    "DRILL), or sinkhole");
		bits |= 1u << which;
	}
	memcpy(member, &bits, sizeof(bits));
	return 0;
}

/* "22:30" at *text, which is moved behind it. False if there is no time. */
static bool
take_time(const char **text, uint16_t *minutes)
{
	const char *at = *text;

	for (size_t i = 0; i < 5; i++) {
		if (i == 2 ? at[i] != ':' : at[i] < '0' || at[i] > '9')
			return false;
	}
	*minutes =
	    (uint16_t)(((at[0] - '0') * 10 + at[1] - '0') * 60 + (at[3] - '0') * 10 + at[4] - '0');
	*text = at + 5;
	return at[3] < '6' && *minutes <= MINUTES_OF_A_DAY;
}

/* "Sat" at *text, which is moved behind it. False if there is no day. */
static bool
take_day(const char **text, unsigned *day)
{
	static const char days[] = "SunMonTueWedThuFriSat";

	for (*day = 0; *day < 7; (*day)++) {
		if (strncmp(*text, days + (size_t)*day * 3, 3) == 0) {
			*text += 3;
			return true;
		}
	}
	return false;
}

/* "Mon-Fri", "Sat,Sun", at *text, which is moved behind it and a blank; all days if there is none. */
static bool
take_days(const char **text, uint8_t *days)
{
	unsigned first;
	unsigned last;

	*days = 0x7f;
	if (!take_day(text, &first))
		return true;
	*days = 0;
	do {
		last = first;
		if (**text == '-') {
			(*text)++;
			if (!take_day(text, &last))
				return false;
		}
		for (unsigned day = first;; day = (day + 1) % 7) {
			*days |= (uint8_t)(1u << day);
			if (day == last)
				break;
		}
	} while (**text == ',' && (*text)++ != NULL && take_day(text, &first));
	return *(*text)++ == ' ';
}

static bool
read_hours(struct ush_hours *hours, const char *text)
{
	return text != NULL && take_days(&text, &hours->days) && take_time(&text, &hours->from) &&
	       *text++ == '-' && take_time(&text, &hours->to) && *text == '\0' &&
	       hours->from < MINUTES_OF_A_DAY && hours->from != hours->to;
}

static int
read_quiet(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_quiet_hours *quiet = member;

	if (check_list(yaml, node, "times", err) != 0)
		return -1;
	quiet->items = calloc(ush_yaml_count(node) + 1, sizeof(*quiet->items));
	if (quiet->items == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		const struct ush_yaml_node *item = ush_yaml_item(node, i);

		if (!read_hours(&quiet->items[i], ush_yaml_text(item)))
			return ush_yaml_fail(yaml, item, err,
			    "expected a time of the day or the week: 22:00-07:00, \"Sat,Sun "
			    "00:00-24:00\", \"Mon-Fri 19:00-08:00\"");
		quiet->count++;
	}
	return 0;
}

static int
read_texts(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct ush_names *list = member;

	if (check_list(yaml, node, "texts", err) != 0)
		return -1;
	list->items = calloc(ush_yaml_count(node) + 1, sizeof(*list->items));
	if (list->items == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	for (size_t i = 0; i < ush_yaml_count(node); i++) {
		const char *text = ush_yaml_text(ush_yaml_item(node, i));

		if (text == NULL || strlen(text) > TEXT_MAX)
			return ush_yaml_fail(yaml, node, err, "expected a list of texts");
		list->items[i] = strdup(text);
		if (list->items[i] == NULL)
			return ush_yaml_fail(yaml, node, err, "out of memory");
		list->count++;
	}
	return 0;
}

/* They stand in the header of a mail, and behind each other, with commas. */
static bool
is_mail_address(const char *text)
{
	if (text[0] == '\0' || text[0] == '-')
		return false;
	for (const char *at = text; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~' || strchr("<>(),;:\\\"[]", *at) != NULL)
			return false;
	}
	return true;
}

static int
read_mail(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const struct ush_names *list = member;

	if (read_texts(yaml, node, member, err) != 0)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		if (!is_mail_address(list->items[i]))
			return ush_yaml_fail(yaml, ush_yaml_item(node, i), err,
			    "expected a mail address alone: soc@example.net");
	}
	return 0;
}

static int
read_from(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *text = ush_yaml_text(node);
	char *copy;

	if (text == NULL || !is_mail_address(text))
		return ush_yaml_fail(
		    yaml, node, err, "expected a mail address alone: sinkwatch@example.net");
	if ((copy = strdup(text)) == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	memcpy(member, &copy, sizeof(copy));
	return 0;
}

/* An address on the web. */
static int
read_url(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *text = ush_yaml_text(node);
	size_t scheme = text == NULL                        ? 0
	                : strncmp(text, "https://", 8) == 0 ? 8
	                : strncmp(text, "http://", 7) == 0  ? 7
	                                                    : 0;
	char *copy;

	if (scheme == 0 || text[scheme] == '/' || text[scheme] == '\0' || strlen(text) > TEXT_MAX ||
	    text[strcspn(text, " \t\r\n\"<>")] != '\0')
		return ush_yaml_fail(
		    yaml, node, err, "expected an address that begins with https:// or http://");
	if ((copy = strdup(text)) == NULL)
		return ush_yaml_fail(yaml, node, err, "out of memory");
	memcpy(member, &copy, sizeof(copy));
	return 0;
}

/* The same, to which paths are added. */
static int
read_link(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	char *text;

	if (read_url(yaml, node, member, err) != 0)
		return -1;
	memcpy(&text, member, sizeof(text));
	for (size_t len = strlen(text); text[len - 1] == '/'; len--)
		text[len - 1] = '\0';
	return 0;
}

/* One of the five, and of the other keys those that belong to it. */
static int
check_output(const struct ush_yaml *yaml, const struct ush_yaml_node *item, const void *entries,
    size_t count, struct ush_error *err)
{
	const struct ush_alert_output *other = entries, *output = other + count - 1;
	int webhooks = (output->webhook != NULL) + (output->webhook_file != NULL);
	int kinds = webhooks + (output->mail.count > 0) + (output->syslog != NULL) +
	            (output->program.count > 0);

	if (kinds != 1)
		return ush_yaml_fail(yaml, item, err,
		    "an output has one of webhook, webhook-file, mail, syslog and program");
	if (webhooks == 0 && (output->secret_file != NULL || output->ca_file != NULL))
		return ush_yaml_fail(yaml, item, err, "secret-file and ca-file are for a webhook");
	if (output->program.count > 0 && output->program.items[0][0] != '/')
		return ush_yaml_fail(
		    yaml, item, err, "program begins with the whole path of a program");
	if (output->through[0] != '/' && strncmp(output->through, "smtp://", 7) != 0)
		return ush_yaml_fail(
		    yaml, item, err, "through is the path of a program, or smtp://HOST");
	for (; other < output; other++) {
		if (strcmp(other->name, output->name) == 0)
			return ush_yaml_fail(yaml, item, err,
			    "the output in line %u has the same name", other->line);
	}
	return 0;
}

static const struct ush_choice body_choices[] = {
    {"json", USH_WEBHOOK_JSON},
    {"text", USH_WEBHOOK_TEXT},
    {NULL, 0},
};

#define OUTPUT(kind_, member_, key_, help_, ...)                                                   \
	{                                                                                          \
		.key = key_, .kind = USH_FIELD_##kind_,                                            \
		.offset = offsetof(struct ush_alert_output, member_), .help = help_, ##__VA_ARGS__ \
	}

static const struct ush_field output_fields[] = {
    OUTPUT(
        STRING, name, "name", "What this output is called.", .required = true, .min = 1, .max = 64),
    OUTPUT(CUSTOM, webhook, "webhook", "Sends JSON there by POST. Certificates are verified.",
        .read = read_url, .is_secret = true),
    OUTPUT(CUSTOM, webhook_file, "webhook-file",
        "The same, with the address in the first line of this file, which not everybody may read.",
        .read = ush_read_path),
    OUTPUT(CUSTOM, secret_file, "secret-file",
        "Of a webhook: a file with the secret that signs each request (HMAC-SHA256).",
        .read = ush_read_path),
    OUTPUT(CUSTOM, ca_file, "ca-file",
        "Of a webhook: certificates that may sign the receiver's. Default: those that the machine "
        "trusts.",
        .read = ush_read_path),
    OUTPUT(ENUM, body, "body",
        "Of a webhook: all that is known, or a field text alone, as chats take it.",
        .fallback = "json", .choices = body_choices),
    OUTPUT(CUSTOM, mail, "mail", "Sends mail to these addresses.", .read = read_mail),
    OUTPUT(CUSTOM, from, "from",
        "Of mail: the sender's address. Default: sinkwatch at this machine's name.",
        .read = read_from),
    OUTPUT(STRING, through, "through",
        "Of mail: a program that is called as sendmail (with -t -i), or a mail server, as "
        "smtp://127.0.0.1.",
        .fallback = "/usr/sbin/sendmail", .is_secret = true),
    OUTPUT(CUSTOM, syslog, "syslog", "Sends a line (RFC 5424) to this socket: /dev/log.",
        .read = ush_read_path),
    OUTPUT(CUSTOM, program, "program",
        "Runs a program: a list of its path and arguments, without a shell. It reads the JSON from "
        "its standard input; exit status 0: taken.",
        .read = read_texts),
    OUTPUT(UINT, timeout, "timeout", "Seconds that one attempt may take.", .fallback = "10",
        .min = 1, .max = 300),
    {0},
};

#define ALERTS(kind_, member_, key_, fallback_, help_, ...)                                    \
	{                                                                                      \
		.key = key_, .kind = USH_FIELD_##kind_,                                        \
		.offset = offsetof(struct ush_alert_settings, member_), .fallback = fallback_, \
		.help = help_, ##__VA_ARGS__                                                   \
	}

const struct ush_field ush_alerts_fields[] = {
    ALERTS(CUSTOM, about, "calls", "[INFECTED, LIKELY, sinkhole]",
        "The calls of which there is an alert. sinkhole: trouble with the sinkhole itself. Hosts "
        "of drills only with DRILL.",
        .read = read_about),
    ALERTS(CUSTOM, quiet, "quiet", "[]",
        "Quiet hours in local time, as 22:00-07:00 or \"Sat,Sun 00:00-24:00\": alerts wait for "
        "their end and come in one message.",
        .read = read_quiet),
    ALERTS(CUSTOM, quiet_about, "quiet-calls", "[INFECTED]",
        "The calls that do not wait in quiet hours.", .read = read_about),
    ALERTS(UINT, max_per_hour, "max-per-hour", "20",
        "Messages in an hour, then one with the number of all others.", .min = 1, .max = 10000),
    ALERTS(UINT, patience, "patience", "300",
        "Seconds that trouble with the sinkhole itself must last.", .min = 0, .max = 86400),
    ALERTS(CUSTOM, link, "link", NULL,
        "Address at which people open the page, as https://sinkhole.example.net. Default: the "
        "first of watch: names, else watch: listen.",
        .read = read_link),
    ALERTS(LIST, outputs, "outputs", "[]",
        "Where alerts go: a list of {name:, webhook: or webhook-file: or mail: or syslog: or program:}.",
        .fields = output_fields, .size = sizeof(struct ush_alert_output), .max = ITEMS_MAX,
        .check = check_output),
    {0},
};
