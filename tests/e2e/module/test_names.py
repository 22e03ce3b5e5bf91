# SPDX-License-Identifier: BSD-3-Clause
"""Which names are intercepted: every usable one of the report, and nothing beside them."""

import ipaddress

import pytest
import yaml

from harness import paths, report
from harness.ask import addresses, ask, rcode
from harness.daemon import run

POOL = ipaddress.ip_network(paths.POOL4)


def in_pool(answer):
    found = addresses(answer)
    return len(found) == 1 and ipaddress.ip_address(found[0]) in POOL


@pytest.mark.parametrize("name", report.INTERCEPTED)
def test_a_listed_name_is_intercepted(sensor, name):
    assert in_pool(ask(name, source=paths.client(1)))


@pytest.mark.parametrize("name", report.NEIGHBOURS)
def test_a_neighbour_is_not(sensor, plain, name):
    answer = ask(name, source=paths.client(2))
    assert not in_pool(answer)
    expected = ask(name, source=paths.client(2), server=paths.PLAIN)
    assert (rcode(answer), addresses(answer)) == (rcode(expected), addresses(expected))


@pytest.mark.parametrize("name", report.NEVER_BLOCK)
def test_a_never_block_name_resolves(sensor, name):
    assert addresses(ask(name, source=paths.client(3))) == [paths.GENUINE4]


def test_no_event_for_names_that_are_not_listed(sensor):
    for name in report.NEIGHBOURS + report.NEVER_BLOCK:
        ask(name, source=paths.client(4))
    ask("www.kaerunote.com", source=paths.client(4))
    sensor.await_dns(source=paths.client(4), name="www.kaerunote.com")
    assert len(sensor.dns_events(source=paths.client(4))) == 1


def test_the_corrected_malformed_name_is_watched_and_resolves(sensor):
    assert addresses(ask(report.CORRECTED, source=paths.client(5))) == [paths.GENUINE4]
    event = sensor.await_dns(source=paths.client(5))[0]
    assert event["event"]["action"] == "dns-monitor"
    assert event["event"]["kind"] == "event"


def test_the_malformed_name_as_written_is_known(sensor):
    """It probably never existed: a client that asks for it has the malware's own configuration."""
    ask(report.MALFORMED, source=paths.client(6))
    event = sensor.await_dns(source=paths.client(6))[0]
    assert event["dns"]["question"]["name"] == report.MALFORMED
    assert event["sinkhole"]["campaign"] == "emdivi"


def test_the_redacted_name_is_in_no_list(sensor):
    for kind in ("rpz", "hosts", "domains", "unbound"):
        exported = sensor.sinkzone("export", sensor.database, "--format", kind).stdout
        assert report.REDACTED not in exported
        assert "*" not in exported.replace("*.", "").replace("CNAME\t*", "") or kind == "rpz"
    for guess in ("www.sakurano.com", "www.sakurano-x.com", "sakurano.com"):
        assert "not listed" in run([paths.SINKZONE, "lookup", sensor.database, guess]).stdout


def test_context_addresses_are_no_trigger(sensor):
    for address in report.ADDRESSES:
        result = run([paths.SINKZONE, "lookup", sensor.database, address]).stdout
        assert "not listed" in result or "never block" in result


def test_hosts_stand_in_the_feed_with_their_urls():
    """The shipped feed, read by another YAML reader than ours."""
    text = yaml.safe_dump(yaml.safe_load(paths.EMDIVI_FEED.read_text()), allow_unicode=True)
    for host, urls in report.HOSTS.items():
        assert host in text
        for url in urls:
            assert host + url in text


@pytest.mark.parametrize("host", report.HOSTS)
def test_lookup_names_feed_and_line(sensor, host):
    result = run([paths.SINKZONE, "lookup", sensor.database, host], check=0).stdout
    assert "emdivi" in result
    assert "emdivi.yaml:" in result


def test_every_listed_url_is_found_by_lookup(sensor):
    for host, urls in report.HOSTS.items():
        for url in urls:
            result = run([paths.SINKZONE, "lookup", sensor.database, f"http://{host}{url}"], check=0).stdout
            assert "emdivi" in result and "not listed" not in result
    for host in report.PATH_ONLY_HOSTS:
        result = run([paths.SINKZONE, "lookup", sensor.database, f"http://{host}{report.PATH_ONLY}"], check=0).stdout
        assert "emdivi" in result
