# SPDX-License-Identifier: BSD-3-Clause
"""What sinkzone exports, real consumers load and act on."""

import ipaddress
import os
import shutil
import time

import pytest

from harness import paths, report
from harness.ask import addresses, ask, rcode
from harness.bind import start_bind
from harness.daemon import run
from harness.resolver import Unbound

CONSUMER = "10.53.0.3"
POOL = ipaddress.ip_network(paths.POOL4)


@pytest.fixture
def exported(site):
    """site with a list, and a function that exports it."""
    site.compile()

    def export(kind, *options):
        path = site.directory / f"export.{kind}"
        run([paths.SINKZONE, "export", site.database, "--format", kind, "-c", site.path, "-o", path, *options], check=0)
        return path

    return site, export


def redirected(name):
    found = addresses(ask(name, source=paths.client(600), server=CONSUMER))
    return len(found) == 1 and ipaddress.ip_address(found[0]) in POOL


def check_consumer(names=report.INTERCEPTED):
    wrong = [name for name in names if not redirected(name)]
    wrong += [name for name in report.NEIGHBOURS + report.NEVER_BLOCK if redirected(name)]
    assert wrong == []
    assert addresses(ask(report.CORRECTED, source=paths.client(600), server=CONSUMER)) == [paths.GENUINE4]


def unbound(site, extra, chain="respip validator iterator"):
    daemon = Unbound(site.directory, site.authority, address=CONSUMER, chain=chain, extra=extra, name="consumer")
    site.daemons.append(daemon)
    return daemon


def test_unbound_intercepts_what_the_rpz_export_lists(exported):
    site, export = exported
    unbound(site, f'rpz:\n    name: rpz.sinkhole.\n    zonefile: "{export("rpz")}"\n    rpz-log: yes\n')
    check_consumer()
    assert ask("www.kaerunote.com", "HTTPS", source=paths.client(600), server=CONSUMER).answer == []


def test_bind_intercepts_what_the_rpz_export_lists(exported):
    site, export = exported
    zone = export("rpz")
    run(["named-checkzone", "-i", "none", "-k", "ignore", "rpz.sinkhole", zone], check=0)
    start_bind(site, zone)
    check_consumer()


def test_the_hosts_export_holds_listed_names_only(exported):
    site, export = exported
    names = {}
    for line in export("hosts").read_text().splitlines():
        if line and not line.startswith("#"):
            address, name = line.split()[:2]
            names[name] = address
    assert set(report.HOSTS) <= set(names)
    assert not set(names) & set(report.NEIGHBOURS + report.NEVER_BLOCK + [report.CORRECTED])
    for address in names.values():
        assert ipaddress.ip_address(address) in POOL or ipaddress.ip_address(address).version == 6


def test_the_domains_export_holds_listed_names_only(exported):
    site, export = exported
    names = [line for line in export("domains").read_text().splitlines() if line and not line.startswith("#")]
    assert set(report.HOSTS) - {"www.kaerunote.com", "www.muku-mori.com"} <= set(names)
    assert not set(names) & set(report.NEIGHBOURS + report.NEVER_BLOCK + [report.CORRECTED])


def test_unbound_intercepts_what_the_unbound_export_lists(exported):
    site, export = exported
    unbound(site, f'server:\n    include: "{export("unbound")}"\n', chain="validator iterator")
    check_consumer()


def test_a_tagged_unbound_export_is_for_tagged_clients_alone(exported):
    site, export = exported
    tagged, other = paths.client(600), paths.client(601)
    unbound(site, f'server:\n    include: "{export("unbound", "--tag", "guests")}"\n    access-control-tag: {tagged}/32 "guests"\n',
            chain="validator iterator")
    check_consumer()
    found = addresses(ask("www.kaerunote.com", source=other, server=CONSUMER))
    assert found and not any(ipaddress.ip_address(address) in POOL for address in found)


def test_without_settings_it_is_nxdomain(site):
    site.compile()
    zone = site.directory / "plain.rpz"
    run([paths.SINKZONE, "export", site.database, "--format", "rpz", "-o", zone], check=0)
    unbound(site, f'rpz:\n    name: rpz.sinkhole.\n    zonefile: "{zone}"\n')
    assert rcode(ask("www.kaerunote.com", source=paths.client(600), server=CONSUMER)) == "NXDOMAIN"


def soa_serial(zone):
    line = next(line for line in zone.read_text().splitlines() if "SOA" in line)
    return int(line.split("SOA")[1].split()[2])


