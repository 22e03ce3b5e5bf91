/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/reader.h"

#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"

/* What a reader has handed over, a line each: kind value scope action; or ! and why not. */
struct reading {
	char text[4096];
};

static const char *const whys[USH_REFUSALS] = {
    [USH_REFUSED_MALFORMED] = "malformed",
    [USH_REFUSED_PARENTHESIS] = "paren",
    [USH_REFUSED_CUT] = "cut",
    [USH_REFUSED_CSV] = "csv",
    [USH_REFUSED_JSON] = "json",
    [USH_REFUSED_TAKEN_BACK] = "taken-back",
    [USH_REFUSED_ROOT] = "root",
    [USH_REFUSED_MAPPING] = "mapping",
    [USH_REFUSED_EXPIRED] = "expired",
    [USH_REFUSED_UNSUPPORTED] = "unsupported",
    [USH_REFUSED_RPZ_CLIENT_IP] = "client-ip",
    [USH_REFUSED_RPZ_NSIP] = "nsip",
    [USH_REFUSED_RPZ_NSDNAME] = "nsdname",
    [USH_REFUSED_RPZ_TCP_ONLY] = "tcp-only",
    [USH_REFUSED_RPZ_OTHER] = "rpz",
    [USH_REFUSED_RPZ_EXPLANATION] = "explanation",
    [USH_REFUSED_OUTSIDE] = "outside",
};

static int
take(void *arg, const struct ush_indicator *indicator)
{
	static const char *const kinds[] = {"name", "url", "path", "net", "note"};
	struct reading *reading = arg;
	size_t used = strlen(reading->text);

	snprintf(reading->text + used, sizeof(reading->text) - used, "%u %s %.*s %u %s\n",
	    indicator->origin.line, kinds[indicator->kind], (int)indicator->len, indicator->value,
	    indicator->scope, ush_action_text(indicator->action));
	if (indicator->campaign != NULL)
		snprintf(reading->text + strlen(reading->text) - 1,
		    sizeof(reading->text) - strlen(reading->text), " campaign %s %s %s %s\n",
		    indicator->campaign,
		    indicator->origin.remark != NULL ? indicator->origin.remark : "-",
		    indicator->origin.confidence != NULL ? indicator->origin.confidence : "-",
		    indicator->origin.added != NULL ? indicator->origin.added : "-");
	return 0;
}

static void
refuse(void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why)
{
	struct reading *reading = arg;
	size_t used = strlen(reading->text);

	(void)value;
	(void)len;
	snprintf(reading->text + used, sizeof(reading->text) - used, "%u ! %s\n", line, whys[why]);
}

static void
read_text(const struct ush_feed_options *options, const char *format, struct reading *reading)
{
	struct ush_feed_sink sink = {.arg = reading, .take = take, .refuse = refuse};
	struct ush_feed *feed;
	struct ush_error err = {0};

	*reading = (struct reading){0};
	if (ush_feed_open(&feed, options, &err) != 0)
		ck_abort_msg("%s", err.text);
	if (format != NULL)
		ck_assert_str_eq(ush_feed_format(feed), format);
	if (ush_feed_read(feed, &sink, &err) != 0)
		ck_abort_msg("%s", err.text);
	ush_feed_close(feed);
}

#define NONE " none\n"
#define ZONE "$TTL 60\n$ORIGIN z.\n@ SOA l. h. 1 2 3 4 5\n@ NS l.\n" /* four lines */

