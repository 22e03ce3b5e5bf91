# SPDX-License-Identifier: BSD-3-Clause
"""sinkwatch reads each event once, whatever happens to the logs and to itself."""

import contextlib
import datetime
import gzip
import json
import re
import shutil
import sqlite3

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, curl, emdivi
from harness.daemon import run, wait_for
from harness.watch import Watch, host_rows

LISTED = "www.kaerunote.com"


@pytest.fixture
def running(site):
    site.compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    return site


def visit(site, host):
    """One question and one contact."""
    sink = addresses(ask(LISTED, source=host))[0]
    curl(f"http://{LISTED}/x", sink, host)


def await_counts(watch, hosts, dns=1, hits=1):
    """Each of the hosts has so many questions and contacts: no more, no fewer."""
    watch.await_hosts(lambda rows: all((rows.get(host) or {}).get("dns") == dns and rows[host]["hit"] == hits for host in hosts),
                      f"{dns} questions and {hits} contacts of each of {hosts}")


def test_each_event_counts_once_through_rotation_and_kills(running):
    site, log = running, running.dns_log
    hosts = [paths.client(n) for n in range(970, 976)]
    with Watch(site) as watch:
        visit(site, hosts[0])
        await_counts(watch, hosts[:1])

        # logrotate renames, and compresses later.
        log.rename(log.with_name("dns.jsonl.1"))
        visit(site, hosts[1])
        await_counts(watch, hosts[:2])
        rotated = log.with_name("dns.jsonl.1")
        with gzip.open(log.with_name("dns.jsonl.1.gz"), "wb") as packed:
            packed.write(rotated.read_bytes())
        rotated.unlink()
        visit(site, hosts[2])
        await_counts(watch, hosts[:3])

        # copytruncate.
        contacts = site.contact_log
        shutil.copy2(contacts, contacts.with_name("contacts.jsonl.1"))
        contacts.write_bytes(b"")
        visit(site, hosts[3])
        await_counts(watch, hosts[:4])

        # It is killed, and things happen meanwhile.
        watch.kill()
        visit(site, hosts[4])
        site.await_dns(source=hosts[4])
        watch.start()
        await_counts(watch, hosts[:5])

        # sinkctl reads the same logs into the same store.
        visit(site, hosts[5])
        site.await_contacts(source=hosts[5])
        site.sinkctl("ingest")
        await_counts(watch, hosts)
        told = json.loads(site.sinkctl("hosts", "--json", "--no-store"))["hosts"]
        assert {row["host"]: (row["dns"], row["hit"]) for row in told} == {host: (1, 1) for host in hosts}


def test_settings_with_a_mistake_do_not_take_the_page_away(running):
    host = paths.client(980)
    with Watch(running) as watch:
        visit(running, host)
        await_counts(watch, [host])
        good = running.path.read_text()
        running.write(good + "rols: []\n")
        wait_for(lambda: re.search("SETTINGS: .*unknown key", watch.page()), "the mistake on the page")
        assert host in watch.page()
        visit(running, paths.client(981))
        await_counts(watch, [paths.client(981)])
        assert watch.daemon.log().count('unknown key "rols"') == 1, "trouble that lasts is said once"
        # nor does one at the start, and what is in force then are the last good ones
        watch.stop()
        running.write(good.replace("mode: enforce", "mode: no-such-mode") + "watch: {listen: \"127.0.0.1:8054\"}\n")
        watch.start()
        wait_for(lambda: re.search("SETTINGS: .*no-such-mode", watch.page()), "the mistake on the page")
        assert host in watch.page() and "going on with the last good settings" in watch.daemon.log()
        running.write(good)
        wait_for(lambda: "SETTINGS: " not in watch.page(), "the good settings")
        # other settings judge what was known, too, although nothing new was seen of it
        running.write(good + f"roles: [{{networks: [\"{host}/32\"], role: drill}}]\n")
        watch.await_hosts(lambda rows: rows[host]["call"] == "DRILL", "the role")


def test_a_page_without_login_ends_when_the_settings_have_one(running):
    host = paths.client(982)
    with Watch(running) as watch:
        visit(running, host)
        await_counts(watch, [host])
        good = running.path.read_text()
        running.write(good + "watch: {login: proxy}\n")
        closed = wait_for(lambda: (answer := watch.ask()).status == 503 and answer, "the page to be closed")
        assert closed.text.strip() == "The settings have a login now: restart sinkwatch."
        assert watch.ask(f"/host/{host}.json").status == 503
        running.write(good)
        await_counts(watch, [host])


