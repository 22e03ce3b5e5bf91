# SPDX-License-Identifier: BSD-3-Clause
"""sinkzone update: feeds from files and commands, each with its last good copy; none costs another."""

import fcntl
import json
import os
import pwd
import sys
import time

import pytest

from harness import paths
from harness.daemon import Daemon, listening, run
from harness.feeds import Feeds, names
from harness.site import let_everybody_through

WEB = "10.53.0.70"


@pytest.fixture
def feeds(tmp_path):
    return Feeds(tmp_path)


BAD = {
    "page": ("echo '<!DOCTYPE html><html>'", "is a web page"),
    "words": ("echo these are no; echo names of hosts", "no good indicator"),
    "failing": ("echo part.example.com; echo a >&2; echo the server said 404 >&2; exit 22", "ended with status 22: the server said 404"),
    "killed": ("kill -9 $$", "signal 9"),
    "slow": ("sleep 60", "took more than 1 s"),
    "closed": ("echo new.example.com; exec sleep 60 >&- 2>&-", "took more than 1 s"),
    "endless": ("yes host.example.com", "has more than 100000 bytes"),
    "missing": ("exec ./no-such-program", "status 127"),
    "silent": ("exit 0", "is empty"),
}


def test_a_bad_source_keeps_its_last_copy_and_costs_no_other_feed(feeds):
    commands = {}
    for name in BAD:
        commands[name] = feeds.directory / f"{name}.sh"
        commands[name].write_text(f"echo {name}.example.net\n")
        feeds.add(name, command=f"exec sh {commands[name]}", timeout=1, **{"max-bytes": 100000})
    good = feeds.file("good", "good.example.com\n")
    feeds.update()
    assert set(feeds.states().values()) == {"ok"}
    for name, (command, _) in BAD.items():
        commands[name].write_text(command + "\n")
    good.write_text("good.example.com\nnew.example.com\n")
    said = feeds.update(check=1).stderr
    for name, (_, why) in BAD.items():
        line = next((line for line in said.splitlines() if line.startswith(f"sinkzone: {name}: ")), "")
        assert name == "silent" or (why in line and "the copy of 20" in line), (name, said)
        assert feeds.lists(f"{name}.example.net")
    # A command that prints nothing and ends well has nothing new.
    assert feeds.states() == {**{name: "failed" for name in BAD}, "silent": "ok", "good": "ok"}
    assert feeds.lists("new.example.com")
    assert "404" in feeds.status()["failing"]["problem"]
    assert [path.name for path in feeds.copies.glob("*.sinkzone-*")] == []


def test_a_source_that_was_never_good_is_absent_and_the_others_make_the_list(feeds):
    for name, (command, _) in BAD.items():
        feeds.add(name, command=command, timeout=1, **{"max-bytes": 100000})
    feeds.file("good", "good.example.com\n")
    said = feeds.update(check=1).stderr
    assert all(why in said for _, why in BAD.values())
    assert feeds.states() == {**{name: "absent" for name in BAD}, "good": "ok"}
    assert feeds.lists("good.example.com") and not feeds.lists("part.example.com")
    feeds.sources.pop()
    feeds.database.unlink()
    (feeds.copies / "good.feed").unlink()
    assert "no feed has a good copy" in feeds.update(check=1).stderr
    assert not feeds.database.exists()


def test_without_a_copy_of_a_never_block_feed_no_list_is_made(feeds):
    never = feeds.file("never", "free.example.com\n", **{"never-block": True})
    feeds.file("good", "listed.example.com\nfree.example.com\n")
    never.unlink()
    said = feeds.update(check=1).stderr
    assert "there is no copy, so no new list is made" in said and "lacks it" not in said
    assert "never: is a never-block feed without a good copy" in said
    assert not feeds.database.exists()
    said = run([paths.SINKZONE, "status", "-c", feeds.settings], check=1).stdout
    assert "never" in said and "absent" in said and "the list: absent" in said
    never.write_text("free.example.com\n")
    feeds.update()
    assert feeds.lists("listed.example.com") and not feeds.lists("free.example.com")
    # The copy protects as long as there is one, whatever becomes of the source.
    never.unlink()
    (feeds.directory / "good.txt").write_text("new.example.com\nlisted.example.com\nfree.example.com\n")
    feeds.update(check=1)
    assert feeds.lists("new.example.com") and not feeds.lists("free.example.com")