static const struct {
	const char *format;
	const char *text;
	const char *expected;
} feeds[] = {
    {"domains", "# c\n\nexample.jp\r\n  A.Example.jp.  # why\n;x\nexample.jp#x",
        "3 name example.jp 0" NONE "4 name A.Example.jp. 0" NONE "6 name example.jp#x 0" NONE},
    {"domains",
        "\xef\xbb\xbf"
        "first.jp\nlast.jp",
        "1 name first.jp 0" NONE "2 name last.jp 0" NONE},
    {"domains", "", ""},
    {"domains", "soa.example.jp # no SOA here\nSOA\n",
        "1 name soa.example.jp 0" NONE "2 name SOA 0" NONE},
    {"wildcards", "*.a.jp\n*.b.jp\nc.jp\n",
        "1 name a.jp 3" NONE "2 name b.jp 3" NONE "3 name c.jp 0" NONE},
    {"hosts", "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 a.jp b.jp # x\n:: c.jp\nbad.jp\n",
        "3 name a.jp 0" NONE "3 name b.jp 0" NONE "4 name c.jp 0" NONE "5 ! malformed\n"},
    {"hosts",
        "192.0.2.11 nas.corp.example nas\n127.0.0.53 a.jp\n255.255.255.255 broadcasthost\n"
        "::2 b.jp\n::ffff:127.0.0.1 c.jp\nfe80::1%lo0 localhost\n0.0.0.1 d.jp\n::1 e.jp\n",
        "1 ! mapping\n2 name a.jp 0" NONE "4 ! mapping\n5 name c.jp 0" NONE
        "7 ! mapping\n8 name e.jp 0" NONE},
    {"urls", "hxxp.a.jp/x\nHXXP://b.jp/\n", "1 url hxxp.a.jp/x 0" NONE "2 url http://b.jp/ 0" NONE},
    {"urls", "http://a.jp/x\nhxxps://b[.]jp/y?z\nc.jp/w\n",
        "1 url http://a.jp/x 0" NONE "2 url https://b.jp/y?z 0" NONE "3 url c.jp/w 0" NONE},
    /* One of the columns is the indicator; the file does not say which. */
    {"urls",
        "\"1\",\"2026-01-02\",\"https://urlhaus.abuse.ch/url/1/\",\"http://a.jp/x\"\n"
        "https://urlhaus.abuse.ch/url/1/,http://a.jp/x\n2,https://a.jp/x\n"
        "http://a.jp/x;HTTP://b.jp/y\nhttp://a.jp/x?\"y\"\nhttp://a.jp/x,y;z\n",
        "1 ! csv\n2 ! csv\n3 ! csv\n4 ! csv\n5 ! csv\n6 url http://a.jp/x,y;z 0" NONE},
    {"domains", "\"a.jp\"\n\"1\",\"a.jp\"\na.jp,zeus,2026\nb.jp\n",
        "1 ! csv\n2 ! csv\n3 ! csv\n4 name b.jp 0" NONE},
    /* Addresses and networks alone. */
    {"networks",
        "; list\n1.10.16.0/20 ; SBL256894\n192.0.2.1\r\n2001:db8::/32\t;x\n198.51.100.7 # why\n"
        "203.0.113[.]9\n\"5\",\"192.0.2.1\"\n192.0.2.1 a.jp\nb.jp\n",
        "2 net 1.10.16.0/20 0" NONE "3 net 192.0.2.1 0" NONE "4 net 2001:db8::/32 0" NONE
        "5 net 198.51.100.7 0" NONE "6 net 203.0.113.9 0" NONE "7 ! csv\n8 ! malformed\n"
        "9 net b.jp 0" NONE},
    /* A dot in front is a star too. */
    {"domains", ".a.jp\n.\n..\n", "1 name a.jp 3" NONE "2 name . 0" NONE "3 name . 3" NONE},
    {"hosts", "0.0.0.0 .a.jp b.jp\n", "1 name a.jp 3" NONE "1 name b.jp 0" NONE},
    {"dnsmasq", "address=/.a.jp/b.jp/0.0.0.0\nserver=/.c.jp/#\nlocal=/./\n",
        "1 name a.jp 3" NONE "1 name b.jp 0" NONE "2 name c.jp 3 passthru\n3 name . 0" NONE},
    /* Defanged names, and URLs, which are about their hosts. */
    {"domains",
        "a[.]b[.]jp\nb(dot)jp # why\nhxxp://c[.]jp/x\nhxxps[:]//d.jp\n*[.]e[.]jp\nf.jp\n"
        "http://g.jp/\nh\\.x.jp\nhxxp.i.jp\nhxxp[.]j.jp\n\xe6\x97\xa5.jp\n",
        "1 name a.b.jp 0" NONE "2 name b.jp 0" NONE "3 url http://c.jp/x 1" NONE
        "4 url https://d.jp 1" NONE "5 name e.jp 3" NONE "6 name f.jp 0" NONE
        "7 name http://g.jp/ 0" NONE "8 name h\\.x.jp 0" NONE "9 name hxxp.i.jp 0" NONE
        "10 name hxxp.j.jp 0" NONE "11 name \xe6\x97\xa5.jp 0" NONE},
    {"hosts", "0.0.0.0 a[.]jp hxxp://b.jp\n0.0.0.0 c.jp\n",
        "1 name a.jp 0" NONE "1 url http://b.jp 1" NONE "2 name c.jp 0" NONE},
    {"wildcards", "*.a[.]jp\n*.b.jp\n", "1 name a.jp 3" NONE "2 name b.jp 3" NONE},
    {"adblock",
        "[Adblock Plus]\n! c\n||a.jp^\n||b.jp^$important\n@@||c.jp^|\n||d.jp^$third-party\n"
        "||e.jp/x^\nf.jp##.ad\n||g.jp\n|h.jp^\n@@|i.jp^\n|http://j.jp^\n",
        /* Rules come when the list has been read: any of them may be taken back. */
        "6 ! unsupported\n7 ! unsupported\n8 ! unsupported\n12 ! unsupported\n3 name a.jp 0" NONE
        "4 name b.jp 0" NONE "5 name c.jp 0 passthru\n9 name g.jp 0" NONE "10 name h.jp 1" NONE
        "11 name i.jp 1 passthru\n"},
    /* A rule is taken back by the same rule, before it or behind it, and by no other. */
    {"adblock",
        "||a.jp^\n||b.jp^$badfilter\n||b.jp^\n||c.jp^\n||c.jp^$badfilter\n@@||a.jp^$badfilter\n"
        "||d.jp^$important\n||d.jp^$badfilter\n||e.jp^$important,all\n"
        "||e.jp^$important,badfilter,all\n@@||f.jp^\n@@||f.jp^$badfilter\n||f.jp^\n"
        "||g.jp^$badfilter,third-party\n||g.jp^\n||h.jp^$badfilter\n||hh.jp^\n",
        "14 ! unsupported\n1 name a.jp 0" NONE "3 ! taken-back\n4 ! taken-back\n"
        "7 name d.jp 0" NONE "9 ! taken-back\n11 ! taken-back\n13 name f.jp 0" NONE
        "15 name g.jp 0" NONE "17 name hh.jp 0" NONE},
    /* JSON is no CSV, in whatever it is cut; an IPv6 address in brackets is none. */
    {"domains",
        "{\"domain\": \"a.jp\", \"x\": 1}\n[\n  \"b.jp\": {\n},\n]\n[\"c.jp\"]\nd.jp\n\"e.jp\",\"f\"\n",
        "1 ! json\n2 ! json\n3 ! json\n4 ! json\n5 ! json\n6 ! json\n7 name d.jp 0" NONE
        "8 ! csv\n"},
    {"urls", "{\"url\":\"http://a.jp/x\"}\n[2001:db8::1]:8080/x\nhttp://b.jp/x\n",
        "1 ! json\n2 url [2001:db8::1]:8080/x 0" NONE "3 url http://b.jp/x 0" NONE},

    /* abuse.ch: blanks behind commas, "" and # within values, "None"; each column has its place. */
    {"abusech",
        "# \"first_seen_utc\",\"ioc_id\"\n"
        "\"2026-01-02 03:04:05\", \"1\", \"a.jp\", \"domain\", \"botnet_cc\", \"win.x\", \"None\", \"X\", "
        "\"\", \"75\", \"0\", \"https://ref.jp/\", \"a,b # c \"\"d\"\"\", \"0\", \"r\"\n"
        "\"2026-01-02 03:04:05\",\"2\",\"http://b.jp/x\",\"url\",\"t\",\"f\",\"None\",\"X\",\"None\",\"100\","
        "\"None\",\"t\",\"0\",\"r\"\n"
        "\"2026-01-02 03:04:05\", \"3\", \"[2001:db8::1]:443\", \"ip:port\", \"t\", \"f\", \"None\", \"X\", "
        "\"None\", \"100\", \"1\", \"None\", \"t\", \"0\", \"r\"\n"
        "\"2026-01-02 03:04:05\", \"4\", \"v\", \"new_type\", \"t\", \"f\", \"None\", \"X\", \"None\", \"100\", "
        "\"1\", \"None\", \"t\", \"0\", \"r\"\n"
        "\"5\",\"2026-01-02 03:04:05\",\"http://u:p@c.jp/#x\",\"online\",\"\",\"malware_download\",\"elf, #m\","
        "\"https://urlhaus.abuse.ch/url/5/\",\"r\"\n"
        "first_seen_utc,dst_ip,dst_port,c2_status,last_online,malware\n"
        "2026-01-02 03:04:05,192.0.2.1,443,online,2026-01-02,X\n"
        "\"open,a.jp\n\"1\",\"2\"\n",
        "2 name a.jp 1" NONE "3 url http://b.jp/x 1" NONE "4 note [2001:db8::1]:443 1" NONE
        "5 ! unsupported\n6 url http://u:p@c.jp/#x 0" NONE "8 net 192.0.2.1 0" NONE
        "9 ! malformed\n10 ! malformed\n"},
    {"certpl",
        "[{\"DomainAddress\": \"a.jp\", \"InsertDate\": \"2026-01-02T00:00:00\", \"DeleteDate\": null},"
        "{\"DomainAddress\": \"b.jp\", \"DeleteDate\": \"2026-01-03T00:00:00\"}, {\"x\": 1}, 5]",
        "1 name a.jp 0" NONE "2 ! expired\n3 name  0" NONE "4 name  0" NONE},
    {"stix",
        "{\"type\": \"bundle\", \"objects\": [{\"type\": \"malware\"},"
        "{\"type\": \"indicator\", \"pattern\": \"[domain-name:value = 'a.jp' OR url:value='http://b.jp/it\\\\'s']"
        " OR [ ipv4-addr:value = '192.0.2.0/24' ]\"},"
        "{\"type\": \"indicator\", \"pattern\": \"[file:hashes.'SHA-256' = 'ab']\", \"pattern_type\": \"stix\"},"
        "{\"type\": \"indicator\", \"pattern\": \"[domain-name:value = 'c.jp' AND url:value = 'x']\"},"
        "{\"type\": \"indicator\", \"pattern\": \"[domain-name:value != 'c.jp']\"},"
        "{\"type\": \"indicator\", \"pattern\": \"[domain-name:value = 'c.jp\"},"
        "{\"type\": \"indicator\", \"pattern\": \"[domain-name:value = 'd.jp']\", \"revoked\": true},"
        "{\"type\": \"indicator\", \"pattern\": \"[domain-name:value = 'e.jp']\", \"indicator_types\": [\"benign\"]},"
        "{\"type\": \"indicator\", \"pattern\": \"alert tcp\", \"pattern_type\": \"snort\"}, 7]}",
        "2 name a.jp 0" NONE "2 url http://b.jp/it's 0" NONE "2 net 192.0.2.0/24 0" NONE
        "3 note ab 0" NONE "4 note [domain-name:value = 'c.jp' AND url:value = 'x'] 0" NONE
        "5 note [domain-name:value != 'c.jp'] 0" NONE "6 note [domain-name:value = 'c.jp 0" NONE
        "7 ! expired\n8 ! unsupported\n9 ! unsupported\n"},
    {"misp",
        "{\"response\": [{\"Event\": {\"info\": \"e\", \"Attribute\": ["
        "{\"type\": \"domain\", \"value\": \"a.jp\", \"to_ids\": true, \"timestamp\": \"1767312000\"},"
        "{\"type\": \"domain\", \"value\": \"b.jp\", \"to_ids\": false},"
        "{\"type\": \"domain\", \"value\": \"c.jp\", \"to_ids\": \"1\", \"deleted\": true},"
        "{\"type\": \"domain|ip\", \"value\": \"d.jp|192.0.2.1\", \"to_ids\": \"1\"},"
        "{\"type\": \"ip-dst|port\", \"value\": \"2001:db8::1|443\", \"to_ids\": true},"
        "{\"type\": \"comment\", \"value\": \"x\", \"to_ids\": false},"
        "{\"type\": \"yara\", \"value\": \"x\", \"to_ids\": true}], \"Object\": [{\"Attribute\": ["
        "{\"type\": \"url\", \"value\": \"http://e.jp/a|b\", \"to_ids\": true}]}, {\"deleted\": true, \"Attribute\": ["
        "{\"type\": \"url\", \"value\": \"http://f.jp/\", \"to_ids\": true}]}]}}]}",
        "1 name a.jp 0" NONE "2 note b.jp 0" NONE "4 name d.jp 0" NONE
        "5 note [2001:db8::1]:443 0" NONE "7 ! unsupported\n8 url http://e.jp/a|b 0" NONE},

    /* One line decides, whatever the others look like. */
    {"adblock", "x.jp##.ad\ny.jp##.ad\nz.jp/x\n*.w.jp\n @@||a.jp^\n",
        "1 ! unsupported\n2 ! unsupported\n3 ! unsupported\n4 ! unsupported\n"
        "5 name a.jp 0 passthru\n"},
    {"adblock", "! c\n[Adblock Plus 2.0]\nx.jp##.ad\nhttp://y.jp/z\n",
        "3 ! unsupported\n4 ! unsupported\n"},

    /* Unbound: what blocks, in any way. */
    {"unbound",
        "server:\nlocal-zone: \"a.jp\" always_nxdomain\nlocal-zone:b.jp. static\n"
        "local-data: \"c.jp A 0.0.0.0\"\nlocal-zone: 'd.jp' REDIRECT\n"
        "local-data: 'd.jp. 30 IN AAAA ::1'\nlocal-data: \"e.jp 60 cname f.jp\"\n",
        "2 name a.jp 0" NONE "3 name b.jp 0" NONE "4 name c.jp 1" NONE "5 name d.jp 0" NONE
        "6 name d.jp 1" NONE "7 name e.jp 1" NONE},
    /* What lets through, alone and with the data of its name, and what is neither. */
    {"unbound",
        "local-zone: a.jp always_transparent\nlocal-zone: \"b.jp.\" transparent\n"
        "local-data: \"B.jp A 192.0.2.1\"\nlocal-data: \"b.jp AAAA ::1\"\n"
        "local-zone: c.jp inform\nlocal-data: \"x.c.jp A 192.0.2.1\"\n"
        "local-zone: d.jp nodefault\nlocal-zone: e.jp typetransparent",
        "1 name a.jp 3 passthru\n2 name b.jp 2 passthru\n3 name B.jp 1" NONE "4 name b.jp 1" NONE
        "5 name c.jp 3 passthru\n6 name x.c.jp 1" NONE "7 ! unsupported\n8 name e.jp 3 passthru\n"},
    {"unbound",
        "local-zone: a.jp\ninterface: ::\nlocal-data: \"b.jp\"\nlocal-data: \"c.jp 60 IN MX 1 m\"\n"
        "local-data: \"1.2.0.192.in-addr.arpa PTR b.jp\"\nlocal-zone:\n",
        "1 ! malformed\n2 ! unsupported\n3 ! malformed\n4 ! unsupported\n5 ! unsupported\n"
        "6 ! malformed\n"},

    /* dnsmasq: answers, and names that are asked nowhere. */
    {"dnsmasq",
        "address=/a.jp/b.jp/192.0.2.1\naddress=/c.jp/\naddress=/d.jp/#\naddress=/e.jp/::\n"
        "server=/f.jp/\nlocal=/g.jp/\naddress=/*.h.jp/\n",
        "1 name a.jp 0" NONE "1 name b.jp 0" NONE "2 name c.jp 0" NONE "3 name d.jp 0" NONE
        "4 name e.jp 0" NONE "5 name f.jp 0" NONE "6 name g.jp 0" NONE "7 name h.jp 2" NONE},
    /* Names that are asked elsewhere or as usual, and what is no name. */
    {"dnsmasq",
        "server=/a.jp/192.0.2.53\nserver=/b.jp/c.jp/#\nlocal=/d.jp/::1#5353\nport=53\n"
        "address=/e.jp/nonsense\naddress=/#/0.0.0.0\nserver=//\nserver=192.0.2.53\n"
        "address=/*f.jp/\naddress=/g.jp\n",
        "1 ! unsupported\n2 name b.jp 3 passthru\n2 name c.jp 3 passthru\n3 ! unsupported\n"
        "4 ! unsupported\n5 ! malformed\n6 ! root\n7 ! unsupported\n8 ! unsupported\n"
        "9 ! unsupported\n10 ! malformed\n"},

    /* Response policy zones: actions. */
    {"rpz",
        ZONE "a.jp CNAME .\n*.a.jp CNAME .\nb.jp CNAME *.\nc.jp CNAME rpz-passthru.\n"
             "d.jp CNAME RPZ-DROP.\ne.jp CNAME e.jp.\ne.jp CNAME garden.jp.\n"
             "*.f.jp CNAME *.garden.jp.\n",
        "5 name a.jp 1 nxdomain\n6 name a.jp 2 nxdomain\n7 name b.jp 1 nodata\n"
        "8 name c.jp 1 passthru\n9 name d.jp 1 drop\n10 name e.jp 1 passthru\n"
        "11 name e.jp 1 sinkhole\n12 name f.jp 2 sinkhole\n"},
    /* Local data of any type, once for each trigger. */
    {"rpz",
        ZONE "a.jp A 192.0.2.1\na.jp A 192.0.2.2\n     AAAA ::1\nb.jp TXT \"x\"\nc.jp MX 1 m.\n"
             "a.jp A 192.0.2.3\n",
        "5 name a.jp 1 sinkhole\n8 name b.jp 1 sinkhole\n9 name c.jp 1 sinkhole\n"
        "10 name a.jp 1 sinkhole\n"},
    /* Response addresses; host bits do not count, what is no network is no name either. */
    {"rpz",
        ZONE "24.0.2.0.192.rpz-ip CNAME .\n48.zz.5.db8.2001.rpz-ip CNAME *.\n"
             "128.1.zz.RPZ-IP A 192.0.2.1\n24.10.100.51.198.rpz-ip CNAME rpz-passthru.\n"
             "128.8.7.6.5.4.3.db8.2001.rpz-ip CNAME .\n64.zz.2.0.0.db8.2001.rpz-ip CNAME .\n"
             "33.1.2.0.192.rpz-ip CNAME .\n24.0.2.0.rpz-ip CNAME .\n24.0.2.0.300.rpz-ip CNAME .\n"
             "128.1.zz.2.zz.rpz-ip CNAME .\n128.9.8.7.6.5.4.3.db8.2001.rpz-ip CNAME .\n"
             "x.jp.rpz-ip CNAME .\nrpz-ip CNAME .\n*.24.0.2.0.192.rpz-ip CNAME .\n",
        "5 net 192.0.2.0/24 1 nxdomain\n6 net 2001:db8:5::/48 1 nodata\n"
        "7 net ::1/128 1 sinkhole\n8 net 198.51.100.0/24 1 passthru\n"
        "9 net 2001:db8:3:4:5:6:7:8/128 1 nxdomain\n10 net 2001:db8::/64 1 nxdomain\n"
        "11 ! malformed\n12 ! malformed\n13 ! malformed\n14 ! malformed\n15 ! malformed\n"
        "16 ! malformed\n17 ! malformed\n18 ! malformed\n"},
    /* Where a rule comes from, before or behind its data; what is no such text is counted. */
    {"rpz",
        ZONE "a.jp A 192.0.2.1\na.jp TXT \"campaign=c 1\" \"feed=f\" \"confidence=high\" "
             "\"added=2026-01-31\"\nb.jp TXT campaign=c2\nb.jp A 192.0.2.1\nc.jp A 192.0.2.1\n"
             "d.jp TXT \"v=spf1\"\ne.jp TXT campaign=c confidence=certain\n"
             "f.jp TXT campaign=a campaign=b\ng.jp TXT \"campaign=a\\010b\"\nh.jp TXT campaign=\n"
             "i.jp TXT campaign=c added=2026-02-30\nj.jp TXT campaign=c other=1\n"
             "k.jp TXT feed=f campaign=c\nl.jp TXT \"campaign=\\255\"\n"
             "24.0.2.0.192.rpz-ip TXT campaign=n\nm.jp CNAME .\nm.jp TXT campaign=m\n",
        "5 name a.jp 1 sinkhole campaign c 1 feed f high 2026-01-31\n"
        "7 name b.jp 1 sinkhole campaign c2 - - -\n9 name c.jp 1 sinkhole\n"
        "10 name d.jp 1 sinkhole\n11 ! explanation\n11 name e.jp 1 sinkhole\n"
        "12 ! explanation\n12 name f.jp 1 sinkhole\n13 ! explanation\n13 name g.jp 1 sinkhole\n"
        "14 ! explanation\n14 name h.jp 1 sinkhole\n15 ! explanation\n15 name i.jp 1 sinkhole\n"
        "16 ! explanation\n16 name j.jp 1 sinkhole\n17 name k.jp 1 sinkhole\n"
        "18 ! explanation\n18 name l.jp 1 sinkhole\n"
        "19 net 192.0.2.0/24 1 sinkhole campaign n - - -\n20 name m.jp 1 nxdomain\n"
        "21 name m.jp 1 sinkhole campaign m - - -\n"},
    /* What is not for us, each by its reason. */
    {"rpz",
        ZONE
        "a.jp CNAME rpz-tcp-only.\nb.jp.rpz-nsdname CNAME .\n8.0.0.0.10.rpz-client-ip CNAME .\n"
        "8.0.0.0.10.rpz-nsip CNAME .\nc.jp.rpz-new CNAME .\nd.jp CNAME rpz-new.\n"
        "e.jp DNAME f.jp.\ng.jp NS h.jp.\n*.i.jp.rpz-nsdname A 192.0.2.1\n",
        "5 ! tcp-only\n6 ! nsdname\n7 ! client-ip\n8 ! nsip\n9 ! rpz\n10 ! rpz\n11 ! rpz\n"
        "12 ! rpz\n13 ! nsdname\n"},
    /* Records without data. */
    {"rpz", ZONE "a.jp CNAME \\# 0\nb.jp TXT \\# 0\nc.jp A \\# 0\nd.jp CNAME .\n",
        "5 ! malformed\n6 ! malformed\n7 ! malformed\n8 name d.jp 1 nxdomain\n"},
    /* The shapes of zone files. */
    {"rpz",
        "before.jp CNAME .\n@ IN SOA l. h. ( ; c\n 1 2 3\n 4 5 )\n$ORIGIN jp.\na CNAME .\n\n"
        "b 30 CNAME . ; c\n",
        "1 ! outside\n6 name a.jp 1 nxdomain\n8 name b.jp 1 nxdomain\n"},
    {"rpz",
        ZONE "a.jp\tIN\tCNAME\t(\n . )\nb.jp.y. CNAME .\n$ORIGIN sub.z.\nc 60 IN A 192.0.2.1\n"
             "$ORIGIN y.\nd CNAME .\nbad bad bad\n$INCLUDE /etc/passwd\ne.z. CNAME .\n"
             "f.z. RRSIG CNAME 8 3 30 20300101000000 20200101000000 1 z. AAAA\n"
             "z. SOA l. h. 1 2 3 4 5\ny. SOA l. h. 1 2 3 4 5\ng.y. CNAME .\n",
        "5 name a.jp 1 nxdomain\n7 ! outside\n9 name c.sub 1 sinkhole\n11 ! outside\n"
        "12 ! malformed\n13 ! malformed\n14 name e 1 nxdomain\n17 ! outside\n18 ! outside\n"},
    /* A parenthesis left open costs one line: at the next one that opens, and at the end. */
    {"rpz",
        ZONE "a.jp CNAME ( . ; )\nb.jp CNAME .\nc.jp TXT \"(\" ; (\nd.jp TXT ( \"x\"\n "
             "\"y;)\"\n )\n"
             "e.jp TXT \\( (\nf.jp TXT ((\n))\ng.jp TXT ( \"(\"\nh.jp CNAME (\n\ni.jp CNAME .\n",
        "5 ! paren\n6 name b.jp 1 nxdomain\n7 name c.jp 1 sinkhole\n8 name d.jp 1 sinkhole\n"
        "11 ! paren\n12 ! malformed\n14 ! paren\n15 ! paren\n17 name i.jp 1 nxdomain\n"},
    /* An address list in a zone's clothes, without a word that is a CNAME. */
    {"rpz", "@ 60 IN SOA l. h. 1 2 3 4 5\na.jp A 192.0.2.1\nb.jp A 192.0.2.1\nc.jp A 192.0.2.1\n",
        "2 name a.jp 1 sinkhole\n3 name b.jp 1 sinkhole\n4 name c.jp 1 sinkhole\n"},
};

