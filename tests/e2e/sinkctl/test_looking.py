# SPDX-License-Identifier: BSD-3-Clause
"""Nothing is said not to be there unless all sensors look and all logs were read."""

import datetime
import json
import re
import shutil
import signal
import subprocess

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import curl
from harness.daemon import run, wait_for
from harness.site import let_everybody_through

HOST, LATER = paths.client(940), paths.client(941)
LISTED = "www.kaerunote.com"


@pytest.fixture
def running(site):
    site.compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    return site


def answer(site, *words, command="hosts"):
    return json.loads(site.sinkctl(command, *words, "--json"))


def is_looking(site):
    return answer(site)["looking"]


def visit(site, host):
    """One question and one contact, both in the logs."""
    sink = addresses(ask(LISTED, source=host))[0]
    curl(f"http://{LISTED}/", sink, host)
    site.await_dns(source=host)
    site.await_contacts(source=host)


def kill(site):
    """Both daemons, as the kernel does when memory is short."""
    for daemon in site.daemons:
        daemon.expected_status = (-signal.SIGKILL,)
        daemon.signal(signal.SIGKILL)
        daemon.process.wait()


def age(log, minutes):
    """Makes each line so much older: nobody waits in a test."""
    def older(match):
        then = datetime.datetime.fromisoformat(match[1]) - datetime.timedelta(minutes=minutes)
        return f'"@timestamp":"{then.isoformat(timespec="milliseconds")}Z"'

    log.write_text(re.sub(r'"@timestamp":"([^"]*)Z"', older, log.read_text()))


def test_nothing_seen_is_said_when_both_sensors_look(running):
    wait_for(lambda: is_looking(running), "both sensors to look")
    text = running.sinkctl("hosts")
    assert "Nothing seen: no host asked" in text
    for writer in ("dns", "contacts"):
        assert re.search(rf"^Sensor {writer}: alive, last \d\d:\d\d; list \d+, .* old, in force\.$", text, re.M)


def test_a_resolver_that_started_with_a_cut_list_is_not_looking(running):
    wait_for(lambda: is_looking(running), "both sensors to look")
    running.daemons[0].stop()
    running.database.write_bytes(running.database.read_bytes()[:-100])
    running.daemons[0] = running.resolver(name="again")
    running.daemons.pop()
    # The real one, if there is any: the name is not sinkholed.
    assert not set(addresses(ask(LISTED, source=HOST))) & {"198.51.100.2"}
    wait_for(lambda: "NOT LOOKING: dns has no list" in running.sinkctl("hosts"), "the resolver's own state")
    # A file that was written in place is refused when it has not changed for five seconds.
    wait_for(lambda: "LIST REFUSED: contacts keeps list" in running.sinkctl("hosts"), "the sinkhole's own state", 15)
    assert str(running.database) in running.sinkctl("hosts", "--wide")
    assert "refused list" in running.sinkctl("status")
    found = {sensor["writer"]: sensor for sensor in answer(running)["sensors"]}
    assert not is_looking(running)
    assert found["dns"]["looking"] is False and found["dns"]["list"]["state"] == "none"
    assert str(running.database) in found["dns"]["list"]["reason"]
    assert found["contacts"]["looking"] is True and found["contacts"]["list"]["state"] == "in-force"


def test_refused_settings_are_named(running):
    """sinkctl has settings of its own here, that are good."""
    good = running.path.read_text()
    running.write(good + "rols: []\n")
    running.daemons[1].signal(signal.SIGHUP)
    sinkctl = running.path.with_name("sinkctl.yaml")
    sinkctl.write_text(good)

    def complaints():
        text = run([paths.SINKCTL, "hosts", "-c", sinkctl], check=0).stdout
        return text if text.count("SETTINGS REFUSED: ") == 2 else None

    text = wait_for(complaints, "both refusals", 10)
    assert text.count('unknown key "rols"') == 2
    assert all(s["settings_reason"] for s in json.loads(
        run([paths.SINKCTL, "status", "-c", sinkctl, "--json"], check=0).stdout)["sensors"])


def test_both_daemons_killed_are_silent_after_three_minutes(running):
    visit(running, HOST)
    wait_for(lambda: is_looking(running), "both sensors to look")
    kill(running)
    for log in (running.dns_log, running.contact_log):
        age(log, 4)
    text = running.sinkctl("hosts", "--no-store")
    assert "NOT LOOKING: dns is silent since" in text and "NOT LOOKING: contacts is silent since" in text
    assert HOST in text
    assert answer(running, "--no-store")["looking"] is False
    text = running.sinkctl("host", LATER, "--no-store")
    assert "has not been seen" not in text and "says little" in text


PACKERS = {
    "gzip": "",
    "zstd": "compresscmd /usr/bin/zstd\n uncompresscmd /usr/bin/unzstd\n compressext .zst\n compressoptions -q",
}