def test_the_serial_of_the_zone_moves_forward(exported):
    site, export = exported
    zone = export("rpz")
    listed = first = soa_serial(zone)
    for options in (["--ttl", "31"], ["--ttl", "32"]):  # one list, other content
        first += 1
        assert soa_serial(export("rpz", *options)) == first > listed
    before = zone.read_bytes()
    time.sleep(3)
    site.compile()  # a later list, the same content
    assert export("rpz", "--ttl", "32").read_bytes() == before
    assert soa_serial(export("rpz")) > first
    zone.write_text(zone.read_text().replace(f" {soa_serial(zone)} ", " 4294967290 "))  # RFC 1982: before all of ours
    assert listed < soa_serial(export("rpz", "--ttl", "33")) < 2 ** 32 - 10
    zone.write_text("; no zone\n")
    assert soa_serial(export("rpz")) > listed
    zone.unlink()
    zone.mkdir()
    assert run([paths.SINKZONE, "export", site.database, "--format", "rpz", "-o", zone]).returncode == 1


def test_an_older_list_does_not_move_the_serial_back(site):
    zone, older = site.directory / "zone", site.directory / "older.db"
    site.compile()
    shutil.copy(site.database, older)
    time.sleep(1)
    extra = site.directory / "extra.txt"
    extra.write_text("extra.example.com\n")
    run([paths.SINKZONE, "compile", "-q", "-o", site.database, extra], check=0)
    serials = []
    for database in (site.database, older, site.database):
        run([paths.SINKZONE, "export", database, "--format", "rpz", "-o", zone], check=0)
        serials.append(soa_serial(zone))
    assert serials == sorted(set(serials))


def test_an_export_keeps_links_owner_and_mode(exported):
    site, export = exported
    real, link = site.directory / "real.zone", site.directory / "export.rpz"
    real.write_text("")
    real.chmod(0o640)
    os.chown(real, 12345, 23456)
    link.symlink_to(real)
    export("rpz")
    assert link.is_symlink() and "kaerunote" in real.read_text()
    assert (real.stat().st_uid, real.stat().st_gid, real.stat().st_mode & 0o7777) == (12345, 23456, 0o640)
    result = run([paths.SINKZONE, "export", site.database, "--format", "rpz", "-o", "/dev/null"], check=1)
    assert "/dev/null: is no regular file" in result.stderr


def test_an_ignored_campaign_is_left_out(exported):
    site, export = exported
    site.settings["campaigns"] = {"emdivi": {"action": "off"}}
    site.write()
    assert "kaerunote" not in export("rpz").read_text()


def test_a_walled_garden_takes_the_place_of_the_sinkhole(exported):
    site, export = exported
    zone = export("rpz", "--garden", "www.example.test")
    run(["named-checkzone", "-i", "none", "-k", "ignore", "rpz.sinkhole", zone], check=0)
    unbound(site, f'rpz:\n    name: rpz.sinkhole.\n    zonefile: "{zone}"\n')
    answer = ask("www.kaerunote.com", source=paths.client(600), server=CONSUMER)
    assert "www.example.test." in str(answer.answer[0]) and addresses(answer) == ["192.0.2.12"]
    for name in ["rpz-passthru", "www.example.test\n$INCLUDE x.example"]:
        result = run([paths.SINKZONE, "export", site.database, "--format", "rpz", "--garden", name], check=2)
        assert "no name of a walled garden" in result.stderr


def test_a_zone_can_explain_its_rules(exported):
    site, export = exported
    assert "TXT" not in export("rpz").read_text()
    zone = export("rpz", "--explain")
    run(["named-checkzone", "-i", "none", "-k", "ignore", "rpz.sinkhole", zone], check=0)
    unbound(site, f'rpz:\n    name: rpz.sinkhole.\n    zonefile: "{zone}"\n')
    answer = ask("www.kaerunote.com", "TXT", source=paths.client(600), server=CONSUMER)
    assert str(answer.answer[0][0]) == '"campaign=emdivi" "feed=emdivi" "confidence=high" "added=2014-11-07"'
    assert redirected("www.kaerunote.com")
    run([paths.SINKZONE, "check", zone], check=0)


def test_a_zone_of_one_campaign_has_what_that_one_lists(site):
    first, second = site.feed("first.txt", "both.example.com\none.example.com\n"), site.feed("second.txt", "both.example.com\ntwo.example.com\n")
    never = site.feed("never.txt", "www.two.example.com\n")
    site.compile("--campaign", "c1", first, "--campaign", "c2", "--action", "nodata", second, "--scope", "exact", "--never-block", never)

    def zone(*options):
        text = run([paths.SINKZONE, "export", site.database, "--format", "rpz", *options], check=0).stdout
        records = [line.split()[::4] for line in text.splitlines() if "CNAME" in line and not line.startswith("*")]
        return {name.split(".example.com")[0]: target for name, target in records}

    assert zone() == {"both": ".", "one": ".", "two": "*.", "www.two": "rpz-passthru."}
    assert zone("--campaign", "c1") == {"both": ".", "one": "."}
    assert zone("--campaign", "c2") == {"both": "*.", "two": "*.", "www.two": "rpz-passthru."}
    result = run([paths.SINKZONE, "export", site.database, "--format", "rpz", "--campaign", "c3"], check=1)
    assert "the list has no campaign c3" in result.stderr
