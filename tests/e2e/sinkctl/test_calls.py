# SPDX-License-Identifier: BSD-3-Clause
"""Real clients at the sinkhole, and the calls that they get: what follows links is never INFECTED."""

import json
import subprocess

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.browser import Chromium
from harness.clients import BROWSER, EMDIVI_AGENT, PROFILE, beacon, browse, curl, emdivi, hello_tls, lokibot, lokibot_request, send_raw
from harness.daemon import environment, wait_for
from harness.site import field

HOST = "www.sekisan.biz"
PLANTED = f"http://{HOST}/wp-content/plugins/akismet/state/index.php"
SEVERAL_NAMES = ("www.kaerunote.com", "www.muku-mori.com", "www.a-masato.jp", "www.toko-ton.com")
PLAUSIBLE = ("http://www.iandeye.co.jp/blog/2014/index.php", "http://www.ims.gr.jp/")
BROWSER_HOST = "10.10.200.1"  # what programs call from that choose no address, see in-namespace
SINK = "198.51.100.2"
UNLISTED = "198.51.100.77"  # of the pool, but no campaign's


def rows(site, host):
    """Call and why of each row of the host."""
    found = json.loads(site.sinkctl("hosts", "--json"))["hosts"]
    return [(row["call"], row["why"]) for row in found if row["host"] == host]


def also(site, host):
    found = json.loads(site.sinkctl("hosts", "--json"))["hosts"]
    return {(more["call"], more["why"]) for row in found if row["host"] == host for more in row["also"]}


@pytest.fixture(scope="module")
def sink(sensor):
    return addresses(ask(HOST, source=paths.client(9)))[0]


# What follows links

AGENTS = {
    "Office": ("Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
               ["Accept: */*", "UA-CPU: AMD64", "Accept-Encoding: gzip, deflate"]),
    "Outlook": ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
                ["Accept: */*", "Accept-Encoding: gzip, deflate"]),
    "httpx of Python": ("python-httpx/0.27.0", ["Accept: */*", "Accept-Encoding: gzip, deflate"]),
    "WhatsApp": ("WhatsApp/2.23.20.0", ["Accept: */*"]),
    "Slack": ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", ["Accept: */*", "Range: bytes=0-32768"]),
    "Teams": ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", ["Accept: text/html"]),
    "Java": ("Java/17.0.9", ["Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"]),
    "PowerShell": ("Mozilla/5.0 (Windows NT; Windows NT 10.0; ja-JP) WindowsPowerShell/5.1.19041.1", []),
    "an agent that calls itself nmap": ("WinHTTP nmap", ["Accept: */*"]),
    "an agent that calls itself a scanner": ("zgrab/0.x", ["Accept: */*", "Accept-Encoding: gzip"]),
    "a scanner of links": ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36", []),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("agent", AGENTS)
def test_a_link_is_followed(sensor, sink, agent, method):
    source = paths.client(800 + 2 * list(AGENTS).index(agent) + (method == "HEAD"))
    name, headers = AGENTS[agent]
    curl(PLANTED, sink, source, *(["-I"] if method == "HEAD" else []), "-A", name, headers=headers)
    sensor.await_contacts(source=source)
    assert rows(sensor, source) == [("POSSIBLE", "c2-url")]


def test_webdav_looks_at_a_link(sensor, sink):
    source = paths.client(830)
    for method in ("OPTIONS", "PROPFIND"):
        curl(PLANTED, sink, source, "-X", method, "-A", "Microsoft-WebDAV-MiniRedir/10.0.19045", headers=["translate: f"])
    sensor.await_contacts(2, source=source)
    assert rows(sensor, source) == [("POSSIBLE", "c2-url")]


def test_wget_at_a_planted_url(sensor, sink):
    source = paths.client(831)
    subprocess.run(["wget", "-q", "-O", "/dev/null", "--tries=1", f"--bind-address={source}", f"--header=Host: {HOST}",
                    PLANTED.replace(HOST, sink)], env=environment(), timeout=20)
    sensor.await_contacts(source=source)
    assert rows(sensor, source) == [("POSSIBLE", "c2-url")]


def test_a_feed_reader_with_two_of_the_sites(sensor, sink):
    source = paths.client(832)
    for url in PLAUSIBLE * 3:
        curl(url, sink, source, "-A", "Thunderbird-like feed reader/1.0", headers=["Accept: application/rss+xml"])
    sensor.await_contacts(6, source=source)
    assert {call for call, _ in rows(sensor, source)} == {"POSSIBLE"}


@pytest.mark.parametrize("tries", [lambda *call: curl(f"http://{call[2]}/", *call[:2]), hello_tls], ids=["http", "https"])
def test_each_host_of_a_report_is_tried_once(sensor, sink, tries):
    """As a responder does who checks whether the sinkhole works: in seconds, and not again."""
    source = paths.client(833 + (tries == hello_tls))
    for name in SEVERAL_NAMES:
        tries(sink, source, name)
    sensor.await_contacts(4, source=source)
    assert {call for call, _ in rows(sensor, source)} == {"POSSIBLE"}


# What does not

def test_a_program_that_sends_data(sensor, sink):
    source = paths.client(840)
    curl(PLANTED, sink, source, "-A", "Mozilla/5.0 (Windows NT 10.0)", data="id=1")
    sensor.await_contacts(source=source)
    assert rows(sensor, source) == [("LIKELY", "post")]


