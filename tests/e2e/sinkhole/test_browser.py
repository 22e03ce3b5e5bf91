# SPDX-License-Identifier: BSD-3-Clause
"""A real Chromium at a listed URL, whatever sent it there, is a PERSON; and what it shows can be read."""

import struct
import time
import zlib

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.browser import RESOLVED, Chromium
from harness.daemon import wait_for
from harness.site import field
from harness.web import OtherSite

BROWSER_HOST = "10.10.200.1"  # what programs call from that choose no address, see in-namespace
OTHER_SITE = "10.10.201.1"
ELSEWHERE = paths.client(9)
HOST = "www.sekisan.biz"
LISTED = f"http://{HOST}/wp-content/plugins/akismet/state/index.php"  # planted: a program that calls it is INFECTED
HEADING = {"ja": "安全のため、このアドレスへの接続を止めました", "en": "This address was stopped for your protection"}


@pytest.fixture(scope="module")
def hosts(sensor):
    """All that the browser can reach."""
    return {HOST: addresses(ask(HOST, source=ELSEWHERE))[0], OTHER_SITE: RESOLVED}


def test_the_browser_reaches_nothing_but_what_a_test_names(sensor, browser):
    """Or these tests would depend on what a release of it asks on its own behalf."""
    contacts = sensor.contacts()
    assert browser.open("http://www.toko-ton.com/") == "net::ERR_NAME_NOT_RESOLVED"
    assert browser.open("http://clients2.google.com/time/1/current") == "net::ERR_NAME_NOT_RESOLVED"
    assert sensor.contacts() == contacts and not sensor.dns_events(name="www.toko-ton.com")


def test_chromium_at_a_listed_url(sensor, hosts, tmp_path):
    ask(HOST, source=BROWSER_HOST)
    with Chromium(tmp_path, hosts) as browser:
        assert browser.open(LISTED) is None
        page = browser.text()
    contacts = sensor.await_contacts(action="http-request", source=BROWSER_HOST, seconds=20)
    listed = [e for e in contacts if "c2-url" in e["sinkhole"]["evidence"]]
    assert listed and "browser" in listed[0]["sinkhole"]["evidence"]
    assert "decoded" not in listed[0]["sinkhole"]["evidence"]
    assert listed[0]["sinkhole"]["reference"] in page
    sensor.await_dns(source=BROWSER_HOST, name=HOST)
    assert call_of(sensor) == "PERSON"


def call_of(site, host=BROWSER_HOST):
    """What the table of hosts says of it."""
    rows = [line.split() for line in site.sinkctl("hosts").splitlines()]
    return next(row[0] for row in rows if host in row)


def is_a_persons(event):
    """Nothing but a browser, and nothing of what was typed is kept."""
    assert "browser" in event["sinkhole"]["evidence"], event
    assert not {"decoded", "automation", "scanner"} & set(event["sinkhole"]["evidence"]), event
    assert "raw" not in event["sinkhole"] and "query" not in event["url"], event


@pytest.fixture(scope="module")
def browser(tmp_path_factory, hosts):
    with Chromium(tmp_path_factory.mktemp("chromium"), hosts) as browser:
        yield browser


class News:
    """The contacts that came since it was made."""

    def __init__(self, site):
        self.site = site
        self.before = len(site.contacts())

    def requests(self):
        return [e for e in self.site.contacts()[self.before:] if e["event"]["action"].startswith("http-")]

    def hellos(self):
        return [e for e in self.site.contacts()[self.before:] if e["event"]["action"] == "tls-client-hello"]

    def await_requests(self):
        wait_for(self.requests, "a request of the browser", 20)
        time.sleep(0.3)  # whatever else it wants to have
        return self.requests()


# What it shows


