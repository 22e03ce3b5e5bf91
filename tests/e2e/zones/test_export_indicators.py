# SPDX-License-Identifier: BSD-3-Clause
"""Lists for programs that detect: Suricata, STIX, MISP, Adblock. What they say is read again, by us and by others."""

import json
import re
import shutil
import socket
import ssl
import threading
import uuid

import pytest

from harness import paths
from harness.ask import question
from harness.daemon import Daemon, run, wait_for

SERVER = "10.53.0.77"
HOSTILE = 'c;x "y"|\\ :'
FEED = f"""feed: f
campaign: '{HOSTILE}'
reference: https://example.org/report.html
indicators:
  - {{type: domain, value: exact.example.jp, confidence: high, added: 2026-01-31}}
  - {{type: domain, value: both.example.jp, scope: subdomains, confidence: low}}
  - {{type: domain, value: two.jp, action: nxdomain}}
  - {{type: domain, value: watched.example.jp, action: monitor}}
  - {{type: ip, value: 10.53.0.77, confidence: medium}}
  - {{type: ip, value: "2001:db8:1::/48"}}
  - {{type: url, value: "http://broken-into.example.jp/a(b)|c;d:e'f/x.php", path: planted}}
  - {{type: url, value: "http://free.example.jp/x.php"}}
  - {{type: ip-port, value: "10.53.0.78:8081", confidence: high}}
  - {{type: ip-port, value: "10.53.0.79:8081"}}
  - {{type: ip-port, value: "[2001:db8:1::7]:123/udp"}}
"""
NAMES = {"exact.example.jp", "both.example.jp", "two.jp", "broken-into.example.jp"}
NETWORKS = {"10.53.0.77", "2001:db8:1::/48"}
PATH = "/a(b)|c;d:e'f/x.php"
URL = "http://broken-into.example.jp" + PATH


@pytest.fixture
def export(site):
    site.compile(site.feed("f.yaml", FEED), "--format", "domains", "--never-block", site.feed("never.txt", "free.example.jp\nfree.both.example.jp\n"),
                 "--format", "networks", "--never-block", site.feed("never-ips.txt", "10.53.0.79\n"))

    def export(kind):
        path = site.directory / f"export.{kind}"
        result = run([paths.SINKZONE, "export", site.database, "--format", kind, "-o", path], check=0)
        assert run([paths.SINKZONE, "export", "-q", site.database, "--format", kind], check=0).stdout == path.read_text()
        return path, result.stderr

    return export


def compiled(site, path):
    """What our reader makes of it: rows of kind, indicator."""
    again = site.directory / "again.db"
    run([paths.SINKZONE, "compile", "-q", "-o", again, path], check=0)
    rows = run([paths.SINKZONE, "export", "-q", again, "--format", "csv"], check=0).stdout.splitlines()[1:]
    return again, {(row.split(",")[0], row.split(",")[1].strip('"').removesuffix("/32")) for row in rows}


def test_stix_has_an_indicator_for_each_rule(site, export):
    path, said = export("stix")
    assert "1 left out as only monitored" in said and "1 that the format cannot say exactly" in said
    bundle = json.loads(path.read_text())
    assert bundle["type"] == "bundle" and set(bundle) == {"type", "id", "objects"}
    required = {"type", "spec_version", "id", "created", "modified", "pattern", "pattern_type", "valid_from"}
    for thing in bundle["objects"]:
        assert required <= set(thing) and (thing["type"], thing["spec_version"], thing["pattern_type"]) == ("indicator", "2.1", "stix")
        assert uuid.UUID(thing["id"].removeprefix("indicator--")).version == 5
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", thing[key]) for key in ("created", "modified", "valid_from"))
        assert thing["labels"] == [HOSTILE]
    assert len({thing["id"] for thing in bundle["objects"]}) == len(bundle["objects"]) == 7
    first = next(thing for thing in bundle["objects"] if thing["name"] == "exact.example.jp")
    assert (first["confidence"], first["valid_from"][:10]) == (85, "2026-01-31")
    again, rows = compiled(site, path)
    assert rows == {("name", name) for name in NAMES} | {("network", network) for network in NETWORKS} | {("url", URL.removeprefix("http://"))}
    for name, confidence in (("exact.example.jp", "high"), ("both.example.jp", "low")):
        assert json.loads(run([paths.SINKZONE, "lookup", "--json", again, name], check=0).stdout)["rules"][0]["confidence"] == confidence


def test_misp_takes_the_list_as_an_event(site, export):
    path, said = export("misp")
    assert "1 that the format cannot say exactly" in said
    event = json.loads(path.read_text())["Event"]
    assert uuid.UUID(event["uuid"]).version == 5 and re.fullmatch(r"\d{4}-\d\d-\d\d", event["date"])
    attributes = {a["value"]: a for a in event["Attribute"]}
    assert attributes.pop("10.53.0.78|8081")["type"] == attributes.pop("2001:db8:1::7|123")["type"] == "ip-dst|port"
    assert {a["type"] for a in attributes.values()} == {"hostname", "domain", "ip-dst", "url"} and attributes["two.jp"]["type"] == "domain"
    assert set(attributes) == NAMES | NETWORKS | {URL}
    assert all(a["to_ids"] is True and a["category"] == "Network activity" for a in attributes.values())
    assert len({a["uuid"] for a in event["Attribute"]}) == len(event["Attribute"]) == len(attributes) + 2
    assert attributes["exact.example.jp"]["comment"] == f"campaign {HOSTILE}, feed f, confidence high"
    assert attributes["exact.example.jp"]["timestamp"] == "1769817600"
    _, rows = compiled(site, path)
    assert rows == {("name", name) for name in NAMES} | {("network", network) for network in NETWORKS} | {("url", URL.removeprefix("http://"))}


