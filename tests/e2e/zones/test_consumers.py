# SPDX-License-Identifier: BSD-3-Clause
"""Other resolvers and a proxy act on what sinkzone exports for them. BIND and Unbound are in test_exports.py."""

import csv
import io
import ipaddress

import pytest

from harness import paths, report
from harness.ask import addresses, ask, rcode
from harness.consumers import CONSUMER, answers, kresd, pdns_recursor
from harness.daemon import Daemon, run
from harness.squid import PORT, Squid

POOL = ipaddress.ip_network(paths.POOL4)
SINKHOLE = "198.51.100.9"

FEED = """feed: f
indicators:
  - {type: domain, value: exact.test}
  - {type: domain, value: both.test, scope: subdomains}
  - {type: domain, value: nx.both.test, action: nxdomain, scope: subdomains}
  - {type: domain, value: alone.nx.both.test}
  - {type: domain, value: watched.both.test, action: monitor}
  - {type: ip, value: 192.0.2.0/24}
  - {type: url, value: "http://broken-into.test/images/x.php", path: planted}
  - {type: url, value: "http://broken-into.test/a(b)|c", path: plausible}
  - {type: url, value: "http://free.test/x.php"}
"""
NEVER = "free.test\nfree.both.test\n"


@pytest.fixture
def exported(site):
    """Lists that are made for the purpose, and a function that exports them."""
    site.compile(site.feed("feed.yaml", FEED), "--format", "domains", "--scope", "exact", "--never-block", site.feed("never.txt", NEVER))

    def export(kind, *options):
        path = site.directory / f"export.{kind}"
        result = run([paths.SINKZONE, "export", site.database, "--format", kind, "-o", path, *options], check=0)
        return path, result.stderr

    return site, export


def start(site, name, argv, ready):
    daemon = Daemon(name, argv, site.directory)
    site.daemons.append(daemon)
    return daemon.wait_ready(lambda: ready in daemon.log())


def answer(name):
    response = ask(name, source=paths.client(600), server=CONSUMER)
    return addresses(response) or rcode(response)


def test_dnsmasq_does_what_the_list_says(exported):
    site, export = exported
    upstream = site.feed("upstream.hosts", f"{paths.GENUINE4} exact.test x.exact.test both.test free.both.test x.free.both.test "
                                           "watched.both.test x.alone.nx.both.test free.test\n")
    base = ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--no-resolv", "--no-hosts", "--user=root", "--bind-interfaces", "--pid-file"]
    start(site, "upstream", [*base, "--conf-file=/dev/null", f"--addn-hosts={upstream}", "--listen-address=10.53.0.9", "--local=/test/"],
          f"read {upstream}")
    path, said = export("dnsmasq", "--sinkhole-v4", SINKHOLE)
    run(["dnsmasq", "--test", f"--conf-file={path}"], check=0)
    assert "1 left out as the format has no networks" in said
    start(site, "dnsmasq", [*base, f"--conf-file={path}", "--server=10.53.0.9", f"--listen-address={CONSUMER}"], "started")
    assert {name: answer(name) for name in (
        "exact.test", "x.exact.test", "both.test", "x.both.test", "nx.both.test", "x.nx.both.test", "alone.nx.both.test", "free.both.test",
        "x.free.both.test", "watched.both.test", "broken-into.test", "free.test")} == {
        "exact.test": [SINKHOLE], "x.exact.test": [paths.GENUINE4], "both.test": [SINKHOLE], "x.both.test": [SINKHOLE],
        "nx.both.test": "NXDOMAIN", "x.nx.both.test": "NXDOMAIN", "alone.nx.both.test": [SINKHOLE], "free.both.test": [paths.GENUINE4],
        "x.free.both.test": [SINKHOLE], "watched.both.test": [paths.GENUINE4], "broken-into.test": [SINKHOLE], "free.test": [paths.GENUINE4]}


def test_dnsdist_does_what_the_list_says(exported):
    site, export = exported
    upstream = site.feed("upstream.hosts", f"{paths.GENUINE4} x.exact.test free.both.test x.free.both.test watched.both.test free.test other.test\n")
    start(site, "upstream", ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--no-resolv", "--no-hosts", "--user=root", "--bind-interfaces",
                             "--pid-file", "--conf-file=/dev/null", f"--addn-hosts={upstream}", "--listen-address=10.53.0.9", "--local=/test/"],
          f"read {upstream}")
    path, said = export("dnsdist", "--sinkhole-v4", SINKHOLE)
    assert "1 left out as the format has no networks" in said
    config = site.feed("dnsdist.conf", f'setLocal("{CONSUMER}:53")\naddACL("10.0.0.0/8")\nsetSecurityPollSuffix("")\n'
                                       f'newServer{{address="10.53.0.9", healthCheckMode="up"}}\ndofile("{path}")\n')
    run(["dnsdist", "--check-config", "-C", config], check=0)
    daemon = Daemon("dnsdist", ["dnsdist", "--supervised", "--disable-syslog", "-C", config], site.directory, expected_status=(0, -15))
    site.daemons.append(daemon)
    daemon.wait_ready(lambda: answers("other.test"))
    assert {name: answer(name) for name in (
        "exact.test", "x.exact.test", "both.test", "x.both.test", "nx.both.test", "x.nx.both.test", "alone.nx.both.test", "x.alone.nx.both.test",
        "free.both.test", "watched.both.test", "broken-into.test", "free.test", "other.test")} == {
        "exact.test": [SINKHOLE], "x.exact.test": [paths.GENUINE4], "both.test": [SINKHOLE], "x.both.test": [SINKHOLE],
        "nx.both.test": "NXDOMAIN", "x.nx.both.test": "NXDOMAIN", "alone.nx.both.test": [SINKHOLE], "x.alone.nx.both.test": "NXDOMAIN",
        "free.both.test": [paths.GENUINE4], "watched.both.test": [paths.GENUINE4], "broken-into.test": [SINKHOLE], "free.test": [paths.GENUINE4],
        "other.test": [paths.GENUINE4]}
    other = ask("both.test", "MX", source=paths.client(600), server=CONSUMER)
    assert rcode(other) == "NOERROR" and other.answer == []


