/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/record.h"

#include <jansson.h>

#include "common/event.h"
#include "tests/unit/sinkhole/sensor.h"

#define PERSON                                                                                   \
	"Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11)\r\nAccept: text/html\r\n" \
	"Accept-Language: ja\r\nAccept-Encoding: gzip, deflate\r\n"
#define VECTOR                                                                                   \
	"abc=_6%252Z%40%14QWNPXNRVNNSSTPNTTTT%40%1C%40.4Z%40VNQNWVPQ%40%3B%0A%01M%2A0%3D%40%1C%" \
	"40-"                                                                                    \
	"%25-Z%40RPTX-%40%1C%40%27-4HKYI"

static struct ush_record_context context = {
    .observer = "sensor", .capture = USH_CAPTURE_EVIDENCE, .list_serial = 7};

/* Judges and writes; the line stays in `line`. */
static json_t *
write_line(const struct ush_contact *contact, char line[USH_EVENT_MAX])
{
	static const struct ush_watchlist no_list;
	static struct ush_finding finding;
	static struct ush_record record;
	json_error_t error;
	json_t *json;
	size_t len;

	if (record.digests == NULL)
		record.digests = ush_digests_new();
	ush_finding_make(&finding, contact, &no_list);
	ush_record_prepare(&record, contact, &finding, &context);
	ck_assert_uint_le(record.room, USH_EVENT_MAX);
	len = ush_record_write(&record, line, "run-1-2", 2);
	ck_assert_msg(len > 0, "the line did not fit into %zu bytes", record.room);
	ck_assert_uint_le(len, record.room);
	ck_assert_int_eq(line[len - 1], '\n');
	line[len - 1] = '\0';
	ck_assert_ptr_null(strchr(line, '\n'));
	json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(json != NULL, "%s", error.text);
	return json;
}

/* The value at a.b.c as text, "" if it is not there. */
static const char *
at(json_t *json, const char *path)
{
	static char texts[8][USH_EVENT_MAX];
	static unsigned turn;
	char *text = texts[turn++ % 8];
	char key[64];

	for (; *path != '\0' && json != NULL; path += strcspn(path, "/"), path += *path == '/') {
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(path, "/"), path);
		json = json_object_get(json, key);
	}
	if (json == NULL)
		return "";
	if (json_is_string(json))
		return json_string_value(json);
	text[json_dumpb(json, text, USH_EVENT_MAX - 1, JSON_COMPACT | JSON_ENCODE_ANY)] = '\0';
	return text;
}

START_TEST(test_writes_a_beacon_and_what_is_kept_of_its_request)
{
	static char line[USH_EVENT_MAX];
	struct asked asked;
	json_t *json;

	asked_init(&asked, "POST /x.php?q=1 HTTP/1.1\r\nHost: www.Example.JP\r\n"
	                   "Referer: http://www.example.jp/secret?x\r\n"
	                   "Cookie: c=d\r\nContent-Length: 9\r\n\r\n" VECTOR);
	asked.contact.status = 200;
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "@timestamp"), "2026-11-18T11:06:40.123Z");
	ck_assert_str_eq(at(json, "event/action"), "http-request");
	ck_assert_str_eq(at(json, "event/dataset"), "sinkhole.contact");
	ck_assert_str_eq(at(json, "event/id"), "run-1-2");
	ck_assert_str_eq(at(json, "source"), "{\"ip\":\"127.0.0.7\",\"port\":4711}");
	ck_assert_str_eq(at(json, "destination"), "{\"ip\":\"127.83.0.77\",\"port\":80}");
	ck_assert_str_eq(at(json, "network/protocol"), "http");
	ck_assert_str_eq(at(json, "http/request/method"), "POST");
	ck_assert_str_eq(at(json, "http/request/referrer"), "http://www.example.jp/secret?x");
	ck_assert_str_eq(at(json, "http/response/status_code"), "200");
	ck_assert_str_eq(at(json, "url/domain"), "www.example.jp");
	ck_assert_str_eq(at(json, "url/path"), "/x.php");
	ck_assert_str_eq(at(json, "url/query"), "q=1");
	ck_assert_str_eq(at(json, "threat/software/name"), "Emdivi");
	ck_assert_str_eq(at(json, "sinkhole/evidence"), "[\"decoded\",\"automation\",\"upload\"]");
	ck_assert_str_eq(at(json, "sinkhole/beacon/locale"), "ja-JP");
	ck_assert_str_eq(at(json, "sinkhole/beacon/channel"), "body");
	ck_assert_str_eq(at(json, "sinkhole/campaign_address"), "127.83.0.77");
	ck_assert_str_eq(at(json, "sinkhole/list_serial"), "7");
	ck_assert_uint_eq(strlen(at(json, "sinkhole/raw/sha256")), 64);
	ck_assert_str_ne(at(json, "sinkhole/raw/data"), "");
	json_decref(json);
	asked_fini(&asked);
}
END_TEST

