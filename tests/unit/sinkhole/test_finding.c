/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/finding.h"

#include "tests/unit/sinkhole/sensor.h"

#define PERSON                                                                                   \
	"Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11)\r\nAccept: text/html\r\n" \
	"Accept-Language: ja\r\nAccept-Encoding: gzip, deflate\r\n"
#define VECTOR                                                                                   \
	"abc=_6%252Z%40%14QWNPXNRVNNSSTPNTTTT%40%1C%40.4Z%40VNQNWVPQ%40%3B%0A%01M%2A0%3D%40%1C%" \
	"40-"                                                                                    \
	"%25-Z%40RPTX-%40%1C%40%27-4HKYI"

/* What Internet Explorer 11 and Edge in its mode send, and a program that shows pages with it. */
#define IE_MODE                                                                                 \
	"Accept: text/html, application/xhtml+xml, image/jxr, */*\r\nAccept-Language: ja\r\n"   \
	"User-Agent: Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko\r\n" \
	"Accept-Encoding: gzip, deflate\r\n"
#define IE_CONTROL                                                                                \
	"Accept: text/html, application/xhtml+xml, */*\r\nAccept-Language: ja-JP\r\nUser-Agent: " \
	"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C)\r\n"   \
	"Accept-Encoding: gzip, deflate\r\n"
#define FORM(path, body) \
	"POST " path " HTTP/1.1\r\nHost: www.a-masato.jp\r\nContent-Length: 5\r\n" body

#define MSIE8 "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; SV1; .NET CLR 2.0.50727.42)"

static struct sensor sensor;
static struct ush_sources sources;

static void
setup(void)
{
	struct ush_error err = {0};

	sensor_init(&sensor);
	sensor_compile(&sensor);
	ck_assert_msg(
	    ush_sources_load_settings(&sources, sensor.settings, &err) == 0, "%s", err.text);
	ck_assert_msg(ush_sources_watch_list(&sources, &err) == 1, "%s", err.text);
}

static void
teardown(void)
{
	ush_sources_fini(&sources);
	sensor_fini(&sensor);
}