@pytest.mark.parametrize("spoil", ["", "# nothing yet\n", None], ids=["empty", "comment", "missing"])
def test_a_never_block_feed_with_a_new_name_protects_until_it_has_a_copy(feeds, spoil):
    never = feeds.file("nb", "free.example.com\n", **{"never-block": True})
    good = feeds.file("good", "listed.example.com\nfree.example.com\n")
    feeds.update()
    before = feeds.database.read_bytes()
    feeds.sources[0]["name"] = "never"
    good.write_text("new.example.com\nlisted.example.com\nfree.example.com\n")
    never.unlink() if spoil is None else never.write_text(spoil)
    for _ in range(2):
        result = feeds.update(check=1)
        assert "never: is a never-block feed without a good copy" in result.stderr
        assert "was removed" not in result.stdout and "have left" not in result.stdout
        assert feeds.database.read_bytes() == before and not feeds.lists("free.example.com")
        assert (feeds.copies / "nb.feed").read_text() == "free.example.com\n"
    # With the source, the change of the name is done.
    never.write_text("free.example.com\n")
    assert "nb: no longer in the settings; its copy was removed" in feeds.update().stdout
    assert feeds.lists("new.example.com") and not feeds.lists("free.example.com")
    assert not (feeds.copies / "nb.feed").exists()
    # The settings can give a never-block feed up.
    feeds.sources.pop(0)
    feeds.update()
    assert feeds.lists("free.example.com")


def test_a_feed_that_shrinks_waits_for_the_operator(feeds):
    large = feeds.file("large", names(50))
    small = feeds.file("small", names(5, "small"))
    feeds.update()
    large.write_text(names(20))
    small.write_text(names(1, "small"))  # a feed of a handful may lose as many
    assert "20 indicators where it had 50 (--force=large takes it)" in feeds.update(check=1).stderr
    assert feeds.lists("host49.example.com") and not feeds.lists("small4.example.com")
    assert feeds.states() == {"large": "failed", "small": "ok"}
    assert "no feed under update:" in feeds.update("--force=other", check=1).stderr
    feeds.update("--force=large")
    assert not feeds.lists("host49.example.com") and feeds.lists("host19.example.com")
    assert feeds.states() == {"large": "ok", "small": "ok"}


def test_a_feed_that_may_be_empty_can_lose_its_last_indicator(feeds):
    path = feeds.file("feodo", "one.example.com\n", **{"may-be-empty": True})
    feeds.file("other", "other.example.com\n")
    feeds.update()
    path.write_text("# END 0 entries\n")
    feeds.update()
    assert not feeds.lists("one.example.com") and feeds.lists("other.example.com")
    path.write_text("<html>\n")
    feeds.update(check=1)
    path.write_text("")
    assert "feodo: is empty" in feeds.update(check=1).stderr


def test_a_feed_that_does_not_change_any_more_is_stale(feeds):
    feeds.file("daily", "daily.example.com\n", every=86400)
    feeds.file("old", "old.example.com\n")
    feeds.update()
    state = json.loads((feeds.copies / "state.json").read_text())
    for feed in state["feeds"].values():
        feed["changed_ms"] -= 2 * 86400 * 1000
    (feeds.copies / "state.json").write_text(json.dumps(state))
    assert feeds.states() == {"daily": "stale", "old": "ok"}
    assert "daily: stale: unchanged since" in feeds.update(check=1).stderr
    assert "stale" in run([paths.SINKZONE, "status", "-c", feeds.settings], check=1).stdout
    said = run([paths.SINKCTL, "status", "-c", feeds.settings, "--no-store"]).stdout
    assert "Warning: feed daily is stale, last changed" in said and "feed old" not in said
    answer = json.loads(run([paths.SINKCTL, "status", "-c", feeds.settings, "--no-store", "--json"]).stdout)
    assert [(feed["feed"], feed["state"]) for feed in answer["feeds"]] == [("daily", "stale"), ("old", "ok")]
    metrics = run([paths.SINKCTL, "metrics", "-c", feeds.settings, "--no-store"]).stdout.splitlines()
    assert {line.split("feed_good")[1] for line in metrics if "feed_good{" in line} == {'{feed="daily"} 0', '{feed="old"} 1'}
    (feeds.directory / "daily.txt").write_text("other.example.com\n")
    feeds.update()
    assert feeds.states() == {"daily": "ok", "old": "ok"}


