# SPDX-License-Identifier: BSD-3-Clause
"""The log of a sensor through rsyslog, RELP over TLS, as the shipped configuration has it."""

import json
import signal

import pytest
import yaml

from harness import paths
from harness.ask import ask
from harness.daemon import Daemon, run, wait_for
from harness.site import whole_lines

LISTED = "www.kaerunote.com"
COLLECTOR = "10.53.0.16"
RETRY = ('action.resumeInterval="10"', 'action.resumeInterval="1"')  # so that the test need not wait


def certificate(directory, name):
    """For one machine, by the test's own authority."""
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    if not (directory / "ca.pem").exists():
        run(["openssl", "req", "-x509", *ec, "-subj", "/CN=Test CA", "-keyout", directory / "ca.key", "-out",
             directory / "ca.pem"], check=0)
    run(["openssl", "req", *ec, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout",
         directory / f"{name}.key", "-out", directory / "request"], check=0)
    run(["openssl", "x509", "-req", "-in", directory / "request", "-CA", directory / "ca.pem", "-CAkey", directory / "ca.key",
         "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out", directory / f"{name}.pem"], check=0)


class Rsyslog:
    """One of the shipped files, with the names and places of the test."""

    def __init__(self, directory, name, shipped, *changes):
        self.directory, self.name, self.starts = directory / name, name, 0
        self.directory.mkdir()
        text = (paths.SOURCE / "deploy/rsyslog" / shipped).read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, str(new))
        self.messages = self.directory / "messages"
        (self.directory / "rsyslog.conf").write_text(
            f'global(maxMessageSize="128k" workDirectory="{self.directory}" processInternalMessages="on")\n{text}'
            f'action(type="omfile" file="{self.messages}")\n')
        self.start()

    def start(self):
        self.starts += 1
        self.daemon = Daemon(f"rsyslogd-{self.starts}", ["rsyslogd", "-n", "-f", self.directory / "rsyslog.conf", "-i",
                                                         self.directory / "pid"], self.directory)
        self.daemon.wait_ready(lambda: self.messages.exists() and self.messages.read_text().count("] start") >= self.starts)

    def stop(self):
        if self.daemon.running():
            self.daemon.signal(signal.SIGTERM)
            self.daemon.process.wait(30)


@pytest.fixture
def keys(tmp_path):
    directory = tmp_path / "tls"
    directory.mkdir()
    for name in ("collector.example.net", "ns2.example.net", "stranger.example.net"):
        certificate(directory, name)
    return directory


@pytest.fixture
def started():
    daemons = []
    yield daemons
    for daemon in daemons:
        daemon.stop()


def collector(tmp_path, keys):
    (tmp_path / "logs").mkdir()
    return Rsyslog(tmp_path, "collector", "collector.conf",
                   ("/etc/rsyslog-tls/collector.pem", keys / "collector.example.net.pem"),
                   ("/etc/rsyslog-tls/collector.key", keys / "collector.example.net.key"),
                   ("/etc/rsyslog-tls/ca.pem", keys / "ca.pem"),
                   ("/var/log/unbound-sinkhole/ns2/dns.jsonl", tmp_path / "logs/dns.jsonl"))


def sender(tmp_path, keys, log, name="ns2.example.net"):
    return Rsyslog(tmp_path, f"of-{name}", "sensor.conf",
                   ("/etc/rsyslog-tls/ns2.pem", keys / f"{name}.pem"), ("/etc/rsyslog-tls/ns2.key", keys / f"{name}.key"),
                   ("/etc/rsyslog-tls/ca.pem", keys / "ca.pem"), ("/var/log/unbound-sinkhole/dns/dns.jsonl", log),
                   ('target="collector.example.net"', f'target="{COLLECTOR}"'), RETRY)


def rows(site, path):
    """The table from this log alone."""
    settings = {**site.settings, "store": {"path": str(path.with_suffix(".store")),
                                           "logs": [{"path": str(path), "writer": "dns"}]}}
    target = path.with_suffix(".yaml")
    target.write_text(yaml.safe_dump(settings))
    return json.loads(run([paths.SINKCTL, "hosts", "--json", "-c", target], check=0).stdout)["hosts"]


def test_lines_arrive_as_they_were_written_also_after_a_break(sensor, tmp_path, keys, started):
    received = tmp_path / "logs/dns.jsonl"
    here = collector(tmp_path, keys)
    started.append(here)
    ask(LISTED, source=paths.client(980))
    sensor.await_dns(source=paths.client(980))
    started.append(sender(tmp_path, keys, sensor.dns_log))
    wait_for(lambda: received.exists() and received.read_bytes() == sensor.dns_log.read_bytes(), "all lines", 30)

    here.stop()
    for number in range(981, 986):
        ask(LISTED, source=paths.client(number))
        sensor.await_dns(source=paths.client(number))
    here.start()
    wait_for(lambda: set(whole_lines(sensor.dns_log)) == set(whole_lines(received)), "what was written meanwhile", 40)
    ours = tmp_path / "own.jsonl"
    ours.write_bytes(sensor.dns_log.read_bytes())
    assert {row["host"] for row in rows(sensor, received)} == {row["host"] for row in rows(sensor, ours)} >= {
        paths.client(number) for number in range(980, 986)}


def test_another_machine_is_refused(sensor, tmp_path, keys, started):
    here = collector(tmp_path, keys)
    log = tmp_path / "forged.jsonl"
    log.write_bytes(sensor.dns_log.read_bytes())
    started += [here, sender(tmp_path, keys, log, "stranger.example.net")]
    wait_for(lambda: "stranger.example.net" in here.messages.read_text(), "the refusal", 30)
    assert not (tmp_path / "logs/dns.jsonl").exists()
