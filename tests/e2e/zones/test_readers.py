# SPDX-License-Identifier: BSD-3-Clause
"""Lists as they are published, and what becomes of each of their lines."""

import json

import pytest

from harness import paths
from harness.daemon import run


def compile_text(tmp_path, name, text, *options):
    feed = tmp_path / name
    feed.write_text(text)
    return run([paths.SINKZONE, "compile", "-o", tmp_path / "db", *options, feed], check=0)


def lookup(tmp_path, what):
    return json.loads(run([paths.SINKZONE, "lookup", "--json", tmp_path / "db", what]).stdout)


def test_badfilter_takes_back_its_rule(tmp_path):
    result = compile_text(tmp_path, "adguard.txt", "[Adblock Plus]\n||a1.example^\n||a5.example^\n||a5.example^$badfilter\n")
    assert f"{tmp_path}/adguard.txt:3: ||a5.example^: taken back by the same rule with $badfilter" in result.stderr
    assert lookup(tmp_path, "a1.example")["listed"] and not lookup(tmp_path, "a5.example")["listed"]


def test_urls_of_addresses_are_kept_for_people_and_counted(tmp_path):
    result = compile_text(tmp_path, "urls.txt", "http://192.0.2.9:8080/bin.sh\nhttp://evil.example/x/y\nhttp://[2001:db8::1]/x\n")
    assert "  notes: 2 with an address in place of a name: clients ask no resolver for it\n" in result.stdout
    for address, url in (("192.0.2.9", "http://192.0.2.9:8080/bin.sh"), ("2001:db8::1", "http://[2001:db8::1]/x")):
        for question in (address, url):
            found = lookup(tmp_path, question)
            assert [(note["type"], note["value"]) for note in found["notes"]] == [("url", url)]
            assert found["listed"] is False
    assert lookup(tmp_path, "http://evil.example/x/y")["listed"]


@pytest.mark.parametrize("format", ["domains", "networks"])
def test_addresses_with_a_port_are_kept_for_people(tmp_path, format):
    good = {"domains": "evil.example.com\n", "networks": "198.51.100.1\n"}[format]
    compile_text(tmp_path, "list.txt", f"192.0.2.9:8080\n[2001:db8::1]:443\n{good}", "--format", format)
    for address, value in (("192.0.2.9", "192.0.2.9:8080"), ("2001:db8::1", "[2001:db8::1]:443")):
        found = lookup(tmp_path, address)
        assert [(note["type"], note["value"]) for note in found["notes"]] == [("ip-port", value)] and not found["listed"]


@pytest.mark.parametrize("text, complaint", [
    ('{"query_status": "ok", "data": [\n{"url": "http://evil.example.com/x"},\n', "JSON, which is not read"),
    ("ads.*\n", "a pattern"), ("ads*.example.com\n", "a pattern"), ("sakurano***.com\n", "redacted"),
])
def test_what_is_no_list_of_names_is_called_by_its_name(tmp_path, text, complaint):
    result = compile_text(tmp_path, "list.txt", text, "--force", "--format", "domains")
    assert f"{tmp_path}/list.txt:1: " in result.stderr and complaint in result.stderr
    assert "CSV" not in result.stderr


def test_threatfox_says_what_stands_on_compromised_sites(tmp_path):
    columns = ["2026-01-02 03:04:05", "1", None, None, "botnet_cc", "win.emdivi", "None", "Emdivi", "", "75", None, "None", "a,b", "0", "r"]

    def row(value, kind, compromised):
        return ", ".join(f'"{cell}"' for cell in columns[:2] + [value, kind] + columns[4:10] + [compromised] + columns[11:])

    rows = ["# comment", row("bad.example", "domain", "0"), row("http://site.example/x.php", "url", "1"),
            row("192.0.2.9:8080", "ip:port", "0"), row("[2001:db8::1]:443", "ip:port", "0")]
    result = compile_text(tmp_path, "threatfox.csv", "\r\n".join(rows) + "\r\n")
    assert "abusech" in result.stdout
    name, url = (json.dumps(lookup(tmp_path, what)) for what in ("bad.example", "http://site.example/x.php"))
    assert "Emdivi, botnet_cc" in name and "medium" in name and "2026-01-02" in name and "people visit" not in name
    assert "people visit" in url and "plausible" in url
    for address in ("192.0.2.9", "2001:db8::1"):
        assert lookup(tmp_path, address)["notes"][0]["type"] == "ip-port"


@pytest.mark.parametrize("name, document, listed", [
    ("certpl.json", [{"DomainAddress": "a.example", "InsertDate": "2026-01-02T00:00:00", "DeleteDate": None}], "www.a.example"),
    ("stix.json", {"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "indicator", "pattern": "[domain-name:value = 'a.example']", "pattern_type": "stix", "confidence": 90,
         "valid_from": "2026-01-02T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z", "name": "C2"},
        {"type": "indicator", "pattern": "[domain-name:value = 'old.example']", "valid_until": "2020-01-01T00:00:00Z"}]}, "a.example"),
    ("misp.json", {"Event": {"info": "an event", "Attribute": [
        {"type": "hostname", "value": "a.example", "to_ids": True, "comment": "C2"},
        {"type": "hostname", "value": "old.example", "to_ids": False}]}}, "a.example"),
])
def test_documents_in_json_are_read_whole_or_not_at_all(tmp_path, name, document, listed):
    compile_text(tmp_path, name, json.dumps(document, indent=2))
    assert lookup(tmp_path, listed)["listed"] and not lookup(tmp_path, "old.example")["listed"]
    feed = tmp_path / name
    feed.write_text(json.dumps(document, indent=2)[:-3])
    result = run([paths.SINKZONE, "compile", "-o", tmp_path / "db", feed], check=1)
    assert "is no whole JSON" in result.stderr and f"{name}:" in result.stderr
    assert lookup(tmp_path, listed)["listed"]


def test_addresses_that_very_many_names_share_are_named_and_left_out(tmp_path):
    lines = ["140.82.121.4", "1.1.1.1", "104.16.0.0/14", "2606:4700::1111", "151.101.1.69", "192.0.2.9", "184.105.192.2"]
    result = compile_text(tmp_path, "ips.txt", "\n".join(lines) + "\n")
    assert f"{tmp_path}/ips.txt:1: 140.82.121.4: of GitHub: " in result.stderr and "Cloudflare" in result.stderr
    assert "  refused 6: an address that very many unrelated names share\n" in result.stdout
    assert [line for line in lines if lookup(tmp_path, line)["listed"]] == ["192.0.2.9"]
    compile_text(tmp_path, "ips.txt", "140.82.121.4\n", "--action", "monitor")
    assert lookup(tmp_path, "140.82.121.4")["listed"]
    # Akamai's, but customers rent servers there.
    compile_text(tmp_path, "ips.txt", "172.232.20.1\n")
    assert lookup(tmp_path, "172.232.20.1")["listed"]
    compile_text(tmp_path, "ips.txt", "192.0.0.0/16\n198.0.0.0/8\n203.0.113.0/24\n", "--force")
    assert lookup(tmp_path, "203.0.113.1")["listed"] and not lookup(tmp_path, "198.51.100.1")["listed"]
