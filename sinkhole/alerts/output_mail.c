/* SPDX-License-Identifier: BSD-3-Clause */
/* Mail, through the machine's mail server. The addresses come from the settings, which refuse what could
 * begin another header; the subject and the text are encoded, so that nothing in them can. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sinkhole/alerts/child.h"
#include "sinkhole/alerts/draft.h"
#include "sinkhole/alerts/transfer.h"

#define WORD_BYTES 42 /* of the subject, in one encoded word: 56 characters of Base64 */
#define LINE_BYTES 54 /* of the text, in one line: 72 characters */
#define SENDER_MAX 300

static void
put_base64(FILE *to, const char *text, size_t len)
{
	unsigned char base64[2 * LINE_BYTES];

	EVP_EncodeBlock(base64, (const unsigned char *)text, (int)len);
	fputs((const char *)base64, to);
}

/* RFC 2047, whatever the text is. No word ends within a character. */
static void
put_subject(FILE *to, const char *text)
{
	const char *between = "Subject: ";

	while (*text != '\0') {
		size_t len = strnlen(text, WORD_BYTES);

		while (len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
		fprintf(to, "%s=?UTF-8?B?", between);
		put_base64(to, text, len);
		fputs("?=\n", to);
		between = " ";
		text += len;
	}
}

static void
put_text(FILE *to, const char *text)
{
	while (*text != '\0') {
		size_t len = strnlen(text, LINE_BYTES);

		put_base64(to, text, len);
		fputc('\n', to);
		text += len;
	}
}

static const char *
host_name(char buf[256])
{
	if (gethostname(buf, 255) != 0 || buf[0] == '\0')
		snprintf(buf, 256, "localhost");
	buf[255] = '\0';
	for (char *at = buf; *at != '\0'; at++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-",
		        *at) == NULL)
			*at = '-';
	}
	return buf;
}

static const char *
sender_of(char buf[SENDER_MAX], const struct ush_alert_output *output)
{
	char name[256];

	if (output->from != NULL)
		snprintf(buf, SENDER_MAX, "%s", output->from);
	else
		snprintf(buf, SENDER_MAX, "sinkwatch@%s", host_name(name));
	return buf;
}

static void
put_date(FILE *to, uint64_t now_ms)
{
	static const char days[] = "Sun\0Mon\0Tue\0Wed\0Thu\0Fri\0Sat";
	static const char months[] = "Jan\0Feb\0Mar\0Apr\0May\0Jun\0Jul\0Aug\0Sep\0Oct\0Nov\0Dec";
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm at;

	if (gmtime_r(&seconds, &at) != NULL)
		fprintf(to, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n",
		    days + (size_t)at.tm_wday * 4, at.tm_mday, months + (size_t)at.tm_mon * 4,
		    at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
}

static void
put_mail(FILE *to, const struct ush_alert_output *output, const struct ush_outgoing *outgoing)
{
	char sender[SENDER_MAX];
	char name[256];

	fprintf(to, "From: %s\n", sender_of(sender, output));
	for (size_t i = 0; i < output->mail.count; i++)
		fprintf(to, "%s%s", i == 0 ? "To: " : ",\n ", output->mail.items[i]);
	fputc('\n', to);
	put_subject(to, ush_outgoing_text(outgoing, "title"));
	put_date(to, outgoing->now_ms);
	fprintf(to, "Message-ID: <%s@%s>\n", ush_outgoing_text(outgoing, "id"), host_name(name));
	fputs("MIME-Version: 1.0\n"
	      "Content-Type: text/plain; charset=utf-8\n"
	      "Content-Transfer-Encoding: base64\n"
	      "Auto-Submitted: auto-generated\n"
	      "\n",
	    to);
	put_text(to, ush_outgoing_text(outgoing, "text"));
}

/* As every sendmail takes it: recipients from the headers, and a lone dot ends nothing. */
static int
send_by_program(const struct ush_alert_output *output, const struct ush_outgoing *outgoing,
    const char *mail, struct ush_error *err)
{
	static char recipients[] = "-t", dots[] = "-i";
	char *const argv[] = {output->through, recipients, dots, NULL};

	return ush_child_run(argv, mail, output->timeout, outgoing->is_stopping, err);
}

static int
send_by_server(const struct ush_alert_output *output, const struct ush_outgoing *outgoing,
    const char *mail, struct ush_error *err)
{
	CURL *transfer = ush_transfer_new(output->through, output->timeout, outgoing->is_stopping);
	FILE *file = fmemopen((void *)(uintptr_t)mail, strlen(mail), "r");
	struct curl_slist *recipients = NULL;
	char sender[SENDER_MAX];
	int rc = -1;

	for (size_t i = 0; i < output->mail.count; i++)
		recipients = curl_slist_append(recipients, output->mail.items[i]);
	if (transfer == NULL || file == NULL || recipients == NULL) {
		ush_fail(err, NULL, 0, "out of memory");
	} else {
		curl_easy_setopt(transfer, CURLOPT_MAIL_FROM, sender_of(sender, output));
		curl_easy_setopt(transfer, CURLOPT_MAIL_RCPT, recipients);
		/* One address that the server refuses must not keep it from all others. */
		curl_easy_setopt(transfer, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
		curl_easy_setopt(transfer, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(transfer, CURLOPT_CRLF, 1L);
		curl_easy_setopt(transfer, CURLOPT_READDATA, file);
		rc = ush_transfer_run(transfer, err);
	}
	curl_slist_free_all(recipients);
	if (file != NULL)
		fclose(file);
	curl_easy_cleanup(transfer);
	return rc;
}

int
ush_output_mail(const struct ush_alert_output *output, const struct ush_outgoing *outgoing,
    struct ush_error *err)
{
	struct ush_draft draft;
	const char *mail;
	int rc;

	if (ush_draft_begin(&draft) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	put_mail(draft.to, output, outgoing);
	mail = ush_draft_end(&draft);
	rc = output->through[0] == '/' ? send_by_program(output, outgoing, mail, err)
	                               : send_by_server(output, outgoing, mail, err);
	ush_draft_fini(&draft);
	return rc;
}