def test_adblock_says_names_and_pages(site, export):
    path, said = export("adblock")
    lines = [line for line in path.read_text().splitlines() if not line.startswith("!")]
    assert sorted(lines) == sorted(["@@|free.example.jp^", "@@||free.both.example.jp^", "|exact.example.jp^", "||both.example.jp^", "|two.jp^", "|broken-into.example.jp^"])
    assert "2 left out as the format has no networks" in said and "1 left out as in this format" in said  # a path with |
    _, rows = compiled(site, path)
    assert rows == {("name", name) for name in NAMES | {"free.both.example.jp"}} | {("below", name) for name in ("both.example.jp", "free.both.example.jp")}


RULE = re.compile(r'alert (dns|tls|http|ip|tcp|udp) \$HOME_NET any -> (\S+) (any|\d+) \((?:[a-z._]+(?::(?:"[^";\\|]*(?:\|[0-9a-f]{2}\|[^";\\|]*)*"'
                  r'|"/\^(?:[\w~%-]|\\x[0-9a-f]{2})*\(\?:\\\?\|\$\)/"|[^";\\]+))?; ?)+\)')


def serve(port):
    """Accepts whatever comes, and answers the first line."""
    server = socket.create_server((SERVER, port))

    def loop():
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.recv(4096)
                client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    threading.Thread(target=loop, daemon=True).start()
    return server


def say(name, path=None):
    """The three ways in which a name is seen on the wire."""
    if path is None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(question(name).to_wire(), (SERVER, 53))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with socket.create_connection((SERVER, 443)) as s:
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(s, server_hostname=name)
    else:
        with socket.create_connection((SERVER, 80)) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            while s.recv(4096):
                pass


def check_alerts(site, path):
    """What Suricata says of traffic."""
    log = site.directory / "eve.json"
    names = {re.search(r"sid:(\d+)", line).group(1): re.search(r'content:"([^"]*)"', line).group(1).lstrip(".")
             for line in path.read_text().splitlines() if line.startswith(("alert dns", "alert tls", "alert http"))}
    daemon = Daemon("suricata", ["suricata", "-S", path, "-l", site.directory, "--pcap=lo", "-k", "none", "--set", "vars.address-groups.HOME_NET=[10.0.0.0/8]",
                                 "--set", "outputs.1.eve-log.types.0=alert"], site.directory, expected_status=(0, -2, -15))
    site.daemons.append(daemon)
    daemon.wait_ready(lambda: "Engine started" in daemon.log())
    servers = [serve(80), serve(443)]
    for name in ("exact.example.jp", "x.exact.example.jp", "both.example.jp", "x.both.example.jp", "notboth.example.jp"):
        say(name)
    for page in (PATH, PATH + "?a=b", PATH + "p", "/"):
        say("broken-into.example.jp", page)
    say("free.example.jp", "/x.php")
    say("last.two.jp.two.jp", "/")  # DNS and TLS alone look at it

    def alerts():
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [event for event in lines if event["event_type"] == "alert"]

    wait_for(lambda: len([a for a in alerts() if str(a["alert"]["signature_id"]) in names]) >= 8, "the alerts", 20)
    seen = [(a["app_proto"], names[str(a["alert"]["signature_id"])]) for a in alerts() if str(a["alert"]["signature_id"]) in names]
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)  # a thread that waits in accept() would keep the port
        server.close()
    wanted = [("dns", "exact.example.jp"), ("tls", "exact.example.jp"), *[("dns", "both.example.jp"), ("tls", "both.example.jp")] * 2]
    assert sorted(s for s in seen if s[0] != "http") == sorted(wanted)
    assert len([s for s in seen if s[0] == "http"]) == 2


def test_suricata_alerts_on_what_is_listed(site, export):
    path, said = export("suricata")
    rules = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert [line for line in rules if not RULE.fullmatch(line)] == []
    assert [rule.split()[1] for rule in rules].count("ip") == 2 and len(rules) == 2 * len(NAMES) + len(NETWORKS) + 1 + 3
    assert [rule.split()[1] for rule in rules if " -> 10.53.0.78 8081 (" in rule] == ["tcp", "udp"]
    assert [rule.split()[1] for rule in rules if " -> 2001:db8:1::7 123 (" in rule] == ["udp"]
    sids = [int(re.search(r" sid:(\d+); rev:1;\)$", rule).group(1)) for rule in rules]
    assert len(set(sids)) == len(rules) and all(1000000000 <= sid < 1000000000 + 2 ** 30 for sid in sids)
    assert "2 that the format cannot say exactly" in said  # what is let through
    if shutil.which("suricata"):  # Debian 12 has none
        run(["suricata", "-T", "-S", path, "-l", path.parent], check=0)
        check_alerts(site, path)
