# SPDX-License-Identifier: BSD-3-Clause
"""Part exchange: many sensors' machines send to one PostgreSQL, killed at random, and one machine answers for all.

Each simulated sensor has logs that grow by 1,000 events a second, a store of its own, and sinkctl ingest again and again,
which is killed in one of ten runs; PostgreSQL itself is killed once. The machine that asks brings the news meanwhile. In
the end its table must be that of one store that read all logs. All of it, the sensors too, runs on this machine.
"""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from rig import BUILD, SOURCE, Missing, pinned, program, show

sys.path.insert(0, str(SOURCE / "tests/e2e"))
os.environ.setdefault("USH_BUILD", str(BUILD))
from harness.postgres import Postgres  # noqa: E402

SINKCTL = BUILD / "sinkhole/sinkctl"
RATE = 1000  # events a second of one sensor
HOSTS = 200  # that a sensor sees; 111 of them are its own, all sensors see the others
EVERY = 30  # seconds of its log between two runs of sinkctl ingest of one sensor
KILLED = 0.1  # of the runs
LOGS = ("dns", "contacts")


def settings(directory, more):
    return (f"module:\n  event-log: {directory}/dns.jsonl\n  sinkhole-addresses: [\"198.51.100.0/24\"]\n"
            f"sinkhole:\n  event-log: {directory}/contacts.jsonl\n  listen:\n    - {{address: 198.51.100.0/24, tcp: [80]}}\n"
            f"store:\n  path: {directory}/store.db\n{more}")