static const struct {
	const char *request;
	const char *evidence;
	const char *rule; /* "" if none */
	const char *kind; /* planted, plausible, "" */
	bool person;
} cases[] = {
    {"POST /html/mainland/index.php HTTP/1.1\r\nHost: www.a-masato.jp\r\nContent-Length: "
     "5\r\n\r\n" VECTOR,
        "decoded c2-url listed-host automation upload", "www.a-masato.jp/html/mainland/index.php",
        "planted", false},
    {"GET /html/mainland/index.php?a=b HTTP/1.1\r\nHost: WWW.A-MASATO.JP.:80\r\n\r\n",
        "c2-url listed-host automation", "www.a-masato.jp/html/mainland/index.php", "planted",
        false},
    {"GET /html/./x/../mainland/%69ndex.php HTTP/1.1\r\nHost: www.a-masato.jp\r\n\r\n",
        "c2-url listed-host automation", "www.a-masato.jp/html/mainland/index.php", "planted",
        false},
    {"GET http://www.a-masato.jp/html/mainland/index.php HTTP/1.1\r\nHost: x\r\n\r\n",
        "c2-url listed-host automation", "www.a-masato.jp/html/mainland/index.php", "planted",
        false},
    {"GET /blog/2014/index.php HTTP/1.1\r\nHost: www.iandeye.co.jp\r\n\r\n",
        "c2-url listed-host automation", "www.iandeye.co.jp/blog/2014/index.php", "plausible",
        false},
    /* a browser at any listed URL is a person */
    {"GET /html/mainland/index.php HTTP/1.1\r\nHost: www.a-masato.jp\r\n" PERSON "\r\n",
        "c2-url listed-host browser", "www.a-masato.jp/html/mainland/index.php", "planted", true},
    {"GET / HTTP/1.1\r\nHost: www.a-masato.jp\r\n" PERSON "\r\n", "listed-host browser",
        "www.a-masato.jp", "", true},
    /* also with a beacon in it: a page can make its browser send one */
    {"GET / HTTP/1.1\r\nHost: www.a-masato.jp\r\n" PERSON "Cookie: " VECTOR "\r\n\r\n",
        "decoded listed-host browser", "www.a-masato.jp", "", true},
    {"POST / HTTP/1.1\r\nHost: www.a-masato.jp\r\nOrigin: null\r\nContent-Length: 5\r\n\r\n" VECTOR,
        "decoded listed-host automation upload page browser-hint", "www.a-masato.jp", "", false},
    /* Internet Explorer mode names neither Origin nor Referer */
    {FORM("/html/mainland/index.php", IE_MODE "\r\n" VECTOR),
        "decoded c2-url listed-host upload browser-hint", "www.a-masato.jp/html/mainland/index.php",
        "planted", false},
    {FORM("/html/mainland/index.php", IE_CONTROL "\r\n" VECTOR),
        "decoded c2-url listed-host upload browser-hint", "www.a-masato.jp/html/mainland/index.php",
        "planted", false},
    {FORM("/", IE_CONTROL "\r\n" VECTOR), "decoded listed-host upload browser-hint",
        "www.a-masato.jp", "", false},
    {FORM("/x.php", IE_MODE "\r\nname=Sato&tel=1"), "listed-host upload browser-hint",
        "www.a-masato.jp", "", false},
    {FORM("/x.php", "Accept-Language: ja\r\nUser-Agent: " MSIE8 "\r\n\r\n" VECTOR),
        "decoded listed-host automation family-agent upload browser-hint", "www.a-masato.jp", "",
        false},
    {"GET / HTTP/1.1\r\nHost: www.a-masato.jp\r\n" PERSON "Referer: http://b.jp/\r\n\r\n",
        "listed-host browser page", "www.a-masato.jp", "", true},
    {"GET / HTTP/1.1\r\nHost: www.a-masato.jp\r\nUser-Agent: " MSIE8 "\r\n\r\n",
        "listed-host automation family-agent", "www.a-masato.jp", "", false},
    {"GET /x HTTP/1.1\r\nHost: sub.kaerunote.com\r\n\r\n", "listed-host automation",
        "kaerunote.com", "", false},
    {"GET / HTTP/1.1\r\nHost: hosting-sv.jp\r\n\r\n", "unlisted-host automation", "", "", false},
    {"GET / HTTP/1.1\r\nHost: inf.kptl.jp\r\n\r\n", "unlisted-host automation", "", "", false},
    /* the path of a planted file says enough even without its host */
    {"GET /html/mainland/index.php HTTP/1.1\r\n\r\n", "c2-path automation",
        "www.a-masato.jp/html/mainland/index.php", "planted", false},
    {"GET /html/mainland/index.php HTTP/1.1\r\nHost: 127.83.0.77\r\n\r\n", "c2-path automation",
        "www.a-masato.jp/html/mainland/index.php", "planted", false},
    /* what a program calls itself excuses nothing at a listed URL */
    {"GET /html/mainland/index.php HTTP/1.1\r\nHost: www.a-masato.jp\r\nUser-Agent: "
     "zgrab/0.x\r\n\r\n",
        "c2-url listed-host automation", "www.a-masato.jp/html/mainland/index.php", "planted",
        false},
    /* nor at what it uploads to a listed host: C2 gates have such paths */
    {"POST /cgi-bin/gate.cgi HTTP/1.1\r\nHost: www.a-masato.jp\r\nContent-Length: 1\r\n\r\nx",
        "listed-host automation upload", "www.a-masato.jp", "", false},
    {"POST /xmlrpc.php HTTP/1.1\r\nHost: www.a-masato.jp\r\nContent-Length: 1\r\n\r\nx",
        "listed-host automation upload", "www.a-masato.jp", "", false},
    {"PUT /wp-login.php HTTP/1.1\r\nHost: www.a-masato.jp\r\nContent-Length: 1\r\n\r\nx",
        "listed-host automation upload", "www.a-masato.jp", "", false},
    {"POST /x HTTP/1.1\r\nHost: www.a-masato.jp\r\nUser-Agent: x nmap\r\nContent-Length: "
     "1\r\n\r\nx",
        "listed-host automation upload", "www.a-masato.jp", "", false},
    {"GET /xmlrpc.php HTTP/1.1\r\nHost: www.a-masato.jp\r\n\r\n", "listed-host automation scanner",
        "www.a-masato.jp", "", false},
    {"POST /xmlrpc.php HTTP/1.1\r\nHost: hosting-sv.jp\r\nContent-Length: 1\r\n\r\nx",
        "unlisted-host automation upload scanner", "", "", false},
    /* what is no name is no host */
    {"GET / HTTP/1.1\r\nHost: ..\r\n\r\n", "automation", "", "", false},
    {"GET / HTTP/1.1\r\nHost: <script>\r\n\r\n", "unlisted-host automation", "", "", false},
};

static const char *
join_evidence(const struct ush_finding *finding, char buf[256])
{
	buf[0] = '\0';
	for (unsigned bit = 0; bit < USH_EVIDENCE_COUNT; bit++) {
		if ((finding->evidence & 1u << bit) == 0)
			continue;
		if (buf[0] != '\0')
			strcat(buf, " ");
		strcat(buf, ush_evidence_word(bit));
	}
	return buf;
}

