# SPDX-License-Identifier: BSD-3-Clause
"""DNS over QUIC, where all clients share one point of Unbound's: each gets its own answer, and a drop ends all of them.

Wants an Unbound with ngtcp2 (1.22 and later) and a kdig with +quic (Debian 13); conftest.py leaves it out without them."""

import subprocess

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import environment, run
from harness.slow import STUB, ZONE, SlowAuthority

LISTED = "www.kaerunote.com"
CLIENTS, ROUNDS = 6, 4


def kdig(number, name):
    """A client with a connection of its own, started."""
    return subprocess.Popen(["kdig", f"@{paths.RESOLVER}", "-b", paths.client(1950 + number), "+quic", "+time=4", "+retry=0",
                             "+short", name, "A"], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env=environment())


def all_ask(name):
    """What each of several clients is answered that ask at the same time."""
    return [client.communicate()[0].strip() for client in [kdig(number, name) for number in range(CLIENTS)]]


@pytest.fixture
def over_quic(site):
    key, certificate = site.certificate()

    def start(action):
        site.settings["campaigns"] = {"emdivi": {"action": action}}
        site.write().compile()
        site.resolver(extra=f"""server:
    interface: {paths.RESOLVER}@853
    quic-port: 853
    tls-service-key: "{key}"
    tls-service-pem: "{certificate}"
""" + STUB)
        site.await_list()
        return site

    with SlowAuthority(LISTED + "."):
        yield start


def test_each_client_gets_an_answer_and_the_event_says_quic(over_quic):
    site = over_quic("sinkhole")
    for name in (LISTED, f"alias.{ZONE}"):
        assert all(answer.splitlines()[-1].startswith("198.51.100.") for answer in all_ask(name))
    events = site.await_dns(2 * CLIENTS, action="dns-sinkhole")
    assert {e["source"]["ip"] for e in events} == {paths.client(1950 + number) for number in range(CLIENTS)}
    assert {e["network"]["transport"] for e in events} == {"udp"}
    assert {e["sinkhole"]["over"] for e in events} == {"quic"}
    assert {e["destination"]["ip"] for e in events} == {paths.RESOLVER}
    assert {e["destination"]["port"] for e in events} == {853}


def test_a_drop_ends_the_queries_of_all_that_wait(over_quic):
    """At once, and behind an alias when the answer is there: the stream of each client is ended, none waits for a time-out
    with a pointer to a query that is gone."""
    site = over_quic("drop")
    for number in range(ROUNDS):
        assert all("failed to send" in answer for answer in all_ask(f"x{number}.kaerunote.com"))
        assert all("can't receive data" in answer for answer in all_ask(f"alias{number}.{ZONE}"))
        assert all(answer == addresses(ask("www.example.test"))[0] for answer in all_ask("www.example.test"))
    assert len(site.await_dns(2 * ROUNDS * CLIENTS, action="dns-drop")) == 2 * ROUNDS * CLIENTS
    assert run([paths.UNBOUND_CONTROL, "-c", site.daemons[0].config, "status"], check=0).stdout