START_TEST(test_formats)
{
	struct ush_feed_options options = {.path = test_write("feed.txt", feeds[_i].text),
	    .explained = strcmp(feeds[_i].format, "rpz") == 0};
	struct reading reading;

	read_text(&options, feeds[_i].format, &reading);
	ck_assert_str_eq(reading.text, feeds[_i].expected);
	/* The format named or guessed is the same. */
	options.format = feeds[_i].format;
	read_text(&options, feeds[_i].format, &reading);
	ck_assert_str_eq(reading.text, feeds[_i].expected);
}
END_TEST

START_TEST(test_only_a_zone_is_explained)
{
	struct ush_feed_options options = {
	    .path = test_write("feed.txt", "a.example.jp\n"), .explained = true};
	struct ush_error err = {0};
	struct ush_feed *feed;

	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "only a response policy zone can be explained"));
	options.explained = false;
	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), 0);
	ush_feed_close(feed);
}
END_TEST

START_TEST(test_a_zone_of_somebody_else_names_no_campaign)
{
	struct ush_feed_options options = {
	    .path = test_write("feed.txt", ZONE "a.jp A 192.0.2.1\na.jp TXT campaign=emdivi\n")};
	struct reading reading;

	read_text(&options, "rpz", &reading);
	ck_assert_str_eq(reading.text, "5 name a.jp 1 sinkhole\n");
	options.explained = true;
	read_text(&options, "rpz", &reading);
	ck_assert_str_eq(reading.text, "5 name a.jp 1 sinkhole campaign emdivi - - -\n");
	options.campaign = "theirs";
	read_text(&options, "rpz", &reading);
	ck_assert_str_eq(reading.text, "5 name a.jp 1 sinkhole\n");
}
END_TEST

