/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/marks.h"

#include <string.h>

enum side { BROWSER, PROGRAM, SCANNER };

/* One sign. A browser needs BROWSER_SUM; PROGRAM_SUM is what no browser reaches. */
struct mark {
	const char *name;
	enum side side;
	unsigned weight;
	bool (*holds)(const struct ush_http_head *head);
};

#define BROWSER_SUM 5
#define POST_WEIGHT 2
#define PROGRAM_SUM 2

/* Constant in Emdivi samples of 2015 (public YARA rules Emdivi_Gen1 and Gen3). */
#define EMDIVI_USER_AGENT \
	"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; SV1; .NET CLR 2.0.50727.42)"

static bool
is_method(const struct ush_http_head *head, const char *method)
{
	return ush_text_is_nocase(head->method, method);
}

static struct ush_text
user_agent(const struct ush_http_head *head)
{
	return ush_http_header(head, USH_HTTP_USER_AGENT);
}

static bool
agent_starts_with(const struct ush_http_head *head, const char *const *words)
{
	struct ush_text agent = user_agent(head);

	for (; agent.len > 0 && *words != NULL; words++) {
		if (ush_text_starts_nocase(agent, *words))
			return true;
	}
	return false;
}

/* A head that did not come whole says nothing by what it lacks; CONNECT has no headers to lack. */
static bool
lacks(const struct ush_http_head *head, enum ush_http_known name)
{
	return head->whole && !is_method(head, "CONNECT") && ush_http_header(head, name).len == 0;
}

/* The same for headers that a page can make its browser send empty. */
static bool
lacks_even_empty(const struct ush_http_head *head, enum ush_http_known name)
{
	return lacks(head, name) && !ush_http_has(head, name);
}

static bool
upgrade_insecure(const struct ush_http_head *head)
{
	return ush_text_is(ush_http_header(head, USH_HTTP_UPGRADE_INSECURE), "1");
}

static bool
accept_language(const struct ush_http_head *head)
{
	/* A page can set it to any text, even to none, and cannot take it away. */
	return ush_http_has(head, USH_HTTP_ACCEPT_LANGUAGE);
}

static bool
accept_encoding(const struct ush_http_head *head)
{
	return ush_text_has_nocase(ush_http_header(head, USH_HTTP_ACCEPT_ENCODING), "gzip");
}

static bool
accept_html(const struct ush_http_head *head)
{
	return ush_text_has_nocase(ush_http_header(head, USH_HTTP_ACCEPT), "text/html");
}

static bool
accept_image(const struct ush_http_head *head)
{
	return ush_text_starts_nocase(ush_http_header(head, USH_HTTP_ACCEPT), "image/") &&
	       !accept_html(head);
}

static bool
mozilla5(const struct ush_http_head *head)
{
	return ush_text_starts_nocase(user_agent(head), "Mozilla/5.0 (");
}

static bool
referer(const struct ush_http_head *head)
{
	return ush_http_header(head, USH_HTTP_REFERER).len > 0;
}

static bool
origin(const struct ush_http_head *head)
{
	return ush_http_header(head, USH_HTTP_ORIGIN).len > 0;
}

static bool
sec_fetch(const struct ush_http_head *head)
{
	return ush_http_has(head, USH_HTTP_SEC_FETCH_MODE);
}

/* Enough to be careful with what is kept. */
static bool
hints_at_browser(const struct ush_http_head *head)
{
	return accept_language(head) || upgrade_insecure(head) || sec_fetch(head) || origin(head);
}

static bool
prefetch(const struct ush_http_head *head)
{
	return ush_text_has_nocase(ush_http_header(head, USH_HTTP_SEC_PURPOSE), "prefetch") ||
	       ush_text_has_nocase(ush_http_header(head, USH_HTTP_PURPOSE), "prefetch") ||
	       ush_text_has_nocase(ush_http_header(head, USH_HTTP_X_MOZ), "prefetch");
}

