# SPDX-License-Identifier: BSD-3-Clause
"""sinkctl dnstap: real consumers receive the events with their policy, each at least once, whatever they do meanwhile."""

import os
import re
import signal
import socket
import struct

import dns.message
import pytest
import yaml

from harness import paths
from harness.ask import ask
from harness.daemon import Daemon, listening, run, settle, wait_for
from harness.site import field

CLIENT = paths.client(990)
TYPE = "protobuf:dnstap.Dnstap"
PORT = 6000
FEEDS = {"sunk.txt": "sunk.example.com\n", "nx.txt": "nx.example.com\n", "dropped.txt": "dropped.example.com\n",
         "watched.txt": "watched.example.com\n"}
ACTIONS = {"nx": "nxdomain", "dropped": "drop", "watched": "monitor"}
# Numbers of the dnstap schema, written down a second time.
PASS, DROP, NXDOMAIN, NODATA, LOCAL_DATA = 3, 4, 1, 2, 6
QNAME = 1
CLIENT_QUERY, CLIENT_RESPONSE = 5, 6


@pytest.fixture(scope="module")
def resolving(sensor):
    sensor.settings["feeds"] = {name: {"action": action} for name, action in ACTIONS.items()}
    sensor.write().replace_list("--force", *(sensor.feed(name, text) for name, text in FEEDS.items()))
    wait_for(lambda: ask("nx.example.com", source=CLIENT).rcode() == 3, "the actions of the feeds")
    return sensor


def fields(message):
    """Of a protobuf message: number -> value, bytes or a number."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        kind = key & 7
        if kind == 0:
            found[key >> 3] = varint()
        elif kind == 5:
            found[key >> 3], at = struct.unpack_from("<I", message, at)[0], at + 4
        else:
            assert kind == 2, kind
            length = varint()
            found[key >> 3], at = message[at:at + length], at + length
    return found


def frames(path):
    """The data frames of a Frame Streams file."""
    content, at, found = path.read_bytes(), 0, []
    while at < len(content):
        length, at = struct.unpack_from(">I", content, at)[0], at + 4
        if length == 0:
            length, at = struct.unpack_from(">I", content, at)[0], at + 4
        else:
            found.append(content[at:at + length])
        at += length
    return found


class Tap:
    """The frame's fields by their names in the schema."""

    def __init__(self, frame):
        top = fields(frame)
        assert top[15] == 1
        message = fields(top[14])
        policy = fields(message[15])
        self.identity, self.extra, self.type = top[1].decode(), top[3].decode(), message[1]
        self.family, self.protocol = message[2], message[3]
        self.client, self.server = socket.inet_ntoa(message[4]), socket.inet_ntoa(message[5])
        self.ports = message[6], message[7]
        self.time = message[8] + message[9] / 1e9
        self.query = dns.message.from_wire(message[10]) if 10 in message else None
        self.response = dns.message.from_wire(message[14]) if 14 in message else None
        self.policy = policy[1].decode(), policy[2].decode(), policy[3], policy[4], policy[5].decode()
        self.id = re.match(r"id=(\S+) ", self.extra)[1]


class Capture(Daemon):
    """fstrm_capture, which is told what to write on SIGTERM."""

    def __init__(self, directory, name, *where):
        self.file = directory / f"{name}.fstrm"
        super().__init__(name, ["fstrm_capture", "-t", TYPE, *where, "-w", self.file], directory,
                         expected_status=(0, -signal.SIGKILL))

    def taps(self):
        self.stop()
        return [Tap(frame) for frame in frames(self.file)]


@pytest.fixture
def follower(resolving, tmp_path):
    """start(to, *words): a sinkctl dnstap of this test, with its own place in the log."""
    started = []
    settings = yaml.safe_load(resolving.path.read_text())
    settings["module"] |= {"database": str(resolving.database), "event-log": str(resolving.dns_log)}
    settings["sinkhole"] |= {"database": str(resolving.database), "event-log": str(resolving.contact_log)}
    path = tmp_path / "sinkhole.yaml"

    def start(to, *words):
        settings["store"] = {"path": str(tmp_path / "store.db"), "dnstap": to}
        path.write_text(yaml.safe_dump(settings))
        started.append(Daemon(f"dnstap{len(started)}", [paths.SINKCTL, "dnstap", "-c", path, *words], tmp_path))
        return started[-1]

    yield start
    for daemon in started:
        daemon.stop()


def connect(daemon, times=1):
    wait_for(lambda: daemon.log().count("connected to ") >= times, f"the connection\n{daemon.log()}")
    return daemon