def test_another_family_of_malware(sensor, sink):
    """Loki-Bot's request as it was published, on a host that is listed for something else."""
    source = paths.client(843)
    send_raw(lokibot_request(HOST, lokibot()), sink, 80, source)
    found = sensor.await_contacts(source=source)[0]["sinkhole"]["beacon"]
    assert found["family"] == "LokiBot" and found["user"] == "admin" and found["computer"] == "USER-PC"
    assert rows(sensor, source) == [("INFECTED", "beacon")]
    page = sensor.sinkctl("host", source)
    assert "LokiBot" in page and "8569AAFF63AAA71D80400E25" in page and "ckav.ru" in page


def test_the_user_agent_of_the_samples(sensor, sink):
    source = paths.client(841)
    curl(PLANTED, sink, source, "-A", EMDIVI_AGENT)
    sensor.await_contacts(source=source)
    assert rows(sensor, source) == [("LIKELY", "agent")]


# What browsers do by themselves

@pytest.mark.parametrize("to", ["the campaign's address", "another address"])
@pytest.mark.parametrize("name", ["clients2.google.com", "update.googleapis.com"])
def test_what_a_browser_asks_of_its_maker(sensor, sink, tmp_path, name, to):
    """Wherever these names lead, a person stays a person."""
    where = sink if to == "the campaign's address" else UNLISTED
    assert to == "the campaign's address" or where != sink
    with Chromium(tmp_path, {HOST: sink, name: where}) as browser:
        browser.open(f"http://{HOST}/")
        browser.open(f"https://{name}/service/update2/json")
        wait_for(lambda: any(field(e, "tls.client.server_name") == name for e in sensor.contacts(source=BROWSER_HOST)),
                 "TLS with " + name, 20)
    # As Chromium 156 asks for the time; nobody opens that page.
    curl(f"http://{name}/time/1/current?cup2key=8:x&cup2hreq=y", where, BROWSER_HOST,
         headers=["User-Agent: Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0", "Pragma: no-cache",
                  "Cache-Control: no-cache", "Accept-Encoding: gzip, deflate", "Accept:"])
    wait_for(lambda: any(field(e, "url.domain") == name and e["destination"]["ip"] == where
                         for e in sensor.contacts("http-request", BROWSER_HOST)), "the request for " + name)
    assert {call for call, _ in rows(sensor, BROWSER_HOST)} == {"PERSON"}


def test_a_spare_connection_of_a_browser(sensor, sink):
    """At an address of no campaign it is no row, but stays in the timeline."""
    source = paths.client(844)
    send_raw(b"", UNLISTED, 80, source)
    sensor.await_contacts(action="tcp-silent", source=source)
    assert rows(sensor, source) == [("POSSIBLE", "connect")]
    browse(f"http://{HOST}/", sink, source)
    sensor.await_contacts(2, source=source)
    assert rows(sensor, source) == [("PERSON", "browser")]
    assert f"tcp-silent: tcp {UNLISTED}:80" in sensor.sinkctl("host", source)


def test_many_https_links_in_a_browser(sensor, sink, tmp_path):
    """A browser's ClientHello is no program's, however many names it asks for."""
    with Chromium(tmp_path, {name: sink for name in SEVERAL_NAMES}) as browser:
        for name in SEVERAL_NAMES:
            browser.open(f"https://{name}/")
    found = sensor.await_contacts(4, action="tls-client-hello", source=BROWSER_HOST, seconds=20)
    assert all("browser" in e["sinkhole"]["evidence"] for e in found)
    assert not {call for call, _ in rows(sensor, BROWSER_HOST)} & {"INFECTED", "LIKELY"}


# Proxies

def test_a_proxy_that_is_not_listed_names_the_host(sensor, sink):
    proxy, victim = paths.client(850), "10.20.3.11"
    beacon(PLANTED, sink, proxy, emdivi([("x", PROFILE)]), headers=["Via: 1.1 proxy (squid/5.7)", f"X-Forwarded-For: {victim}"])
    sensor.await_contacts(source=proxy)
    assert rows(sensor, proxy) == [("LIKELY", "beacon-via")] and also(sensor, proxy) == {("RELAY", "proxy-like")}
    assert rows(sensor, victim) == [("POSSIBLE", "claimed")]
    table = sensor.sinkctl("hosts")
    assert f"looks like a proxy, names {victim}" in table and f"claimed, not proved: so says {proxy}" in table
    assert proxy in sensor.sinkctl("host", victim) and "claimed" in sensor.sinkctl("host", victim)


def test_a_tunnel_of_a_trusted_proxy_that_names_nobody(site):
    proxy = paths.client(851)
    site.settings["sinkhole"] |= {"trusted-proxies": [proxy + "/32"], "listen": [{"address": paths.POOL4, "tcp": [8443]}]}
    site.write().compile()
    site.sinkhole()
    body = emdivi([("x", PROFILE)]).encode()
    request = (f"POST {PLANTED.split(HOST)[1]} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {EMDIVI_AGENT}\r\n"
               f"X-Forwarded-For: 10.66.6.6\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    send_raw(request, SINK, 8443, proxy)
    event = site.await_contacts(source=proxy)[0]
    assert "decoded" in event["sinkhole"]["evidence"]
    assert rows(site, proxy) == [("RELAY", "behind")]
    assert "a machine behind it is INFECTED (beacon), it does not say which" in " ".join(site.sinkctl("hosts").split())
    assert not {call for call, _ in rows(site, "10.66.6.6")} & {"INFECTED", "LIKELY"}


def test_machines_behind_one_address(sensor, sink):
    source = paths.client(852)
    for number in range(3):
        beacon(PLANTED, sink, source, emdivi([("x", PROFILE.replace("Koitochu", f"Target{number}"))]))
    sensor.await_contacts(3, source=source)
    row = next(line.split() for line in sensor.sinkctl("hosts").splitlines() if source in line.split())
    assert row[:2] == ["INFECTED", "beacon:3"]