/* Lines around the limit whose last word would still be a name if it were cut there. */
START_TEST(test_long_lines_cost_only_themselves)
{
	static const struct {
		const char *start; /* and then blanks up to `size`, and then "a.jp.example.jp" */
		size_t size;
		const char *expected;
	} lines[] = {
	    {"0.0.0.0 b.jp", 65536 - 4, "1 ! cut\n2 name next.jp 0" NONE},
	    {"0.0.0.0 b.jp", 65536 - 4 - 11,
	        "1 name b.jp 0" NONE "1 name a.jp.example.jp 0" NONE "2 name next.jp 0" NONE},
	    {"0.0.0.0 b.jp", 200000, "1 ! cut\n2 name next.jp 0" NONE},
	    {"0.0.0.0 b.jp", 3u << 20, "1 ! cut\n2 name next.jp 0" NONE},
	    {"0.0.0.0 b.jp # c", 3u << 20, "1 name b.jp 0" NONE "2 name next.jp 0" NONE},
	    {"# c", 3u << 20, "2 name next.jp 0" NONE},
	};
	struct ush_feed_options options = {.format = "hosts"};

	for (int i = 0; i < USH_COUNT(lines); i++) {
		char *text = malloc(lines[i].size + 64);
		struct reading reading;

		ck_assert_ptr_nonnull(text);
		memset(text, ' ', lines[i].size);
		memcpy(text, lines[i].start, strlen(lines[i].start));
		snprintf(text + lines[i].size, 64, "%s", "a.jp.example.jp\n0.0.0.0 next.jp\n");
		options.path = test_write("feed.txt", text);
		read_text(&options, "hosts", &reading);
		ck_assert_msg(
		    strcmp(reading.text, lines[i].expected) == 0, "%d: %s", i, reading.text);
		free(text);
	}
}
END_TEST

