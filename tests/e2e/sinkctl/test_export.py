# SPDX-License-Identifier: BSD-3-Clause
"""sinkctl export: each form as its standard describes it, also with hostile names in it."""

import csv
import io
import json
import re
import socket
import subprocess
import uuid

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, curl, emdivi, hello_tls
from harness.daemon import Daemon, listening, run, wait_for
from harness.site import at_least, whole_lines

C2 = "http://www.toko-ton.com/koushi/detail/index.php"
HOST, ASKED, OTHER = paths.client(590), paths.client(591), paths.client(592)
PROXY, WRONG, CLEANED, TAKEN = paths.client(593), paths.client(594), paths.client(595), paths.client(596)
NAMED = "10.20.3.14"
NAME = 'x"]|=\\pc'  # what a DHCP client may call itself
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


@pytest.fixture(scope="module")
def story(sensor):
    (sensor.directory / "hosts").write_text(f"{HOST} {NAME}\n")
    sensor.settings["store"]["host-names"] = str(sensor.directory / "hosts")
    sensor.settings["sinkhole"]["organisation"] = "Example Inc."
    sensor.settings["roles"] = [{"networks": [PROXY + "/32"], "role": "proxy"}]
    sensor.write()
    sink = addresses(ask("www.toko-ton.com", source=HOST))[0]
    ask("www.kaerunote.com", source=ASKED)
    beacon(C2, sink, HOST, emdivi([("id", "HOST01"), ("x", PROFILE)]))
    curl("http://www.toko-ton.com/a?b=1", sink, OTHER, headers=["User-Agent: =cmd|'/C calc'!A1"])
    hello_tls(sink, OTHER, "www.toko-ton.com")
    for host in (PROXY, WRONG, CLEANED, TAKEN):
        beacon(C2, sink, host, emdivi([("id", "HOST02"), ("x", PROFILE)]))
    beacon(C2, sink, PROXY, emdivi([("id", "HOST03"), ("x", PROFILE)]), headers=[f"X-Forwarded-For: {NAMED}"])
    for host in (HOST, WRONG, CLEANED, TAKEN):
        sensor.await_contacts(source=host)
    sensor.await_contacts(2, source=PROXY)
    sensor.await_contacts(2, source=OTHER)
    sensor.await_dns(source=ASKED)
    for host, state in ((WRONG, "false-alarm"), (CLEANED, "cleaned"), (TAKEN, "acknowledged")):
        sensor.sinkctl("mark", host, state)
    return sensor


