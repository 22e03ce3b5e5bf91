# SPDX-License-Identifier: BSD-3-Clause
"""No contact is lost while there is room for it, whatever is done to the log or to the daemon; and what was lost is counted."""

import base64
import itertools
import resource
import shutil
import signal
import socket
import subprocess

import pytest

from harness import losses, paths
from harness.daemon import wait_for
from harness.site import events

SINK = "198.51.100.9"
PORT, UDP = 8080, 123
CONTACT = {"event.dataset": "sinkhole.contact"}


def connect(source):
    return socket.create_connection((SINK, PORT), timeout=10, source_address=(source, 0))


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: www.sekisan.biz\r\n\r\n".encode()


class Flow(losses.Flow):
    """Hosts that ask for one path after the other, each on a connection that lasts, until stop(); at most some thousand a
    second, so that the log stays short enough to be read again and again."""

    def run(self, first, number, threads):
        with connect(paths.client(1800 + number)) as s:
            for path in (f"/{first}-{number}-{i}" for i in itertools.count()):
                if self.done.wait(0.001):
                    return
                try:
                    s.sendall(request(path))
                    if not s.recv(4096):
                        return
                except OSError:
                    return
                self.answered.add(path)


@pytest.fixture(params=[1, 4], ids=["one-loop", "four-loops"])
def running(site, request):
    site.settings["sinkhole"] |= {"loops": request.param, "max-events": 10000000, "max-events-per-host": 10000000, **losses.NO_BYTE_LIMIT}
    site.write().compile()
    site.daemon = site.sinkhole()
    return site


def recorded(*logs):
    """The paths in these files; an id that comes twice is an error."""
    return {event["url"]["path"] for event in losses.written_once(logs, CONTACT) if "path" in event.get("url", {})}


def await_all(answered, *logs):
    wait_for(lambda: answered <= recorded(*logs), "every answered request in the log")


def lost(site):
    return {s["sinkhole"]["lost"] for s in site.states(site.contact_log)}


def test_no_contact_is_lost_when_the_log_is_renamed(running):
    """As logrotate does it without copytruncate, three times, while requests come in."""
    flow = Flow()
    rotated = []
    for number in range(3):
        flow.reach(len(flow.answered) + 100)
        old = running.contact_log.with_suffix(f".{number}")
        running.contact_log.rename(old)
        rotated.append(old)
        wait_for(running.contact_log.exists, "a new log")
    flow.reach(len(flow.answered) + 100)
    await_all(flow.stop(), running.contact_log, *rotated)
    assert all(events(log, CONTACT) for log in rotated)
    running.stop()
    assert lost(running) == {0}


def test_rotation_by_copy_and_truncation(running):
    """What comes between copy and truncation is lost by who does it: so here nothing comes."""
    copies, answered = [], set()
    for number in range(3):
        answered |= Flow(first=number).reach(100).stop()
        await_all(answered, running.contact_log, *copies)
        copy = running.contact_log.with_suffix(f".{number}")
        shutil.copy(running.contact_log, copy)
        with open(running.contact_log, "r+b") as log:
            log.truncate(0)
        copies.append(copy)
    answered |= Flow(first=9).reach(100).stop()
    await_all(answered, running.contact_log, *copies)
    assert b"\0" not in running.contact_log.read_bytes(), "written on where the old end was"


def test_the_log_goes_on_when_its_directory_is_back(running):
    """Unmounted, or removed by hand."""
    shutil.rmtree(running.contact_log.parent)
    wait_for(lambda: "contacts.jsonl" in running.daemon.log().split("listening sockets", 1)[1].split("\n", 1)[1], "the complaint")
    answered = Flow().reach(100).stop()
    running.contact_log.parent.mkdir()
    wait_for(running.contact_log.exists, "a new log", 10)
    await_all(answered, running.contact_log)


def test_a_reload_loses_nothing(running):
    flow = Flow()
    for _ in range(5):
        flow.reach(len(flow.answered) + 50)
        before = running.daemon.log().count("settings reloaded")
        running.daemon.signal(signal.SIGHUP)
        wait_for(lambda: running.daemon.log().count("settings reloaded") > before, "the reload")  # noqa: B023
    await_all(flow.stop(), running.contact_log)


# A full disk


@pytest.fixture
def small_disk(site):
    with losses.nearly_full(site, site.contact_log.parent) as filler:
        yield filler


