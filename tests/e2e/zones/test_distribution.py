# SPDX-License-Identifier: BSD-3-Clause
"""deploy/publish and the configuration in deploy/distribution: NSD serves the list, stock resolvers take it and its changes."""

import json
import re
import shutil
import time

import pytest

from harness import paths
from harness.ask import addresses, ask, rcode
from harness.bind import NO_LOCK_FILE
from harness.daemon import Daemon, listening, run, wait_for
from harness.resolver import Unbound

SERVER, BIND, STRANGER = "10.53.0.60", "10.53.0.3", "10.53.0.63"
UNBOUND = "10.10.200.1"  # what the namespace calls from: Unbound's transfers do not use its outgoing-interface
SHIPPED = {"192.0.2.10": SERVER, "192.0.2.21": UNBOUND, "192.0.2.22": BIND, "192.0.2.23": BIND}
ASKING = "127.0.0.1"
SECRET = "c2lua2hvbGUgdGVzdCBzZWNyZXQ="
KEY = f"hmac-sha256:transfer.sinkhole:{SECRET}"
ZONE = "rpz.sinkhole"
FIRST, SECOND, THIRD = "first.example.com", "second.example.com", "third.example.com"  # all of them exist


def shipped(name, site, *more):
    """A file of deploy/distribution as a site copies it, with its CHANGE values filled in."""
    text = (paths.SOURCE / "deploy/distribution" / name).read_text()
    places = (("/var/lib/nsd/", f"{site.directory}/nsd/"), ("/etc/nsd/", f"{site.directory}/"), ("/etc/bind/", f"{site.directory}/bind."),
              ("/run/nsd/", f"{site.directory}/"), ("/var/lib/unbound/", f"{site.directory}/unbound."))
    for old, new in (*SHIPPED.items(), *places, *more):
        text = text.replace(old, new)
    return text


class Distribution:
    """A list, NSD that serves it, and what makes a new list the one that is served."""

    def __init__(self, site):
        self.site = site
        self.config = site.directory / "nsd.conf"
        self.names = [FIRST]
        (site.directory / "nsd").mkdir()
        self.zone = site.directory / f"nsd/{ZONE}.zone"
        (site.directory / "nsd/catalog.sinkhole.zone").write_text(shipped("catalog.sinkhole.zone", site))
        site.feed("transfer.key", f'key:\n    name: "transfer.sinkhole"\n    algorithm: hmac-sha256\n    secret: "{SECRET}"\n')
        here = f"""
server:
    ip-address: {SERVER}@853
    username: ""
    chroot: ""
    zonelistfile: "{site.directory}/zone.list"
    database: ""
    pidfile: ""
    xfrdfile: "{site.directory}/xfrd.state"
    xfrdir: "{site.directory}"
"""
        key, certificate = site.certificate()
        certificate.rename(site.directory / "transfer.pem")
        key.rename(site.directory / "transfer.key.pem")
        self.config.write_text(shipped("nsd.conf", site, ("#tls-", "tls-")) + here)

    def write_list(self, *names):
        self.names += names
        self.site.compile(self.site.feed("feed.txt", "".join(f"{name}\n" for name in self.names)))

    def publish(self, *options, check=0, path=""):
        return run([paths.SOURCE / "deploy/publish", "--server-config", self.config, "--ask", ASKING, *options, self.site.database, ZONE,
                    self.zone, "--", "-q"], check=check, PATH=f"{path}{paths.SINKZONE.parent}:/usr/sbin:/usr/bin:/sbin:/bin")

    def export(self):
        self.write_list()
        self.site.sinkzone("export", self.site.database, "--format", "rpz", "-o", self.zone)

    def start(self):
        self.export()
        return self.serve()

    def serve(self):
        self.nsd = Daemon("distribution", ["nsd", "-d", "-c", self.config], self.site.directory)
        self.site.daemons.append(self.nsd)
        self.nsd.wait_ready(lambda: "nsd started" in self.nsd.log() and self.serial())
        return self

    def serial(self):
        said = run(["dig", "+short", "+tries=1", "+time=1", f"@{ASKING}", ZONE, "SOA"]).stdout.split()
        return int(said[2]) if len(said) == 7 else None

    def transfers(self, kind, address):
        return len(re.findall(rf"{kind} for {ZONE}\. from {re.escape(address)}\b", self.nsd.log()))