def test_precedence_and_options_are_those_of_the_settings(feeds):
    feeds.file("never", "free.example.com\n", **{"never-block": True})
    feeds.file("first", "free.example.com\nboth.example.com\n", action="monitor", campaign="c1", scope="exact")
    feeds.file("second", "0.0.0.0 both.example.com\n", format="hosts")
    said = feeds.update().stdout
    assert "first: 2 indicators, 0 before" in said
    assert not feeds.lists("free.example.com")
    rule = json.loads(run([paths.SINKZONE, "lookup", "--json", feeds.database, "both.example.com"], check=0).stdout)
    assert "c1" in json.dumps(rule) and "monitor" in json.dumps(rule)


def test_nothing_new_leaves_the_list_alone_and_a_change_is_counted(feeds):
    path = feeds.file("a", "a.example.com\nb.example.com\n")
    feeds.update()
    before = feeds.database.stat().st_mtime_ns
    time.sleep(1.1)  # the settings are written again, and have to be older than the list
    feeds.update()
    between = feeds.database.stat().st_mtime_ns
    assert between > before
    assert "the list stays as it is" in run([paths.SINKZONE, "update", "-c", feeds.settings], check=0).stdout
    assert feeds.database.stat().st_mtime_ns == between
    path.write_text("a.example.com\nc.example.com\n")
    said = feeds.update().stdout
    assert "the list: 1 rules added, 1 removed, 0 changed, 1 the same" in said
    assert feeds.update("-q").stdout == ""


def test_a_damaged_state_costs_no_rule(feeds):
    feeds.file("a", "a.example.com\n")
    feeds.update()
    (feeds.copies / "state.json").write_text('{"feeds": {"a": [1')
    feeds.update()
    assert feeds.lists("a.example.com") and feeds.states() == {"a": "ok"}
    assert feeds.status()["a"]["indicators"] == 1
    # The copy counts also where its source cannot be had just then.
    feeds.file("b", "b.example.com\n")
    (feeds.directory / "a.txt").unlink()
    (feeds.copies / "state.json").unlink()
    feeds.update(check=1)
    assert feeds.lists("a.example.com") and feeds.lists("b.example.com")
    assert feeds.states() == {"a": "failed", "b": "ok"}


def damage_by_truncation(path):
    os.truncate(path, 100)
    return "is too short to be a blocklist; it is now"


def damage_by_zeroes(path):
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size - 600)
        file.write(bytes(600))
    return "is altered: the checksum"


def serial_of(path):
    return int.from_bytes(path.read_bytes()[32:36], "little")


@pytest.mark.parametrize("damage", [damage_by_truncation, damage_by_zeroes])
def test_a_damaged_list_is_made_anew_and_said(feeds, damage):
    feeds.file("a", "a.example.com\n" + names(200))
    feeds.update()
    time.sleep(1.1)
    feeds.update()
    update = [paths.SINKZONE, "update", "-c", feeds.settings]
    status = [paths.SINKZONE, "status", "-c", feeds.settings]
    assert "the list" not in run(status, check=0).stdout
    serial = serial_of(feeds.database)
    why = damage(feeds.database)
    bad = feeds.database.read_bytes()
    said = run(status, check=1).stdout
    assert "the list: damaged" in said and why.split(";")[0] in said and "sinkzone update makes a new one" in said
    last = json.loads(run([*status, "--json"], check=1).stdout.splitlines()[-1])
    assert (last["list"], last["state"]) == (str(feeds.database), "damaged") and why.split(";")[0] in last["problem"]
    said = run(update, check=1).stderr
    aside = feeds.directory / "blocklist.db.damaged"
    assert why in said and f"it is now {aside}, and a new list is in its place" in said
    assert ("new sinkhole addresses" in said) == (damage is damage_by_truncation)
    assert aside.read_bytes() == bad and feeds.lists("a.example.com")
    assert serial_of(feeds.database) > serial
    assert "the list stays as it is" in run(update, check=0).stdout
    run(status, check=0)


