# SPDX-License-Identifier: BSD-3-Clause
"""Answers that validation has failed for, as a spoofed one would be. What they lead to is nobody's word: clients get a
failure, nothing is sinkholed and nothing recorded. Who asks without validation (CD) gets what is in them, and so our answer."""

import dns.flags
import pytest

from harness import paths
from harness.ask import addresses, ask, extended_errors, question, rcode
from harness.daemon import settle

SOURCE = paths.client(1800)
EXEMPT = paths.client(1801)
BY_ALIAS, BY_ADDRESS = "alias.bogus.signed.test", "www.bogus.signed.test"
CHAINS = ["validator iterator", "subnetcache validator iterator", "respip validator iterator"]
VALIDATION_FAILED = range(5, 13)  # Extended DNS Errors of RFC 8914 that say so
ADDRESS = "$TTL 60\n$ORIGIN p.zone.\n@ SOA l. r.l. 1 1 1 1 1\n@ NS l.\n32.61.2.0.192.rpz-ip A 192.0.2.200\n"


@pytest.fixture(params=CHAINS, ids=lambda chain: chain.replace(" ", "+"))
def start(site, request):
    def start(mode="enforce", **options):
        site.settings["mode"] = mode
        site.settings["module"]["exempt"] = [f"{EXEMPT}/32"]
        site.write()
        site.resolver(chain=request.param, **options)
        site.await_list()

    return start


def one_name(site, listed):
    return "--force", "--scope", "exact", site.feed("list.txt", f"{listed}\n")


def outcomes(site):
    """What both lead to is listed: the target of the alias, and the address."""
    return "--force", site.feed("list.txt", "www.kaerunote.com\n"), site.feed("address.zone", ADDRESS)


def unvalidated(name, source=SOURCE):
    query = question(name)
    query.flags |= dns.flags.CD
    return ask(query, source=source)


def is_sinkholed(answer):
    found = addresses(answer)
    return len(found) == 1 and found[0].startswith("198.51.100.")


def check_failure(name, source=SOURCE):
    answer = ask(name, source=source, use_edns=0)
    assert (rcode(answer), answer.answer) == ("SERVFAIL", [])
    assert any(code in VALIDATION_FAILED for code, _ in extended_errors(answer))


def events(site):
    settle(0.3)
    return [(e["event"]["action"], e["dns"]["question"]["name"], e["sinkhole"]["trigger"]) for e in site.dns_events()]


@pytest.mark.parametrize("mode", ["enforce", "monitor"])
def test_what_a_bogus_answer_leads_to_is_no_event(site, start, mode):
    site.compile(*outcomes(site))
    start(mode)
    for _ in range(3):  # from the cache, too
        for name in (BY_ALIAS, BY_ADDRESS):
            check_failure(name)
            check_failure(name, EXEMPT)
    assert events(site) == []


def test_without_validation_it_is_sinkholed(site, start):
    site.compile(*outcomes(site))
    start()
    for _ in range(2):
        check_failure(BY_ALIAS)
        check_failure(BY_ADDRESS)
        assert is_sinkholed(unvalidated(BY_ALIAS)) and is_sinkholed(unvalidated(BY_ADDRESS))
    assert sorted(events(site)) == sorted(
        [("dns-sinkhole", BY_ALIAS, "cname"), ("dns-sinkhole", BY_ADDRESS, "response-ip")] * 2)


def test_a_client_that_ignores_validation_is_not_obeyed_where_that_is_configured(site, start):
    site.compile(*outcomes(site))
    start(extra="server:\n    ignore-cd-flag: yes\n")
    for name in (BY_ALIAS, BY_ADDRESS):
        assert rcode(unvalidated(name)) == "SERVFAIL"
    assert events(site) == []


def test_a_bogus_answer_in_the_cache_that_is_listed_later(site, start):
    site.compile(*one_name(site, "one.example.com"))
    start()
    check_failure(BY_ALIAS)
    check_failure(BY_ADDRESS)
    site.replace_list(*outcomes(site))
    for name in (BY_ALIAS, BY_ADDRESS):
        check_failure(name)
        assert is_sinkholed(unvalidated(name))
        check_failure(name)
    assert {action for action, _, _ in events(site)} == {"dns-sinkhole"}
    assert len(events(site)) == 2


@pytest.mark.parametrize("mode", ["enforce", "monitor"])
def test_a_listed_name_in_a_bogus_zone_is_still_one(site, start, mode):
    """That it was asked for is the client's own doing."""
    site.compile(*one_name(site, BY_ADDRESS))
    start(mode)
    for _ in range(2):
        answer = ask(BY_ADDRESS, source=SOURCE)
        assert is_sinkholed(answer) if mode == "enforce" else rcode(answer) == "SERVFAIL"
    action = "dns-sinkhole" if mode == "enforce" else "dns-monitor"
    assert events(site) == [(action, BY_ADDRESS, "qname")] * 2


def test_permissive_mode_hands_out_what_is_bogus_and_so_our_answer(site, start):
    site.compile(*outcomes(site))
    start(extra="server:\n    val-permissive-mode: yes\n")
    assert is_sinkholed(ask(BY_ALIAS, source=SOURCE)) and is_sinkholed(ask(BY_ADDRESS, source=SOURCE))
    assert len(events(site)) == 2