def rotate(site, packer):
    """With a real logrotate, which compresses at once."""
    config = site.directory / "logrotate.conf"
    config.write_text(f"{site.dns_log}\n{site.contact_log}\n{{\n rotate 9\n compress\n nodelaycompress\n nocreate\n"
                      f" su root root\n {PACKERS[packer]}\n}}\n")
    for directory in (site.dns_log.parent, site.contact_log.parent):
        directory.chmod(0o750)
    run(["logrotate", "-f", "-s", site.directory / "logrotate.state", config], check=0)
    packed = list(site.dns_log.parent.glob("dns.jsonl.*")) + list(site.contact_log.parent.glob("contacts.jsonl.*"))
    assert packed and all(p.suffix in (".gz", ".zst") for p in packed), packed
    return packed


@pytest.mark.parametrize("packer", PACKERS)
def test_what_logrotate_compressed_unread_is_read(running, packer):
    visit(running, HOST)
    rotate(running, packer)
    # What is written before the writers notice goes into files that are gone: hence delaycompress.
    wait_for(lambda: running.dns_log.exists() and running.contact_log.exists(), "new logs")
    visit(running, LATER)
    rotate(running, packer)
    wait_for(lambda: is_looking(running), "both sensors to look")
    rows = {row["host"]: row for row in answer(running)["hosts"]}
    assert set(rows) == {HOST, LATER}
    assert all(row["dns"] == 1 and row["hit"] == 1 for row in rows.values())
    assert answer(running)["hosts"] == list(rows.values()), "and counted once"
    text = running.sinkctl("events")
    assert HOST in text and LATER in text
    rebuilt = running.sinkctl("rebuild")
    assert "Rebuilt" in rebuilt
    assert {row["host"]: row["dns"] for row in answer(running)["hosts"]} == {HOST: 1, LATER: 1}


@pytest.mark.parametrize("packer", PACKERS)
def test_a_compressed_log_that_is_damaged_is_named(running, packer):
    visit(running, HOST)
    damaged = next(p for p in rotate(running, packer) if p.parent == running.dns_log.parent)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0x40
    damaged.write_bytes(content)
    text = running.sinkctl("hosts", "--wide")
    assert f"NOT READ: {damaged}: is damaged" in text
    assert answer(running)["looking"] is False
    assert [entry["path"] for entry in answer(running)["unread"]] == [str(damaged)]
    text = running.sinkctl("host", LATER)
    assert "has not been seen" not in text and "says little" in text
    assert HOST in running.sinkctl("events", check=1), "the other log is shown all the same"


def test_a_reader_without_rights_is_told_what_was_not_read(running):
    visit(running, HOST)
    wait_for(lambda: is_looking(running), "both sensors to look")
    let_everybody_through(running.directory)
    for directory in (running.dns_log.parent, running.contact_log.parent):
        directory.chmod(0o755)
    running.path.chmod(0o644)
    running.contact_log.chmod(0o644)
    running.dns_log.chmod(0o600)
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    words = ["-c", running.path, "--no-store"]
    text = run([*as_nobody, paths.SINKCTL, "host", *words, "--wide", LATER], check=0).stdout
    assert f"NOT READ: {running.dns_log}: cannot be opened: Permission denied." in text
    assert "has not been seen" not in text
    found = json.loads(run([*as_nobody, paths.SINKCTL, "hosts", *words, "--json"], check=0).stdout)
    assert found["looking"] is False and found["unread"][0]["path"] == str(running.dns_log)
    assert [row["host"] for row in found["hosts"]] == [HOST], "what could be read counts"
    subprocess.run(["chmod", "644", running.dns_log], check=True)
    found = json.loads(run([*as_nobody, paths.SINKCTL, "hosts", *words, "--json"], check=0).stdout)
    assert found["looking"] is True and found["unread"] == []


def test_the_timers_service_reads_with_the_rights_that_it_has(running):
    """Root without a capability, in the group of the logs; it says what it could not read."""
    visit(running, HOST)
    for log in (running.dns_log, running.contact_log):
        shutil.chown(log.parent, "nobody", "adm")
        log.parent.chmod(0o2750)
        shutil.chown(log, "nobody", "adm")
        log.chmod(0o640)
    service = (paths.SOURCE / "deploy/systemd/sinkctl-ingest.service").read_text()
    assert "CapabilityBoundingSet=\n" in service and "SupplementaryGroups=adm\n" in service
    assert "ExecStart=/usr/bin/sinkctl ingest\n" in service
    as_service = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--groups=adm", paths.SINKCTL, "ingest",
                  "-c", running.path]
    assert re.search(r"^Read \d+ new lines in 2 log files\.$", run(as_service, check=0).stdout)
    running.dns_log.chmod(0o600)
    result = run(as_service, check=1)
    assert f"{running.dns_log}: cannot be opened: Permission denied" in result.stderr
    found = json.loads(running.sinkctl("hosts", "--json"))["hosts"]
    assert [row["host"] for row in found] == [HOST]