def ask_all(all_paths):
    """In one connection; each is answered, whatever becomes of the log."""
    with connect(paths.client(1810)) as s:
        for at in range(0, len(all_paths), 50):
            some = all_paths[at:at + 50]
            s.sendall(b"".join(map(request, some)))
            answers = b""
            while answers.count(b"\r\n\r\n") < len(some):
                came = s.recv(65536)
                assert came, "the sinkhole goes on"
                answers += came


@pytest.mark.parametrize("count", [1000, 15000], ids=["short", "long"])
def test_a_full_disk_loses_only_what_is_counted(site, small_disk, count):
    """What waits in memory is written when there is room; what finds no place there either is counted."""
    site.settings["sinkhole"] |= {"max-events": 10000000, "max-events-per-host": 10000000, **losses.NO_BYTE_LIMIT}
    site.write().compile()
    daemon = site.sinkhole()
    before = [f"/full{i}" for i in range(count)]
    ask_all(before)
    wait_for(lambda: "No space left on device" in daemon.log(), "the complaint")
    assert 0 < len(recorded(site.contact_log)) < 300
    losses.whole_lines(site.contact_log)

    small_disk.unlink()
    # What waits may be more than the filler was.
    subprocess.run(["mount", "-o", "remount,size=64m", site.contact_log.parent], check=True)
    wait_for(lambda: "can be written again" in daemon.log(), "the log to go on", 10)
    after = [f"/after{i}" for i in range(20)]
    ask_all(after)
    await_all(set(after), site.contact_log)
    if count == 1000:
        assert recorded(site.contact_log) == set(before + after), "nothing was lost"
        return
    wait_for(lambda: any(s["sinkhole"]["reason"] == "recovered" for s in site.states(site.contact_log)), "the state line", 10)
    losses.whole_lines(site.contact_log)
    site.stop()
    state = site.states(site.contact_log)[-1]["sinkhole"]
    folded = sum(e["sinkhole"]["repeat"] for e in site.contacts(action="tcp-folded"))
    assert folded == state["folded"] > 0, "what had no room was counted"
    missing = len(set(before + after) - recorded(site.contact_log))
    assert missing == folded + state["lost"], "each contact is in the log or in a count"
    assert state["events"] + state["folded"] == len(before + after)
    assert state["written"] + state["lost"] == state["events"] + state["fold_events"]


# The end


@pytest.fixture
def many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


HALF = [b"GET /half%d HTTP/1.1\r\nHost: www.sek", b"POST /half%d HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc", b"\x00raw%d",
        b"GET /half%d"]


def halves(count):
    """Connections that have said half of something: {(source, port): what}; and the sockets."""
    said, held = {}, []
    for number in range(count):
        source = paths.client(1820 + number % 50)
        s = connect(source)
        said[source, s.getsockname()[1]] = HALF[number % len(HALF)] % number
        s.sendall(said[source, s.getsockname()[1]])
        held.append(s)
    return said, held


def bytes_by_client(site):
    return {(e["source"]["ip"], e["source"]["port"]): base64.b64decode(e["sinkhole"]["raw"]["data"])
            for e in site.contacts() if "raw" in e["sinkhole"]}


@pytest.mark.parametrize("frozen", [False, True], ids=["read", "waiting"])
def test_a_stop_with_a_thousand_half_sent_requests(running, many_files, frozen):
    """What has come is recorded as it is; also what still waits in the kernel, with its datagrams."""
    if frozen:
        running.daemon.signal(signal.SIGSTOP)
    said, held = halves(1000)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((paths.client(1890), 0))
        for number in range(40):
            s.sendto(b"datagram %d" % number, (SINK, UDP))
    running.daemon.signal(signal.SIGTERM)
    running.daemon.signal(signal.SIGCONT)
    running.stop()
    found = bytes_by_client(running)
    assert {key: found.get(key) for key in said} == said
    assert len(running.contacts(action="udp-datagram")) == 40
    last = running.states(running.contact_log)[-1]["sinkhole"]
    assert (last["connections"], last["datagrams"], last["events"], last["folded"]) == (1000, 40, 1040, 0)
    assert last["lost"] == 0 and last["reason"] == "stop" and last["connections_open"] == 0
    for s in held:
        s.close()


def test_stop_and_restart_under_load(running):
    answered = set()
    for number in range(3):
        flow = Flow(first=number).reach(100)
        running.stop()
        answered |= flow.stop()
        assert answered <= recorded(running.contact_log), "a stopped daemon has written all"
        running.sinkhole()
    assert lost(running) == {0}
