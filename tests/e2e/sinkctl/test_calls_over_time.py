# SPDX-License-Identifier: BSD-3-Clause
"""Calls that depend on when a host came again. The sinkhole's clock is moved in between."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from harness import paths
from harness.clients import browse, hello_tls
from harness.clock import Clock
from harness.site import Site

NAMES = ("www.kaerunote.com", "www.muku-mori.com", "www.a-masato.jp", "www.toko-ton.com")
SINK = "198.51.100.2"
BOT = paths.client(860)


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path, datetime.now(timezone.utc) - timedelta(hours=3))


@pytest.fixture
def site(authority, tmp_path, clock):
    site = Site(tmp_path, authority, environment=clock.environment).write()
    site.compile()
    site.sinkhole()
    yield site
    site.stop()


def calls(site):
    """Of each row, the worst first."""
    rows = json.loads(site.sinkctl("hosts", "--json"))["hosts"]
    return [[(each["call"], each["why"]) for each in (row, *row["also"])] for row in rows]


def test_a_bot_that_comes_back_to_its_servers_with_a_person_beside_it(site, clock):
    """A burst of TLS may be a preview of links. One request of a browser does not hide the program that calls again."""
    for name in NAMES:
        hello_tls(SINK, BOT, name)
    site.await_contacts(4, source=BOT)
    assert calls(site) == [[("POSSIBLE", "tls")]]
    clock.set(datetime.now(timezone.utc) - timedelta(hours=2))
    hello_tls(SINK, BOT, NAMES[0])
    browse(f"http://{NAMES[0]}/", SINK, BOT)
    site.await_contacts(6, source=BOT)
    assert calls(site) == [[("LIKELY", "tls-names"), ("PERSON", "browser")]]
    page = site.sinkctl("host", BOT)
    assert "LIKELY (tls-names)" in page and "also PERSON (browser)" in page
