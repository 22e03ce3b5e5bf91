# SPDX-License-Identifier: BSD-3-Clause
"""/metrics and /health on loopback."""

import re
import shutil
import socket

import pytest

from harness import losses, paths
from harness.clients import curl as call_sinkhole
from harness.daemon import run, wait_for

SINK = paths.POOL4.split("/")[0].rsplit(".", 1)[0] + ".9"
SAMPLE = re.compile(r'^(?P<name>[a-z_]+)(?:\{(?P<labels>[a-z_]+="[^"\\\n]*")\})? (?P<value>\d+)$')


@pytest.fixture(params=["127.0.0.1:9153", "[::1]:9153"])
def watched(site, request):
    site.settings["sinkhole"]["metrics"] = request.param
    site.write().compile()
    site.sinkhole()
    site.url = f"http://{request.param}"
    return site


def get(url, *words):
    """Status and body."""
    result = run(["curl", "-sg", "-m", "5", "-w", "\n%{http_code}", *words, url])
    body, _, status = result.stdout.rpartition("\n")
    return int(status), body


def metrics(site):
    """The samples, after a strict look at the format: help and type once before each, counters named so. Samples that
    differ by a label stand for their sum, and each under its label's value."""
    status, text = get(site.url + "/metrics")
    assert status == 200
    found, kind, name = {}, None, None
    for line in text.rstrip("\n").split("\n"):
        if line.startswith("# HELP "):
            name = line.split()[2]
            assert name.startswith("unbound_sinkhole_") and name not in found
            assert re.match(rf"# HELP {name} [A-Z0-9].*\.$", line), line
            kind = "counter" if name.endswith("_total") else "gauge"
        elif line.startswith("# TYPE "):
            assert line == f"# TYPE {name} {kind}"
        else:
            match = SAMPLE.match(line)
            assert match and match["name"] == name, line
            short = name.removeprefix("unbound_sinkhole_")
            found[short] = found.get(short, 0) + int(match["value"])
            if match["labels"]:
                found[match["labels"]] = int(match["value"])
    return found


def test_contacts_and_connections_are_counted(watched):
    before = metrics(watched)
    assert before["build_info"] == 1 and before["list_loaded"] == 1 and before["list_rules"] > 0
    for _ in range(3):
        assert call_sinkhole("http://www.sekisan.biz/x", SINK, paths.client(870)) == (200, "")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((paths.client(870), 0))
        for _ in range(2):
            sender.sendto(b"x", (SINK, 123))
    held = socket.create_connection((SINK, 8080), timeout=5, source_address=(paths.client(871), 0))
    watched.await_contacts(5)
    wait_for(lambda: metrics(watched)["log_events_total"] - before["log_events_total"] >= 5, "the log's count")
    after = metrics(watched)
    grown = {name: after[name] - before[name] for name in after}
    assert grown["connections_total"] == 4 and after["connections_open"] == 1
    assert grown["datagrams_total"] == 2 and grown["events_total"] == 5
    assert after["log_lost_total"] == after["folded_total"] == after["kernel_datagrams_dropped_total"] == 0
    assert after["log_bytes_total"] > 5 * 300
    held.close()


def test_datagrams_that_the_kernel_drops(watched):
    """The daemon stands still: what its socket has no room for is counted all the same."""
    import signal

    daemon = watched.daemons[0]
    daemon.signal(signal.SIGSTOP)
    sent = 2000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((paths.client(872), 0))
        for _ in range(sent):
            sender.sendto(bytes(1000), (SINK, 123))
    daemon.signal(signal.SIGCONT)
    wait_for(lambda: metrics(watched)["datagrams_total"] + metrics(watched)["kernel_datagrams_dropped_total"] == sent,
             "each datagram in one of the counts")
    assert metrics(watched)["kernel_datagrams_dropped_total"] > 0


def test_health_says_what_is_wrong_and_recovers(watched):
    assert get(watched.url + "/health") == (200, "ok\n")
    good = watched.database.read_bytes()
    watched.database.write_bytes(good[:-1])
    wait_for(lambda: get(watched.url + "/health") == (503, "the newest list was refused\n"), "the refusal")
    assert metrics(watched)["list_refused"] == 1 and metrics(watched)["list_loaded"] == 1
    watched.compile("--force", paths.EMDIVI_FEED)
    wait_for(lambda: get(watched.url + "/health")[0] == 200, "the good list")
    shutil.rmtree(watched.contact_log.parent)
    wait_for(lambda: get(watched.url + "/health") == (503, "the event log cannot be written\n"), "the log's trouble")
    assert metrics(watched)["log_failing"] == 1


def test_a_disk_that_is_nearly_full(site):
    site.settings["sinkhole"]["metrics"] = "127.0.0.1:9153"
    site.url = "http://127.0.0.1:9153"
    site.write().compile()
    with losses.nearly_full(site, site.contact_log.parent):
        daemon = site.sinkhole()
        wait_for(lambda: get(site.url + "/health") == (503, "the disk of the event log is nearly full\n"), "the warning")
        assert "contacts.jsonl: the disk has only 0 MiB left" in daemon.log()
        assert 0 < metrics(site)["log_disk_free_bytes"] <= 64 << 10
        wait_for(lambda: any("disk_free" in s["sinkhole"] for s in site.states(site.contact_log)), "the state line")


def test_health_says_that_there_is_no_list(site):
    site.settings["sinkhole"]["metrics"] = "127.0.0.1:9153"
    site.write().sinkhole()
    assert get("http://127.0.0.1:9153/health") == (503, "there is no list\n")


@pytest.mark.parametrize("words, path, status", [
    ((), "/", 404), ((), "/metrics/../etc/passwd", 404), (("-X", "POST", "-d", ""), "/metrics", 501),
    (("-X", "DELETE"), "/metrics", 501), (("-H", "A: " + "x" * 10000), "/metrics", 400),
])
def test_nothing_else_is_answered(watched, words, path, status):
    assert get(watched.url + path, "--path-as-is", *words)[0] == status
    assert get(watched.url + "/health")[0] == 200


@pytest.mark.parametrize("value, complaint", [
    ("10.53.0.1:9153", "is no loopback address"), ("0.0.0.0:9153", "is no loopback address"), ("127.0.0.1", "address and a port"),
    ("127.0.0.1:0", "address and a port"), ("127.0.0.1:70000", "address and a port"), ("localhost:9153", "is no address"),
])
def test_metrics_outside_of_loopback_are_refused(site, value, complaint):
    site.settings["sinkhole"]["metrics"] = value
    site.write().compile()
    result = run([paths.SINKHOLED, "-c", site.path, "--check-config"], check=1)
    assert complaint in result.stderr and f"{site.path}:" in result.stderr
