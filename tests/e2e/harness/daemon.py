# SPDX-License-Identifier: BSD-3-Clause
"""A program that runs until a test stops it."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from harness.paths import SANITIZED

SLOWNESS = 3 if SANITIZED else 1  # of what is built with sanitizers

# A report counts if it is about our code; Unbound's own undefined behaviour is Unbound's.
SANITIZER_REPORT = re.compile(
    r"(?:ERROR|WARNING): (Address|Leak|Thread|Undefined\w*)Sanitizer"
    r"|^\S*(?:common|zones|module|sinkhole)/[\w/.-]+:\d+:\d+: runtime error",
    re.M,
)
ASAN_OPTIONS = "detect_leaks=1:abort_on_error=0:exitcode=77:detect_stack_use_after_return=1"


def wait_for(condition, what, seconds=10.0, pause=0.02):
    """Returns the first true value of condition(); fails the test if none comes in time."""
    end = time.monotonic() + seconds * SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(pause)


def settle(seconds):
    """For what happens by itself within that time and cannot be seen from outside."""
    time.sleep(seconds * SLOWNESS)


def environment(**extra):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ASAN_", "UBSAN_", "LSAN_"))}
    env.update(LC_ALL="C.UTF-8", TZ="UTC", PATH="/usr/sbin:/usr/bin:/sbin:/bin")
    env["ASAN_OPTIONS"] = ASAN_OPTIONS
    env["UBSAN_OPTIONS"] = "print_stacktrace=1"
    env.update({k: str(v) for k, v in extra.items()})
    return env


def run(argv, input=None, check=None, timeout=60, cwd=None, **env):
    """A program that ends by itself. check: the exit status it must have."""
    result = subprocess.run(
        [str(a) for a in argv], input=input, capture_output=True, text=True, errors="replace",
        timeout=timeout * SLOWNESS, cwd=cwd, env=environment(**env),
    )
    report = SANITIZER_REPORT.search(result.stderr)
    assert not report, f"{argv}: {result.stderr[report.start():][:4000]}"
    if check is not None:
        assert result.returncode == check, f"{argv}: {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result


class Daemon:
    """Started with its own log; stopped by its pid. A sanitizer report or a crash fails the test."""

    def __init__(self, name, argv, directory, expected_status=(0,), pass_fds=(), **env):
        self.name = name
        self.log_path = Path(directory) / f"{name}.log"
        self.expected_status = expected_status
        with open(self.log_path, "ab") as log:
            self.begun_at = log.tell()  # a log goes on through restarts
            self.process = subprocess.Popen(
                [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory,
                env=environment(**env), pass_fds=pass_fds,
            )

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def has_said(self, text):
        """Since this start."""
        return text.encode() in self.log_path.read_bytes()[self.begun_at:]

    def running(self):
        return self.process.poll() is None

    def wait_ready(self, condition, seconds=20.0):
        def ready():
            assert self.running(), f"{self.name} ended by itself ({self.process.returncode}):\n{self.log()[-4000:]}"
            return condition()

        wait_for(ready, f"{self.name} to be ready:\n{self.log()[-2000:]}", seconds)
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.running():
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"{self.name} did not stop within 30 s of SIGTERM:\n{self.log()[-4000:]}")
        self.check()

    def check(self):
        log = self.log()
        report = SANITIZER_REPORT.search(log)
        assert not report, f"{self.name}: {log[report.start():][:6000]}"
        assert self.process.returncode in self.expected_status, (
            f"{self.name} ended with {self.process.returncode}:\n{log[-4000:]}"
        )


def listening(port, tcp=True):
    """Does anything in this namespace listen on the port? Asked without sending it a byte."""
    for table in ("tcp", "tcp6") if tcp else ("udp", "udp6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            local, _, state = line.split()[1:4]
            if int(local.rsplit(":", 1)[1], 16) == port and (state == "0A" or not tcp):
                return True
    return False
