# SPDX-License-Identifier: BSD-3-Clause
"""What every part needs: programs, daemons on core 0, clients on core 1, their CPU time and memory, statistics."""

import ctypes
import os
import shutil
import signal
import statistics
import subprocess
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["BUILD"]).resolve()
UNBOUND = Path(os.environ["UNBOUND"]).resolve()
UNBOUND_CONTROL = UNBOUND.with_name("unbound-control")
MODULE = BUILD / "module/unbound-sinkhole.so"
SINKZONE = BUILD / "zones/sinkzone"
SINKHOLED = BUILD / "sinkhole/sinkholed"
NEVER_BLOCK = SOURCE / "zones/feeds/never-block.yaml"
SERVER_CORE, CLIENT_CORE = 0, 1
PR_SET_PDEATHSIG = 1


class Missing(Exception):
    """A part cannot run; says why."""


def tool(name):
    path = shutil.which(name)
    if not path:
        raise Missing(f"no {name}: run deploy/install-packages bench")
    return path


def program(name):
    path = BUILD / "tests/bench" / f"bench-{name}"
    return path if path.exists() else tool(str(path))


def pinned(core):
    """For Popen: on one core (None: on all), and never outliving this program."""
    libc = ctypes.CDLL(None)

    def prepare():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if core is not None:
            os.sched_setaffinity(0, {core})

    return prepare


class Rig:
    def __init__(self, directory, quick):
        self.directory = directory
        self.quick = quick
        self.daemons = []

    def choose(self, full, quick):
        return quick if self.quick else full

    def start(self, name, argv, core=SERVER_CORE, **env):
        daemon = Daemon(self.directory, name, argv, core, env)
        self.daemons.append(daemon)
        return daemon

    def stop(self, *daemons):
        for daemon in daemons or tuple(reversed(self.daemons)):
            daemon.stop()
            self.daemons.remove(daemon)


class Daemon:
    def __init__(self, directory, name, argv, core, env):
        self.log_path = directory / f"{name}.out"
        self.started = time.time()
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory,
                env={**os.environ, **{k: str(v) for k, v in env.items()}}, preexec_fn=pinned(core),
            )

    def pids(self):
        """The process and its children: nginx works in a child."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in children.read_text().split()]
        return found

    def cpu(self):
        """Seconds of CPU so far, as the scheduler counts them: utime + stime is the same in ticks of 10 ms."""
        total = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                total += int(task.read_text().split()[0])
        return total / 1e9

    def memory(self, field="VmRSS"):
        """Bytes resident (VmRSS) or at most so far (VmHWM), of all its processes."""
        total = 0
        for pid in self.pids():
            for line in open(f"/proc/{pid}/status"):
                if line.startswith(field + ":"):
                    total += int(line.split()[1]) * 1024
        return total

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for(self, text, seconds=120):
        end = time.monotonic() + seconds
        while text not in self.log():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Missing(f"{self.log_path.name} never said {text!r}: {self.log()[-300:]!r}")
            time.sleep(0.02)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def client(argv, core=CLIENT_CORE, timeout=900):
    """Runs a client to its end; returns what it printed."""
    done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout, preexec_fn=pinned(core))
    if done.returncode != 0:
        raise Missing(f"{argv[0]}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def pairs(line):
    """"key value key value" as a dictionary of numbers."""
    words = line.split()
    return {key: float(value) for key, value in zip(words[::2], words[1::2])}


def turns(round_number, systems):
    """The order changes from round to round."""
    return systems if round_number % 2 == 0 else list(reversed(systems))


def column(rounds, index):
    """One of the things that every round found."""
    return [values[index] for values in rounds]


def ratios(above, below):
    return [a / b for a, b in zip(above, below) if b]


def show(values, form="{:.2f}"):
    """Median (least-most)."""
    values = list(values)
    if len(values) == 1:
        return form.format(values[0])
    spread = "-".join(form.format(v) for v in (min(values), max(values)))
    return f"{form.format(statistics.median(values))} ({spread})"


def show_paired(values, form="{:.3f}"):
    """Median (middle half): for many short rounds, whose extremes are other people's work."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{form.format(middle)} (half of them {form.format(low)}-{form.format(high)})"
