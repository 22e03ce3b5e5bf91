# SPDX-License-Identifier: BSD-3-Clause
"""A whole day of a network with clean and infected machines: does sinkctl say of each what it is?

The day is played once, with real daemons and real clients (play.py, actors.py). The tests then read what `sinkctl hosts`
says on the next morning. The confusion table is printed, whatever comes out.
"""

import base64
import copy
import csv
import io
import json
import tempfile
from pathlib import Path

import pytest
import yaml

from day.actors import ACTORS, BEHIND_PROXIES, FORWARDER, OTHER_UNLISTED_PROXY, ROLES, TRUSTED_PROXY, UNLISTED_PROXY
from day.play import CLEAN, FOREIGN_PAGE, VICTIM, Day
from harness import paths
from harness.clock import Clock
from harness.daemon import run, wait_for
from harness.paths import RESOLVER
from harness.postgres import Postgres, without_numbers
from harness.receivers import Webhook
from harness.resolver import Unbound
from harness.site import Site
from harness.squid import Squid
from harness.watch import Watch

SECRET = bytes(range(24))
ALARM = ("INFECTED", "LIKELY")
WORST_FIRST = ("INFECTED", "LIKELY", "POSSIBLE", "PERSON", "RELAY", "SCANNER", "DRILL")


@pytest.fixture(scope="module")
def played(authority, tmp_path_factory, keep_table):
    """The site on the next morning, and what sinkctl says of it, as a list of rows."""
    directory = tmp_path_factory.mktemp("day")
    # pytest lets only root pass through its directories.
    with tempfile.TemporaryDirectory(prefix="unbound-sinkhole-day-", ignore_cleanup_errors=True) as homes:
        Path(homes).chmod(0o755)
        day = Day(Path(homes), ACTORS)
        clock = Clock(directory, day.begins)
        site = Site(directory, authority, environment=clock.environment)
        try:
            start(site, clock, Path(homes))
            day.play(site, clock)
            rows = json.loads(site.sinkctl("hosts", "--json"))["hosts"]
        finally:
            site.stop()
    (directory / "rows.json").write_text(json.dumps(rows, indent=1))
    keep_table(confusion_table(rows))
    return site, rows


@pytest.fixture(scope="module")
def rows(played):
    return played[1]


def start(site, clock, homes):
    """The sensor, and the machines that work for others."""
    site.settings["sinkhole"]["trusted-proxies"] = [TRUSTED_PROXY + "/32"]
    site.settings["roles"] = ROLES
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    forward = f'forward-zone:\n    name: "."\n    forward-addr: {RESOLVER}\n'
    site.daemons.append(Unbound(site.directory / "forwarder", site.authority, address=FORWARDER, name="forwarder", extra=forward,
                                environment=clock.environment))
    for address in (TRUSTED_PROXY, UNLISTED_PROXY, OTHER_UNLISTED_PROXY):
        site.daemons.append(Squid(homes, address))


def rows_of(actor, rows):
    return sorted((row for row in rows if row["host"] == actor.address), key=lambda row: WORST_FIRST.index(row["call"]))


def verdict(actor, rows):
    """The worst call of the actor's rows and why; "-" if it has none."""
    found = rows_of(actor, rows)
    return (found[0]["call"], found[0]["why"]) if found else ("-", "-")


def confusion_table(rows):
    lines = []
    for actor in ACTORS:
        call, why = verdict(actor, rows)
        lines.append(f"{' ' if call in actor.right else '*'} {actor.truth:6} {call:8} {why:14} {actor.what}")
    counts = {truth: [verdict(a, rows)[0] for a in ACTORS if a.truth == truth] for truth in (CLEAN, VICTIM)}
    head = f"  {'':6} " + " ".join(f"{call:>8}" for call in (*WORST_FIRST, "no row"))
    table = [f"  {truth:6} " + " ".join(f"{calls.count(call if call != 'no row' else '-'):8}" for call in (*WORST_FIRST, "no row"))
             for truth, calls in counts.items()]
    return "\n".join([head, *table, "", "  truth  call     why            actor (*: the call is wrong)", *lines])


def test_no_clean_machine_is_called_infected_or_likely(rows):
    assert not [(a.what, verdict(a, rows)) for a in ACTORS if a.truth == CLEAN and verdict(a, rows)[0] in ALARM]


def test_at_most_one_victim_that_did_more_than_ask_is_below_likely(rows):
    active = [a for a in ACTORS if a.truth == VICTIM and not a.only_asks and not a.behind]
    assert len([(a.what, verdict(a, rows)) for a in active if verdict(a, rows)[0] not in ALARM]) <= 1


def test_every_host_of_the_day_was_seen(rows):
    """Or its client did not do what this day is about."""
    assert not [a.what for a in ACTORS if not rows_of(a, rows) and not a.behind]


def test_no_other_host_is_in_the_table(rows):
    assert {row["host"] for row in rows} <= {*(a.address for a in ACTORS), *BEHIND_PROXIES}


def test_no_victim_is_missing(rows):
    assert not [a.what for a in ACTORS if a.truth == VICTIM and not rows_of(a, rows)]


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.what)
def test_the_call_is_right(rows, actor):
    assert verdict(actor, rows)[0] in actor.right