static bool
agent_missing(const struct ush_http_head *head)
{
	return lacks(head, USH_HTTP_USER_AGENT);
}

static bool
agent_msie8(const struct ush_http_head *head)
{
	return ush_text_is(user_agent(head), EMDIVI_USER_AGENT);
}

/* Constant in Loki-Bot (loki-parse). */
static bool
agent_charon(const struct ush_http_head *head)
{
	return ush_text_is(user_agent(head), "Mozilla/4.08 (Charon; Inferno)");
}

/* No longer in use for browsing; malware of their time still says so. */
static bool
agent_outdated(const struct ush_http_head *head)
{
	static const char *const old[] = {"MSIE 4.", "MSIE 5.", "MSIE 6.", "MSIE 7.", "MSIE 8."};

	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		if (ush_text_has(user_agent(head), old[i]))
			return !agent_msie8(head);
	}
	return false;
}

static bool
agent_library(const struct ush_http_head *head)
{
	static const char *const words[] = {"curl/", "wget/", "python", "go-http-client", "java/",
	    "okhttp", "libwww-perl", "lwp", "ruby", "php", "axios", "node", "winhttp", "wininet",
	    "microsoft bits", "microsoft-cryptoapi", "powershell", "aria2", "apache-httpclient",
	    "perl", "http_request", "httpie", NULL};

	return agent_starts_with(head, words) ||
	       ush_text_has_nocase(user_agent(head), "windowspowershell") ||
	       ush_text_has_nocase(user_agent(head), "winhttp.winhttprequest");
}

static bool
agent_scanner(const struct ush_http_head *head)
{
	static const char *const words[] = {"zgrab", "masscan", "nmap", "nuclei", "nikto", "sqlmap",
	    "censys", "shodan", "nessus", "openvas", "qualys", "expanse", "paloalto", "gobuster",
	    "dirbuster", "wpscan", "netcraft", "internetmeasurement", "l9explore",
	    "projectdiscovery", NULL};

	struct ush_text agent = user_agent(head);

	for (const char *const *word = words; agent.len > 0 && *word != NULL; word++) {
		if (ush_text_has_nocase(agent, *word))
			return true;
	}
	return false;
}

static bool
path_probe(const struct ush_http_head *head)
{
	static const char *const starts[] = {"/.env", "/.git/", "/.aws/",
	    "/.well-known/security.txt", "/cgi-bin/", "/phpmyadmin", "/actuator", "/boaform",
	    "/hnap1", "/wp-login.php", "/xmlrpc.php", "/server-status", "/manager/html", "/solr/",
	    "/_ignition", NULL};

	if (head->path.len < 2)
		return false;
	for (const char *const *start = starts; *start != NULL; start++) {
		/* All begin with a slash: the letter behind it says most. */
		if (((*start)[1] | 0x20) == (head->path.at[1] | 0x20) &&
		    ush_text_starts_nocase(head->path, *start))
			return true;
	}
	return false;
}

static bool
post_without_referer(const struct ush_http_head *head)
{
	return is_method(head, "POST") && ush_text_ends_nocase(head->path, ".php") &&
	       lacks(head, USH_HTTP_REFERER) && lacks(head, USH_HTTP_ORIGIN);
}

/* What programs leave out, and proxies take off what browsers send: says nothing beside a browser's
 * own headers. */
static bool
leaves_out(const struct ush_http_head *head, enum ush_http_known name)
{
	return lacks_even_empty(head, name) && !hints_at_browser(head);
}

static bool
no_accept_language(const struct ush_http_head *head)
{
	return leaves_out(head, USH_HTTP_ACCEPT_LANGUAGE);
}

static bool
no_accept_encoding(const struct ush_http_head *head)
{
	return leaves_out(head, USH_HTTP_ACCEPT_ENCODING);
}

static bool
no_accept(const struct ush_http_head *head)
{
	return leaves_out(head, USH_HTTP_ACCEPT);
}

static bool
no_host(const struct ush_http_head *head)
{
	return lacks(head, USH_HTTP_HOST);
}

