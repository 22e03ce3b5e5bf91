# SPDX-License-Identifier: BSD-3-Clause
"""What was in the past: an address that went from one machine to the next, so that what is said and marked of one is not
said of the other; and times without a sensor. The days gone by are written as sinkholed and a DHCP server would have
left them."""

import json
import time

import pytest

from harness import paths
from harness.daemon import run

ADDRESS = "10.0.0.23"
A, B = ("pc-a", "02:00:5e:00:53:0a"), ("pc-b", "02:00:5e:00:53:0b")
NOW = time.time()


def at(minutes):
    return NOW + 60 * minutes


def stamp(minutes):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at(minutes)))


class Past:
    """Minutes are counted from now; those gone by are below 0."""

    def __init__(self, site):
        self.site, self.events, self.leases = site, [], ""
        site.settings["store"]["identities"] = [{"path": str(site.directory / "dhcpd.leases"), "format": "dhcpd"}]

    def held(self, machine, first, last):
        name, hardware = machine
        self.leases += (f"lease {ADDRESS} {{\n  starts epoch {at(first):.0f};\n  ends epoch {at(last):.0f};\n"
                        f"  binding state {'active' if last > 0 else 'free'};\n"
                        f'  hardware ethernet {hardware};\n  client-hostname "{name}";\n}}\n')
        return self

    def contact(self, minutes, *evidence, **own):
        number, start = len(self.events) + 1, own.pop("start", "a" * 16)
        self.events.append({
            "@timestamp": stamp(minutes), "ecs": {"version": "8.11.0"}, "observer": {"name": "e2e"},
            "event": {"kind": "alert", "category": ["intrusion_detection"], "type": ["connection"], "action": "http-request",
                      "dataset": "sinkhole.contact", "id": f"{start}-1-{number}", "sequence": number},
            "source": {"ip": ADDRESS, "port": 40000}, "destination": {"ip": "198.18.0.5", "port": 80},
            "network": {"transport": "tcp", "protocol": "http"}, "url": {"domain": "www.toko-ton.com", "path": "/g.php"},
            "http": {"request": {"method": "POST"}},
            "sinkhole": {"campaign": "emdivi", "evidence": ["listed-host", "automation", *evidence], **own}})
        return self

    def beacon(self, minutes):
        return self.contact(minutes, "upload", "decoded", beacon={"family": "Emdivi", "channel": "body"})

    def post(self, minutes):
        return self.contact(minutes, "upload", "c2-url", path_kind="planted")

    def write(self):
        (self.site.directory / "dhcpd.leases").write_text(self.leases)
        self.site.contact_log.write_text("".join(json.dumps(event) + "\n" for event in self.events))
        self.site.write()
        return self.site


@pytest.fixture
def past(site):
    return Past(site)


def open_rows(site):
    return json.loads(site.sinkctl("hosts", "--open", "--json"))["hosts"]


def calls(site, word):
    return [call["call"] for call in json.loads(site.sinkctl("host", "--json", word))["calls"]]


def test_a_machine_that_had_its_address_a_hundred_times_is_found_by_its_name(past):
    for day in range(100, 0, -1):
        past.held(A, -1440 * day - 500, -1440 * day)
    assert calls(past.held(A, -100, 300).beacon(-50).write(), "pc-a") == ["INFECTED"]


def test_what_a_machine_did_before_another_had_its_address_is_not_called_unseen(past):
    site = past.held(A, -500, -300).beacon(-450).held(B, -290, -200).held(A, -190, 300).write()
    result = run([paths.SINKCTL, "host", "-c", site.path, "pc-a"], check=0)
    assert "pc-a also had 10.0.0.23 from " in result.stderr and "another machine since" in result.stderr
    assert calls(site, "pc-b") == []
    early = run([paths.SINKCTL, "host", "-c", site.path, "--since", stamp(-500), "--until", stamp(-300), "pc-a"], check=0)
    assert "INFECTED" in early.stdout and not early.stderr


def test_a_mark_of_the_machine_before_does_not_settle_the_next_one(past):
    """The one that acted had lost the address when the mark was made."""
    site = past.held(A, -500, -300).post(-399).held(B, -200, 300).write()
    site.sinkctl("mark", ADDRESS, "false-alarm")
    assert not open_rows(site)
    past.post(-5).write()
    assert [row["case"]["reopened"] for row in open_rows(site)] == ["another machine has had the address since"]


def test_a_mark_by_name_is_of_the_time_in_which_the_machine_had_the_address(past):
    site = past.held(A, -500, -300).post(-399).held(B, -200, 300).post(-100).write()
    site.sinkctl("mark", "pc-a", "cleaned")
    assert len(open_rows(site)) == 1
    site.sinkctl("mark", "pc-b", "cleaned")
    assert not open_rows(site)


def test_a_mark_for_one_campaign_is_as_of_the_last_act_in_it(past):
    site = past.held(A, -500, -300).post(-399).held(B, -200, 300).contact(-100, "upload", campaign="lokibot").write()
    site.sinkctl("mark", ADDRESS, "false-alarm", "--campaign", "emdivi")
    assert [row["campaign"] for row in open_rows(site)] == ["lokibot"]
    past.post(-5).write()
    assert {row["campaign"] for row in open_rows(site)} == {"emdivi", "lokibot"}


def test_a_machine_that_did_nothing_is_not_marked_for_the_one_before(past):
    site = past.held(A, -500, -300).post(-399).held(B, -200, 300).write()
    refused = run([paths.SINKCTL, "mark", "-c", site.path, "pc-b", "false-alarm"], check=1)
    assert "from before this machine had the address" in refused.stderr and len(open_rows(site)) == 1


def test_a_mark_outlasts_any_number_of_leases_of_the_same_machine(past):
    for day in range(80, 0, -1):
        past.held(A, -1440 * day - 500, -1440 * day)
    site = past.held(A, -100, 300).post(-1440 * 80 - 400).write()
    site.sinkctl("mark", ADDRESS, "false-alarm", "--as-of", stamp(-1440 * 80 - 300))
    past.post(-50).write()
    assert not open_rows(site)


def test_a_machine_that_comes_back_does_not_hide_the_one_between(past):
    site = past.held(A, -500, -300).post(-450).held(B, -290, -200).post(-250).held(A, -190, 300).write()
    site.sinkctl("mark", ADDRESS, "acknowledged", "--as-of", stamp(-440))
    assert len(open_rows(site)) == 1
    past.post(-100).write()
    assert len(open_rows(site)) == 1
    site.sinkctl("mark", ADDRESS, "acknowledged")
    assert not open_rows(site)


def test_a_window_in_which_a_sensor_did_not_run_is_not_one_in_which_nothing_was_seen(past):
    site = past.post(-1440).contact(-1439, start="a" * 16).contact(-300, start="b" * 16).contact(-2, start="b" * 16).write()

    def asked(since, until):
        told = site.sinkctl("hosts", "--since", stamp(since), "--until", stamp(until))
        return told, json.loads(site.sinkctl("hosts", "--json", "--since", stamp(since), "--until", stamp(until)))

    told, answer = asked(-1000, -500)
    assert "NOT LOOKING: sensor contacts of e2e did not run from " in told and "that says little" in told
    assert answer["gap"] == {"writer": "contacts", "observer": "e2e", "first": stamp(-1000), "last": stamp(-500)}
    assert asked(-1500, -400)[1]["gap"]["first"] == stamp(-1439)
    assert all("gap" not in asked(*window)[1] and "NOT LOOKING: sensor contacts of e2e did not run" not in asked(*window)[0]
               for window in ((-2000, -1440), (-299, -3)))
