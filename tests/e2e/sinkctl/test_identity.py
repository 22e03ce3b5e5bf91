# SPDX-License-Identifier: BSD-3-Clause
"""Which machine stood behind an address, from the lease files of real DHCP servers: one machine gives its address back,
the next one gets the same."""

import json
import time

import pytest

from harness import dhcp
from harness.ask import ask
from harness.daemon import run, wait_for
from harness import paths
from harness.watch import Watch

LISTED = "www.kaerunote.com"
MAC_A, MAC_B = "02:00:5e:00:53:0a", "02:00:5e:00:53:0b"


@pytest.fixture
def cable():
    dhcp.lay_cable()
    yield
    dhcp.take_cable_away()


def asked(site, times):
    before = len(site.dns_events(source=dhcp.ADDRESS))
    for _ in range(times):
        ask(LISTED, source=dhcp.ADDRESS)
    site.await_dns(before + times, source=dhcp.ADDRESS)


def page(site, *words):
    return json.loads(site.sinkctl("host", "--json", *words))


@pytest.mark.parametrize("server", [dhcp.dnsmasq, dhcp.kea], ids=lambda server: server.__name__)
def test_the_next_machine_does_not_inherit_what_the_one_before_did(site, tmp_path, cable, server):
    inventory = tmp_path / "inventory.csv"
    inventory.write_text(f'mac,name,owner,place,asset\n{MAC_A.upper().replace(":", "-")},pc-a.example.jp,"Sato, K.",2F,A-1\n')
    leases, daemon = server(tmp_path)
    site.daemons.append(daemon)
    site.settings["store"]["identities"] = [
        {"path": str(leases), "format": server.__name__}, {"path": str(inventory), "format": "inventory"}]
    site.write().compile()
    site.resolver()
    site.await_list()
    a, b = dhcp.Machine(MAC_A, "laptop"), dhcp.Machine(MAC_B, "pc-b")

    assert a.get_address() == dhcp.ADDRESS
    wait_for(lambda: MAC_A in leases.read_text(), "the lease in the file", 10)
    asked(site, 3)
    site.sinkctl("ingest")  # as the timer does
    alone = json.loads(site.sinkctl("hosts", "--json"))["hosts"][0]
    assert (alone["name"], alone["hardware"], alone["owner"], alone["asset"]) == ("pc-a.example.jp", MAC_A, "Sato, K.", "A-1")
    assert "pc-a" in site.sinkctl("hosts") and "owner Sato, K., place 2F" in " ".join(
        site.sinkctl("host", dhcp.ADDRESS).split())

    time.sleep(1.1)  # lease files have whole seconds
    a.give_back()
    time.sleep(1.1)
    assert b.get_address() == dhcp.ADDRESS
    wait_for(lambda: MAC_B in leases.read_text(), "the next lease in the file", 10)
    asked(site, 2)

    row = json.loads(site.sinkctl("hosts", "--json"))["hosts"][0]
    assert row["dns"] == 5 and "name" not in row
    assert [m["hardware"] for m in row["machines"]] == [MAC_A, MAC_B]
    line = next(line for line in site.sinkctl("hosts").splitlines() if dhcp.ADDRESS in line)
    assert line.split()[3] == "?"
    for word, name, count in (("pc-b", "pc-b", 2), (MAC_B, "pc-b", 2), ("PC-A", "pc-a.example.jp", 3), (MAC_A, "pc-a.example.jp", 3)):
        found = page(site, word)
        assert found["name"] == name and [c["dns"] for c in found["calls"]] == [count], (word, found)
    # the page says the same
    with Watch(site) as watch:
        watch.await_hosts(lambda rows: (rows.get(dhcp.ADDRESS) or {}).get("dns") == 5, "the host on the page")
        assert "pc-b" in watch.page(f"/host/{dhcp.ADDRESS}") and "pc-a.example.jp" in watch.page(f"/host/{dhcp.ADDRESS}")
        assert watch.json()["hosts"][0]["machines"][0]["hardware"] == MAC_A and "name" not in watch.json()["hosts"][0]
    # what the file no longer says is known all the same
    leases.write_text("")
    assert [m["hardware"] for m in json.loads(site.sinkctl("hosts", "--json"))["hosts"][0]["machines"]] == [MAC_A, MAC_B]


def test_a_source_that_cannot_be_read_is_named_and_the_answer_given(site):
    site.settings["store"]["identities"] = [{"path": "nonesuch", "format": "kea"}]
    site.write()
    result = run([paths.SINKCTL, "hosts", "-c", site.path], check=0)
    assert "nonesuch: the leases cannot be read" in result.stderr
