# SPDX-License-Identifier: BSD-3-Clause
"""The page says what sinkctl says, only this machine may ask for it, and what an attacker sent is text on it."""

import html
import json
import re
import time

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.browser import RESOLVED, Chromium
from harness.clients import PROFILE, beacon, browse, curl, emdivi, hello_tls
from harness.daemon import wait_for
from harness.firefox import Firefox
from harness.site import Site, let_everybody_through
from harness.watch import BASE, Rows, Watch, host_rows
from harness.workstation import Workstation

C2 = "http://www.toko-ton.com/koushi/detail/index.php"
INFECTED, PERSON, DNS_ONLY, HOSTILE, LEASED = (paths.client(n) for n in range(990, 995))
NAMES = {INFECTED: "経理-pc01", HOSTILE: "<u/class=attacker>", PERSON: "reception"}
# Each of them would make an element, run, or turn the text around.
EVIL = ("<script>document.title='attacked'</script>", "<img class=attacker src=x onerror=alert(1)>", "\"'><b class=attacker>",
        "&lt;i class=attacker&gt;", "\u202egpj.exe\u2066")
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.fixture(scope="module")
def site(authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("watched"), authority)
    site.settings["store"]["host-names"] = "hosts"
    (site.directory / "hosts").write_text("".join(f"{address} {name}\n" for address, name in NAMES.items()))
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    sink = addresses(ask("www.toko-ton.com", source=INFECTED))[0]
    beacon(C2, sink, INFECTED, emdivi([("id", "HOST01"), ("x", PROFILE)]))
    browse("http://www.toko-ton.com/", sink, PERSON)
    ask("www.kaerunote.com", source=DNS_ONLY)
    for text in EVIL:
        curl("http://www.toko-ton.com/koushi/detail/index.php", sink, HOSTILE, headers=[f"User-Agent: {text}", f"X-{text}: {text}"])
        curl("http://www.toko-ton.com/" + text.replace(" ", "%20").replace("\"", "%22"), sink, HOSTILE, "--globoff",
             headers=[f"Referer: http://{text}/", f"Via: {text}"])
    beacon(C2, sink, HOSTILE, emdivi([("id", "HOST<b class=attacker>01"), ("x", PROFILE.replace("ja-JP", "<b class=attacker>"))]))
    hello_tls(sink, HOSTILE, "www.kaerunote.com")
    site.await_dns(source=DNS_ONLY)
    site.await_contacts(action="tls-client-hello", source=HOSTILE)
    yield site
    site.stop()


@pytest.fixture(scope="module")
def watch(site):
    with Watch(site) as watch:
        watch.await_hosts(lambda rows: set(rows) >= {INFECTED, PERSON, DNS_ONLY, HOSTILE}, "all hosts")
        yield watch


def told(site, *words):
    return json.loads(site.sinkctl(*words, "--json"))


def test_the_hosts_are_those_of_sinkctl_in_their_order(site, watch):
    theirs = told(site, "hosts")["hosts"]
    assert host_rows(watch.page()) == [(row["call"], " ".join([row["host"], *filter(None, [NAMES.get(row["host"])])]), row.get("campaign", "–"))
                                       for row in theirs]
    assert {row["host"]: row["call"] for row in theirs}[INFECTED] == "INFECTED"


def without_clock(answer):
    return {key: value for key, value in answer.items() if key not in ("time", "sensors")}


def test_programs_get_what_sinkctl_prints(site, watch):
    """As soon as the page has read what sinkctl reads."""
    for path, words in (("/hosts.json", ["hosts"]), ("/hosts.json?call=INFECTED", ["hosts", "--call", "INFECTED"]),
                        (f"/host/{INFECTED}.json", ["host", INFECTED])):
        wait_for(lambda path=path, words=words: without_clock(watch.json(path)) == without_clock(told(site, *words)), path)
    assert {row["call"] for row in watch.json("/hosts.json?call=INFECTED")["hosts"]} == {"INFECTED"}
    wait_for(lambda: watch.json("/status.json")["store"] == told(site, "status")["store"], "the sums of sinkctl")


def test_the_page_of_a_host_has_reason_profile_and_rule(site, watch):
    page = watch.page(f"/host/{INFECTED}", **{"Accept-Language": "en"})
    for text in ("INFECTED", "a beacon that decodes into a host profile", "ja-JP", "emdivi.yaml</bdi> line", "Timeline", NAMES[INFECTED],
                 "POST www.toko-ton.com/koushi/detail/index.php", "UTC"):
        assert text in page, text
    assert "POST /koushi/detail/index.php HTTP/1.1\\r\\n" in page, "the bytes that were received"
    assert "has not been seen" in watch.page("/host/10.99.99.99", **{"Accept-Language": "en"})
    assert watch.ask("/host/nonsense").status == 404


