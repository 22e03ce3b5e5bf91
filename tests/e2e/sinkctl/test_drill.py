# SPDX-License-Identifier: BSD-3-Clause
"""A drill is called a drill, so that nobody pulls a plug for it."""

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, emdivi

C2 = "http://www.toko-ton.com/koushi/detail/sc_flash/index.php"
SOURCE = paths.client(700)


def test_a_whole_installation_is_a_drill(site):
    site.settings["drill"] = True
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    sink = addresses(ask("www.toko-ton.com", source=SOURCE))[0]
    beacon(C2, sink, SOURCE, emdivi([("x", PROFILE)]))
    assert site.await_dns(source=SOURCE)[0]["sinkhole"]["drill"] is True
    assert site.await_contacts(source=SOURCE)[0]["sinkhole"]["drill"] is True
    assert "drill" in site.sinkctl("hosts").lower()


def test_the_canary_is_a_drill(site):
    site.settings["module"]["canary"] = "canary.example.test"
    site.write().compile()
    site.resolver()
    site.await_list()
    assert addresses(ask("canary.example.test", source=SOURCE)) == ["198.51.100.1"]
    event = site.await_dns()[0]
    assert event["sinkhole"]["drill"] is True and event["sinkhole"]["trigger"] == "canary"