@pytest.fixture
def distribution(site):
    return Distribution(site)


def resolves(name, server):
    return addresses(ask(name, source=paths.client(610), server=server)) == [paths.GENUINE4]


def is_blocked(name, server):
    return rcode(ask(name, source=paths.client(610), server=server)) == "NXDOMAIN"


def stock_unbound(site, *more):
    daemon = Unbound(site.directory, site.authority, address=UNBOUND, chain="", extra=shipped("unbound.conf", site, *more), name="stock",
                     program="/usr/sbin/unbound")
    site.daemons.append(daemon)
    return daemon


def bind(site, address, zones, options):
    name = f"named-{address}"
    directory, config = site.directory / name, site.directory / f"{name}.conf"
    directory.mkdir()
    site.feed("bind.transfer.key", f'key "transfer.sinkhole" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n')
    site.feed("consumer.hints", f". 3600000 NS ns.test.\nns.test. 3600000 A {paths.AUTHORITY}\n")
    config.write_text(f"""options {{
    directory "{directory}"; pid-file none; session-keyfile none; {NO_LOCK_FILE}
    listen-on {{ {address}; }}; listen-on-v6 {{ none; }}; query-source address {address}; transfer-source {address};
    recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; dnssec-validation no; notify no;
    empty-zones-enable no; managed-keys-directory "{directory}"; qname-minimization off; {options}
}};
zone "." {{ type hint; file "{site.directory}/consumer.hints"; }};
{zones}""")
    run(["named-checkconf", config], check=0)
    daemon = Daemon(name, ["named", "-g", "-c", config, "-n", "1"], site.directory)
    site.daemons.append(daemon)
    return daemon.wait_ready(lambda: re.search(r" running$", daemon.log(), re.M))


def bind_consumer(site):
    return bind(site, BIND, "controls { };\n" + shipped("named.conf", site), re.search(r"response-policy .*", shipped("named.conf", site)).group())


def test_stock_resolvers_fetch_a_new_name_by_ixfr_when_it_is_published(distribution):
    site = distribution.start().site
    stock_unbound(site)
    named = bind_consumer(site)
    for server in (UNBOUND, BIND):
        wait_for(lambda: is_blocked(FIRST, server), f"{server} to have the zone", 20)
        assert resolves(SECOND, server)
    whole = {server: distribution.transfers("axfr", server) for server in (UNBOUND, BIND)}
    old = distribution.serial()
    distribution.write_list(SECOND)
    start = time.monotonic()
    said = distribution.publish().stdout
    assert f"{ZONE} has serial {distribution.serial()}" in said
    published = time.monotonic()
    for server in (UNBOUND, BIND):
        wait_for(lambda: is_blocked(SECOND, server), f"{server} to have the new name", 20)
        print(f"{server}: {time.monotonic() - published:.2f} s after publish, which took {published - start:.2f} s")
    assert {server: distribution.transfers("axfr", server) for server in whole} == whole
    assert all(distribution.transfers("ixfr", server) for server in whole)
    change = run(["dig", f"@{SERVER}", "-b", BIND, "-y", KEY, ZONE, f"IXFR={old}"]).stdout
    assert SECOND in change and FIRST not in change  # NSD answers IXFR with a whole zone if it has no changes
    assert "Transfer status: success" in named.log()


def test_a_resolver_without_tsig_takes_the_zone_over_tls(distribution):
    site = distribution.start().site
    stock_unbound(site, (f"primary: {SERVER}", f"primary: {SERVER}@853#resolver.test"), ("#tls-cert", "tls-cert"),
                  ("/etc/unbound/", f"{site.directory}/"))
    wait_for(lambda: is_blocked(FIRST, UNBOUND), "the zone", 20)
    assert distribution.transfers("axfr", UNBOUND)


