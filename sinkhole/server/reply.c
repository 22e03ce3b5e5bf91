/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/reply.h"

#include <string.h>

#include "common/number.h"

/* "Forbidden": no browser, cache or crawler takes that for the real site's content. */
#define PAGE_STATUS 403
#define NO_PAGE_STATUS 404

void
ush_reply_choose(struct ush_reply *out, const struct ush_contact *contact,
    const struct ush_finding *finding, const struct ush_sinkhole_settings *settings)
{
	const struct ush_http_head *head = contact->head;

	*out = (struct ush_reply){.status = settings->beacon_status, .close = !head->keep_alive};
	if (contact->malformed != NULL)
		out->close = true;
	if (contact->malformed == NULL && ush_text_is_nocase(head->method, "CONNECT")) {
		out->status = 200;
		out->tunnel = true;
		out->close = false;
	} else if (ush_text_is_nocase(head->method, "CONNECT")) {
		/* Any 2xx would say that the tunnel is there. */
		out->status = settings->beacon_status == 0 ? 0 : 400;
	} else if (contact->malformed != NULL && strcmp(contact->malformed, "http-2") == 0) {
		out->status = 0;
	} else if (finding->navigation) {
		out->status = PAGE_STATUS;
		out->page = true;
	} else if (finding->person) {
		out->status = NO_PAGE_STATUS;
	}
	out->close = out->close || out->status == 0;
}

static const char *
reason(unsigned status)
{
	switch (status) {
	case 200:
		return "OK";
	case 204:
		return "No Content";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	default:
		return "Answer";
	}
}

static size_t
write_page(char page[USH_PAGE_MAX], enum ush_language language, const struct ush_contact *contact,
    const struct ush_finding *finding, const struct ush_sinkhole_settings *settings)
{
	char address[USH_NAME_TEXT_MAX];
	struct ush_page content = {
	    .language = language,
	    .organisation = settings->organisation,
	    .contact = settings->contact,
	    .reference = contact->reference,
	    .time_ms = contact->time_ms,
	};

	/* Only a name that the list covers, in the project's own text form, never the bytes that
	 * came. */
	if (finding->host_listed) {
		ush_name_to_text(&finding->host, address);
		content.address = address;
	}
	return ush_page_write(&content, page);
}

/* What is said of a page. */
static char *
put_page_headers(char *to, enum ush_language language)
{
	to = stpcpy(to, "Content-Type: text/html; charset=utf-8\r\nContent-Language: ");
	to = stpcpy(to, ush_language_tag(language));
	return stpcpy(to,
	    "\r\nVary: Accept-Language\r\nX-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: same-origin\r\nX-Robots-Tag: noindex\r\n"
	    "Content-Security-Policy: default-src 'none'; style-src '" USH_PAGE_STYLE_HASH
	    "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n");
}

/* All texts are our own, and the buffer has a kilobyte for them. */
size_t
ush_reply_write(const struct ush_reply *reply, const struct ush_contact *contact,
    const struct ush_finding *finding, const struct ush_sinkhole_settings *settings,
    const char *date, char buf[USH_REPLY_MAX])
{
	enum ush_language language = USH_LANGUAGE_ENGLISH;
	char page[USH_PAGE_MAX];
	size_t page_len = 0;
	char *to = buf;

	if (reply->status == 0)
		return 0;
	/* To a CONNECT the first byte after the head is the other end's. */
	if (reply->tunnel)
		return (size_t)(stpcpy(to, "HTTP/1.1 200 Connection established\r\n\r\n") - buf);
	if (reply->page) {
		language =
		    ush_language_accepted(ush_http_header(contact->head, USH_HTTP_ACCEPT_LANGUAGE));
		page_len = write_page(page, language, contact, finding, settings);
	}
	to = ush_put_number(stpcpy(to, "HTTP/1.1 "), reply->status);
	to = stpcpy(stpcpy(stpcpy(to, " "), reason(reply->status)), "\r\nDate: ");
	to = stpcpy(stpcpy(to, date), "\r\n");
	if (reply->status != 204)
		to = stpcpy(ush_put_number(stpcpy(to, "Content-Length: "), page_len), "\r\n");
	if (reply->page)
		to = put_page_headers(to, language);
	to = stpcpy(to, "Cache-Control: no-store\r\nConnection: ");
	to = stpcpy(to, reply->close ? "close\r\n\r\n" : "keep-alive\r\n\r\n");
	if (!ush_text_is_nocase(contact->head->method, "HEAD"))
		to = mempcpy(to, page, page_len);
	return (size_t)(to - buf);
}