/* Any page can make its visitor's browser send what decodes: the page stands in the line, the
 * visitor's own words do not. */
static const struct {
	const char *request;
	const char *page;
} planted[] = {
    {"POST /x HTTP/1.1\r\nHost: a.jp\r\n" PERSON "Origin: http://b.jp:8000\r\nReferer: "
     "http://b.jp:8000/SECRET\r\nCookie: sid=SECRET\r\nContent-Length: 9\r\n\r\n" VECTOR,
        "http://b.jp:8000"},
    {"POST /x HTTP/1.1\r\nHost: a.jp\r\n" PERSON "Origin: null\r\nContent-Length: 9\r\n\r\n" VECTOR
     "&SECRET=SECRET&aa=SECRET",
        "null"},
    {"POST /x HTTP/1.1\r\nHost: a.jp\r\nReferer: http://b.jp/SECRET\r\nContent-Length: "
     "9\r\n\r\n" VECTOR,
        "http://b.jp"},
    {"GET /x?SECRET HTTP/1.1\r\nHost: a.jp\r\n" PERSON "Cookie: aa=SECRET; " VECTOR "\r\n\r\n", ""},
};

START_TEST(test_a_beacon_that_a_page_planted)
{
	static char line[USH_EVENT_MAX];
	struct asked asked;
	json_t *json;

	asked_init(&asked, planted[_i].request);
	json = write_line(&asked.contact, line);
	ck_assert_ptr_null(strstr(line, "SECRET"));
	ck_assert_str_eq(at(json, "sinkhole/page"), planted[_i].page);
	ck_assert_str_eq(at(json, "sinkhole/beacon/family"), "Emdivi");
	ck_assert_str_eq(at(json, "sinkhole/beacon/locale"), "ja-JP");
	ck_assert_str_eq(at(json, "sinkhole/raw"), "");
	json_decref(json);
	asked_fini(&asked);
}
END_TEST

/* Nothing of a person's goes into the line, however it was sent. */
static const char *const private_requests[] = {
    "POST /form.php?SECRET=1 HTTP/1.1\r\nHost: a.jp\r\n" PERSON
    "Origin: http://a.jp\r\nReferer: http://a.jp:81/SECRET?SECRET\r\nCookie: SECRET\r\n"
    "Authorization: Basic SECRET\r\nContent-Length: 20\r\n\r\nname=SECRET&tel=SECRET",
    "GET http://SECRET:SECRET@a.jp/?SECRET HTTP/1.1\r\nHost: a.jp\r\n" PERSON
    "Referer: http://SECRET@a.jp/\r\nProxy-Authorization: SECRET\r\n\r\n",
    "POST /form HTTP/1.1\r\nHost: a.jp\r\n" PERSON "Transfer-Encoding: chunked\r\n\r\nSECRET",
    /* broken ones */
    "POST /form HTTP/1.1\r\nHost: a.jp\r\nAccept-Language: ja\r\nbroken\r\nCookie: "
    "SECRET\r\n\r\nSECRET",
    "GET /?SECRET HTTP/1.1\r\nHost: a.jp\r\nUpgrade-Insecure-Requests: 1\r\nCookie: SECRET",
    "GET user:SECRET@a.jp/ HTTP/1.1\r\nHost: a.jp\r\nAccept-Language: ja\r\nCookie: SECRET\r\n\r\n",
    "POST /form HTTP/1.1\r\nHost: a.jp\r\nCookie: SECRET",
    "POST /form HTTP/1.1\r\nHost: a.jp\r\nAuthorization: Basic SECRET",
    "CONNECT a.jp:443 HTTP/1.1\r\nProxy-Authorization: Basic SECRET\r\n\r\n",
    "GET /x?SECRET HTTP/1.0\r\nHost: a.jp\r\nUser-Agent: Mozilla/5.0 "
    "(X11)\r\nUpgrade-Insecure-Requests: 1\r\nCookie: "
    "SECRET\r\n\r\n",
    /* the browser's own ways of saying where one was */
    "GET /x.gif HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: Mozilla/5.0 (X11)\r\nAccept: image/webp\r\n"
    "Accept-Language: ja\r\nAccept-Encoding: gzip\r\nReferer: https://b.jp/SECRET#SECRET\r\n\r\n",
};

