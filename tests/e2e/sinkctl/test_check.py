# SPDX-License-Identifier: BSD-3-Clause
"""sinkctl check answers as monitoring plugins do: exit status, one line with measured values, then the findings."""

import contextlib
import copy
import json
import re
import signal
import socket
import threading

import pytest
import yaml

from harness import paths
from harness.daemon import run, wait_for
from harness.site import Site

STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
CANARY = "canary.example.jp"
RANGE = r"(?:\d+:?)?"
VALUE = re.compile(rf"(?P<label>[A-Za-z0-9._-]+)=(?P<value>\d+)(?P<unit>s|B|c)(?:;(?P<warning>{RANGE});(?P<critical>{RANGE}))?")


@pytest.fixture(scope="module")
def healthy(authority, tmp_path_factory):
    """As long as no test breaks it; that is the last one's part."""
    site = Site(tmp_path_factory.mktemp("healthy"), authority)
    site.settings["observer"] = "ns 1|x=2"  # nothing of it may be taken for a measured value
    site.settings["module"]["canary"] = CANARY
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    wait_for(lambda: check(site)[0] == "OK", "both sensors to look")
    yield site
    site.stop()


def answer(words, status=None):
    result = run([paths.SINKCTL, "check", *words], check=status)
    assert result.stdout.count("|") <= 1
    first, *findings = result.stdout.splitlines()
    match = re.fullmatch(r"SINKHOLE ([A-Z]+) - ([^|]+?)(?: \|((?: \S+)+))?", first)
    assert match and STATES.index(match[1]) == result.returncode, (first, result.returncode)
    assert all(re.match(r"\[(OK|WARNING|CRITICAL|UNKNOWN)\] ", line) for line in findings), findings
    values = {}
    for text in (match[3] or "").split():
        value = VALUE.fullmatch(text)
        assert value, text
        values[value["label"]] = value
    return match[1], match[2], values, findings


def check(site, *words):
    """State, sentence, measured values by label, and the lines of all findings."""
    return answer(["-c", site.path, *words])


def test_all_is_well(healthy):
    state, sentence, values, findings = check(healthy)
    assert state == "OK" and re.search(r"mode enforce, list \d+$", sentence)
    assert len(findings) == 3 and any(line.startswith("[OK] 2 sensors, oldest list ") for line in findings)
    assert set(values) == {f"ns_1_x_2_{writer}_{name}" for writer in ("dns", "contacts")
                           for name in ("silence", "list_age", "events", "lost", "disk_free")}
    disk = values["ns_1_x_2_dns_disk_free"]
    assert int(disk["value"]) > 1 << 30 and disk["unit"] == "B"
    assert (disk["warning"], disk["critical"]) == (f"{1 << 30}:", f"{256 << 20}:"), "bad is what is less"
    assert values["ns_1_x_2_contacts_list_age"].groups()[2:] == ("s", str(7 * 86400), str(30 * 86400))
    assert check(healthy, "--no-store")[0] == "OK"


@pytest.mark.parametrize("words, state, finding", [
    (("--disk-free", "900T,"), "WARNING", r"\d+ MB are left for the log of ns 1/x=2/(dns|contacts)"),
    (("--disk-free", ",900T"), "CRITICAL", r"\d+ MB are left"),
    (("--disk-free", "900T,900T"), "CRITICAL", r"\d+ MB are left"),
    (("--list-age", "0,30d"), "WARNING", r"list \d+ of .* is .* old"),
    (("--list-age", "7d,0m"), "CRITICAL", r"list \d+ of .* is .* old"),
    (("--silence", "0,"), "WARNING", r".* is silent since \d\d:\d\d:\d\d"),
    (("--silence", ",0"), "CRITICAL", r".* is silent since"),
])
def test_a_threshold_that_is_crossed(healthy, words, state, finding):
    wait_for(lambda: check(healthy, *words)[0] == state, f"{words} to be {state}")
    _, sentence, _, findings = check(healthy, *words)
    assert re.match(finding, sentence)
    assert findings[0].startswith(f"[{state}] ") and "[OK]" in findings[-1]


def test_the_canary_is_asked_for_and_its_address_called(healthy, plain):
    walk = ("--resolver", paths.RESOLVER, "--connect", "80")
    state, _, _, findings = check(healthy, *walk)
    assert state == "OK" and f"[OK] {CANARY} is sinkholed, and the call at its address is recorded" in findings
    assert healthy.await_dns(name=CANARY)[0]["sinkhole"]["drill"] is True
    assert healthy.await_contacts(source="10.10.200.1")[0]["destination"]["ip"] == "198.51.100.1"
    hosts = json.loads(healthy.sinkctl("hosts", "--json"))["hosts"]
    assert hosts and {row["call"] for row in hosts} == {"DRILL"}

    for port, words in (("53", (paths.PLAIN,)), ("80", (f"{paths.PLAIN}:53",)), ("80", ("10.53.0.77",))):
        state, sentence, _, _ = check(healthy, "--resolver", *words, "--connect", port)
        assert state == "CRITICAL" and sentence.startswith("canary: the resolver ")
    assert "gives no answer" in sentence
    state, sentence, _, _ = check(healthy, "--resolver", f"[{paths.RESOLVER6}]:53", "--connect", "81")
    assert state == "CRITICAL" and re.search(r"the sinkhole 198\.51\.100\.1 port 81 cannot be reached", sentence)