START_TEST(test_finds_evidence_and_rule_of_a_request)
{
	struct ush_finding finding;
	struct asked asked;
	char evidence[256];

	asked_init(&asked, cases[_i].request);
	ush_finding_make(&finding, &asked.contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), cases[_i].evidence);
	ck_assert_str_eq(finding.rule, cases[_i].rule);
	ck_assert_str_eq(
	    finding.url_listed ? finding.planted ? "planted" : "plausible" : "", cases[_i].kind);
	ck_assert_int_eq(finding.person, cases[_i].person);
	if (finding.feed != NULL) {
		ck_assert_str_eq(finding.feed, "emdivi");
		ck_assert_str_eq(finding.campaign, "emdivi");
		ck_assert_str_eq(finding.software, "Emdivi");
	}
	/* Without a list the bytes still speak. */
	ush_finding_make(&finding, &asked.contact, &(struct ush_watchlist){0});
	ck_assert_int_eq(finding.person, cases[_i].person);
	ck_assert_str_eq(finding.rule, "");
	asked_fini(&asked);
}
END_TEST

START_TEST(test_destination_names_the_campaign)
{
	struct ush_contact contact = {.kind = USH_CONTACT_TCP};
	struct ush_blocklist_info info;
	struct ush_finding finding;
	struct ush_address slot;
	bool found = false;

	ush_blocklist_info(sources.snapshot->list->blocklist, &info);
	for (uint32_t i = 0; i < info.campaigns; i++) {
		struct ush_campaign campaign;

		ush_blocklist_campaign(sources.snapshot->list->blocklist, i, &campaign);
		if (campaign.slot < 2)
			continue;
		ck_assert_int_eq(ush_network_nth(&sources.snapshot->settings->module.pool.items[0],
		                     campaign.slot, &slot),
		    0);
		contact.destination = slot;
		ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
		ck_assert_str_eq(finding.campaign, campaign.name);
		ck_assert_uint_eq(finding.evidence, USH_EVIDENCE_RAW);
		ck_assert(!finding.drill);
		found = true;
	}
	ck_assert(found);
	/* The canary's address is slot 1. */
	contact.destination = address_of("127.83.0.1");
	ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
	ck_assert(finding.drill);
	ck_assert_ptr_null(finding.campaign);
}
END_TEST

/* The feed has 137.170.185.211:123/udp: no rule for DNS, but what reaches us of it is known. */
START_TEST(test_an_address_with_a_port_names_the_campaign)
{
	struct ush_contact contact = {.kind = USH_CONTACT_UDP, .destination_port = 123};
	struct ush_finding finding;
	struct asked asked;
	char evidence[256];

	contact.destination = address_of("137.170.185.211");
	ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), "listed-host raw");
	ck_assert_str_eq(finding.rule, "137.170.185.211:123/udp");
	ck_assert_str_eq(finding.campaign, "emdivi");
	ck_assert_str_eq(finding.software, "Emdivi");
	ck_assert_str_eq(finding.feed, "emdivi");
	contact.destination_port = 124;
	ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), "raw");
	ck_assert_ptr_null(finding.campaign);
	/* As the host of a request, at whatever address of ours; what has a name is known by that. */
	asked_init(&asked, "GET / HTTP/1.1\r\nHost: 137.170.185.211\r\n\r\n");
	asked.contact.destination_port = 123;
	ush_finding_make(&finding, &asked.contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), "listed-host automation");
	ck_assert_str_eq(finding.rule, "137.170.185.211:123/udp");
	asked_fini(&asked);
	asked_init(&asked, "GET / HTTP/1.1\r\nHost: other.example.com\r\n\r\n");
	asked.contact.destination = address_of("137.170.185.211");
	asked.contact.destination_port = 123;
	ush_finding_make(&finding, &asked.contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), "unlisted-host automation");
	asked_fini(&asked);
}
END_TEST