START_TEST(test_a_persons_secrets)
{
	static char line[USH_EVENT_MAX];
	static const enum ush_capture captures[] = {USH_CAPTURE_OFF, USH_CAPTURE_EVIDENCE};
	struct asked asked;
	json_t *json;

	for (size_t i = 0; i < 2; i++) {
		context.capture = captures[i];
		asked_init(&asked, private_requests[_i]);
		json = write_line(&asked.contact, line);
		ck_assert_ptr_null(strstr(line, "SECRET"));
		ck_assert_str_eq(at(json, "sinkhole/raw"), "");
		ck_assert_str_eq(at(json, "url/query"), "");
		json_decref(json);
		asked_fini(&asked);
	}
	/* The operator may ask for the bytes; the fields that travel on stay clean. */
	context.capture = USH_CAPTURE_ALL;
	asked_init(&asked, private_requests[_i]);
	json = write_line(&asked.contact, line);
	ck_assert_ptr_null(strstr(line, "SECRET"));
	ck_assert_str_ne(at(json, "sinkhole/raw/data"), "");
	json_decref(json);
	asked_fini(&asked);
}
END_TEST

/* What malware has stolen is kept by `all` alone. A body that came in chunks lies elsewhere. */
START_TEST(test_keeps_stolen_data_with_capture_all_alone)
{
	static const struct ush_watchlist no_list;
	static const char elsewhere[] = "profile, STOLEN";
	const char *const request =
	    "POST /x HTTP/1.0\r\nHost: a.jp\r\nContent-Length: 15\r\n\r\nprofile, STOLEN";
	size_t len = strlen(request);
	const struct {
		enum ush_capture capture;
		bool in_chunks;
		size_t kept;
	} rows[] = {{USH_CAPTURE_EVIDENCE, false, len - strlen("STOLEN")},
	    {USH_CAPTURE_EVIDENCE, true, 0}, {USH_CAPTURE_ALL, false, len}};
	struct ush_record_context how = {.capture = rows[_i].capture};
	struct ush_finding finding;
	struct ush_record record;
	struct asked asked;

	asked_init(&asked, request);
	if (rows[_i].in_chunks)
		asked.contact.body = ush_text(elsewhere);
	ush_finding_make(&finding, &asked.contact, &no_list);
	finding.beacon.rest = ush_text_from(asked.contact.body, strlen("profile, "));
	ush_record_prepare(&record, &asked.contact, &finding, &how);
	ck_assert(record.with_raw);
	ck_assert_uint_eq(record.raw_kept, rows[_i].kept);
	asked_fini(&asked);
}
END_TEST

START_TEST(test_referrer_by_origin)
{
	static char line[USH_EVENT_MAX];
	struct asked asked;
	json_t *json;

	asked_init(&asked, private_requests[0]);
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "http/request/referrer"), "http://a.jp:81");
	ck_assert_str_eq(at(json, "url/path"), "/form.php");
	json_decref(json);
	asked_fini(&asked);
}
END_TEST

/* What follows a person's request on the same connection may be the rest of a form. */
START_TEST(test_bytes_after_a_person)
{
	static char line[USH_EVENT_MAX];
	struct asked asked;
	json_t *json;

	asked_init(&asked, "tel=SECRET");
	asked.contact.kind = USH_CONTACT_TCP;
	asked.contact.head = NULL;
	asked.contact.malformed = NULL;
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "sinkhole/raw/data"), "dGVsPVNFQ1JFVA==");
	json_decref(json);
	asked.contact.after_person = true;
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "sinkhole/raw"), "");
	json_decref(json);
	asked_fini(&asked);
}
END_TEST

START_TEST(test_capture_off_keeps_no_bytes)
{
	static char line[USH_EVENT_MAX];
	struct asked asked;
	json_t *json;

	context.capture = USH_CAPTURE_OFF;
	asked_init(&asked, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "sinkhole/raw/data"), "");
	ck_assert_str_eq(at(json, "sinkhole/raw/bytes"), "27");
	ck_assert_uint_eq(strlen(at(json, "sinkhole/raw/sha256")), 64);
	json_decref(json);
	asked_fini(&asked);
}
END_TEST

