/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STYLE                                                                                     \
	":root{color-scheme:light dark}"                                                          \
	"body{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1.5rem;" \
	"overflow-wrap:anywhere}"                                                                 \
	"h1{font-size:1.5rem;line-height:1.3;border-left:.4rem solid #c60;padding-left:.8rem}"    \
	"dl{border:1px solid #888;border-radius:.4rem;padding:.8rem 1rem;margin:1.5rem 0}"        \
	"dt{font-size:.9rem;opacity:.8}"                                                          \
	"dd{margin:0 0 .6rem;font-weight:600;overflow-wrap:anywhere}"                             \
	"dd.r{font:600 1.6rem/1.3 ui-monospace,monospace;letter-spacing:.05em}"

/* The texts of one language. {A} address, {O} organisation, {C} contact, {R} reference, {T} time.
 */
struct words {
	const char *organisation;
	const char *contact;
	const char *title;
	const char *what_listed;
	const char *what_unlisted;
	const char *why;
	const char *what_now;
	const char *address;
	const char *time;
	const char *reference;
	const char *noted;
};

static const struct words languages[] = {
    [USH_LANGUAGE_ENGLISH] =
        {
            .organisation = "your organisation",
            .contact = "your IT support",
            .title = "This address was stopped for your protection",
            .what_listed = "<strong>{A}</strong> is on a list of addresses that malicious software "
                           "uses. The name service (DNS) of {O} has led your browser here instead.",
            .what_unlisted = "Your browser has been led here instead of the site you asked for, "
                             "because malicious software uses its address. The name service (DNS) "
                             "of {O} did that.",
            .why =
                "Many of these are ordinary web sites that were broken into. Seeing this page does "
                "not mean that your computer is infected or that you did anything wrong.",
            .what_now =
                "If a link in a mail or an attachment brought you here, or if you need this site "
                "for your work, please contact {C} and give this number:",
            .address = "Address",
            .time = "Time",
            .reference = "Reference number",
            .noted = "This visit has been noted: the time, the address you asked for and the "
                     "computer it came from.",
        },
    [USH_LANGUAGE_JAPANESE] =
        {
            .organisation = "ご所属の組織",
            .contact = "情報システム担当",
            .title = "安全のため、このアドレスへの接続を止めました",
            .what_listed =
                "<strong>{A}</strong> は、マルウェアが利用するアドレスの一覧に載っています。"
                "{O}の名前解決サービス(DNS)が、代わりにこのページへご案内しました。",
            .what_unlisted =
                "マルウェアが利用するアドレスであるため、{O}の名前解決サービス(DNS)が、"
                "お求めのサイトの代わりにこのページへご案内しました。",
            .why = "こうしたアドレスの多くは、不正に侵入された一般のウェブサイトです。このページが"
                   "表示されても、お使いのパソコンが感染しているとは限らず、あなたに落ち度が"
                   "あるわけでもありません。",
            .what_now =
                "メールのリンクや添付ファイルを開いてこのページが表示された場合や、業務でこの"
                "サイトが必要な場合は、{C}に次の番号をお知らせください。",
            .address = "アドレス",
            .time = "日時",
            .reference = "受付番号",
            .noted = "この接続は記録されました(日時、アドレス、接続元のコンピューター)。",
        },
};

struct out {
	char *buf;
	size_t used;
	bool full;
};

static void
put(struct out *out, const char *text, size_t len)
{
	if (out->full || len > USH_PAGE_MAX - out->used) {
		out->full = true;
		return;
	}
	memcpy(out->buf + out->used, text, len);
	out->used += len;
}

static void
put_string(struct out *out, const char *text)
{
	put(out, text, strlen(text));
}

/* For text and for attributes alike. */
static void
put_escaped(struct out *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			put_string(out, "&amp;");
			break;
		case '<':
			put_string(out, "&lt;");
			break;
		case '>':
			put_string(out, "&gt;");
			break;
		case '"':
			put_string(out, "&quot;");
			break;
		case '\'':
			put_string(out, "&#39;");
			break;
		default:
			put(out, text, 1);
		}
	}
}

/* In the server's zone, which is that of the person on the phone. */
static void
put_time(struct out *out, uint64_t time_ms)
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm local;
	char text[64];

	if (localtime_r(&seconds, &local) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &local) > 0)
		put_escaped(out, text);
}

static void
put_value(struct out *out, const struct ush_page *page, char which)
{
	const struct words *words = &languages[page->language];

	switch (which) {
	case 'A':
		put_escaped(out, page->address != NULL ? page->address : "");
		break;
	case 'O':
		put_escaped(
		    out, page->organisation != NULL ? page->organisation : words->organisation);
		break;
	case 'C':
		put_escaped(out, page->contact != NULL ? page->contact : words->contact);
		break;
	case 'R':
		put_escaped(out, page->reference);
		break;
	case 'T':
		put_time(out, page->time_ms);
		break;
	}
}

/* Text of ours with values in braces. */
static void
put_template(struct out *out, const struct ush_page *page, const char *text)
{
	const char *brace;

	while ((brace = strchr(text, '{')) != NULL) {
		put(out, text, (size_t)(brace - text));
		put_value(out, page, brace[1]);
		text = brace + strlen("{A}");
	}
	put_string(out, text);
}

static void
put_element(struct out *out, const struct ush_page *page, const char *open, const char *text,
    const char *close)
{
	put_string(out, open);
	put_template(out, page, text);
	put_string(out, close);
}

size_t
ush_page_write(const struct ush_page *page, char buf[USH_PAGE_MAX])
{
	const struct words *words = &languages[page->language];
	struct out out = {.buf = buf};

	put_element(&out, page, "<!DOCTYPE html>\n<html lang=\"", ush_language_tag(page->language),
	    "\">\n");
	put_string(&out, "<meta charset=\"utf-8\">\n"
	                 "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	                 "<meta name=\"robots\" content=\"noindex\">\n");
	put_element(&out, page, "<title>", words->title, "</title>\n");
	put_string(&out, "<style>");
	put_string(&out, STYLE);
	put_string(&out, "</style>\n<main>\n");
	put_element(&out, page, "<h1>", words->title, "</h1>\n");
	put_element(&out, page, "<p>",
	    page->address != NULL ? words->what_listed : words->what_unlisted, "</p>\n");
	put_element(&out, page, "<p>", words->why, "</p>\n");
	put_element(&out, page, "<p>", words->what_now, "</p>\n");
	put_element(&out, page, "<dl>\n<dt>", words->reference, "</dt>\n");
	put_element(&out, page, "<dd class=\"r\">", "{R}", "</dd>\n");
	if (page->address != NULL) {
		put_element(&out, page, "<dt>", words->address, "</dt>\n");
		put_element(&out, page, "<dd>", "{A}", "</dd>\n");
	}
	put_element(&out, page, "<dt>", words->time, "</dt>\n");
	put_element(&out, page, "<dd>", "{T}", "</dd>\n</dl>\n");
	put_element(&out, page, "<p><small>", words->noted, "</small></p>\n</main>\n</html>\n");
	return out.full ? 0 : out.used;
}

void
ush_reference_make(char out[USH_REFERENCE_MAX])
{
	static const char letters[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
	char *at = out;

	for (unsigned i = 0; i < 8; i++) {
		if (i == 4)
			*at++ = '-';
		*at++ = letters[arc4random_uniform(sizeof(letters) - 1)];
	}
	*at = '\0';
}
