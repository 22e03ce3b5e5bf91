# SPDX-License-Identifier: BSD-3-Clause
"""Several event loops share the ports: no client notices, and a host's limits hold as if there were one."""

import signal
import socket

import pytest

from harness import paths
from harness.clients import curl
from harness.daemon import wait_for

LIMIT = 5


@pytest.fixture(params=[1, 4])
def several(site, request):
    site.settings["sinkhole"] |= {"loops": request.param, "max-connections-per-host": LIMIT, "idle-timeout": 3}
    site.write().compile()
    site.daemon = site.sinkhole()
    return site


def connect(source, sink):
    connection = socket.create_connection((sink, 8080), timeout=5, source_address=(source, 0))
    connection.settimeout(5)
    return connection


def send_datagram(source, sink):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        sender.sendto(b"ntp", (sink, 123))


def is_open(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


@pytest.fixture
def sink():
    return paths.POOL4.split("/")[0].rsplit(".", 1)[0] + ".9"


def test_every_contact_is_recorded_whichever_loop_has_it(several, sink):
    sources = [paths.client(900 + number) for number in range(24)]
    for source in sources:
        assert curl("http://www.sekisan.biz/x", sink, source) == (200, "")
        send_datagram(source, sink)
    several.await_contacts(2 * len(sources))
    assert {e["source"]["ip"] for e in several.contacts(action="http-request")} == set(sources)
    assert {e["source"]["ip"] for e in several.contacts(action="udp-datagram")} == set(sources)
    ids = [e["event"]["id"] for e in several.contacts()]
    rings = {name.split("-")[1] for name in ids}
    assert len(ids) == len(set(ids))
    assert (len(rings) > 1) == (several.settings["sinkhole"]["loops"] > 1)


def test_the_limit_is_one_of_the_host(several, sink):
    for number in range(4):
        source = paths.client(930 + number)
        held = [connect(source, sink) for _ in range(3 * LIMIT)]
        wait_for(lambda: sum(is_open(c) for c in held) <= LIMIT, "the rest to be closed")
        assert sum(is_open(c) for c in held) == LIMIT
        for connection in held:
            connection.close()


def test_new_settings_and_lists_reach_every_loop(several, sink):
    several.settings["sinkhole"]["beacon-status"] = 404
    several.write()
    several.daemon.process.send_signal(signal.SIGHUP)
    sources = [paths.client(940 + number) for number in range(16)]
    wait_for(lambda: curl("http://www.sekisan.biz/x", sink, sources[0])[0] == 404, "the new settings")
    assert {curl("http://www.sekisan.biz/x", sink, source)[0] for source in sources} == {404}
    taken = several.daemon.log().count("in force")
    feed = several.feed("more.txt", "just-listed.example\n")
    several.compile(feed)
    wait_for(lambda: several.daemon.log().count("in force") > taken, "the new list")
    for source in sources:
        curl("http://just-listed.example/", sink, source)
    wait_for(lambda: len([e for e in several.contacts() if e["url"]["domain"] == "just-listed.example"]) == len(sources),
             "one event of each host")
    for event in several.contacts():
        if event["url"]["domain"] == "just-listed.example":
            assert "listed-host" in event["sinkhole"]["evidence"]


def test_a_stop_loses_nothing(several, sink):
    sources = [paths.client(960 + number) for number in range(12)]
    held = [connect(source, sink) for source in sources]
    for connection in held:
        connection.send(b"\x01\x02\x03")
    several.daemon.stop()
    assert {e["source"]["ip"] for e in several.contacts(action="tcp-data")} == set(sources)
    last = several.states(several.contact_log)[-1]["sinkhole"]
    assert last["connections"] == len(sources) == last["events"]
