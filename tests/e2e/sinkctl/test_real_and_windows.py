# SPDX-License-Identifier: BSD-3-Clause
"""Whether a host was given the real address of a listed name; windows of time; what is new; CSV; exit status."""

import csv
import io
import json
import re
import subprocess
import time
from datetime import datetime, timezone

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import run, wait_for
from harness.site import Site

LISTED = "www.kaerunote.com"
MONITORED, SINKHOLED, EARLY, LATE, NEW = (paths.client(n) for n in range(520, 525))


def now():
    """Not within a millisecond of any event."""
    time.sleep(0.02)
    text = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    time.sleep(0.02)
    return text


@pytest.fixture(scope="module")
def story(authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("story"), authority)
    site.settings["module"]["monitor-only"] = [MONITORED + "/32"]
    site.settings["store"]["host-names"] = "names"
    (site.directory / "names").write_text(f"{MONITORED} =HYPERLINK(\"http://x\")\n{SINKHOLED} pc,7\n")
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    assert addresses(ask(LISTED, source=MONITORED)) == [paths.GENUINE4]
    ask(LISTED, "AAAA", source=MONITORED)
    ask(LISTED, source=SINKHOLED)
    for _ in range(3):
        ask(LISTED, source=LATE)
    ask(LISTED, source=EARLY)
    site.await_dns(3, source=LATE)
    site.middle = now()
    for _ in range(2):
        ask(LISTED, source=LATE)
    ask(LISTED, source=NEW)
    site.await_dns(5, source=LATE)
    site.await_dns(source=NEW)
    wait_for(lambda: json.loads(site.sinkctl("hosts", "--json"))["looking"], "all sensors to look", 15)
    yield site
    site.stop()


def hosts(story, *words):
    return {row["host"]: row for row in json.loads(story.sinkctl("hosts", "--json", *words))["hosts"]}


def test_events_of_monitored_clients_have_the_real_addresses(story):
    found = [e["dns"]["resolved_ip"] for e in story.dns_events(action="dns-monitor", source=MONITORED)]
    assert found == [[paths.GENUINE4], [paths.GENUINE6]]


def test_a_host_that_was_given_the_real_address_is_shown_with_it(story):
    row = hosts(story)[MONITORED]
    assert row["real"] == 2 and sorted(row["real_addresses"]) == sorted([paths.GENUINE4, paths.GENUINE6])
    table = story.sinkctl("hosts")
    lines = table.splitlines()
    at = next(i for i, line in enumerate(lines) if MONITORED in line)
    assert lines[at].split()[7] == "2"
    assert paths.GENUINE4 in lines[at + 1] and max(map(len, lines)) <= 80
    page = story.sinkctl("host", MONITORED)
    assert f"{paths.GENUINE4}: once, " in " ".join(page.split())
    given = json.loads(story.sinkctl("host", "--json", MONITORED))["real"]
    # Both questions may have come in the same millisecond.
    assert sorted(g["addresses"] for g in given) == sorted([[paths.GENUINE4], [paths.GENUINE6]])
    assert all(g["first"] and g["count"] == 1 for g in given)


@pytest.mark.parametrize("form, count, given", [("cef", "cn3=2", r"cs3Label=realAddresses cs3=(\S+)"),
                                                ("syslog", 'real="2"', r'realAddresses="([^"]+)"')])
def test_exports_of_rows_have_the_real_addresses(story, form, count, given):
    line = next(text for text in story.sinkctl("export", "--format", form).splitlines() if MONITORED in text)
    assert count in line
    assert sorted(re.search(given, line)[1].split(",")) == sorted([paths.GENUINE4, paths.GENUINE6])


def test_what_is_not_on_record_is_no_zero(story):
    assert hosts(story)[SINKHOLED]["real"] is None
    row = next(line for line in story.sinkctl("hosts").splitlines() if SINKHOLED in line)
    assert row.split()[7] == "?"
    assert "None of its questions on record (1) was answered with a real address" in " ".join(
        story.sinkctl("host", SINKHOLED).split())


def test_a_window_limits_counts_and_not_only_rows(story):
    after, before = hosts(story, "--since", story.middle), hosts(story, "--until", story.middle)
    assert hosts(story)[LATE]["dns"] == 5
    assert after[LATE]["dns"] == 2 and before[LATE]["dns"] == 3
    assert after.keys() == {LATE, NEW} and NEW not in before
    page = json.loads(story.sinkctl("host", "--json", "--since", story.middle, LATE))
    assert page["calls"][0]["dns"] == 2 and page["window"] == {"since": story.middle}
    assert len(story.sinkctl("events", "--host", LATE, "--until", story.middle).splitlines()) == 3
    assert "\nWindow: from " in story.sinkctl("hosts", "--since", story.middle)


def test_new_rows_are_those_that_were_not_there_before(story):
    assert hosts(story, "--new", story.middle).keys() == {NEW}
    told = run([paths.SINKCTL, "hosts", "-c", story.path, "--new", story.middle], check=0).stderr
    assert "no sinkwatch has noted when calls became worse: hosts that were seen before are left out" in told


def test_csv_is_read_by_others_and_holds_no_formula(story):
    text = subprocess.run([paths.SINKCTL, "hosts", "-c", story.path, "--csv"], check=True, capture_output=True).stdout
    assert text.endswith(b"\r\n") and text.count(b"\n") == text.count(b"\r\n")
    rows = {row["host"]: row for row in csv.DictReader(io.StringIO(text.decode(), newline=""))}
    assert rows[MONITORED]["name"] == "'=HYPERLINK(\"http://x\")"
    assert rows[SINKHOLED]["name"] == "pc,7" and rows[SINKHOLED]["real"] == "?"
    assert rows[MONITORED]["real"] == "2" and rows[LATE]["dns"] == "5" and rows[LATE]["last"].endswith("Z")


def test_the_exit_status_says_whether_a_call_was_found(story):
    def status(*words):
        return run([paths.SINKCTL, "hosts", "-c", story.path, *words]).returncode

    assert status("--fail-if", "possible") == 3
    assert status("--fail-if", "LIKELY") == 0
    assert status("--fail-if", "possible", "--campaign", "nonesuch") == 0


def test_a_window_that_the_logs_do_not_reach_back_to_says_so(story):
    """As after logrotate has removed what is old: the store knows more than the logs."""
    story.sinkctl("ingest")
    lines = story.dns_log.read_bytes().splitlines(keepends=True)
    later = b"".join(line for line in lines if json.loads(line)["@timestamp"] > story.middle)
    assert later
    copy = story.directory / "copy"
    copy.mkdir()
    (copy / "dns.jsonl").write_bytes(later)
    settings = story.path.read_text()
    try:
        story.settings["store"]["logs"] = [{"path": str(copy / "dns.jsonl"), "writer": "dns"},
                                           {"path": str(story.contact_log), "writer": "contacts"}]
        story.write()
        answer = json.loads(story.sinkctl("hosts", "--json", "--since", "1h"))
        assert answer["window_begins"] > story.middle
        assert "WINDOW: the logs" in story.sinkctl("hosts", "--since", "1h")
    finally:
        story.path.write_text(settings)