static bool
http_1_0(const struct ush_http_head *head)
{
	return ush_text_is(head->version, "1.0") && !hints_at_browser(head);
}

static bool
body_with_get(const struct ush_http_head *head)
{
	return (is_method(head, "GET") || is_method(head, "HEAD")) &&
	       head->framing != USH_FRAMING_NONE;
}

static bool
body_without_length(const struct ush_http_head *head)
{
	return head->framing == USH_FRAMING_QUIET;
}

static bool
expects_continue(const struct ush_http_head *head)
{
	return head->expects_continue;
}

static bool
bare_lf(const struct ush_http_head *head)
{
	return head->bare_lf;
}

static const struct mark marks[] = {
    {"upgrade-insecure-requests", BROWSER, 2, upgrade_insecure},
    {"accept-language", BROWSER, 2, accept_language},
    {"sec-fetch", BROWSER, 2, sec_fetch},
    {"accept-encoding", BROWSER, 1, accept_encoding},
    {"accept-html", BROWSER, 1, accept_html},
    {"accept-image", BROWSER, 1, accept_image},
    {"user-agent:mozilla5", BROWSER, 1, mozilla5},
    {"referer", BROWSER, 1, referer},
    {"origin", BROWSER, 1, origin},
    {"prefetch", BROWSER, 1, prefetch},
    {"user-agent:missing", PROGRAM, 2, agent_missing},
    {"user-agent:msie8", PROGRAM, 2, agent_msie8},
    {"user-agent:charon", PROGRAM, 2, agent_charon},
    {"user-agent:outdated", PROGRAM, 1, agent_outdated},
    {"user-agent:library", PROGRAM, 2, agent_library},
    {"post-without-referer", PROGRAM, POST_WEIGHT, post_without_referer},
    {"body-with-get", PROGRAM, 2, body_with_get},
    {"no-host", PROGRAM, 2, no_host},
    {"body-without-length", PROGRAM, 1, body_without_length},
    {"expect-continue", PROGRAM, 1, expects_continue},
    {"no-accept-language", PROGRAM, 1, no_accept_language},
    {"no-accept-encoding", PROGRAM, 1, no_accept_encoding},
    {"no-accept", PROGRAM, 1, no_accept},
    {"http-1.0", PROGRAM, 1, http_1_0},
    {"bare-lf", PROGRAM, 1, bare_lf},
    {"user-agent:scanner", SCANNER, 1, agent_scanner},
    {"path:probe", SCANNER, 1, path_probe},
};

/* Two places are for ush_marks_add(). */
_Static_assert(sizeof(marks) / sizeof(marks[0]) + 1 < USH_MARKS_MAX, "every mark may hold at once");

struct ush_text
ush_origin_of(struct ush_text url)
{
	size_t start = ush_text_starts_nocase(url, "http://")    ? strlen("http://")
	               : ush_text_starts_nocase(url, "https://") ? strlen("https://")
	                                                         : url.len;
	size_t end = start;

	while (end < url.len && strchr("/?#\\", url.at[end]) == NULL)
		end++;
	/* Logins are not recorded; nor is what follows a NUL. */
	if (start == url.len || ush_text_find(ush_text_clip(url, end), '@') < end)
		return (struct ush_text){0};
	return ush_text_clip(url, end);
}

/* Host of an absolute URL, without port. */
static struct ush_text
url_host(struct ush_text url)
{
	size_t slashes = ush_text_find(url, '/');

	if (slashes + 2 > url.len || url.at[slashes + 1] != '/')
		return (struct ush_text){0};
	url = ush_text_from(url, slashes + 2);
	url = ush_text_clip(url, ush_text_find(url, '/'));
	return ush_text_clip(url, ush_text_find(url, ':'));
}

static bool
foreign_referer(const struct ush_http_head *head)
{
	struct ush_text from = url_host(ush_http_header(head, USH_HTTP_REFERER));

	return from.len > 0 && !ush_text_equal_nocase(from, head->host);
}