def test_a_filter_and_a_search_leave_only_what_fits(watch):
    assert {row[0] for row in host_rows(watch.page("/?call=PERSON"))} == {"PERSON"}
    assert [row[1] for row in host_rows(watch.page("/?find=reception"))] == [PERSON + " reception"]
    assert "No host fits" in watch.page("/?find=no-such-thing", **{"Accept-Language": "en"})
    assert watch.ask("/?call=NONE").status == 400


def test_what_people_found_out_stands_beside_the_call(site, watch):
    """At once, though no log has changed; and a host that was cleaned comes last."""
    site.sinkctl("mark", INFECTED, "cleaned", "--by", "yoshida", "--case", "4711", "--note", "<b class=attacker>reimaged")
    wait_for(lambda: "yoshida" in watch.page(), "the mark")
    page = watch.page("/?lang=ja")
    assert "駆除済み" in page and "4711" in page and "&lt;b class=attacker&gt;reimaged" in page
    assert [row[1] for row in host_rows(page)][-1].startswith(INFECTED)
    assert [row["host"] for row in watch.json()["hosts"]] == [row["host"] for row in told(site, "hosts")["hosts"]]
    assert "What people found out" in watch.page(f"/host/{INFECTED}?lang=en")


def test_a_false_alarm_has_its_exception_ready(site, watch, tmp_path):
    """What the page shows works as it stands, and is what sinkctl mark prints."""
    page = watch.page(f"/host/{PERSON}?lang=en")
    shown = [html.unescape(text) for text in re.findall("<pre>([^<]*)</pre>", page.partition('class="exception"')[2])[:3]]
    made = json.loads(site.sinkctl("mark", PERSON, "false-alarm", "--json"))["exception"]
    assert shown == [f"sinkctl mark {PERSON} false-alarm --note WHY", made["role"], made["never_block"]]
    good = site.path.read_text()
    site.write(good + shown[1])
    watch.await_hosts(lambda rows: rows[PERSON]["call"] == "SCANNER", "the role")
    site.write(good)
    (tmp_path / "ours.yaml").write_text(shown[2])
    site.sinkzone("compile", "-o", tmp_path / "list.db", paths.EMDIVI_FEED, "--never-block", tmp_path / "ours.yaml")
    assert "never blocked" in site.sinkzone("lookup", tmp_path / "list.db", "www.toko-ton.com", check=None).stdout


def test_leases_name_the_machine_as_sinkctl_does(site, watch):
    """A host that asks after its lease was seen; one that asked before it has no name."""
    leases = site.directory / "leases"
    leases.write_text("".join(f"{int(time.time()) + 3600} 02:00:00:00:00:0{n} {host} laptop-{n} *\n"
                              for n, host in enumerate((LEASED, DNS_ONLY))))
    site.settings["store"]["identities"] = [{"path": "leases", "format": "dnsmasq"}]
    site.write()
    told(site, "hosts")  # keeps the leases
    ask("www.kaerunote.com", source=LEASED)
    watch.await_hosts(lambda rows: LEASED in rows and "name" in rows[LEASED], "the host and its name")
    rows = {row[1] for row in host_rows(watch.page())}
    assert f"{LEASED} laptop-0" in rows and f"{DNS_ONLY} ?" in rows
    assert "laptop-0" in watch.page(f"/host/{LEASED}")
    ours, theirs = (answer["hosts"] for answer in (watch.json(), told(site, "hosts")))
    assert [row.get("name") for row in ours] == [row.get("name") for row in theirs]


def test_feeds_that_failed_stand_on_top(site, watch):
    """As sinkzone update left word of them; the list of the site is another one."""
    good = site.path.read_text()
    feed = site.feed("shrinking.txt", "".join(f"host{n}.example.com\n" for n in range(50)))
    site.settings["update"] = {"directory": "feeds", "feeds": [
        {"name": "shrinking", "file": str(feed)}, {"name": "absent", "command": "exit 7"},
        {"name": "old", "file": str(site.feed("old.txt", "old.example.com\n")), "every": 1}]}
    made = site.directory / "update.yaml"
    made.write_text(json.dumps({**site.settings, "module": {**site.settings["module"], "database": "other.db"},
                                "sinkhole": {**site.settings["sinkhole"], "database": "other.db"}}))
    site.sinkzone("update", "-c", made, check=1)
    feed.write_text("host1.example.com\n")
    site.sinkzone("update", "-c", made, check=1)
    try:
        site.write()
        wait_for(lambda: "FEED: " in watch.page("/?lang=en") and "is stale" in watch.page("/?lang=en"), "the feeds on top")
        top = watch.page("/?lang=en").split("<h1>")[0]
        assert "<bdi>absent</bdi> never came" in top and "1 indicators where it had 50" in top and "<bdi>old</bdi> is stale" in top
        assert {row[0]: row[2] for row in Rows(watch.page("/sensors?lang=en")).rows if row[0] in ("shrinking", "old")} == {"shrinking": "50", "old": "1"}
        assert "取得に失敗しました" in watch.page("/?lang=ja")
    finally:
        del site.settings["update"]
        site.write(good)
        wait_for(lambda: "FEED: " not in watch.page("/?lang=en"), "the feeds to be gone")


