# SPDX-License-Identifier: BSD-3-Clause
"""The passive record: a name listed today shows who asked for it while it was not. Off unless it is set."""

import json
from pathlib import Path

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import wait_for

ASKED, BELOW, GONE, OTHER = "www.example.test", "deep.www.example.test", "none.example.test", "www.other.test"
A, B, C, EXEMPT, LATE = (paths.client(940 + i) for i in range(5))


@pytest.fixture
def recording(site):
    site.settings["module"] |= {"passive": "hours", "passive-directory": "passive", "exempt": [f"{EXEMPT}/32"]}
    site.write().compile(site.feed("first.txt", "one.example.com\n"))
    site.resolver(threads=2)
    site.await_list()
    return site


def record(site):
    return site.directory / "passive"


def hunt(site, *words):
    return json.loads(site.sinkctl("hunt", "--json", *words))["found"]


def who(site, *words):
    """{client: (what it asked for, whether it got an address)}"""
    return {f["host"]: (tuple(f["asked"]), f["real"]) for f in hunt(site, *words)}


def ask_all(site):
    assert addresses(ask(ASKED, source=A)) == ["192.0.2.12"]
    ask(ASKED, source=A)
    ask(GONE, source=B)
    ask(OTHER, source=C)
    ask(ASKED, source=EXEMPT)


def list_example(site):
    """From now on it is listed, with all that is below it; what was known is on disk soon after."""
    site.replace_list("--force", site.feed("second.txt", "example.test\n"))
    wait_for(lambda: who(site), "the record on disk")


def test_a_name_listed_today_shows_who_asked_for_it_before(recording):
    ask_all(recording)
    list_example(recording)
    assert addresses(ask(ASKED, source=LATE)) != ["192.0.2.12"]
    assert who(recording) == {A: (("below",), True), B: (("below",), None)}
    assert who(recording, ASKED) == {A: (("itself",), True)}, "EXEMPT is not recorded, LATE is in the log"
    assert who(recording, OTHER) == {C: (("itself",), True)}, "a name can be asked about that is not listed"
    assert who(recording, "other.test") == {C: (("below",), True)}
    assert who(recording, "--host", A) == {A: (("below",), True)}
    assert who(recording, "--host", C) == {}
    found = hunt(recording)[0]
    assert found["first_hour"] == found["last_hour"] and found["first_hour"].endswith(":00:00.000Z")
    assert (found["listed"], found["feed"]) == ("example.test", "second")

    text = recording.sinkctl("hunt")
    assert "example.test" in text and A in text and B in text and C not in text
    host = " ".join(recording.sinkctl("host", A).split())
    assert "Asked for before it was listed" in host and "example.test" in host and "was given a real address" in host
    assert json.loads(recording.sinkctl("host", A, "--json"))["asked_before"][0]["listed"] == "example.test"
    assert "before it was listed" not in recording.sinkctl("host", LATE)


def test_a_rule_for_one_name_does_not_find_those_below(recording):
    ask(BELOW, source=A)
    ask(ASKED, source=B)
    feed = recording.feed("hosts.txt", f"0.0.0.0 {ASKED}\n")
    recording.replace_list("--force", feed)
    wait_for(lambda: who(recording), "the record on disk")
    assert list(who(recording)) == [B]


def test_the_record_outlives_a_restart_and_holds_no_name(recording):
    ask_all(recording)
    recording.stop()
    first = sorted(record(recording).glob("*.passive"))
    assert len(first) == 1
    assert not any(b"example" in f.read_bytes() or b"\x03www" in f.read_bytes() for f in record(recording).iterdir())
    assert {f.stat().st_mode & 0o777 for f in record(recording).iterdir()} == {0o640}

    recording.resolver(threads=2, name="again")
    recording.await_list()
    ask(ASKED, source=C)
    list_example(recording)
    wait_for(lambda: C in who(recording), "the new one")
    assert set(who(recording)) == {A, B, C}
    assert first[0].exists()

    first[0].write_bytes(first[0].read_bytes()[:-1])
    assert "cut short" in recording.sinkctl("hunt", check=1) + complaint(recording)
    (record(recording) / "key").unlink()
    recording.sinkctl("hunt", check=1)


def complaint(site):
    from harness.daemon import run

    return run([paths.SINKCTL, "hunt", "-c", site.path]).stderr


def test_off_by_default(site):
    site.compile(site.feed("first.txt", "one.example.com\n"))
    resolver = site.resolver()
    site.await_list()
    ask(ASKED, source=A)
    names = [Path(f"/proc/{resolver.process.pid}/task/{t.name}/comm").read_text().strip()
             for t in Path(f"/proc/{resolver.process.pid}/task").iterdir()]
    assert "ush-eventlog" in names and "ush-passive" not in names
    site.stop()
    assert not list(site.directory.rglob("*passive*")) and not list(site.directory.rglob("key"))
    assert "passive is off" in complaint(site)


def test_switched_on_and_off_while_it_runs(recording):
    recording.settings["module"]["passive"] = "off"
    taken = recording.lists_taken()
    recording.write()
    recording.await_list(after=taken)
    ask(ASKED, source=A)
    recording.settings["module"]["passive"] = "days"
    taken = recording.lists_taken()
    recording.write()
    recording.await_list(after=taken)

    def is_on():
        ask(ASKED, source=B)
        recording.replace_list("--force", recording.directory / "first.txt")
        return who(recording, ASKED)

    wait_for(is_on, "a record again")
    assert set(who(recording, ASKED)) == {B}


def test_what_is_lost_is_in_the_state_line(recording):
    recording.stop()
    directory = record(recording)
    for file in directory.iterdir():
        file.unlink()
    directory.rmdir()
    recording.settings["module"]["passive-directory"] = "missing/passive"
    recording.write()
    resolver = recording.resolver(name="again")
    recording.await_list()
    wait_for(lambda: "passive record" in resolver.log(), "the reason in Unbound's log")
    assert addresses(ask(ASKED, source=A)) == ["192.0.2.12"], "the resolver does not mind"
    (recording.directory / "missing").mkdir()
    wait_for(lambda: (recording.directory / "missing/passive/key").exists(), "that it is tried again", 5)
    assert recording.states()[-1]["sinkhole"]["counters"]["passive_lost"] == 0