def ask_for(resolving, count, source):
    """So many events of one host; their ids."""
    before = {event["event"]["id"] for event in resolving.dns_events(source=source)}
    for _ in range(count):
        ask("sunk.example.com", source=source)
    events = resolving.await_dns(len(before) + count, source=source)
    return {event["event"]["id"] for event in events} - before


def await_sent(follower, resolving, tmp_path):
    """Until the place in the log is its end."""
    def is_at_end():
        kept = tmp_path / "store.db.dnstap"
        offsets = re.findall(r'"offset": (\d+)', kept.read_text()) if kept.exists() else []
        return offsets == [str(os.path.getsize(resolving.dns_log))]

    wait_for(is_at_end, f"all to be sent\n{follower.log()}")


def unix(path):
    return f"unix:{path}"


def test_each_action_with_its_policy(resolving, follower, tmp_path):
    capture = Capture(tmp_path, "capture", "-u", tmp_path / "tap")
    wait_for((tmp_path / "tap").exists, "the consumer's socket")
    daemon = connect(follower(unix(tmp_path / "tap")))
    source = paths.client(991)
    for name, qtype in (("sunk", "A"), ("sunk", "AAAA"), ("sunk", "MX"), ("nx", "A"), ("watched", "A")):
        ask(f"{name}.example.com", qtype, source=source)
    ask("dropped.example.com", source=source, timeout=0.5)
    ask("sunk.example.com", source=source, tcp=True)
    events = resolving.await_dns(7, source=source)
    await_sent(daemon, resolving, tmp_path)
    daemon.stop()
    taps = capture.taps()
    assert [tap.id for tap in taps] == [event["event"]["id"] for event in events], "nothing of before, each once, in order"
    read = run(["dnstap-read", capture.file], check=0).stdout.splitlines()
    assert len(read) == 7 and all(f"{CLIENT.rsplit('.', 1)[0]}." in line for line in read)
    assert sum(" CR " in line for line in read) == 5 and sum(" CQ " in line for line in read) == 2

    for tap, event in zip(taps, events):
        assert tap.identity == "e2e" and tap.client == source and tap.server == paths.RESOLVER
        assert tap.ports == (field(event, "source.port"), 53) and tap.family == 1
        assert tap.protocol == {"udp": 1, "tcp": 2}[field(event, "network.transport")]
        assert tap.policy[:2] == ("unbound-sinkhole", event["rule"]["id"])
        assert tap.policy[3:] == (QNAME, event["rule"]["name"])
        question = (tap.response or tap.query).question[0]
        assert question.name.to_text() == event["dns"]["question"]["name"] + "."
        assert f" action={event['event']['action']} " in tap.extra
    found = [(field(event, "rule.name"), tap.policy[2], tap.type) for tap, event in zip(taps, events)]
    assert found == [
        ("sunk.example.com", LOCAL_DATA, CLIENT_RESPONSE), ("sunk.example.com", LOCAL_DATA, CLIENT_RESPONSE),
        ("sunk.example.com", NODATA, CLIENT_RESPONSE), ("nx.example.com", NXDOMAIN, CLIENT_RESPONSE),
        ("watched.example.com", PASS, CLIENT_QUERY), ("dropped.example.com", DROP, CLIENT_QUERY),
        ("sunk.example.com", LOCAL_DATA, CLIENT_RESPONSE)]
    assert [rr.to_text() for rr in taps[0].response.answer[0]] == events[0]["dns"]["resolved_ip"]
    assert taps[1].response.answer[0].rdtype == 28 and taps[0].response.answer[0].ttl == 30
    assert taps[2].response.answer == [] and taps[3].response.rcode() == 3


def test_a_consumer_that_is_away_misses_nothing(resolving, follower, tmp_path):
    source, where = paths.client(992), f"127.0.0.1:{PORT}"
    daemon = follower(where)
    wait_for(lambda: "cannot connect to" in daemon.log(), "the complaint")
    wanted = [ask_for(resolving, 3, source)]
    seen = []
    for times in (1, 2):
        capture = Capture(tmp_path, f"capture{times}", "-a", "127.0.0.1", "-p", str(PORT))
        wait_for(lambda: listening(PORT), "the consumer")
        connect(daemon, times)
        wanted.append(ask_for(resolving, 3, source))
        await_sent(daemon, resolving, tmp_path)
        seen.append({tap.id for tap in capture.taps()})
        wanted.append(ask_for(resolving, 1, source))  # a lone frame that TCP takes though the consumer is gone
        wait_for(lambda: daemon.log().count("was lost") == times, "the loss to be noticed")
    assert seen == [wanted[0] | wanted[1], wanted[2] | wanted[3]]
    assert daemon.log().count("cannot connect to") <= 3, "not with each try"