class Base:
    """The lines of one sensor, by second; another one's differ in its name, its hosts and the ids of its events."""

    def __init__(self, directory, seconds):
        directory.mkdir()
        subprocess.run([program("events"), directory, str(seconds * RATE), str(HOSTS), "0"], check=True)
        self.lines = {name: [line for line in (directory / f"{name}.jsonl").read_bytes().splitlines(True)] for name in LOGS}
        self.seconds = seconds

    def second(self, name, which, number):
        lines = self.lines[name]
        chunk = b"".join(lines[len(lines) * which // self.seconds:len(lines) * (which + 1) // self.seconds])
        own = b'"ip":"10.%d.%d.1' % (100 + number // 100, number % 100)
        return (chunk.replace(b',"id":"', b',"id":"%02d' % number).replace(b'"name":"ns1.', b'"name":"ns%d.' % number)
                .replace(b'"name":"sink1.', b'"name":"sink%d.' % number).replace(b'"ip":"10.20.0.1', own))


class Sensor:
    def __init__(self, directory, number, postgres):
        self.number, self.directory = number, directory / f"sensor-{number}"
        self.directory.mkdir()
        self.files = {name: open(self.directory / f"{name}.jsonl", "ab", buffering=0) for name in LOGS}
        uri = postgres.role(f"sensor-{number}", "sinkhole_sensor")
        (self.directory / "sinkhole.yaml").write_text(settings(self.directory, f"  push-to: {uri}\n"))
        self.process, self.next, self.kills = None, number % EVERY, 0

    def write(self, base, second):
        for name in LOGS:
            self.files[name].write(base.second(name, second, self.number))

    def start(self, kill=True):
        self.process = subprocess.Popen([SINKCTL, "ingest", "-c", self.directory / "sinkhole.yaml"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=pinned(None))
        self.ends = time.monotonic() + random.random() if kill and random.random() < KILLED else None

    def step(self, second):
        """Starts it when it is time, and kills it if that is its lot."""
        if self.process and self.process.poll() is None:
            if self.ends and time.monotonic() > self.ends:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()
                self.kills += 1
        elif second >= self.next:
            self.next += EVERY
            self.start()

    def finish(self):
        for _ in range(20):
            if self.process:
                self.process.wait()
            self.start(kill=False)
            if self.process.wait() == 0:
                return
            time.sleep(0.5)
        raise Missing(f"sensor {self.number} could not send")


def hosts(path):
    """Seconds, and the rows of the table."""
    began = time.monotonic()
    result = subprocess.run([SINKCTL, "hosts", "--json", "-c", path], capture_output=True, preexec_fn=pinned(None))
    if result.returncode != 0:
        raise Missing(f"sinkctl hosts: {result.stderr[-300:]!r}")
    return time.monotonic() - began, json.loads(result.stdout)["hosts"]


def pull(path):
    """A question as a responder asks it: what is new is brought first."""
    began = time.monotonic()
    subprocess.run([SINKCTL, "status", "-c", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.monotonic() - began


def play(sensors, base, centre, postgres):
    """Writes the logs at their rate; returns the seconds that each question took, how late the last second was written, and
    the CPU time of the PostgreSQL that was killed."""
    asked, killed, began = [], 0, time.monotonic()
    for second in range(base.seconds):
        for sensor in sensors:
            sensor.write(base, second)
            for other in sensors[sensor.number % 10::10]:
                other.step(second)
        if second % 5 == 4:
            asked.append(pull(centre))
        if second == base.seconds // 2:
            killed = -cpu_of_ended()
            postgres.kill()
            killed += cpu_of_ended()
            postgres.start()
        while time.monotonic() < began + second + 1:
            for sensor in sensors:
                sensor.step(second)
            time.sleep(0.02)
    return asked, time.monotonic() - began - base.seconds, killed


def cpu_of_ended():
    """Seconds of CPU of programs that this one started and that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_of(daemon):
    """The same of a daemon and of what it started and that ended."""
    fields = Path(f"/proc/{daemon.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def measure(rig):
    count, seconds = rig.choose((100, 60), (5, 60))
    directory = rig.directory / "exchange"
    directory.mkdir()
    random.seed(11)
    os.sched_setaffinity(0, range(os.cpu_count()))
    base = Base(directory / "base", seconds)
    postgres = Postgres(fsync="on", shared_buffers="512MB", max_wal_size="4GB")
    try:
        yield from run(directory, base, [Sensor(directory, number, postgres) for number in range(count)], postgres)
    finally:
        postgres.stop()


def run(directory, base, sensors, postgres):
    centre, whole = directory / "centre.yaml", directory / "whole.yaml"
    centre.write_text(settings(directory / "c", f"  pull-from: {postgres.role('centre', 'sinkhole_reader')}\n"))
    (directory / "c").mkdir()
    (directory / "w").mkdir()
    logs = "".join(f"    - {{path: {s.directory}/{name}.jsonl, writer: {name}, observer: {observer}{s.number}.example}}\n"
                   for s in sensors for name, observer in (("dns", "ns"), ("contacts", "sink")))
    whole.write_text(settings(directory / "w", f"  logs:\n{logs}"))
    used = cpu_of_ended()
    asked, late, killed = play(sensors, base, centre, postgres)
    began = time.monotonic()
    for sensor in sensors:
        sensor.finish()
    pull(centre)
    rest = time.monotonic() - began
    used = cpu_of_ended() - used - killed
    database = cpu_of(postgres.daemon) + killed
    _, ours = hosts(centre)
    _, theirs = hosts(whole)
    if ours != theirs:
        raise Missing(f"another table: {len(ours)} rows against {len(theirs)}")
    events = sum(row["dns"] + row["hit"] for row in ours)
    kills = sum(sensor.kills for sensor in sensors)
    rows = postgres.sql("SELECT count(*) FROM sinkhole.sighting").strip()
    yield (f"{len(sensors)} sensors × {RATE:,} events/s for {base.seconds} s, sent every {EVERY} s, {kills} times killed, PostgreSQL once: rows of the "
           "table that differ from one store's", "0", f"of {len(ours):,}", "", "1")
    yield ("events behind that table; sightings in PostgreSQL", f"{events:,}", f"{int(rows):,}", "", "1")
    yield ("the writing of the logs was late by; all was in the table after the last line within", f"{late:.1f} s",
           f"{rest:.1f} s", "", "1")
    yield ("cores that this takes: reading, sending and asking; PostgreSQL", f"{used / base.seconds:.2f}",
           f"{database / base.seconds:.2f}", "", "1")
    yield ("a question at the machine that asks, with all news first", show(asked) + " s", "", "", str(len(asked)))