/* More lines than are ever looked at together, behind a parenthesis and behind many. */
START_TEST(test_long_records_cost_only_themselves)
{
	static const struct {
		const char *start;
		int zeros;
		const char *end;
		const char *expected;
	} lines[] = {
	    {"a.jp CNAME (", 0, "\n", "4 ! paren\n"},
	    {"a.jp CNAME (\nb.jp CNAME (", 0, "\n", "4 ! paren\n5 ! paren\n"},
	    {"a.jp TXT (\nb.jp TXT ( ", 0, " ) )\n", "4 ! paren\n5 ! paren\n"},
	    {"a.jp CNAME ( ;", 65536, ")\n", "4 ! cut\n"},
	    {"a.jp TXT ( x", 65536, ")\n", "4 ! cut\n"},
	    {"a.jp TXT (\n", 65536, ")\n", "4 ! paren\n5 ! cut\n"},
	    {"a.jp TXT \"", 20000, "y CNAME .\n", "4 ! malformed\n"},
	};

	for (int i = 0; i < USH_COUNT(lines); i++) {
		struct ush_feed_options options = {.path = test_path("feed.txt"), .format = "rpz"};
		FILE *file = fopen(options.path, "w");
		struct ush_compile_result result;
		struct ush_error err = {0};
		struct reading reading;

		fputs("$ORIGIN z.\n@ SOA l. h. 1 2 3 4 5\n@ NS l.\n", file);
		fprintf(file, "%s%0*u%s", lines[i].start, lines[i].zeros, 0u, lines[i].end);
		for (unsigned k = 0; k < 5000; k++)
			fprintf(file, "n%u.example.jp CNAME .\n", k);
		fclose(file);
		read_text(&options, "rpz", &reading);
		ck_assert_msg(
		    strncmp(reading.text, lines[i].expected, strlen(lines[i].expected)) == 0,
		    "%d: %.99s", i, reading.text);
		ck_assert_int_eq(
		    test_compile((const char *[]){options.path, NULL}, &result, &err), 0);
		ck_assert_uint_eq(result.feeds[0].indicators, 5000);
		ush_compile_result_fini(&result);
	}
}
END_TEST

