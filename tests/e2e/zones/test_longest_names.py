# SPDX-License-Identifier: BSD-3-Clause
"""Names of feeds, campaigns and software as long as a list may have them: every event is still written."""

import yaml

from harness import paths
from harness.ask import addresses, ask
from harness.clients import curl

LONGEST = "\x01" * 128  # what takes most room in JSON


def test_events_hold_the_longest_names_that_compile(site):
    text = yaml.safe_dump({"feed": LONGEST, "campaign": LONGEST, "software": LONGEST,
                           "indicators": [{"type": "domain", "value": "kaerunote.com", "scope": "subdomains"}]})
    site.compile(site.feed("longest.yaml", text))
    site.resolver()
    site.sinkhole()
    site.await_list()
    name = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 40, "kaerunote.com"])
    address = addresses(ask(name, source=paths.client(10)))[0]
    curl(f"http://{name}/x", address, paths.client(10))
    event = site.await_dns(action="dns-sinkhole", name=name)[0]
    contact = site.await_contacts(action="http-request")[0]
    for line in (event, contact):
        assert (line["rule"]["ruleset"], line["sinkhole"]["campaign"], line["threat"]["software"]["name"]) == (LONGEST,) * 3


def test_a_longer_name_is_refused_with_its_line_and_the_list_stays(site):
    feed = site.feed("feed.yaml", "feed: f\ncampaign: ok\nindicators:\n  - {type: domain, value: kaerunote.com}\n")
    site.compile(feed)
    before = site.database.read_bytes()
    feed.write_text(feed.read_text().replace("ok", "c" * 129))
    assert f"{feed}:2: " in site.compile(feed, check=1).stderr
    assert "at most 128 bytes" in site.compile("--name", "n" * 129, feed, check=2).stderr
    assert site.database.read_bytes() == before