def export(story, form, *words):
    """As octets: line ends count."""
    return subprocess.run([paths.SINKCTL, "export", "-c", story.path, "--format", form, *words],
                          check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def stix(story):
    return json.loads(export(story, "stix"))


def by_type(stix, kind):
    return [o for o in stix["objects"] if o["type"] == kind]


def test_stix_objects_have_what_the_standard_requires(stix):
    required = {
        "identity": {"name", "identity_class"}, "indicator": {"pattern", "pattern_type", "valid_from", "indicator_types"},
        "malware": {"is_family"}, "relationship": {"relationship_type", "source_ref", "target_ref"},
        "sighting": {"sighting_of_ref", "where_sighted_refs", "first_seen", "last_seen", "count"},
    }
    assert stix["type"] == "bundle" and re.fullmatch(r"bundle--[0-9a-f-]{36}", stix["id"])
    for thing in stix["objects"]:
        assert {"type", "spec_version", "id", "created", "modified", *required[thing["type"]]} <= thing.keys(), thing
        kind, _, number = thing["id"].partition("--")
        assert kind == thing["type"] and uuid.UUID(number).version == 5 and thing["spec_version"] == "2.1"
        assert thing["created"] <= thing["modified"]
        for key, value in thing.items():
            if key in ("created", "modified", "valid_from", "valid_until", "first_seen", "last_seen"):
                assert TIME.match(value), (key, value)
    assert len({o["id"] for o in stix["objects"]}) == len(stix["objects"])


def test_each_stix_sighting_has_its_indicator_and_one_place_in_the_bundle(stix):
    ids = {o["id"]: o for o in stix["objects"]}
    sightings = by_type(stix, "sighting")
    assert sightings
    for thing in stix["objects"]:
        for key, value in thing.items():
            for ref in [value] if key.endswith("_ref") else value if key.endswith("_refs") else []:
                assert ref in ids, (key, ref)
    for sighting in sightings:
        assert ids[sighting["sighting_of_ref"]]["pattern_type"] == "stix"
        assert len(sighting["where_sighted_refs"]) == 1 and "observed_data_refs" not in sighting
        assert ids[sighting["where_sighted_refs"][0]]["name"] == "Example Inc."
        assert sighting["first_seen"] <= sighting["last_seen"] and sighting["count"] >= 1
    patterns = {i["pattern"] for i in by_type(stix, "indicator")}
    assert "[domain-name:value = 'www.kaerunote.com']" in patterns or "[domain-name:value = 'kaerunote.com']" in patterns
    assert "[url:value = 'http://www.toko-ton.com/koushi/detail/index.php']" in patterns
    assert [m["name"] for m in by_type(stix, "malware")] == ["emdivi"]


def test_what_is_shared_says_nothing_of_the_hosts(story):
    for form in ("stix", "misp"):
        text = export(story, form).decode()
        assert "10.10." not in text and "pc" not in re.findall(r"\bpc\b", text)


def test_stix_ids_are_the_same_in_the_next_export(story, stix):
    again = json.loads(export(story, "stix"))
    assert [o["id"] for o in again["objects"]] == [o["id"] for o in stix["objects"]]


def test_misp_sightings_can_be_sent_as_they_are(story):
    sightings = json.loads(export(story, "misp"))
    assert sightings
    for sighting in sightings:
        assert uuid.UUID(sighting["uuid"]) and sighting["type"] == "0" and int(sighting["timestamp"]) > 1.7e9
        assert len(sighting["values"]) == 1 and sighting["source"] == "Example Inc."
    assert "http://www.toko-ton.com/koushi/detail/index.php" in [s["values"][0] for s in sightings]


def test_ocsf_findings_have_what_the_class_requires(story):
    findings = {f["evidences"][0]["src_endpoint"]["ip"]: f for f in map(json.loads, export(story, "ocsf").splitlines())}
    for finding in findings.values():
        assert {"activity_id", "category_uid", "class_uid", "type_uid", "time", "severity_id", "metadata",
                "finding_info"} <= finding.keys()
        assert finding["type_uid"] == finding["class_uid"] * 100 + finding["activity_id"] == 200401
        assert finding["finding_info"].keys() >= {"uid", "title"} and finding["metadata"]["product"]["vendor_name"]
        assert finding["unmapped"]["real"] is None
    assert findings[HOST]["severity_id"] == 5 and findings[ASKED]["severity_id"] == 3
    assert findings[HOST]["evidences"][0]["src_endpoint"]["hostname"] == NAME
    assert findings[PROXY]["finding_info"]["title"] == "RELAY (behind): emdivi"
    assert (findings[PROXY]["severity_id"], findings[PROXY]["confidence_id"]) == (5, 3)
    assert findings[PROXY]["unmapped"]["behind"]["call"] == "INFECTED" and findings[PROXY]["unmapped"]["names"] == [NAMED]
    assert not {"behind", "names"} & findings[HOST]["unmapped"].keys()
    assert [findings[h]["status"] for h in (HOST, WRONG, CLEANED, TAKEN)] == ["New", "Suppressed", "Resolved", "In Progress"]


def cef_fields(text):
    """Head and extension as a reader of the format takes them apart."""
    head = re.split(r"(?<!\\)\|", text, maxsplit=7)
    pairs = re.findall(r"(?:^| )(\w+)=((?:\\.|[^\\=])*?)(?= \w+=|$)", head[7])
    return head[:7], {k: re.sub(r"\\(.)", r"\1", v) for k, v in pairs}


def cef_rows(story):
    fields = {}
    for line in export(story, "cef").decode().splitlines():
        head, pairs = cef_fields(line)
        assert head[0] == "CEF:0" and len(head) == 7 and head[6].isdigit(), line
        fields[pairs["src"]] = (head, pairs)
    return fields


def test_cef_lines_are_taken_apart_as_they_were_put_together(story):
    fields = cef_rows(story)
    assert fields[HOST][0][6] == "10" and fields[ASKED][0][6] == "5"
    pairs = fields[HOST][1]
    assert pairs["shost"] == NAME and pairs["cs1Label"] == "campaign" and pairs["cs1"] == "emdivi"
    assert pairs["cn1"] == "1" and pairs["cn2"] == "1" and "cn3" not in pairs
    assert int(pairs["start"]) <= int(pairs["end"])


SYSLOG = re.compile(r'^<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) '
                    r'\[([^\s=\]"]{1,32})((?: [^\s=\]"]{1,32}="(?:\\["\\\]]|[^"\\\]])*")*)\] (.*)$')


def test_an_infected_machine_behind_a_proxy_has_its_severity_in_cef(story):
    head, pairs = cef_rows(story)[PROXY]
    assert head[6] == "10" and pairs["cat"] == "RELAY"
    assert (pairs["cs4Label"], pairs["cs4"]) == ("behind", "INFECTED (beacon)")
    assert (pairs["cs5Label"], pairs["cs5"]) == ("names", NAMED)
    assert not {"cs4", "cs5"} & cef_rows(story)[HOST][1].keys()


def test_a_settled_case_has_the_lowest_severity_in_cef(story):
    rows = cef_rows(story)
    assert {(rows[h][0][6], rows[h][1]["cs2Label"], rows[h][1]["cs2"]) for h in (HOST, WRONG, CLEANED, TAKEN)} == {
        ("10", "case", "open"), ("0", "case", "false-alarm"), ("0", "case", "cleaned"), ("10", "case", "acknowledged")}


def syslog_rows(story):
    rows = {}
    for line in export(story, "syslog").decode().splitlines():
        found = SYSLOG.match(line)
        assert found and 0 <= int(found[1]) <= 191 and TIME.match(found[2]) and "@" in found[7], line
        params = dict(re.findall(r' ([^\s=]+)="((?:\\.|[^"\\])*)"', found[8]))
        rows[params["host"]] = (int(found[1]), {k: re.sub(r"\\(.)", r"\1", v) for k, v in params.items()})
    return rows


def test_syslog_lines_are_those_of_rfc_5424(story):
    rows = syslog_rows(story)
    assert rows[HOST][0] == 16 * 8 + 2 and rows[HOST][1]["call"] == "INFECTED" and rows[HOST][1]["name"] == NAME


RSYSLOG = """module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="6514")
template(name="t" type="string" string="%pri% %timestamp:::date-rfc3339% %app-name% %msgid% %structured-data%\\n")
action(type="omfile" file="{file}" template="t" asyncWriting="off")
"""


def test_rsyslog_takes_the_lines_apart_as_they_were_put_together(story, tmp_path):
    taken = tmp_path / "taken"
    (tmp_path / "rsyslog.conf").write_text(RSYSLOG.format(file=taken))
    daemon = Daemon("rsyslogd", ["rsyslogd", "-n", "-f", tmp_path / "rsyslog.conf", "-i", tmp_path / "pid"], tmp_path)
    try:
        daemon.wait_ready(lambda: listening(6514))
        lines = export(story, "syslog")
        with socket.create_connection(("127.0.0.1", 6514)) as to:
            to.sendall(lines)
        shown = wait_for(lambda: at_least(lines.count(b"\n"), whole_lines(taken)), "rsyslogd to write all lines")
    finally:
        daemon.stop()
    priority, _, program, kind, *params = next(line for line in shown if f'host="{HOST}"' in line).split(" ", 4)
    assert (priority, program, kind) == (str(16 * 8 + 2), "sinkctl", "row")
    assert params[0].startswith('[sinkhole@32473 call="INFECTED"') and 'name="x\\"\\]|=\\\\pc"' in params[0]


def test_an_infected_machine_behind_a_proxy_has_its_severity_in_syslog(story):
    priority, params = syslog_rows(story)[PROXY]
    assert priority == 16 * 8 + 2 and params["call"] == "RELAY"
    assert params["behind"] == "INFECTED (beacon)" and params["names"] == NAMED
    assert not {"behind", "names"} & syslog_rows(story)[HOST][1].keys()


def test_a_settled_case_has_the_lowest_severity_in_syslog(story):
    rows = syslog_rows(story)
    assert [(rows[h][0] % 8, rows[h][1]["case"]) for h in (HOST, WRONG, CLEANED, TAKEN)] == [
        (2, "open"), (6, "false-alarm"), (6, "cleaned"), (2, "acknowledged")]


def test_shadowserver_reports_have_its_columns(story):
    text = export(story, "shadowserver-http").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows[0]) == 39 and list(rows[0])[:4] == ["timestamp", "protocol", "src_ip", "src_port"]
    by_host = {row["src_ip"]: row for row in rows}
    seen = by_host[HOST]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", seen["timestamp"]) and int(seen["src_port"]) > 0
    assert (seen["dst_port"], seen["infection"], seen["family"], seen["application"]) == ("80", "emdivi", "Emdivi", "http")
    assert seen["http_url"] == "/koushi/detail/index.php" and seen["http_host"] == "www.toko-ton.com"
    assert seen["version"].startswith("t20.09") and "decoded" in seen["tag"].split(";")
    assert by_host[OTHER]["http_url"] == "/a?b=1" and by_host[OTHER]["http_agent"].startswith("'=cmd")
    other = list(csv.DictReader(io.StringIO(export(story, "shadowserver").decode(), newline="")))
    assert [row["ssl_servername"] for row in other if row["src_ip"] == OTHER] == ["www.toko-ton.com"]