/* Addresses that no resolver hands out: what is asked for there does not matter. */
START_TEST(test_calls_at_decoy_addresses_are_a_scanners)
{
	static const char *const addresses[] = {
	    "127.83.0.50", "127.83.0.114", "127.83.0.178", "127.83.0.242"};
	struct ush_contact contact = {.kind = USH_CONTACT_TCP};
	struct ush_finding finding;
	struct asked asked;
	char evidence[256];

	for (int i = 0; i < USH_COUNT(addresses); i++) {
		contact.destination = address_of(addresses[i]);
		ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
		ck_assert_str_eq(join_evidence(&finding, evidence), "scanner raw");
		ck_assert_uint_eq(finding.marks.count, 1);
		ck_assert_str_eq(finding.marks.names[0], "address:decoy");
	}
	asked_init(&asked, "POST /xmlrpc.php HTTP/1.1\r\nHost: www.a-masato.jp\r\n"
	                   "Content-Length: 1\r\n\r\nx");
	asked.contact.destination = address_of(addresses[0]);
	ush_finding_make(&finding, &asked.contact, &sources.snapshot->watchlist);
	ck_assert_uint_ne(finding.evidence & USH_EVIDENCE_SCANNER, 0);
	asked_fini(&asked);
	contact.destination = address_of("127.84.0.50"); /* of another network */
	ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), "raw");
}
END_TEST

START_TEST(test_finds_the_listed_host_of_a_client_hello)
{
	struct ush_hello hello = {.server_name = "www.TURITENGU.jp"};
	struct ush_contact contact = {.kind = USH_CONTACT_TLS, .hello = &hello};
	struct ush_finding finding;
	char evidence[256];

	ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), "listed-host tls-only");
	ck_assert_str_eq(finding.rule, "www.turitengu.jp");
	ck_assert(!finding.person);
	hello.extensions.items[0] = 0xfe0d; /* as every browser of today */
	hello.extensions.count = 1;
	ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), "listed-host browser tls-only");
	ck_assert(!finding.person && !finding.is_private);
	strcpy(hello.server_name, "update.googleapis.com");
	ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), "unlisted-host browser tls-only");
}
END_TEST

/* More is left unwritten as private than what counts as a person's. */
static const struct {
	const char *request;
	bool after_person;
	bool is_private;
} private_rows[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n" PERSON "\r\n", false, true},
    {"GET / HTTP/1.1\r\nHost: a\r\n" PERSON "Cookie: " VECTOR "\r\n\r\n", false, true},
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", false, false},
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true, true},
    {"CONNECT a:443 HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n", false, true},
    {"GET / HTTP/1.1\r\nUser-Agent: Mozilla/5.0 (X11)\r\nAcc", false, true},
    /* broken off: its marks may not have come yet */
    {"POST /form HTTP/1.1\r\nHost: a\r\nAccept-Language: ja\r\nCookie: x", false, true},
    {"POST /form HTTP/1.1\r\nHost: a\r\nCookie: x", false, true},
    {"POST /form HTTP/1.1\r\nHost: a\r\nAuthorization: Ba", false, true},
    {"CONNECT a:443 HTTP/1.1\r\nAuthorization: x\r\n\r\n", false, true},
    {"GET /i.php HTTP/1.1\r\nHost: a\r\nX: y", false, false},
    {"POST /form HTTP/1.1\r\nHost: a\r\nCookie: x", true, true},
    /* a form that a page over https sends on over http has neither */
    {"POST /x.php HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nAccept: */*\r\nAccept-Language: "
     "ja\r\n\r\nq",
        false, true},
    {FORM("/x.php", IE_MODE "\r\nname=Sato&tel=1"), false, true},
    {FORM("/x.php", IE_CONTROL "\r\nname=Sato&tel=1"), false, true},
    {FORM("/x.php", IE_MODE "\r\n" VECTOR), false, true},
    {FORM("/", IE_CONTROL "\r\n" VECTOR), false, true},
    {FORM("/x.php", "Accept-Language: ja\r\nUser-Agent: " MSIE8 "\r\n\r\n" VECTOR), false, false},
    {"POST /x.php HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/1\r\nAccept-Language: ja\r\n\r\nq", false,
        false},
};

START_TEST(test_decides_what_is_private)
{
	struct ush_finding finding;
	struct asked asked;

	asked_init(&asked, private_rows[_i].request);
	asked.contact.after_person = private_rows[_i].after_person;
	ush_finding_make(&finding, &asked.contact, &sources.snapshot->watchlist);
	ck_assert_int_eq(finding.is_private, private_rows[_i].is_private);
	asked_fini(&asked);
}
END_TEST

