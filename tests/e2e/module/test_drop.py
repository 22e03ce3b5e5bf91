# SPDX-License-Identifier: BSD-3-Clause
"""drop: no client is answered, and the resolver goes on as if nothing had been asked."""

import socket
import threading
import time

import pytest

from harness import paths
from harness.ask import addresses, ask, question
from harness.daemon import run
from harness.slow import STUB, ZONE, SlowAuthority

LISTED = "www.kaerunote.com"
HTTPS = 443


@pytest.fixture
def dropping(site):
    site.settings["campaigns"] = {"emdivi": {"action": "drop"}}
    site.write().compile()
    with SlowAuthority(LISTED + "."):
        key, certificate = site.certificate()
        site.resolver(extra=f"""server:
    num-queries-per-thread: 16
    interface: {paths.RESOLVER}@{HTTPS}
    https-port: {HTTPS}
    tls-service-key: "{key}"
    tls-service-pem: "{certificate}"
{STUB}""")
        site.await_list()
        yield site


def send(connection, name):
    wire = question(name).to_wire()
    connection.sendall(len(wire).to_bytes(2, "big") + wire)


def connect(client):
    connection = socket.socket()
    connection.bind((paths.client(client), 0))
    connection.connect((paths.RESOLVER, 53))
    return connection


def test_connections_that_wait_for_the_same_answer(dropping):
    """A connection that waits twice must not be given back twice: the free ones then become a circle."""
    for round in range(2):
        a, b = connect(10), connect(11)
        for connection in (a, b, a):
            send(connection, f"alias{round}.{ZONE}")
            time.sleep(0.05)
        for connection in (a, b):
            connection.settimeout(10)
            assert connection.recv(100) == b""
            connection.close()
    answers = []

    def by_tcp(client):
        answers.append(ask(f"www{client}.{ZONE}", source=paths.client(client), tcp=True))

    threads = [threading.Thread(target=by_tcp, args=(20 + i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([a for a in answers if a is not None]) == 4


def test_dropped_queries_are_not_counted_as_waiting(dropping):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((paths.client(12), 0))
        for i in range(300):
            s.sendto(question(f"x{i}.kaerunote.com").to_wire(), (paths.RESOLVER, 53))
            time.sleep(0.002)
    dropping.await_dns(300, action="dns-drop", seconds=15)
    answers = {}

    def both(client):
        answers[client] = ask(f"www.{ZONE}", source=paths.client(client), timeout=8)

    threads = [threading.Thread(target=both, args=(30 + i,)) for i in range(3)]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    assert [answers[c] is not None for c in sorted(answers)] == [True, True, True]


def test_dropped_queries_over_https_do_no_harm(dropping):
    """The stream of a dropped query ends later than the query: it must not know it any more."""
    for round in range(3):
        for name in (f"x{round}.kaerunote.com", f"alias{round}.{ZONE}"):
            run(["kdig", f"@{paths.RESOLVER}", "-b", paths.client(14), "+time=1", "+retry=0", "+https", name, "A",
                 f"www{round}.example.test", "A"])
        assert addresses(ask("www.example.test", source=paths.client(15))) == ["192.0.2.12"]
    dropping.await_dns(6, action="dns-drop", source=paths.client(14))