START_TEST(test_many_lines_keep_their_numbers)
{
	FILE *file = fopen(test_path("feed.txt"), "w");
	struct ush_blocklist *list;
	struct ush_blocklist_info info;
	struct ush_compile_result result;
	struct ush_error err = {0};

	for (unsigned i = 1; i <= 50000; i++)
		fprintf(file, "n%u.example.jp\n", i);
	fclose(file);
	ck_assert_int_eq(
	    test_compile((const char *[]){test_path("feed.txt"), NULL}, &result, &err), 0);
	ck_assert_uint_eq(result.feeds[0].indicators, 50000);
	ush_compile_result_fini(&result);
	list = test_open(test_path("list.db"), USH_PART_ALL);
	ush_blocklist_info(list, &info);
	ck_assert_uint_eq(info.names, 50000);
	for (uint32_t i = 0; i < info.rules; i++) {
		struct ush_source source;
		char text[64];

		if (ush_blocklist_source(list, i, &source) != 0)
			continue;
		snprintf(text, sizeof(text), "n%u.example.jp", source.line);
		ck_assert_str_eq(source.trigger, text);
		ck_assert_int_eq(test_action(list, text), USH_ACTION_SINKHOLE);
	}
	ush_blocklist_close(list);
}
END_TEST

/* A mistake in our own format is one of the whole feed, with its line. */
static const struct {
	const char *text;
	unsigned line;
	const char *says;
} mistakes[] = {
    {"feed: x\n", 0, "indicators"},
    {"indicators: []\n", 0, "feed"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, scop: exact}\n", 3, "scop"},
    {"feed: x\nindicators:\n  - {type: domian, value: a.jp}\n", 3, "domian"},
    {"feed: x\nindicators:\n  - {type: domain}\n", 3, "value"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, added: 2015-1-2}\n", 3, "date"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, added: 2015-13-01}\n", 3, "date"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, added: 2015-00-01}\n", 3, "date"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, expires: 2015-04-31}\n", 3, "date"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, expires: 2015-04-00}\n", 3, "date"},
    {"feed: x\ndate: 2015-02-29\nindicators: []\n", 2, "date"},
    {"feed: x\ndate: 2100-02-29\nindicators: []\n", 2, "date"},
    {"feed: \"\"\nindicators: []\n", 1, "cannot be empty"},
    {"feed:\nindicators: []\n", 0, "missing"},
    {"feed: x\ncampaign: ''\nindicators: []\n", 2, "cannot be empty"},
    {"feed: x\nindicators:\n  - {type: domain, value: a.jp, hosts: [b.jp]}\n", 3, "url-path"},
    {"feed: x\nindicators:\n  - {type: url-path, value: /a}\n", 3, "hosts"},
    {"feed: x\nindicators:\n  - a.jp\n", 3, "map"},
    {"feed: x\nindicators: a.jp\n", 2, "list"},
    {"feed: [\n", 0, ""},
};