def redirected(name):
    found = addresses(ask(name, source=paths.client(600), server=CONSUMER))
    return len(found) == 1 and ipaddress.ip_address(found[0]) in POOL


@pytest.mark.parametrize("consumer", [kresd, pdns_recursor])
def test_a_zone_is_acted_on_by_other_resolvers(site, consumer):
    site.compile()
    zone = site.directory / "sinkhole.rpz"
    run([paths.SINKZONE, "export", site.database, "--format", "rpz", "-c", site.path, "-o", zone], check=0)
    consumer(site, zone)
    wrong = [name for name in report.INTERCEPTED if not redirected(name)]
    wrong += [name for name in report.NEIGHBOURS + report.NEVER_BLOCK if redirected(name)]
    assert wrong == []
    assert addresses(ask(report.CORRECTED, source=paths.client(600), server=CONSUMER)) == [paths.GENUINE4]


def test_squid_blocks_the_listed_page_alone(exported):
    site, export = exported
    path, _ = export("squid")
    squid = Squid(site.directory, "10.53.0.8", more=f"""acl sinkhole url_regex "{path}"
http_access deny sinkhole
acl rest src all
deny_info 303:http://passed.test/ rest
http_access deny rest
""")
    site.daemons.append(squid)
    proxy = ["--proxy", f"http://10.53.0.8:{PORT}"]

    def is_denied(url):
        status = int(run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *proxy, url]).stdout)
        return {403: True, 303: False}[status]  # nothing but the last line answers 303

    assert {url: is_denied(url) for url in (
        "http://broken-into.test/images/x.php", "http://broken-into.test:8080/images/x.php?a=b", "http://broken-into.test/images/x.phpp",
        "http://broken-into.test/images/xaphp", "http://broken-into.test/", "http://broken-into.test/a(b)|c", "http://broken-into.test/ab",
        "http://www.broken-into.test/images/x.php", "http://other.test/?http://broken-into.test/images/x.php", "http://free.test/x.php")} == {
        "http://broken-into.test/images/x.php": True, "http://broken-into.test:8080/images/x.php?a=b": True,
        "http://broken-into.test/images/x.phpp": False, "http://broken-into.test/images/xaphp": False, "http://broken-into.test/": False,
        "http://broken-into.test/a(b)|c": True, "http://broken-into.test/ab": False, "http://www.broken-into.test/images/x.php": False,
        "http://other.test/?http://broken-into.test/images/x.php": False, "http://free.test/x.php": False}


def test_help_names_every_format():
    formats = run([paths.SINKZONE, "export", "--help"], check=0).stdout.split("  --format FORMAT")[1].split("\n  -")[0]
    assert sorted(formats.replace(",", "").split()) == sorted(["rpz", "hosts", "domains", "unbound", "dnsmasq", "squid", "nftables", "csv", "dnsdist",
                                                                "adblock", "suricata", "stix", "misp"])


def test_csv_is_a_table_whatever_a_feed_calls_itself(site):
    name = '=cmd|"x",1\n2'
    feed = site.feed("feed.txt", "evil.example.com\n")
    site.compile("--name", name, "--campaign", "c", feed, site.feed("feed.yaml", FEED))
    text = run([paths.SINKZONE, "export", site.database, "--format", "csv", "--sinkhole-v4", SINKHOLE], check=0).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {len(row) for row in rows} == {6} and None not in rows[0]
    assert rows[0] == {"kind": "name", "indicator": "evil.example.com", "action": "sinkhole", "campaign": "c",
                       "feed": "'" + name.replace("\n", "?"), "addresses": SINKHOLE}
    assert {(row["kind"], row["indicator"], row["action"]) for row in rows[2:]} >= {
        ("name", "both.test", "sinkhole"), ("below", "both.test", "sinkhole"), ("below", "nx.both.test", "nxdomain"),
        ("network", "192.0.2.0/24", "sinkhole"), ("planted-url", "broken-into.test/images/x.php", "sinkhole"),
        ("url", "broken-into.test/a(b)|c", "sinkhole")}
    assert ("name", "watched.both.test", "passthru") in {(row["kind"], row["indicator"], row["action"]) for row in rows}


def test_nftables_has_the_listed_networks(site):
    feed = site.feed("ips.txt", "192.0.2.0/24\n192.0.2.7\n198.51.100.9\n2001:db8:1::/48\n")
    never = site.feed("never.txt", "198.51.100.9\n")
    site.compile(feed, "--never-block", never)
    path = site.directory / "sinkhole.nft"
    run([paths.SINKZONE, "export", site.database, "--format", "nftables", "-o", path], check=0)
    for _ in range(2):  # the second time it replaces what is there
        run(["nft", "-f", path], check=0)
    sets = {version: run(["nft", "list", "set", "inet", "sinkhole", f"listed{version}"], check=0).stdout for version in (4, 6)}
    run(["nft", "delete", "table", "inet", "sinkhole"], check=0)
    assert "elements = { 192.0.2.0/24 }" in sets[4] and "elements = { 2001:db8:1::/48 }" in sets[6]
