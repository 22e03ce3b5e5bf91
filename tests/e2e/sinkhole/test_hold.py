# SPDX-License-Identifier: BSD-3-Clause
"""hold: the answer to a new suspect waits, so that a reader on the host finds the process by its connection."""

import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import time

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, browse, emdivi, send_raw
from harness.daemon import environment, listening, run, wait_for

HOST = "www.sekisan.biz"
URL = f"http://{HOST}/wp-content/plugins/akismet/state/index.php"
BODY = emdivi([("abc", PROFILE)])


@pytest.fixture
def held(site):
    """A sensor that holds each new suspect for a minute."""
    site.settings["sinkhole"]["hold"] = 60
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    return site


@pytest.fixture
def sink(held):
    return addresses(ask(HOST, source=paths.client(600)))[0]


@pytest.fixture
def infected(sink):
    """A program on a host that waits for its answer."""
    started = []

    def start(source, *words):
        argv = ["curl", "-sS", "--interface", source, "--resolve", f"{HOST}:80:{sink}", "-o", "/dev/null", "-w", "%{http_code}",
                "--data-binary", BODY, "-A", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; SV1)", "-H", "Accept:",
                "-H", "Content-Type:", *words, URL]
        started.append(subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment(), text=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def owner_of(event):
    """What a reader on the host does: ss names the process of the 5-tuple in the event."""
    source, destination = event["source"], event["destination"]
    shown = run(["ss", "-Htnp", f"( src {source['ip']}:{source['port']} and dst {destination['ip']}:{destination['port']} )"],
                check=0).stdout
    return [int(pid) for pid in re.findall(r"pid=(\d+)", shown)]


def test_the_process_of_a_new_suspect_is_found_by_the_event(held, infected):
    source = paths.client(601)
    process = infected(source)
    event = held.await_contacts(source=source)[0]
    assert process.poll() is None and event["sinkhole"]["held"] == 60 and "decoded" in event["sinkhole"]["evidence"]
    assert owner_of(event) == [process.pid]


def test_a_host_is_held_once(held, sink, infected):
    source = paths.client(602)
    infected(source)
    held.await_contacts(source=source)
    status, _ = beacon(URL, sink, source, BODY)
    assert status == 200
    assert "held" not in held.await_contacts(2, source=source)[1]["sinkhole"]


def test_a_person_is_never_held(held, sink):
    source = paths.client(603)
    status, _ = browse(URL, sink, source)
    assert status == 403 and "held" not in held.await_contacts(source=source)[0]["sinkhole"]


def test_the_answer_comes_when_the_time_is_over(site, infected, held):
    held.settings["sinkhole"]["hold"] = 1
    held.write()
    held.daemons[1].stop()
    held.daemons.pop()
    held.sinkhole()
    begun = time.monotonic()
    process = infected(paths.client(604))
    assert process.communicate(timeout=30)[0] == "200" and time.monotonic() - begun >= 1


@pytest.mark.parametrize("hold", [0, 5])
def test_a_reload_lets_go_what_is_held_longer(held, infected, hold):
    source = paths.client(610)
    process = infected(source)
    held.await_contacts(source=source)
    held.settings["sinkhole"]["hold"] = hold
    held.write()
    held.daemons[1].signal(signal.SIGHUP)
    assert process.communicate(timeout=20)[0] == "200"


def test_a_stop_sends_what_was_kept_back(held, infected):
    source = paths.client(605)
    process = infected(source)
    held.await_contacts(source=source)
    held.daemons[1].stop()
    assert process.communicate(timeout=30)[0] == "200"


def test_a_program_that_goes_away_is_let_go(held, infected):
    source = paths.client(606)
    process = infected(source)
    event = held.await_contacts(source=source)[0]
    process.kill()
    process.wait()
    pid, port = held.daemons[1].pid, event["source"]["port"]
    wait_for(lambda: f"pid={pid}," not in run(["ss", "-Htnp", f"( dport = :{port} )"], check=0).stdout,
             "the sinkhole to close its side")
    assert listening(80)


def request(*headers):
    """What `infected` sends."""
    head = [f"POST {URL.removeprefix('http://' + HOST)} HTTP/1.1", f"Host: {HOST}",
            "User-Agent: Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; SV1)", *headers, "", ""]
    return "\r\n".join(head).encode() + BODY.encode()


def cpu_seconds(pid):
    """Of all threads of the process, so far."""
    fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_connection_that_is_reset_is_let_go(held, sink):
    source, pid = paths.client(607), held.daemons[1].pid
    before = len(os.listdir(f"/proc/{pid}/fd"))
    with contextlib.closing(socket.create_connection((sink, 80), timeout=10, source_address=(source, 0))) as client:
        client.sendall(request(f"Content-Length: {len(BODY)}"))
        assert held.await_contacts(source=source)[0]["sinkhole"]["held"] == 60
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    begun = cpu_seconds(pid)
    wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= before, "the sinkhole to close its side")
    assert cpu_seconds(pid) - begun < 1


def test_the_next_request_ends_the_wait(held, sink):
    source, whole = paths.client(608), request(f"Content-Length: {len(BODY)}")
    with contextlib.closing(socket.create_connection((sink, 80), timeout=10, source_address=(source, 0))) as client:
        client.sendall(whole)
        assert held.await_contacts(source=source)[0]["sinkhole"]["held"] == 60
        client.sendall(whole)
        received = b""
        while received.count(b"HTTP/1.1 200") < 2:
            received += client.recv(65536)


def test_a_body_that_ends_with_a_pause_is_answered(held, sink):
    """Its end is a timeout: nothing is read any more, so there is no connection to keep."""
    source = paths.client(609)
    answer = send_raw(request(), sink, 80, source, shut=False)
    assert answer.startswith(b"HTTP/1.1 200") and "held" not in held.await_contacts(source=source)[0]["sinkhole"]
