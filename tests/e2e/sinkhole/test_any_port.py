# SPDX-License-Identifier: BSD-3-Clause
"""Every port of the sinkhole's networks is served, by the shipped TPROXY rules, and the one that was called is known."""

import socket

import pytest

from harness import paths
from harness.clients import curl
from harness.daemon import run

RULES = paths.SOURCE / "deploy/nftables/any-port.nft"
SINK4 = paths.POOL4.split("/")[0].rsplit(".", 1)[0] + ".9"
SINK6 = paths.POOL6.split("/")[0] + "9"


def nft(*words, **options):
    return run(["nft", *words], **options)


@pytest.fixture(params=[1, 3])
def everywhere(site, request, tmp_path):
    """The rules of the file for the networks of the test."""
    text = RULES.read_text()
    assert text.count("198.51.100.0/24") == 2 and text.count("2001:db8:5::/64") == 2
    rules = tmp_path / "rules.nft"
    rules.write_text(text.replace("198.51.100.0/24", paths.POOL4).replace("2001:db8:5::/64", paths.POOL6))
    site.settings["sinkhole"] |= {"transparent": True, "loops": request.param}
    site.write().compile()
    site.sinkhole()
    nft("-f", rules, check=0)
    yield site
    nft("delete", "table", "inet", "unbound-sinkhole", check=0)


@pytest.mark.parametrize("port", [80, 443, 1863, 65535])
def test_requests_to_any_tcp_port_are_recorded(everywhere, port):
    source = paths.client(700)
    assert curl(f"http://www.sekisan.biz:{port}/x", SINK4, source) == (200, "")
    event = everywhere.await_contacts(source=source)[0]
    assert event["destination"] == {"ip": SINK4, "port": port}
    assert event["url"]["domain"] == "www.sekisan.biz"


def test_datagrams_to_any_udp_port_are_recorded(everywhere):
    for port in (53, 123, 41000):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((paths.client(701), 0))
            sender.sendto(b"hello", (SINK4, port))
    found = everywhere.await_contacts(3, source=paths.client(701))
    assert {e["destination"]["port"] for e in found} == {53, 123, 41000}
    assert {e["destination"]["ip"] for e in found} == {SINK4}


def test_any_port_is_recorded_over_ipv6_too(everywhere):
    source = "2001:db8:10::7"
    with socket.create_connection((SINK6, 6667), timeout=5, source_address=(source, 0)) as connection:
        connection.sendall(b"NICK victim\r\n")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        sender.sendto(b"hello", (SINK6, 6668))
    found = everywhere.await_contacts(2, source=source)
    assert {(e["destination"]["ip"], e["destination"]["port"]) for e in found} == {(SINK6, 6667), (SINK6, 6668)}
