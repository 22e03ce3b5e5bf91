# SPDX-License-Identifier: BSD-3-Clause
"""One host can neither fill the disk nor take another one's place, and what it did is counted."""

import os
import socket
import threading
import time

from harness import paths
from harness.clients import EMDIVI_AGENT, PROFILE, emdivi
from harness.daemon import wait_for

SINK = "198.51.100.2"
FLOOD = (b"POST /x HTTP/1.1\r\nHost: www.kaerunote.com\r\nX: " + b"a" * 14000
         + b"\r\nContent-Length: 16000\r\n\r\n" + os.urandom(16000))
IPV6_FREEBIND = 78  # the address is local by its route alone
BURST, RATE = 256 * 16384, 16384  # max-bytes-per-host


def flood(source, requests):
    """All of them answered; connections that last."""
    with socket.create_connection((SINK, 80), source_address=(source, 0), timeout=30) as s:
        for _ in range(requests):
            s.sendall(FLOOD)
            assert s.recv(4096).startswith(b"HTTP/1.1 200")


def beacon(source, name):
    body = emdivi([("abc", PROFILE.replace("Koitochu", name))]).encode()
    with socket.create_connection((SINK, 80), source_address=(source, 0), timeout=10) as s:
        s.sendall(b"POST /i.php HTTP/1.1\r\nHost: www.kaerunote.com\r\nUser-Agent: %s\r\nContent-Length: %d\r\n\r\n%s"
                  % (EMDIVI_AGENT.encode(), len(body), body))
        assert s.recv(4096).startswith(b"HTTP/1.1 200")


def test_one_host_does_not_fill_the_disk(site):
    site.write().compile()
    site.sinkhole()
    host, other = paths.client(1900), paths.client(1901)
    began = time.monotonic()
    threads = [threading.Thread(target=flood, args=(host, 250)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    beacon(host, "Flooded")
    beacon(other, "Quiet")
    site.await_contacts(source=other)
    assert any("beacon" in e["sinkhole"] for e in site.contacts(source=host)), "a profile is recorded in spite of the flood"
    site.stop()
    most = BURST + RATE * (time.monotonic() - began) + 200000
    assert site.contact_log.stat().st_size < most
    state = site.states(site.contact_log)[-1]["sinkhole"]
    folded = sum(e["sinkhole"]["repeat"] for e in site.contacts("tcp-folded", host))
    assert folded == state["folded"] > 500
    assert state["events"] + state["folded"] == 1002 and state["lost"] == 0
    assert state["disk_free"] > 0


def test_addresses_of_one_network_are_one_host(site):
    """They end no other host's connection, and their number is in the log."""
    site.settings["sinkhole"] |= {"max-connections": 100, "max-connections-per-host": 10}
    site.write().compile()
    site.sinkhole()
    victim, body = "2001:db8:aaaa::1", emdivi([("abc", PROFILE)]).encode()
    with call6(victim) as slow:
        slow.sendall(b"POST /i.php HTTP/1.1\r\nHost: www.kaerunote.com\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body[:9]))
        held = [call6(f"2001:db8:bbbb::{number:x}:1") for number in range(300)]
        wait_for(lambda: sum(gone(s) for s in held) == 290, "the connections beyond the limit to be closed")
        slow.sendall(body[9:])
        assert slow.recv(4096).startswith(b"HTTP/1.1 200")
    assert "decoded" in site.await_contacts(source=victim)[0]["sinkhole"]["evidence"]
    for s in held:
        s.close()
    site.stop()
    folds = site.contacts("tcp-folded")
    assert sum(e["sinkhole"]["repeat"] for e in folds) == 290
    assert {e["sinkhole"].get("source_network") for e in folds if "source" not in e} == {"2001:db8:bbbb::/64"}
    named = [e["source"]["ip"] for e in folds if "source" in e]
    assert len(named) == len(set(named)) == 8 and all(ip.startswith("2001:db8:bbbb:") for ip in named)


def call6(source):
    s = socket.socket(socket.AF_INET6)
    s.settimeout(10)
    s.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    s.bind((source, 0))
    s.connect(("2001:db8:83::2", 80))
    return s


def gone(s):
    """Whether the other side has closed it."""
    s.setblocking(False)
    try:
        return s.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