def test_a_list_whose_serial_is_ahead_of_the_clock_keeps_it_through_damage(feeds):
    feeds.file("a", "a.example.com\n")
    feeds.update()
    state = json.loads((feeds.copies / "state.json").read_text())
    assert state["serial"] == serial_of(feeds.database)
    state["serial"] += 1000
    (feeds.copies / "state.json").write_text(json.dumps(state))
    os.truncate(feeds.database, 100)
    feeds.update(check=1)
    assert serial_of(feeds.database) == state["serial"] + 1
    feeds.database.unlink()
    assert "the list: absent" in run([paths.SINKZONE, "status", "-c", feeds.settings], check=1).stdout
    feeds.update()
    assert serial_of(feeds.database) == state["serial"] + 2


def test_a_damaged_list_stays_without_good_feeds_for_a_new_one(feeds):
    never = feeds.file("never", "free.example.com\n", **{"never-block": True})
    feeds.file("a", "a.example.com\n")
    feeds.update()
    never.unlink()
    (feeds.copies / "never.feed").unlink()
    os.truncate(feeds.database, 100)
    said = feeds.update(check=1).stderr
    assert "is too short to be a blocklist; no new list could be made" in said
    assert feeds.database.stat().st_size == 100
    assert not (feeds.directory / "blocklist.db.damaged").exists()


def test_a_list_of_a_newer_version_is_not_replaced(feeds):
    feeds.file("a", "a.example.com\n")
    feeds.update()
    with open(feeds.database, "r+b") as file:
        file.seek(8)
        file.write(bytes([99]))
    newer = feeds.database.read_bytes()
    said = feeds.update(check=1).stderr
    assert "is of format version 99" in said and "move it away to have a new one made" in said and "--force" not in said
    assert "the list: unknown" in run([paths.SINKZONE, "status", "-c", feeds.settings], check=1).stdout
    assert feeds.database.read_bytes() == newer and not (feeds.directory / "blocklist.db.damaged").exists()
    feeds.database.rename(feeds.directory / "newer.db")
    feeds.update()
    assert feeds.lists("a.example.com")


def test_a_damaged_list_of_another_user_is_made_anew(feeds):
    """Its second name is refused by the kernel then (fs.protected_hardlinks)."""
    user = pwd.getpwnam("nobody")
    feeds.file("a", "a.example.com\n")
    feeds.update()
    let_everybody_through(feeds.directory)
    for path in (feeds.directory, feeds.copies):
        os.chown(path, user.pw_uid, user.pw_gid)
    os.truncate(feeds.database, 100)
    feeds.update(check=1)
    assert feeds.lists("a.example.com") and feeds.database.stat().st_uid == user.pw_uid
    assert (feeds.directory / "blocklist.db.damaged").stat().st_size == 100


