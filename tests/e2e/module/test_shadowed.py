# SPDX-License-Identifier: BSD-3-Clause
"""The operator's own zones come before the lists: that a listed name was asked for is recorded all the same."""

import pytest

from harness import paths
from harness.ask import addresses, ask, rcode

SOURCE = paths.client(910)
EXEMPT = paths.client(911)
UNLISTED = ("www.example.test", ["192.0.2.12"])
LISTED_TARGET = "www.toko-ton.com"
ZONE = "$TTL 60\n@ SOA ns.own. host.own. 1 60 60 60 60\n@ NS ns.own.\n"


@pytest.fixture
def own(site):
    """Each listed name is answered by another means of the operator's."""
    site.settings["module"]["exempt"] = [EXEMPT + "/32"]
    rpz = site.feed("own.rpz", ZONE + f"www.skyworld.co.jp CNAME .\nwww.iandeye.co.jp CNAME {UNLISTED[0]}.\n"
                                      f"free.example.test CNAME {LISTED_TARGET}.\n")
    auth = site.feed("auth.zone", "$ORIGIN sofurin.or.jp.\n" + ZONE + "www A 192.0.2.78\n")
    site.write().compile()
    site.resolver(chain="respip validator iterator", extra=f"""server:
    local-zone: "kaerunote.com." always_nxdomain
    local-data: "www.a-masato.jp A 192.0.2.77"
    local-zone: "muku-mori.com." redirect
    local-data: "muku-mori.com. CNAME {UNLISTED[0]}."
    local-zone: "red.test." redirect
    local-data: "red.test. CNAME {LISTED_TARGET}."
    local-zone: "www.katou-ai.com." redirect
    local-data: "www.katou-ai.com. CNAME {LISTED_TARGET}."
rpz:
    name: "own."
    zonefile: "{rpz}"
auth-zone:
    name: "sofurin.or.jp."
    zonefile: "{auth}"
    for-downstream: yes
    for-upstream: no
""")
    site.await_list()
    return site


def asked(site, name):
    """The answer, and the one event of it."""
    before = len(site.dns_events(source=SOURCE))
    answer = ask(name, source=SOURCE)
    found = site.await_dns(before + 1, source=SOURCE)[before:]
    assert [e["dns"]["question"]["name"] for e in found] == [name]
    assert found[0]["dns"]["response_code"] == rcode(answer)
    return answer, found[0]


@pytest.mark.parametrize("name, found, rule", [
    ("www.kaerunote.com", [], "www.kaerunote.com"),
    ("www.a-masato.jp", ["192.0.2.77"], "www.a-masato.jp"),
    ("www.muku-mori.com", UNLISTED[1], "www.muku-mori.com"),
    ("www.skyworld.co.jp", [], "www.skyworld.co.jp"),
    ("www.iandeye.co.jp", UNLISTED[1], "www.iandeye.co.jp"),
    ("www.sofurin.or.jp", ["192.0.2.78"], "www.sofurin.or.jp"),
], ids=["local-zone", "local-data", "redirect", "rpz-nxdomain", "rpz-cname", "auth-zone"])
def test_a_listed_name_of_the_operators(own, name, found, rule):
    for _ in range(2):  # the second from the cache, where an alias leads there
        answer, event = asked(own, name)
        assert addresses(answer) == found
        assert event["event"]["action"] == "dns-shadowed" and event["rule"]["name"] == rule
        assert event["sinkhole"]["trigger"] == "qname"


@pytest.mark.parametrize("name", ["www.muku-mori.com", "www.iandeye.co.jp"], ids=["redirect", "rpz"])
def test_a_listed_name_whose_target_was_asked_for_before(own, name):
    """That there is nothing to say of the cached answer says nothing of who comes to it by an alias."""
    for _ in range(3):
        assert addresses(ask(UNLISTED[0], source=SOURCE)) == UNLISTED[1]
    answer, event = asked(own, name)
    assert addresses(answer) == UNLISTED[1]
    assert event["event"]["action"] == "dns-shadowed" and event["rule"]["name"] == name


@pytest.mark.parametrize("name", ["x.red.test", "free.example.test"], ids=["redirect", "rpz"])
def test_an_alias_of_the_operators_to_a_listed_name(own, name):
    """What was asked for is the question, not what the alias made of it."""
    answer, event = asked(own, name)
    assert addresses(answer)[0].startswith("198.51.100.")
    assert event["event"]["action"] == "dns-sinkhole" and event["sinkhole"]["trigger"] == "cname"
    assert event["rule"]["name"] == LISTED_TARGET


def test_an_alias_of_a_listed_name_to_a_listed_name(own):
    answer, event = asked(own, "www.katou-ai.com")
    assert addresses(answer)[0].startswith("198.51.100.")
    assert event["event"]["action"] == "dns-sinkhole" and event["rule"]["name"] == LISTED_TARGET


def test_exempt_clients_are_not_recorded(own):
    for name in ("www.kaerunote.com", "www.muku-mori.com", "x.red.test"):
        assert ask(name, source=EXEMPT)
    ask("www.kaerunote.com", source=SOURCE)
    own.await_dns(source=SOURCE)
    assert own.dns_events(source=EXEMPT) == []