def section(page, heading):
    """The rows of the table under that heading."""
    return host_rows(page.partition(f"<h2>{heading}</h2>")[2].partition("<h2>")[0])


def test_changes_name_hosts_whose_call_became_worse(running):
    """Also after a restart and a rebuild of the store; a host that is new then stands among the new ones."""
    host, still, new = (paths.client(n) for n in range(983, 986))
    with Watch(running) as watch:
        for asking in (host, still):
            ask(LISTED, source=asking)
        watch.await_hosts(lambda rows: {host, still} <= set(rows), "the hosts")
        since = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        sink = addresses(ask("www.toko-ton.com", source=host))[0]
        for sending in (host, new):
            beacon("http://www.toko-ton.com/koushi/detail/index.php", sink, sending, emdivi([("id", "HOST01"), ("x", PROFILE)]))
        ask(LISTED, source=still)
        watch.await_hosts(lambda rows: rows[still]["dns"] == 2 and all(name in rows and rows[name]["call"] == "INFECTED" for name in (host, new)),
                          "the beacons")
        for start in (None, watch.stop, lambda: (watch.stop(), running.sinkctl("rebuild"))):
            if start:
                start()
                watch.start()
                watch.await_hosts(lambda rows: new in rows, "the hosts")
            page = watch.page(f"/changes?lang=en&since={since}")
            assert section(page, "New: never seen before") == [("INFECTED", new, "emdivi")]
            assert section(page, "Known, and worse than before") == [("INFECTED", host, "emdivi")]
            assert "was <bdi>POSSIBLE</bdi>" in page
            assert {row[1] for row in section(page, "Known, and seen again")} == {host, still}
            told = run([paths.SINKCTL, "hosts", "-c", running.path, "--json", "--new", since, "--fail-if", "possible"], check=3)
            assert {row["host"] for row in json.loads(told.stdout)["hosts"]} == {host, new} and not told.stderr


def test_a_sensor_that_stops_is_named_above_everything(running):
    with Watch(running) as watch:
        wait_for(lambda: watch.json()["looking"], "both sensors to look")
        assert "NOT LOOKING" not in watch.page() and "NOT READ" not in watch.page()
        running.settings["store"]["host-names"] = "missing"
        running.write()
        wait_for(lambda: "NOT READ" in watch.page(), "the file of names that is not there")
        assert watch.json()["looking"], "the calls are right without names"
        running.daemons[1].stop()
        text = wait_for(lambda: (page := watch.page()) and "NOT LOOKING: <bdi>contacts</bdi> was stopped" in page and page, "the stop")
        assert text.index("NOT LOOKING") < text.index("<h1>")


def test_a_store_that_takes_nothing_does_not_read_as_no_hosts(running):
    host = paths.client(982)
    store = running.directory / "store.db"
    with Watch(running) as watch:
        visit(running, host)
        await_counts(watch, [host])
        with contextlib.closing(sqlite3.connect(store)) as base:
            base.execute("CREATE TRIGGER full BEFORE INSERT ON sighting BEGIN SELECT RAISE(ABORT, 'full'); END")
        visit(running, paths.client(983))
        answer = wait_for(lambda: (a := watch.ask("/hosts.json")).status != 200 and a, "the trouble")
        assert answer.status == 503 and "full" in answer.text
        for path, wrong in (("/", "<b>0</b>"), ("/changes", "None."), ("/campaign/emdivi", "None."), ("/sensors", "from every network")):
            text = watch.page(path)
            assert "that says little" in text and wrong not in text, path
        told = watch.json(f"/host/{host}.json")
        assert told["looking"] is False and "full" in told["unread"][0]["reason"]
        assert watch.json("/status.json")["looking"] is False
        with contextlib.closing(sqlite3.connect(store)) as base:
            base.execute("DROP TRIGGER full")
        await_counts(watch, [host, paths.client(983)])


def test_a_sensor_that_never_wrote_has_no_age(site):
    site.compile()
    with Watch(site) as watch:
        text = wait_for(lambda: "has written nothing" in (page := watch.page()) and page, "the sensors that never wrote")
        sensors = re.search('<p class="sensors">(.*?)</p>', text, re.DOTALL)[1]
        assert sensors.count("<small>–</small>") == 2 and " ago" not in sensors
