# SPDX-License-Identifier: BSD-3-Clause
"""The client that a forwarder names: never trusted, and recorded if the forwarder is listed."""

import dns.edns
import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.site import field

LISTED = "www.kaerunote.com"


@pytest.mark.parametrize("option, value, text", [
    (65001, b"\x02\x00\x5e\x10\x00\xff", "02:00:5e:10:00:ff"),
    (65073, b"02:00:5e:10:00:ff", "02:00:5e:10:00:ff"),
    (65074, b"cpe\x00<script>\xff", "cpe"),
    (65074, b"x" * 64, None),  # longer than is kept
    (65001, b"\x02\x00", None),
])
def test_the_id_of_a_client_behind_a_forwarder(site, option, value, text):
    forwarder, stranger = paths.client(33), paths.client(34)
    site.settings["module"]["trusted-forwarders"] = [f"{forwarder}/32"]
    site.write().compile()
    site.resolver()
    site.await_list()
    for source in (forwarder, stranger):
        assert addresses(ask(LISTED, source=source, use_edns=0, options=[dns.edns.GenericOption(option, value)]))
    site.await_dns(2)
    assert field(site.dns_events(source=forwarder)[0], "sinkhole.claimed_id") == text
    assert field(site.dns_events(source=stranger)[0], "sinkhole.claimed_id") is None


@pytest.mark.parametrize("subnet, text", [
    (("10.9.8.7", 24), "10.9.8.0/24"),
    (("10.9.8.7", 32), "10.9.8.7"),
    (("2001:db8:1:2::3", 48), "2001:db8:1::/48"),
    (("2001:db8:1:2::3", 128), "2001:db8:1:2::3"),
    (("0.0.0.0", 0), "0.0.0.0/0"),
], ids=["24", "32", "48", "128", "0"])
@pytest.mark.parametrize("chain", ["validator iterator", "subnetcache validator iterator"])
def test_the_network_of_a_client_behind_a_forwarder(site, chain, subnet, text):
    """EDNS Client Subnet, also where subnetcache wants it for itself."""
    forwarder, stranger = paths.client(35), paths.client(36)
    site.settings["module"]["trusted-forwarders"] = [f"{forwarder}/32"]
    site.write().compile()
    site.resolver(chain=chain)
    site.await_list()
    for source in (forwarder, stranger):
        assert addresses(ask(LISTED, source=source, use_edns=0, options=[dns.edns.ECSOption(*subnet)]))
    site.await_dns(2)
    assert field(site.dns_events(source=forwarder)[0], "sinkhole.claimed_ip") == text
    assert field(site.dns_events(source=stranger)[0], "sinkhole.claimed_ip") is None


@pytest.mark.parametrize("data", [
    b"", b"\x00\x01\x18", b"\x00\x01\x18\x00\x0a", b"\x00\x03\x08\x00\x0a", b"\x00\x01\x21\x00\x0a\x09\x08\x07\x06",
    b"\x01\x01\x08\x00\x0a"])
def test_a_malformed_network_is_left_out(site, data):
    forwarder = paths.client(37)
    site.settings["module"]["trusted-forwarders"] = [f"{forwarder}/32"]
    site.write().compile()
    site.resolver()
    site.await_list()
    assert addresses(ask(LISTED, source=forwarder, use_edns=0, options=[dns.edns.GenericOption(8, data)]))
    assert field(site.await_dns(1)[0], "sinkhole.claimed_ip") is None