def pixels(png):
    """Width, height and how many different bytes the picture is made of: a blank one has next to none."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack("!II", png[16:24])
    at, data = 8, b""
    while at < len(png):
        length, kind = struct.unpack("!I4s", png[at:at + 8])
        data += png[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    return width, height, len(set(zlib.decompress(data)))


def fits(browser, width):
    """Nothing has to be pushed sideways to be read. (A phone makes room for what is too wide by showing all of it smaller.)"""
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("innerWidth") == width


SIZES = {"desktop": (1280, 800, False), "phone": (390, 844, True), "small": (320, 480, True)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", HEADING)
def test_the_page_fits_and_speaks_the_browsers_language(sensor, hosts, tmp_path, language, size):
    width, height, mobile = SIZES[size]
    news = News(sensor)
    with Chromium(tmp_path, hosts, language=language) as browser:
        browser.resize(width, height, mobile)
        assert browser.open(LISTED) is None
        fits(browser, width)
        seen = pixels(browser.screenshot(tmp_path / "page.png"))
        text = browser.text()
        assert browser.evaluate("document.documentElement.lang") == language
        # The content security policy allows our style, and nothing was to be fetched.
        assert browser.evaluate("getComputedStyle(document.body).maxWidth") != "none"
        assert browser.evaluate("performance.getEntriesByType('resource').length") == 0
    assert seen[:2] == (width, height) and seen[2] > 20
    request, = news.await_requests()
    assert text.startswith(HEADING[language])
    assert HOST in text and request["sinkhole"]["reference"] in text
    assert field(request, "http.response.status_code") == 403
    is_a_persons(request)
    assert call_of(sensor) == "PERSON"


@pytest.mark.parametrize("size", SIZES)
def test_the_page_fits_with_the_longest_name_and_settings(site, tmp_path, size):
    """The longest name that DNS has, and settings without a blank."""
    name = ".".join(("a" * 63, "b" * 63, "c" * 63, "d" * 49, "example.com"))
    site.settings["sinkhole"] |= {"listen": [{"address": "198.51.100.99", "tcp": [8081]}], "organisation": "O" * 70,
                                  "contact": "https://helpdesk.example.com/" + "y" * 60}
    site.write().compile(site.feed("long.txt", name + "\n"))
    site.sinkhole()
    width, height, mobile = SIZES[size]
    with Chromium(tmp_path, {name: "198.51.100.99:8081"}) as browser:
        browser.resize(width, height, mobile)
        assert browser.open(f"http://{name}/") is None
        text = browser.text()
        browser.screenshot(tmp_path / "page.png")
        assert name in text and "O" * 70 in text and "y" * 60 in text
        fits(browser, width)


def test_without_scripts_it_says_the_same(sensor, hosts, other_site, tmp_path):
    other_site.body = "<p id=p>off</p><script>p.textContent = 'on'</script>"
    news = News(sensor)
    with Chromium(tmp_path, hosts, "--blink-settings=scriptEnabled=false") as browser:
        browser.open(other_site.url)
        assert ">off<" in browser.html()
        assert browser.open(LISTED) is None
        page = browser.html()
    request, = news.await_requests()
    assert HEADING["ja"] in page and request["sinkhole"]["reference"] in page and HOST in page
    assert "<script" not in page.lower()
    is_a_persons(request)


# What sends it there


@pytest.fixture(scope="module")
def other_site():
    with OtherSite(OTHER_SITE) as site:
        yield site


@pytest.mark.parametrize("language", HEADING)
def test_it_tries_https_first(sensor, hosts, tmp_path, language):
    """Typed without a scheme or as http: Chromium asks over https, is turned away, and comes back over http."""
    news = News(sensor)
    with Chromium(tmp_path, hosts, language=language) as browser:
        assert browser.open(f"http://{HOST}/") is None
    request, = news.await_requests()
    hellos = news.hellos()
    assert hellos and {e["tls"]["client"]["server_name"] for e in hellos} == {HOST}
    assert hellos[0]["@timestamp"] <= request["@timestamp"] and hellos[0]["sinkhole"]["ja4"].startswith("t13d")
    is_a_persons(request)
    assert call_of(sensor) == "PERSON"


POST = f"fetch('{LISTED}', {{mode: 'no-cors', method: 'POST', body: 'a=b'}}).catch(() => 0)"
FORM = f"<form id=f method=post action='{LISTED}'><input name=a value=b></form><script>f.submit()</script>"
SILENT = "<meta name=referrer content=no-referrer>"
# Name: what stands in the other site's page, and the answer: 403 for a page, 404 for what no person looks at.
WAYS = {
    "a picture": (f"<img src='{LISTED}'>", 404),
    "a picture without a Referer": (f"{SILENT}<img src='{LISTED}'>", 404),
    "a picture to come": (f"<link rel=preload as=image href='{LISTED}'>", 404),
    "a page to come": (f"<link rel=prefetch href='{LISTED}'>", 404),
    "a script": (f"<script src='{LISTED}'></script>", 404),
    "a style": (f"<link rel=stylesheet href='{LISTED}'>", 404),
    "a font": (f"<style>@font-face {{font-family: x; src: url({LISTED})}} p {{font-family: x}}</style><p>x", 404),
    "a film": (f"<video src='{LISTED}' autoplay></video>", 404),
    "a frame": (f"<iframe src='{LISTED}'></iframe>", 403),
    "an object": (f"<object data='{LISTED}'></object>", 403),
    "a script's GET": (f"<script>fetch('{LISTED}', {{mode: 'no-cors'}}).catch(() => 0)</script>", 404),
    "a script's POST": (f"<script>{POST}</script>", 404),
    "a script's POST without a Referer": (f"{SILENT}<script>{POST}</script>", 404),
    "a script's PUT": (f"<script>fetch('{LISTED}', {{method: 'PUT', body: 'a'}}).catch(() => 0)</script>", 404),
    "a parting word": (f"<script>navigator.sendBeacon('{LISTED}', 'a=b')</script>", 404),
    "a stream of events": (f"<script>new EventSource('{LISTED}')</script>", 404),
    "a web socket": (f"<script>new WebSocket('{LISTED.replace('http', 'ws')}')</script>", 404),
    "a form": (FORM, 403),
    "a form without a Referer": (SILENT + FORM, 403),
    "a redirect": (f"<meta http-equiv=refresh content='0; url={LISTED}'>", 403),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_a_page_makes_a_browser_fetch_is_called_a_persons(sensor, browser, other_site, way):
    other_site.body, status = WAYS[way]
    news = News(sensor)
    browser.open(other_site.url)
    for request in news.await_requests():
        is_a_persons(request)
        assert "c2-url" in request["sinkhole"]["evidence"] and request["sinkhole"]["path_kind"] == "planted"
        assert field(request, "http.response.status_code") == status
        assert ("prefetch" in request["sinkhole"]["evidence"]) == (way == "a page to come")
        assert ("embedded" in request["sinkhole"]["evidence"]) == (way in ("a picture", "a picture to come"))
    browser.open("about:blank")
    assert call_of(sensor) == "PERSON"


def test_speculation_over_https_is_a_hello_at_most(sensor, browser, other_site):
    """Speculation rules lead nowhere but to https, so nothing but a name is ever seen of them."""
    url = LISTED.replace("http:", "https:")
    other_site.body = ('<script type=speculationrules>{"prerender": [{"source": "list", "eagerness": "immediate", "urls": ["%s"]}], '
                       '"prefetch": [{"source": "list", "eagerness": "immediate", "urls": ["%s"]}]}</script>' % (url, LISTED))
    news = News(sensor)
    browser.open(other_site.url)
    wait_for(news.hellos, "the name", 20)
    time.sleep(0.3)
    assert {e["tls"]["client"]["server_name"] for e in news.hellos()} == {HOST} and not news.requests()
    browser.open("about:blank")
    assert call_of(sensor) == "PERSON"