def test_what_a_consumer_had_not_taken_is_sent_again(resolving, follower, tmp_path):
    source, tap = paths.client(993), tmp_path / "tap"
    first = Capture(tmp_path, "first", "-u", tap)
    wait_for(tap.exists, "the consumer's socket")
    daemon = connect(follower(unix(tap)))
    first.signal(signal.SIGSTOP)
    wanted = ask_for(resolving, 20, source)
    settle(2.5)  # it looks each second
    first.signal(signal.SIGKILL)
    wait_for(lambda: "20 events will be sent again" in daemon.log(), "the end of the consumer")
    tap.unlink()
    second = Capture(tmp_path, "second", "-u", tap)
    connect(daemon, 2)
    await_sent(daemon, resolving, tmp_path)
    assert wanted <= {tap.id for tap in second.taps()}


def test_it_goes_on_where_it_ended(resolving, follower, tmp_path):
    """Though the log was rotated and compressed meanwhile."""
    source, where = paths.client(994), tmp_path / "tap"
    capture = Capture(tmp_path, "capture", "-u", where)
    wait_for(where.exists, "the consumer's socket")
    daemon = connect(follower(unix(where)))
    wanted = [ask_for(resolving, 2, source)]
    await_sent(daemon, resolving, tmp_path)
    daemon.stop()
    assert "2 events were sent, 0 lines were passed over" in daemon.log()
    wanted.append(ask_for(resolving, 2, source))
    rotated = resolving.dns_log.with_name("dns.jsonl-20261129")
    resolving.dns_log.rename(rotated)
    wait_for(resolving.dns_log.exists, "a new log")
    run(["gzip", rotated], check=0)
    for _ in range(2):
        ask("sunk.example.com", source=source)
    resolving.await_dns(2, source=source)
    daemon = connect(follower(unix(where)))
    await_sent(daemon, resolving, tmp_path)
    daemon.stop()
    assert "4 events were sent" in daemon.log()
    ids = [tap.id for tap in capture.taps()]
    assert len(ids) == len(set(ids)) == 6 and wanted[0] | wanted[1] < set(ids)


def test_the_past_is_sent_if_asked_for(resolving, follower, tmp_path):
    source, where = paths.client(995), tmp_path / "tap"
    wanted = ask_for(resolving, 2, source)
    capture = Capture(tmp_path, "capture", "-u", where)
    wait_for(where.exists, "the consumer's socket")
    daemon = connect(follower("unix:/nowhere", "--to", unix(where), "--since", "1h"))
    await_sent(daemon, resolving, tmp_path)
    daemon.stop()
    assert wanted <= {tap.id for tap in capture.taps()}


@pytest.mark.parametrize("words, complaint", [
    ((), "says no consumer (store: dnstap), nor does --to"),
    (("--to", "tap.example.com:6000"), '"tap.example.com:6000" is neither unix:/path nor an IP address with a port'),
    (("--to", "127.0.0.1"), "is neither"), (("--to", "unix:tap"), "is neither"), (("--to", "unix:/" + "x" * 200), "is neither"),
])
def test_a_consumer_that_cannot_be_one_is_refused(site, words, complaint):
    result = run([paths.SINKCTL, "dnstap", "-c", site.path, *words], check=1)
    assert complaint in result.stderr


def test_two_at_once_do_not_move_each_others_place(resolving, follower, tmp_path):
    first = follower("127.0.0.1:6009")
    wait_for(lambda: "cannot connect" in first.log(), "the first one to run")
    second = [paths.SINKCTL, "dnstap", "-c", tmp_path / "sinkhole.yaml", "--to", "127.0.0.1:6008"]
    assert "another sinkctl dnstap sends these logs" in run(second, check=1, timeout=20).stderr
    first.stop()
    third = follower("127.0.0.1:6008")
    wait_for(lambda: "cannot connect" in third.log(), "one that follows the first")


def test_a_damaged_place_is_refused(site):
    site.path.with_name("store.db.dnstap").write_text("{")
    result = run([paths.SINKCTL, "dnstap", "-c", site.path, "--to", "127.0.0.1:6000"], check=1)
    assert "store.db.dnstap: cannot be read as a position" in result.stderr
