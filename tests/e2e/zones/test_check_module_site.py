# SPDX-License-Identifier: BSD-3-Clause
"""What check-module says of the machine: whether the sinkhole's addresses lead to it, and whether there is space for events."""

import pytest

from harness import paths
from harness.daemon import run


def check_module(site):
    return run([paths.SINKZONE, "check-module", "--user", "root", "-c", site.write().path]).stdout


def test_addresses_of_this_machine_are_well(site):
    site.compile()
    said = check_module(site)
    for pool in (paths.POOL4, paths.POOL6):
        assert f"ok    sinkhole-addresses {pool}: addresses of this machine\n" in said
    assert "listen" not in said and "no route" not in said


@pytest.mark.parametrize("pool", ["203.0.113.0/24", "2001:dead::/64"])
def test_a_pool_without_a_route_is_a_warning(site, pool):
    site.compile()
    site.settings["module"]["sinkhole-addresses"] = [pool]
    del site.settings["sinkhole"]["listen"]
    assert f"warn  sinkhole-addresses {pool}: this machine has no route there" in check_module(site)


def test_a_pool_that_is_routed_elsewhere_is_a_warning_where_sinkholed_listens(site):
    site.compile()
    pool, listen = "203.0.113.0/24", site.settings["sinkhole"]["listen"]
    site.settings["module"]["sinkhole-addresses"] = [pool]
    site.settings["sinkhole"]["listen"] = [{"address": pool, "tcp": [80]}]
    run(["ip", "route", "add", pool, "dev", "lo"], check=0)
    try:
        assert f"ip route add local {pool} dev lo" in check_module(site)
        del site.settings["sinkhole"]["listen"]
        assert f"ok    sinkhole-addresses {pool}: routed to elsewhere\n" in check_module(site)
    finally:
        run(["ip", "route", "del", pool, "dev", "lo"], check=0)


def test_what_listens_outside_the_pool_is_a_warning_by_line(site):
    site.compile()
    site.settings["sinkhole"]["listen"] = [{"address": paths.POOL4, "tcp": [80]}, {"address": "10.53.0.9", "tcp": [80]}]
    said = check_module(site)
    line = next(i for i, text in enumerate(site.path.read_text().splitlines(), 1) if "10.53.0.9" in text)
    assert f"warn  {site.path}:{line}: listen address 10.53.0.9/32 is outside sinkhole-addresses" in said
    assert f"warn  sinkhole-addresses {paths.POOL6}: no entry of listen is in this network" in said
    site.settings["campaigns"] = {"emdivi": {"address": "10.53.0.9"}}
    assert "outside sinkhole-addresses" not in check_module(site)


def test_a_listener_for_proxies_is_nowhere_outside(site):
    """They come to an address of their choice, and name the sinkhole's in a PROXY header."""
    site.compile()
    site.settings["sinkhole"]["listen"].append({"address": "10.53.0.9", "tcp": [8090], "proxy-protocol": True})
    assert "outside sinkhole-addresses" not in check_module(site)


def test_little_space_for_events_is_a_warning(site):
    site.compile()
    directory = site.dns_log.parent
    run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", directory], check=0)
    try:
        assert f"warn  {directory} has 4 MB of free space: events are lost when it is full\n" in check_module(site)
    finally:
        run(["umount", directory], check=0)