def test_shadowserver_grades_contacts_by_the_call_and_the_case(story):
    """Whoever reads severity alone must not take a person or a false alarm for an infected host."""
    def severities(*words):
        rows = csv.DictReader(io.StringIO(export(story, "shadowserver-http", *words).decode(), newline=""))
        return {row["src_ip"]: row["severity"] for row in rows}

    found = severities()
    assert [found[host] for host in (HOST, TAKEN, PROXY, WRONG, CLEANED)] == ["critical"] * 3 + ["info"] * 2
    assert found[OTHER] != "critical"
    assert severities("--call", "infected", "--open").keys() == {HOST}
    assert not severities("--campaign", "nonesuch")


def test_filters_and_windows_are_those_of_hosts(story):
    assert {json.loads(line)["evidences"][0]["src_endpoint"]["ip"]
            for line in export(story, "ocsf", "--call", "infected").splitlines()} == {HOST, WRONG, CLEANED, TAKEN}
    assert export(story, "cef", "--campaign", "nonesuch") == b""
    assert json.loads(export(story, "misp", "--until", "2020-01-01")) == []


@pytest.mark.parametrize("form", ["stix", "misp"])
def test_what_chooses_hosts_is_refused_where_there_are_none(story, form):
    for word in (["--open"], ["--call", "infected"]):
        result = run([paths.SINKCTL, "export", "-c", story.path, "--format", form, *word], check=1)
        assert f"--call and --open choose hosts, and {form} has none" in result.stderr and not result.stdout


@pytest.mark.parametrize("words", [[], ["--format", "nonsense"]])
def test_an_unknown_format_is_refused_with_all_there_are(words):
    result = run([paths.SINKCTL, "export", *words, "-c", "/nonexistent"], check=2)
    assert "stix, misp, ocsf, cef, syslog, shadowserver" in result.stderr