/* The same where no head was read: a PROXY header in front, bytes that begin like TLS. */
static const struct {
	enum ush_contact_kind kind;
	const char *bytes;
	bool is_private;
} byte_rows[] = {
    {USH_CONTACT_TCP,
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nCookie: id=1\r\n\r\n", true},
    {USH_CONTACT_TCP, "xGET / HTTP/1.1\r\nUser-Agent: Mozilla/5.0 (X11)\r\n\r\n", true},
    {USH_CONTACT_TCP, "xPOST / HTTP/1.1\r\nAuthorization: Basic eA==\r\n\r\n", true},
    {USH_CONTACT_UDP, "accept-language: ja", true},
    {USH_CONTACT_TLS, "\x16\x03\x01\xff\xff cookie: id=1", true},
    {USH_CONTACT_TCP, "NICK bot\r\n", false},
    {USH_CONTACT_UDP, "\x01\x02", false},
    {USH_CONTACT_TLS, "\x16\x03\x01\xff\xff", false},
};

START_TEST(test_finds_what_is_private_in_bytes)
{
	struct ush_finding finding;
	struct asked asked;

	asked_init(&asked, byte_rows[_i].bytes);
	asked.contact.kind = byte_rows[_i].kind;
	asked.contact.head = NULL;
	ush_finding_make(&finding, &asked.contact, &sources.snapshot->watchlist);
	ck_assert_int_eq(finding.is_private, byte_rows[_i].is_private);
	asked.contact.after_person = true;
	ush_finding_make(&finding, &asked.contact, &sources.snapshot->watchlist);
	ck_assert(finding.is_private);
	asked_fini(&asked);
}
END_TEST

/* A client that goes on with an untrusted certificate is a program, or a person after a warning;
 * what is kept of a person does not change by it. */
START_TEST(test_an_untrusted_certificate_accepted_marks_automation)
{
	static const struct {
		const char *request;
		bool automation;
		bool is_private;
	} rows[] = {
	    {"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n", true, false},
	    {"GET / HTTP/1.1\r\nHost: a\r\n" PERSON "\r\n", false, true},
	    {"GET /film HTTP/1.1\r\nHost: a\r\nAccept-Language: ja\r\nUser-Agent: x\r\nAccept: "
	     "*/*\r\nAccept-Encoding: gzip\r\n\r\n",
	        false, true},
	};
	static const struct ush_contact_tls tls = {
	    .established = true, .alert = "", .server_name = "a"};
	struct ush_finding finding;
	struct asked asked;

	asked_init(&asked, rows[_i].request);
	asked.contact.tls = &tls;
	ush_finding_make(&finding, &asked.contact, &sources.snapshot->watchlist);
	ck_assert_int_eq((finding.evidence & USH_EVIDENCE_AUTOMATION) != 0, rows[_i].automation);
	ck_assert_int_eq(finding.is_private, rows[_i].is_private);
	ck_assert_str_eq(finding.marks.names[finding.marks.count - 1], "tls:untrusted-accepted");
	asked_fini(&asked);
}
END_TEST

/* A page's `turn:HOST:80?transport=tcp` makes a browser send it. */
START_TEST(test_takes_stun_for_a_browsers)
{
	static const uint8_t stun[20] = {0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3};
	static const struct {
		size_t flip, len;
		const char *evidence;
	} rows[] = {{11, 20, "raw browser-hint"}, {4, 20, "raw"}, {0, 20, "raw"}, {11, 19, "raw"}};
	struct ush_contact contact = {.kind = USH_CONTACT_TCP};
	struct ush_received raw;
	struct ush_finding finding;
	uint8_t bytes[20];
	char evidence[256];

	memcpy(bytes, stun, sizeof(bytes));
	bytes[rows[_i].flip] ^= 0x80;
	ush_received_init(&raw, 64);
	ush_received_add(&raw, bytes, rows[_i].len);
	contact.raw = &raw;
	contact.destination = address_of("127.84.0.9");
	ush_finding_make(&finding, &contact, &sources.snapshot->watchlist);
	ck_assert_str_eq(join_evidence(&finding, evidence), rows[_i].evidence);
	ck_assert_uint_eq(finding.marks.count, _i == 0);
	ush_received_fini(&raw);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/finding");
	TCase *tcase = tcase_create("finding");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_finds_evidence_and_rule_of_a_request, 0, USH_COUNT(cases));
	tcase_add_test(tcase, test_destination_names_the_campaign);
	tcase_add_test(tcase, test_an_address_with_a_port_names_the_campaign);
	tcase_add_test(tcase, test_calls_at_decoy_addresses_are_a_scanners);
	tcase_add_test(tcase, test_finds_the_listed_host_of_a_client_hello);
	tcase_add_loop_test(tcase, test_takes_stun_for_a_browsers, 0, 4);
	tcase_add_loop_test(tcase, test_decides_what_is_private, 0, USH_COUNT(private_rows));
	tcase_add_loop_test(tcase, test_finds_what_is_private_in_bytes, 0, USH_COUNT(byte_rows));
	tcase_add_loop_test(tcase, test_an_untrusted_certificate_accepted_marks_automation, 0, 3);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
