# SPDX-License-Identifier: BSD-3-Clause
"""sinkctl: who is infected, and why we say so."""

import json
import re

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import BROWSER_ICON, PROFILE, beacon, browse, curl, emdivi, hello_tls, send_raw

C2 = "http://www.toko-ton.com/koushi/detail/index.php"
INFECTED, PERSON, FORWARDER, RAW, URL_ONLY, TLS, DNS_ONLY, SCANNER = (paths.client(n) for n in range(500, 508))


@pytest.fixture(scope="module")
def story(authority, tmp_path_factory):
    """Every kind of host calls once."""
    from harness.site import Site

    site = Site(tmp_path_factory.mktemp("story"), authority)
    site.settings["roles"] = [{"networks": [SCANNER + "/32"], "role": "scanner"}]
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()

    sink = addresses(ask("www.toko-ton.com", source=INFECTED))[0]
    beacon(C2, sink, INFECTED, emdivi([("id", "HOST01"), ("x", PROFILE)]))
    ask("www.ims.gr.jp", "HTTPS", source=PERSON)
    ask("www.ims.gr.jp", source=PERSON)
    browse("http://www.ims.gr.jp/", sink, PERSON)
    curl("http://www.ims.gr.jp/favicon.ico", sink, PERSON, headers=[*BROWSER_ICON, "Referer: http://www.ims.gr.jp/"])
    for name in ("www.kaerunote.com", "www.muku-mori.com", "www.a-masato.jp", "www.sofurin.or.jp", "www.turitengu.jp",
                 "www.motoavanti.com", "www.skyworld.co.jp", "www.iandeye.co.jp", "www.katou-ai.com", "www.toko-ton.com"):
        for rdtype in ("A", "AAAA", "HTTPS"):
            ask(name, rdtype, source=FORWARDER)
    send_raw(b"\x05\x01\x00binary", sink, 8080, RAW)
    curl("http://www.toko-ton.com/koushi/detail/sc_flash/index.php", sink, URL_ONLY, data="a=b")
    ask("www.kaerunote.com", source=TLS)
    hello_tls(sink, TLS, "www.kaerunote.com")
    ask("www.kaerunote.com", source=DNS_ONLY)
    ask("www.kaerunote.com", source=SCANNER)
    curl(C2, sink, SCANNER)
    site.await_contacts(source=SCANNER)
    site.await_dns(source=SCANNER)
    yield site
    site.stop()


@pytest.fixture(scope="module")
def table(story):
    return story.sinkctl("hosts")


def row(table, host):
    found = [line for line in table.splitlines() if host in line.split()]
    assert len(found) == 1, table
    return found[0].split()


def calls(table):
    """The first words of the rows, top down."""
    lines = table.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("CALL"))
    return [line.split()[0] for line in lines[head + 1:] if line.strip() and not line.startswith(" ")]


def test_the_table_has_its_columns_and_fits_80_characters(table):
    head = next(line for line in table.splitlines() if line.startswith("CALL"))
    assert head.split() == ["CALL", "WHY", "HOST", "NAME", "CAMPAIGN", "DNS", "HIT", "REAL", "FIRST", "LAST"]
    assert max(map(len, table.splitlines())) <= 80


def test_the_line_above_says_how_fresh_it_is(table):
    above = table.split("CALL")[0]
    assert "Times: UTC." in above
    for sensor in ("dns", "contacts"):
        assert re.search(rf"^Sensor {sensor}: alive, last \d\d:\d\d; list \d+, .* old, in force\.$", above, re.M), above


def test_the_infected_host_is_on_top(table):
    assert calls(table)[0] == "INFECTED"
    assert row(table, INFECTED)[0] == "INFECTED"
    assert "emdivi" in row(table, INFECTED)


@pytest.mark.parametrize("host, call", [
    (PERSON, "PERSON"), (FORWARDER, "RELAY"), (SCANNER, "SCANNER"), (DNS_ONLY, "POSSIBLE"),
])
def test_person_relay_scanner_and_dns_alone_are_told_apart(table, host, call):
    assert row(table, host)[0] == call


def test_a_post_to_a_planted_url_that_does_not_decode_is_likely(table):
    assert row(table, URL_ONLY)[0] == "LIKELY"


@pytest.mark.parametrize("host", [TLS, RAW])
def test_one_contact_that_shows_no_path_is_possible(table, host):
    assert row(table, host)[0] == "POSSIBLE"


def test_questions_and_contacts_are_counted(table):
    assert row(table, INFECTED)[5:7] == ["1", "1"]
    assert row(table, PERSON)[5:7] == ["2", "2"]
    assert row(table, FORWARDER)[5:7] == ["30", "0"]


def test_the_page_of_a_host_shows_profile_rule_and_url(story):
    text = story.sinkctl("host", INFECTED)
    assert PROFILE in text or ("t20.09.Koitochu.8530.7965.4444" in text and "ja-JP" in text and "6.1.7601" in text)
    assert "emdivi.yaml:" in text or re.search(r"line \d+", text)
    assert "www.toko-ton.com" in text and "/koushi/detail/index.php" in text
    assert all(len(line) <= 80 for line in text.splitlines() if "sha256" not in line)


def test_json_names_host_and_call(story):
    data = json.loads(story.sinkctl("hosts", "--json"))
    assert INFECTED in json.dumps(data) and "INFECTED" in json.dumps(data)


def test_events_show_host_and_name(story):
    text = story.sinkctl("events")
    assert INFECTED in text and "www.toko-ton.com" in text


def test_the_store_is_rebuilt_from_the_logs(story, table):
    before = [line for line in table.splitlines() if INFECTED in line]
    store = story.directory / "store.db"
    assert store.exists()
    for file in story.directory.glob("store.db*"):
        file.unlink()
    again = story.sinkctl("hosts")
    assert [line for line in again.splitlines() if INFECTED in line] == before


def test_an_unknown_host_is_said_to_be_unknown(story):
    assert "\n192.0.2.1 has not been seen: " in story.sinkctl("host", "192.0.2.1")