/* Browsers name the Origin of every POST, and no page can take it off: it can only make it "null".
 * Programs do not send it. */
static bool
from_page(const struct ush_http_head *head)
{
	return origin(head) || foreign_referer(head);
}

struct ush_text
ush_marks_page(const struct ush_http_head *head)
{
	struct ush_text from = ush_http_header(head, USH_HTTP_ORIGIN);

	if (from.len == 0 && foreign_referer(head))
		from = ush_http_header(head, USH_HTTP_REFERER);
	if (ush_text_is(from, "null"))
		return from;
	return ush_origin_of(from);
}

void
ush_marks_add(struct ush_marks *out, const char *name)
{
	if (out->count < USH_MARKS_MAX)
		out->names[out->count++] = name;
}

void
ush_marks_read(struct ush_marks *out, const struct ush_http_head *head)
{
	unsigned sums[3] = {0};

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!marks[i].holds(head))
			continue;
		sums[marks[i].side] += marks[i].weight;
		out->names[out->count++] = marks[i].name;
	}
	out->family_agent = agent_msie8(head) || agent_charon(head);
	out->page = from_page(head);
	out->hint = hints_at_browser(head);
	/* Every browser names its languages; hardly any program does. What a page fetches for
	 * itself (a film, a script) comes with little more than that and the browser's name. */
	out->browser = accept_language(head) && (sums[BROWSER] >= BROWSER_SUM || mozilla5(head)) &&
	               sums[PROGRAM] < PROGRAM_SUM && !agent_scanner(head);
	/* People log in at such paths, too. */
	out->scanner = sums[SCANNER] > 0 && !out->browser;
	/* Internet Explorer and what is made of it names no Origin, and no Referer on the way from
	 * https to http: beside a browser's own headers a form without both shows no program. */
	if (out->hint && post_without_referer(head))
		sums[PROGRAM] -= POST_WEIGHT;
	out->automation = !out->browser && sums[PROGRAM] >= PROGRAM_SUM;
	out->prefetch = prefetch(head);
	out->embedded = out->browser && accept_image(head) && foreign_referer(head);
	out->navigation = out->browser && !out->prefetch && !out->embedded &&
	                  (upgrade_insecure(head) || accept_html(head));
}

static bool
has_extension(const struct ush_hello *hello, uint16_t extension)
{
	for (size_t i = 0; i < hello->extensions.count && i < USH_HELLO_CODES_MAX; i++) {
		if (hello->extensions.items[i] == extension)
			return true;
	}
	return false;
}

/* What browsers offer in every handshake, and TLS libraries as programs use them do not: Encrypted
 * ClientHello (also as GREASE) or application settings (Chromium); the record size limit with
 * delegated credentials (Firefox); GREASE and compressed certificates (Safari, and programs that use
 * Apple's own library as it does). */
void
ush_marks_read_hello(struct ush_marks *out, const struct ush_hello *hello)
{
	enum {
		COMPRESS_CERTIFICATE = 27,
		RECORD_SIZE_LIMIT = 28,
		DELEGATED_CREDENTIALS = 34,
		APPLICATION_SETTINGS_OLD = 0x4469,
		APPLICATION_SETTINGS = 0x44cd,
		ENCRYPTED_CLIENT_HELLO = 0xfe0d,
	};

	memset(out, 0, sizeof(*out));
	out->browser = has_extension(hello, ENCRYPTED_CLIENT_HELLO) ||
	               has_extension(hello, APPLICATION_SETTINGS) ||
	               has_extension(hello, APPLICATION_SETTINGS_OLD) ||
	               (has_extension(hello, RECORD_SIZE_LIMIT) &&
	                   has_extension(hello, DELEGATED_CREDENTIALS)) ||
	               (hello->greased && has_extension(hello, COMPRESS_CERTIFICATE));
	if (out->browser)
		ush_marks_add(out, "tls:browser");
}
