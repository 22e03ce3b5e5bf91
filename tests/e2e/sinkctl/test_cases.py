# SPDX-License-Identifier: BSD-3-Clause
"""sinkctl mark: what people found out about a host, and what makes it an open case again."""

import json
import os
import pwd

import pytest
import yaml

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, curl, emdivi
from harness.daemon import run, wait_for

LISTED = "www.kaerunote.com"
C2 = "http://www.toko-ton.com/koushi/detail/index.php"
clients = iter(range(540, 570))


@pytest.fixture
def host(sensor):
    """One that has asked for a listed name."""
    address = paths.client(next(clients))
    act(sensor, address)
    return address


def act(sensor, host, times=1):
    before = len(sensor.dns_events(source=host))
    for _ in range(times):
        ask(LISTED, source=host)
    sensor.await_dns(before + times, source=host)


def rows(sensor, *words):
    return [row for row in json.loads(sensor.sinkctl("hosts", "--json", *words))["hosts"]]


def row(sensor, host, *words):
    return next((row for row in rows(sensor, *words) if row["host"] == host), None)


def table_of(sensor, host):
    """The host's line with the indented ones below it."""
    lines = sensor.sinkctl("hosts").splitlines()
    at = next(i for i, line in enumerate(lines) if host in line.split())
    end = next((i for i in range(at + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    return " ".join(" ".join(lines[at:end]).split())


def test_a_host_is_acknowledged_with_case_note_and_author(sensor, host):
    assert row(sensor, host)["open"] is True
    said = sensor.sinkctl("mark", host, "acknowledged", "--case", "INC-7", "--note", "asked the owner", "--by", "yoshida")
    assert host in said and "INC-7" in said
    found = row(sensor, host)
    assert found["open"] is False and row(sensor, host, "--open") is None
    assert {k: found["case"][k] for k in ("state", "number", "note", "call")} == {
        "state": "acknowledged", "number": "INC-7", "note": "asked the owner", "call": "POSSIBLE"}
    assert found["case"]["by"].startswith("yoshida (")
    assert "case INC-7: acknowledged, as of " in table_of(sensor, host)
    assert "asked the owner" in sensor.sinkctl("host", host)
    assert [m["state"] for m in json.loads(sensor.sinkctl("host", "--json", host))["marks"]] == ["acknowledged"]


def test_a_cleaned_host_is_settled_until_it_acts_again(sensor, host):
    other = paths.client(next(clients))
    act(sensor, other)
    act(sensor, host)
    sensor.sinkctl("mark", host, "cleaned", "--note", "reimaged")
    order = [r["host"] for r in rows(sensor)]
    assert order.index(host) > order.index(other)
    assert row(sensor, host, "--open") is None
    assert run([paths.SINKCTL, "hosts", "-c", sensor.path, "--fail-if", "POSSIBLE", "--new", "1m"]).returncode == 3
    act(sensor, host)
    found = row(sensor, host, "--open")
    assert found["open"] is True and found["case"]["reopened"] == "it acted after it was cleaned"
    assert "OPEN AGAIN, it acted after it was cleaned" in table_of(sensor, host)


def test_what_it_did_after_the_time_at_which_it_was_cleaned_counts(sensor, host):
    sensor.sinkctl("mark", host, "cleaned", "--as-of", "1h")
    assert row(sensor, host)["case"]["reopened"]


def test_a_call_that_gets_worse_opens_a_false_alarm_again(sensor, host):
    sensor.sinkctl("mark", host, "false-alarm")
    assert row(sensor, host)["open"] is False
    act(sensor, host)
    assert row(sensor, host)["open"] is False
    infect(sensor, host)
    found = wait_for(lambda: row(sensor, host, "--open"), "an open case", 10)
    assert found["call"] == "INFECTED" and found["case"]["reopened"] == "its call is worse than it was then"


def infect(sensor, host):
    beacon(C2, addresses(ask("www.toko-ton.com", source=host))[0], host, emdivi([("id", "HOST01"), ("x", PROFILE)]))
    sensor.await_contacts(source=host)


def is_alarm(sensor, campaign):
    return run([paths.SINKCTL, "hosts", "-c", sensor.path, "--fail-if", "POSSIBLE", "--campaign", campaign],
               check=None).returncode == 3


def open_rows(sensor, host):
    return [r["campaign"] for r in rows(sensor, "--open") if r["host"] == host]


def test_a_mark_is_for_the_campaigns_that_were_known_and_their_calls(sensor, host):
    feed = sensor.feed("later.yaml", "feed: later\ncampaign: later\nreference: x\nindicators:\n"
                       "  - {type: domain, value: later.example, confidence: high}\n")
    sinkholed = next(daemon for daemon in sensor.daemons if daemon.name == "sinkholed")
    taken = sinkholed.log().count("list in force")
    sensor.replace_list(paths.EMDIVI_FEED, *paths.NEVER_BLOCK, feed)
    wait_for(lambda: sinkholed.log().count("list in force") > taken, "the sinkhole to take the list", 15)
    infect(sensor, host)
    sensor.sinkctl("mark", host, "false-alarm")
    assert open_rows(sensor, host) == []

    ask("later.example", source=host)
    wait_for(lambda: open_rows(sensor, host) == ["later"], "an open case of the other campaign alone", 10)
    found = row(sensor, host, "--campaign", "later")
    assert found["call"] == "POSSIBLE" and found["case"]["reopened"] == "this was not known then"
    assert is_alarm(sensor, "later")
    page = json.loads(sensor.sinkctl("host", "--json", host))
    assert {call["campaign"]: call["open"] for call in page["calls"]} == {"emdivi": False, "later": True}

    sensor.sinkctl("mark", host, "false-alarm")
    assert open_rows(sensor, host) == [] and not is_alarm(sensor, "later")
    curl("http://later.example/", addresses(ask("later.example", source=host))[0], host, data="id=1")
    wait_for(lambda: open_rows(sensor, host) == ["later"], "an open case, though not worse than the other one was", 10)
    assert row(sensor, host, "--campaign", "later")["case"]["reopened"] == "its call is worse than it was then"


def test_a_false_alarm_prints_an_exception_that_works(sensor, host, tmp_path):
    answer = json.loads(sensor.sinkctl("mark", host, "false-alarm", "--json"))["exception"]
    text = sensor.sinkctl("mark", host, "false-alarm")
    for line in (answer["role"] + answer["never_block"]).splitlines():
        assert line in text
    feed = tmp_path / "exceptions.yaml"
    feed.write_text(answer["never_block"])
    result = run([paths.SINKZONE, "compile", "-o", tmp_path / "list.db", paths.EMDIVI_FEED, "--never-block", feed], check=0)
    assert "exceptions.yaml:" not in result.stderr
    looked = run([paths.SINKZONE, "lookup", tmp_path / "list.db", LISTED])
    assert "passthru" in looked.stdout or "not listed" in looked.stdout or "never-block" in looked.stdout, looked.stdout
    sensor.settings["roles"] = yaml.safe_load(answer["role"])["roles"]
    try:
        assert row(sensor.write(), host)["call"] == "SCANNER"
    finally:
        del sensor.settings["roles"]
        sensor.write()


def test_marks_outlive_the_store(sensor, host):
    sensor.sinkctl("mark", host, "acknowledged", "--case", "4711")
    sensor.sinkctl("rebuild", "--force")
    assert row(sensor, host)["case"]["number"] == "4711"
    for file in sensor.directory.glob("store.db*"):
        file.unlink()
    assert row(sensor, host)["case"]["number"] == "4711"
    assert row(sensor, host, "--no-store")["case"]["number"] == "4711"


def test_a_mark_for_one_campaign_leaves_others_open(sensor, host):
    sensor.sinkctl("mark", host, "acknowledged", "--campaign", "emdivi")
    assert row(sensor, host)["open"] is False
    wrong = run([paths.SINKCTL, "mark", "-c", sensor.path, host, "open", "--campaign", "other"], check=1)
    assert "has not been seen for the campaign other" in wrong.stderr


@pytest.mark.parametrize("words, complaint", [
    (["192.0.2.99", "cleaned"], "192.0.2.99: has not been seen: there is nothing to mark"),
    (["192.0.2.99", "cleaned", "--note", "a\nb"], "--note: is no line of UTF-8"),
    (["192.0.2.99", "cleaned", "--note", "x" * 1001], "--note: is longer than 1000 bytes"),
])
def test_what_cannot_be_marked_is_refused(sensor, words, complaint):
    assert complaint in run([paths.SINKCTL, "mark", "-c", sensor.path, *words], check=1).stderr


def test_damaged_records_do_not_take_the_answer_away(sensor, host):
    records = sensor.directory / "records.db"
    sensor.sinkctl("mark", host, "acknowledged")
    whole = records.read_bytes()
    try:
        records.write_bytes(b"this is no database" * 100)
        result = run([paths.SINKCTL, "hosts", "-c", sensor.path, "--json"], check=0)
        assert "records.db" in result.stderr
        assert any(r["host"] == host for r in json.loads(result.stdout)["hosts"])
    finally:
        records.write_bytes(whole)


def test_what_root_makes_beside_the_store_of_another_user_is_that_users(sensor, host, tmp_path):
    """sinkwatch works there as a user of its own, and must be able to open all of it."""
    user = pwd.getpwnam("nobody")
    watch = tmp_path / "watch"
    watch.mkdir()
    os.chown(watch, user.pw_uid, user.pw_gid)
    settings = tmp_path / "sinkhole.yaml"
    settings.write_text(yaml.safe_dump({**sensor.settings, "store": {"path": str(watch / "store.db"), "logs": [
        {"path": str(sensor.dns_log), "writer": "dns", "observer": "test"}]}}))
    for words in (["hosts"], ["mark", host, "acknowledged"]):
        run([paths.SINKCTL, *words, "-c", settings], check=0)
    assert {"store.db", "store.db.settings", "records.db"} <= {path.name for path in watch.iterdir()}
    assert {(path.name, path.stat().st_uid) for path in watch.iterdir()} == {(path.name, user.pw_uid) for path in watch.iterdir()}