def test_powerdns_recursor_takes_the_zone_with_its_key(distribution):
    site = distribution.start().site
    hints = site.feed("hints", f". 3600000 NS ns.test.\nns.test. 3600000 A {paths.AUTHORITY}\n")
    lua = site.feed("recursor.lua", shipped("recursor.lua", site, ("SECRET", SECRET), ("/var/lib/pdns-recursor/", f"{site.directory}/pdns.")))
    words = {"config-dir": site.directory, "local-address": BIND, "query-local-address": BIND, "hint-file": hints, "lua-config-file": lua,
             "socket-dir": site.directory, "setuid": "root", "setgid": "root", "security-poll-suffix": "", "dont-query": "", "threads": 1,
             "disable-packetcache": "yes"}  # it keeps what was answered in the moment before the zone was in force
    daemon = Daemon("recursor", ["pdns_recursor", "--daemon=no", "--dnssec=off", *(f"--{key}={value}" for key, value in words.items())],
                    site.directory, expected_status=(0, -15))
    site.daemons.append(daemon)
    daemon.wait_ready(lambda: "RPZ load completed" in daemon.log())
    wait_for(lambda: is_blocked(FIRST, BIND), "the policy", 20)


def transferred(source, *options):
    """Zone transfers print SOA records even if nothing else is let out."""
    return run(["dig", "+tries=1", "+time=2", f"@{SERVER}", "-b", source, *options, ZONE, "AXFR"]).stdout


def test_without_the_key_nobody_gets_anything(distribution):
    distribution.start()
    wrong = KEY[:-4] + "AAA="
    assert FIRST in transferred(BIND, "-y", KEY) and FIRST in transferred(UNBOUND)
    for source, options in ((BIND, ()), (BIND, ("-y", wrong)), (BIND, ("-y", KEY.replace("transfer.", "other."))), (STRANGER, ()),
                            (STRANGER, ("-y", KEY)), (STRANGER, ("-y", wrong))):
        said = transferred(source, *options)
        assert "SOA\tlocalhost" not in said and FIRST not in said and "Transfer failed" in said, (source, options)
        assert "status: REFUSED" in run(["dig", "+tries=1", f"@{SERVER}", "-b", source, ZONE, "SOA"]).stdout


def test_a_resolver_of_ours_keeps_campaign_feed_and_confidence(distribution):
    site = distribution.site
    rules = """feed: tracker
campaign: "first; campaign"
indicators:
  - {type: domain, value: first.example.com, scope: subdomains, confidence: high, added: 2026-01-31}
  - {type: domain, value: second.example.com, confidence: low}
  - {type: domain, value: gone.example.com, action: nxdomain}
"""
    site.compile(site.feed("a.yaml", rules), "--campaign", "other", site.feed("other.txt", "third.example.com\n"))
    site.sinkzone("export", site.database, "--format", "rpz", "--explain", "--sinkhole-v4", "198.51.100.9", "-o", distribution.zone)
    distribution.serve()
    received = site.feed("received.rpz", run(["dig", f"@{SERVER}", "-b", BIND, "-y", KEY, ZONE, "AXFR"], check=0).stdout)
    list_of_theirs = site.directory / "theirs.db"
    said = site.sinkzone("compile", "-o", list_of_theirs, "--format", "rpz", "--explained", received).stdout

    def rule(name):
        found = json.loads(site.sinkzone("lookup", "--json", list_of_theirs, name).stdout)["rules"][0]
        return tuple(found.get(key) for key in ("action", "campaign", "remark", "confidence", "added"))

    assert rule("first.example.com") == rule("x.first.example.com") == ("sinkhole", "first; campaign", "feed tracker", "high", "2026-01-31")
    assert rule("second.example.com")[:4] == ("sinkhole", "first; campaign", "feed tracker", "low")
    assert rule("third.example.com")[:3] == ("sinkhole", "other", "feed other")
    assert rule("gone.example.com")[:2] == ("nxdomain", "received"), said  # beside a CNAME there is no TXT
    # A zone of somebody else puts no name into a campaign of ours.
    site.sinkzone("compile", "-o", list_of_theirs, "--format", "rpz", received)
    assert rule("first.example.com") == ("sinkhole", "received", "campaign first; campaign, feed tracker", "high", "2026-01-31")
    assert rule("third.example.com")[:3] == ("sinkhole", "received", "campaign other, feed other")


