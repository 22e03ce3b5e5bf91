# SPDX-License-Identifier: BSD-3-Clause
"""A third party writes a feed so that an export says something that the list does not. Real consumers read the exports."""

import itertools

import pytest

from harness import bind, paths
from harness.ask import ask, rcode
from harness.bind import start_bind
from harness.daemon import Daemon, run

# Names that would end a comment, a quotation or a line, or begin a directive, in one format or the other.
HOSTILE = r"""
\036include.evil1.com
\034quoted.evil3.com
www.bank.com\035x.evil5.com
\064.evil4.com
a\039b.evil9.com
a\010b.evil17.com
\$ORIGIN.evil20.com
a\;b.evil21.com
\#bank2.com.evil.com
a\0320.0.0.0\032www.bank.com.evil22.com
"""
TRIGGERS = """
8.0.0.0.10.rpz-client-ip
32.80.113.0.203.rpz-ip
ns.example.com.rpz-nsdname
x.rpz-passthru
"""
GOOD = ["evil.example.com", "under_score.example.com", "xn--wgv71a.example.com"]
# Runs of zeros at every place, alone and together, and an IPv4 address in IPv6 form.
WORDS = ["".join(bits) for bits in itertools.product("01", repeat=8)]
NETWORKS = [":".join("0" if bit == "0" else "db8" for bit in "1" + bits[1:]) + "/128" for bits in WORDS if bits[0] == "1"] + [
    "2001:db8::/32", "2001:db8:1::/48", "2001:db8:0:8000::/49", "192.0.2.0/24", "192.0.2.128/25", "198.51.100.7"]


@pytest.fixture
def exports(site):
    names = site.feed("names.txt", HOSTILE + TRIGGERS + "\n".join(GOOD) + "\n")
    networks = site.feed("networks.txt", "".join(network + "\n" for network in NETWORKS))
    site.compile("--action", "nxdomain", "--format", "domains", names, "--format", "networks", networks)

    def export(kind):
        path = site.directory / f"export.{kind}"
        result = run([paths.SINKZONE, "export", site.database, "--format", kind, "-o", path], check=0)
        return path, result.stderr

    return site, export


def test_names_that_no_host_has_are_refused_by_line(tmp_path):
    feed = tmp_path / "esc.txt"
    feed.write_text(HOSTILE.lstrip() + "good.example.com\n")
    result = run([paths.SINKZONE, "compile", "--force", "-o", tmp_path / "db", feed], check=0)
    for number, name in enumerate(HOSTILE.split("\n")[1:-1], 1):
        assert f"{feed}:{number}: {name}: characters that no host name has" in result.stderr
    assert run([paths.SINKZONE, "export", "--format", "domains", tmp_path / "db"], check=0).stdout.splitlines()[2:] == ["good.example.com"]


def test_bind_reads_a_zone_of_plain_names_and_canonical_addresses(exports):
    site, export = exports
    zone, said = export("rpz")
    assert f"{len(TRIGGERS.split())} left out as in this format the name would mean something else" in said
    run(["named-checkzone", "-i", "none", "-k", "ignore", "rpz.sinkhole", zone], check=0)
    text = run(["named-compilezone", "-i", "none", "-k", "ignore", "-F", "text", "-s", "full", "-o", "-", "rpz.sinkhole", zone], check=0).stdout
    owners = {line.split()[0].removesuffix(".rpz.sinkhole.") for line in text.splitlines() if " CNAME " in line.replace("\t", " ")}
    names = {owner for owner in owners if not owner.endswith(".rpz-ip")}
    assert names == {*GOOD, *(f"*.{name}" for name in GOOD)}
    assert len(owners - names) == len(NETWORKS)
    daemon = start_bind(site, zone)
    assert [line for line in daemon.log().splitlines() if "rpz IP address" in line or "invalid rpz" in line] == []
    assert rcode(ask("evil.example.com", source=paths.client(600), server=bind.ADDRESS)) == "NXDOMAIN"


def test_unbound_reads_local_zones_of_plain_names(exports):
    site, export = exports
    path, _ = export("unbound")
    run(["/usr/sbin/unbound-checkconf", path], check=0)
    zones = {line.split("'")[1] for line in path.read_text().splitlines() if line.startswith("local-zone:")}
    assert zones == {f"{name}." for name in [*GOOD, *TRIGGERS.split()]}


def test_a_hosts_file_names_plain_hosts_alone(exports):
    """dnsmasq reads it as every program that knows hosts(5) does."""
    site, export = exports
    path, _ = export("hosts")
    daemon = Daemon("dnsmasq", ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                                "--user=root", f"--addn-hosts={path}", f"--listen-address={bind.ADDRESS}", "--bind-interfaces"], site.directory)
    site.daemons.append(daemon)
    daemon.wait_ready(lambda: f"read {path}" in daemon.log())
    for name in ("www.bank.com", "bank2.com", "evil5.com"):
        assert rcode(ask(name, source=paths.client(600), server=bind.ADDRESS)) == "REFUSED", "it knows nothing of this name"
    assert rcode(ask("xn--wgv71a.example.com", source=paths.client(600), server=bind.ADDRESS)) == "NOERROR"
