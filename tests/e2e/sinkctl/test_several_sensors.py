# SPDX-License-Identifier: BSD-3-Clause
"""Two resolvers, one answer: the logs of the second one come from another machine."""

import json
import shutil

import pytest
import yaml

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import run, wait_for
from harness.resolver import Unbound
from harness.site import events, field

FIRST, SECOND = paths.client(960), paths.client(961)
LISTED = "www.kaerunote.com"


@pytest.fixture
def two(site, authority):
    """`site` is the machine of sinkctl and of ns1; the second resolver has settings and a log of its own."""
    site.settings["observer"] = "ns1"
    site.settings["store"]["logs"] = [
        {"path": "dns/dns.jsonl", "writer": "dns", "observer": "ns1"},
        {"path": "copies/ns2/dns.jsonl", "writer": "dns", "observer": "ns2", "delay": 120},
        {"path": "contacts/contacts.jsonl", "writer": "contacts"},
    ]
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    there = site.directory / "there"
    (there / "dns").mkdir(parents=True)
    settings = {"observer": "ns2", "module": {**site.settings["module"], "database": str(site.database)}}
    (there / "sinkhole.yaml").write_text(yaml.safe_dump(settings))
    site.daemons.append(Unbound(there, authority, address=paths.SECOND, settings=there / "sinkhole.yaml"))
    wait_for(lambda: "in force: list" in site.daemons[-1].log(), "the list in the second resolver", 15)
    return site


def bring(site):
    """As rsync does: each file under its name, replaced as a whole."""
    copies = site.directory / "copies/ns2"
    copies.mkdir(parents=True, exist_ok=True)
    for path in (site.directory / "there/dns").iterdir():
        temporary = copies / f".{path.name}.x"
        shutil.copy2(path, temporary)
        temporary.rename(copies / path.name)


def visit_second(site, host):
    log = site.directory / "there/dns/dns.jsonl"
    assert addresses(ask(LISTED, source=host, server=paths.SECOND))
    wait_for(lambda: events(log, {"event.dataset": "sinkhole.dns", "source.ip": host}), "the event there")


def answer(site):
    return json.loads(site.sinkctl("hosts", "--json"))


def await_looking(site):
    """A copy can be older than the line with which the second resolver says that its list is in force."""

    def looking():
        bring(site)
        return answer(site)["looking"]

    wait_for(looking, "all three to look", 15)


def test_what_either_saw_is_in_the_answer_once(two):
    ask(LISTED, source=FIRST)
    two.await_dns(source=FIRST)
    visit_second(two, SECOND)
    text = two.sinkctl("hosts")
    assert "NOT LOOKING: dns at ns2 has written nothing to" in text
    assert answer(two)["looking"] is False and {row["host"] for row in answer(two)["hosts"]} == {FIRST}

    there = two.directory / "there/dns"
    for step in ("", "mv dns.jsonl dns.jsonl-20261129", "gzip dns.jsonl-20261129"):
        run(["sh", "-c", step or ":"], cwd=there, check=0)
        wait_for((there / "dns.jsonl").exists, "the log there")
        bring(two)
        rows = {row["host"]: row["dns"] for row in answer(two)["hosts"]}
        assert rows == {FIRST: 1, SECOND: 1}, step
    await_looking(two)
    names = {(s["writer"], s["observer"]): s for s in answer(two)["sensors"]}
    assert set(names) == {("dns", "ns1"), ("dns", "ns2"), ("contacts", "ns1")}
    assert all(s["health"] == "alive" and s["list"]["state"] == "in-force" for s in names.values())
    assert names["dns", "ns2"]["log"] == str(two.directory / "copies/ns2/dns.jsonl")
    lines = two.sinkctl("events", "--json").splitlines()
    assert {field(json.loads(line), "source.ip") for line in lines} >= {FIRST, SECOND}


def test_a_sensor_that_is_taken_out_is_not_missed(two):
    visit_second(two, SECOND)
    await_looking(two)
    two.settings["store"]["logs"] = [log for log in two.settings["store"]["logs"] if log.get("observer") != "ns2"]
    two.write()
    assert {s["observer"] for s in answer(two)["sensors"]} == {"ns1"}
    assert [row["host"] for row in answer(two)["hosts"]] == [SECOND], "its evidence stays"