/* The largest of everything fits into one line, the raw bytes being cut for it. */
START_TEST(test_the_largest_event_fits_into_a_line)
{
	static char line[USH_EVENT_MAX];
	static char request[70000];
	struct asked asked;
	json_t *json;
	size_t len = 0;

	len += (size_t)sprintf(request, "GET /");
	memset(request + len, 0xff, 8000);
	len += 8000;
	request[len++] = '?';
	memset(request + len, 0x80, 8000);
	len += 8000;
	len += (size_t)sprintf(request + len, " HTTP/1.1\r\nHost: ");
	memset(request + len, 0x85, 1000);
	len += 1000;
	len += (size_t)sprintf(request + len, "\r\nUser-Agent: ");
	memset(request + len, 0x01, 2000);
	len += 2000;
	len += (size_t)sprintf(request + len, "\r\nReferer: ");
	memset(request + len, 0x02, 2000);
	len += 2000;
	len += (size_t)sprintf(request + len, "\r\nCookie: ");
	len += (size_t)sprintf(request + len, "aa=VER: t1 NT:");
	memset(request + len, 0x03, 2000);
	len += 2000;
	strcpy(request + len, "\r\n\r\n");
	len += 4;
	memset(request + len, 'b', sizeof(request) - len - 1);
	asked_init(&asked, request);
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "sinkhole/beacon/family"), "Emdivi");
	ck_assert_str_ne(at(json, "sinkhole/raw/kept"), "0");
	ck_assert_str_eq(at(json, "sinkhole/raw/bytes"), "69999");
	json_decref(json);
	asked_fini(&asked);
}
END_TEST

/* The names of a list are bounded when it is compiled; with the longest of everything beside them the
 * line still fits. */
START_TEST(the_longest_names_of_a_list_fit_their_event)
{
	static char line[USH_EVENT_MAX];
	static char request[70000];
	static char name[USH_LIST_NAME_MAX + 1];
	static char sensor[USH_OBSERVER_MAX + 1];
	static const struct ush_watchlist no_list;
	static struct ush_record record;
	struct ush_record_context largest = {.observer = sensor, .capture = USH_CAPTURE_EVIDENCE};
	struct ush_finding finding;
	struct asked asked;
	size_t len = 0;

	memset(name, 0x01, sizeof(name) - 1);
	memset(sensor, 0x01, sizeof(sensor) - 1);
	len += (size_t)sprintf(request, "GET /");
	memset(request + len, 0x01, 8000);
	request[len + 4000] = '?';
	len += 8000;
	len += (size_t)sprintf(request + len, " HTTP/1.1\r\nHost: ");
	memset(request + len, 0x01, 1000);
	len += 1000;
	len += (size_t)sprintf(request + len, "\r\nUser-Agent: ");
	memset(request + len, 0x01, 2000);
	len += 2000;
	len += (size_t)sprintf(request + len, "\r\nReferer: ");
	memset(request + len, 0x01, 2000);
	len += 2000;
	len += (size_t)sprintf(request + len, "\r\nCookie: aa=VER: t1 NT:");
	memset(request + len, 0x03, 2000);
	len += 2000;
	strcpy(request + len, "\r\n\r\n");
	asked_init(&asked, request);
	ush_finding_make(&finding, &asked.contact, &no_list);
	ck_assert_ptr_nonnull(finding.beacon.family);
	finding.feed = finding.campaign = finding.software = name;
	memset(finding.rule, 0x01, sizeof(finding.rule) - 1);
	finding.rule[sizeof(finding.rule) - 1] = '\0';
	record.digests = ush_digests_new();
	ush_record_prepare(&record, &asked.contact, &finding, &largest);
	len = ush_record_write(&record, line, "run-1-2", 2);
	ck_assert_msg(len > 0, "the line did not fit into %zu bytes", record.room);
	ck_assert_uint_le(len, record.room);
	ush_digests_free(record.digests);
	asked_fini(&asked);
}
END_TEST

START_TEST(test_writes_proxy_and_claimed_addresses)
{
	static char line[USH_EVENT_MAX];
	struct asked asked;
	json_t *json;

	asked_init(&asked, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	asked.contact.from = (struct ush_forwarded){.source = address_of("192.0.2.7"),
	    .proxied = true,
	    .claimed = {address_of("1.1.1.1"), address_of("2001:db8::1")},
	    .claimed_count = 2};
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "source"), "{\"ip\":\"192.0.2.7\"}");
	ck_assert_str_eq(at(json, "sinkhole/proxy_ip"), "127.0.0.7");
	ck_assert_str_eq(at(json, "sinkhole/claimed_ip"), "[\"1.1.1.1\",\"2001:db8::1\"]");
	json_decref(json);
	/* The proxy nearest to the host is the one that named it. */
	asked.contact.proxy = address_of("10.0.0.9");
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "sinkhole/proxy_ip"), "127.0.0.7");
	json_decref(json);
	asked.contact.from = (struct ush_forwarded){
	    .source = asked.contact.peer, .claimed = {address_of("1.1.1.1")}, .claimed_count = 1};
	json = write_line(&asked.contact, line);
	ck_assert_str_eq(at(json, "source/ip"), "127.0.0.7");
	ck_assert_str_eq(at(json, "sinkhole/proxy_ip"), "10.0.0.9");
	ck_assert_str_eq(at(json, "sinkhole/claimed_ip"), "[\"1.1.1.1\"]");
	json_decref(json);
	asked_fini(&asked);
}
END_TEST

