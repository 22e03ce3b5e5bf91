# SPDX-License-Identifier: BSD-3-Clause
"""One screen says what is going on: sinkctl hosts --brief, and sinkctl top on a real terminal."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import pytest

from harness import paths
from harness.ask import ask
from harness.daemon import environment, wait_for

HOSTS = [paths.client(n) for n in range(700, 730)]
LATER = paths.client(731)
LISTED = "www.kaerunote.com"
CLEAR = "\033[H\033[2J"


@pytest.fixture(scope="module")
def running(sensor):
    for host in HOSTS:
        ask(LISTED, source=host)
    sensor.await_dns(count=len(HOSTS))
    return sensor


def test_a_brief_answer_fits_one_screen_and_counts_what_it_leaves_out(running):
    wait_for(lambda: "2 of 2 sensors look" in running.sinkctl("hosts", "--brief"), "both sensors to look")
    lines = running.sinkctl("hosts", "--brief").splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    assert f"POSSIBLE {len(HOSTS)} " in "\n".join(lines)
    rows = [line for line in lines if line.startswith("POSSIBLE dns-only")]
    assert f"and {len(HOSTS) - len(rows)} more: sinkctl hosts" in lines
    assert lines[-1].split()[-1] == rows[0].split()[2]


def test_a_brief_answer_of_no_row_says_so(running):
    assert "No host fits the filter" in running.sinkctl("hosts", "--brief", "--call", "INFECTED")


def test_a_brief_answer_is_for_people(running):
    assert running.sinkctl("hosts", "--brief", "--json", check=2) == ""


class Terminal:
    """A terminal of so many lines, and what is written on it."""

    def __init__(self, argv, lines):
        self.main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 80, 0, 0))
        self.process = subprocess.Popen(argv, stdin=other, stdout=other, stderr=other, env=environment())
        os.close(other)
        self.text = ""

    def read(self):
        while select.select([self.main], [], [], 0)[0]:
            self.text += os.read(self.main, 65536).decode()
        return self.text

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        os.close(self.main)


def test_top_fills_the_terminal_and_shows_a_new_host(running):
    terminal = Terminal([paths.SINKCTL, "top", "-c", running.path], 40)
    try:
        wait_for(lambda: terminal.read().count(CLEAR) >= 1 and "sinkctl host " in terminal.text, "the first screen")
        first = terminal.text.split(CLEAR)[1]
        assert len(re.findall("^POSSIBLE dns-only", first, re.M)) == 28 and first.count("\n") < 40
        ask(LISTED, source=LATER)
        wait_for(lambda: LATER in terminal.read(), "the new host", 15)
        assert terminal.process.poll() is None
    finally:
        terminal.close()