def row_of(text, rows):
    """The worst row of the actor whose description has this text."""
    actor, = [a for a in ACTORS if text in a.what]
    return rows_of(actor, rows)[0]


def test_two_machines_behind_one_address_are_counted(rows):
    assert row_of("two infected machines behind one address", rows)["profiles"] == 2


def test_a_host_can_be_infected_and_a_persons(rows):
    row = row_of("the malware sends its beacon at night", rows)
    assert (row["call"], row["also"][0]["call"]) == ("INFECTED", "PERSON")


def test_the_page_that_made_a_browser_send_a_beacon_is_named(rows):
    for browser in ("Chromium", "Firefox"):
        row = row_of(f"a foreign page sends a beacon from a person's {browser}", rows)
        assert row["why"] == "planted-beacon" and row["pages"] == [f"http://{FOREIGN_PAGE}:8000"]


def test_an_unlisted_proxy_and_the_host_that_it_names_point_at_each_other(rows):
    proxy, named = row_of("(Squid): the proxy's row", rows), row_of("(Squid): the claimed host's row", rows)
    assert proxy["names"] == [named["host"]] and not proxy["claimed"]
    assert named["claimed_by"] == [proxy["host"]] and named["claimed"]


def test_asking_by_the_clock_is_told_apart_from_asking_once(rows):
    assert row_of("asks for a listed name alone", rows)["why"] == "dns-rhythm"
    assert row_of("an administrator asks with nslookup", rows)["why"] == "dns-only"


def machine(site, name, **store):
    """Settings as the site's, with a store of its own; returns a function that calls sinkctl there."""
    directory = site.directory / name
    directory.mkdir()
    settings = copy.deepcopy(site.settings)
    for part in ("module", "sinkhole"):
        settings[part]["database"] = str(site.database)
    settings["module"]["event-log"], settings["sinkhole"]["event-log"] = str(site.dns_log), str(site.contact_log)
    settings["store"] = {"path": str(directory / "store.db"), **store}
    path = directory / "sinkhole.yaml"
    path.write_text(yaml.safe_dump(settings))
    return lambda *words: run([paths.SINKCTL, words[0], "-c", path, *words[1:]], check=0, **site.environment).stdout


def test_the_table_is_the_same_through_postgresql(played):
    """The resolver's machine and the sinkhole's each read their own log; a third one answers."""
    site, rows = played
    database = Postgres()
    try:
        for name, log, writer in (("ns", site.dns_log, "dns"), ("sink", site.contact_log, "contacts")):
            uri = database.role(name, "sinkhole_sensor", here=True)
            machine(site, name, **{"push-to": uri, "logs": [{"path": str(log), "writer": writer}]})("ingest")
        centre = machine(site, "centre", **{"pull-from": database.role("centre", "sinkhole_reader", here=True)})
        assert rows and json.loads(centre("hosts", "--json"))["hosts"] == rows
        for host in {row["host"] for row in rows if row["call"] == "INFECTED"}:
            ours, theirs = (without_numbers(json.loads(sinkctl("host", host, "--json"))) for sinkctl in (site.sinkctl, centre))
            assert ours["timeline"] and ours["timeline"] == theirs["timeline"], host
    finally:
        database.stop()


def test_table_page_alerts_and_evidence_agree(played, tmp_path):
    """What a spreadsheet, the page, a receiver of alerts and a lawyer are given is what the table says."""
    site, rows = played
    hook = Webhook(tmp_path, 8443, SECRET, **site.environment)
    (tmp_path / "secret").write_text("whsec_" + base64.b64encode(SECRET).decode() + "\n")
    (tmp_path / "secret").chmod(0o600)
    site.settings["alerts"] = {"outputs": [{"name": "soc", "webhook": "https://127.0.0.1:8443/hook", "ca-file": str(hook.certificate),
                                            "secret-file": str(tmp_path / "secret")}]}
    hosts = {row["host"] for row in rows}
    try:
        with hook, Watch(site.write(), **site.environment) as watch:
            watch.await_hosts(lambda shown: shown.keys() == hosts, "all hosts of the day")
            page = watch.json()["hosts"]
            digest = wait_for(lambda: next((m for m in hook.messages if m["kind"] == "digest"), None), "the first message", 30)
    finally:
        del site.settings["alerts"]
        site.write()

    def calls(found):
        return sorted((row["host"], row.get("campaign", ""), row["call"], row["why"]) for row in found)

    table = list(csv.DictReader(io.StringIO(site.sinkctl("hosts", "--csv"), newline="")))
    assert calls(page) == calls(rows) == calls(table)
    alarming = {row["host"] for row in rows if {row["call"], row.get("behind", {}).get("call")} & set(ALARM)}
    assert {alert["host"] for alert in digest["alerts"]} == alarming
    for row in (row for row in rows if row["call"] == "INFECTED"):
        site.sinkctl("evidence", row["host"], "--output", tmp_path / row["host"])
        handed = json.loads((tmp_path / row["host"] / "host.json").read_text())["calls"]
        assert (row.get("campaign", ""), row["call"], row["why"]) in {(c.get("campaign", ""), c["call"], c["why"]) for c in handed}
