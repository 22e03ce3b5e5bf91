# SPDX-License-Identifier: BSD-3-Clause
"""A real Chromium at a listed URL is a PERSON."""

from harness.ask import addresses, ask
from harness.clients import chromium

BROWSER_HOST = "10.10.200.1"  # what programs call from that choose no address, see in-namespace


def test_chromium_at_a_listed_url(sensor, tmp_path):
    sink = addresses(ask("www.sekisan.biz", source=BROWSER_HOST))[0]
    page = chromium("http://www.sekisan.biz/wp-content/plugins/akismet/state/index.php", sink, tmp_path)
    contacts = sensor.await_contacts(action="http-request", source=BROWSER_HOST, seconds=20)
    listed = [e for e in contacts if "c2-url" in e["sinkhole"]["evidence"]]
    assert listed and "browser" in listed[0]["sinkhole"]["evidence"]
    assert "decoded" not in listed[0]["sinkhole"]["evidence"]
    assert listed[0]["sinkhole"]["reference"] in page
    sensor.await_dns(source=BROWSER_HOST, name="www.sekisan.biz")
    row = next(line for line in sensor.sinkctl("hosts").splitlines() if BROWSER_HOST in line)
    assert row.split()[0] == "PERSON"