START_TEST(test_mistakes_in_yaml)
{
	struct ush_feed_options options = {.path = test_write("feed.yaml", mistakes[_i].text)};
	struct ush_feed *feed;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
	ck_assert_ptr_null(feed);
	ck_assert_msg(strstr(err.text, mistakes[_i].says) != NULL, "%s", err.text);
	if (mistakes[_i].line != 0)
		ck_assert_uint_eq(err.line, mistakes[_i].line);
}
END_TEST

/* Feeds, campaigns and software as they may be called: up to USH_LIST_NAME_MAX bytes. */
static const struct {
	const char *before;
	const char *after;
} named[] = {
    {"feed: ", "\ncampaign: c\nsoftware: s\nindicators: []\n"},
    {"feed: f\ncampaign: ", "\nsoftware: s\nindicators: []\n"},
    {"feed: f\ncampaign: c\nsoftware: ", "\nindicators: []\n"},
};

START_TEST(names_are_bounded_where_they_are_read)
{
	char name[USH_LIST_NAME_MAX + 2];
	struct ush_feed_options options = {0};
	struct ush_feed *feed;
	struct ush_error err = {0};
	char text[1024];

	memset(name, 'n', sizeof(name));
	name[USH_LIST_NAME_MAX] = '\0';
	for (int too_long = 0; too_long < 2; too_long++) {
		snprintf(text, sizeof(text), "%s%s%s", named[_i].before, name, named[_i].after);
		options.path = test_write("feed.yaml", text);
		ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -too_long);
		ush_feed_close(feed);
		name[USH_LIST_NAME_MAX] = 'n';
		name[USH_LIST_NAME_MAX + 1] = '\0';
	}
	ck_assert_uint_eq(err.line, (unsigned)_i + 1);
	ck_assert_ptr_nonnull(strstr(err.text, "has more than 128 bytes"));
}
END_TEST

START_TEST(a_long_file_name_needs_a_name_for_its_feed)
{
	char file[200];
	struct ush_feed_options options = {0};
	struct ush_feed *feed;
	struct ush_error err = {0};

	memset(file, 'f', sizeof(file));
	file[sizeof(file) - 1] = '\0';
	options.path = test_write(file, "a.example.jp\n");
	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "--name"));
	options.name = "short";
	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), 0);
	ush_feed_close(feed);
}
END_TEST

