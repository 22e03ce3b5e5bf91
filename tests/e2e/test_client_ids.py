# SPDX-License-Identifier: BSD-3-Clause
"""Who a forwarder says its client is: believed of no one, recorded of those that are named."""

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