def test_a_name_server_behind_it_learns_its_zones_from_the_catalog(distribution):
    site = distribution.start().site
    bind(site, BIND, "controls { };\n" + shipped("named.conf", site).replace(ZONE, "catalog.sinkhole"),
         f'catalog-zones {{ zone "catalog.sinkhole" default-primaries {{ {SERVER} key "transfer.sinkhole"; }} in-memory yes; }};')
    wait_for(lambda: run(["dig", "+short", f"@{BIND}", f"{FIRST}.{ZONE}", "CNAME"]).stdout == ".\n", "the zone", 20)


def records(zone):
    """Without the serial."""
    return re.sub(r"(SOA\tlocalhost\. \S+) \d+", r"\1", zone.read_text())


def test_what_fails_leaves_the_old_records_in_force(distribution):
    distribution.start()
    broken = distribution.site.directory / "bin"
    broken.mkdir()

    def fails(why, program, script):
        before, serial = records(distribution.zone), distribution.serial()
        (broken / program).write_text(f"#!/bin/sh\n{script}\n")
        (broken / program).chmod(0o755)
        result = distribution.publish("--wait", "1", check=1, path=f"{broken}:")
        assert why in result.stderr
        assert records(distribution.zone) == before
        left = {p.name for p in distribution.zone.parent.glob(f"{ZONE}.*") if ".ixfr" not in p.name}
        assert left == {f"{ZONE}.zone", f"{ZONE}.zone.lock"}
        (broken / program).unlink()
        return distribution.serial() == serial

    distribution.write_list(SECOND)
    assert fails("cannot export", "sinkzone", "exit 1")
    assert fails("refused by the checker", "nsd-checkzone", "echo zone is bad; exit 1")
    assert fails("does not load", "nsd-control", "echo no server; exit 1")
    assert fails("does not serve the new", "nsd-control", "exit 0")
    # The server has it already, and so may a secondary: what comes back is later.
    handed_out = int(run(["awk", '$4 == "SOA" { print $7 }', distribution.zone], check=0).stdout) + 1
    fails("does not load", "nsd-control", f'{shutil.which("nsd-control")} "$@"; exit 1')
    wait_for(lambda: distribution.serial() == handed_out + 1, "the old records with a later serial", 10)
    assert run(["dig", "+short", f"@{SERVER}", "-b", BIND, "-y", KEY, f"{SECOND}.{ZONE}", "CNAME"]).stdout == ""
    distribution.publish()
    assert distribution.serial() > handed_out + 1
    assert distribution.publish().stdout == ""  # nothing new


def test_a_zone_that_the_server_missed_is_loaded_by_the_next_call(distribution):
    distribution.start()
    serial = distribution.serial()
    distribution.names.append(SECOND)
    distribution.export()
    distribution.publish()
    assert distribution.serial() > serial


def test_bind_as_the_server_loads_what_is_published(distribution):
    site = distribution.site
    distribution.export()
    control = site.feed("rndc.conf", run(["rndc-confgen", "-p", "953"], check=0).stdout)
    key = re.search(r'key "rndc-key" \{.*?\};', control.read_text(), re.S).group()
    named = bind(site, BIND, key + f'''
controls {{ inet 127.0.0.1 port 953 allow {{ localhost; }} keys {{ "rndc-key"; }}; }};
zone "{ZONE}" {{ type primary; file "{distribution.zone}"; check-names ignore; ixfr-from-differences yes; }};
''', "")
    distribution.write_list(SECOND)
    said = distribution.publish("--server", "bind", "--server-config", control, "--ask", BIND).stdout
    assert f"{ZONE} has serial" in said and f"zone {ZONE}/IN: loaded serial" in named.log()
    assert run(["dig", "+short", f"@{BIND}", f"{SECOND}.{ZONE}", "CNAME"]).stdout == ".\n"
