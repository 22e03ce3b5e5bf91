# SPDX-License-Identifier: BSD-3-Clause
"""A real Chromium at an https address of a listed host: the path and the browser's marks stay inside of TLS."""

from harness.ask import addresses, ask
from harness.browser import Chromium

BROWSER_HOST = "10.10.200.1"  # what programs call from that choose no address, see in-namespace
NAME = "www.sekisan.biz"


def test_it_proves_nothing_however_often_it_is_tried(site, tmp_path):
    site.compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    sink = addresses(ask(NAME, source=BROWSER_HOST))[0]
    with Chromium(tmp_path, {NAME: sink}) as browser:
        for _ in range(5):
            error = browser.open(f"https://{NAME}/wp-content/plugins/akismet/state/index.php")
            assert error == "net::ERR_CONNECTION_CLOSED", "docs/sinkhole-server.md says what people see"
    hellos = site.await_contacts(5, action="tls-client-hello", source=BROWSER_HOST)
    assert {e["tls"]["client"]["server_name"] for e in hellos} == {NAME}
    assert not site.contacts(action="http-request")
    row = next(line.split() for line in site.sinkctl("hosts").splitlines() if BROWSER_HOST in line)
    assert row[:2] == ["POSSIBLE", "tls"]