@contextlib.contextmanager
def listener(answer):
    """Takes connections at the canary's address, reads a request, sends the answer and closes."""
    with socket.create_server(("198.51.100.1", 81)) as server:
        def serve():
            with contextlib.suppress(OSError):  # the end of the test
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(4096)
                        connection.sendall(answer)
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)


def said_by_the_sinkhole():
    with socket.create_connection(("198.51.100.1", 80), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return connection.recv(100)


def other_settings(healthy, name, change):
    """The path of a copy of the settings with a change, for sinkctl alone."""
    settings = copy.deepcopy(healthy.settings)
    change(settings)
    path = healthy.directory / name
    path.write_text(yaml.safe_dump(settings, sort_keys=False))
    return path


@pytest.mark.parametrize("answer_of_it, does", [(b"", "closes the connection"), (b"HTTP/1.1 200 OK\r\n\r\n", "answers")])
def test_what_only_listens_is_no_sinkhole(healthy, answer_of_it, does):
    walk = ("--resolver", paths.RESOLVER, "--connect", "81")
    with listener(answer_of_it):
        state, sentence, _, _ = check(healthy, *walk)
        assert (state, sentence) == (
            "CRITICAL", f"canary: what listens at 198.51.100.1 port 81 {does}, and the call is in no log of contacts")

        # Of a sinkhole whose log comes later nothing but an answer is known.
        late = other_settings(healthy, "late.yaml", lambda settings: settings["store"].update(logs=[
            {"path": str(healthy.dns_log), "writer": "dns"},
            {"path": str(healthy.contact_log), "writer": "contacts", "delay": 300}]))
        state, sentence, _, findings = answer(["-c", late, *walk])
    if answer_of_it:
        assert state == "OK" and any("whether it records calls only its own log shows" in line for line in findings)
    else:
        assert state == "CRITICAL" and "closes the connection, and whether it records calls only its own log" in sentence


def test_a_sinkhole_that_answers_nothing_sees_the_call(healthy):
    settings = healthy.path.read_text()
    try:
        healthy.settings["sinkhole"]["beacon-status"] = "close"
        healthy.write()
        healthy.daemons[1].signal(signal.SIGHUP)
        wait_for(lambda: not said_by_the_sinkhole(), "no answer")
        state, _, _, findings = check(healthy, "--resolver", paths.RESOLVER, "--connect", "80")
        assert state == "OK" and f"[OK] {CANARY} is sinkholed, and the call at its address is recorded" in findings
    finally:
        healthy.settings["sinkhole"].pop("beacon-status")
        healthy.write(settings)
        healthy.daemons[1].signal(signal.SIGHUP)


@pytest.mark.parametrize("words, sentence", [
    (("-c", "/nonexistent"), "/nonexistent: cannot open it"),
    (("--list-age", "7d"), '"7d" is no pair of thresholds WARNING,CRITICAL, such as 7d,30d'),
    (("--disk-free", "1X,"), '"1X," is no pair of thresholds'),
    (("--lost", "1s,"), '"1s," is no pair of thresholds'),
    (("--resolver", "localhost"), '--resolver: "localhost" is no IP address with or without port'),
    (("--resolver", "[::1"), '--resolver: "[::1" is no IP address'),
    (("--connect", "80"), "--connect needs --resolver"),
    (("--since", "2h"), "wrong usage"), (("--bogus",), "wrong usage"), (("x",), "wrong usage"),
])
def test_what_cannot_be_found_out_is_unknown(healthy, words, sentence):
    given = () if "-c" in words else ("-c", healthy.path)
    state, said, values, _ = answer([*given, *words])
    assert state == "UNKNOWN" and said.startswith(sentence) and not values


def test_a_canary_that_the_settings_do_not_have_is_unknown(site):
    state, sentence, _, _ = check(site, "--resolver", paths.RESOLVER)
    assert state == "UNKNOWN" and sentence.endswith("--resolver needs module: canary")
    state, sentence, _, _ = check(site)
    assert state == "CRITICAL" and "has written nothing to" in sentence


def test_what_is_broken_is_named(healthy):
    cut = healthy.directory / "cut.db"
    cut.write_bytes(healthy.database.read_bytes()[:1000])
    cut.rename(healthy.database)
    wait_for(lambda: "keeps list" in check(healthy)[1], "the refusal")
    assert check(healthy)[0] == "WARNING" and str(healthy.database) in check(healthy)[1]
    (healthy.dns_log.parent / "dns.jsonl.1.xz").write_bytes(b"\xfd7zXZ")
    state, sentence, _, findings = check(healthy)
    assert state == "WARNING" and re.search(r"\(and \d more\)$", sentence)
    assert any(line.startswith("[WARNING] not read: ") and "dns.jsonl.1.xz" in line for line in findings)
    healthy.daemons[1].stop()
    wait_for(lambda: check(healthy)[0] == "CRITICAL", "the end of the sinkhole")
    assert re.match(r"ns 1/x=2/contacts was stopped, ", check(healthy)[1])