@pytest.mark.parametrize("language, heading", {"en": "Infected hosts", "ja": "感染ホスト"}.items())
def test_both_languages(watch, language, heading):
    for page in (watch.page("/", **{"Accept-Language": language}), watch.page(f"/?lang={language}")):
        assert f'<html lang="{language}">' in page and f"<h1><bdi>{heading}</bdi></h1>" in page
    for path in ("/changes", "/sensors", "/campaign/emdivi", f"/host/{INFECTED}"):
        assert f'<html lang="{language}">' in watch.page(f"{path}?lang={language}")


def test_only_this_machine_may_ask(watch):
    assert watch.ask("/", Host="evil.example").status == 421
    assert watch.ask("/hosts.json", Host="127.0.0.1.evil.example:8053").status == 421
    assert watch.ask("/", Host="localhost:8053").status == 200
    assert watch.ask("/", method="POST").status >= 400
    head = watch.ask("/", method="HEAD")
    assert head.status == 200 and head.text == ""
    assert head.headers["X-Content-Type-Options"] == "nosniff" and head.headers["Cache-Control"] == "no-store"
    assert head.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "script" not in head.headers["Content-Security-Policy"]


SIZES = {"desktop": (1280, 900, False), "phone": (390, 844, True)}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("chromium"), {"127.0.0.1": RESOLVED}, language="en") as browser:
        yield browser


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    home = tmp_path_factory.mktemp("firefox")
    let_everybody_through(home)
    with Firefox(Workstation(paths.client(995), home / "home")) as browser:
        yield browser


@pytest.mark.parametrize("which", ("browser", "firefox"))
def test_nothing_but_text_comes_from_an_attacker(watch, which, request):
    """In real browsers: no element, no script, nothing that turns the text around; and the text is there to read."""
    browser = request.getfixturevalue(which)
    for path in ("/", f"/host/{HOSTILE}", f"/host/{HOSTILE}?lang=ja", "/campaign/%3Cb%20class=attacker%3E",
                 "/?find=%22%3E%3Cb%20class=attacker%3E", "/sensors", "/changes"):
        assert browser.open(BASE + path) is None
        assert browser.evaluate("document.querySelectorAll('.attacker, script, img, u, i, iframe, [onerror]').length") == 0, path
        assert "attacked" not in browser.evaluate("document.title")
        assert not set(browser.html()) & set(TURNING), path
    browser.open(f"{BASE}/host/{HOSTILE}")
    text = browser.text()
    assert "<script>document.title='attacked'</script>" in text and "\\u202egpj.exe" in text
    assert "&lt;i class=attacker&gt;" in text
    browser.open(f"{BASE}/?find=%22%3E%3Cb%20class=attacker%3E")
    assert browser.evaluate("document.querySelector('input[type=search]').value") == '"><b class=attacker>'


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ("en", "ja"))
def test_it_fits_on_a_desk_and_a_phone(watch, browser, tmp_path, language, size):
    width, height, mobile = SIZES[size]
    browser.resize(width, height, mobile)
    for path in ("/", f"/host/{INFECTED}", f"/host/{HOSTILE}", "/changes", "/sensors", "/campaign/emdivi"):
        assert browser.open(f"{BASE}{path}?lang={language}") is None
        assert browser.evaluate("document.documentElement.scrollWidth") <= width, path
        assert browser.evaluate("getComputedStyle(document.body).marginTop") == "0px", "the style sheet is not in force"
        assert browser.screenshot(tmp_path / "page.png")


def test_it_can_be_used_by_the_keyboard(watch, browser):
    browser.resize(*SIZES["desktop"])
    browser.open(BASE + "/")
    reached = []
    for _ in range(40):
        browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        browser.call("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(browser.evaluate("document.activeElement.textContent.trim() || document.activeElement.name"))
        if INFECTED in reached:
            break
    assert reached[0] == "To the content" and "find" in reached and INFECTED in reached
