# SPDX-License-Identifier: BSD-3-Clause
"""Behind a web proxy the sinkhole alone sees the victim, if the operator trusts the proxy."""

from harness import paths
from harness.clients import curl

FRONT = "http://www.ims.gr.jp/"


def test_a_trusted_proxy_names_the_host(site):
    proxy, host = paths.client(360), paths.client(361)
    site.settings["sinkhole"]["trusted-proxies"] = [proxy + "/32"]
    site.write().compile()
    site.sinkhole()
    curl(FRONT, "198.51.100.2", proxy, headers=[f"X-Forwarded-For: 192.0.2.99, {host}"])
    event = site.await_contacts(source=host)[0]
    assert event["sinkhole"]["proxy_ip"] == proxy
    assert event["sinkhole"]["claimed_ip"] == ["192.0.2.99"]


def test_one_header_is_believed_the_other_is_a_claim(site):
    proxy, host = paths.client(362), paths.client(363)
    site.settings["sinkhole"]["trusted-proxies"] = [proxy + "/32"]
    site.settings["sinkhole"]["forwarded-header"] = "forwarded"
    site.write().compile()
    site.sinkhole()
    curl(FRONT, "198.51.100.2", proxy, headers=[f'Forwarded: for="{host}:4711";proto=http', "X-Forwarded-For: 192.0.2.99"])
    event = site.await_contacts(source=host)[0]
    assert event["sinkhole"]["proxy_ip"] == proxy
    assert event["sinkhole"]["claimed_ip"] == ["192.0.2.99"]
    curl(FRONT, "198.51.100.2", proxy, headers=["X-Forwarded-For: 192.0.2.99"])
    event = site.await_contacts(source=proxy)[0]
    assert event["sinkhole"]["claimed_ip"] == ["192.0.2.99"]
    assert "proxy_ip" not in event["sinkhole"]
