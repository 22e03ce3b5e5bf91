# SPDX-License-Identifier: BSD-3-Clause
"""Clients that wait for the same answer, of which each must get its own."""

import itertools
import threading
import time

import pytest

from harness import paths
from harness.ask import addresses, ask, rcode
from harness.daemon import settle
from harness.slow import STUB, ZONE, SlowAuthority

LISTED = "www.kaerunote.com"
DEAD = "host.dead.test"
ORDERS = sorted({"".join(order) for order in itertools.permutations("OOEM")})
EXTRA = "server:\n    incoming-num-tcp: 100\n" + STUB
EXEMPT, MONITOR_ONLY, ORDINARY = range(1400, 1450), range(1450, 1500), range(1500, 1600)


@pytest.fixture
def treated_differently(site):
    """Who is exempt, monitor-only or ordinary goes by the address; each may be used once."""
    site.settings["module"]["exempt"] = [paths.client(n) + "/32" for n in EXEMPT]
    site.settings["module"]["monitor-only"] = [paths.client(n) + "/32" for n in MONITOR_ONLY]
    site.clients = {"E": iter(EXEMPT), "M": iter(MONITOR_ONLY), "O": iter(ORDINARY)}
    return site.write()


def one_answer(name, source, tcp):
    try:
        return ask(name, source=source, tcp=tcp, timeout=4)
    except (AssertionError, ConnectionResetError):  # closed without an answer
        return None


class Group:
    """They ask for one name in this order, the last before the first has its answer."""

    def __init__(self, site, name, order, tcp):
        self.name, self.order, self.tcp = name, order, tcp
        self.sources = [paths.client(next(site.clients[kind])) for kind in order]
        self.answers = [None] * len(order)
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(len(order))]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        time.sleep(number * 0.06)
        tcp = number % 2 == 1 if self.tcp == "mixed" else self.tcp
        self.answers[number] = one_answer(self.name, self.sources[number], tcp)

    def wait(self):
        for thread in self.threads:
            thread.join()
        return list(zip(self.order, self.sources, self.answers))


def check(site, group, real):
    for kind, source, answer in group.wait():
        where = f"{kind} of {group.order}"
        assert answer is not None, where
        found = addresses(answer)
        actions = [e["event"]["action"] for e in site.dns_events(source=source)]
        if kind == "O":
            assert len(found) == 1 and found[0].startswith("198.51.100."), where
            assert actions == ["dns-sinkhole"], where
            assert "AD" not in str(answer.flags)
        else:
            assert found == real, where
            assert actions == (["dns-monitor"] if kind == "M" else []), where


@pytest.mark.parametrize("chain", ["validator iterator", "subnetcache validator iterator"])
@pytest.mark.parametrize("tcp", [False, True, "mixed"], ids=["udp", "tcp", "mixed"])
def test_each_gets_its_own_answer(treated_differently, chain, tcp):
    """An alias of a listed name: what it leads to is known when all of them wait."""
    site = treated_differently
    site.compile()
    with SlowAuthority(LISTED + ".") as authority:
        site.resolver(chain=chain, extra=EXTRA)
        site.await_list()
        ask(LISTED, source=paths.client(next(site.clients["E"])))  # its servers are known
        groups = [Group(site, f"alias{i}.{ZONE}", order, tcp) for i, order in enumerate(ORDERS)]
        for group in groups:
            group.wait()
        settle(0.3)
        for group in groups:
            check(site, group, [paths.GENUINE4])
        assert site.dns_events(action="dns-leaked") == []
        if "subnetcache" not in chain:
            assert len(authority.asked) < 3 * len(ORDERS), "hardly anybody waited together"
        site.stop()
    assert site.states()[-1]["sinkhole"]["counters"]["deferred"] == 0


@pytest.mark.parametrize("chain", ["validator iterator", "subnetcache validator iterator"])
def test_each_gets_its_own_answer_of_a_listed_name(treated_differently, chain):
    """Listed as it is asked for, and slow: the exempt wait, the ordinary are answered at once."""
    site = treated_differently
    site.compile(site.feed("slow.txt", f"{ZONE}\n"))
    with SlowAuthority(LISTED + "."):
        site.resolver(chain=chain, extra=EXTRA)
        site.await_list()
        groups = [Group(site, f"www{i}.{ZONE}", order, False) for i, order in enumerate(ORDERS)]
        for group in groups:
            group.wait()
        settle(0.3)
        for group in groups:
            check(site, group, ["192.0.2.99"])
        assert site.dns_events(action="dns-leaked") == []


@pytest.mark.parametrize("shared", [True, False], ids=["", "subnetcache"])
@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("target", [LISTED, DEAD], ids=["drop", "dead"])
def test_clients_that_need_different_answers_get_none_from_a_shared_query(treated_differently, shared, tcp, target):
    """One of them is to be dropped, or there is nothing to tell apart: they ask again, each for itself. With subnetcache
    nobody waits together."""
    site = treated_differently
    site.settings["campaigns"] = {"dropped": {"action": "drop"}}
    site.write().compile("--campaign", "dropped" if target == LISTED else "other",
                         site.feed("target.txt", f"{target}\n"))
    chain = "validator iterator" if shared else "subnetcache validator iterator"
    with SlowAuthority(target + "."):
        site.resolver(chain=chain, extra=EXTRA)
        site.await_list()
        together = Group(site, f"alias.{ZONE}", "OEM", tcp).wait()
        answers = {kind: answer for kind, _, answer in together}
        if shared:
            assert answers == {"O": None, "E": None, "M": None}
            answers = {kind: one_answer(f"alias.{ZONE}", source, tcp) for kind, source, _ in together}
        if target == LISTED:
            assert answers["O"] is None
            assert addresses(answers["E"]) == addresses(answers["M"]) == [paths.GENUINE4]
        else:
            assert addresses(answers["O"])[0].startswith("198.51.100.")
            assert rcode(answers["E"]) == rcode(answers["M"]) == "SERVFAIL"
        site.stop()
    counters = site.states()[-1]["sinkhole"]["counters"]
    assert counters["deferred"] == (3 if shared else 0)
    assert (counters["drop"], counters["sinkhole"]) == ((1, 0) if target == LISTED else (0, 1))
    acted = "dns-drop" if target == LISTED else "dns-sinkhole"
    assert sorted(e["event"]["action"] for e in site.dns_events()) == sorted([acted, "dns-monitor"])