def test_a_copy_that_could_not_be_compiled_is_compiled_the_next_time(feeds):
    path = feeds.file("a", "a.example.com\n")
    feeds.update()
    path.write_text("a.example.com\nb.example.com\n")
    with open(f"{feeds.database}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run([paths.SINKZONE, "update", "-c", feeds.settings, "--wait", "0"], check=1)
    assert not feeds.lists("b.example.com")
    again = run([paths.SINKZONE, "update", "-c", feeds.settings], check=0).stdout
    assert "a: 2 indicators, unchanged" in again and feeds.lists("b.example.com"), again


@pytest.mark.parametrize("unless", ["", "test -e $FEED_COPY || "], ids=["same", "nothing-new"])
def test_settings_that_read_a_feed_wrongly_cost_no_rule(feeds, unless):
    (feeds.directory / "feed.txt").write_text(names(20))
    feeds.add("a", command=f"{unless}cat {feeds.directory}/feed.txt")
    feeds.file("b", "b.example.com\n")
    feeds.update()
    feeds.sources[0]["format"] = "networks"
    assert "a: " in feeds.update(check=1).stderr
    assert feeds.lists("host1.example.com") and feeds.states() == {"a": "failed", "b": "ok"}
    feeds.sources[0]["format"] = "domains"
    feeds.update()
    assert feeds.lists("host1.example.com") and feeds.states() == {"a": "ok", "b": "ok"}


def test_popular_names_are_said(feeds):
    feeds.file("a", "github.com\nwww.example.com\n")
    assert "a: warning: 1 rules cover very popular names" in feeds.update().stdout


def test_two_at_once_take_turns(feeds):
    feeds.add("slow", command="sleep 2; echo slow.example.com")
    feeds.settings.write_text("{}")
    feeds.update("--wait", "1")
    first = Daemon("update", [paths.SINKZONE, "update", "-c", feeds.settings], feeds.directory)
    first.wait_ready(lambda: (feeds.copies / "update.lock").exists())
    assert "has not ended within 0 s" in run([paths.SINKZONE, "update", "-c", feeds.settings, "--wait", "0"], check=1).stderr
    first.process.wait(30)
    first.check()


def test_curl_as_a_command_asks_only_for_what_is_new(feeds):
    document = feeds.directory / "www"
    document.mkdir()
    (document / "list.txt").write_text("listed.example.com\n")
    web = Daemon("web", [sys.executable, "-u", "-m", "http.server", "--bind", WEB, "80", "--directory", document], feeds.directory,
                 expected_status=(-15,))
    web.wait_ready(lambda: listening(80))
    feeds.add("web", command=f'curl -fsS --max-time 10 -z "$FEED_COPY" http://{WEB}/list.txt')
    feeds.update()
    assert feeds.lists("listed.example.com")
    (document / "list.txt").touch()
    feeds.update()
    time.sleep(1.1)
    (feeds.copies / "web.feed").touch()
    feeds.update()
    (document / "list.txt").unlink()
    said = feeds.update(check=1).stderr
    web.stop()
    assert "404" in said and feeds.lists("listed.example.com")
    assert '" 304' in web.log() and '" 200' in web.log()


@pytest.mark.parametrize("text,why", [
    ("update: {feeds: [{name: a}]}", "has one of"), ("update: {feeds: [{name: a, file: x, command: y}]}", "has one of"),
    ("update: {feeds: [{name: ../a, file: x}]}", "no name"), ("update: {feeds: [{name: .a, file: x}]}", "no name"),
    ("update: {feeds: [{name: a, file: x}, {name: a, file: y}]}", "same name"),
    ("update: {feeds: [{name: a, zone: {from: 192.0.2.1}}]}", "has one of"), ("update: {feeds: [{name: a, zone: {name: b.example}}]}", "needs \"from\""),
    ("update: {feeds: [{name: a, file: x, zone: {from: 192.0.2.1@53}}]}", "needs its \"name\""),
    ("update: {feeds: [{name: a, zone: {name: b.example, from: 192.0.2.1@0}}]}", "@PORT"),
    ("update: {feeds: {}}", "list"), ("mode: enforce", "names no feeds"),
])
def test_settings_that_make_no_sense_are_refused(tmp_path, text, why):
    settings = tmp_path / "sinkhole.yaml"
    settings.write_text(text + "\n")
    assert why in run([paths.SINKZONE, "update", "-c", settings], check=1).stderr


def test_root_reads_feeds_with_the_rights_of_the_user_that_keeps_them(feeds):
    user = pwd.getpwnam("nobody")
    secret = feeds.directory / "root.header"
    secret.write_text("secret.example.com\n")
    secret.chmod(0o600)
    feeds.add("mine", command="echo $(id -un).user.example.com; echo $(id -Gn | tr ' ' -).groups.example.com")
    feeds.add("secret", command=f"cat {secret}")
    feeds.copies.mkdir()
    let_everybody_through(feeds.directory)
    for path in (feeds.directory, feeds.copies):
        os.chown(path, user.pw_uid, user.pw_gid)
    result = feeds.update(check=1)
    assert feeds.lists("nobody.user.example.com") and feeds.lists("nogroup.groups.example.com")
    assert "Permission denied" in result.stderr and feeds.states() == {"mine": "ok", "secret": "absent"}
    made = [feeds.database, *feeds.copies.iterdir()]
    assert {(path.stat().st_uid, path.stat().st_mode & 0o777) for path in made} == {(user.pw_uid, 0o644)}


def test_files_of_root_in_the_directories_of_another_user_are_replaced(feeds):
    """As an installation has them that root kept before."""
    user = pwd.getpwnam("nobody")
    feed = feeds.file("moved", names(3))
    feeds.update()
    assert feeds.database.stat().st_uid == 0
    let_everybody_through(feeds.directory)
    for path in (feeds.directory, feeds.copies):
        os.chown(path, user.pw_uid, user.pw_gid)
    feed.write_text(names(3, "new"))
    feeds.update()
    assert feeds.lists("new0.example.com") and not feeds.lists("host0.example.com")
    assert {path.stat().st_uid for path in (feeds.database, *feeds.copies.iterdir())} == {user.pw_uid}
