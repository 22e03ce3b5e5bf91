# SPDX-License-Identifier: BSD-3-Clause
"""The packet that opened a connection stands in its events."""

import socket

import pytest

from harness import paths
from harness.clients import curl

SINK4 = paths.POOL4.split("/")[0].rsplit(".", 1)[0] + ".9"
SINK6 = paths.POOL6.split("/")[0] + "9"


@pytest.fixture
def server(site, request):
    site.settings["sinkhole"]["syn"] = getattr(request, "param", True)
    site.write().compile()
    site.sinkhole()
    return site


def call(sink, source, ttl=None, mss=None):
    """Two requests on one connection."""
    family = socket.AF_INET6 if ":" in sink else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        if ttl:
            level, option = (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if ":" in sink else (socket.IPPROTO_IP, socket.IP_TTL)
            s.setsockopt(level, option, ttl)
        if mss:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, mss)
        s.settimeout(5)
        s.bind((source, 0))
        s.connect((sink, 80))
        for _ in range(2):
            s.sendall(b"GET / HTTP/1.1\r\nHost: www.sekisan.biz\r\n\r\n")
            assert s.recv(4096)


@pytest.mark.parametrize("sink, source, mss", [(SINK4, paths.client(860), 1000), (SINK6, "2001:db8:10::7", 1220)])
def test_the_first_event_of_a_connection_holds_its_syn(server, sink, source, mss):
    call(sink, source, ttl=101, mss=mss)
    first, second = server.await_contacts(2, source=source)
    syn = first["sinkhole"]["syn"]
    assert syn["ttl"] == 101 and syn["mss"] == mss and syn["window"] > 0
    assert syn["options"].startswith("mss,")
    assert "syn" not in second["sinkhole"] and second["source"] == first["source"]


@pytest.mark.parametrize("server", [False], indirect=True)
def test_no_syn_is_recorded_when_switched_off(server):
    assert curl("http://www.sekisan.biz/x", SINK4, paths.client(861)) == (200, "")
    assert "syn" not in server.await_contacts(source=paths.client(861))[0]["sinkhole"]