/* What is inside names its host itself, or is meant for the tunnel's. */
START_TEST(test_writes_the_host_of_a_tunnel)
{
	static char line[USH_EVENT_MAX];
	static const struct {
		const char *tunnel;
		const char *host; /* of the bytes, NULL: they are no request */
		const char *domain;
	} rows[] = {
	    {"a.jp:443", NULL, "a.jp"},
	    {"[2001:db8::1]:443", NULL, "2001:db8::1"},
	    {"192.0.2.1:80", NULL, "192.0.2.1"},
	    {"a.jp", "", "a.jp"},
	    {"192.0.2.1:80", "", "192.0.2.1"},
	    {"a.jp:443", "Host: b.jp\r\n", "b.jp"},
	    {":443", NULL, ""},
	};

	for (size_t i = 0; i < USH_COUNT(rows); i++) {
		struct asked asked;
		char request[128];
		json_t *json;

		snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n%s\r\n",
		    rows[i].host != NULL ? rows[i].host : "");
		asked_init(&asked, request);
		asked.contact.tunnel = rows[i].tunnel;
		if (rows[i].host == NULL) {
			asked.contact.kind = USH_CONTACT_TCP;
			asked.contact.head = NULL;
		}
		json = write_line(&asked.contact, line);
		ck_assert_str_eq(at(json, "url/domain"), rows[i].domain);
		ck_assert_str_eq(at(json, "sinkhole/tunnel"), rows[i].tunnel);
		json_decref(json);
		asked_fini(&asked);
	}
}
END_TEST

START_TEST(test_writes_tls_and_counts)
{
	static char line[USH_EVENT_MAX];
	struct ush_hello hello = {.server_name = "a\"\x01<b>.jp",
	    .alpn = {"h2"},
	    .alpn_count = 1,
	    .versions = {0x304, 0x303},
	    .version_count = 2};
	struct ush_contact contact = {.kind = USH_CONTACT_TLS, .hello = &hello};
	json_t *json = write_line(&contact, line);

	ck_assert_str_eq(at(json, "tls/client/server_name"), hello.server_name);
	ck_assert_str_eq(at(json, "sinkhole/alpn"), "[\"h2\"]");
	ck_assert_str_eq(at(json, "sinkhole/tls_versions"), "[\"1.3\",\"1.2\"]");
	ck_assert_str_eq(at(json, "sinkhole/evidence"), "[\"tls-only\"]");
	json_decref(json);
	contact = (struct ush_contact){.kind = USH_CONTACT_UDP_FOLDED,
	    .repeat = 12,
	    .time_ms = 1795000000000,
	    .last_ms = 1795000001000,
	    .from = {.source = address_of("192.0.2.7")}};
	json = write_line(&contact, line);
	ck_assert_str_eq(at(json, "event/action"), "udp-folded");
	ck_assert_str_eq(at(json, "network/transport"), "udp");
	ck_assert_str_eq(at(json, "sinkhole/repeat"), "12");
	ck_assert_str_eq(at(json, "sinkhole/first"), "2026-11-18T11:06:40.000Z");
	ck_assert_str_eq(at(json, "sinkhole/last"), "2026-11-18T11:06:41.000Z");
	json_decref(json);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/record");
	TCase *tcase = tcase_create("record");

	tcase_add_test(tcase, test_writes_a_beacon_and_what_is_kept_of_its_request);
	tcase_add_loop_test(tcase, test_a_beacon_that_a_page_planted, 0, USH_COUNT(planted));
	tcase_add_loop_test(tcase, test_a_persons_secrets, 0, USH_COUNT(private_requests));
	tcase_add_loop_test(tcase, test_keeps_stolen_data_with_capture_all_alone, 0, 3);
	tcase_add_test(tcase, test_referrer_by_origin);
	tcase_add_test(tcase, test_bytes_after_a_person);
	tcase_add_test(tcase, test_capture_off_keeps_no_bytes);
	tcase_add_test(tcase, test_the_largest_event_fits_into_a_line);
	tcase_add_test(tcase, the_longest_names_of_a_list_fit_their_event);
	tcase_add_test(tcase, test_writes_proxy_and_claimed_addresses);
	tcase_add_test(tcase, test_writes_the_host_of_a_tunnel);
	tcase_add_test(tcase, test_writes_tls_and_counts);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