START_TEST(test_days_that_exist)
{
	static const char *const days[] = {
	    "2015-01-31", "2016-02-29", "2000-02-29", "2015-12-01", "2015-11-30"};

	for (int i = 0; i < USH_COUNT(days); i++) {
		char text[64];
		struct ush_feed_options options = {0};
		struct ush_error err = {0};
		struct ush_feed *feed;

		snprintf(text, sizeof(text), "feed: x\ndate: %s\nindicators: []\n", days[i]);
		options.path = test_write("feed.yaml", text);
		ck_assert_msg(ush_feed_open(&feed, &options, &err) == 0, "%s", err.text);
		ck_assert_str_eq(ush_feed_head(feed)->date, days[i]);
		ush_feed_close(feed);
	}
}
END_TEST

START_TEST(test_the_command_line_has_the_last_word)
{
	struct ush_feed_options options = {
	    .path = test_write("a.list.txt", "a.jp\n"),
	    .action = USH_ACTION_NODATA,
	    .campaign = "c",
	    .scope = USH_SCOPE_EXACT,
	};
	struct ush_error err = {0};
	struct ush_feed *feed;

	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), 0);
	ck_assert_str_eq(ush_feed_head(feed)->name, "a.list");
	ck_assert_str_eq(ush_feed_head(feed)->campaign, "c");
	ck_assert_int_eq(ush_feed_head(feed)->action, USH_ACTION_NODATA);
	ck_assert_uint_eq(ush_feed_head(feed)->scope, USH_SCOPE_EXACT);
	ush_feed_close(feed);
	options = (struct ush_feed_options){.path = options.path, .format = "nonsense"};
	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
	options = (struct ush_feed_options){.path = test_path("missing.txt")};
	ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.file, "missing.txt"));
}
END_TEST

/* It says how a feed blocks and how far a bare name goes; exceptions stay exceptions. */
static const struct {
	const char *text;
	unsigned scope;
	const char *expected;
} overridden[] = {
    {ZONE "a.jp CNAME .\n*.a.jp CNAME *.\nb.jp CNAME rpz-passthru.\nc.jp A 192.0.2.1\n", 0,
        "5 name a.jp 1" NONE "6 name a.jp 2" NONE "7 name b.jp 1 passthru\n8 name c.jp 1" NONE},
    {"||a.jp^\n@@||b.jp^\n", 3, "1 name a.jp 0" NONE "2 name b.jp 0 passthru\n"},
    {"local-zone: a.jp static\nlocal-zone: b.jp transparent\nlocal-data: 'c.jp A 192.0.2.1'\n", 3,
        "1 name a.jp 0" NONE "2 name b.jp 3 passthru\n3 name c.jp 0" NONE},
    {"address=/a.jp/\naddress=/*.c.jp/.d.jp/\nserver=/b.jp/*.e.jp/#\n", 1,
        "1 name a.jp 0" NONE "2 name c.jp 0" NONE "2 name d.jp 0" NONE
        "3 name b.jp 3 passthru\n3 name e.jp 2 passthru\n"},
    {"*.a.jp\n.b.jp\nc.jp\n*.d.jp\n", 1,
        "1 name a.jp 0" NONE "2 name b.jp 0" NONE "3 name c.jp 0" NONE "4 name d.jp 0" NONE},
    {"0.0.0.0 *.a.jp b.jp hxxp://c.jp/\n", 3,
        "1 name a.jp 0" NONE "1 name b.jp 0" NONE "1 url http://c.jp/ 0" NONE},
};

START_TEST(test_what_the_command_line_overrides)
{
	struct ush_feed_options options = {
	    .path = test_write("feed.txt", overridden[_i].text),
	    .action = USH_ACTION_NODATA,
	    .scope = overridden[_i].scope,
	};
	struct reading reading;

	read_text(&options, NULL, &reading);
	ck_assert_str_eq(reading.text, overridden[_i].expected);
}
END_TEST

START_TEST(test_no_scope_for_those_who_say_it)
{
	static const char *const texts[] = {
	    ZONE "a.jp CNAME .\n", "feed: x\nindicators:\n  - {type: domain, value: a.jp}\n"};
	struct ush_feed_options options = {.scope = USH_SCOPE_EXACT};
	struct ush_error err = {0};
	struct ush_feed *feed;

	for (int i = 0; i < USH_COUNT(texts); i++) {
		options.path = test_write("feed.txt", texts[i]);
		ck_assert_int_eq(ush_feed_open(&feed, &options, &err), -1);
		ck_assert_ptr_nonnull(strstr(err.text, "--scope is not for it"));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/readers");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, NULL, test_directory_remove);
	tcase_add_test(tcase, test_only_a_zone_is_explained);
	tcase_add_test(tcase, test_a_zone_of_somebody_else_names_no_campaign);
	tcase_add_loop_test(tcase, test_formats, 0, USH_COUNT(feeds));
	tcase_add_test(tcase, test_long_lines_cost_only_themselves);
	tcase_add_test(tcase, test_long_records_cost_only_themselves);
	tcase_add_test(tcase, test_many_lines_keep_their_numbers);
	tcase_add_loop_test(tcase, test_mistakes_in_yaml, 0, USH_COUNT(mistakes));
	tcase_add_loop_test(tcase, names_are_bounded_where_they_are_read, 0, USH_COUNT(named));
	tcase_add_test(tcase, a_long_file_name_needs_a_name_for_its_feed);
	tcase_add_test(tcase, test_days_that_exist);
	tcase_add_test(tcase, test_the_command_line_has_the_last_word);
	tcase_add_loop_test(tcase, test_what_the_command_line_overrides, 0, USH_COUNT(overridden));
	tcase_add_test(tcase, test_no_scope_for_those_who_say_it);
	return ush_unit_run(suite);
}
